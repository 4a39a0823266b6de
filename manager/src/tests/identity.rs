use super::bed::{Bed, Host, container, container_id, greet, hello, soon};
use crane_shared::api::LogMessage;
use crane_shared::identity::{Authority, NodeKey, SERVER_NAME, quic_client};
use crane_shared::ids::NodeId;
use crane_shared::model::{LogCursor, LogLine, LogSource};
use crane_shared::protocol::{ALPN, AgentWord, InventoryFrame, LogFrame, LogStart, ManagerOpening};
use crane_shared::wire::{Limit, Receiver, Sender};
use futures_util::StreamExt;
use quinn::crypto::rustls::QuicClientConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Whether a session comes about with this configuration.
async fn gets_in(bed: &Bed, config: quinn::ClientConfig) -> bool {
    match bed.connect(config).await {
        Ok(connection) => greet(connection, hello("alpha")).await.is_ok(),
        Err(_) => false,
    }
}

#[tokio::test]
async fn a_request_that_asks_for_more_gets_an_end_certificate_that_can_sign_nobody() {
    let bed = Bed::start();
    let token = bed.token().await;
    let key = NodeKey::make().unwrap();
    let pair = rcgen::KeyPair::from_pem(key.to_pem().expose()).unwrap();
    let mut wish = rcgen::CertificateParams::new(vec![SERVER_NAME.to_owned()]).unwrap();
    wish.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    wish.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let csr = wish.serialize_request(&pair).unwrap().der().as_ref().to_vec();
    let reply = bed.join(&token, "alpha", &key, csr).await.unwrap();
    let text = String::from_utf8_lossy(&reply.chain[0]).into_owned();
    assert!(!text.contains(SERVER_NAME), "a foreign name is in the certificate");

    // Whoever it signs is nobody, also with the whole chain shown.
    let forged = forge(&reply.chain, &key);
    assert!(!gets_in(&bed, client_config(&bed, &forged.chain, &forged.key)).await);
}

#[tokio::test]
async fn a_leaf_that_a_node_signed_is_refused() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    assert!(gets_in(&bed, host.config(&bed)).await);
    let forged = forge(&host.chain, &host.key);
    assert!(!gets_in(&bed, client_config(&bed, &forged.chain, &forged.key)).await);
}

/// A certificate that the node `key` signs for a key of its own.
fn forge(chain: &[Vec<u8>], key: &NodeKey) -> Host {
    let fresh = NodeKey::make().unwrap();
    let pair = rcgen::KeyPair::from_pem(key.to_pem().expose()).unwrap();
    let issuer = rcgen::Issuer::from_ca_cert_der(&chain[0].clone().into(), pair).unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["alpha.node.crane.invalid".to_owned()]).unwrap();
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let fresh_pair = rcgen::KeyPair::from_pem(fresh.to_pem().expose()).unwrap();
    let leaf = params.signed_by(&fresh_pair, &issuer).unwrap().der().as_ref().to_vec();
    Host {
        hostname: "alpha".into(),
        node: NodeId::parse("0".repeat(16)).unwrap(),
        chain: [vec![leaf], chain.to_vec()].concat(),
        key: fresh,
    }
}

#[tokio::test]
async fn a_key_that_the_authority_signed_but_nobody_registered_is_refused() {
    let bed = Bed::start();
    let key = NodeKey::make().unwrap();
    let node = NodeId::parse("00000000000000aa").unwrap();
    let issued = bed
        .keys
        .authority
        .issue_node(&key.csr().unwrap(), &node, bed.clock.now())
        .unwrap();
    assert!(!gets_in(&bed, client_config(&bed, &issued.chain, &key)).await);
}

#[tokio::test]
async fn a_registered_key_with_a_certificate_of_another_authority_is_refused() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let stranger = Authority::make(bed.clock.now()).unwrap();
    let issued = stranger
        .issue_node(&host.key.csr().unwrap(), &host.node, bed.clock.now())
        .unwrap();
    assert!(!gets_in(&bed, client_config(&bed, &issued.chain, &host.key)).await);
}

#[tokio::test]
async fn a_node_speaks_for_itself_alone() {
    let bed = Bed::start();
    let (alpha, beta) = (bed.host("alpha").await, bed.host("beta").await);
    // Alpha says that it is beta, in every word it has.
    let visit = greet(bed.connect(alpha.config(&bed)).await.unwrap(), hello("beta"))
        .await
        .unwrap();
    assert_eq!(visit.welcome.node, alpha.node);
    let _stream = visit
        .inventory(&[
            InventoryFrame::SweepBegins,
            InventoryFrame::Sweep(vec![container(1, "web")]),
            InventoryFrame::SweepEnds,
        ])
        .await;
    soon(async {
        while bed.cluster.place_of(&container_id(1)).is_none() {
            bed.cluster.version().changed().await.unwrap();
        }
    })
    .await;
    assert_eq!(bed.cluster.place_of(&container_id(1)).unwrap().0, alpha.node);
    assert!(!bed.agents.connected(&beta.node));

    // Beta's certificate without beta's key is no use to alpha either.
    let stolen = Host {
        hostname: "beta".into(),
        node: beta.node.clone(),
        chain: beta.chain.clone(),
        key: NodeKey::make().unwrap(),
    };
    // TLS itself sees that the two do not belong together, on our side or on theirs.
    let config = quic_client(&bed.keys.authority.pin(), &stolen.chain, &stolen.key);
    assert!(match config {
        Ok(config) => !gets_in(&bed, config).await,
        Err(_) => true,
    });
}

#[tokio::test]
async fn of_two_machines_with_one_state_both_are_shut_out_when_one_falls_behind() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let mut original = host.visit(&bed).await.unwrap();
    assert_eq!(original.keep_generation(0).await, Some(1));
    until_kept(&bed, &host.node, 1).await;

    // The state is copied now. The copy comes in and takes the place: nobody can tell it from a restart.
    let mut copy = host.visit(&bed).await.unwrap();
    assert_eq!(copy.keep_generation(1).await, Some(2));
    until_kept(&bed, &host.node, 2).await;
    soon(original.connection.closed()).await;

    // The original comes back with what it has, and both are out: the one that is connected, too.
    let mut original = host.visit(&bed).await.unwrap();
    assert_eq!(original.keep_generation(1).await, None);
    soon(copy.connection.closed()).await;
    soon(original.connection.closed()).await;
    assert!(!bed.agents.connected(&host.node));
    assert!(
        !gets_in(&bed, host.config(&bed)).await,
        "the key opens nothing any more"
    );
    assert!(bed.cluster.node(host.node.as_str()).unwrap().locked.is_some());

    // Nor is the key good for another node; a person removes it, and the right machine joins with a new one.
    let token = bed.token().await;
    let again = bed.join(&token, "alpha", &host.key, host.key.csr().unwrap()).await;
    assert!(again.is_err());
    bed.registry.remove(&host.node).await.unwrap();
    let fresh = bed.host("alpha").await;
    assert!(fresh.visit(&bed).await.is_ok());
}

#[tokio::test]
async fn who_does_not_show_a_generation_takes_nobodys_place() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let mut original = host.visit(&bed).await.unwrap();
    assert_eq!(original.keep_generation(0).await, Some(1));
    until_kept(&bed, &host.node, 1).await;
    let mut silent = host.visit(&bed).await.unwrap();
    let goodbye = AgentWord::Goodbye { why: "none".into() };
    silent.words_out.send(&goodbye).await.unwrap();
    soon(silent.connection.closed()).await;
    assert!(original.connection.close_reason().is_none());
    assert!(bed.agents.connected(&host.node));
}

/// Waits until the manager knows that the node has kept a generation.
async fn until_kept(bed: &Bed, node: &NodeId, generation: u64) {
    soon(async {
        let kept = || {
            let nodes = bed.registry.nodes();
            nodes
                .iter()
                .any(|record| record.id == *node && record.standing.generation == generation)
        };
        while !kept() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_removed_node_loses_its_streams_at_once_and_never_comes_back() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    // Its client keeps every ticket it is given and sends early data whenever it may.
    let config = resuming_config(&bed, &host);
    let endpoint = quinn::Endpoint::client(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let connection = endpoint
        .connect_with(config.clone(), bed.address, SERVER_NAME)
        .unwrap()
        .await
        .unwrap();
    let mut visit = greet(connection, hello("alpha")).await.unwrap();
    let _inventory = visit
        .inventory(&[
            InventoryFrame::SweepBegins,
            InventoryFrame::Sweep(vec![container(1, "web")]),
            InventoryFrame::SweepEnds,
        ])
        .await;
    soon(async {
        while bed.cluster.place_of(&container_id(1)).is_none() {
            bed.cluster.version().changed().await.unwrap();
        }
    })
    .await;

    // A log is being followed.
    let mut log = crate::logs::follow(&bed.agents, &bed.cluster, &container_id(1), LogStart::Beginning, true).unwrap();
    let agent = visit.connection.clone();
    let (mut lines, first) = tokio::join!(
        async {
            let (send, recv) = agent.accept_bi().await.unwrap();
            let opening = Receiver::<ManagerOpening>::new(recv, Limit::Control)
                .recv()
                .await
                .unwrap();
            assert!(matches!(opening, Some(ManagerOpening::Logs(_))));
            let mut lines = Sender::<LogFrame>::new(send, Limit::Bulk);
            lines.send(&line(1)).await.unwrap();
            lines
        },
        log.next()
    );
    assert!(matches!(first, Some(LogMessage::Lines { .. })));

    bed.registry.remove(&host.node).await.unwrap();
    // The removal has returned: nothing is open any more, and nothing opens.
    assert!(!bed.agents.connected(&host.node));
    assert!(matches!(
        visit.words_in.recv().await,
        Ok(Some(crane_shared::protocol::ManagerWord::Removed))
    ));
    soon(visit.connection.closed()).await;
    assert!(
        lines.send(&line(2)).await.is_err(),
        "a byte was accepted after the removal"
    );
    loop {
        match soon(log.next()).await {
            Some(LogMessage::Waiting { .. }) => {}
            Some(LogMessage::End(end)) => break assert!(end.why.contains("removed"), "{}", end.why),
            other => panic!("{other:?}"),
        }
    }
    assert!(bed.cluster.node(host.node.as_str()).is_err());

    for _ in 0..200 {
        let connecting = endpoint.connect_with(config.clone(), bed.address, SERVER_NAME).unwrap();
        let connection = match connecting.into_0rtt() {
            Ok(_) => panic!("the manager handed out a ticket for early data"),
            Err(connecting) => connecting.await,
        };
        let got_in = match connection {
            Ok(connection) => greet(connection, hello("alpha")).await.is_ok(),
            Err(_) => false,
        };
        assert!(!got_in, "a removed node came in again");
    }
    assert_eq!(bed.recorder.seen.lock().unwrap().began.len(), 1);
}

fn line(n: i64) -> LogFrame {
    LogFrame::Lines {
        lines: vec![LogLine {
            at_ns: n,
            source: LogSource::Stdout,
            bytes: n.to_string().into_bytes(),
            cut: false,
        }],
        cursor: LogCursor::File {
            inode: 1,
            offset: n.unsigned_abs(),
            at_ns: n,
        },
    }
}

fn client_config(bed: &Bed, chain: &[Vec<u8>], key: &NodeKey) -> quinn::ClientConfig {
    quic_client(&bed.keys.authority.pin(), chain, key).unwrap()
}

/// A client that tries whatever TLS has to come back without being asked who it is.
fn resuming_config(bed: &Bed, host: &Host) -> quinn::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from(bed.keys.authority.root_der().to_vec()))
        .unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(host.key.to_der().expose().clone()));
    let chain = host.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .unwrap();
    tls.alpn_protocols = vec![ALPN.to_vec()];
    tls.enable_early_data = true;
    let mut config = quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()));
    let mut transport = quinn::TransportConfig::default();
    transport.max_idle_timeout(Some(Duration::from_secs(20).try_into().unwrap()));
    config.transport_config(Arc::new(transport));
    config
}
