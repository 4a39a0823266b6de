//! One reading of a log: from a place on, file after file, to frames.
//!
//! Knows nothing of time or of the network: each step reads one block. What can't be read is declared as a gap.

mod filter;

use super::assemble::{Assembler, Done, Place};
use super::chain::{Chain, Hole, Next};
use super::entry::{parse, zeros};
use super::files::LogFile;
use super::frames::Frames;
use super::seek::{self, Begin};
use crane_shared::model::LogCursor;
use crane_shared::protocol::{LogFrame, LogStart};
use filter::Filter;
use memchr::memchr;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An entry longer than this is damage: Docker's longest has 16 KiB of text, six times that when escaped.
const LONGEST_ENTRY: usize = 1 << 20;
/// The last bytes that were read are read again to see that they are still there: a file may be emptied in place.
const OVERLAP: usize = 64;
/// A block while little comes, and at most; the large one is given back as soon as all is read.
const BLOCKS: (usize, usize) = (16 << 10, 256 << 10);

const EMPTIED: &str = "the log file was emptied or written anew";
const DAMAGED: &str = "the log file is damaged here";
const NOT_FOUND: &str = "the place to go on from was rotated away";

/// What a step found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// So many bytes of file; there may be more.
    Read(usize),
    /// Nothing new for now.
    AtEnd,
}

/// Reads one log.
#[derive(Debug)]
pub(super) struct Reader {
    chain: Arc<Mutex<Chain>>,
    file: LogFile,
    /// Everything before it was taken apart; `rest` begins here.
    offset: u64,
    /// An entry that is not whole yet.
    rest: Vec<u8>,
    overlap: Vec<u8>,
    block: Vec<u8>,
    assembler: Assembler,
    skip_to: Option<Place>,
    /// The place where an unfinished line began that is read again.
    open: Option<Place>,
    filter: Filter,
    /// For one who does not follow: what is written later is not his.
    stop_at: Option<Place>,
    done: Vec<Done>,
    frames: Frames,
}

impl Reader {
    /// Begins at the place that is asked for. `files` are the log's, as they were when `chain` was opened.
    ///
    /// # Errors
    /// When they can't be read.
    pub(super) fn new(
        chain: Arc<Mutex<Chain>>,
        mut files: Vec<LogFile>,
        tty: bool,
        start: &LogStart,
        follow: bool,
    ) -> io::Result<Self> {
        let mut filter = Filter::default();
        let mut frames = Frames::default();
        let begin = match start {
            LogStart::Beginning => Begin::at(0, 0),
            LogStart::Tail(lines) => seek::tail(&mut files, *lines)?,
            LogStart::Since(since_ns) => {
                filter.since_ns = Some(*since_ns);
                seek::since(&mut files, *since_ns)?
            }
            LogStart::After(LogCursor::Time { at_ns, seen }) => {
                // It came from the engine, before its file could be read.
                filter.since_ns = Some(*at_ns);
                filter.seen = Some((*at_ns, *seen));
                seek::since(&mut files, *at_ns)?
            }
            LogStart::After(cursor) => {
                let (place, at_ns, open) = seek::place_of(cursor);
                if let Some(begin) = seek::resume(&mut files, place, at_ns, open) {
                    begin
                } else {
                    let hole = Hole {
                        bytes: rest_of_vanished(&mut files, place)?,
                        exact: false,
                        why: NOT_FOUND,
                    };
                    frames.lose(hole, at_ns);
                    Begin::at(0, 0)
                }
            }
        };
        let stop_at = match files.last_mut() {
            Some(newest) if !follow => {
                let size = newest.size()?;
                Some(newest.place(size))
            }
            _ => None,
        };
        let mut files = files.drain(begin.file..);
        let file = files.next().ok_or(io::ErrorKind::NotFound)?;
        lock(&chain).precede(files);
        Ok(Self {
            chain,
            open: begin.skip_to.map(|_| file.place(begin.offset)),
            file,
            offset: begin.offset,
            rest: Vec::new(),
            overlap: Vec::new(),
            block: Vec::new(),
            assembler: Assembler::new(tty),
            skip_to: begin.skip_to,
            filter,
            stop_at,
            done: Vec::new(),
            frames,
        })
    }

    /// Reads one block. Frames that are ready are taken with [`Reader::frames`].
    ///
    /// # Errors
    /// When the file can't be read.
    pub(super) fn step(&mut self) -> io::Result<Step> {
        // Asked before the read: only a file that was rotated away before its end was seen is read to its end.
        let goes_on = lock(&self.chain).goes_on();
        let count = self.read()?;
        if count > 0 {
            self.take_apart();
            return Ok(Step::Read(count));
        }
        if self.is_past_stop() || !goes_on {
            self.frames.flush();
            self.block = Vec::new();
            return Ok(Step::AtEnd);
        }
        self.leave();
        Ok(Step::Read(0))
    }

    /// The container has ended: a line without an end will not get one any more.
    pub(super) fn end(&mut self) {
        let place = self.file.place(self.offset);
        if self
            .skip_to
            .is_some_and(|skip| skip.inode == place.inode && place.offset >= skip.offset)
        {
            self.stop_skipping();
        }
        self.assembler.end(place, false, &mut self.done);
        self.hand_out();
        self.frames.flush();
    }

    /// What is ready to be sent.
    pub(super) fn frames(&mut self) -> Vec<LogFrame> {
        std::mem::take(&mut self.frames.ready)
    }

    /// Appends what is new to `rest`; says how much that was.
    fn read(&mut self) -> io::Result<usize> {
        let want = match self.block.len() {
            0 => BLOCKS.0,
            full => full,
        };
        self.block.resize(want, 0);
        let end = self.offset + self.rest.len() as u64;
        let known = self.overlap.len();
        let count = self.file.read_at(end - known as u64, &mut self.block)?;
        if self.block.get(..known.min(count)) != Some(&self.overlap[..]) {
            self.emptied();
            return self.read();
        }
        let mut new = count - known;
        if let Some(stop) = self.stop_at.filter(|stop| stop.inode == self.file.inode()) {
            new = new.min(usize::try_from(stop.offset.saturating_sub(end)).unwrap_or(usize::MAX));
        }
        let bytes = &self.block[known..known + new];
        self.rest.extend_from_slice(bytes);
        if !self.file.is_packed() {
            self.overlap
                .extend_from_slice(&bytes[bytes.len().saturating_sub(OVERLAP)..]);
            let surplus = self.overlap.len().saturating_sub(OVERLAP);
            self.overlap.drain(..surplus);
        }
        if count == want && want < BLOCKS.1 {
            self.block.resize(want * 2, 0);
        }
        Ok(new)
    }

    /// Entries become lines; what is not whole stays in `rest`.
    fn take_apart(&mut self) {
        let rest = std::mem::take(&mut self.rest);
        let mut used = 0;
        while let Some(length) = memchr(b'\n', &rest[used..]) {
            let entry = &rest[used..used + length];
            let from = self.file.place(self.offset + used as u64);
            used += length + 1;
            let to = self.file.place(self.offset + used as u64);
            self.take(entry, from, to);
        }
        self.offset += used as u64;
        self.rest = rest;
        self.rest.drain(..used);
        if self.rest.len() > LONGEST_ENTRY {
            let bytes = std::mem::take(&mut self.rest).len() as u64;
            self.offset += bytes;
            self.damaged(bytes);
        }
        if self.rest.is_empty() {
            self.rest.shrink_to(BLOCKS.0);
        }
    }

    fn take(&mut self, text: &[u8], from: Place, to: Place) {
        if let Some(skip) = self.skip_to
            && from.inode == skip.inode
            && from.offset >= skip.offset
        {
            self.stop_skipping();
        }
        let zeros = zeros(text);
        match parse(&text[zeros..]) {
            Some(entry) => {
                if zeros > 0 {
                    self.damaged(zeros as u64);
                }
                self.assembler.take(entry, from, to, &mut self.done);
                self.hand_out();
            }
            None if text.is_empty() => {}
            None => self.damaged(to.offset - from.offset),
        }
    }

    fn stop_skipping(&mut self) {
        self.skip_to = None;
        if let Some(open) = self.open.take() {
            self.assembler.keep_only(open);
        }
    }

    fn hand_out(&mut self) {
        for done in self.done.drain(..) {
            if self.skip_to.is_none() && self.filter.wants(&done.line) {
                self.frames.push(done);
            }
        }
    }

    /// The file's end was seen and another follows.
    fn leave(&mut self) {
        let torn = std::mem::take(&mut self.rest).len() as u64;
        if torn > 0 {
            self.damaged(torn);
        }
        if self.skip_to.is_some_and(|skip| skip.inode == self.file.inode()) {
            self.stop_skipping();
        }
        let next = lock(&self.chain).pop();
        match next {
            Some(Next::File(file)) => {
                self.file = file;
                self.offset = 0;
                self.overlap.clear();
            }
            Some(Next::Hole(hole)) => self.gap(hole),
            None => {}
        }
    }

    /// Someone emptied the file in place: Docker does with `max-file=1`, and so does `logrotate` with `copytruncate`.
    fn emptied(&mut self) {
        self.rest.clear();
        self.overlap.clear();
        self.gap(Hole {
            bytes: 0,
            exact: false,
            why: EMPTIED,
        });
        self.offset = 0;
        self.skip_to = None;
        self.open = None;
    }

    fn damaged(&mut self, bytes: u64) {
        if self.skip_to.is_none() {
            self.frames.lose(
                Hole {
                    bytes,
                    exact: true,
                    why: DAMAGED,
                },
                self.assembler.last_ns(),
            );
        }
    }

    fn gap(&mut self, hole: Hole) {
        // Lines that have begun will not get their right end.
        self.assembler.end(self.file.place(self.offset), true, &mut self.done);
        self.hand_out();
        self.frames.lose(hole, self.assembler.last_ns());
    }

    fn is_past_stop(&self) -> bool {
        self.stop_at.is_some_and(|stop| stop.inode == self.file.inode())
    }
}

/// What at least is gone when the file of `place` has vanished: its rest. A file is rotated away when it is full, so it had at
/// least what another one has without its last entry. How many files vanished behind it, nobody knows.
fn rest_of_vanished(files: &mut [LogFile], place: Place) -> io::Result<u64> {
    match files {
        [rotated, _, ..] if !rotated.is_packed() => Ok(rotated.without_last()?.saturating_sub(place.offset)),
        _ => Ok(0),
    }
}

pub(super) fn lock(chain: &Mutex<Chain>) -> MutexGuard<'_, Chain> {
    chain.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
