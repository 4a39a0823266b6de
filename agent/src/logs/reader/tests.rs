use super::super::files::rotation;
use super::super::testlog::Writer;
use super::*;
use crane_shared::model::LogSource::{Stderr, Stdout};
use proptest::prelude::*;
use std::path::PathBuf;

fn begin(path: PathBuf, start: &LogStart, follow: bool) -> io::Result<Reader> {
    let (chain, files) = Chain::open(path, &mut || None)?;
    Reader::new(Arc::new(Mutex::new(chain)), files, false, start, follow)
}

/// Reads to the end of what is there; gives lines as text, gaps as `gap of N` or `gap of N+`.
fn drain(reader: &mut Reader, cursor: &mut Option<LogCursor>) -> Vec<String> {
    drop(lock(&reader.chain).look(&mut || None));
    while reader.step().unwrap() != Step::AtEnd {}
    spell(reader.frames(), cursor)
}

fn spell(frames: Vec<LogFrame>, last: &mut Option<LogCursor>) -> Vec<String> {
    let mut all = Vec::new();
    for frame in frames {
        match frame {
            LogFrame::Lines { lines, cursor } => {
                all.extend(
                    lines
                        .iter()
                        .map(|line| String::from_utf8_lossy(&line.bytes).into_owned()),
                );
                *last = Some(cursor);
            }
            LogFrame::Gap(gap) => all.push(format!("gap of {}{}", gap.bytes, if gap.exact { "" } else { "+" })),
            other => panic!("{other:?}"),
        }
    }
    all
}

fn open(log: &Writer, start: &LogStart) -> Reader {
    begin(log.path.clone(), start, true).unwrap()
}

#[track_caller]
fn check(log: &Writer, start: &LogStart, want: &[&str]) {
    assert_eq!(drain(&mut open(log, start), &mut None), want);
}

fn writer(max_size: u64, max_file: u32) -> (tempfile::TempDir, Writer) {
    let here = tempfile::tempdir().unwrap();
    let log = Writer::new(here.path(), max_size, max_file);
    (here, log)
}

/// The next number that each line must have, from what was read.
#[derive(Default)]
struct Count {
    next: u32,
    gaps: u32,
    in_gap: bool,
}

impl Count {
    /// Every line once and in order; after a declared gap it may go on later, never earlier.
    fn take(&mut self, lines: &[String]) {
        for line in lines {
            if line.starts_with("gap") {
                self.in_gap = true;
                self.gaps += 1;
                continue;
            }
            let number: u32 = line.split(' ').next().unwrap().parse().unwrap();
            assert!(
                number == self.next || (self.in_gap && number > self.next),
                "{number} came in place of {}",
                self.next
            );
            self.in_gap = false;
            self.next = number + 1;
        }
    }
}

#[test]
fn a_hundred_thousand_lines_come_once_and_in_order_over_rotations_and_restarts() {
    for packs in [false, true] {
        let mut dice = fastrand::Rng::with_seed(7);
        let (_here, mut log) = writer(64 << 10, 5);
        log.packs = packs;
        let (mut cursor, mut count) = (None, Count::default());
        let mut reader = open(&log, &LogStart::Beginning);
        let (mut restarts, mut written) = (0, 0_u32);
        while written < 100_000 {
            // At most two files between two looks: nothing may be lost.
            for _ in 0..dice.u32(1..800) {
                let long = if dice.u32(0..500) == 0 {
                    "x".repeat(dice.usize(0..40_000))
                } else {
                    String::new()
                };
                log.line(if dice.bool() { Stdout } else { Stderr }, &format!("{written} {long}"));
                written += 1;
            }
            if dice.u32(0..3) == 0 {
                // Killed in the middle of its work: what was read and not handed out is read again.
                drop(lock(&reader.chain).look(&mut || None));
                for _ in 0..dice.u32(0..4) {
                    let _ = reader.step().unwrap();
                }
                count.take(&spell(reader.frames(), &mut cursor));
                let start = cursor.clone().map_or(LogStart::Beginning, LogStart::After);
                reader = open(&log, &start);
                restarts += 1;
            }
            count.take(&drain(&mut reader, &mut cursor));
        }
        count.take(&drain(&mut reader, &mut cursor));
        assert_eq!((count.next, count.gaps), (written, 0));
        assert!(log.rotations > 80 && restarts > 50, "{} {restarts}", log.rotations);
    }
}

#[test]
fn a_reader_that_comes_back_too_late_declares_the_gap_and_repeats_nothing() {
    let mut dice = fastrand::Rng::with_seed(11);
    let (_here, mut log) = writer(8 << 10, 3);
    let (mut cursor, mut count, mut written) = (None, Count::default(), 0_u32);
    for _ in 0..300 {
        for _ in 0..dice.u32(1..600) {
            log.line(Stdout, &format!("{written} "));
            written += 1;
        }
        let start = cursor.clone().map_or(LogStart::Beginning, LogStart::After);
        if cursor.is_none() {
            count.next = written;
            let _ = drain(&mut open(&log, &start), &mut cursor);
            continue;
        }
        count.take(&drain(&mut open(&log, &start), &mut cursor));
        assert_eq!(count.next, written);
    }
    assert!(count.gaps > 50, "the test must lose something: {}", count.gaps);
}

#[test]
fn pieces_of_both_streams_survive_a_restart_in_between() {
    let (_here, mut log) = writer(0, 1);
    log.line(Stdout, "first");
    log.piece(Stderr, "begun ", 5);
    log.line(Stdout, "second");
    let mut cursor = None;
    assert_eq!(
        drain(&mut open(&log, &LogStart::Beginning), &mut cursor),
        ["first", "second"]
    );
    assert!(matches!(cursor, Some(LogCursor::FileOpen { .. })));
    log.rotations = 0;
    log.piece(Stderr, "ended\n", 5);
    log.line(Stdout, "third");
    check(&log, &LogStart::After(cursor.unwrap()), &["begun ended", "third"]);
}

#[test]
fn a_line_that_began_in_a_rotated_file_is_whole_after_a_restart() {
    for packs in [false, true] {
        let (_here, mut log) = writer(0, 5);
        log.packs = packs;
        log.line(Stdout, "first");
        log.piece(Stderr, "begun ", 5);
        log.rotate();
        log.line(Stdout, "second");
        let mut cursor = None;
        assert_eq!(
            drain(&mut open(&log, &LogStart::Beginning), &mut cursor),
            ["first", "second"]
        );
        log.piece(Stderr, "ended\n", 5);
        check(&log, &LogStart::After(cursor.unwrap()), &["begun ended"]);
    }
}

#[test]
fn half_an_entry_waits_for_its_other_half() {
    let (_here, mut log) = writer(0, 1);
    log.line(Stdout, "one");
    log.raw(b"{\"log\":\"tw");
    let mut reader = open(&log, &LogStart::Beginning);
    assert_eq!(drain(&mut reader, &mut None), ["one"]);
    log.raw(b"o\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"}\n");
    assert_eq!(drain(&mut reader, &mut None), ["two"]);
}

#[test]
fn damage_is_declared_with_its_size_and_does_not_stop_the_log() {
    let (_here, mut log) = writer(0, 1);
    log.line(Stdout, "one");
    log.raw(&[0; 100]);
    log.line(Stdout, "two");
    log.raw(b"garbage\n");
    log.line(Stdout, "three");
    check(
        &log,
        &LogStart::Beginning,
        &["one", "gap of 100", "two", "gap of 8", "three"],
    );
}

#[test]
fn a_file_that_is_emptied_in_place_is_noticed_also_when_it_has_grown_again() {
    let (_here, mut log) = writer(0, 1);
    log.line(Stdout, "one");
    let mut reader = open(&log, &LogStart::Beginning);
    assert_eq!(drain(&mut reader, &mut None), ["one"]);
    log.rotate();
    assert_eq!(drain(&mut reader, &mut None), ["gap of 0+"]);
    log.line(Stdout, "two");
    assert_eq!(drain(&mut reader, &mut None), ["two"]);
    log.rotate();
    log.line(Stdout, "three, longer than what was there before");
    log.line(Stdout, "four");
    assert_eq!(
        drain(&mut reader, &mut None),
        ["gap of 0+", "three, longer than what was there before", "four"]
    );
}

#[test]
fn one_who_does_not_follow_gets_what_was_there_when_he_asked() {
    let (_here, mut log) = writer(0, 5);
    log.line(Stdout, "one");
    log.rotate();
    log.line(Stdout, "two");
    let mut reader = begin(log.path.clone(), &LogStart::Beginning, false).unwrap();
    log.line(Stdout, "later");
    log.rotate();
    log.line(Stdout, "much later");
    assert_eq!(drain(&mut reader, &mut None), ["one", "two"]);
}

#[test]
fn the_last_line_without_an_end_comes_when_the_container_ends_and_only_once() {
    let (_here, mut log) = writer(0, 1);
    log.line(Stdout, "one");
    log.piece(Stdout, "no end", 77);
    let mut reader = open(&log, &LogStart::Beginning);
    let mut cursor = None;
    assert_eq!(drain(&mut reader, &mut cursor), ["one"]);
    reader.end();
    assert_eq!(spell(reader.frames(), &mut cursor), ["no end"]);
    // The container runs again: the next line is another one.
    log.line(Stdout, "two");
    check(&log, &LogStart::After(cursor.unwrap()), &["two"]);
    check(&log, &LogStart::Beginning, &["one", "no end", "two"]);
}

#[test]
fn an_unfinished_line_is_flushed_once_after_a_resume_that_waits_for_it() {
    let (_here, mut log) = writer(0, 1);
    log.piece(Stderr, "prompt> ", 5);
    log.line(Stdout, "one");
    let mut cursor = None;
    assert_eq!(drain(&mut open(&log, &LogStart::Beginning), &mut cursor), ["one"]);
    let mut reader = open(&log, &LogStart::After(cursor.unwrap()));
    assert!(drain(&mut reader, &mut None).is_empty());
    reader.end();
    assert_eq!(spell(reader.frames(), &mut None), ["prompt> "]);
}

#[test]
fn frames_stay_small_whatever_is_in_the_log() {
    let (_here, mut log) = writer(0, 1);
    for _ in 0..20_000 {
        log.line(Stdout, "");
    }
    log.line(Stdout, &"y".repeat(200_000));
    let mut reader = open(&log, &LogStart::Beginning);
    while reader.step().unwrap() != Step::AtEnd {}
    for frame in reader.frames() {
        let size = crane_shared::wire::encode(&frame).unwrap().len();
        assert!(size < 200 << 10, "{size}");
        if let LogFrame::Lines { lines, .. } = frame
            && let Some(line) = lines.iter().find(|line| line.bytes.len() > 1000)
        {
            assert!(line.cut && line.bytes.len() == 64 << 10);
        }
    }
}

#[test]
fn a_log_that_was_never_written_is_empty() {
    let (_here, log) = writer(0, 1);
    for start in [LogStart::Beginning, LogStart::Tail(5), LogStart::Since(1)] {
        check(&log, &start, &[]);
    }
    assert!(begin(log.path.with_extension("no"), &LogStart::Beginning, true).is_err());
}

proptest! {
    /// Whatever stands in the file, whole lines between the noise are all found, in order.
    #[test]
    fn noise_between_lines_loses_none_of_them(
        noise in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..20),
        source: bool,
    ) {
        let (_here, mut log) = writer(0, 1);
        let source = if source { Stdout } else { Stderr };
        let mut want = Vec::new();
        for (number, noise) in noise.iter().enumerate() {
            let mut noise = noise.clone();
            if !noise.is_empty() {
                noise.push(b'\n');
            }
            log.raw(&noise);
            log.line(source, &number.to_string());
            want.push(number.to_string());
        }
        let lines = drain(&mut open(&log, &LogStart::Beginning), &mut None);
        let found: Vec<_> = lines.into_iter().filter(|line| !line.starts_with("gap")).collect();
        prop_assert_eq!(found, want);
    }

    /// A cursor from anywhere, also a forged one, never panics and never hands out a torn line.
    #[test]
    fn any_cursor_is_taken(inode: u64, offset: u64, at_ns: i64, open_offset: u64, own: bool) {
        let (_here, mut log) = writer(600, 4);
        for number in 0..30 {
            log.line(Stdout, &format!("line {number}"));
        }
        let inode = if own { rotation(&log.path).unwrap()[1].inode() } else { inode };
        let offset = if own { offset % 900 } else { offset };
        for cursor in [
            LogCursor::File { inode, offset, at_ns },
            LogCursor::FileOpen { inode, offset, at_ns, open_inode: inode, open_offset },
            LogCursor::Time { at_ns, seen: 3 },
        ] {
            let lines = drain(&mut open(&log, &LogStart::After(cursor)), &mut None);
            prop_assert!(lines.iter().all(|line| line.starts_with("line ") || line.starts_with("gap")));
        }
    }
}
