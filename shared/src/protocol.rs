//! What agent and manager say to each other. One QUIC stream is one conversation:
//!
//! | who opens | opening | then | ends with |
//! |---|---|---|---|
//! | agent, ALPN `crane-join/1` | `JoinRequest` | `Result<JoinReply, Refusal>` | finish |
//! | agent | `AgentOpening::Hello` | `Result<Welcome, Refusal>`, then `AgentWord` ⇄ `ManagerWord` | the session |
//! | agent | `AgentOpening::Inventory` | `InventoryFrame`… | the session |
//! | agent | `AgentOpening::Records` | `RecordBatch`… ⇄ `Ack`… | the session |
//! | manager | `ManagerOpening::Ask` | `Result<Reply, Refusal>` | finish |
//! | manager | `ManagerOpening::Logs` | `LogFrame`… | `LogFrame::End` and finish; a reset means cut off |
//! | manager | `ManagerOpening::Exec` | `ExecInput`… ⇄ `ExecOutput`… | `ExecOutput::Exited`, finish |
//! | manager | `ManagerOpening::Stats` | `StatsFrame`… | when the manager stops reading |
//! | manager | `ManagerOpening::Docker` | HTTP/1.1, one request and its answer, as raw bytes | finish |
//!
//! Every stream is bidirectional, also where one side has nothing to say (`Inventory`, `Logs`, `Stats`: it
//! finishes its half or leaves it alone). Every first frame is one of the openings; the one who opens speaks first, because QUIC does not tell
//! the other side about a stream before it is used. Enums only ever grow at their end: bincode knows
//! positions, not names.

mod calls;
mod docker;
mod exec;
mod hello;
mod inventory;
mod join;
mod logs;
mod opening;
mod records;
mod refusal;
mod stats;

pub use calls::{Call, DescribeHost, Reply, Request, RunDoctor};
pub use docker::{Right, right_for};
pub use exec::{ExecInput, ExecOutput, ExecSpec};
pub use hello::{AgentWord, Hello, ManagerWord, Welcome};
pub use inventory::InventoryFrame;
pub use join::{JoinReply, JoinRequest};
pub use logs::{LogFrame, LogGap, LogQuery, LogStart};
pub use opening::{AgentOpening, ManagerOpening};
pub use records::{Ack, Record, RecordBatch, RecordBody};
pub use refusal::Refusal;
pub use stats::{StatsFrame, StatsQuery};

/// ALPN of joined nodes; mutual TLS.
pub const ALPN: &[u8] = b"crane/1";
/// ALPN for enrolment; the server alone is authenticated, by the pin in the token.
pub const ALPN_JOIN: &[u8] = b"crane-join/1";

/// Newest protocol version that this build speaks.
///
/// - 1: the first one.
pub const VERSION: u16 = 1;
/// Oldest protocol version that this build still speaks: neighbours always interoperate.
pub const VERSION_MIN: u16 = 1;

#[cfg(test)]
mod tests;
