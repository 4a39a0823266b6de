use super::Standing;
use crane_shared::identity::Pin;
use crane_shared::ids::NodeId;
use crane_shared::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What is kept of a node: its key above all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    pub id: NodeId,
    /// The registered key.
    pub key: Pin,
    /// As it was when the node joined or last connected.
    pub hostname: String,
    pub joined: Timestamp,
    /// When the newest certificate ends.
    pub certificate_until: Timestamp,
    pub agent_version: String,
    /// Address the agent dialled from last.
    pub address: String,
    /// Begin or end of its last session; `None` before the first.
    pub last_seen: Option<Timestamp>,
    /// On disk it has a family of its own.
    #[serde(skip)]
    pub standing: Standing,
}

/// A join token as it is kept: the public half alone, so that a stolen store adds no node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TokenRecord {
    pub(super) id: [u8; 8],
    pub(super) public_key: [u8; 32],
    pub(super) created: Timestamp,
    pub(super) expires: Timestamp,
    /// Only a host of this name may use it.
    pub(super) hostname: Option<String>,
    /// The node that used it; it never works again.
    pub(super) used_by: Option<NodeId>,
}

/// What a machine may call itself: it appears in lists, logs and commands, so nothing that a terminal or a page would
/// take for more than a name.
#[must_use]
pub fn is_hostname(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && !text.starts_with(['.', '-'])
}
