use crane_shared::ids::NodeId;
use crane_shared::model::Policy;
use crane_shared::protocol::{Hello, InventoryFrame, RecordBatch, Refusal};
use crane_shared::time::Timestamp;
use futures_util::future::BoxFuture;
use std::net::SocketAddr;
use std::sync::Arc;

/// One agent connection. A node that comes back has a new session with a higher number, and the end of the
/// older one may be told later: compare numbers.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose it is, from the TLS key.
    pub node: NodeId,
    /// Counts up over all sessions of this manager's run.
    pub number: u64,
    /// Where the agent dials from.
    pub from: SocketAddr,
    pub began: Timestamp,
    /// The protocol version that both speak.
    pub protocol: u16,
    /// What the agent said first: its versions, its host, its owner's policy, its spool's epoch.
    pub hello: Arc<Hello>,
}

/// Takes what agents report. Calls of one session come one after another, except that `records` and
/// `inventory` run beside each other.
pub trait Reports: Send + Sync + std::fmt::Debug + 'static {
    /// Up to which record of `session.hello.epoch` everything is on disk; 0 for none. A refusal ends the session.
    fn acked<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, Result<u64, Refusal>>;

    /// The node is here.
    fn began(&self, session: &Session);

    /// Part of what the node holds. [`Refusal::Invalid`] and [`Refusal::Busy`] mean that it claims too much:
    /// its connection is closed.
    ///
    /// # Errors
    /// When the frame can't be taken.
    fn inventory(&self, session: &Session, frame: InventoryFrame) -> Result<(), Refusal>;

    /// Records; the answer is the number up to which everything is on disk. [`Refusal::Invalid`] closes the
    /// connection, any other refusal ends the stream so that the agent sends again later.
    fn records<'a>(&'a self, session: &'a Session, batch: RecordBatch) -> BoxFuture<'a, Result<u64, Refusal>>;

    /// The owner's policy changed.
    fn policy(&self, session: &Session, policy: Policy);

    /// The session is over. Told once for every `began`.
    fn ended(&self, session: &Session, why: &str);
}
