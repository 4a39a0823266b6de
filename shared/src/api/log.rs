use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One text message of the log WebSocket (`GET /api/v1/containers/{id}/logs`, also without upgrade: the same as JSON lines).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LogMessage {
    /// Lines in the order of the log.
    Lines {
        rows: Vec<LogRow>,
        /// Give it back as `after` to go on exactly behind the last row.
        cursor: String,
    },
    /// Lines were lost here.
    Gap(LogHole),
    /// What was there has been sent; from now on lines are live.
    CaughtUp,
    /// The node is away; the stream goes on exactly where it stopped when it is back.
    Waiting {
        node: String,
    },
    End(LogEnd),
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogRow {
    /// RFC 3339 with nanoseconds.
    pub at: String,
    /// `stdout` or `stderr`.
    pub source: String,
    /// Bytes that are no UTF-8 are replaced by U+FFFD.
    pub text: String,
    /// The line was longer than 64 KiB and is cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A hole in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogHole {
    pub bytes: u64,
    /// False when more may be gone than `bytes`.
    pub exact: bool,
    pub after: Option<String>,
    pub before: Option<String>,
    pub why: String,
}

/// The log ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogEnd {
    pub why: String,
}

/// Text messages that a client sends on the exec WebSocket (`GET /api/v1/containers/{id}/exec`); binary messages are standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ExecControl {
    /// The first message: what to run.
    Start {
        /// Program and arguments; empty asks for a shell (bash where there is one, else sh).
        command: Vec<String>,
        tty: bool,
        #[serde(default)]
        user: String,
        #[serde(default)]
        env: Vec<String>,
        #[serde(default)]
        working_dir: String,
        columns: u16,
        rows: u16,
    },
    Resize {
        columns: u16,
        rows: u16,
    },
    /// Standard input ends.
    End,
}

/// Text messages that the exec WebSocket sends. Binary messages are output: the first byte says 1 for stdout, 2 for stderr.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExecStatus {
    Started,
    Exited {
        code: i64,
    },
    /// It never started or was cut off.
    Failed {
        problem: super::Problem,
    },
}
