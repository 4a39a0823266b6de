use crate::ids::ContainerKey;
use crate::model::{HostLoad, LiveSample};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Live numbers, while somebody looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatsQuery {
    /// Empty means every running container.
    pub containers: Vec<ContainerKey>,
    /// At least 500; smaller values are raised.
    pub period_ms: u32,
}

/// One moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatsFrame {
    pub at: Timestamp,
    pub host: HostLoad,
    pub containers: Vec<LiveSample>,
}
