use crate::model::{Event, SampleBatch};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Records in order. At least once on the wire, applied exactly once: the manager drops what it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordBatch {
    pub records: Vec<Record>,
}

/// One thing worth keeping. Sequence numbers of an epoch start at 1 and have no holes, except where a `Gap` says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub seq: u64,
    pub body: RecordBody,
}

/// What a record holds. Append only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordBody {
    Samples(SampleBatch),
    Event(Event),
    /// The spool was full: records `from..=to` are gone. Carries the seq `to`.
    Gap {
        from: u64,
        to: u64,
        since: Timestamp,
        until: Timestamp,
        bytes: u64,
    },
}

/// Everything up to `seq` is on disk at the manager; the agent may forget it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    pub seq: u64,
}
