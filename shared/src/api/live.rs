use super::{Container, Load, Node, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One event of `GET /api/v1/feed` (SSE; the event's id is the picture's version, give it back as `Last-Event-ID`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Feed {
    /// Forget what you know and load the lists again: the version you named is too old.
    Reset,
    Container {
        container: Box<Container>,
    },
    ContainerGone {
        id: String,
    },
    Node {
        node: Box<Node>,
    },
    NodeGone {
        id: String,
    },
    Service {
        service: Box<Service>,
    },
    ServiceGone {
        id: String,
    },
}

/// One event of `GET /api/v1/stats` (SSE, one a second for each node that is watched).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveFrame {
    pub at: String,
    pub node_id: String,
    pub node: String,
    pub load: Load,
    pub containers: Vec<LiveContainer>,
}

/// Live figures of one container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveContainer {
    pub id: String,
    pub name: String,
    /// Percent of one core.
    pub cpu: f64,
    pub memory: u64,
    pub memory_limit: u64,
    /// Bytes per second.
    pub rx: u64,
    pub tx: u64,
    pub read: u64,
    pub write: u64,
    pub pids: u32,
    /// Bytes since the container started.
    pub rx_total: u64,
    pub tx_total: u64,
    pub read_total: u64,
    pub write_total: u64,
}
