use super::IdentityError;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use x509_parser::prelude::{FromDer, X509Certificate};

/// SHA-256 of a public key (its `SubjectPublicKeyInfo` in DER), written as `curl --pinnedpubkey` takes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pin(pub [u8; 32]);

impl Pin {
    /// The pin of a public key given as `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn of_spki(der: &[u8]) -> Self {
        let mut pin = [0; 32];
        pin.copy_from_slice(digest(&SHA256, der).as_ref());
        Self(pin)
    }
}

/// The pin of the key in a certificate.
///
/// # Errors
/// When `certificate` is no X.509 in DER.
pub fn pin_of(certificate: &[u8]) -> Result<Pin, IdentityError> {
    let (_, parsed) =
        X509Certificate::from_der(certificate).map_err(|err| IdentityError::Certificate(err.to_string()))?;
    Ok(Pin::of_spki(parsed.tbs_certificate.subject_pki.raw))
}

impl fmt::Display for Pin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "sha256//{}", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Pin({self})")
    }
}

impl FromStr for Pin {
    type Err = IdentityError;
    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let body = text.strip_prefix("sha256//").ok_or(IdentityError::Pin)?;
        let bytes = STANDARD.decode(body).map_err(|_| IdentityError::Pin)?;
        bytes.try_into().map(Self).map_err(|_| IdentityError::Pin)
    }
}

impl TryFrom<String> for Pin {
    type Error = IdentityError;
    fn try_from(text: String) -> Result<Self, IdentityError> {
        text.parse()
    }
}

impl From<Pin> for String {
    fn from(pin: Pin) -> Self {
        pin.to_string()
    }
}

/// When a certificate (DER) begins and ends.
///
/// # Errors
/// When it is no certificate.
pub fn validity_of(certificate: &[u8]) -> Result<(Timestamp, Timestamp), IdentityError> {
    let (_, parsed) =
        X509Certificate::from_der(certificate).map_err(|err| IdentityError::Certificate(err.to_string()))?;
    let validity = parsed.validity();
    let at = |time: x509_parser::time::ASN1Time| Timestamp(time.timestamp().saturating_mul(1000));
    Ok((at(validity.not_before), at(validity.not_after)))
}
