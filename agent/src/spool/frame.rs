//! One record as bytes: `length: u32 | crc32: u32 | seq: u64 | body`, little-endian; the checksum covers seq and body.

use super::SpoolError;
use crane_shared::protocol::{Record, RecordBody};
use crane_shared::time::Timestamp;
use crane_shared::wire::{decode, encode};

/// Length and checksum.
pub(super) const HEAD: usize = 8;
/// No record is shorter, so so many lost bytes are at most so many lost records.
pub(super) const SHORTEST: u64 = 20;
/// A batch with one record must fit the wire's largest frame of 1 MiB; the rest is room for its own bytes.
pub(super) const LONGEST: usize = (1 << 20) - 256;

/// Writes a record.
pub(super) fn write(seq: u64, body: &RecordBody) -> Result<Vec<u8>, SpoolError> {
    let body = encode(body)?;
    let length = 8 + body.len();
    let counted = u32::try_from(length)
        .ok()
        .filter(|_| length <= LONGEST)
        .ok_or(SpoolError::TooLarge(length))?;
    let mut frame = Vec::with_capacity(HEAD + length);
    frame.extend_from_slice(&counted.to_le_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(&seq.to_le_bytes());
    frame.extend_from_slice(&body);
    let sum = crc32fast::hash(&frame[HEAD..]).to_le_bytes();
    frame[4..HEAD].copy_from_slice(&sum);
    Ok(frame)
}

/// The payload's length, from a head; `None` when no record is so long.
pub(super) fn length(head: [u8; HEAD]) -> Option<usize> {
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
    (8..=LONGEST).contains(&length).then_some(length)
}

/// Reads a payload; `None` when it is damaged.
pub(super) fn read(head: [u8; HEAD], payload: &[u8]) -> Option<Record> {
    let sum = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    if crc32fast::hash(payload) != sum {
        return None;
    }
    let (seq, body) = payload.split_first_chunk::<8>()?;
    Some(Record {
        seq: u64::from_le_bytes(*seq),
        body: decode(body).ok()?,
    })
}

/// First number that a record stands for: its own, or the first of those it declares lost.
pub(super) fn first(record: &Record) -> u64 {
    match record.body {
        RecordBody::Gap { from, .. } => from,
        _ => record.seq,
    }
}

/// When it happened, by this host's clock.
pub(super) fn at(body: &RecordBody) -> Timestamp {
    match body {
        RecordBody::Samples(batch) => batch.at,
        RecordBody::Event(event) => event.at(),
        RecordBody::Gap { until, .. } => *until,
    }
}
