use super::{ExecSpec, Hello, LogQuery, Request, StatsQuery};
use serde::{Deserialize, Serialize};

/// First frame of a stream that the agent opens.
#[allow(clippy::large_enum_variant, reason = "one per stream, never in a list")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentOpening {
    Hello(Hello),
    Inventory,
    Records,
}

/// First frame of a stream that the manager opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ManagerOpening {
    Ask(Request),
    Logs(LogQuery),
    Exec(ExecSpec),
    Stats(StatsQuery),
    /// HTTP/1.1 follows: the agent serves it, checks it against `right_for` and the owner's policy, and asks its engine.
    Docker,
}
