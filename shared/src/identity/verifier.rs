use super::{Pin, pin_of};
use crate::ids::NodeId;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

/// The set of keys that may come in.
pub trait Admission: Send + Sync + Debug {
    /// Whose key this is; `None` when it is nobody's, or no longer.
    fn node_of(&self, key: &Pin) -> Option<NodeId>;
}

/// A client's view of its server: `judge` decides whom it believes, rustls checks that the server holds the key it shows.
pub(super) struct Judged<J> {
    pub(super) judge: J,
    pub(super) provider: Arc<CryptoProvider>,
}

impl<J> Debug for Judged<J> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.debug_struct("Judged").finish_non_exhaustive()
    }
}

/// What a server shows.
pub(super) struct Shown<'a> {
    pub(super) leaf: &'a CertificateDer<'a>,
    pub(super) intermediates: &'a [CertificateDer<'a>],
    pub(super) name: &'a ServerName<'a>,
    pub(super) ocsp: &'a [u8],
    pub(super) now: UnixTime,
}

impl<J: Fn(&Shown<'_>) -> Result<(), Error> + Send + Sync> ServerCertVerifier for Judged<J> {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = Shown {
            leaf,
            intermediates,
            name,
            ocsp,
            now,
        };
        (self.judge)(&shown).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The agent's side: the chain must end in the authority whose key has the pin. There are no other roots.
pub(super) fn ends_in(pin: &Pin, shown: &Shown<'_>, provider: &Arc<CryptoProvider>) -> Result<(), Error> {
    let root = shown
        .intermediates
        .iter()
        .find(|certificate| pin_of(certificate).is_ok_and(|found| found == *pin))
        .ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
    let mut roots = RootCertStore::empty();
    roots.add(root.clone().into_owned())?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|err| Error::General(err.to_string()))?;
    verifier
        .verify_server_cert(shown.leaf, shown.intermediates, shown.name, shown.ocsp, shown.now)
        .map(drop)
}

/// The manager's side: a chain to the authority and a key in the active set, both. A handshake without a
/// certificate passes here, for enrolment; the listener turns it away on any other ALPN.
#[derive(Debug)]
pub(super) struct AdmittedNodes {
    pub(super) chain: Arc<dyn ClientCertVerifier>,
    pub(super) admission: Arc<dyn Admission>,
}

impl ClientCertVerifier for AdmittedNodes {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.chain.verify_client_cert(end_entity, intermediates, now)?;
        let pin = pin_of(end_entity).map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        match self.admission.node_of(&pin) {
            Some(_) => Ok(verified),
            None => Err(Error::InvalidCertificate(CertificateError::Revoked)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}
