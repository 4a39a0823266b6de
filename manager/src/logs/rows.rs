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
    plain(at_ns).unwrap_or_else(|| {
        let at = jiff::Timestamp::from_nanosecond(i128::from(at_ns)).unwrap_or_default();
        format!("{at:.9}")
    })
}

/// The same for a time since 1970, digit by digit: each line of a log has one, and a general formatter costs more than all
/// else that is done with a line here.
fn plain(at_ns: i64) -> Option<String> {
    let at_ns = u64::try_from(at_ns).ok()?;
    let (second, nanos) = (at_ns / 1_000_000_000, at_ns % 1_000_000_000);
    let (day, second) = (second / 86_400, second % 86_400);
    // Years that begin in March have their leap day at their end; 719468 days lie between 0000-03-01 and 1970-01-01.
    let day = day + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month < 3);
    let mut text = *b"0000-00-00T00:00:00.000000000Z";
    for (from, digits, number) in [
        (0, 4, year),
        (5, 2, month),
        (8, 2, day),
        (11, 2, second / 3600),
        (14, 2, second / 60 % 60),
        (17, 2, second % 60),
        (20, 9, nanos),
    ] {
        let mut rest = number;
        for place in text.get_mut(from..from + digits)?.iter_mut().rev() {
            *place = b'0' + u8::try_from(rest % 10).ok()?;
            rest /= 10;
        }
    }
    String::from_utf8(text.to_vec()).ok()
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

    #[test]
    fn times_are_written_as_the_library_writes_them() {
        let mut dice = fastrand::Rng::with_seed(3);
        let day = 86_400_000_000_000;
        let days = (0..i64::MAX / day).map(|number| number * day + dice.i64(0..day));
        for at_ns in days.chain([
            0,
            i64::MAX,
            999_999_999,
            951_782_399_999_999_999,
            951_782_400_000_000_000,
        ]) {
            let at = jiff::Timestamp::from_nanosecond(i128::from(at_ns)).unwrap();
            assert_eq!(plain(at_ns), Some(format!("{at:.9}")), "{at_ns}");
        }
        assert_eq!(moment(-1), "1969-12-31T23:59:59.999999999Z");
    }
}
