//! The engine of this host, over its unix socket. The only room that speaks Docker.
//!
//! Lists, inspections, events and `info` are read into small types of our own: the client library's are
//! closed lists of everything, so one new word of a newer engine would hide a container or end the event
//! stream. Logs and terminals use the library ([`Engine::client`]), with the version negotiated here.
//!
//! Never keeps a picture (that is `inventory`), never decides what is allowed (that is `proxy`).
//! What leaves: [`Engine`], [`Inspected`], [`Events`], and [`Refusal`](crane_shared::protocol::Refusal)s.

mod call;
mod container;
mod engine;
mod error;
mod events;
mod info;

pub use call::{Answer, CallError};
pub use container::{Inspected, Listed};
pub use engine::{DEFAULT_SOCKET, Engine, OLDEST_API, socket_path};
pub use error::refused;
pub use events::{EngineEvent, Events, Scope};
