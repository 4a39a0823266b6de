//! The Docker Engine of a node, spoken through its agent: one HTTP request on one QUIC stream.
//!
//! [`client`] gives bollard, for what is only read; [`get`] gives the engine's own bytes, for what may be
//! written back and must not lose fields that nobody here knows. The agent checks every request against the
//! table of endpoints and its owner's policy, so this room holds no rights of its own. It opens no socket and
//! keeps no connection: a dropped answer ends its stream.

mod refusal;
mod transport;

pub use bollard::{Docker, models, query_parameters};
pub use refusal::refusal;
pub(crate) use transport::{Engine, client, get, version};
