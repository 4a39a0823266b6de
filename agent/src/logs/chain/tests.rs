use super::super::testlog::Writer;
use super::*;
use crane_shared::model::LogSource::Stdout;
use std::path::Path;

fn rotate(log: &Path, keep: u32) {
    for number in (1..keep).rev() {
        let from = log.with_extension(format!("log.{number}"));
        drop(std::fs::rename(from, log.with_extension(format!("log.{}", number + 1))));
    }
    std::fs::rename(log, log.with_extension("log.1")).unwrap();
}

fn chain(log: &Path) -> Chain {
    Chain::open(log.to_owned(), &mut || None).unwrap().0
}

fn texts(chain: &mut Chain) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(next) = chain.pop() {
        all.push(match next {
            Next::File(mut file) => {
                let mut text = vec![0; 9];
                let count = file.read_at(0, &mut text).unwrap();
                String::from_utf8(text[..count].to_vec()).unwrap()
            }
            Next::Hole(hole) => format!("hole of {} exact {}", hole.bytes, hole.exact),
        });
    }
    all
}

#[test]
fn several_rotations_between_two_looks_keep_their_order() {
    let here = tempfile::tempdir().unwrap();
    let log = here.path().join("x.log");
    std::fs::write(&log, "0").unwrap();
    let mut chain = chain(&log);
    chain.look(&mut || None).unwrap();
    assert!(!chain.goes_on());
    for text in ["1", "2", "3"] {
        rotate(&log, 5);
        std::fs::write(&log, text).unwrap();
    }
    chain.look(&mut || None).unwrap();
    assert_eq!(texts(&mut chain), ["1", "2", "3"]);
}

#[test]
fn what_was_rotated_away_unseen_is_a_hole_of_unknown_size() {
    let here = tempfile::tempdir().unwrap();
    let log = here.path().join("x.log");
    std::fs::write(&log, "0").unwrap();
    let mut chain = chain(&log);
    for text in ["1", "2", "3"] {
        rotate(&log, 2);
        std::fs::write(&log, text).unwrap();
    }
    chain.look(&mut || None).unwrap();
    // The file that was read is gone, and whether one came between it and "1" nobody knows.
    assert_eq!(texts(&mut chain), ["hole of 0 exact false", "1", "2", "3"]);
}

#[test]
fn who_counts_knows_what_was_missed() {
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 2000, 4);
    log.line(Stdout, "first");
    let begun = |log: &Writer| {
        Some(Begun {
            span: 0,
            files: u64::from(log.rotations),
        })
    };
    let count = begun(&log);
    let mut chain = Chain::open(log.path.clone(), &mut || count).unwrap().0;
    for missed in [0, 1, 0, 5] {
        // Of four files one is written and three are kept: with the fourth rotation the one that was read is gone.
        let until = log.rotations + 4 + missed;
        while log.rotations < until {
            log.line(Stdout, "more");
        }
        let count = begun(&log);
        chain.look(&mut || count).unwrap();
        let waiting: Vec<_> = std::iter::from_fn(|| chain.pop()).collect();
        match waiting.as_slice() {
            [
                Next::Hole(hole),
                Next::File(_),
                Next::File(_),
                Next::File(_),
                Next::File(_),
            ] if missed > 0 => {
                // Each file was full, and full is 2000 bytes.
                let whole = u64::from(missed) * 2000;
                assert!((whole * 9 / 10..whole).contains(&hole.bytes) && !hole.exact, "{hole:?}");
            }
            [Next::File(_), Next::File(_), Next::File(_), Next::File(_)] if missed == 0 => {}
            other => panic!("{missed} missed: {other:?}"),
        }
    }
}

#[test]
fn a_count_that_was_interrupted_proves_nothing() {
    let here = tempfile::tempdir().unwrap();
    let log = here.path().join("x.log");
    std::fs::write(&log, "0").unwrap();
    let count = |span, files| move || Some(Begun { span, files });
    let mut chain = Chain::open(log.clone(), &mut count(0, 7)).unwrap().0;
    for text in ["1", "2"] {
        rotate(&log, 1);
        std::fs::write(&log, text).unwrap();
    }
    chain.look(&mut count(1, 8)).unwrap();
    assert_eq!(texts(&mut chain), ["hole of 0 exact false", "1", "2"]);
}

#[test]
fn a_reader_that_stands_still_loses_the_oldest_and_is_told_how_much() {
    let here = tempfile::tempdir().unwrap();
    let log = here.path().join("x.log");
    std::fs::write(&log, "0").unwrap();
    let mut chain = chain(&log);
    for number in 0..MOST_WAITING + 10 {
        rotate(&log, 3);
        std::fs::write(&log, format!("{number:04}")).unwrap();
        chain.look(&mut || None).unwrap();
    }
    let texts = texts(&mut chain);
    assert_eq!(texts[0], "hole of 40 exact true");
    assert_eq!(texts[1], "0010");
    assert_eq!(texts.len(), MOST_WAITING + 1);
}

#[test]
fn a_file_that_was_packed_in_between_is_recognised_by_its_place_or_its_text() {
    for counts in [false, true] {
        let here = tempfile::tempdir().unwrap();
        let mut log = Writer::new(here.path(), 0, 5);
        log.packs = true;
        let begun = |files: u32| {
            counts.then_some(Begun {
                span: 0,
                files: u64::from(files),
            })
        };
        // Both files begin with a piece of a line whose text is the same.
        log.line(Stdout, &"x".repeat(40_000));
        let mut chain = Chain::open(log.path.clone(), &mut || begun(0)).unwrap().0;
        log.rotate();
        log.line(Stdout, &"x".repeat(40_000));
        log.line(Stdout, "more");
        log.rotate();
        log.line(Stdout, "last");
        chain.look(&mut || begun(2)).unwrap();
        let waiting: Vec<_> = std::iter::from_fn(|| chain.pop()).collect();
        assert!(
            matches!(waiting.as_slice(), [Next::File(_), Next::File(_)]),
            "{waiting:?}"
        );
    }
}
