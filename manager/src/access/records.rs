//! What lies on disk, and its keys. Only hashes of secrets are here.

use crane_shared::api::Authorization;
use crane_shared::ids::{TokenId, UserId};
use crane_shared::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Someone who may sign in; family `Users`, key `id/<user id>`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct UserRecord {
    pub id: UserId,
    /// Lower case.
    pub email: String,
    pub role: Authorization,
    /// PHC string of argon2id.
    pub password: String,
    pub made: Timestamp,
}

/// A browser that signed in; family `SignIns`, key: SHA-256 of what its cookie says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SignInRecord {
    pub user: UserId,
    pub made: Timestamp,
    /// Written at most once a minute, so a crash shortens a session's idle time by at most that.
    pub seen: Timestamp,
}

/// An API token; family `ApiTokens`, key: its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ApiTokenRecord {
    pub id: TokenId,
    pub user: UserId,
    pub name: String,
    pub role: Authorization,
    /// SHA-256 of the secret half.
    pub hash: [u8; 32],
    pub made: Timestamp,
    pub expires: Timestamp,
    pub used: Option<Timestamp>,
}

/// Where a user lies.
pub(super) fn user_key(id: &UserId) -> Vec<u8> {
    format!("id/{id}").into_bytes()
}

/// Where an e-mail address (lower case) leads to a user's id.
pub(super) fn email_key(email: &str) -> Vec<u8> {
    format!("email/{email}").into_bytes()
}

/// Set by whoever makes the first administrator; its absence is what makes the act happen once.
pub(super) const FIRST_ADMIN: &[u8] = b"access/first-admin";
