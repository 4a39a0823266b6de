//! The agent's side of the wire: one connection to the manager, for ever.
//!
//! `dial` makes one attempt, `join` is the one conversation of a host that is no node yet, `session` is one live
//! connection from hello to goodbye, `outbox` brings the spool over, `renewal` keeps the certificate young, and
//! [`Link::run`] begins again whenever it ends. Conversations that the manager opens go to whoever implements
//! [`Answers`]; this room does not know what they are about.
//!
//! Ends only when the process does or the manager has removed this node.

mod dial;
mod join;
mod leave;
mod outbox;
mod reconnect;
mod renewal;
mod session;

pub use dial::{DialError, reach};
pub use join::join;
pub use leave::leave;
pub use reconnect::{Ended, Link, Parts, Tuning};

use crane_shared::protocol::ManagerOpening;
use crane_shared::wire::{Receiver, Sender};
use std::future::Future;

/// How this build names itself to managers.
pub const AGENT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Who answers what the manager asks.
pub trait Answers: Clone + Send + Sync + 'static {
    /// Holds one conversation to its end. It is cut off at any await when the session ends.
    fn converse(
        &self,
        opening: ManagerOpening,
        receiver: Receiver<ManagerOpening>,
        sender: Sender<()>,
    ) -> impl Future<Output = ()> + Send;
}

#[cfg(test)]
mod tests;
