use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// History as columns: `at[i]` belongs to `cpu[i]` and so on. A hole is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Series {
    /// Seconds from one point to the next.
    pub step: u32,
    /// Seconds since 1970, the start of each point.
    pub at: Vec<i64>,
    /// Mean percent of one core (of all cores together for a node).
    pub cpu: Vec<Option<f64>>,
    pub cpu_max: Vec<Option<f64>>,
    /// Bytes.
    pub memory: Vec<Option<f64>>,
    pub memory_max: Vec<Option<f64>>,
    /// Bytes per second.
    pub rx: Vec<Option<f64>>,
    pub tx: Vec<Option<f64>>,
    pub read: Vec<Option<f64>>,
    pub write: Vec<Option<f64>>,
    /// Processes; null for a node.
    pub pids: Vec<Option<f64>>,
}
