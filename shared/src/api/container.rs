use crate::ids::{ContainerId, NodeId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Container {
    pub id: ContainerId,
    pub name: String,
    pub image: String,
    pub image_id: String,
    pub command: String,
    pub node_id: NodeId,
    /// The node's name.
    pub node: String,
    /// False when the node is away: this is how it was when last seen.
    pub fresh: bool,
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited`, `dead`.
    pub state: String,
    /// `none`, `starting`, `healthy`, `unhealthy`.
    pub health: String,
    pub exit_code: Option<i64>,
    pub oom_killed: bool,
    pub restarts: u32,
    pub created: String,
    pub started: Option<String>,
    pub finished: Option<String>,
    pub task: Option<TaskRef>,
    pub ports: Vec<ContainerPort>,
    pub networks: Vec<String>,
    pub mounts: Vec<ContainerMount>,
    pub labels: BTreeMap<String, String>,
    pub tty: bool,
    pub log_driver: String,
    /// 0 means no limit.
    pub memory_limit: u64,
    /// Newest stored figures: percent of one core, bytes; null while unknown.
    pub cpu: Option<f64>,
    pub memory: Option<u64>,
}

/// The Swarm task behind a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskRef {
    pub id: String,
    pub name: String,
    pub service_id: String,
    pub service: String,
    pub stack: Option<String>,
}

/// One port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContainerPort {
    pub container_port: u16,
    pub protocol: String,
    pub address: Option<String>,
    pub published_port: Option<u16>,
}

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContainerMount {
    pub kind: String,
    pub source: String,
    pub destination: String,
    pub read_only: bool,
}

/// What a container changed in its file system, as `docker diff` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContainerChange {
    pub path: String,
    /// `modified`, `added`, `deleted`.
    pub kind: String,
}
