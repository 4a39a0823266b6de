use crate::store::StoreError;
use std::time::Duration;

/// Why access was not given, or an account could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// No credential, or one that does not hold. Never says which part was wrong.
    #[error("you are not signed in")]
    NotSignedIn,
    /// Unknown user or wrong password; the same words and the same work for both.
    #[error("the e-mail address or the password is wrong")]
    WrongLogin,
    #[error("too many attempts; try again in {} s", .0.as_secs().max(1))]
    TooMany(Duration),
    /// Every place in the queue for password work is taken.
    #[error("too many people are signing in at this moment")]
    Busy,
    #[error("the first administrator exists already")]
    SetUpDone,
    #[error("this set-up link is not valid")]
    WrongCode,
    #[error("this may not be given away: {0}")]
    Forbidden(&'static str),
    #[error("{field} is not valid: {why}")]
    Invalid { field: &'static str, why: String },
    #[error("{0} does not exist")]
    NotFound(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Randomness, hashing or a file of ours failed.
    #[error("{0}")]
    Broken(String),
}
