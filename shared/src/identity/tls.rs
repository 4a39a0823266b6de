use super::verifier::{AdmittedNodes, Judged, Shown, ends_in};
use super::{Admission, IdentityError, NodeKey, Pin, pin_of};
use crate::protocol::{ALPN, ALPN_JOIN};
use crate::wire::transport;
use quinn::crypto::rustls::{HandshakeData, QuicClientConfig, QuicServerConfig};
use ring::hmac;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{CertificateError, RootCertStore, ServerConfig};
use std::sync::Arc;

/// Chooses ring for the whole process; later calls change nothing.
pub fn install_crypto() {
    // Fails only when a provider is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The manager's listener for agents: TLS 1.3, both ALPNs, no resumption of any kind.
///
/// # Errors
/// When key and chain do not fit.
pub fn quic_server(
    chain: &[Vec<u8>],
    key_pem: &str,
    root: &[u8],
    admission: Arc<dyn Admission>,
) -> Result<quinn::ServerConfig, IdentityError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec())).map_err(tls_error)?;
    let chain_verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .allow_unauthenticated()
        .build()
        .map_err(tls_error)?;
    let verifier = AdmittedNodes {
        chain: chain_verifier,
        admission,
    };
    let mut tls = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(tls_error)?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(certificates(chain), private_key(key_pem)?)
        .map_err(tls_error)?;
    tls.alpn_protocols = vec![ALPN.to_vec(), ALPN_JOIN.to_vec()];
    never_resume(&mut tls);
    let crypto = QuicServerConfig::try_from(tls).map_err(tls_error)?;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    config.transport_config(transport::manager());
    // Beyond this many strangers in mid-handshake, further ones are refused at once.
    config.max_incoming(256);
    config.incoming_buffer_size(64 << 10);
    config.incoming_buffer_size_total(8 << 20);
    Ok(config)
}

/// The endpoint under [`quic_server`], with secrets that outlive the process: a manager that was killed and came back
/// answers the packets of its former connections with a reset, so agents come back at their next word instead of
/// waiting for the idle timeout.
#[must_use]
pub fn quic_endpoint(key_pem: &str) -> quinn::EndpointConfig {
    let root = hmac::Key::new(hmac::HMAC_SHA256, key_pem.as_bytes());
    let derived = |label: &[u8]| hmac::sign(&root, label);
    let reset = hmac::Key::new(hmac::HMAC_SHA256, derived(b"crane stateless reset").as_ref());
    let mut seed = [0; 8];
    seed.copy_from_slice(derived(b"crane connection ids").as_ref().get(..8).unwrap_or(&[0; 8]));
    let seed = u64::from_be_bytes(seed);
    let mut config = quinn::EndpointConfig::new(Arc::new(reset));
    // An id that this key did not make is no former connection of ours and gets no answer.
    config.cid_generator(move || Box::new(quinn_proto::HashedConnectionIdGenerator::from_key(seed)));
    config
}

/// The manager's web server: TLS 1.3, HTTP/1.1, the same key as for agents.
///
/// # Errors
/// When key and chain do not fit.
pub fn web_server(chain: &[Vec<u8>], key_pem: &str) -> Result<ServerConfig, IdentityError> {
    let mut tls = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(tls_error)?
        .with_no_client_auth()
        .with_single_cert(certificates(chain), private_key(key_pem)?)
        .map_err(tls_error)?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}

/// A connection that may only join: the server must have the pinned authority.
///
/// # Errors
/// When TLS can't be set up.
pub fn quic_client_join(pin: &Pin) -> Result<quinn::ClientConfig, IdentityError> {
    let tls = pinned(pin)?.with_no_client_auth();
    quic_client_config(tls, ALPN_JOIN)
}

/// A joined agent's connection: the server must have the pinned authority, and we show who we are.
///
/// # Errors
/// When key and chain do not fit.
pub fn quic_client(pin: &Pin, chain: &[Vec<u8>], key: &NodeKey) -> Result<quinn::ClientConfig, IdentityError> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.to_der().expose().clone()));
    let tls = pinned(pin)?
        .with_client_auth_cert(certificates(chain), key)
        .map_err(tls_error)?;
    quic_client_config(tls, ALPN)
}

fn pinned(
    pin: &Pin,
) -> Result<rustls::ConfigBuilder<rustls::ClientConfig, rustls::client::WantsClientCert>, IdentityError> {
    let (pin, provider) = (*pin, provider());
    judged(move |shown| ends_in(&pin, shown, &provider))
}

/// A caller of the web server who believes the keys that `judge` takes, whatever the certificates around them say.
///
/// # Errors
/// When TLS can't be set up.
pub fn web_client(
    judge: impl Fn(&Pin) -> Result<(), rustls::Error> + Send + Sync + 'static,
) -> Result<rustls::ClientConfig, IdentityError> {
    let builder = judged(move |shown| match pin_of(shown.leaf) {
        Ok(pin) => judge(&pin),
        Err(_) => Err(CertificateError::BadEncoding.into()),
    })?;
    Ok(builder.with_no_client_auth())
}

fn judged(
    judge: impl Fn(&Shown<'_>) -> Result<(), rustls::Error> + Send + Sync + 'static,
) -> Result<rustls::ConfigBuilder<rustls::ClientConfig, rustls::client::WantsClientCert>, IdentityError> {
    let verifier = Judged {
        judge,
        provider: provider(),
    };
    Ok(rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(tls_error)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier)))
}

fn quic_client_config(mut tls: rustls::ClientConfig, alpn: &[u8]) -> Result<quinn::ClientConfig, IdentityError> {
    tls.alpn_protocols = vec![alpn.to_vec()];
    tls.resumption = rustls::client::Resumption::disabled();
    let crypto = QuicClientConfig::try_from(tls).map_err(tls_error)?;
    let mut config = quinn::ClientConfig::new(Arc::new(crypto));
    config.transport_config(transport::agent());
    Ok(config)
}

/// A resumed session copies the old certificate and never asks the verifier: a removed node would come back.
fn never_resume(tls: &mut ServerConfig) {
    tls.session_storage = Arc::new(NoServerSessionStorage {});
    tls.send_tls13_tickets = 0;
    tls.max_early_data_size = 0;
}

fn certificates(chain: &[Vec<u8>]) -> Vec<CertificateDer<'static>> {
    chain.iter().map(|der| CertificateDer::from(der.clone())).collect()
}

fn private_key(pem: &str) -> Result<PrivateKeyDer<'static>, IdentityError> {
    let key = NodeKey::from_pem(pem)?;
    Ok(PrivateKeyDer::from(PrivatePkcs8KeyDer::from(
        key.to_der().expose().clone(),
    )))
}

/// What this connection is for; `None` before the handshake is over.
#[must_use]
pub fn alpn_of(connection: &quinn::Connection) -> Option<Vec<u8>> {
    connection.handshake_data()?.downcast::<HandshakeData>().ok()?.protocol
}

/// The key of the other side; `None` when it showed no certificate.
#[must_use]
pub fn peer_pin(connection: &quinn::Connection) -> Option<Pin> {
    let chain = connection
        .peer_identity()?
        .downcast::<Vec<CertificateDer<'static>>>()
        .ok()?;
    pin_of(chain.first()?).ok()
}

/// Keying material of this very session, for [`super::JoinToken::prove`].
///
/// # Errors
/// Before the handshake is over.
pub fn exporter(connection: &quinn::Connection) -> Result<[u8; 32], IdentityError> {
    let mut material = [0; 32];
    connection
        .export_keying_material(&mut material, b"crane-join-v1", b"")
        .map_err(|_| IdentityError::Tls("no keying material before the handshake".into()))?;
    Ok(material)
}

fn tls_error(err: impl std::fmt::Display) -> IdentityError {
    IdentityError::Tls(err.to_string())
}
