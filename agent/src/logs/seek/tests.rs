use super::super::files::rotation;
use super::super::testlog::Writer;
use super::*;
use crane_shared::model::LogSource::{Stderr, Stdout};

fn text_at(files: &mut [LogFile], begin: Begin) -> String {
    let (_, entry) = files[begin.file].entry_from(begin.offset).unwrap();
    String::from_utf8(entry.text.into_owned()).unwrap()
}

#[test]
fn the_last_lines_are_found_over_several_files() {
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 2000, 20);
    for number in 0..100 {
        log.line(Stdout, &format!("line {number}"));
    }
    assert!(log.rotations > 2);
    let mut files = rotation(&log.path).unwrap();
    for lines in [1, 7, 50, 99, 100] {
        let begin = tail(&mut files, lines).unwrap();
        assert_eq!(text_at(&mut files, begin), format!("line {}", 100 - lines));
    }
    assert_eq!(tail(&mut files, 1000).unwrap(), Begin::at(0, 0));
}

#[test]
fn the_last_lines_are_found_in_packed_files_too() {
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 2000, 20);
    log.packs = true;
    for number in 0..100 {
        log.line(Stdout, &format!("line {number}"));
    }
    let mut files = rotation(&log.path).unwrap();
    let begin = tail(&mut files, 90).unwrap();
    assert_eq!(text_at(&mut files, begin), "line 10");
}

#[test]
fn no_lines_begin_at_the_end() {
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 0, 1);
    log.line(Stdout, "only");
    let mut files = rotation(&log.path).unwrap();
    let begin = tail(&mut files, 0).unwrap();
    assert_eq!(begin.offset, files[0].size().unwrap());
}

#[test]
fn a_line_of_the_other_stream_that_has_begun_is_not_torn() {
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 0, 1);
    log.line(Stdout, "before");
    let started = log.now() + 1;
    log.piece(Stderr, "begun ", started);
    log.line(Stdout, "between");
    log.line(Stdout, "last");
    log.piece(Stderr, "ended\n", started);
    let mut files = rotation(&log.path).unwrap();
    // The last two lines are "last" and "begun ended"; the second begins before "between".
    let begin = tail(&mut files, 2).unwrap();
    assert_eq!(text_at(&mut files, begin), "begun ");
    assert!(begin.skip_to.is_some());
}

#[test]
fn a_moment_is_found_without_reading_everything_before_it() {
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 0, 1);
    let mut times = Vec::new();
    for number in 0..20_000 {
        log.line(Stdout, &format!("line {number}"));
        times.push(log.now());
        log.pass(100_000_000);
    }
    let mut files = rotation(&log.path).unwrap();
    let wanted = times[15_000];
    let begin = since(&mut files, wanted).unwrap();
    let (_, entry) = files[0].entry_from(begin.offset).unwrap();
    assert!(entry.at_ns < wanted, "nothing may be left out");
    let size = files[0].size().unwrap();
    assert!(begin.offset > size / 2, "it began at {} of {size}", begin.offset);
    assert_eq!(since(&mut files, 0).unwrap(), Begin::at(0, 0));
    assert!(since(&mut files, i64::MAX).unwrap().offset > size - 2 * NEAR);
}

#[test]
fn a_place_is_recognised_by_what_stands_before_it() {
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 0, 1);
    log.line(Stdout, "one");
    let place = {
        let mut files = rotation(&log.path).unwrap();
        let size = files[0].size().unwrap();
        files[0].place(size)
    };
    let at_ns = log.now();
    log.line(Stdout, "two");
    let mut files = rotation(&log.path).unwrap();
    assert_eq!(resume(&mut files, place, at_ns, None), Some(Begin::at(0, place.offset)));
    // The same inode, but other content: it was used again.
    assert_eq!(resume(&mut files, place, at_ns + 1, None), None);
    let inside = Place {
        offset: place.offset - 1,
        ..place
    };
    assert_eq!(resume(&mut files, inside, at_ns, None), None);
    let beyond = Place {
        offset: 1 << 40,
        ..place
    };
    assert_eq!(resume(&mut files, beyond, at_ns, None), None);
}
