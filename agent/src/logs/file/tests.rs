use super::super::testlog::Writer;
use super::*;
use crane_shared::model::LogSource::Stdout;
use crane_shared::protocol::LogGap;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

fn source(log: &Writer, running: bool) -> Source {
    Source {
        path: log.path.clone(),
        tty: false,
        running,
    }
}

fn texts(frame: LogFrame) -> Vec<String> {
    match frame {
        LogFrame::Lines { lines, .. } => lines
            .into_iter()
            .map(|line| String::from_utf8(line.bytes).unwrap())
            .collect(),
        LogFrame::CaughtUp => vec!["caught up".to_owned()],
        LogFrame::Gap(LogGap { why, .. }) => vec![format!("gap: {why}")],
        LogFrame::End { why } => vec![format!("end: {why}")],
    }
}

async fn collect(mut frames: mpsc::Receiver<LogFrame>) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(frame) = frames.recv().await {
        all.extend(texts(frame));
    }
    all
}

#[tokio::test]
async fn a_stopped_container_gives_its_whole_log_and_ends() {
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 0, 1);
    log.line(Stdout, "one");
    log.piece(Stdout, "last words", 9);
    let (mut out, frames) = mpsc::channel(16);
    let (served, lines) = tokio::join!(
        async move {
            serve(
                source(&log, false),
                LogStart::Beginning,
                true,
                std::future::pending(),
                &mut out,
            )
            .await
        },
        collect(frames)
    );
    assert_eq!(served, Ok(()));
    assert_eq!(lines, ["one", "last words", "end: everything was sent"]);
}

#[tokio::test]
async fn a_follower_sees_every_line_over_rotations_and_the_end() {
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 16 << 10, 5);
    log.line(Stdout, "0");
    let (mut out, mut frames) = mpsc::channel(1);
    let (end, ended) = oneshot::channel();
    let running = source(&log, true);
    let follower = async move {
        serve(
            running,
            LogStart::Beginning,
            true,
            async { ended.await.unwrap_or_default() },
            &mut out,
        )
        .await
    };
    let story = async move {
        assert_eq!(texts(frames.recv().await.unwrap()), ["0"]);
        assert_eq!(texts(frames.recv().await.unwrap()), ["caught up"]);
        let mut seen = 1_u32;
        for number in 1..10_000_u32 {
            log.line(Stdout, &number.to_string());
            // The writer runs ahead by some hundred lines, the reader catches up.
            while number > seen + 400 {
                for text in texts(frames.recv().await.unwrap()) {
                    assert_eq!(text, seen.to_string());
                    seen += 1;
                }
            }
        }
        log.piece(Stdout, "10000", 3);
        end.send("the container stopped".to_owned()).unwrap();
        let rest = collect(frames).await;
        let (last, rest) = rest.split_last().unwrap();
        assert_eq!(last, "end: the container stopped");
        for text in rest {
            assert_eq!(*text, seen.to_string());
            seen += 1;
        }
        assert_eq!(seen, 10_001);
        assert!(log.rotations > 20);
    };
    let (served, ()) = tokio::join!(follower, story);
    assert_eq!(served, Ok(()));
}

#[tokio::test]
async fn a_follower_that_stands_still_keeps_the_files_that_are_rotated_away() {
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 4 << 10, 3);
    log.line(Stdout, "0");
    let (mut out, mut frames) = mpsc::channel(1);
    let running = source(&log, true);
    let follower = async move { serve(running, LogStart::Beginning, true, std::future::pending(), &mut out).await };
    let story = async move {
        let mut seen = 0_u32;
        assert_eq!(texts(frames.recv().await.unwrap()), ["0"]);
        seen += 1;
        // Nothing is read while the log is rotated forty times: without open files most of it would be gone.
        let mut number = 0;
        while log.rotations < 40 {
            let before = log.rotations;
            while log.rotations == before {
                number += 1;
                log.line(Stdout, &number.to_string());
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        while seen <= number {
            for text in texts(frames.recv().await.unwrap()) {
                if text != "caught up" {
                    assert_eq!(text, seen.to_string());
                    seen += 1;
                }
            }
        }
    };
    let (served, ()) = tokio::join!(follower, story);
    assert_eq!(served, Err(Gone), "the reader left");
}

#[tokio::test]
async fn a_log_that_can_not_be_read_is_an_end_with_a_reason() {
    let here = tempfile::tempdir().unwrap();
    let log = Writer::new(here.path(), 0, 1);
    std::fs::remove_file(&log.path).unwrap();
    let (mut out, frames) = mpsc::channel(4);
    let (served, lines) = tokio::join!(
        async move {
            serve(
                source(&log, true),
                LogStart::Tail(1),
                true,
                std::future::pending(),
                &mut out,
            )
            .await
        },
        collect(frames)
    );
    assert_eq!(served, Ok(()));
    assert!(lines[0].starts_with("end: the log file can't be read"), "{lines:?}");
}

/// A writer that waits for nobody, over five files of 8 KiB: it may be faster than a thread is woken. What is missed is
/// declared, and nothing else is.
#[tokio::test]
async fn a_writer_at_full_speed_is_followed_and_no_gap_is_declared_in_vain() {
    const LINES: u32 = 30_000;
    let here = tempfile::tempdir().unwrap();
    let mut log = Writer::new(here.path(), 8 << 10, 5);
    log.line(Stdout, "0");
    let (mut out, mut frames) = mpsc::channel(1);
    let (end, ended) = oneshot::channel::<String>();
    let running = source(&log, true);
    let follower = async move {
        let ended = async { ended.await.unwrap_or_default() };
        serve(running, LogStart::Beginning, true, ended, &mut out).await
    };
    let story = async move {
        assert_eq!(texts(frames.recv().await.unwrap()), ["0"]);
        let writer = std::thread::spawn(move || {
            for number in 1..=LINES {
                log.line(Stdout, &number.to_string());
            }
            end.send("the container stopped".to_owned()).unwrap();
        });
        let (mut next, mut gap) = (1_u32, None);
        while let Some(frame) = frames.recv().await {
            match frame {
                LogFrame::Gap(hole) => {
                    let before = gap.replace(hole);
                    assert_eq!(before, None, "then {gap:?}, and no line between them");
                }
                LogFrame::CaughtUp | LogFrame::End { .. } => {}
                frame @ LogFrame::Lines { .. } => {
                    for text in texts(frame) {
                        let number: u32 = text.parse().unwrap();
                        let missing = u64::from(number.checked_sub(next).unwrap());
                        // An entry of this log has 70 to 78 bytes; what vanishes are whole files.
                        match gap.take() {
                            Some(hole) => {
                                let least = if hole.exact { missing * 70 } else { 7 << 10 };
                                assert!(
                                    missing > 0 && (least..missing * 78).contains(&hole.bytes),
                                    "{missing} lines are missing before line {number}: {hole:?}"
                                );
                            }
                            None => assert_eq!(missing, 0, "lines are missing before line {number}"),
                        }
                        next = number + 1;
                    }
                }
            }
        }
        assert_eq!((next, gap), (LINES + 1, None));
        writer.join().unwrap();
    };
    let (served, ()) = tokio::join!(follower, story);
    assert_eq!(served, Ok(()));
}
