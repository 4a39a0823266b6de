use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something the engine said had happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, by the node's clock, in nanoseconds since 1970.
    pub at_ns: i64,
    /// What kind of thing: `container`, `service`, `node`, `image`, `network`, `volume`, …
    pub kind: String,
    /// What happened: `start`, `die`, `oom`, `health_status: unhealthy`, …
    pub action: String,
    /// Docker's id of the thing.
    pub subject: String,
    /// Labels and details, as Docker gives them; at most 64, each value cut at 1 KiB.
    pub attributes: BTreeMap<String, String>,
}

impl Event {
    /// The moment in milliseconds.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        Timestamp(self.at_ns / 1_000_000)
    }
}
