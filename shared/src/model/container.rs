use crate::ids::{ContainerId, ServiceId, TaskId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A container as its node's engine describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Docker's id.
    pub id: ContainerId,
    /// Name without the leading slash.
    pub name: String,
    /// The image as it was asked for, e.g. `nginx:1.27@sha256:…`.
    pub image: String,
    /// Id of the image that runs, `sha256:…`.
    pub image_id: String,
    /// Entrypoint and arguments, joined for reading.
    pub command: String,
    /// When it was created.
    pub created: Timestamp,
    /// When it last started; `None` if it never did.
    pub started: Option<Timestamp>,
    /// When it last ended; `None` while it runs.
    pub finished: Option<Timestamp>,
    /// What it is doing.
    pub state: ContainerState,
    /// What its health check says.
    pub health: Health,
    /// Exit code of the last run; `None` while it runs or before it ran.
    pub exit_code: Option<i64>,
    /// True when the kernel killed it for memory.
    pub oom_killed: bool,
    /// How often the engine restarted it by its restart policy.
    pub restarts: u32,
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// The Swarm task it is, if it is one.
    pub task: Option<SwarmTask>,
    /// Published and exposed ports.
    pub ports: Vec<Port>,
    /// Names of the networks it is attached to.
    pub networks: Vec<String>,
    /// Bind mounts and volumes.
    pub mounts: Vec<Mount>,
    /// Whether it was started with a terminal: its log has one stream and `\r\n` line ends.
    pub tty: bool,
    /// Log driver, e.g. `json-file`.
    pub log_driver: String,
    /// Memory limit in bytes; 0 means the whole machine.
    pub memory_limit: u64,
}

/// What a container is doing, in the engine's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContainerState {
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Dead,
}

/// What a container's health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Health {
    /// It has no health check.
    None,
    Starting,
    Healthy,
    Unhealthy,
}

/// The Swarm task behind a container, from its `com.docker.swarm.*` labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwarmTask {
    pub id: TaskId,
    /// `web.1.xyz…`.
    pub name: String,
    pub service_id: ServiceId,
    pub service_name: String,
    /// From `com.docker.stack.namespace`; `None` outside a stack.
    pub stack: Option<String>,
}

/// One port of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    pub container_port: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// Where it is published on the node: address and port; `None` if it is only exposed.
    pub published: Option<(String, u16)>,
}

/// One mount of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// `bind`, `volume`, `tmpfs`, `npipe`.
    pub kind: String,
    /// Volume name or path on the node.
    pub source: String,
    /// Path inside the container.
    pub destination: String,
    pub read_only: bool,
}
