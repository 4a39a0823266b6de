use super::{EnrolmentError, Keys, NodeRecord};
use crate::link::Agents;
use crane_shared::api::{self, JoinTokenWish};
use crane_shared::identity::{Admission, Pin};
use crane_shared::ids::{NodeId, TokenId};
use crane_shared::secret::Secret;
use crane_shared::time::Clock;
use std::sync::Arc;
use tokio::sync::watch;

/// Settings of enrolment.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Addresses of the manager that new nodes are told, `host:port`.
    pub advertise: Vec<String>,
}

/// Who belongs to the cluster. Clones share one registry.
#[derive(Debug, Clone)]
pub struct Registry {
    members: watch::Sender<Arc<Vec<NodeRecord>>>,
}

impl Registry {
    pub fn open(clock: Clock, keys: Arc<Keys>, agents: Agents, config: Config) -> Result<Self, EnrolmentError> {
        drop((clock, keys, agents, config));
        Ok(Self {
            members: watch::Sender::new(Arc::default()),
        })
    }

    pub async fn make_join_token(
        &self,
        wish: &JoinTokenWish,
    ) -> Result<(api::JoinToken, Secret<String>), EnrolmentError> {
        Err(EnrolmentError::Store(format!("{wish:?}")))
    }

    /// All tokens that are kept, newest first.
    pub fn join_tokens(&self) -> Result<Vec<api::JoinToken>, EnrolmentError> {
        Ok(Vec::new())
    }

    pub async fn revoke_join_token(&self, token: &TokenId) -> Result<(), EnrolmentError> {
        Err(EnrolmentError::NotFound {
            what: format!("join token {token}"),
        })
    }

    /// Every node of the cluster, by id.
    pub fn nodes(&self) -> Arc<Vec<NodeRecord>> {
        self.members.borrow().clone()
    }

    /// The same, with every change.
    pub fn members(&self) -> watch::Receiver<Arc<Vec<NodeRecord>>> {
        self.members.subscribe()
    }

    /// Removes a node for good.
    pub async fn remove(&self, node: &NodeId) -> Result<(), EnrolmentError> {
        Err(EnrolmentError::NotFound {
            what: format!("node {node}"),
        })
    }
}

impl Admission for Registry {
    fn node_of(&self, _key: &Pin) -> Option<NodeId> {
        None
    }
}
