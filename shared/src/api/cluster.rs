use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The first page: how is everything?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Overview {
    pub nodes_connected: u64,
    pub nodes_total: u64,
    pub containers_running: u64,
    pub containers_total: u64,
    pub containers_unhealthy: u64,
    pub services_total: u64,
    /// Services whose running tasks are fewer than wanted.
    pub services_short: u64,
    pub stacks_total: u64,
    /// Busy cores over all connected nodes, and how many there are.
    pub cpu_used: f64,
    pub cpu_total: u64,
    pub memory_used: u64,
    pub memory_total: u64,
    pub disk_used: u64,
    pub disk_total: u64,
    /// Null when no connected node is in a Swarm.
    pub swarm_cluster_id: Option<String>,
}

/// About this manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SystemInfo {
    pub version: String,
    pub started: String,
    pub swarm_cluster_id: Option<String>,
    /// `sha256//…` of the web server's key, as `curl --pinnedpubkey` takes it.
    pub pin: String,
    /// Addresses that agents and browsers are told.
    pub addresses: Vec<String>,
    /// Bytes on disk.
    pub store_bytes: u64,
}

/// A Swarm service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Service {
    pub id: String,
    pub name: String,
    pub stack: Option<String>,
    /// As in the spec, digest included.
    pub image: String,
    /// `replicated`, `global`, `replicated-job`, `global-job`.
    pub mode: String,
    pub tasks_running: u64,
    /// How many should run.
    pub tasks_desired: u64,
    pub created: String,
    pub updated: String,
    /// `updating`, `paused`, `completed`, `rollback_started`, …; null when it was never updated.
    pub update_state: Option<String>,
    pub update_message: Option<String>,
    /// e.g. `8000->80/tcp`.
    pub ports: Vec<String>,
}

/// A Swarm task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Task {
    pub id: String,
    pub name: String,
    pub service_id: String,
    pub service: String,
    pub slot: Option<u64>,
    /// The node's name.
    pub node: Option<String>,
    pub container_id: Option<String>,
    pub image: String,
    pub desired_state: String,
    pub state: String,
    /// Why it is in this state, in the engine's words.
    pub message: String,
    pub error: Option<String>,
    pub updated: String,
}
