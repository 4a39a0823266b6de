//! Which files come next. Rotation is noticed here, and new files are opened at once, however slow the reader is:
//! a file that is open can't be rotated away.

use super::ear::Begun;
use super::files::{LogFile, counted};
use nix::sys::resource::{Resource, getrlimit};
use std::collections::VecDeque;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// At most so many descriptors wait for one reader; with files of 64 KiB that is the next limit too.
const MOST_WAITING: usize = 1024;
/// When half of all descriptors that this process may have wait, no reader keeps more than these.
const FEW_WAITING: usize = 16;
/// Descriptors that wait for all readers.
static WAITING: AtomicUsize = AtomicUsize::new(0);
/// At most so many bytes wait: the engine has deleted these files, but they fill the disk until they are read.
const MOST_BYTES: u64 = 64 << 20;

/// The files behind the one that is being read.
#[derive(Debug)]
pub(super) struct Chain {
    path: PathBuf,
    /// The last file that was handed out or waits. It is held open so that its inode can't be given to another file.
    newest: LogFile,
    /// How many files were begun up to that one.
    begun: Option<Begun>,
    next: VecDeque<Next>,
    /// So many of them are open files.
    waiting: usize,
    /// Inode and size of the file that is written, when it was last looked at.
    seen: (u64, u64),
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Next {
    File(LogFile),
    /// Files that nobody will read.
    Hole(Hole),
}

/// What is known about files that nobody will read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hole {
    pub(super) bytes: u64,
    pub(super) exact: bool,
    pub(super) why: &'static str,
}

pub(super) const TOO_SLOW: &str = "the log was rotated away faster than it was read";
pub(super) const TOO_FAST: &str = "the log was rotated away faster than its files could be opened";
pub(super) const UNSEEN: &str = "the log was rotated away unseen";

impl Chain {
    /// The log that is written at `path`, and all its files, oldest first. What is begun from now on belongs to the chain.
    ///
    /// # Errors
    /// When there is no such log, or it can't be read.
    pub(super) fn open(path: PathBuf, begun: &mut dyn FnMut() -> Option<Begun>) -> io::Result<(Self, Vec<LogFile>)> {
        let (files, begun) = counted(&path, begun)?;
        let newest = files.last().ok_or(io::ErrorKind::NotFound)?.again()?;
        let chain = Self {
            path,
            newest,
            begun,
            next: VecDeque::new(),
            waiting: 0,
            seen: (0, 0),
        };
        Ok((chain, files))
    }

    /// These files come before all that were begun since the chain was opened.
    pub(super) fn precede(&mut self, files: impl DoubleEndedIterator<Item = LogFile>) {
        for file in files.rev() {
            self.next.push_front(Next::File(file));
        }
    }

    /// Whether there is anything new since the last look or glance.
    ///
    /// # Errors
    /// When the file can't be asked; the next glance tries again.
    pub(super) fn glance(&mut self) -> io::Result<bool> {
        let now = match std::fs::metadata(&self.path) {
            Ok(now) => (now.ino(), now.size()),
            // In the middle of a rotation, or the container was removed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        Ok(std::mem::replace(&mut self.seen, now) != now)
    }

    /// A glance that also opens what is new when the log was rotated. `begun` says how many files were begun up to now.
    ///
    /// # Errors
    /// When the files can't be listed; the next look tries again.
    pub(super) fn look(&mut self, begun: &mut dyn FnMut() -> Option<Begun>) -> io::Result<bool> {
        let changed = self.glance()?;
        if self.seen.0 == self.newest.inode() || self.seen.0 == 0 {
            return Ok(changed);
        }
        let (mut files, now) = counted(&self.path, begun)?;
        let since = now.zip(self.begun).and_then(|(now, before)| now.since(before));
        self.begun = now;
        let since = since.and_then(|since| usize::try_from(since).ok());
        let new = match (self.known(&mut files, since), since) {
            (Some(known), _) => files.split_off(known + 1),
            // So many were begun since, no more: all of them are here.
            (None, Some(since)) if since == files.len() => files,
            (None, Some(since)) if since > files.len() => {
                let vanished = (since - files.len()) as u64;
                let bytes = self.least().saturating_mul(vanished);
                self.lose(Hole {
                    bytes,
                    exact: false,
                    why: TOO_FAST,
                });
                files
            }
            (None, _) => {
                self.lose(Hole {
                    bytes: 0,
                    exact: false,
                    why: UNSEEN,
                });
                files
            }
        };
        if let Some(newest) = new.last() {
            self.newest = newest.again()?;
        }
        self.next.extend(new.into_iter().map(Next::File));
        self.shorten();
        Ok(true)
    }

    /// Where in `files` the newest file is that was known before, when so many were begun `since`.
    fn known(&mut self, files: &mut [LogFile], since: Option<usize>) -> Option<usize> {
        let newest = &mut self.newest;
        if let Some(at) = files.iter().position(|file| file.inode() == newest.inode()) {
            return Some(at);
        }
        // It was packed meanwhile: the same text in another file.
        match since {
            Some(since) => {
                let at = files.len().checked_sub(since + 1)?;
                files.get(at).filter(|file| file.is_packed()).map(|_| at)
            }
            None => files
                .iter_mut()
                .rposition(|file| file.is_packed() && is_copy(newest, file)),
        }
    }

    /// How long at least each file was that was rotated away: the engine rotates when a file is full, so without its last
    /// entry none is longer than another.
    fn least(&mut self) -> u64 {
        let newest = &mut self.newest;
        if newest.is_packed() {
            return 0;
        }
        newest.without_last().unwrap_or(0)
    }

    /// Whether something comes behind the file that is being read. Only then can that file be left at its end.
    pub(super) fn goes_on(&self) -> bool {
        !self.next.is_empty()
    }

    pub(super) fn pop(&mut self) -> Option<Next> {
        self.next.pop_front()
    }

    /// Gives up the oldest waiting files when there are too many. The last one is never given up: it grows.
    fn shorten(&mut self) {
        loop {
            let mut bytes = 0;
            let mut waiting = Vec::new();
            for (at, next) in self.next.iter_mut().enumerate() {
                if let Next::File(file) = next {
                    let size = if file.is_packed() { 0 } else { file.size().unwrap_or(0) };
                    bytes += size;
                    waiting.push((at, size));
                }
            }
            let too_many = self.waits(waiting.len()) || bytes > MOST_BYTES;
            let &[(at, _), _, ..] = waiting.as_slice() else {
                return;
            };
            if !too_many {
                return;
            }
            let bytes = match self.next.get_mut(at) {
                Some(Next::File(file)) => file.size().unwrap_or(0),
                _ => 0,
            };
            drop(self.next.remove(at));
            let hole = Hole {
                bytes,
                exact: true,
                why: TOO_SLOW,
            };
            match at.checked_sub(1).and_then(|before| self.next.get_mut(before)) {
                Some(Next::Hole(before)) => before.widen(hole),
                _ => self.next.insert(at, Next::Hole(hole)),
            }
        }
    }

    /// Takes down that so many descriptors wait here; says whether that is too many.
    fn waits(&mut self, now: usize) -> bool {
        let before = std::mem::replace(&mut self.waiting, now);
        WAITING.fetch_add(now, Ordering::Relaxed);
        WAITING.fetch_sub(before, Ordering::Relaxed);
        now > MOST_WAITING || now > FEW_WAITING && WAITING.load(Ordering::Relaxed) > half_of_all()
    }

    fn lose(&mut self, hole: Hole) {
        match self.next.back_mut() {
            Some(Next::Hole(before)) => before.widen(hole),
            _ => self.next.push_back(Next::Hole(hole)),
        }
    }
}

fn half_of_all() -> usize {
    static HALF: OnceLock<usize> = OnceLock::new();
    *HALF.get_or_init(|| {
        let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(soft, _)| soft);
        usize::try_from(limit / 2).unwrap_or(usize::MAX)
    })
}

impl Drop for Chain {
    fn drop(&mut self) {
        self.waits(0);
    }
}

impl Hole {
    fn widen(&mut self, more: Self) {
        self.bytes = self.bytes.saturating_add(more.bytes);
        self.exact &= more.exact;
    }
}

/// Whether `packed` holds the text of `plain`. The first entry alone does not tell: one long line can be in several files.
fn is_copy(plain: &mut LogFile, packed: &mut LogFile) -> bool {
    let first = plain.first();
    first.is_some() && first == packed.first() && matches!((plain.size(), packed.size()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests;
