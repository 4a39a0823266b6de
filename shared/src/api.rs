//! What browsers, scripts and the CLI see: JSON. The manager's OpenAPI document is made from these types,
//! and the dashboard's TypeScript from that document.
//!
//! Times are RFC 3339 in UTC. Bytes are bytes, `cpu` is in percent of one core, rates are per second.

mod access;
mod audit;
mod cluster;
mod container;
mod error;
mod live;
mod log;
mod node;
mod series;

pub use access::{
    ApiToken, ApiTokenWish, Authorization, JoinToken, JoinTokenWish, Login, NewApiToken, NewJoinToken, Session, Setup,
    SetupState, User,
};
pub use audit::AuditEntry;
pub use cluster::{Overview, Service, SystemInfo, Task};
pub use container::{Container, ContainerChange, ContainerMount, ContainerPort, TaskRef};
pub use error::Problem;
pub use live::{Feed, LiveContainer, LiveFrame};
pub use log::{ExecControl, ExecStatus, LogEnd, LogHole, LogMessage, LogRow};
pub use node::{EngineFacts, Finding, Image, Load, Network, Node, NodeFacts, NodePolicy, SwarmPlace, Volume};
pub use series::Series;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A list that says whether it is whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    pub items: Vec<T>,
    /// False when a node could not be asked; what is known of it is still in `items`.
    pub complete: bool,
    /// The nodes that did not answer.
    pub missing: Vec<Missing>,
    /// Pass as `after` to get the next page; `null` on the last.
    pub next: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}

/// A node that a list could not ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Missing {
    pub node: String,
    pub last_seen: Option<String>,
}
