//! Entries become lines: pieces are joined, long lines cut, and behind each line its cursor is known.

use super::entry::Entry;
use crane_shared::model::{LogCursor, LogLine, LogSource};

/// A line is cut here; the rest of it is read and thrown away.
pub(super) const LONGEST: usize = 64 << 10;

/// A byte of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) inode: u64,
    pub(super) offset: u64,
}

/// A whole line and the place behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) line: LogLine,
    pub(super) cursor: LogCursor,
}

/// Joins the pieces of both streams.
#[derive(Debug)]
pub(super) struct Assembler {
    /// With a terminal each line ends in `\r\n`.
    tty: bool,
    stdout: Option<Open>,
    stderr: Option<Open>,
    /// Time of the entry that was taken last: a cursor carries it so that its place can be recognised.
    last_ns: i64,
}

/// How a line came to be handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Ended,
    /// It never got an end.
    Open,
    /// Its end was lost.
    Cut,
}

/// A line that has begun and not ended.
#[derive(Debug)]
struct Open {
    at_ns: i64,
    bytes: Vec<u8>,
    cut: bool,
    begun: Place,
}

impl Assembler {
    pub(super) const fn new(tty: bool) -> Self {
        Self {
            tty,
            stdout: None,
            stderr: None,
            last_ns: 0,
        }
    }

    /// Time of the entry that was taken last, 0 before the first.
    pub(super) const fn last_ns(&self) -> i64 {
        self.last_ns
    }

    /// Takes the entry that lies between two places; gives at most two lines to `done`.
    pub(super) fn take(&mut self, entry: Entry<'_>, from: Place, to: Place, done: &mut Vec<Done>) {
        // Pieces of one line share one time. Another time means that the line before never got its end: the
        // container was stopped behind a prompt, and runs again.
        let stale = self
            .slot(entry.source)
            .as_ref()
            .is_some_and(|open| open.at_ns != entry.at_ns);
        if stale {
            self.close(entry.source, from, How::Open, done);
        }
        self.last_ns = entry.at_ns;
        let (source, ends) = (entry.source, entry.ends());
        match self.slot(source) {
            Some(open) => open.add(&entry.text),
            empty => *empty = Some(Open::new(entry, from)),
        }
        if ends {
            self.close(source, to, How::Ended, done);
        }
    }

    /// The log ends at `place`: lines without an end are given out as they are. `cut` says that their rest is lost.
    pub(super) fn end(&mut self, place: Place, cut: bool, done: &mut Vec<Done>) {
        let how = if cut { How::Cut } else { How::Open };
        self.close(LogSource::Stdout, place, how, done);
        self.close(LogSource::Stderr, place, how, done);
    }

    /// Forgets lines that have begun elsewhere than at `place`: they were handed out before.
    pub(super) fn keep_only(&mut self, place: Place) {
        for slot in [&mut self.stdout, &mut self.stderr] {
            if slot.as_ref().is_some_and(|open| open.begun != place) {
                *slot = None;
            }
        }
    }

    fn close(&mut self, source: LogSource, place: Place, how: How, done: &mut Vec<Done>) {
        let Some(mut open) = self.slot(source).take() else {
            return;
        };
        if self.tty && how == How::Ended && !open.cut && open.bytes.last() == Some(&b'\r') {
            open.bytes.pop();
        }
        done.push(Done {
            line: LogLine {
                at_ns: open.at_ns,
                source,
                bytes: open.bytes,
                cut: open.cut || how == How::Cut,
            },
            cursor: self.cursor(place),
        });
    }

    /// The place behind everything that was handed out.
    fn cursor(&self, place: Place) -> LogCursor {
        let at_ns = self.last_ns;
        let begun = |open: &Option<Open>| open.as_ref().map(|open| open.begun);
        match begun(&self.stdout).or_else(|| begun(&self.stderr)) {
            None => LogCursor::File {
                inode: place.inode,
                offset: place.offset,
                at_ns,
            },
            Some(open) => LogCursor::FileOpen {
                inode: place.inode,
                offset: place.offset,
                at_ns,
                open_inode: open.inode,
                open_offset: open.offset,
            },
        }
    }

    const fn slot(&mut self, source: LogSource) -> &mut Option<Open> {
        match source {
            LogSource::Stdout => &mut self.stdout,
            LogSource::Stderr => &mut self.stderr,
        }
    }
}

impl Open {
    fn new(entry: Entry<'_>, begun: Place) -> Self {
        let cut = entry.text.len() > LONGEST;
        let mut bytes = entry.text.into_owned();
        bytes.truncate(LONGEST);
        Self {
            at_ns: entry.at_ns,
            bytes,
            cut,
            begun,
        }
    }

    /// Adds a piece; what goes beyond the longest line is dropped.
    fn add(&mut self, text: &[u8]) {
        let room = LONGEST.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(text.get(..room).unwrap_or(text));
        self.cut |= text.len() > room;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `source time text` entries that are 10 bytes apart; gives back what came out.
    #[track_caller]
    fn check(tty: bool, entries: &[(char, i64, &str)], want: &[&str]) -> Vec<Done> {
        let mut assembler = Assembler::new(tty);
        let mut done = Vec::new();
        let mut place = Place { inode: 1, offset: 0 };
        for (source, at_ns, text) in entries {
            let source = if *source == 'e' {
                LogSource::Stderr
            } else {
                LogSource::Stdout
            };
            let entry = Entry::new(*at_ns, source, text.as_bytes());
            let to = Place {
                offset: place.offset + 10,
                ..place
            };
            assembler.take(entry, place, to, &mut done);
            place = to;
        }
        let seen: Vec<_> = done
            .iter()
            .map(|done| String::from_utf8_lossy(&done.line.bytes).into_owned())
            .collect();
        assert_eq!(seen, want);
        done
    }

    #[test]
    fn pieces_of_one_time_become_one_line() {
        check(
            false,
            &[('o', 1, "one "), ('o', 1, "two "), ('o', 1, "three\n")],
            &["one two three"],
        );
    }

    #[test]
    fn the_two_streams_do_not_mix() {
        let done = check(
            false,
            &[('o', 1, "out "), ('e', 2, "err\n"), ('o', 1, "more\n")],
            &["err", "out more"],
        );
        assert_eq!(
            done[0].cursor,
            LogCursor::FileOpen {
                inode: 1,
                offset: 20,
                at_ns: 2,
                open_inode: 1,
                open_offset: 0
            }
        );
        assert_eq!(
            done[1].cursor,
            LogCursor::File {
                inode: 1,
                offset: 30,
                at_ns: 1
            }
        );
    }

    #[test]
    fn another_time_ends_a_line_that_never_got_its_end() {
        let done = check(
            false,
            &[('o', 1, "prompt> "), ('o', 5, "next run\n")],
            &["prompt> ", "next run"],
        );
        assert_eq!(
            done[0].cursor,
            LogCursor::File {
                inode: 1,
                offset: 10,
                at_ns: 1
            }
        );
    }

    #[test]
    fn a_terminal_ends_lines_with_two_characters() {
        check(
            true,
            &[('o', 1, "a\r\n"), ('o', 2, "\r\n"), ('o', 3, "b\n")],
            &["a", "", "b"],
        );
        check(false, &[('o', 1, "a\r\n")], &["a\r"]);
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        let piece = "x".repeat(16 << 10);
        let mut entries = vec![('o', 1, piece.as_str()); 5];
        entries.push(('o', 1, "end\n"));
        entries.push(('o', 2, "next\n"));
        let done = check(false, &entries, &[&"x".repeat(LONGEST), "next"]);
        assert!(done[0].line.cut && !done[1].line.cut);
        let exact = "y".repeat(LONGEST - (48 << 10));
        let mut entries = vec![('o', 1, piece.as_str()); 3];
        let last = format!("{exact}\n");
        entries.push(('o', 1, &last));
        assert!(
            !check(false, &entries, &[&format!("{}{exact}", piece.repeat(3))])[0]
                .line
                .cut
        );
    }
}
