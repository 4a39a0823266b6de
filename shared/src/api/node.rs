use crate::ids::NodeId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A machine that runs an agent, normally a member of the Swarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Node {
    pub id: NodeId,
    /// Its host name.
    pub name: String,
    /// True while its agent is connected.
    pub connected: bool,
    /// When its agent last said something.
    pub last_seen: Option<String>,
    /// When two machines were found to use this node's key. Both are shut out: remove the node and join the right
    /// machine again.
    pub locked: Option<String>,
    pub joined: String,
    pub agent_version: String,
    /// Address the agent dials from.
    pub address: String,
    /// False when the engine does not answer the agent.
    pub engine_ok: bool,
    pub facts: Option<NodeFacts>,
    pub load: Option<Load>,
    pub policy: NodePolicy,
    pub swarm: Option<SwarmPlace>,
    pub containers_running: u64,
    pub containers_total: u64,
}

/// What changes only with a screwdriver or an upgrade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeFacts {
    pub os: String,
    pub kernel: String,
    pub arch: String,
    pub cpus: u32,
    pub memory: u64,
    pub cgroup_version: u8,
    pub addresses: Vec<String>,
    pub engine: Option<EngineFacts>,
}

/// The Docker Engine of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EngineFacts {
    pub version: String,
    pub api_version: String,
    pub storage_driver: String,
    pub logging_driver: String,
    pub cgroup_driver: String,
    pub root_dir: String,
    pub runtimes: Vec<String>,
}

/// What the machine is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Load {
    /// Percent of all cores together, 0 to 100.
    pub cpu: f64,
    pub load1: f64,
    pub memory_used: u64,
    pub memory_total: u64,
    pub disk_used: u64,
    pub disk_total: u64,
    /// Bytes per second.
    pub rx: u64,
    pub tx: u64,
    /// Seconds since boot.
    pub uptime: u64,
}

/// What the host's owner allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodePolicy {
    pub exec: bool,
    pub logs: bool,
    pub images: bool,
    pub docker: bool,
}

/// A node's place in its Swarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SwarmPlace {
    pub node_id: String,
    /// `manager` or `worker`.
    pub role: String,
    /// True for the manager that leads.
    pub leader: bool,
    /// `active`, `pause`, `drain`; `unknown` while no manager answers.
    pub availability: String,
    /// `ready`, `down`, `disconnected`, `unknown`.
    pub state: String,
    pub address: String,
    pub labels: BTreeMap<String, String>,
}

/// What one check of the doctor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    pub check: String,
    /// `ok`, `warning`, `error`.
    pub severity: String,
    pub saw: String,
    pub next: String,
}

/// An image on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Image {
    pub id: String,
    pub tags: Vec<String>,
    pub digests: Vec<String>,
    pub created: String,
    pub size: u64,
}

/// A network as a node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Network {
    pub id: String,
    pub name: String,
    pub driver: String,
    pub scope: String,
    pub internal: bool,
    pub subnets: Vec<String>,
    pub labels: BTreeMap<String, String>,
}

/// A volume on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Volume {
    pub name: String,
    pub driver: String,
    pub mountpoint: String,
    pub created: Option<String>,
    pub labels: BTreeMap<String, String>,
}
