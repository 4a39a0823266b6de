use super::members::Members;
use super::record::{TokenRecord, is_hostname};
use super::{EnrolmentError, Keys, NodeRecord, Standing};
use crate::link::{Agents, Gatekeeper, Renewal, Session};
use crate::store::{Batch, Family, Store, StoreError};
use crane_shared::identity::{Admission, Pin};
use crane_shared::ids::NodeId;
use crane_shared::protocol::{JoinReply, JoinRequest, Refusal};
use crane_shared::time::{Clock, Timestamp};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::{Mutex, watch};
use tracing::{info, warn};

/// Settings of enrolment.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Addresses of the manager that new nodes are told, `host:port`.
    pub advertise: Vec<String>,
}

/// Who belongs to the cluster. Clones share one registry.
#[derive(Debug, Clone)]
pub struct Registry {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) keys: Arc<Keys>,
    pub(super) members: Members,
    pub(super) config: Config,
    pub(super) agents: Agents,
    /// One host joins at a time, so that no key is registered twice.
    joining: Mutex<()>,
}

impl Registry {
    /// Reads who belongs to the cluster.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn open(
        store: Store,
        clock: Clock,
        keys: Arc<Keys>,
        agents: Agents,
        config: Config,
    ) -> Result<Self, EnrolmentError> {
        let members = Members::read(&store)?;
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                clock,
                keys,
                members,
                config,
                agents,
                joining: Mutex::new(()),
            }),
        })
    }

    /// Every node of the cluster, by id.
    #[must_use]
    pub fn nodes(&self) -> Arc<Vec<NodeRecord>> {
        self.inner.members.all()
    }

    /// The same, with every coming and going.
    #[must_use]
    pub fn members(&self) -> watch::Receiver<Arc<Vec<NodeRecord>>> {
        self.inner.members.subscribe()
    }

    /// Removes a node for good: its key is taken from the disk, then from the active set, then its connection ends
    /// with every stream on it. When this returns, nothing of the node is accepted any more.
    ///
    /// # Errors
    /// When there is no such node, or the disk refuses; then the node is still in.
    pub async fn remove(&self, node: &NodeId) -> Result<(), EnrolmentError> {
        let mut batch = Batch::new();
        batch.only_if_present(Family::Nodes, node.as_str().as_bytes());
        batch.delete(Family::Nodes, node.as_str().as_bytes());
        batch.delete(Family::Generations, node.as_str().as_bytes());
        self.inner.store.commit(batch).await.map_err(|err| match err {
            StoreError::Conflict => EnrolmentError::NotFound {
                what: format!("node {node}"),
            },
            other => other.into(),
        })?;
        self.inner.members.remove(node);
        self.inner.agents.remove(node).await;
        info!(%node, "node removed");
        Ok(())
    }

    async fn admit(&self, request: JoinRequest, exporter: [u8; 32], from: IpAddr) -> Result<JoinReply, Refusal> {
        let _turn = self.inner.joining.lock().await;
        let now = self.inner.clock.now();
        let token = self.token_for(&request, &exporter, now).map_err(|why| {
            warn!(%from, token = %hex::encode(request.token), why, "join refused");
            not_admitted()
        })?;
        let node = self.new_node_id()?;
        let issued = self
            .inner
            .keys
            .authority
            .issue_node(&request.csr, &node, now)
            .map_err(|err| {
                warn!(%from, %err, "join refused");
                not_admitted()
            })?;
        if self.inner.members.knows(&issued.pin) {
            warn!(%from, "join refused: this key is registered already");
            return Err(not_admitted());
        }
        let record = NodeRecord {
            id: node.clone(),
            key: issued.pin,
            hostname: request.hostname,
            joined: now,
            certificate_until: issued.until,
            agent_version: request.agent_version,
            address: from.to_canonical().to_string(),
            last_seen: None,
            standing: Standing::default(),
        };
        self.spend(&token, &record).await?;
        self.inner.members.add(record);
        Ok(JoinReply {
            node,
            chain: issued.chain,
            addresses: self.inner.config.advertise.clone(),
        })
    }

    /// One synced write: the token is spent and the node is in, or neither.
    async fn spend(&self, token: &TokenRecord, record: &NodeRecord) -> Result<(), Refusal> {
        let used = TokenRecord {
            used_by: Some(record.id.clone()),
            ..token.clone()
        };
        let node_key = record.id.as_str().as_bytes();
        let batch = || -> Result<Batch, StoreError> {
            let mut batch = Batch::new();
            batch.only_if(Family::JoinTokens, &token.id, token)?;
            batch.only_if_absent(Family::Nodes, node_key);
            batch.put(Family::JoinTokens, &token.id, &used)?;
            batch.put(Family::Nodes, node_key, record)?;
            Ok(batch)
        };
        let batch = batch().map_err(|err| unavailable(&err))?;
        self.inner.store.commit(batch).await.map_err(|err| match err {
            StoreError::Conflict => not_admitted(),
            other => unavailable(&other),
        })
    }

    /// 64 random bits that no node has.
    fn new_node_id(&self) -> Result<NodeId, Refusal> {
        let bytes = super::tokens::random().map_err(|err| unavailable(&err))?;
        NodeId::parse(hex::encode(bytes)).map_err(|err| unavailable(&err))
    }

    async fn prolong(&self, node: &NodeId, csr: &[u8]) -> Result<Renewal, Refusal> {
        let now = self.inner.clock.now();
        let issued = self
            .inner
            .keys
            .authority
            .issue_node(csr, node, now)
            .map_err(|err| Refusal::Invalid {
                what: "the signing request".into(),
                why: err.to_string(),
            })?;
        // Another key would be another node, and a removed one gets nothing.
        if self.inner.members.node_of(&issued.pin).as_ref() != Some(node) {
            return Err(not_admitted());
        }
        self.update(node, |record| record.certificate_until = issued.until)
            .await;
        Ok(Renewal {
            chain: issued.chain,
            until: issued.until,
        })
    }

    /// Changes what is remembered of a node beside its key. The memory is what counts while we run; the disk follows,
    /// and never brings a removed node back.
    async fn update(&self, node: &NodeId, change: impl FnOnce(&mut NodeRecord)) {
        let Some(record) = self.inner.members.update(node, change) else {
            return;
        };
        let mut batch = Batch::new();
        batch.only_if_present(Family::Nodes, node.as_str().as_bytes());
        let written = match batch.put(Family::Nodes, node.as_str().as_bytes(), &record) {
            Ok(_) => self.inner.store.commit(batch).await,
            Err(err) => Err(err),
        };
        match written {
            // A conflict means that the node was removed meanwhile.
            Ok(()) | Err(StoreError::Conflict | StoreError::Closed) => {}
            Err(err) => warn!(%node, %err, "the node's record can't be written"),
        }
    }
}

impl Admission for Registry {
    fn node_of(&self, key: &Pin) -> Option<NodeId> {
        self.inner.members.node_of(key)
    }
}

impl Gatekeeper for Registry {
    fn node_of(&self, key: &Pin) -> Option<NodeId> {
        self.inner.members.node_of(key)
    }

    fn join<'a>(
        &'a self,
        request: JoinRequest,
        exporter: [u8; 32],
        from: IpAddr,
    ) -> BoxFuture<'a, Result<JoinReply, Refusal>> {
        self.admit(request, exporter, from).boxed()
    }

    fn renew<'a>(&'a self, node: &'a NodeId, csr: &'a [u8]) -> BoxFuture<'a, Result<Renewal, Refusal>> {
        self.prolong(node, csr).boxed()
    }

    fn has_generation(&self, node: &NodeId) -> bool {
        self.inner
            .members
            .find(node)
            .is_some_and(|record| record.standing.generation > 0)
    }

    fn follow<'a>(&'a self, session: &'a Session, shown: u64) -> BoxFuture<'a, Result<u64, Refusal>> {
        self.take_generation(session, shown).boxed()
    }

    fn leave<'a>(&'a self, node: &'a NodeId) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            self.remove(node).await.map_err(|err| unavailable(&err))?;
            info!(%node, "the node's owner took it out of the cluster");
            Ok(())
        }
        .boxed()
    }

    fn certificate_until(&self, node: &NodeId) -> Timestamp {
        self.inner
            .members
            .find(node)
            .map(|record| record.certificate_until)
            .unwrap_or_default()
    }

    fn arrived<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, ()> {
        self.update(&session.node, |record| {
            if is_hostname(&session.hello.facts.hostname) {
                record.hostname.clone_from(&session.hello.facts.hostname);
            }
            let version = &session.hello.agent_version;
            record.agent_version = version.chars().filter(|c| !c.is_control()).take(64).collect();
            record.address = session.from.ip().to_canonical().to_string();
            record.last_seen = Some(session.began);
        })
        .boxed()
    }

    fn departed<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, ()> {
        let now = self.inner.clock.now();
        self.update(&session.node, move |record| record.last_seen = Some(now))
            .boxed()
    }
}

/// Never says which part was wrong: whoever guesses learns nothing.
fn not_admitted() -> Refusal {
    Refusal::NotAdmitted {
        why: "the join token is unknown, used, expired or for another host; make a new one".into(),
    }
}

fn unavailable(err: &impl std::fmt::Display) -> Refusal {
    Refusal::Unavailable {
        what: "enrolment".into(),
        why: err.to_string(),
    }
}
