//! The link against a manager of the test's own, over real QUIC on loopback.

mod bed;

use super::*;
use crate::membership::Home;
use bed::{FakeManager, NODE, PATIENCE, agent, event, soon};
use crane_shared::identity::{JoinToken, NodeKey, Pin, exporter, validity_of, verify_proof};
use crane_shared::ids::NodeId;
use crane_shared::model::Policy;
use crane_shared::protocol::{
    Ack, AgentOpening, AgentWord, DescribeHost, InventoryFrame, JoinReply, JoinRequest, ManagerWord, Record, Refusal,
    Reply, Welcome,
};
use crane_shared::time::Clock;
use crane_shared::wire::Limit;
use std::time::Duration;
#[tokio::test]
async fn a_host_joins_with_a_token_that_never_crosses_the_wire() {
    let manager = FakeManager::start();
    let token = JoinToken::make(manager.authority.pin(), Clock::Real.now().plus(PATIENCE)).unwrap();
    let public = token.public_key().unwrap();
    let key = NodeKey::make().unwrap();
    let node = NodeId::parse(NODE).unwrap();
    let serve = async {
        let connection = manager.accept().await;
        let (send, recv) = connection.accept_bi().await.unwrap();
        let request = Receiver::<JoinRequest>::new(recv, Limit::Join)
            .recv()
            .await
            .unwrap()
            .unwrap();
        let JoinRequest {
            token,
            csr,
            hostname,
            agent_version,
            proof,
        } = request;
        let exporter = exporter(&connection).unwrap();
        assert!(verify_proof(
            &public,
            &exporter,
            &csr,
            &token,
            &hostname,
            &agent_version,
            &proof
        ));
        let issued = manager.authority.issue_node(&csr, &node, Clock::Real.now()).unwrap();
        let mut sender = Sender::<Result<JoinReply, Refusal>>::new(send, Limit::Join);
        let reply = JoinReply {
            node: node.clone(),
            chain: issued.chain,
            addresses: vec!["other:7443".to_owned()],
        };
        sender.send(&Ok(reply)).await.unwrap();
        sender.finish_and_wait().await;
        connection.closed().await;
    };
    let address = manager.address.to_string();
    let (reply, ()) = soon(async { tokio::join!(join(&address, &token, &key, "web"), serve) }).await;
    let reply = reply.unwrap();
    assert_eq!(reply.node, node);
    assert_eq!(crane_shared::identity::pin_of(&reply.chain[0]).unwrap(), key.pin());
}

#[tokio::test]
async fn another_manager_at_the_address_is_not_joined() {
    let manager = FakeManager::start();
    let token = JoinToken::make(Pin([1; 32]), Clock::Real.now().plus(PATIENCE)).unwrap();
    let key = NodeKey::make().unwrap();
    let address = manager.address.to_string();
    let joined = soon(async {
        tokio::select! {
            joined = join(&address, &token, &key, "web") => joined,
            _ = manager.accept() => panic!("the handshake succeeded"),
        }
    });
    assert!(matches!(joined.await, Err(DialError::NotTheManager { .. })));
}

#[tokio::test]
async fn records_reach_the_manager_once_each_over_its_death() {
    let manager = FakeManager::start();
    let agent = agent(manager.membership(), tempfile::tempdir().unwrap(), Clock::Real);
    for n in 1..=3 {
        agent.spool.append(event(n)).await;
    }
    let mut session = soon(manager.session(0)).await;
    assert_eq!(session.hello.epoch, agent.spool.epoch());
    let first = soon(session.take(3)).await;
    assert_eq!(first.iter().map(|r| r.seq).collect::<Vec<_>>(), [1, 2, 3]);
    // The manager has 2 on disk when it dies, and the third arrived in vain.
    session.acks.send(&Ack { seq: 2 }).await.unwrap();
    soon(async {
        while agent.spool.status().acked < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    drop(session);
    let manager = manager.restart().await;
    agent.spool.append(event(4)).await;
    let mut session = soon(manager.session(2)).await;
    let again = soon(session.take(4)).await;
    let expected = [Record { seq: 3, body: event(3) }, Record { seq: 4, body: event(4) }];
    assert_eq!(again, expected);
    session.acks.send(&Ack { seq: 4 }).await.unwrap();
    soon(async {
        while agent.spool.status().acked < 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(agent.tasks.shutdown(PATIENCE).await, [""; 0]);
}

#[tokio::test]
async fn the_inventory_begins_with_the_host_and_questions_are_answered() {
    let manager = FakeManager::start();
    let agent = agent(manager.membership(), tempfile::tempdir().unwrap(), Clock::Real);
    let mut session = soon(manager.session(0)).await;
    assert!(matches!(
        soon(session.inventory.recv()).await.unwrap(),
        Some(InventoryFrame::Facts(_))
    ));
    assert!(matches!(
        soon(session.inventory.recv()).await.unwrap(),
        Some(InventoryFrame::EngineLost { .. })
    ));
    let (send, recv) = session.connection.open_bi().await.unwrap();
    let mut asks = Sender::<ManagerOpening>::new(send, Limit::Control);
    asks.send(&ManagerOpening::Ask(DescribeHost {}.into())).await.unwrap();
    let mut replies = Receiver::<Result<Reply, Refusal>>::new(recv, Limit::Bulk);
    assert!(matches!(
        soon(replies.recv()).await.unwrap(),
        Some(Ok(Reply::DescribeHost(_)))
    ));
    // The owner's change of mind is told at once.
    agent.policy.send_replace(Policy::deny_all());
    assert_eq!(
        soon(session.heard.recv()).await.unwrap(),
        Some(AgentWord::Policy(Policy::deny_all()))
    );
    // And the end is polite.
    agent.tasks.stopping().cancel();
    assert!(matches!(
        soon(session.heard.recv()).await.unwrap(),
        Some(AgentWord::Goodbye { .. })
    ));
    assert_eq!(soon(agent.ended).await.unwrap(), Ended::Stopped);
}

#[tokio::test]
async fn the_certificate_is_renewed_in_the_second_half_of_its_life() {
    let manager = FakeManager::start();
    let membership = manager.membership();
    let (from, until) = validity_of(&membership.chain[0]).unwrap();
    let life = until.since(from);
    let clock = Clock::manual(from.plus(life.mul_f64(0.45)));
    let agent = agent(membership, tempfile::tempdir().unwrap(), clock);
    // The agent trusts the manager's clock; here both stand still together.
    let connection = soon(manager.accept()).await;
    let (send, recv) = connection.accept_bi().await.unwrap();
    let mut openings = Receiver::<AgentOpening>::new(recv, Limit::Control);
    soon(openings.recv()).await.unwrap();
    let mut welcomes = Sender::<Result<Welcome, Refusal>>::new(send, Limit::Control);
    let welcome = Welcome {
        protocol: 1,
        node: NodeId::parse(NODE).unwrap(),
        manager_version: "test".to_owned(),
        server_time: agent.clock.now(),
        acked: 0,
        sample_period_ms: 1000,
        certificate_until: until,
    };
    welcomes.send(&Ok(welcome)).await.unwrap();
    let mut words = welcomes.becomes::<ManagerWord>(Limit::Control);
    let mut heard = openings.becomes::<AgentWord>(Limit::Control);
    assert!(matches!(
        soon(heard.recv()).await.unwrap(),
        Some(AgentWord::Generation { generation: 0 })
    ));
    let early = tokio::time::timeout(Duration::from_millis(200), heard.recv()).await;
    assert!(early.is_err(), "it asked at 45 % of its life: {early:?}");

    agent.clock.advance(life.mul_f64(0.4));
    let Some(AgentWord::Renew { csr }) = soon(heard.recv()).await.unwrap() else {
        panic!("no renewal");
    };
    let node = NodeId::parse(NODE).unwrap();
    let stranger = NodeKey::make().unwrap().csr().unwrap();
    for csr in [&stranger, &csr] {
        let issued = manager.authority.issue_node(csr, &node, Clock::Real.now()).unwrap();
        let word = ManagerWord::Renewed {
            chain: issued.chain.clone(),
            until: issued.until,
        };
        words.send(&word).await.unwrap();
        if csr == &stranger {
            continue;
        }
        let home = Home::new(agent.dir.path());
        soon(async {
            while home.load().unwrap().chain != issued.chain {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_removed_node_stops_for_good_and_remembers_it() {
    let manager = FakeManager::start();
    let agent = agent(manager.membership(), tempfile::tempdir().unwrap(), Clock::Real);
    let mut session = soon(manager.session(0)).await;
    session.words.send(&ManagerWord::Removed).await.unwrap();
    assert_eq!(soon(agent.ended).await.unwrap(), Ended::Removed);
    assert!(Home::new(agent.dir.path()).load().unwrap().removed.is_some());
}

#[tokio::test]
async fn a_manager_that_ends_is_found_again() {
    let manager = FakeManager::start();
    let mut membership = manager.membership();
    // A dead address before the good one: nothing listens on the discard port.
    membership.managers.insert(0, "127.0.0.1:9".to_owned());
    membership.managers.insert(0, "no port".to_owned());
    let agent = agent(membership, tempfile::tempdir().unwrap(), Clock::Real);
    let mut session = soon(manager.session(0)).await;
    session
        .words
        .send(&ManagerWord::Goodbye { spread_ms: 10 })
        .await
        .unwrap();
    soon(session.connection.closed()).await;
    soon(manager.session(0)).await;
    agent.tasks.stopping().cancel();
    assert_eq!(soon(agent.ended).await.unwrap(), Ended::Stopped);
}

#[tokio::test]
async fn a_key_that_is_not_admitted_is_told_from_a_dead_manager() {
    let manager = FakeManager::start();
    let membership = manager.membership();
    manager.active.0.lock().unwrap().clear();
    let config =
        crane_shared::identity::quic_client(&membership.pin, &membership.chain, &membership.key().unwrap()).unwrap();
    let address = manager.address.to_string();
    let greeted = soon(async {
        tokio::select! {
            greeted = async {
                let (_endpoint, connection) = dial::dial(&address, &config).await?;
                let facts = crate::host::facts::read("/proc".as_ref(), "/sys".as_ref());
                let hello = session::hello(1, facts, Policy::default());
                session::greet(connection, &address, hello).await.map(|session| session.welcome)
            } => greeted,
            _ = manager.accept() => panic!("the handshake succeeded"),
        }
    })
    .await;
    assert!(matches!(greeted, Err(DialError::NotAdmitted { .. })), "{greeted:?}");
}

#[tokio::test]
async fn a_generation_is_on_disk_before_the_agent_says_so() {
    let manager = FakeManager::start();
    let agent = agent(manager.membership(), tempfile::tempdir().unwrap(), Clock::Real);
    let mut session = soon(manager.session(0)).await;
    assert_eq!(session.generation, 0);
    session
        .words
        .send(&ManagerWord::Generation { generation: 7 })
        .await
        .unwrap();
    assert_eq!(
        soon(session.heard.recv()).await.unwrap(),
        Some(AgentWord::Generation { generation: 7 })
    );
    assert_eq!(Home::new(agent.dir.path()).load().unwrap().generation, 7);
    // The next session begins with it.
    session.connection.close(0_u8.into(), b"again");
    assert_eq!(soon(manager.session(0)).await.generation, 7);

    // What can't be kept is not confirmed: the disk still says 7, and so would the next start.
    let mut session = soon(manager.session(0)).await;
    std::fs::remove_dir_all(agent.dir.path()).unwrap();
    std::fs::write(agent.dir.path(), b"no directory any more").unwrap();
    session
        .words
        .send(&ManagerWord::Generation { generation: 8 })
        .await
        .unwrap();
    session
        .words
        .send(&ManagerWord::Goodbye { spread_ms: 0 })
        .await
        .unwrap();
    assert_eq!(soon(session.heard.recv()).await.ok().flatten(), None);
}
