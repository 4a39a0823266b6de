use super::*;
use proptest::prelude::*;

#[test]
fn an_entry_of_docker_is_read() {
    let entry =
        parse(br#"{"log":"a \u003cb\u003e \"c\"\r\n","stream":"stderr","time":"2026-11-20T18:00:00.000000001Z"}"#)
            .unwrap();
    assert_eq!(entry.text, &b"a <b> \"c\"\r"[..]);
    assert_eq!(entry.source, LogSource::Stderr);
    assert_eq!(entry.at_ns % 1_000_000_000, 1);
    assert!(entry.ends());
}

#[test]
fn labels_in_between_do_not_matter() {
    let entry = parse(br#"{"log":"x","attrs":{"tag":"a\n"},"stream":"stdout","time":"1970-01-01T00:00:01Z"}"#).unwrap();
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

/// What the engine writes, with Go's way to escape.
fn written(text: &str, err: bool, ns: i64) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(ns)).unwrap();
    let text = serde_json::to_string(text).unwrap();
    let text = text
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    let stream = if err { "stderr" } else { "stdout" };
    format!("{{\"log\":{text},\"stream\":\"{stream}\",\"time\":\"{time}\"}}")
}

#[test]
fn what_the_engine_writes_needs_no_json_parser() {
    for text in [
        "",
        "\n",
        "hello\n",
        "\\n",
        "a\\",
        "a\\\n",
        "ä€𝄞\u{1}\u{7f}\n",
        "\"<&>\t\r\n",
        "16 KiB of a line",
    ] {
        for ns in [
            0,
            1_700_000_000_000_000_000,
            1_772_150_400_000_000_001,
            951_782_399_120_000_000,
        ] {
            let entry = written(text, false, ns);
            assert!(plain(entry.as_bytes()).is_some(), "{entry}");
            assert_eq!(plain(entry.as_bytes()), json(entry.as_bytes()), "{entry}");
        }
    }
}

#[test]
fn days_that_are_none_are_no_time() {
    for (time, good) in [
        ("2024-02-29T23:59:59", true),
        ("2023-02-29T00:00:00", false),
        ("2000-02-29T00:00:00.5", true),
        ("2100-02-29T00:00:00", false),
        ("2026-04-31T00:00:00", false),
        ("2026-12-31T23:59:59.999999999", true),
        ("2026-13-01T00:00:00", false),
        ("2026-00-01T00:00:00", false),
        ("2026-01-00T00:00:00", false),
        ("2026-01-01T24:00:00", false),
        ("2026-01-01T00:00:00.", false),
        ("2026-01-01T00:00:00.0123456789", false),
        ("2026-01-01 00:00:00", false),
    ] {
        let seen = moment(time.as_bytes());
        assert_eq!(seen.is_some(), good, "{time}");
        assert!(!good || seen == nanoseconds(&format!("{time}Z")), "{time}");
    }
}

proptest! {
    #[test]
    fn noise_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
        prop_assert!(zeros(&bytes) <= bytes.len());
    }

    #[test]
    fn any_text_comes_back(text in "(?s).*", err: bool, ns in 0_i64..7_000_000_000_000_000_000) {
        let entry = written(&text, err, ns);
        let entry = plain(entry.as_bytes()).unwrap();
        let printed = text.strip_suffix('\n');
        prop_assert_eq!(&entry.text[..], printed.unwrap_or(&text).as_bytes());
        prop_assert_eq!(entry.ends(), printed.is_some());
        prop_assert_eq!(entry.at_ns, ns);
        prop_assert_eq!(entry.source == LogSource::Stderr, err);
    }

    /// Where both have an opinion, it is the same: whatever a hostile text or a crash makes of an entry.
    #[test]
    fn the_short_way_and_the_json_parser_agree(
        text in "[a\\\\\"\\\\nu0\\{\\}:,é\u{1}\n]{0,12}",
        ns in 0_i64..7_000_000_000_000_000_000,
        blows in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..4),
    ) {
        let mut entry = written(&text, false, ns).into_bytes();
        for (at, byte, how) in blows {
            let at = at.index(entry.len());
            match how {
                0 => entry[at] = byte,
                1 => entry[at] = b"\\\"nu{}0Z."[usize::from(byte) % 9],
                2 => entry.insert(at, b"\\\"nu{}0Z."[usize::from(byte) % 9]),
                _ => drop(entry.remove(at)),
            }
        }
        if let Some(short) = plain(&entry) {
            prop_assert_eq!(Some(short), json(&entry), "{}", String::from_utf8_lossy(&entry));
        }
        // A text that was written as it is, not escaped at all.
        let raw = [br#"{"log":""#, text.as_bytes(), br#"","stream":"stdout","time":"2026-11-20T18:00:00Z"}"#].concat();
        if let Some(short) = plain(&raw) {
            prop_assert_eq!(Some(short), json(&raw), "{}", String::from_utf8_lossy(&raw));
        }
    }
}
