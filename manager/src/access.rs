//! Access: who is asking, and what they may do. Users, sign-in sessions of browsers, API tokens, and the
//! one-time code that makes the first administrator.
//!
//! Secrets come in and are compared; what is kept of them is a hash. A [`Caller`] is made here and nowhere
//! else, out of a credential that holds at this moment; whoever changes something takes a `&Caller`.
//! What a role may do is one function, [`allows`].
//!
//! This room never writes the audit record and never knows a status code: `http` does both.

mod api_token;
mod caller;
mod desk;
mod error;
mod limits;
mod password;
mod records;
mod role;
mod rules;
mod setup;
mod sign_in;

pub use api_token::PREFIX as API_TOKEN_PREFIX;
pub use caller::{Caller, Credential, Via};
pub use desk::{Access, Settings};
pub use error::AccessError;
pub use password::Hashing;
pub use role::{Action, allows};
pub use rules::{email, weakness};
pub use sign_in::{ABSOLUTE, IDLE, NewSignIn};

#[cfg(test)]
mod tests;
