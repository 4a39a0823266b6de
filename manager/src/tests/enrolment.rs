use super::bed::{Bed, greet, hello, say, soon};
use crane_shared::api::JoinTokenWish;
use crane_shared::identity::{JoinToken, NodeKey, exporter, quic_client_join};
use crane_shared::protocol::{JoinRequest, ManagerWord, Refusal};
use std::time::Duration;

fn is_refused<T: std::fmt::Debug>(answer: Result<T, Refusal>) {
    assert!(matches!(answer, Err(Refusal::NotAdmitted { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_token_admits_one_host_and_never_a_second() {
    let bed = Bed::start();
    let token = bed.token().await;
    let (first, second) = (NodeKey::make().unwrap(), NodeKey::make().unwrap());
    let reply = bed.join(&token, "alpha", &first, first.csr().unwrap()).await.unwrap();
    assert_eq!(reply.addresses, ["manager.example:7443"]);
    is_refused(bed.join(&token, "beta", &second, second.csr().unwrap()).await);
    let nodes = bed.registry.nodes();
    assert_eq!(nodes.len(), 1);
    assert_eq!((nodes[0].hostname.as_str(), nodes[0].key), ("alpha", first.pin()));
    let tokens = bed.registry.join_tokens().unwrap();
    assert_eq!(tokens.first().unwrap().used_by.as_deref(), Some("alpha"));
}

#[tokio::test]
async fn of_a_thousand_that_race_with_one_token_exactly_one_wins() {
    let bed = Bed::start();
    let token = bed.token().await;
    // One session each would need a thousand handshakes; the race is for the token, so they share a hundred.
    let mut connections = Vec::new();
    for _ in 0..20 {
        connections.push(
            bed.connect(quic_client_join(&bed.keys.authority.pin()).unwrap())
                .await
                .unwrap(),
        );
    }
    let csrs: Vec<_> = (0..1000).map(|_| NodeKey::make().unwrap().csr().unwrap()).collect();
    let gate: &dyn crate::link::Gatekeeper = &bed.registry;
    let tries = csrs.into_iter().enumerate().map(|(n, csr)| {
        let exporter = exporter(&connections[n % connections.len()]).unwrap();
        let hostname = format!("host-{n}");
        let proof = token.prove(&exporter, &csr, &hostname, "0.1.0").unwrap();
        let request = JoinRequest {
            token: token.id,
            csr,
            hostname,
            agent_version: "0.1.0".into(),
            proof,
        };
        gate.join(request, exporter, bed.address.ip())
    });
    let answers = soon(futures_util::future::join_all(tries)).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(bed.registry.nodes().len(), 1);
}

#[tokio::test]
async fn an_expired_a_revoked_and_a_foreign_token_admit_nobody() {
    let bed = Bed::start();
    let key = NodeKey::make().unwrap();
    let csr = || key.csr().unwrap();

    let expired = bed.token().await;
    bed.clock.advance(Duration::from_secs(15 * 60));
    is_refused(bed.join(&expired, "alpha", &key, csr()).await);

    let revoked = bed.token().await;
    let id = hex::encode(revoked.id).parse().unwrap();
    bed.registry.revoke_join_token(&id).await.unwrap();
    assert!(bed.registry.revoke_join_token(&id).await.is_err());
    is_refused(bed.join(&revoked, "alpha", &key, csr()).await);

    let foreign = JoinToken::make(bed.keys.authority.pin(), bed.clock.now().plus(Duration::from_secs(60))).unwrap();
    is_refused(bed.join(&foreign, "alpha", &key, csr()).await);
    assert!(bed.registry.nodes().is_empty());
}

#[tokio::test]
async fn a_token_for_one_host_admits_no_other() {
    let bed = Bed::start();
    let wish = JoinTokenWish {
        minutes: Some(5),
        hostname: Some("alpha".into()),
    };
    let (_, secret) = bed.registry.make_join_token(&wish).await.unwrap();
    let token = JoinToken::parse(secret.expose()).unwrap();
    let key = NodeKey::make().unwrap();
    is_refused(bed.join(&token, "beta", &key, key.csr().unwrap()).await);
    assert!(bed.join(&token, "alpha", &key, key.csr().unwrap()).await.is_ok());
}

#[tokio::test]
async fn a_proof_from_one_session_is_worth_nothing_in_another() {
    let bed = Bed::start();
    let token = bed.token().await;
    let csr = NodeKey::make().unwrap().csr().unwrap();
    let config = || quic_client_join(&bed.keys.authority.pin()).unwrap();
    let overheard = bed.connect(config()).await.unwrap();
    let proof = token
        .prove(&exporter(&overheard).unwrap(), &csr, "alpha", "0.1.0")
        .unwrap();
    let request = JoinRequest {
        token: token.id,
        csr,
        hostname: "alpha".into(),
        agent_version: "0.1.0".into(),
        proof,
    };
    let relay = bed.connect(config()).await.unwrap();
    is_refused(say(&relay, &request).await);
    assert!(say(&overheard, &request).await.is_ok());
}

#[tokio::test]
async fn wishes_out_of_bounds_are_refused() {
    let bed = Bed::start();
    for (minutes, hostname) in [
        (Some(0), None),
        (Some(1441), None),
        (None, Some("a b")),
        (None, Some("../a")),
    ] {
        let wish = JoinTokenWish {
            minutes,
            hostname: hostname.map(Into::into),
        };
        assert!(bed.registry.make_join_token(&wish).await.is_err(), "{wish:?}");
    }
}

#[tokio::test]
async fn ten_failed_joins_close_the_door_even_for_a_good_token() {
    let bed = Bed::start();
    let good = bed.token().await;
    let key = NodeKey::make().unwrap();
    for _ in 0..10 {
        let bad = JoinToken::make(bed.keys.authority.pin(), bed.clock.now().plus(Duration::from_secs(60))).unwrap();
        is_refused(bed.join(&bad, "alpha", &key, key.csr().unwrap()).await);
    }
    is_refused(bed.join(&good, "alpha", &key, key.csr().unwrap()).await);
    bed.clock.advance(Duration::from_secs(60));
    assert!(bed.join(&good, "alpha", &key, key.csr().unwrap()).await.is_ok());
}

#[tokio::test]
async fn a_host_that_joins_again_is_a_new_node_and_the_old_one_stays() {
    let bed = Bed::start();
    let old = bed.host("alpha").await;
    let new = bed.host("alpha").await;
    assert_ne!(old.node, new.node);
    assert_eq!(bed.registry.nodes().len(), 2);
    // While only one of them is here, the name means that one.
    let _visit = new.visit(&bed).await.unwrap();
    bed.until_connected(&new.node, true).await;
    soon(async {
        while bed.cluster.node("alpha").is_err() {
            bed.cluster.version().changed().await.unwrap();
        }
    })
    .await;
    assert_eq!(bed.cluster.node("alpha").unwrap().id, new.node);
}

#[tokio::test]
async fn renewal_gives_a_certificate_for_the_registered_key_alone() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let gate: &dyn crate::link::Gatekeeper = &bed.registry;
    bed.clock.advance(Duration::from_secs(3600));
    let before = gate.certificate_until(&host.node);
    let renewal = gate.renew(&host.node, &host.key.csr().unwrap()).await.unwrap();
    assert_eq!(gate.certificate_until(&host.node), renewal.until);
    assert_eq!(renewal.until, before.plus(Duration::from_secs(3600)));
    assert_eq!(
        crane_shared::identity::pin_of(&renewal.chain[0]).unwrap(),
        host.key.pin()
    );

    let stranger = NodeKey::make().unwrap();
    is_refused(gate.renew(&host.node, &stranger.csr().unwrap()).await);
    let other = bed.host("beta").await;
    is_refused(gate.renew(&host.node, &other.key.csr().unwrap()).await);
}

#[tokio::test]
async fn a_node_whose_owner_leaves_is_gone_for_good() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let mut visit = host.visit(&bed).await.unwrap();
    visit
        .words_out
        .send(&crane_shared::protocol::AgentWord::Leave)
        .await
        .unwrap();
    assert!(matches!(
        soon(visit.words_in.recv()).await,
        Ok(Some(ManagerWord::Removed))
    ));
    soon(visit.connection.closed()).await;
    assert!(bed.registry.nodes().is_empty());
    let again = bed.connect(host.config(&bed)).await;
    let refused = match again {
        Ok(connection) => greet(connection, hello("alpha")).await.is_err(),
        Err(_) => true,
    };
    assert!(refused, "a node that left came in again");
}

#[tokio::test]
async fn nodes_and_tokens_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let clock = crane_shared::time::Clock::Real;
    let tasks = crane_shared::tasks::Tasks::new();
    let agents = crate::link::Agents::new(&tasks);
    let keys = std::sync::Arc::new(crate::enrolment::Keys::open(dir.path(), &clock).unwrap());
    let open = || {
        let store = crate::store::Store::open(&dir.path().join("store")).unwrap();
        crate::enrolment::Registry::open(store, clock.clone(), keys.clone(), agents.clone(), Default::default())
            .unwrap()
    };
    let registry = open();
    let (_, secret) = registry.make_join_token(&Default::default()).await.unwrap();
    let token = JoinToken::parse(secret.expose()).unwrap();
    let key = NodeKey::make().unwrap();
    let csr = key.csr().unwrap();
    let request = JoinRequest {
        token: token.id,
        proof: token.prove(&[9; 32], &csr, "alpha", "0.1.0").unwrap(),
        csr,
        hostname: "alpha".into(),
        agent_version: "0.1.0".into(),
    };
    let gate: &dyn crate::link::Gatekeeper = &registry;
    let reply = gate
        .join(request.clone(), [9; 32], [127, 0, 0, 1].into())
        .await
        .unwrap();
    drop(registry);

    let registry = open();
    let gate: &dyn crate::link::Gatekeeper = &registry;
    assert_eq!(gate.node_of(&key.pin()), Some(reply.node.clone()));
    is_refused(gate.join(request, [9; 32], [127, 0, 0, 1].into()).await);
    registry.remove(&reply.node).await.unwrap();
    assert!(registry.remove(&reply.node).await.is_err());
    drop(registry);
    let registry = open();
    assert!(registry.nodes().is_empty());
}
