use super::Refusal;
use crate::ids::NodeId;
use crate::model::{HostFacts, Policy};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// First words of an agent. Carved in stone: old versions must parse it for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub protocol_min: u16,
    pub protocol_max: u16,
    pub agent_version: String,
    /// Names of what this agent can do beyond version 1.
    pub capabilities: Vec<String>,
    /// Chosen at random when the spool was made: a wiped spool must not be taken for a replay.
    pub epoch: u64,
    pub facts: HostFacts,
    pub policy: Policy,
}

/// The manager's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The version both will speak.
    pub protocol: u16,
    /// Who the manager takes the agent for, from its key.
    pub node: NodeId,
    pub manager_version: String,
    pub server_time: Timestamp,
    /// Records of this epoch up to here are durable; 0 means none.
    pub acked: u64,
    /// How often to sample, in milliseconds.
    pub sample_period_ms: u32,
    /// When the agent's certificate ends, by the manager's clock.
    pub certificate_until: Timestamp,
}

/// What the agent says on the hello stream after the welcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentWord {
    /// A certificate signing request for the key that is already registered.
    Renew { csr: Vec<u8> },
    /// The agent ends on purpose.
    Goodbye { why: String },
    /// The owner's policy changed.
    Policy(Policy),
    /// The owner takes this node out of the panel (`crane-agent leave`): the manager forgets its key.
    Leave,
    /// The generation that the agent has on disk: its first word in a session, and said again when it has kept a newer
    /// one. Who shows an older one than was kept already runs on a copy of the node's state.
    Generation { generation: u64 },
}

/// What the manager says on the hello stream after the welcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ManagerWord {
    /// A new certificate, DER, issuer's certificate second.
    Renewed { chain: Vec<Vec<u8>>, until: Timestamp },
    /// The word before was refused.
    Refused(Refusal),
    /// The manager ends; come back, spread over this many milliseconds.
    Goodbye { spread_ms: u32 },
    /// This node was removed: stop trying.
    Removed,
    /// Keep this generation on disk, then say that you have it.
    Generation { generation: u64 },
}
