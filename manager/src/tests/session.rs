use super::bed::{Bed, Visit, container, container_id, facts, greet, hello, soon};
use crane_shared::model::HostFacts;
use crane_shared::protocol::{
    Ack, AgentOpening, AgentWord, DescribeHost, Hello, InventoryFrame, ManagerOpening, ManagerWord, Record,
    RecordBatch, RecordBody, Refusal, Reply,
};
use crane_shared::time::Timestamp;
use crane_shared::wire::{Limit, Receiver, Sender};
use std::time::Duration;

fn batch(seqs: &[u64]) -> RecordBatch {
    let body = |seq| RecordBody::Gap {
        from: seq,
        to: seq,
        since: Timestamp(0),
        until: Timestamp(0),
        bytes: 0,
    };
    RecordBatch {
        records: seqs
            .iter()
            .map(|seq| Record {
                seq: *seq,
                body: body(*seq),
            })
            .collect(),
    }
}

async fn records(visit: &Visit) -> (Sender<RecordBatch>, Receiver<Ack>) {
    let (send, recv) = soon(visit.connection.open_bi()).await.unwrap();
    let mut opening = Sender::new(send, Limit::Control);
    opening.send(&AgentOpening::Records).await.unwrap();
    (opening.becomes(Limit::Bulk), Receiver::new(recv, Limit::Control))
}

#[tokio::test]
async fn a_newer_connection_of_a_node_takes_the_place_of_the_older() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let first = host.visit(&bed).await.unwrap();
    bed.until_connected(&host.node, true).await;
    let second = host.visit(&bed).await.unwrap();
    soon(first.connection.closed()).await;
    assert!(bed.agents.connected(&host.node));
    assert!(second.connection.close_reason().is_none());
    // The end of the first session, told after the beginning of the second, leaves the node here.
    soon(async {
        while bed.recorder.seen.lock().unwrap().ended.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(bed.cluster.node(host.node.as_str()).unwrap().connected);
}

#[tokio::test]
async fn a_half_open_door_does_not_push_out_the_node_that_is_here() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let here = host.visit(&bed).await.unwrap();
    bed.until_connected(&host.node, true).await;
    // It authenticates, but never says hello.
    let silent = bed.connect(host.config(&bed)).await.unwrap();
    let why = soon(silent.closed()).await;
    assert!(matches!(why, quinn::ConnectionError::ApplicationClosed(_)), "{why}");
    assert!(here.connection.close_reason().is_none());
    assert!(bed.agents.connected(&host.node));
}

#[tokio::test]
async fn an_agent_of_another_age_is_told_so() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let hello = Hello {
        protocol_min: 7,
        protocol_max: 9,
        ..hello("alpha")
    };
    let Err(why) = greet(bed.connect(host.config(&bed)).await.unwrap(), hello).await else {
        panic!("it was welcomed");
    };
    assert!(why.contains("upgrade the manager"), "{why}");
}

#[tokio::test]
async fn records_are_acknowledged_and_a_frame_that_nobody_understands_ends_nothing() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let visit = host.visit(&bed).await.unwrap();
    let (mut out, mut acks) = records(&visit).await;
    out.send(&batch(&[1, 2])).await.unwrap();
    assert_eq!(soon(acks.recv()).await.unwrap(), Some(Ack { seq: 2 }));
    // A frame of bytes that are no batch.
    let mut noise = out.becomes::<[u8; 5]>(Limit::Bulk);
    noise.send(&[255, 254, 253, 252, 251]).await.unwrap();
    let mut out = noise.becomes::<RecordBatch>(Limit::Bulk);
    out.send(&batch(&[3])).await.unwrap();
    assert_eq!(soon(acks.recv()).await.unwrap(), Some(Ack { seq: 3 }));
    assert!(visit.connection.close_reason().is_none());
}

#[tokio::test]
async fn who_claims_too_much_is_disconnected() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    for wrong in [batch(&[]), batch(&[2, 1]), batch(&[0, 1])] {
        let visit = host.visit(&bed).await.unwrap();
        let (mut out, _acks) = records(&visit).await;
        out.send(&wrong).await.unwrap();
        soon(visit.connection.closed()).await;
    }
    assert!(bed.recorder.seen.lock().unwrap().records.is_empty());

    // A frame that says it is larger than any.
    let visit = host.visit(&bed).await.unwrap();
    let (send, _recv) = soon(visit.connection.open_bi()).await.unwrap();
    let mut opening = Sender::new(send, Limit::Control);
    opening.send(&AgentOpening::Inventory).await.unwrap();
    let mut raw = opening.into_raw().unwrap();
    raw.write_all(&u32::MAX.to_be_bytes()).await.unwrap();
    soon(visit.connection.closed()).await;

    // More containers than one engine can hold.
    let visit = host.visit(&bed).await.unwrap();
    let mut stream = visit.inventory(&[InventoryFrame::SweepBegins]).await;
    let mut n = 0;
    while stream
        .send(&InventoryFrame::Sweep(
            (n..n + 64).map(|n| container(n, "web")).collect(),
        ))
        .await
        .is_ok()
    {
        n += 64;
        assert!(n < 50_000, "it goes on for ever");
    }
    soon(visit.connection.closed()).await;
}

#[tokio::test]
async fn an_opening_or_word_that_nobody_knows_is_refused_and_the_session_lives() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let mut visit = host.visit(&bed).await.unwrap();
    let (send, mut recv) = soon(visit.connection.open_bi()).await.unwrap();
    let mut unknown = Sender::<u8>::new(send, Limit::Control);
    unknown.send(&200).await.unwrap();
    let end = soon(recv.read_to_end(1)).await;
    assert!(end.is_err(), "an unknown opening was taken: {end:?}");

    let mut odd = visit.words_out.becomes::<u8>(Limit::Control);
    odd.send(&200).await.unwrap();
    let answer = soon(visit.words_in.recv()).await.unwrap();
    assert!(
        matches!(answer, Some(ManagerWord::Refused(Refusal::Unsupported { .. }))),
        "{answer:?}"
    );
    let mut words = odd.becomes::<AgentWord>(Limit::Control);
    words
        .send(&AgentWord::Renew {
            csr: host.key.csr().unwrap(),
        })
        .await
        .unwrap();
    let answer = soon(visit.words_in.recv()).await.unwrap();
    assert!(matches!(answer, Some(ManagerWord::Renewed { .. })), "{answer:?}");
    // A second one within the minute is one too many.
    words
        .send(&AgentWord::Renew {
            csr: host.key.csr().unwrap(),
        })
        .await
        .unwrap();
    let answer = soon(visit.words_in.recv()).await.unwrap();
    assert!(
        matches!(answer, Some(ManagerWord::Refused(Refusal::Busy { .. }))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_question_gets_its_own_answer_and_no_other() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let refusal = bed.agents.ask(&host.node, DescribeHost {}).await;
    assert!(matches!(refusal, Err(Refusal::Unavailable { .. })), "{refusal:?}");

    let visit = host.visit(&bed).await.unwrap();
    bed.until_connected(&host.node, true).await;
    let answers = [
        Some(Ok(Reply::DescribeHost(facts("alpha")))),
        Some(Ok(Reply::RunDoctor(Vec::new()))),
        Some(Err(Refusal::OwnerForbids { what: "that".into() })),
        None,
    ];
    let serve = async {
        for answer in &answers {
            let (send, recv) = visit.connection.accept_bi().await.unwrap();
            let opening = Receiver::<ManagerOpening>::new(recv, Limit::Control)
                .recv()
                .await
                .unwrap();
            assert!(matches!(opening, Some(ManagerOpening::Ask(_))));
            let mut out = Sender::<Result<Reply, Refusal>>::new(send, Limit::Bulk);
            if let Some(answer) = answer {
                out.send(answer).await.unwrap();
                out.finish();
            }
        }
    };
    let ask = async {
        let mut got: Vec<Result<HostFacts, Refusal>> = Vec::new();
        for _ in &answers {
            got.push(bed.agents.ask(&host.node, DescribeHost {}).await);
        }
        got
    };
    let ((), got) = soon(async { tokio::join!(serve, ask) }).await;
    assert_eq!(got[0], Ok(facts("alpha")));
    assert!(matches!(got[1], Err(Refusal::Unavailable { .. })));
    assert!(matches!(got[2], Err(Refusal::OwnerForbids { .. })));
    assert!(matches!(got[3], Err(Refusal::Unavailable { .. })));
}

#[tokio::test]
async fn the_manager_says_goodbye_before_it_ends() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let mut visit = host.visit(&bed).await.unwrap();
    bed.until_connected(&host.node, true).await;
    let tasks = bed.tasks.clone();
    let (late, word) = tokio::join!(tasks.shutdown(Duration::from_secs(20)), async {
        let word = soon(visit.words_in.recv()).await;
        visit.connection.close(0u8.into(), b"");
        word
    });
    assert!(
        matches!(word, Ok(Some(ManagerWord::Goodbye { spread_ms: 1000 }))),
        "{word:?}"
    );
    assert!(late.is_empty(), "{late:?} did not end");
    let seen = bed.recorder.seen.lock().unwrap();
    assert_eq!(seen.began, seen.ended);
}

#[tokio::test]
async fn a_node_that_goes_away_keeps_its_containers_as_last_seen() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let visit = host.visit(&bed).await.unwrap();
    let _stream = visit
        .inventory(&[
            InventoryFrame::SweepBegins,
            InventoryFrame::Sweep(vec![container(1, "web")]),
            InventoryFrame::SweepEnds,
        ])
        .await;
    let mut version = bed.cluster.version();
    let fresh = || {
        bed.cluster
            .container("web")
            .is_ok_and(|(_, _, container)| container.fresh)
    };
    soon(async {
        while !fresh() {
            version.changed().await.unwrap();
        }
    })
    .await;
    assert!(bed.cluster.containers(&Default::default()).unwrap().complete);
    visit.connection.close(0u8.into(), b"");
    bed.until_connected(&host.node, false).await;
    soon(async {
        while fresh() {
            version.changed().await.unwrap();
        }
    })
    .await;
    let list = bed.cluster.containers(&Default::default()).unwrap();
    assert!(!list.complete);
    assert_eq!(list.items[0].id, container_id(1));
    assert_eq!(list.missing[0].node, "alpha");
    assert!(list.missing[0].last_seen.is_some());
}

#[tokio::test]
async fn a_name_that_would_play_tricks_on_a_terminal_is_not_repeated() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let trick = Hello {
        facts: facts("\u{1b}]0;owned\u{7}"),
        agent_version: "0.1\u{1b}[2J".into(),
        ..hello("alpha")
    };
    let _visit = greet(bed.connect(host.config(&bed)).await.unwrap(), trick)
        .await
        .unwrap();
    bed.until_connected(&host.node, true).await;
    let mut version = bed.cluster.version();
    soon(async {
        while !bed.cluster.node(host.node.as_str()).unwrap().connected {
            version.changed().await.unwrap();
        }
    })
    .await;
    let node = bed.cluster.node(host.node.as_str()).unwrap();
    assert_eq!((node.name.as_str(), node.agent_version.as_str()), ("alpha", "0.1[2J"));
}
