//! The ordered set of segments: numbers, limit, gaps. Blocking; one lock around it.

mod mend;

use super::frame::{self, SHORTEST};
use super::segment::{FILE_HEAD, Segment, sync_dir};
use super::{SpoolError, Status};
use crane_shared::protocol::{Record, RecordBody};
use crane_shared::time::Timestamp;
use mend::{lock, scan};
use nix::fcntl::Flock;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file that remembers what was dropped at the head until the manager has heard of it.
const GAP_FILE: &str = "gap";

#[derive(Debug)]
pub(super) struct Store {
    dir: PathBuf,
    limit: u64,
    epoch: u64,
    /// Oldest first; the last one is written to. Never empty.
    segments: VecDeque<Segment>,
    /// Holes that no record in a file declares, in order.
    gaps: Vec<Gap>,
    /// Numbers given out to records that the disk did not take.
    unwritten: Option<Gap>,
    acked: u64,
    lost: u64,
    /// Where the last read stopped: the number it wants next, the segment's base, the byte.
    cursor: Option<(u64, u64, u64)>,
    _lock: Flock<File>,
}

/// Records `from..=to` are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Gap {
    from: u64,
    to: u64,
    since: Timestamp,
    until: Timestamp,
    bytes: u64,
}

impl Gap {
    fn body(self) -> RecordBody {
        let Self {
            from,
            to,
            since,
            until,
            bytes,
        } = self;
        RecordBody::Gap {
            from,
            to,
            since,
            until,
            bytes,
        }
    }
}

impl Store {
    pub(super) fn open(dir: &Path, limit: u64) -> Result<Self, SpoolError> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(SpoolError::io(dir))?;
        let lock = lock(dir)?;
        let found = scan(dir)?;
        let epoch = found.first().map_or_else(|| fastrand::u64(1..), |(epoch, _)| *epoch);
        let mut store = Self {
            dir: dir.to_owned(),
            limit,
            epoch,
            segments: found.into_iter().map(|(_, segment)| segment).collect(),
            gaps: Vec::new(),
            unwritten: None,
            acked: 0,
            lost: 0,
            cursor: None,
            _lock: lock,
        };
        if store.segments.is_empty() {
            store.segments.push_back(Segment::create(dir, epoch, 1)?);
            return Ok(store);
        }
        store.recall_dropped()?;
        store.find_holes();
        store.mend_tail()?;
        Ok(store)
    }

    pub(super) const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Last number in the files.
    pub(super) fn last(&self) -> u64 {
        self.segments.back().map_or(0, |segment| segment.last)
    }

    pub(super) fn status(&self) -> Status {
        Status {
            bytes: self.bytes(),
            last: self.last(),
            acked: self.acked,
            lost: self.lost,
        }
    }

    /// Gives the record the next number and writes it. When the disk refuses, the number stays given and the loss is
    /// declared by the next append that works.
    pub(super) fn append(&mut self, body: RecordBody) -> Result<(), SpoolError> {
        let next = self.unwritten.map_or_else(|| self.last(), |gap| gap.to) + 1;
        let at = frame::at(&body);
        let written = frame::write(next, &body).and_then(|frame| {
            self.declare_unwritten()?;
            self.make_room(frame.len() as u64)?;
            self.write(next, &body, &frame)
        });
        if written.is_err() {
            self.lost += 1;
            let gap = self.unwritten.get_or_insert(Gap {
                from: next,
                to: next,
                since: at,
                until: at,
                bytes: 0,
            });
            gap.to = next;
            gap.until = at;
        }
        written
    }

    /// Everything written so far is on the disk when this returns; gives back the last such number.
    pub(super) fn sync(&mut self) -> Result<u64, SpoolError> {
        if let Some(segment) = self.segments.back() {
            segment.sync()?;
        }
        Ok(self.last())
    }

    /// Records after `after` and up to `until`, about `bytes` of them.
    pub(super) fn read(&mut self, after: u64, until: u64, bytes: usize) -> Result<Vec<Record>, SpoolError> {
        let mut wanted = after + 1;
        let mut records = Vec::new();
        let mut left = bytes as u64;
        while wanted <= until && left > 0 {
            if let Some(gap) = self.gaps.iter().find(|gap| gap.to >= wanted && gap.from <= wanted) {
                records.push(Record {
                    seq: gap.to,
                    body: gap.body(),
                });
                left = left.saturating_sub(SHORTEST);
                wanted = gap.to + 1;
                continue;
            }
            let Some(segment) = self.segments.iter().find(|segment| segment.last >= wanted) else {
                break;
            };
            let offset = match self.cursor {
                Some((next, base, offset)) if next == wanted && base == segment.base => offset,
                _ => FILE_HEAD,
            };
            let before = wanted;
            let stopped = segment.read(offset, |record, length| {
                if record.seq < wanted {
                    return true;
                }
                if record.seq > until || left == 0 {
                    return false;
                }
                // The first is always taken, so that a large record does not block the way.
                if length > left && !records.is_empty() {
                    left = 0;
                    return false;
                }
                left = left.saturating_sub(length);
                wanted = record.seq + 1;
                records.push(record);
                true
            })?;
            self.cursor = Some((wanted, segment.base, stopped));
            if wanted == before {
                break;
            }
        }
        Ok(records)
    }

    /// Forgets everything up to `acked`.
    pub(super) fn trim(&mut self, acked: u64) -> Result<(), SpoolError> {
        let last = self.last();
        if acked > last {
            self.begin_again()?;
            return Err(SpoolError::SetBack { acked, last });
        }
        self.acked = self.acked.max(acked);
        let had = self.gaps.len();
        self.gaps.retain(|gap| gap.to > acked);
        if self.gaps.len() < had {
            let head = self.segments.front().map_or(0, |segment| segment.base);
            self.remember_dropped(head)?;
        }
        // The one that is written to goes too once it is worth it: an idle spool stays small.
        if self.segments.len() == 1 && last <= acked && self.bytes() > self.segment_size() / 4 {
            self.rotate()?;
        }
        while self.segments.len() > 1 && self.segments.front().is_some_and(|segment| segment.last <= acked) {
            if let Some(segment) = self.segments.pop_front() {
                segment.delete()?;
            }
        }
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.end).sum()
    }

    /// A sixteenth of the limit: what is dropped at once when it is full.
    fn segment_size(&self) -> u64 {
        (self.limit / 16).clamp(4 << 10, 4 << 20)
    }

    fn write(&mut self, seq: u64, body: &RecordBody, frame: &[u8]) -> Result<(), SpoolError> {
        let size = self.segment_size();
        if self
            .segments
            .back()
            .is_none_or(|s| s.end > FILE_HEAD && s.end + frame.len() as u64 > size)
        {
            self.rotate()?;
        }
        match self.segments.back_mut() {
            Some(segment) => segment.append(seq, body, frame),
            None => Err(SpoolError::Stopped),
        }
    }

    fn declare_unwritten(&mut self) -> Result<(), SpoolError> {
        let Some(gap) = self.unwritten else { return Ok(()) };
        let body = gap.body();
        let frame = frame::write(gap.to, &body)?;
        self.make_room(frame.len() as u64)?;
        self.write(gap.to, &body, &frame)?;
        self.unwritten = None;
        tracing::warn!(
            from = gap.from,
            to = gap.to,
            "records were lost because the disk refused them"
        );
        Ok(())
    }

    /// Closes the file that is written to and begins the next.
    fn rotate(&mut self) -> Result<(), SpoolError> {
        if let Some(segment) = self.segments.back() {
            segment.sync()?;
        }
        let base = self.unwritten.map_or(self.last() + 1, |gap| gap.from);
        self.segments.push_back(Segment::create(&self.dir, self.epoch, base)?);
        Ok(())
    }

    /// Drops the oldest until `frame` more bytes fit.
    fn make_room(&mut self, frame: u64) -> Result<(), SpoolError> {
        while self.bytes() + frame + FILE_HEAD > self.limit {
            if self.segments.len() == 1 {
                if self.segments.back().is_none_or(|segment| segment.end <= FILE_HEAD) {
                    break;
                }
                self.rotate()?;
            }
            self.drop_oldest()?;
        }
        Ok(())
    }

    fn drop_oldest(&mut self) -> Result<(), SpoolError> {
        let (Some(oldest), Some(next)) = (self.segments.front(), self.segments.get(1)) else {
            return Ok(());
        };
        let to = next.base - 1;
        let from = oldest.base.max(self.acked + 1);
        if from <= to {
            let mut gap = Gap {
                from,
                to,
                since: oldest.since.unwrap_or(oldest.until),
                until: oldest.until,
                bytes: oldest.end - FILE_HEAD,
            };
            // Holes before and inside are part of this one now.
            for older in self.gaps.extract_if(.., |older| older.from <= to) {
                gap.from = gap.from.min(older.from).max(self.acked + 1);
                gap.since = gap.since.min(older.since);
                gap.bytes += older.bytes;
            }
            let head = next.base;
            self.lost += to + 1 - from;
            self.gaps.insert(0, gap);
            // Before the file goes, so that a crash between the two never hides the loss.
            self.remember_dropped(head)?;
            tracing::warn!(from, to, "the spool is full; its oldest records are dropped");
        }
        if let Some(oldest) = self.segments.pop_front() {
            oldest.delete()?;
        }
        Ok(())
    }

    /// Writes down the hole before `head`, the first number that is still here. Holes between files are found again by
    /// every scan.
    fn remember_dropped(&self, head: u64) -> Result<(), SpoolError> {
        let path = self.dir.join(GAP_FILE);
        let Some(gap) = self.gaps.first().filter(|gap| gap.to < head) else {
            return match std::fs::remove_file(&path) {
                Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(SpoolError::io(&path)(err)),
                _ => Ok(()),
            };
        };
        let fresh = path.with_extension("new");
        let io = SpoolError::io(&fresh);
        let text = serde_json::to_vec(gap).map_err(|err| io(err.into()))?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)
            .map_err(&io)?;
        file.write_all(&text).map_err(&io)?;
        file.sync_all().map_err(&io)?;
        std::fs::rename(&fresh, &path).map_err(&io)?;
        sync_dir(&self.dir)
    }

    /// A new epoch with nothing in it but the declaration that something was lost.
    fn begin_again(&mut self) -> Result<(), SpoolError> {
        let bytes = self.bytes();
        let until = self.segments.back().map(|segment| segment.until).unwrap_or_default();
        let since = self.segments.front().and_then(|segment| segment.since).unwrap_or(until);
        for segment in self.segments.drain(..) {
            segment.delete()?;
        }
        self.gaps.clear();
        self.unwritten = None;
        self.cursor = None;
        self.acked = 0;
        self.epoch = fastrand::u64(1..);
        self.segments.push_back(Segment::create(&self.dir, self.epoch, 1)?);
        self.remember_dropped(0)?;
        let body = Gap {
            from: 1,
            to: 1,
            since,
            until,
            bytes,
        }
        .body();
        let frame = frame::write(1, &body)?;
        self.write(1, &body, &frame)
    }
}

#[cfg(test)]
mod tests;
