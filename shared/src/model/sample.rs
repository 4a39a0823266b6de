use super::HostLoad;
use crate::ids::ContainerKey;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// All numbers of one node at one moment, as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleBatch {
    pub at: Timestamp,
    /// How long the rates were measured, in milliseconds.
    pub period_ms: u32,
    pub host: HostLoad,
    pub containers: Vec<ContainerSample>,
}

/// One container at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerSample {
    pub key: ContainerKey,
    pub usage: Usage,
}

/// What a container used: rates over the period before, and levels right now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// In 1/100 % of one core: 10,000 is one core busy.
    pub cpu: u32,
    /// Bytes, without the page cache that the kernel would give back, as `docker stats` counts.
    pub memory: u64,
    /// Bytes per second.
    pub rx: u64,
    pub tx: u64,
    pub read: u64,
    pub write: u64,
    pub pids: u32,
}

/// Counters since the container started, as `docker stats` prints them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// CPU nanoseconds.
    pub cpu_ns: u64,
    /// Bytes.
    pub rx: u64,
    pub tx: u64,
    pub read: u64,
    pub write: u64,
}

/// One container, live: for charts and `top`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSample {
    pub key: ContainerKey,
    pub usage: Usage,
    pub totals: Totals,
    /// Bytes; the machine's memory when there is no limit.
    pub memory_limit: u64,
}
