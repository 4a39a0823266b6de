use serde::{Deserialize, Serialize};

/// Why not. One list for both sides; the API turns each into a status and a stable code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refusal {
    #[error("{what} does not exist")]
    NotFound { what: String },
    #[error("the owner of this host does not allow {what}")]
    OwnerForbids { what: String },
    #[error("{what} is not offered by this agent")]
    Unsupported { what: String },
    #[error("{what} is not valid: {why}")]
    Invalid { what: String, why: String },
    #[error("{what} is at its limit of {limit}")]
    Busy { what: String, limit: u32 },
    #[error("Docker said ({status}): {message}")]
    Docker { status: u16, message: String },
    #[error("{what} can't be reached: {why}")]
    Unavailable { what: String, why: String },
    /// Join or hello: the token, key or version is not accepted. Never says which part.
    #[error("not admitted: {why}")]
    NotAdmitted { why: String },
}
