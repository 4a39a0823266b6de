mod json;
mod reader;

pub(super) use reader::{keep_reading, tasks};

use crane_shared::api;
use std::collections::BTreeMap;

/// One Swarm, as one of its managers said it is.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Swarm {
    /// False when none of its managers answered the last time.
    pub(super) fresh: bool,
    /// By id.
    pub(super) services: BTreeMap<String, api::Service>,
    /// By Swarm node id.
    pub(super) nodes: BTreeMap<String, SwarmNode>,
}

/// One machine, as its Swarm sees it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct SwarmNode {
    pub(super) hostname: String,
    pub(super) availability: String,
    pub(super) state: String,
    pub(super) leader: bool,
    pub(super) labels: BTreeMap<String, String>,
}
