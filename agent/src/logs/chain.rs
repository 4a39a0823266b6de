//! Which files come next. Rotation is noticed here, and new files are opened at once, however slow the reader is:
//! a file that is open can't be rotated away.

use super::files::{LogFile, rotation};
use std::collections::VecDeque;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// At most so many descriptors wait for one reader,
const MOST_WAITING: usize = 128;
/// and at most so many bytes: the engine has deleted these files, but they fill the disk until they are read.
const MOST_BYTES: u64 = 64 << 20;

/// The files behind the one that is being read.
#[derive(Debug)]
pub(super) struct Chain {
    path: PathBuf,
    /// The last file that was handed out or waits. It is held open so that its inode can't be given to another file.
    newest: LogFile,
    next: VecDeque<Next>,
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
pub(super) const UNSEEN: &str = "the log was rotated away unseen";

impl Chain {
    /// `files` are all files from the one to begin with to the one that is written. Gives back the first.
    pub(super) fn new(path: PathBuf, mut files: VecDeque<LogFile>) -> io::Result<(Self, LogFile)> {
        let first = files.pop_front().ok_or(io::ErrorKind::NotFound)?;
        let newest = files.back().unwrap_or(&first).again()?;
        let next = files.into_iter().map(Next::File).collect();
        let seen = (0, 0);
        Ok((
            Self {
                path,
                newest,
                next,
                seen,
            },
            first,
        ))
    }

    /// Looks whether the log was rotated, and opens what is new. Says whether there is anything new since the last look.
    ///
    /// # Errors
    /// When the files can't be listed; the next look tries again.
    pub(super) fn look(&mut self) -> io::Result<bool> {
        let now = match std::fs::metadata(&self.path) {
            Ok(now) => (now.ino(), now.size()),
            // In the middle of a rotation, or the container was removed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        let changed = std::mem::replace(&mut self.seen, now) != now;
        if now.0 == self.newest.inode() {
            return Ok(changed);
        }
        let mut files = rotation(&self.path)?;
        let known = match files.iter().position(|file| file.inode() == self.newest.inode()) {
            Some(known) => Some(known),
            // It was packed meanwhile: the same text in another file.
            None => {
                let newest = &mut self.newest;
                files
                    .iter_mut()
                    .rposition(|file| file.is_packed() && is_copy(newest, file))
            }
        };
        let new = match known {
            Some(known) => files.split_off(known + 1),
            None => {
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
            let too_many = waiting.len() > MOST_WAITING || bytes > MOST_BYTES;
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

    fn lose(&mut self, hole: Hole) {
        match self.next.back_mut() {
            Some(Next::Hole(before)) => before.widen(hole),
            _ => self.next.push_back(Next::Hole(hole)),
        }
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
mod tests {
    use super::super::testlog::Writer;
    use super::*;
    use crane_shared::model::LogSource::Stdout;
    use std::path::Path;

    fn rotate(log: &Path, keep: u32) {
        for number in (1..keep).rev() {
            let from = log.with_extension(format!("log.{number}"));
            drop(std::fs::rename(from, log.with_extension(format!("log.{}", number + 1))));
        }
        std::fs::rename(log, log.with_extension("log.1")).unwrap();
    }

    fn chain(log: &Path) -> Chain {
        Chain::new(log.to_owned(), rotation(log).unwrap().into()).unwrap().0
    }

    fn texts(chain: &mut Chain) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(next) = chain.pop() {
            all.push(match next {
                Next::File(mut file) => {
                    let mut text = vec![0; 9];
                    let count = file.read_at(0, &mut text).unwrap();
                    String::from_utf8(text[..count].to_vec()).unwrap()
                }
                Next::Hole(hole) => format!("hole of {} exact {}", hole.bytes, hole.exact),
            });
        }
        all
    }

    #[test]
    fn several_rotations_between_two_looks_keep_their_order() {
        let here = tempfile::tempdir().unwrap();
        let log = here.path().join("x.log");
        std::fs::write(&log, "0").unwrap();
        let mut chain = chain(&log);
        chain.look().unwrap();
        assert!(!chain.goes_on());
        for text in ["1", "2", "3"] {
            rotate(&log, 5);
            std::fs::write(&log, text).unwrap();
        }
        chain.look().unwrap();
        assert_eq!(texts(&mut chain), ["1", "2", "3"]);
    }

    #[test]
    fn what_was_rotated_away_unseen_is_a_hole_of_unknown_size() {
        let here = tempfile::tempdir().unwrap();
        let log = here.path().join("x.log");
        std::fs::write(&log, "0").unwrap();
        let mut chain = chain(&log);
        for text in ["1", "2", "3"] {
            rotate(&log, 2);
            std::fs::write(&log, text).unwrap();
        }
        chain.look().unwrap();
        // The file that was read is gone, and whether one came between it and "1" nobody knows.
        assert_eq!(texts(&mut chain), ["hole of 0 exact false", "1", "2", "3"]);
    }

    #[test]
    fn a_reader_that_stands_still_loses_the_oldest_and_is_told_how_much() {
        let here = tempfile::tempdir().unwrap();
        let log = here.path().join("x.log");
        std::fs::write(&log, "0").unwrap();
        let mut chain = chain(&log);
        for number in 0..MOST_WAITING + 10 {
            rotate(&log, 3);
            std::fs::write(&log, format!("{number:04}")).unwrap();
            chain.look().unwrap();
        }
        let texts = texts(&mut chain);
        assert_eq!(texts[0], "hole of 40 exact true");
        assert_eq!(texts[1], "0010");
        assert_eq!(texts.len(), MOST_WAITING + 1);
    }

    #[test]
    fn a_file_that_was_packed_in_between_is_recognised_by_its_text() {
        let here = tempfile::tempdir().unwrap();
        let mut log = Writer::new(here.path(), 0, 5);
        log.packs = true;
        // Both files begin with a piece of a line whose text is the same.
        log.line(Stdout, &"x".repeat(40_000));
        let mut chain = chain(&log.path);
        log.rotate();
        log.line(Stdout, &"x".repeat(40_000));
        log.line(Stdout, "more");
        log.rotate();
        log.line(Stdout, "last");
        chain.look().unwrap();
        let waiting: Vec<_> = std::iter::from_fn(|| chain.pop()).collect();
        assert!(
            matches!(waiting.as_slice(), [Next::File(_), Next::File(_)]),
            "{waiting:?}"
        );
    }
}
