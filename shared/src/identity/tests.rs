use super::*;
use crate::ids::NodeId;
use crate::time::{Clock, Timestamp};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
struct Active(Mutex<HashMap<Pin, NodeId>>);

impl Admission for Active {
    fn node_of(&self, key: &Pin) -> Option<NodeId> {
        self.0.lock().unwrap().get(key).cloned()
    }
}

fn node(n: u8) -> NodeId {
    NodeId::parse(format!("{n:016x}")).unwrap()
}

struct Manager {
    authority: Authority,
    active: Arc<Active>,
    endpoint: quinn::Endpoint,
}

impl Manager {
    fn start() -> Self {
        let now = Clock::Real.now();
        let authority = Authority::make(now).unwrap();
        let key = NodeKey::make().unwrap();
        let active = Arc::new(Active::default());
        let chain = authority
            .issue_manager(key.to_pem().expose(), &["127.0.0.1".into()], now)
            .unwrap();
        let admission: Arc<dyn Admission> = Arc::clone(&active) as _;
        let config = quic_server(&chain, key.to_pem().expose(), authority.root_der(), admission).unwrap();
        let endpoint = quinn::Endpoint::server(config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        Self {
            authority,
            active,
            endpoint,
        }
    }

    /// Both ends of one connection, or why the client did not get in.
    async fn meet(&self, config: quinn::ClientConfig) -> Result<(quinn::Connection, quinn::Connection), String> {
        let client = quinn::Endpoint::client(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let dial = client
            .connect_with(config, self.endpoint.local_addr().unwrap(), SERVER_NAME)
            .unwrap();
        let (ours, theirs) = tokio::join!(async { self.endpoint.accept().await.unwrap().await }, dial);
        let theirs = theirs.map_err(|err| err.to_string())?;
        let ours = ours.map_err(|err| err.to_string())?;
        Ok((ours, theirs))
    }
}

#[tokio::test]
async fn a_node_with_a_registered_key_comes_in_and_a_removed_one_does_not() {
    let manager = Manager::start();
    let key = NodeKey::make().unwrap();
    let issued = manager
        .authority
        .issue_node(&key.csr().unwrap(), &node(1), Clock::Real.now())
        .unwrap();
    assert_eq!(issued.pin, key.pin());
    let config = || quic_client(&manager.authority.pin(), &issued.chain, &key).unwrap();

    assert!(
        manager.meet(config()).await.is_err(),
        "a key that nobody registered came in"
    );
    manager.active.0.lock().unwrap().insert(issued.pin, node(1));
    let (ours, theirs) = manager.meet(config()).await.unwrap();
    assert_eq!(peer_pin(&ours), Some(key.pin()));
    assert_eq!(alpn_of(&ours).as_deref(), Some(crate::protocol::ALPN));
    assert_eq!(exporter(&ours).unwrap(), exporter(&theirs).unwrap());
    manager.active.0.lock().unwrap().clear();
    assert!(manager.meet(config()).await.is_err(), "a removed key came in");
}

#[tokio::test]
async fn a_manager_with_another_authority_is_refused() {
    let manager = Manager::start();
    let other = Authority::make(Clock::Real.now()).unwrap();
    assert!(manager.meet(quic_client_join(&other.pin()).unwrap()).await.is_err());
    let (ours, _theirs) = manager
        .meet(quic_client_join(&manager.authority.pin()).unwrap())
        .await
        .unwrap();
    assert_eq!(peer_pin(&ours), None);
    assert_eq!(alpn_of(&ours).as_deref(), Some(crate::protocol::ALPN_JOIN));
}

#[tokio::test]
async fn a_certificate_signed_by_a_node_is_refused() {
    let manager = Manager::start();
    let key = NodeKey::make().unwrap();
    let issued = manager
        .authority
        .issue_node(&key.csr().unwrap(), &node(1), Clock::Real.now())
        .unwrap();
    // The node plays authority for a victim whose key is registered.
    let victim = NodeKey::make().unwrap();
    manager.active.0.lock().unwrap().insert(victim.pin(), node(2));
    let mut params = rcgen::CertificateParams::new(vec!["victim".into()]).unwrap();
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let pair = rcgen::KeyPair::from_pem(key.to_pem().expose()).unwrap();
    let issuer = rcgen::Issuer::from_ca_cert_der(&issued.chain[0].clone().into(), pair);
    let issuer = issuer.unwrap();
    let victim_pair = rcgen::KeyPair::from_pem(victim.to_pem().expose()).unwrap();
    let forged = params.signed_by(&victim_pair, &issuer).unwrap();
    let chain = vec![forged.der().to_vec(), issued.chain[0].clone(), issued.chain[1].clone()];
    assert!(
        manager
            .meet(quic_client(&manager.authority.pin(), &chain, &victim).unwrap())
            .await
            .is_err()
    );
}

#[test]
fn a_request_gets_the_fixed_profile_whatever_it_asks_for() {
    use x509_parser::prelude::{FromDer, X509Certificate};
    let authority = Authority::make(Clock::Real.now()).unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["manager.internal".into()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let key = rcgen::KeyPair::generate().unwrap();
    let csr = params.serialize_request(&key).unwrap();
    let issued = authority.issue_node(csr.der(), &node(7), Clock::Real.now()).unwrap();
    let (_, leaf) = X509Certificate::from_der(&issued.chain[0]).unwrap();
    assert!(!leaf.is_ca());
    let usage = leaf.extended_key_usage().unwrap().unwrap().value.clone();
    assert!(usage.client_auth && !usage.server_auth && !usage.any);
    let names = format!(
        "{:?}",
        leaf.subject_alternative_name().unwrap().unwrap().value.general_names
    );
    assert!(
        names.contains("0000000000000007.node.crane.invalid") && !names.contains("manager.internal"),
        "{names}"
    );
    assert_eq!(leaf.subject().to_string(), "CN=0000000000000007");
}

#[test]
fn a_token_survives_its_text_and_no_other() {
    let pin = Pin([7; 32]);
    let token = JoinToken::make(pin, Timestamp(1_800_000_000_999)).unwrap();
    let text = token.to_text().expose().clone();
    assert!(text.starts_with("crane1_"));
    let read = JoinToken::parse(&text).unwrap();
    assert_eq!(
        (read.expires, read.pin, read.id),
        (Timestamp(1_800_000_000_000), pin, token.id)
    );
    assert_eq!(read.public_key().unwrap(), token.public_key().unwrap());
    for at in 7..text.len() {
        let mut broken = text.clone().into_bytes();
        broken[at] = if broken[at] == b'A' { b'B' } else { b'A' };
        let broken = String::from_utf8(broken).unwrap();
        assert!(JoinToken::parse(&broken).is_err(), "a change at {at} went unnoticed");
        assert!(JoinToken::parse(&text[..at]).is_err(), "a cut at {at} went unnoticed");
    }
}

#[test]
fn a_proof_holds_for_one_session_and_one_request() {
    let token = JoinToken::make(Pin([0; 32]), Timestamp(0)).unwrap();
    let public = token.public_key().unwrap();
    let proof = token.prove(&[1; 32], b"csr", "web-1", "0.1.0").unwrap();
    assert!(verify_proof(
        &public, &[1; 32], b"csr", &token.id, "web-1", "0.1.0", &proof
    ));
    assert!(!verify_proof(
        &public, &[2; 32], b"csr", &token.id, "web-1", "0.1.0", &proof
    ));
    assert!(!verify_proof(
        &public, &[1; 32], b"other", &token.id, "web-1", "0.1.0", &proof
    ));
    assert!(!verify_proof(
        &public, &[1; 32], b"csr", &token.id, "web-10", ".1.0", &proof
    ));
}

#[test]
fn an_authority_survives_its_files() {
    let made = Authority::make(Clock::Real.now()).unwrap();
    let (certificate, key) = made.to_pem();
    let read = Authority::from_pem(&certificate, key.expose()).unwrap();
    assert_eq!(read.pin(), made.pin());
    let (_, other) = Authority::make(Clock::Real.now()).unwrap().to_pem();
    assert!(Authority::from_pem(&certificate, other.expose()).is_err());
}

#[test]
fn a_pin_reads_what_it_writes() {
    let pin = NodeKey::make().unwrap().pin();
    assert_eq!(pin.to_string().parse::<Pin>().unwrap(), pin);
    assert!("sha256//short".parse::<Pin>().is_err());
}

#[test]
fn a_manager_that_was_killed_and_came_back_resets_its_former_connections() {
    let now = Clock::Real.now();
    let authority = Authority::make(now).unwrap();
    let key = NodeKey::make().unwrap();
    let chain = authority.issue_manager(key.to_pem().expose(), &[], now).unwrap();
    let start = |port: u16| {
        let admission: Arc<dyn Admission> = Arc::new(Active::default());
        let config = quic_server(&chain, key.to_pem().expose(), authority.root_der(), admission).unwrap();
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let under = quic_endpoint(key.to_pem().expose());
        quinn::Endpoint::new(under, Some(config), socket, Arc::new(quinn::TokioRuntime)).unwrap()
    };
    let ours = tokio::runtime::Runtime::new().unwrap();
    let theirs = tokio::runtime::Runtime::new().unwrap();
    let first = {
        let _inside = theirs.enter();
        start(0)
    };
    let address = first.local_addr().unwrap();
    theirs.spawn(async move {
        let connection = first.accept().await.unwrap().await.unwrap();
        connection.closed().await;
    });
    let connection = ours.block_on(async {
        let client = quinn::Endpoint::client(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let config = quic_client_join(&authority.pin()).unwrap();
        client
            .connect_with(config, address, SERVER_NAME)
            .unwrap()
            .await
            .unwrap()
    });
    // As by `kill -9`: nobody says goodbye.
    theirs.shutdown_timeout(std::time::Duration::from_secs(5));
    ours.block_on(async {
        let _second = start(address.port());
        // Any word will do; the answer may come before it, for what the first manager had not acknowledged.
        if let Ok((mut stream, _)) = connection.open_bi().await {
            drop(stream.write_all(b"still there?").await);
        }
        assert!(matches!(connection.closed().await, quinn::ConnectionError::Reset));
    });
}
