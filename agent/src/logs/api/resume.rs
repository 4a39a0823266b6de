//! Finding the last line again that was handed out, when all that is known of it is its time.

use crane_shared::model::{LogCursor, LogLine};
use crane_shared::protocol::LogGap;

/// Two streams are written beside each other: a line may stand before one that is older, by less than this.
const DISORDER_NS: i64 = 1_000_000_000;
/// More lines of one second than this are not held back while searching.
const MOST_HELD: usize = 10_000;

/// The search for the place behind the last line. The order of the log counts, not the order of times.
#[derive(Debug)]
pub(super) struct Resume {
    at_ns: i64,
    left: u32,
    held: Vec<LogLine>,
}

/// What a line means for the search.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stands before the place, as far as is known.
    Known,
    /// It is the last line that was handed out.
    Found,
    /// The place will not come any more.
    NotThere,
}

impl Resume {
    pub(super) fn new(cursor: &LogCursor) -> Self {
        let (at_ns, seen) = at(cursor);
        Self {
            at_ns,
            left: seen.max(1),
            held: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, line: LogLine) -> Verdict {
        if line.at_ns == self.at_ns {
            self.left -= 1;
            if self.left == 0 {
                return Verdict::Found;
            }
        }
        let too_late = line.at_ns > self.at_ns.saturating_add(DISORDER_NS);
        if line.at_ns > self.at_ns {
            self.held.push(line);
        }
        if too_late || self.held.len() > MOST_HELD {
            Verdict::NotThere
        } else {
            Verdict::Known
        }
    }

    /// The place was not found: the later lines, and the gap before them if there are any.
    pub(super) fn give_up(self) -> (Option<LogGap>, Vec<LogLine>) {
        let gap = self.held.first().map(|first| LogGap {
            bytes: 0,
            exact: false,
            after_ns: self.at_ns,
            before_ns: first.at_ns,
            why: "the place to go on from was rotated away".to_owned(),
        });
        (gap, self.held)
    }
}

/// The time of a cursor, and how many lines of this time were handed out.
pub(super) const fn at(cursor: &LogCursor) -> (i64, u32) {
    match cursor {
        LogCursor::Time { at_ns, seen } => (*at_ns, *seen),
        LogCursor::File { at_ns, .. } | LogCursor::FileOpen { at_ns, .. } => (*at_ns, 1),
    }
}
