//! Enrolment: who belongs to the cluster, and how one comes to belong.
//!
//! [`Keys`] is the manager's own identity on disk. [`Registry`] makes join tokens, admits hosts with them, renews
//! their certificates and removes them. Identity is the registered key: the active set in memory is what every
//! handshake is checked against, and it only ever follows what is on disk.
//!
//! It never stores a token's secret, never takes anything but the public key from a host's request, and never
//! says which part of a join was wrong.

mod copies;
mod keys;
mod members;
mod record;
mod registry;
mod tokens;

pub use copies::Standing;
pub use keys::Keys;
pub use record::{NodeRecord, is_hostname};
pub use registry::{Config, Registry};

/// Why something about nodes or tokens can't be done.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    #[error("{what} does not exist")]
    NotFound { what: String },
    #[error("{field} is not valid: {why}")]
    Invalid { field: &'static str, why: String },
    #[error("{path} can't be used: {why}")]
    File { path: std::path::PathBuf, why: String },
    #[error(transparent)]
    Identity(#[from] crane_shared::identity::IdentityError),
    #[error("the store can't be used: {0}")]
    Store(String),
}

impl From<crate::store::StoreError> for EnrolmentError {
    fn from(err: crate::store::StoreError) -> Self {
        Self::Store(err.to_string())
    }
}
