use super::{IdentityError, Pin};
use crate::secret::Secret;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// Secret scanners look for this.
const PREFIX: &str = "crane1_";
/// flags 1, expires 4, pin 32, seed 32, id 8, crc32 4.
const LENGTH: usize = 81;

/// What one host needs to join, once: whom to trust, and a key that proves the invitation.
///
/// The seed is an Ed25519 key made for this one join. The manager keeps only its public half, and the
/// secret never crosses the wire: it signs the TLS session it is used in.
#[derive(Debug, Clone)]
pub struct JoinToken {
    /// When it ends, with the precision of a second.
    pub expires: Timestamp,
    /// The manager's authority.
    pub pin: Pin,
    /// Public name of the token.
    pub id: [u8; 8],
    seed: Secret<[u8; 32]>,
}

impl JoinToken {
    /// A new token for the manager with this authority.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn make(pin: Pin, expires: Timestamp) -> Result<Self, IdentityError> {
        let mut seed = [0; 32];
        let mut id = [0; 8];
        let random = SystemRandom::new();
        random
            .fill(&mut seed)
            .map_err(|_| IdentityError::Key("no random bytes".into()))?;
        random
            .fill(&mut id)
            .map_err(|_| IdentityError::Key("no random bytes".into()))?;
        let seconds = u32::try_from(expires.0 / 1000).unwrap_or(u32::MAX);
        Ok(Self {
            expires: Timestamp(i64::from(seconds) * 1000),
            pin,
            id,
            seed: Secret::new(seed),
        })
    }

    /// Reads a token's text.
    ///
    /// # Errors
    /// When it is none, was cut, or a character was changed.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let body = text
            .trim()
            .strip_prefix(PREFIX)
            .ok_or(IdentityError::Token("it does not begin with crane1_"))?;
        let bytes = URL_SAFE_NO_PAD
            .decode(body)
            .map_err(|_| IdentityError::Token("it holds characters that no token has"))?;
        let bytes: [u8; LENGTH] = bytes
            .try_into()
            .map_err(|_| IdentityError::Token("a part of it is missing"))?;
        let (head, crc) = bytes.split_at(LENGTH - 4);
        if crc32fast::hash(head).to_be_bytes() != crc {
            return Err(IdentityError::Token("it was changed on the way; copy it again"));
        }
        if head.first() != Some(&0) {
            return Err(IdentityError::Token(
                "it was made by a newer manager; upgrade the agent",
            ));
        }
        let part = |from: usize, to: usize| head.get(from..to).unwrap_or_default();
        let expires = u32::from_be_bytes(part(1, 5).try_into().unwrap_or_default());
        Ok(Self {
            expires: Timestamp(i64::from(expires) * 1000),
            pin: Pin(part(5, 37).try_into().unwrap_or_default()),
            seed: Secret::new(part(37, 69).try_into().unwrap_or_default()),
            id: part(69, 77).try_into().unwrap_or_default(),
        })
    }

    /// The text to hand to the host: 115 characters.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(0);
        bytes.extend_from_slice(&u32::try_from(self.expires.0 / 1000).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(&self.pin.0);
        bytes.extend_from_slice(self.seed.expose());
        bytes.extend_from_slice(&self.id);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// What the manager keeps.
    ///
    /// # Errors
    /// When the seed is no key.
    pub fn public_key(&self) -> Result<[u8; 32], IdentityError> {
        let pair = self.pair()?;
        pair.public_key()
            .as_ref()
            .try_into()
            .map_err(|_| IdentityError::Key("not 32 bytes".into()))
    }

    /// Proves in the TLS session of `exporter` that this token was given to the sender of `csr`.
    ///
    /// # Errors
    /// When the seed is no key.
    pub fn prove(
        &self,
        exporter: &[u8; 32],
        csr: &[u8],
        hostname: &str,
        agent_version: &str,
    ) -> Result<Vec<u8>, IdentityError> {
        let statement = statement(exporter, csr, &self.id, hostname, agent_version);
        Ok(self.pair()?.sign(&statement).as_ref().to_vec())
    }

    fn pair(&self) -> Result<Ed25519KeyPair, IdentityError> {
        Ed25519KeyPair::from_seed_unchecked(self.seed.expose()).map_err(|err| IdentityError::Key(err.to_string()))
    }
}

/// Whether `proof` was made with the token whose public half is `public_key`, in just this TLS session,
/// for just this request.
#[must_use]
pub fn verify_proof(
    public_key: &[u8; 32],
    exporter: &[u8; 32],
    csr: &[u8],
    token: &[u8; 8],
    hostname: &str,
    agent_version: &str,
    proof: &[u8],
) -> bool {
    let statement = statement(exporter, csr, token, hostname, agent_version);
    UnparsedPublicKey::new(&ED25519, public_key)
        .verify(&statement, proof)
        .is_ok()
}

/// Texts carry their length, so that no two requests make the same statement.
fn statement(exporter: &[u8; 32], csr: &[u8], token: &[u8; 8], hostname: &str, agent_version: &str) -> Vec<u8> {
    let mut all = b"crane-join-v1".to_vec();
    all.extend_from_slice(exporter);
    all.extend_from_slice(digest(&SHA256, csr).as_ref());
    all.extend_from_slice(token);
    for text in [hostname, agent_version] {
        all.extend_from_slice(&(text.len() as u64).to_be_bytes());
        all.extend_from_slice(text.as_bytes());
    }
    all
}
