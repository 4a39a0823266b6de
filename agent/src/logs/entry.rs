//! One entry of Docker's json-file, as text: `{"log":"…\n","stream":"stdout","time":"2026-11-20T18:00:00.123456789Z"}`.
//!
//! The engine writes each entry in just this shape, and [`plain`] reads it at a tenth of the cost of a JSON parser. Whatever
//! looks different in any way is left to the JSON parser, so that there is one opinion on what an entry is.

use crane_shared::model::LogSource;
use serde::Deserialize;
use std::borrow::Cow;

/// What one entry says. A line longer than 16 KiB lies in several: all have the same time, only the last ends in `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) at_ns: i64,
    pub(super) source: LogSource,
    /// As it was printed, without its line end.
    pub(super) text: Cow<'a, [u8]>,
    /// There was a line end.
    ends: bool,
}

impl<'a> Entry<'a> {
    /// `text` is as it was printed.
    pub(super) fn new(at_ns: i64, source: LogSource, text: impl Into<Cow<'a, [u8]>>) -> Self {
        let mut text = text.into();
        let ends = text.last() == Some(&b'\n');
        if ends {
            match &mut text {
                Cow::Borrowed(text) => *text = text.get(..text.len() - 1).unwrap_or_default(),
                Cow::Owned(text) => drop(text.pop()),
            }
        }
        Self {
            at_ns,
            source,
            text,
            ends,
        }
    }

    pub(super) fn into_owned(self) -> Entry<'static> {
        Entry {
            text: Cow::Owned(self.text.into_owned()),
            ..self
        }
    }

    /// Whether the line ends here.
    pub(super) const fn ends(&self) -> bool {
        self.ends
    }
}

/// Reads one entry without its `\n`; `None` when it is none.
pub(super) fn parse(entry: &[u8]) -> Option<Entry<'_>> {
    plain(entry).or_else(|| json(entry))
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default)]
    log: Cow<'a, str>,
    #[serde(borrow, default)]
    stream: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
}

/// Any JSON that is an entry.
fn json(entry: &[u8]) -> Option<Entry<'_>> {
    let raw: Raw<'_> = serde_json::from_slice(entry).ok()?;
    let source = if raw.stream == "stderr" {
        LogSource::Stderr
    } else {
        LogSource::Stdout
    };
    let at_ns = nanoseconds(&raw.time)?;
    Some(match raw.log {
        Cow::Borrowed(text) => Entry::new(at_ns, source, text.as_bytes()),
        Cow::Owned(text) => Entry::new(at_ns, source, text.into_bytes()),
    })
}

/// An entry exactly as the engine writes it; `None` says nothing about others.
fn plain(entry: &[u8]) -> Option<Entry<'_>> {
    let rest = entry.strip_prefix(br#"{"log":""#)?.strip_suffix(br#"Z"}"#)?;
    // The seconds' fraction is as short as it can be: 0 to 9 digits and their point.
    let tail = (19..=29).rev().find_map(|length| {
        let (head, time) = rest.split_at_checked(rest.len().checked_sub(length)?)?;
        Some((head.strip_suffix(br#"","time":""#)?, time))
    });
    let (head, time) = tail?;
    let (text, source) = match head.strip_suffix(br#"","stream":"stdout"#) {
        Some(text) => (text, LogSource::Stdout),
        None => (head.strip_suffix(br#"","stream":"stderr"#)?, LogSource::Stderr),
    };
    let at_ns = moment(time)?;
    // Nearly every line has its end as the only thing that is written in another way than it was printed.
    let line = text.strip_suffix(br"\n");
    let printed = line.unwrap_or(text);
    if printed.iter().fold(false, |any, byte| any | is_special(*byte)) {
        let text = unescape(text)?;
        return Some(Entry::new(at_ns, source, text));
    }
    std::str::from_utf8(printed).ok()?;
    Some(Entry {
        at_ns,
        source,
        text: Cow::Borrowed(printed),
        ends: line.is_some(),
    })
}

const fn is_special(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// The text of a JSON string. Left to others are halves of a character, which come in pairs.
fn unescape(raw: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| is_special(*byte)) {
        text.extend_from_slice(rest.get(..at)?);
        let [b'\\', letter, behind @ ..] = rest.get(at..)? else {
            return None;
        };
        rest = behind;
        text.push(match letter {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'"' | b'\\' | b'/' => *letter,
            b'u' => {
                let (digits, behind) = rest.split_at_checked(4)?;
                rest = behind;
                let number = digits
                    .iter()
                    .try_fold(0, |number, digit| Some(number << 4 | char::from(*digit).to_digit(16)?))?;
                let letter = char::from_u32(number)?;
                text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            _ => return None,
        });
    }
    text.extend_from_slice(rest);
    String::from_utf8(text).ok().map(String::into_bytes)
}

/// `2026-11-20T18:00:00.123456789`, in the years of which logs are.
fn moment(time: &[u8]) -> Option<i64> {
    let (fixed, fraction) = time.split_first_chunk::<19>()?;
    let &[y, e, a, r, b'-', m, o, b'-', d, i, b'T', h, n, b':', u, k, b':', s, t] = fixed else {
        return None;
    };
    let (year, month, day) = (number(&[y, e, a, r])?, number(&[m, o])?, number(&[d, i])?);
    let (hour, minute, second) = (number(&[h, n])?, number(&[u, k])?, number(&[s, t])?);
    if !(1970..2200).contains(&year) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let leap = i64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    // The days before each month.
    const BEFORE: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    let index = usize::try_from(month).ok()?.checked_sub(1)?;
    let (before, behind) = (*BEFORE.get(index)?, *BEFORE.get(index + 1)?);
    if day < 1 || day > behind - before + i64::from(month == 2) * leap {
        return None;
    }
    let years = year - 1;
    let days = years * 365 + years / 4 - years / 100 + years / 400 - DAYS_TO_1970
        + before
        + i64::from(month > 2) * leap
        + (day - 1);
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
    let nanos = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            number(digits)? * 10_i64.pow(9 - u32::try_from(digits.len()).ok()?)
        }
        _ => return None,
    };
    Some(seconds * 1_000_000_000 + nanos)
}

/// Days of the 1969 years before 1970, of which 477 were leap years.
const DAYS_TO_1970: i64 = 1969 * 365 + 477;

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
    })
}

/// RFC 3339 as nanoseconds since 1970.
pub(super) fn nanoseconds(time: &str) -> Option<i64> {
    let time: jiff::Timestamp = time.parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

/// How many zero bytes stand before the entry: what a crashed host leaves where it had not written yet.
pub(super) fn zeros(entry: &[u8]) -> usize {
    entry.iter().take_while(|byte| **byte == 0).count()
}

#[cfg(test)]
mod tests;
