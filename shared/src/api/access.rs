use crate::ids::{TokenId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a first administrator is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetupState {
    /// True until the first administrator exists.
    pub needed: bool,
}

/// Makes the first administrator.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The one-time code from the set-up link.
    pub code: String,
    pub email: String,
    /// At least 12 characters, at most 1,024 bytes.
    pub password: String,
}

/// Signs in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub email: String,
    pub password: String,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Setup")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Login")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    pub user: User,
    /// When it ends if nothing happens.
    pub expires: String,
}

/// Someone who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub role: Authorization,
}

/// What a user or token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Authorization {
    /// Look.
    Viewer,
    /// Look, read logs, open shells.
    Operator,
    /// Everything.
    Admin,
}

/// Asks for an API token.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiTokenWish {
    /// What it is for; 1 to 64 characters.
    pub name: String,
    pub role: Authorization,
    /// 1 to 365; 90 when left out.
    pub days: Option<u16>,
}

/// An API token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiToken {
    pub id: TokenId,
    pub name: String,
    pub role: Authorization,
    pub created: String,
    pub expires: String,
    pub last_used: Option<String>,
}

/// A new API token; the only time its secret is shown.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewApiToken {
    pub token: ApiToken,
    /// `crane_pat_<id>_<secret>`.
    pub secret: String,
}

/// Asks for a join token.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinTokenWish {
    /// 1 to 1,440; 15 when left out.
    pub minutes: Option<u16>,
    /// Only a host of this name may use it.
    pub hostname: Option<String>,
}

/// A join token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JoinToken {
    pub id: TokenId,
    pub created: String,
    pub expires: String,
    pub hostname: Option<String>,
    /// The node that used it.
    pub used_by: Option<String>,
}

/// A new join token; the only time its secret is shown.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewJoinToken {
    pub token: JoinToken,
    /// `crane1_…`.
    pub secret: String,
    /// The whole line to paste on the host.
    pub command: String,
}

impl std::fmt::Debug for NewApiToken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("NewApiToken")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for NewJoinToken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("NewJoinToken")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
