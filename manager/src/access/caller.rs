use super::{Action, allows};
use crane_shared::api::{Authorization, User};
use crane_shared::ids::TokenId;
use crane_shared::secret::Secret;
use crane_shared::time::Timestamp;
use std::net::IpAddr;

/// What a request shows to say who it is.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The value of the cookie of a sign-in session.
    Cookie(Secret<String>),
    /// `crane_pat_<id>_<secret>`.
    Bearer(Secret<String>),
}

/// How a caller proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A browser; SHA-256 of its cookie's value.
    SignIn([u8; 32]),
    Token(TokenId),
}

/// Someone whose credential held when the guard looked. Made by [`super::Access::authenticate`] only.
#[derive(Debug, Clone)]
pub struct Caller {
    /// As the audit record names them: an e-mail address, or `token <name>`.
    pub actor: String,
    /// The user who signed in or who owns the token; `role` in it is what this caller may do.
    pub user: User,
    pub via: Via,
    /// The peer's address on the wire. `X-Forwarded-For` is never believed.
    pub from: IpAddr,
    /// The time of the check, and what keeps other rooms from making a caller.
    pub(super) checked: Timestamp,
}

impl Caller {
    /// What this caller may do at most.
    #[must_use]
    pub const fn role(&self) -> Authorization {
        self.user.role
    }

    /// When its credential was last seen to hold.
    #[must_use]
    pub const fn checked(&self) -> Timestamp {
        self.checked
    }

    /// Whether this caller may do `action`.
    #[must_use]
    pub const fn may(&self, action: Action) -> bool {
        allows(self.user.role, action) && !(action.needs_a_person() && matches!(self.via, Via::Token(_)))
    }
}
