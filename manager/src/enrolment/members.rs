use super::{EnrolmentError, NodeRecord, Standing};
use crate::store::{Family, Order, Store};
use arc_swap::ArcSwap;
use crane_shared::identity::Pin;
use crane_shared::ids::NodeId;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;

/// Records that are read from disk at a time.
const PAGE: usize = 1000;

/// The active set: every node of the cluster, by id and by key. It follows the disk.
#[derive(Debug)]
pub(super) struct Members {
    /// Sorted by id, with those that are shut out.
    all: watch::Sender<Arc<Vec<NodeRecord>>>,
    /// What every handshake asks, without a lock.
    active: ArcSwap<HashMap<Pin, NodeId>>,
}

impl Members {
    pub(super) fn read(store: &Store) -> Result<Self, EnrolmentError> {
        let mut all: Vec<NodeRecord> = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = store.page::<NodeRecord>(Family::Nodes, b"", after.as_deref(), PAGE, Order::Forward)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (key, mut record) in page {
                record.standing = store.get(Family::Generations, &key)?.unwrap_or_default();
                all.push(record);
            }
        }
        all.sort_by(|a, b| a.id.cmp(&b.id));
        let active = all
            .iter()
            .filter(|record| record.standing.locked.is_none())
            .map(|record| (record.key, record.id.clone()))
            .collect();
        Ok(Self {
            all: watch::Sender::new(Arc::new(all)),
            active: ArcSwap::from_pointee(active),
        })
    }

    pub(super) fn all(&self) -> Arc<Vec<NodeRecord>> {
        Arc::clone(&self.all.borrow())
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<Vec<NodeRecord>>> {
        self.all.subscribe()
    }

    pub(super) fn node_of(&self, key: &Pin) -> Option<NodeId> {
        self.active.load().get(key).cloned()
    }

    /// Whether a node was ever joined with this key, also one that is shut out now.
    pub(super) fn knows(&self, key: &Pin) -> bool {
        self.all.borrow().iter().any(|record| record.key == *key)
    }

    pub(super) fn find(&self, node: &NodeId) -> Option<NodeRecord> {
        let all = self.all.borrow();
        let at = all.binary_search_by(|record| record.id.cmp(node)).ok()?;
        all.get(at).cloned()
    }

    pub(super) fn add(&self, record: NodeRecord) {
        self.active.rcu(|active| {
            let mut active = HashMap::clone(active);
            active.insert(record.key, record.id.clone());
            active
        });
        self.all.send_modify(|all| {
            let all = Arc::make_mut(all);
            let at = all.partition_point(|other| other.id < record.id);
            all.insert(at, record);
        });
    }

    pub(super) fn remove(&self, node: &NodeId) {
        self.deactivate(node);
        self.all
            .send_modify(|all| Arc::make_mut(all).retain(|record| record.id != *node));
    }

    /// Changes how a node stands; gives what was and what is. A node that is locked leaves the active set, and that
    /// is news.
    pub(super) fn stand(
        &self,
        node: &NodeId,
        change: impl FnOnce(Standing) -> Standing,
    ) -> Option<(Standing, Standing)> {
        let mut stood = None;
        self.all.send_if_modified(|all| {
            let Some(record) = all
                .binary_search_by(|record| record.id.cmp(node))
                .ok()
                .and_then(|at| Arc::make_mut(all).get_mut(at))
            else {
                return false;
            };
            let (before, after) = (record.standing, change(record.standing));
            record.standing = after;
            stood = Some((before, after));
            if after.locked.is_some() {
                self.deactivate(node);
            }
            after.locked != before.locked
        });
        stood
    }

    fn deactivate(&self, node: &NodeId) {
        self.active.rcu(|active| {
            let mut active = HashMap::clone(active);
            active.retain(|_, id| id != node);
            active
        });
    }

    /// Changes a record and gives it back. Nobody is woken: only comings and goings are news.
    pub(super) fn update(&self, node: &NodeId, change: impl FnOnce(&mut NodeRecord)) -> Option<NodeRecord> {
        let mut changed = None;
        self.all.send_if_modified(|all| {
            if let Ok(at) = all.binary_search_by(|record| record.id.cmp(node))
                && let Some(record) = Arc::make_mut(all).get_mut(at)
            {
                change(record);
                changed = Some(record.clone());
            }
            false
        });
        changed
    }
}
