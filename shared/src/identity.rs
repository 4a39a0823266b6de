//! Who is on the other end: pins, join tokens, keys, certificates, and the TLS settings that use them.
//!
//! A manager is its authority's key: every agent pins the SHA-256 of that key (from the join token) and
//! there is no code path without a pin. An agent is its registered key: a handshake needs a certificate of
//! the authority *and* a key in the manager's active set, so a stolen authority alone admits nobody, and
//! removing a key from the set ends a node for good. Resumption and 0-RTT are off, because a resumed
//! session is never verified again.

mod authority;
mod join_token;
mod key;
mod pin;
mod tls;
mod verifier;

pub use authority::{Authority, IssuedNode, NODE_CERTIFICATE_LIFE};
pub use join_token::{JoinToken, verify_proof};
pub use key::NodeKey;
pub use pin::{Pin, pin_of, validity_of};
pub use tls::{
    alpn_of, exporter, install_crypto, peer_pin, quic_client, quic_client_join, quic_endpoint, quic_server, web_client,
    web_server,
};
pub use verifier::Admission;

/// The name in every manager's certificate. Addresses may change, the pin does not.
pub const SERVER_NAME: &str = "manager.crane.invalid";

/// What can go wrong with keys and certificates.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("the certificate can't be read: {0}")]
    Certificate(String),
    #[error("the key can't be used: {0}")]
    Key(String),
    #[error("the signing request is not valid: {0}")]
    Request(String),
    #[error("the join token is not valid: {0}")]
    Token(&'static str),
    #[error("a pin looks like sha256//…: 32 bytes in base64")]
    Pin,
    #[error("TLS can't be set up: {0}")]
    Tls(String),
}

#[cfg(test)]
mod tests;
