//! One entry of Docker's json-file, as text: `{"log":"…\n","stream":"stdout","time":"2026-11-20T18:00:00.123456789Z"}`.

use crane_shared::model::LogSource;
use serde::Deserialize;
use std::borrow::Cow;

/// What one entry says. A line longer than 16 KiB lies in several: all have the same time, only the last ends in `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) at_ns: i64,
    pub(super) source: LogSource,
    /// As it was printed, with its line end.
    pub(super) text: Vec<u8>,
}

impl Entry {
    /// Whether the line ends here.
    pub(super) fn ends(&self) -> bool {
        self.text.last() == Some(&b'\n')
    }
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

/// Reads one entry without its `\n`; `None` when it is none.
pub(super) fn parse(entry: &[u8]) -> Option<Entry> {
    let raw: Raw<'_> = serde_json::from_slice(entry).ok()?;
    Some(Entry {
        at_ns: nanoseconds(&raw.time)?,
        source: if raw.stream == "stderr" {
            LogSource::Stderr
        } else {
            LogSource::Stdout
        },
        text: raw.log.into_owned().into_bytes(),
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_entry_of_docker_is_read() {
        let entry =
            parse(br#"{"log":"a \u003cb\u003e \"c\"\r\n","stream":"stderr","time":"2026-11-20T18:00:00.000000001Z"}"#)
                .unwrap();
        assert_eq!(entry.text, b"a <b> \"c\"\r\n");
        assert_eq!(entry.source, LogSource::Stderr);
        assert_eq!(entry.at_ns % 1_000_000_000, 1);
        assert!(entry.ends());
    }

    #[test]
    fn labels_in_between_do_not_matter() {
        let entry =
            parse(br#"{"log":"x","attrs":{"tag":"a\n"},"stream":"stdout","time":"1970-01-01T00:00:01Z"}"#).unwrap();
        assert_eq!((entry.at_ns, entry.ends()), (1_000_000_000, false));
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        for bad in [
            &b""[..],
            b"{}",
            b"{\"log\":\"x\\n\"",
            b"{\"log\":\"x\\n\",\"stream\":\"stdout\"}",
            b"{\"log\":\"x\",\"time\":\"yesterday\"}",
            b"\0\0{\"log\":\"x\",\"time\":\"1970-01-01T00:00:01Z\"}",
            b"plain text",
        ] {
            assert_eq!(parse(bad), None, "{}", String::from_utf8_lossy(bad));
        }
    }

    proptest! {
        #[test]
        fn noise_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
            prop_assert!(zeros(&bytes) <= bytes.len());
        }

        #[test]
        fn any_text_comes_back(text in "\\PC*", err: bool, ns in 0_i64..4_000_000_000_000_000_000) {
            let time = jiff::Timestamp::from_nanosecond(i128::from(ns)).unwrap();
            let json = serde_json::json!({"log": text, "stream": if err { "stderr" } else { "stdout" }, "time": time.to_string()});
            let entry = parse(json.to_string().as_bytes()).unwrap();
            prop_assert_eq!(entry.text, text.into_bytes());
            prop_assert_eq!(entry.at_ns, ns);
            prop_assert_eq!(entry.source == LogSource::Stderr, err);
        }
    }
}
