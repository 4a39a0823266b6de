use super::{IdentityError, NodeKey, Pin, SERVER_NAME, pin_of};
use crate::ids::NodeId;
use crate::secret::Secret;
use crate::time::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SerialNumber,
};
use ring::rand::{SecureRandom, SystemRandom};
use std::time::Duration;
use time::OffsetDateTime;

/// How long an agent's certificate lives. Expiry is hygiene, the active-key set is the boundary; a host that
/// is away for longer must be joined again.
pub const NODE_CERTIFICATE_LIFE: Duration = Duration::from_secs(7 * DAY);
/// The manager's own certificate is made anew at every start.
const MANAGER_CERTIFICATE_LIFE: Duration = Duration::from_secs(398 * DAY);
const ROOT_LIFE: Duration = Duration::from_secs(3650 * DAY);
/// Clocks of hosts may lag this much behind the manager's.
const BACK_DATED: Duration = Duration::from_secs(3600);
const DAY: u64 = 86_400;

/// The manager's certificate authority: it signs the manager and its agents, and its key is what agents pin.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    key: Secret<String>,
    root: Vec<u8>,
    root_pem: String,
    pin: Pin,
}

/// A certificate for an agent.
#[derive(Debug, Clone)]
pub struct IssuedNode {
    /// The agent's certificate and its issuer, DER.
    pub chain: Vec<Vec<u8>>,
    /// The agent's key: register this.
    pub pin: Pin,
    /// When the certificate ends.
    pub until: Timestamp,
}

impl Authority {
    /// A new authority.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn make(now: Timestamp) -> Result<Self, IdentityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(key_error)?;
        let mut params = profile(now, ROOT_LIFE, "Crane authority")?;
        // It may sign ends, never another authority.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).map_err(key_error)?;
        Self::from_pem(&certificate.pem(), &key.serialize_pem())
    }

    /// Reads what [`Authority::to_pem`] wrote.
    ///
    /// # Errors
    /// When one of the two is unreadable.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, IdentityError> {
        let pair = KeyPair::from_pem(key).map_err(key_error)?;
        let root = rustls_pki_types::pem::PemObject::from_pem_slice(certificate.as_bytes())
            .map(|der: rustls_pki_types::CertificateDer<'static>| der.as_ref().to_vec())
            .map_err(|err| IdentityError::Certificate(format!("{err:?}")))?;
        let pin = pin_of(&root)?;
        if pin != Pin::of_spki(&pair.subject_public_key_info()) {
            return Err(IdentityError::Key(
                "the authority's key does not belong to its certificate".into(),
            ));
        }
        let issuer = Issuer::from_ca_cert_pem(certificate, pair).map_err(key_error)?;
        Ok(Self {
            issuer,
            key: Secret::new(key.to_owned()),
            root,
            root_pem: certificate.to_owned(),
            pin,
        })
    }

    /// Certificate and key in PEM; the key for a file of mode 0600.
    #[must_use]
    pub fn to_pem(&self) -> (String, Secret<String>) {
        (self.root_pem.clone(), self.key.clone())
    }

    /// What join tokens carry and agents pin.
    #[must_use]
    pub const fn pin(&self) -> Pin {
        self.pin
    }

    /// The root certificate, DER.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        &self.root
    }

    /// A certificate for the manager's own key, with the root behind it. `names` are host names or addresses.
    ///
    /// # Errors
    /// When a name is none, or the key is unreadable.
    pub fn issue_manager(
        &self,
        key_pem: &str,
        names: &[String],
        now: Timestamp,
    ) -> Result<Vec<Vec<u8>>, IdentityError> {
        let key = KeyPair::from_pem(key_pem).map_err(key_error)?;
        let mut all = vec![SERVER_NAME.to_owned()];
        all.extend(names.iter().cloned());
        let mut params = profile(now, MANAGER_CERTIFICATE_LIFE, SERVER_NAME)?;
        params.subject_alt_names = CertificateParams::new(all).map_err(key_error)?.subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf = params.signed_by(&key, &self.issuer).map_err(key_error)?;
        Ok(vec![leaf.der().as_ref().to_vec(), self.root.clone()])
    }

    /// A certificate for an agent. From `csr` only the public key is taken; whatever else it asks for is ignored,
    /// because one agent that gets `CA:TRUE` would be every agent.
    ///
    /// # Errors
    /// When `csr` is no request signed by its own P-256 key.
    pub fn issue_node(&self, csr: &[u8], node: &NodeId, now: Timestamp) -> Result<IssuedNode, IdentityError> {
        let request = CertificateSigningRequestParams::from_der(&csr.to_vec().into())
            .map_err(|err| IdentityError::Request(err.to_string()))?;
        if request.public_key.algorithm() != &PKCS_ECDSA_P256_SHA256 {
            return Err(IdentityError::Request("the key must be P-256".into()));
        }
        let mut params = profile(now, NODE_CERTIFICATE_LIFE, node.as_str())?;
        params.subject_alt_names = CertificateParams::new(vec![format!("{node}.node.crane.invalid")])
            .map_err(key_error)?
            .subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let leaf = params.signed_by(&request.public_key, &self.issuer).map_err(key_error)?;
        Ok(IssuedNode {
            pin: pin_of(leaf.der())?,
            chain: vec![leaf.der().as_ref().to_vec(), self.root.clone()],
            until: now.plus(NODE_CERTIFICATE_LIFE),
        })
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Authority({})", self.pin)
    }
}

impl NodeKey {
    /// The pin that `csr` asks to register.
    ///
    /// # Errors
    /// When `csr` is no request signed by its own key.
    pub fn pin_in(csr: &[u8]) -> Result<Pin, IdentityError> {
        let request = CertificateSigningRequestParams::from_der(&csr.to_vec().into())
            .map_err(|err| IdentityError::Request(err.to_string()))?;
        Ok(Pin::of_spki(&request.public_key.subject_public_key_info()))
    }
}

/// What every certificate of ours has in common.
fn profile(now: Timestamp, life: Duration, name: &str) -> Result<CertificateParams, IdentityError> {
    let mut serial = [0; 16];
    SystemRandom::new()
        .fill(&mut serial)
        .map_err(|_| IdentityError::Key("no random bytes".into()))?;
    // A serial is positive: its first bit stays clear.
    serial[0] &= 0x7f;
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = moment(Timestamp(now.0 - BACK_DATED.as_millis() as i64));
    params.not_after = moment(now.plus(life));
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn key_error(err: impl std::fmt::Display) -> IdentityError {
    IdentityError::Key(err.to_string())
}
