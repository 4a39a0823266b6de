use crate::ids::ContainerId;
use crate::model::{LogCursor, LogLine};
use serde::{Deserialize, Serialize};

/// Which lines of which container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogQuery {
    pub container: ContainerId,
    pub start: LogStart,
    /// Stay and wait for more, until the container ends.
    pub follow: bool,
}

/// Where to begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogStart {
    Beginning,
    /// The last so many lines.
    Tail(u32),
    /// Lines at or after this moment, in nanoseconds since 1970.
    Since(i64),
    /// Right behind a place that was handed out before.
    After(LogCursor),
}

/// What a log conversation says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogFrame {
    /// Lines in the order of the log, at most 64 KiB of them or what came within a few milliseconds.
    Lines { lines: Vec<LogLine>, cursor: LogCursor },
    /// Lines were lost here.
    Gap(LogGap),
    /// What was there has been sent; from now on lines are live.
    CaughtUp,
    /// The log ended: the container stopped or was removed, or `follow` was not asked.
    End { why: String },
}

/// A hole in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGap {
    /// Bytes of log file that nobody has read.
    pub bytes: u64,
    /// True when `bytes` is the whole loss; false when more may be gone that left no trace.
    pub exact: bool,
    /// Time of the last line before, and of the first line after; nanoseconds since 1970, 0 when unknown.
    pub after_ns: i64,
    pub before_ns: i64,
    /// e.g. `rotated away while the agent was down`.
    pub why: String,
}
