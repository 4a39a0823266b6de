use crate::ids::ContainerId;
use serde::{Deserialize, Serialize};

/// A process to start inside a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecSpec {
    pub container: ContainerId,
    /// Program and arguments; no shell is put around them. At most 64.
    pub command: Vec<String>,
    pub tty: bool,
    /// `user` or `user:group`; empty for the container's own.
    pub user: String,
    /// `KEY=value`.
    pub env: Vec<String>,
    /// Empty for the container's own.
    pub working_dir: String,
    pub columns: u16,
    pub rows: u16,
}

/// What goes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecInput {
    /// Raw bytes, at most 64 KiB.
    Bytes(Vec<u8>),
    Resize {
        columns: u16,
        rows: u16,
    },
    /// Standard input ends.
    End,
}

/// What comes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecOutput {
    /// The process runs.
    Started,
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    /// The process ended; nothing follows.
    Exited {
        code: i64,
    },
    /// It never started.
    Refused(super::Refusal),
}
