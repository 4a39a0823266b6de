use crane_shared::api::{LogHole, LogRow};
use crane_shared::model::{LogLine, LogSource};
use crane_shared::protocol::LogGap;

pub(super) fn row(line: LogLine) -> LogRow {
    LogRow {
        at: moment(line.at_ns),
        source: match line.source {
            LogSource::Stdout => "stdout",
            LogSource::Stderr => "stderr",
        }
        .to_owned(),
        text: String::from_utf8(line.bytes).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned()),
        cut: line.cut,
    }
}

pub(super) fn hole(gap: LogGap) -> LogHole {
    let known = |at_ns: i64| (at_ns != 0).then(|| moment(at_ns));
    LogHole {
        bytes: gap.bytes,
        exact: gap.exact,
        after: known(gap.after_ns),
        before: known(gap.before_ns),
        why: gap.why,
    }
}

/// RFC 3339 with all nine digits, so that texts sort as times do.
fn moment(at_ns: i64) -> String {
    let at = jiff::Timestamp::from_nanosecond(i128::from(at_ns)).unwrap_or_default();
    format!("{at:.9}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_times_keep_their_nanoseconds() {
        let row = row(LogLine {
            at_ns: 1_700_000_000_000_000_001,
            source: LogSource::Stderr,
            bytes: b"a\xffb".to_vec(),
            cut: false,
        });
        assert_eq!(row.at, "2023-11-14T22:13:20.000000001Z");
        assert_eq!((row.source.as_str(), row.text.as_str()), ("stderr", "a\u{fffd}b"));
    }
}
