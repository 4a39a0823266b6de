//! Lines become frames, and gaps take their place between them (pure).

use super::assemble::Done;
use super::chain::{Hole, TOO_FAST, UNSEEN};
use crane_shared::model::{LogCursor, LogLine};
use crane_shared::protocol::{LogFrame, LogGap};

/// A frame holds at most so many bytes of lines: small enough to flow, large enough to cost little.
const FRAME: usize = 64 << 10;
/// A line counts for its bytes and this: empty lines must not make an endless frame.
const LINE_COST: usize = 16;

/// Lines and gaps in their order.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// Whole frames, to be taken.
    pub(super) ready: Vec<LogFrame>,
    lines: Vec<LogLine>,
    cursor: Option<LogCursor>,
    weight: usize,
    /// A gap waits for the first line behind it, which tells how long it was.
    gap: Option<LogGap>,
}

impl Frames {
    pub(super) fn push(&mut self, done: Done) {
        if let Some(mut gap) = self.gap.take() {
            gap.before_ns = done.line.at_ns;
            self.ready.push(LogFrame::Gap(gap));
        }
        let weight = done.line.bytes.len() + LINE_COST;
        if self.weight + weight > FRAME {
            self.close();
        }
        self.weight += weight;
        self.lines.push(done.line);
        self.cursor = Some(done.cursor);
    }

    pub(super) fn lose(&mut self, hole: Hole, after_ns: i64) {
        self.close();
        match &mut self.gap {
            // One hole behind the other, without a line between them.
            Some(gap) if gap.why == hole.why || [UNSEEN, TOO_FAST].contains(&hole.why) => {
                gap.bytes = gap.bytes.saturating_add(hole.bytes);
                gap.exact &= hole.exact;
            }
            waiting => {
                let before = waiting.replace(LogGap {
                    bytes: hole.bytes,
                    exact: hole.exact,
                    after_ns,
                    before_ns: 0,
                    why: hole.why.to_owned(),
                });
                self.ready.extend(before.map(LogFrame::Gap));
            }
        }
    }

    /// Nothing more comes for now: what is there goes out.
    pub(super) fn flush(&mut self) {
        self.close();
        self.ready.extend(self.gap.take().map(LogFrame::Gap));
    }

    pub(super) fn close(&mut self) {
        if let Some(cursor) = self.cursor.take() {
            // The next frame of a long log holds about as many.
            let room = if self.weight > FRAME / 2 { self.lines.len() } else { 0 };
            let lines = std::mem::replace(&mut self.lines, Vec::with_capacity(room));
            self.ready.push(LogFrame::Lines { lines, cursor });
        }
        self.weight = 0;
    }
}
