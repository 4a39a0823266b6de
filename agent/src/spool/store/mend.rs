//! What a start finds, and how it is made whole again.

use super::super::SpoolError;
use super::super::frame::{self, SHORTEST};
use super::super::segment::Segment;
use super::{GAP_FILE, Gap, Store};
use nix::fcntl::{Flock, FlockArg};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

impl Store {
    /// After a start: the hole at the head, and files that it covers but a crash left behind.
    pub(super) fn recall_dropped(&mut self) -> Result<(), SpoolError> {
        let path = self.dir.join(GAP_FILE);
        let Ok(text) = std::fs::read(&path) else { return Ok(()) };
        let Ok(gap) = serde_json::from_slice::<Gap>(&text) else {
            return Ok(());
        };
        while self.segments.len() > 1 && self.segments.get(1).is_some_and(|next| next.base <= gap.to + 1) {
            if let Some(segment) = self.segments.pop_front() {
                segment.delete()?;
            }
        }
        self.gaps.push(gap);
        Ok(())
    }

    /// Holes between files: the rest of a damaged one.
    pub(super) fn find_holes(&mut self) {
        let next = self.segments.iter().skip(1);
        let holes: Vec<_> = self
            .segments
            .iter()
            .zip(next)
            .filter(|(this, next)| this.last + 1 < next.base)
            .map(|(this, next)| Gap {
                from: this.last + 1,
                to: next.base - 1,
                since: this.until,
                until: next.since.unwrap_or(this.until),
                bytes: this.damaged,
            })
            .collect();
        for hole in holes {
            self.lost += hole.to + 1 - hole.from;
            tracing::error!(
                from = hole.from,
                to = hole.to,
                "records of the spool were damaged on disk"
            );
            self.gaps.push(hole);
        }
    }

    /// Cuts a damaged tail and declares at least as many numbers lost as it can have held, so that none is used twice.
    pub(super) fn mend_tail(&mut self) -> Result<(), SpoolError> {
        let Some(segment) = self.segments.back_mut().filter(|segment| segment.damaged > 0) else {
            return Ok(());
        };
        let most = if segment.torn {
            1
        } else {
            (segment.damaged / SHORTEST).max(1)
        };
        let from = segment.last + 1;
        let gap = Gap {
            from,
            to: segment.last + most,
            since: segment.until,
            until: segment.until,
            bytes: segment.damaged,
        };
        segment.cut()?;
        self.lost += most;
        tracing::warn!(from, bytes = gap.bytes, "a torn tail of the spool was cut");
        let body = gap.body();
        let frame = frame::write(gap.to, &body)?;
        self.write(gap.to, &body, &frame)?;
        self.sync()?;
        Ok(())
    }
}

/// One agent at a time; the kernel lets go when the process ends, however it ends.
pub(super) fn lock(dir: &Path) -> Result<Flock<File>, SpoolError> {
    let path = dir.join("lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(SpoolError::io(&path))?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|_| SpoolError::InUse(dir.to_owned()))
}

/// All segments in order. When a head is damaged or epochs are mixed, numbers can't be trusted: everything goes, and
/// the empty result makes a new epoch.
pub(super) fn scan(dir: &Path) -> Result<Vec<(u64, Segment)>, SpoolError> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(SpoolError::io(dir))? {
        let path = entry.map_err(SpoolError::io(dir))?.path();
        if path.extension().is_some_and(|extension| extension == "seg") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut found: Vec<(u64, Segment)> = Vec::new();
    for path in &paths {
        match Segment::scan(path)? {
            Some((epoch, segment))
                if found
                    .last()
                    .is_none_or(|(first, before)| *first == epoch && before.last < segment.base) =>
            {
                found.push((epoch, segment));
            }
            _ => {
                tracing::error!(file = %path.display(), "the spool is damaged beyond its numbers; it begins again");
                for path in &paths {
                    std::fs::remove_file(path).map_err(SpoolError::io(path))?;
                }
                return Ok(Vec::new());
            }
        }
    }
    Ok(found)
}
