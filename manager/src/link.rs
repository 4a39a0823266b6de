//! Agents: who is here, what they send, what they are asked.
//!
//! `listener` lets strangers in one at a time and knows them only by their TLS key; `joining` enrols,
//! `session` is one agent's conversation from hello to goodbye, [`Agents`] opens streams towards whoever is
//! here. What arrives leaves through two traits that rooms above implement: [`Gatekeeper`] decides who may
//! come in, [`Reports`] takes what they report.
//!
//! This room believes nothing that an agent says about itself: the node id comes from the key, every frame
//! has a size limit, every first word a deadline. It stores nothing and knows no cluster.

mod agents;
mod gatekeeper;
mod joining;
mod limits;
mod listener;
mod reports;
mod session;
mod streams;

pub use agents::Agents;
pub use gatekeeper::{Gatekeeper, Renewal};
pub use listener::{Config, Listener};
pub use reports::{Reports, Session};

/// Why the listener can't work.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("UDP {address} can't be used: {why}")]
    Bind { address: std::net::SocketAddr, why: String },
}

/// Why a connection was closed, as the code on the wire; agents log it, nobody decides by its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// The conversation is over.
    Done,
    /// The manager ends.
    Shutdown,
    /// The same node came in again: the newer connection is the node.
    Replaced,
    /// The node was removed from the cluster.
    Removed,
    /// It claimed too much or spoke out of turn.
    Misbehaved,
    /// It said nothing in time.
    TooSlow,
    /// Two machines use the key of one node.
    Copied,
}

impl Closing {
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::Done => 0,
            Self::Shutdown => 1,
            Self::Replaced => 2,
            Self::Removed => 3,
            Self::Misbehaved => 4,
            Self::TooSlow => 5,
            Self::Copied => 6,
        }
    }

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Shutdown => "the manager ends",
            Self::Replaced => "the same node connected again",
            Self::Removed => "this node was removed",
            Self::Misbehaved => "misbehaved",
            Self::TooSlow => "too slow",
            Self::Copied => "two machines use the key of this node; remove it in the panel and join both again",
        }
    }

    pub(crate) fn close(self, connection: &quinn::Connection) {
        connection.close(self.code().into(), self.text().as_bytes());
    }
}
