use crate::ids::NodeId;
use serde::{Deserialize, Serialize};

/// Asks to be enrolled. The token's secret never crosses the wire: `proof` is an Ed25519 signature with
/// the seed in the token over `"crane-join-v1" ‖ exporter(32) ‖ sha256(csr) ‖ token ‖ hostname ‖ agent_version`,
/// where `exporter` is keying material of this very TLS session (label `crane-join-v1`, empty context).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// The token's public id.
    pub token: [u8; 8],
    /// PKCS#10, DER. The manager takes its public key and nothing else.
    pub csr: Vec<u8>,
    pub hostname: String,
    pub agent_version: String,
    pub proof: Vec<u8>,
}

/// The node is enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinReply {
    pub node: NodeId,
    /// The node's certificate and its issuer, DER.
    pub chain: Vec<Vec<u8>>,
    /// Other addresses of the manager, `host:port`; the pin stays the same.
    pub addresses: Vec<String>,
}
