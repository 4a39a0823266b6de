//! Logs through the engine, for drivers whose files are not ours to read. Resumes by time, as exactly as that goes.

mod resume;

use super::assemble::{Assembler, Done, Place};
use super::entry::{Entry, nanoseconds};
use super::{STOPPED, end};
use crate::docker::refused;
use crate::stream::{Gone, Outlet};
use bollard::Docker;
use bollard::container::LogOutput;
use bollard::query_parameters::{LogsOptions, LogsOptionsBuilder};
use crane_shared::model::{LogCursor, LogLine, LogSource};
use crane_shared::protocol::{LogFrame, LogQuery, LogStart};
use futures_util::{FutureExt, StreamExt};
use resume::Resume;
use std::time::Duration;

/// When nothing came for so long, what was there has been sent: the engine does not say so itself.
const QUIET: Duration = Duration::from_millis(300);
/// A frame holds at most so many bytes of lines.
const FRAME: usize = 64 << 10;
/// The engine's pieces of a long line: with a terminal the next piece's time stands in the middle of the text.
const PIECE: usize = 16 << 10;

/// Sends what is asked for.
pub(super) async fn serve(
    client: &Docker,
    query: &LogQuery,
    tty: bool,
    running: bool,
    out: &mut impl Outlet<LogFrame>,
) -> Result<(), Gone> {
    let follow = query.follow && running;
    let mut stream = std::pin::pin!(client.logs(query.container.as_str(), Some(options(&query.start, follow))));
    let mut lines = Lines::new(tty, &query.start);
    let mut caught_up = !follow;
    loop {
        tokio::select! {
            output = stream.next() => {
                let mut output = output;
                loop {
                    match output {
                        Some(Ok(output)) => lines.take(output),
                        Some(Err(error)) => {
                            lines.flush(out).await?;
                            return end(out, refused("the log", error).to_string()).await;
                        }
                        None => {
                            lines.end();
                            lines.flush(out).await?;
                            return end(out, if follow { STOPPED } else { "everything was sent" }.to_owned()).await;
                        }
                    }
                    if lines.weight > FRAME {
                        lines.flush(out).await?;
                    }
                    // What has come already goes into the same frame.
                    match stream.next().now_or_never() {
                        Some(next) => output = next,
                        None => break,
                    }
                }
                lines.flush(out).await?;
            }
            () = tokio::time::sleep(QUIET), if !caught_up => {
                lines.give_up_search();
                lines.flush(out).await?;
                out.send(&LogFrame::CaughtUp).await?;
                caught_up = true;
            }
            () = out.gone() => return Err(Gone),
        }
    }
}

fn options(start: &LogStart, follow: bool) -> LogsOptions {
    // The engine filters by whole seconds; what is too much is left out here.
    let second = |ns: i64| i32::try_from(ns.div_euclid(1_000_000_000)).unwrap_or(i32::MAX);
    let builder = LogsOptionsBuilder::default()
        .follow(follow)
        .stdout(true)
        .stderr(true)
        .timestamps(true);
    match start {
        LogStart::Beginning => builder,
        LogStart::Tail(lines) => builder.tail(&lines.to_string()),
        LogStart::Since(at_ns) => builder.since(second(*at_ns)),
        LogStart::After(cursor) => builder.since(second(resume::at(cursor).0).saturating_sub(1)),
    }
    .build()
}

/// Output of the engine becomes lines that were not handed out before.
struct Lines {
    tty: bool,
    assembler: Assembler,
    since_ns: i64,
    resume: Option<Resume>,
    done: Vec<Done>,
    ready: Vec<LogFrame>,
    lines: Vec<LogLine>,
    weight: usize,
    /// Time of the last line that was handed out, and how many had just this time.
    last: (i64, u32),
}

impl Lines {
    fn new(tty: bool, start: &LogStart) -> Self {
        let resume = match start {
            LogStart::After(cursor) => Some(Resume::new(cursor)),
            _ => None,
        };
        Self {
            tty,
            assembler: Assembler::new(tty),
            since_ns: if let LogStart::Since(at_ns) = start {
                *at_ns
            } else {
                i64::MIN
            },
            last: if let LogStart::After(cursor) = start {
                resume::at(cursor)
            } else {
                (0, 0)
            },
            resume,
            done: Vec::new(),
            ready: Vec::new(),
            lines: Vec::new(),
            weight: 0,
        }
    }

    fn take(&mut self, output: LogOutput) {
        let source = match output {
            LogOutput::StdErr { .. } => LogSource::Stderr,
            _ => LogSource::Stdout,
        };
        // A message without a time is none of the log's.
        let Some((at_ns, text)) = stamped(output.as_ref(), self.tty) else {
            return;
        };
        let entry = Entry::new(at_ns, source, text);
        self.assembler.take(entry, NOWHERE, NOWHERE, &mut self.done);
        self.sort();
    }

    fn end(&mut self) {
        self.assembler.end(NOWHERE, false, &mut self.done);
        self.sort();
        self.give_up_search();
    }

    fn give_up_search(&mut self) {
        if let Some(resume) = self.resume.take() {
            let (gap, lines) = resume.give_up();
            if let Some(gap) = gap {
                self.close();
                self.ready.push(LogFrame::Gap(gap));
            }
            lines.into_iter().for_each(|line| self.push(line));
        }
    }

    fn sort(&mut self) {
        for done in std::mem::take(&mut self.done) {
            match &mut self.resume {
                Some(resume) => match resume.take(done.line) {
                    resume::Verdict::Known => {}
                    resume::Verdict::Found => self.resume = None,
                    resume::Verdict::NotThere => self.give_up_search(),
                },
                None => self.push(done.line),
            }
        }
    }

    fn push(&mut self, line: LogLine) {
        if line.at_ns < self.since_ns {
            return;
        }
        self.weight += line.bytes.len() + 16;
        self.last = if line.at_ns == self.last.0 {
            (self.last.0, self.last.1.saturating_add(1))
        } else {
            (line.at_ns, 1)
        };
        self.lines.push(line);
        if self.weight > FRAME {
            self.close();
        }
    }

    fn close(&mut self) {
        self.weight = 0;
        if !self.lines.is_empty() {
            self.ready.push(LogFrame::Lines {
                lines: std::mem::take(&mut self.lines),
                cursor: LogCursor::Time {
                    at_ns: self.last.0,
                    seen: self.last.1,
                },
            });
        }
    }

    async fn flush(&mut self, out: &mut impl Outlet<LogFrame>) -> Result<(), Gone> {
        self.close();
        for frame in std::mem::take(&mut self.ready) {
            out.send(&frame).await?;
        }
        Ok(())
    }
}

const NOWHERE: Place = Place { inode: 0, offset: 0 };

/// `2026-11-20T18:00:00.123456789Z text`: the time and the text. With a terminal the pieces of a long line come as one
/// message, with the same time again before each piece.
fn stamped(message: &[u8], tty: bool) -> Option<(i64, Vec<u8>)> {
    let space = message.iter().take(64).position(|byte| *byte == b' ')?;
    let at_ns = nanoseconds(std::str::from_utf8(&message[..space]).ok()?)?;
    let (stamp, mut rest) = message.split_at(space + 1);
    let mut text = Vec::with_capacity(rest.len());
    while tty
        && let Some((piece, next)) = rest.split_at_checked(PIECE)
        && let Some(next) = next.strip_prefix(stamp)
    {
        text.extend_from_slice(piece);
        rest = next;
    }
    text.extend_from_slice(rest);
    Some((at_ns, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: &str = "1970-01-01T00:00:01.000000002Z ";

    #[test]
    fn the_time_stands_before_the_text() {
        let message = format!("{STAMP}hello world\n");
        assert_eq!(
            stamped(message.as_bytes(), false),
            Some((1_000_000_002, b"hello world\n".to_vec()))
        );
        assert_eq!(stamped(b"hello world\n", false), None);
        assert_eq!(stamped(b"", false), None);
    }

    #[test]
    fn times_inside_a_long_terminal_line_are_taken_out() {
        let message = format!("{STAMP}{}{STAMP}{}{STAMP}end\r\n", "a".repeat(PIECE), "b".repeat(PIECE));
        let (_, text) = stamped(message.as_bytes(), true).unwrap();
        assert_eq!(text.len(), 2 * PIECE + 5);
        assert!(text.ends_with(b"bend\r\n"));
    }

    fn out(at: u32, text: &str) -> LogOutput {
        LogOutput::StdOut {
            message: format!("1970-01-01T00:00:{at:02}Z {text}").into_bytes().into(),
        }
    }

    fn texts(lines: &mut Lines) -> Vec<String> {
        lines.close();
        let mut all = Vec::new();
        for frame in std::mem::take(&mut lines.ready) {
            match frame {
                LogFrame::Lines { lines, .. } => {
                    all.extend(
                        lines
                            .iter()
                            .map(|line| String::from_utf8_lossy(&line.bytes).into_owned()),
                    );
                }
                other => all.push(format!("{other:?}").split(['(', ' ']).next().unwrap().to_owned()),
            }
        }
        all
    }

    #[test]
    fn a_resumed_log_goes_on_behind_the_last_line() {
        let cursor = LogCursor::Time {
            at_ns: 5_000_000_000,
            seen: 2,
        };
        let mut lines = Lines::new(false, &LogStart::After(cursor));
        for (at, text) in [
            (4, "a\n"),
            (5, "b\n"),
            (5, "c\n"),
            (4, "late\n"),
            (5, "d\n"),
            (6, "e\n"),
        ] {
            lines.take(out(at, text));
        }
        assert_eq!(texts(&mut lines), ["late", "d", "e"]);
        assert_eq!(lines.last, (6_000_000_000, 1));
    }

    #[test]
    fn a_place_that_is_gone_is_a_gap_and_not_silence() {
        let cursor = LogCursor::Time {
            at_ns: 5_000_000_000,
            seen: 1,
        };
        let mut lines = Lines::new(false, &LogStart::After(cursor));
        for (at, text) in [(7, "x\n"), (8, "y\n")] {
            lines.take(out(at, text));
        }
        assert_eq!(texts(&mut lines), ["Gap", "x", "y"]);
    }
}
