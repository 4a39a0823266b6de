use super::bed::{Bed, Host, Visit, container, container_id, soon};
use crane_shared::api::LogMessage;
use crane_shared::model::{LogCursor, LogLine, LogSource};
use crane_shared::protocol::{InventoryFrame, LogFrame, LogQuery, LogStart, ManagerOpening, Refusal};
use crane_shared::wire::{Limit, Receiver, Sender};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

/// A host that is here and holds one container, `web`.
async fn with_web(bed: &Bed, host: &Host) -> Visit {
    let visit = host.visit(bed).await.unwrap();
    let stream = visit
        .inventory(&[
            InventoryFrame::SweepBegins,
            InventoryFrame::Sweep(vec![container(1, "web")]),
            InventoryFrame::SweepEnds,
        ])
        .await;
    let mut version = bed.cluster.version();
    soon(async {
        while !bed
            .cluster
            .container("web")
            .is_ok_and(|(_, _, container)| container.fresh)
        {
            version.changed().await.unwrap();
        }
    })
    .await;
    stream.finish();
    visit
}

fn cursor(n: u64) -> LogCursor {
    LogCursor::File {
        inode: 1,
        offset: n,
        at_ns: 0,
    }
}

/// The numbered lines `from..to` in one frame; the cursor stands behind the last.
fn lines(from: u64, to: u64) -> LogFrame {
    LogFrame::Lines {
        lines: (from..to)
            .map(|n| LogLine {
                at_ns: 1,
                source: LogSource::Stdout,
                bytes: n.to_string().into_bytes(),
                cut: false,
            })
            .collect(),
        cursor: cursor(to),
    }
}

/// The agent's side of the next log stream.
async fn asked(visit: &Visit) -> (LogQuery, Sender<LogFrame>) {
    let (send, recv) = soon(visit.connection.accept_bi()).await.unwrap();
    let opening = Receiver::<ManagerOpening>::new(recv, Limit::Control)
        .recv()
        .await
        .unwrap();
    let Some(ManagerOpening::Logs(query)) = opening else {
        panic!("{opening:?}")
    };
    (query, Sender::new(send, Limit::Bulk))
}

fn follow(bed: &Bed, start: LogStart) -> BoxStream<'static, LogMessage> {
    crate::logs::follow(&bed.agents, &bed.cluster, &container_id(1), start, true).unwrap()
}

/// Reads until the message that `last` accepts, and gives back the numbers of all lines on the way.
async fn numbers(log: &mut BoxStream<'static, LogMessage>, last: impl Fn(&LogMessage) -> bool) -> Vec<u64> {
    let mut numbers = Vec::new();
    loop {
        let message = soon(log.next()).await.expect("the log ended");
        if let LogMessage::Lines { rows, .. } = &message {
            numbers.extend(rows.iter().map(|row| row.text.parse::<u64>().unwrap()));
        }
        if last(&message) {
            return numbers;
        }
    }
}

#[tokio::test]
async fn every_line_arrives_once_and_in_order_across_cut_streams_and_a_lost_agent() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let mut visit = with_web(&bed, &host).await;
    let mut log = follow(&bed, LogStart::Beginning);
    let reader = numbers(&mut log, |message| matches!(message, LogMessage::End(_)));
    let agent = async {
        let (query, mut out) = asked(&visit).await;
        assert_eq!(query.start, LogStart::Beginning);
        out.send(&lines(0, 10)).await.unwrap();
        out.send(&lines(10, 20)).await.unwrap();
        let mut next = 20;
        for round in 0..10 {
            // Whatever was on its way is lost with the stream or with the whole connection; half a frame is torn.
            if round % 2 == 0 {
                drop(out);
            } else {
                visit.connection.close(0u8.into(), b"killed");
                bed.until_connected(&host.node, false).await;
                visit = with_web(&bed, &host).await;
            }
            let (query, stream) = asked(&visit).await;
            out = stream;
            // A real agent goes on behind the cursor; what was not handed out comes again.
            let offset = match query.start {
                LogStart::After(LogCursor::File { offset, .. }) => offset,
                // A reset overtakes bytes that were not read yet, so at first there may be no cursor.
                LogStart::Beginning => 0,
                other => panic!("{other:?}"),
            };
            assert!(offset <= next, "the manager claims lines that nobody sent");
            next += 10;
            out.send(&lines(offset, next)).await.unwrap();
        }
        out.send(&LogFrame::End { why: "it ended".into() }).await.unwrap();
        out.finish_and_wait().await;
        next
    };
    let (got, next) = soon(async { tokio::join!(reader, agent) }).await;
    assert_eq!(got, (0..next).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_reader_is_told_that_its_node_is_away_and_goes_on_when_it_is_back() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let visit = with_web(&bed, &host).await;
    let mut log = follow(&bed, LogStart::Tail(5));
    let (served, first) = tokio::join!(
        async {
            let (query, mut out) = asked(&visit).await;
            assert_eq!(query.start, LogStart::Tail(5));
            out.send(&lines(0, 5)).await.unwrap();
            out
        },
        soon(log.next())
    );
    assert!(matches!(first, Some(LogMessage::Lines { .. })));
    visit.connection.close(0u8.into(), b"");
    bed.until_connected(&host.node, false).await;
    assert_eq!(
        soon(log.next()).await,
        Some(LogMessage::Waiting { node: "alpha".into() })
    );
    drop(served);
    let visit = with_web(&bed, &host).await;
    let ((), next) = tokio::join!(
        async {
            let (query, mut out) = asked(&visit).await;
            assert_eq!(query.start, LogStart::After(cursor(5)));
            out.send(&LogFrame::End {
                why: "the container is gone".into(),
            })
            .await
            .unwrap();
            out.finish_and_wait().await;
        },
        soon(log.next())
    );
    assert!(matches!(next, Some(LogMessage::End(_))), "{next:?}");
    assert_eq!(soon(log.next()).await, None);
}

#[tokio::test]
async fn from_now_on_has_no_place_to_come_back_to_and_says_so() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let visit = with_web(&bed, &host).await;
    let mut log = follow(&bed, LogStart::Tail(0));
    let ((), messages) = tokio::join!(
        async {
            let (_, mut out) = asked(&visit).await;
            out.send(&LogFrame::CaughtUp).await.unwrap();
            // It waits until the frame is read, then breaks off.
            tokio::task::yield_now().await;
            out.becomes::<LogFrame>(Limit::Bulk).finish_and_wait().await;
            let (query, out) = asked(&visit).await;
            assert_eq!(query.start, LogStart::Tail(0));
            let mut out = out;
            out.send(&lines(7, 8)).await.unwrap();
            out.finish_and_wait().await;
        },
        async { [soon(log.next()).await, soon(log.next()).await, soon(log.next()).await] }
    );
    let [
        Some(LogMessage::CaughtUp),
        Some(LogMessage::Gap(hole)),
        Some(LogMessage::Lines { .. }),
    ] = messages
    else {
        panic!("{messages:?}");
    };
    assert!(!hole.exact);
}

#[tokio::test]
async fn a_slow_reader_holds_the_agent_back_and_loses_nothing() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let visit = with_web(&bed, &host).await;
    let mut log = follow(&bed, LogStart::Beginning);
    let frame = |n: u64| LogFrame::Lines {
        lines: vec![LogLine {
            at_ns: 1,
            source: LogSource::Stdout,
            bytes: format!("{n:0>65000}").into_bytes(),
            cut: false,
        }],
        cursor: cursor(n + 1),
    };
    let sent = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let count = std::sync::Arc::clone(&sent);
    let opened = soon(async { tokio::join!(asked(&visit), async { futures_util::poll!(log.next()) }).0 });
    let (_, mut out) = opened.await;
    bed.tasks.spawn("agent", async move {
        for n in 0..2000 {
            out.send(&frame(n)).await.unwrap();
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
        out.send(&LogFrame::End { why: "it ended".into() }).await.unwrap();
        out.finish_and_wait().await;
    });
    // Nobody reads: the agent comes to a stop after what fits the windows, far below the 130 MB it has.
    let mut before = u64::MAX;
    while before != sent.load(std::sync::atomic::Ordering::SeqCst) {
        before = sent.load(std::sync::atomic::Ordering::SeqCst);
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    assert!(before < 200, "{before} frames of 64 KiB are waiting somewhere");
    let got = numbers(&mut log, |message| matches!(message, LogMessage::End(_))).await;
    assert_eq!(got, (0..2000).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_nobody_may_read_or_has_is_refused_at_once() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let open = |id, follow| {
        crate::logs::follow(
            &bed.agents,
            &bed.cluster,
            &container_id(id),
            LogStart::Beginning,
            follow,
        )
    };
    assert!(matches!(open(9, true).err(), Some(Refusal::NotFound { .. })));
    let mut visit = with_web(&bed, &host).await;
    visit
        .words_out
        .send(&crane_shared::protocol::AgentWord::Policy(
            crane_shared::model::Policy::deny_all(),
        ))
        .await
        .unwrap();
    let mut version = bed.cluster.version();
    soon(async {
        while bed.cluster.node("alpha").unwrap().policy.logs {
            version.changed().await.unwrap();
        }
    })
    .await;
    assert!(matches!(open(1, true).err(), Some(Refusal::OwnerForbids { .. })));
}
