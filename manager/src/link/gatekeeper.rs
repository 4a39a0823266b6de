use super::Session;
use crane_shared::identity::Pin;
use crane_shared::ids::NodeId;
use crane_shared::protocol::{JoinReply, JoinRequest, Refusal};
use crane_shared::time::Timestamp;
use futures_util::future::BoxFuture;
use std::net::IpAddr;

/// A new certificate.
#[derive(Debug, Clone)]
pub struct Renewal {
    /// DER, the issuer's certificate second.
    pub chain: Vec<Vec<u8>>,
    /// When it ends.
    pub until: Timestamp,
}

/// Decides who may come in, and who may stay.
pub trait Gatekeeper: Send + Sync + std::fmt::Debug + 'static {
    /// Whose key this is; asked again after the handshake, because a node may be removed meanwhile.
    fn node_of(&self, key: &Pin) -> Option<NodeId>;

    /// Enrols a host. `exporter` is keying material of the very TLS session that the request came in.
    fn join<'a>(
        &'a self,
        request: JoinRequest,
        exporter: [u8; 32],
        from: IpAddr,
    ) -> BoxFuture<'a, Result<JoinReply, Refusal>>;

    /// A new certificate for the key that is registered for `node` already, and when it ends.
    fn renew<'a>(&'a self, node: &'a NodeId, csr: &'a [u8]) -> BoxFuture<'a, Result<Renewal, Refusal>>;

    /// Whether the node has kept a generation before, so that it must show it to come in.
    fn has_generation(&self, node: &NodeId) -> bool;

    /// The session's agent shows the generation that it has kept. The answer is the one to keep next; a refusal means
    /// that it runs on a copy of the node's state, and that the node was shut out.
    fn follow<'a>(&'a self, session: &'a Session, shown: u64) -> BoxFuture<'a, Result<u64, Refusal>>;

    /// The owner takes the node out of the cluster.
    fn leave<'a>(&'a self, node: &'a NodeId) -> BoxFuture<'a, Result<(), Refusal>>;

    /// When the newest certificate of `node` ends, as far as we know.
    fn certificate_until(&self, node: &NodeId) -> Timestamp;

    /// A session began: worth remembering with the node (address, version, time).
    fn arrived<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, ()>;

    /// A session ended: remember when the node was last seen.
    fn departed<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, ()>;
}
