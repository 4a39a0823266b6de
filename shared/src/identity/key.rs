use super::{IdentityError, Pin};
use crate::secret::Secret;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};

/// A P-256 key of a host or manager. It is made where it is used and never travels.
pub struct NodeKey(KeyPair);

impl NodeKey {
    /// A new key.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn make() -> Result<Self, IdentityError> {
        KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
            .map(Self)
            .map_err(|err| IdentityError::Key(err.to_string()))
    }

    /// Reads PKCS#8 in PEM.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_pem(pem: &str) -> Result<Self, IdentityError> {
        KeyPair::from_pem(pem)
            .map(Self)
            .map_err(|err| IdentityError::Key(err.to_string()))
    }

    /// PKCS#8 in PEM, for a file of mode 0600.
    #[must_use]
    pub fn to_pem(&self) -> Secret<String> {
        Secret::new(self.0.serialize_pem())
    }

    /// PKCS#8 in DER.
    #[must_use]
    pub fn to_der(&self) -> Secret<Vec<u8>> {
        Secret::new(self.0.serialize_der())
    }

    /// A signing request in DER. It asks for nothing: the authority takes the public key alone.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn csr(&self) -> Result<Vec<u8>, IdentityError> {
        let params = CertificateParams::default();
        let csr = params
            .serialize_request(&self.0)
            .map_err(|err| IdentityError::Key(err.to_string()))?;
        Ok(csr.der().as_ref().to_vec())
    }

    /// What others pin.
    #[must_use]
    pub fn pin(&self) -> Pin {
        Pin::of_spki(&self.0.subject_public_key_info())
    }
}

impl std::fmt::Debug for NodeKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "NodeKey({})", self.pin())
    }
}
