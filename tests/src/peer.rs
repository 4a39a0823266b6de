//! Speaks the protocol as an agent would, without being one: to knock at the manager's door with the wrong papers,
//! to hoard what it may open, to send what no agent sends.

use anyhow::{Context, Result, bail};
use crane_shared::identity::{JoinToken, NodeKey, Pin, SERVER_NAME, exporter, quic_client, quic_client_join};
use crane_shared::ids::NodeId;
use crane_shared::model::{HostFacts, Policy};
use crane_shared::protocol::{
    AgentOpening, AgentWord, Hello, JoinReply, JoinRequest, ManagerWord, Refusal, VERSION, VERSION_MIN, Welcome,
};
use crane_shared::wire::{Limit, Receiver, Sender};
use quinn::{Connection, Endpoint};
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

/// A refused handshake is answered at once; a silent one is over after this.
const DEADLINE: Duration = Duration::from_secs(10);
const VERSION_TEXT: &str = "0.0.0-test";

/// The papers of a node.
#[derive(Debug)]
pub struct Peer {
    pub node: NodeId,
    pub pin: Pin,
    pub chain: Vec<Vec<u8>>,
    pub key: NodeKey,
    pub manager: SocketAddr,
}

/// The part of an agent's `identity.json` that opens doors.
#[derive(Debug, Deserialize)]
struct Saved {
    node: NodeId,
    pin: Pin,
    chain: Vec<String>,
    key: String,
}

impl Peer {
    /// Joins with a token's text.
    ///
    /// # Errors
    /// When the manager refuses or is away.
    pub async fn join(manager: SocketAddr, token: &str, hostname: &str) -> Result<Self> {
        let token = JoinToken::parse(token)?;
        let key = NodeKey::make()?;
        let reply = Self::present(manager, &token, &key, hostname).await??;
        Ok(Self {
            node: reply.node,
            pin: token.pin,
            chain: reply.chain,
            key,
            manager,
        })
    }

    /// One attempt to join; the manager's own answer is inside.
    ///
    /// # Errors
    /// When there was no answer.
    pub async fn present(
        manager: SocketAddr,
        token: &JoinToken,
        key: &NodeKey,
        hostname: &str,
    ) -> Result<Result<JoinReply, Refusal>> {
        let csr = key.csr()?;
        let connection = dial(manager, quic_client_join(&token.pin)?).await?;
        let (send, receive) = connection.open_bi().await?;
        let exporter = exporter(&connection)?;
        let request = JoinRequest {
            token: token.id,
            proof: token.prove(&exporter, &csr, hostname, VERSION_TEXT)?,
            csr,
            hostname: hostname.to_owned(),
            agent_version: VERSION_TEXT.to_owned(),
        };
        let mut sender = Sender::new(send, Limit::Join);
        sender.send(&request).await?;
        sender.finish();
        let mut receiver = Receiver::<Result<JoinReply, Refusal>>::new(receive, Limit::Join);
        tokio::time::timeout(DEADLINE, receiver.recv())
            .await
            .context("no answer to a join request")??
            .context("the manager hung up on a join request")
    }

    /// The papers that an agent keeps in its state directory.
    ///
    /// # Errors
    /// When there are none.
    pub fn saved(manager: SocketAddr, state: &Path) -> Result<Self> {
        let path = state.join("identity.json");
        let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
        let saved: Saved = serde_json::from_slice(&text)?;
        Ok(Self {
            node: saved.node,
            pin: saved.pin,
            chain: saved.chain.iter().map(hex::decode).collect::<Result<_, _>>()?,
            key: NodeKey::from_pem(&saved.key)?,
            manager,
        })
    }

    /// Connects and says hello.
    ///
    /// # Errors
    /// When the manager does not let it in, at the handshake or later.
    pub async fn enter(&self) -> Result<Inside> {
        let connection = dial(self.manager, quic_client(&self.pin, &self.chain, &self.key)?).await?;
        let (send, receive) = connection.open_bi().await?;
        let mut sender = Sender::<AgentOpening>::new(send, Limit::Control);
        sender.send(&AgentOpening::Hello(hello(&self.node))).await?;
        let mut receiver = Receiver::<Result<Welcome, Refusal>>::new(receive, Limit::Control);
        let welcome = tokio::time::timeout(DEADLINE, receiver.recv())
            .await
            .context("no answer to a hello")??
            .context("the manager hung up on a hello")??;
        Ok(Inside {
            connection,
            welcome,
            words: sender.becomes(Limit::Control),
            answers: receiver.becomes(Limit::Control),
        })
    }
}

/// A session that the manager takes for an agent's.
#[derive(Debug)]
pub struct Inside {
    pub connection: Connection,
    pub welcome: Welcome,
    pub words: Sender<AgentWord>,
    pub answers: Receiver<ManagerWord>,
}

impl Inside {
    /// Shows the generation that it has, keeps the one that the manager gives and says so, as an agent does.
    ///
    /// # Errors
    /// When the manager does not go along.
    pub async fn keep_generation(&mut self, has: u64) -> Result<u64> {
        self.words.send(&AgentWord::Generation { generation: has }).await?;
        let answer = tokio::time::timeout(DEADLINE, self.answers.recv()).await;
        match answer.context("no answer to a generation")?? {
            Some(ManagerWord::Generation { generation }) => {
                self.words.send(&AgentWord::Generation { generation }).await?;
                Ok(generation)
            }
            other => bail!("the manager said {other:?}"),
        }
    }
}

/// The facts of a host that does not exist.
fn hello(node: &NodeId) -> Hello {
    Hello {
        protocol_min: VERSION_MIN,
        protocol_max: VERSION,
        agent_version: VERSION_TEXT.to_owned(),
        capabilities: Vec::new(),
        epoch: fastrand::u64(1..),
        facts: HostFacts {
            hostname: format!("peer-{node}"),
            os: "none".to_owned(),
            kernel: "none".to_owned(),
            arch: "x86_64".to_owned(),
            cpus: 1,
            memory: 1 << 30,
            boot_id: node.to_string(),
            cgroup_version: 2,
            addresses: Vec::new(),
            engine: None,
        },
        policy: Policy::deny_all(),
    }
}

async fn dial(manager: SocketAddr, config: quinn::ClientConfig) -> Result<Connection> {
    let endpoint = Endpoint::client((Ipv4Addr::UNSPECIFIED, 0).into())?;
    let connecting = endpoint.connect_with(config, manager, SERVER_NAME)?;
    match tokio::time::timeout(DEADLINE, connecting).await {
        Ok(connected) => Ok(connected?),
        Err(_) => bail!("no answer to a handshake within {} s", DEADLINE.as_secs()),
    }
}
