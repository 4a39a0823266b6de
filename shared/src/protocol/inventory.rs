use crate::ids::ContainerId;
use crate::model::{Container, HostFacts};
use serde::{Deserialize, Serialize};

/// What a node holds: first everything, then changes. Not spooled: a new session starts with everything again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InventoryFrame {
    /// A full sweep begins; what it does not name is gone.
    SweepBegins,
    /// Part of the sweep; at most 64 containers a frame.
    Sweep(Vec<Container>),
    SweepEnds,
    Changed(Container),
    Removed(ContainerId),
    Facts(HostFacts),
    /// Something of the Swarm changed (from managers only): `service`, `node`, `secret`, `config`, `network`.
    SwarmChanged {
        kind: String,
        id: String,
    },
    /// The engine stopped answering, and why; a sweep follows when it is back.
    EngineLost {
        why: String,
    },
}
