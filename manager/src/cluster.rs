//! The cluster as the manager believes it to be: its nodes, their containers, and what their Swarms say.
//!
//! `picture` takes what arrives and says what changed by it; `lists` and `views` answer questions from it; `feed`
//! tells every change in order; `swarm` asks Swarm managers for what no single node knows. A node that is away keeps
//! what was last seen of it, marked as such: every answer says whether it is whole.
//!
//! The picture lives in memory alone and believes each node only about itself. Nothing here changes the cluster.

mod changes;
mod feed;
mod lists;
mod node;
mod picture;
mod swarm;
mod views;

pub use feed::FeedEvent;
pub use lists::ContainerFilter;

use crate::enrolment::NodeRecord;
use crate::link::{Agents, Session};
use crane_shared::api;
use crane_shared::ids::{ContainerId, ContainerKey, NodeId};
use crane_shared::model::{Policy, SampleBatch};
use crane_shared::protocol::{InventoryFrame, Refusal};
use crane_shared::tasks::Tasks;
use crane_shared::time::{Clock, Timestamp};
use futures_util::stream::BoxStream;
use picture::Picture;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// Agents come back within 30 s of a manager's start; whoever is silent for longer is away.
const GATHERING: Duration = Duration::from_secs(30);

/// The picture, and who keeps it. Clones share it.
#[derive(Debug, Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    picture: RwLock<Picture>,
    /// The picture's version; readers of the feed wait for it to move.
    version: watch::Sender<u64>,
    members: watch::Receiver<Arc<Vec<NodeRecord>>>,
    agents: Agents,
    clock: Clock,
    /// Something may have changed in a Swarm.
    hints: Notify,
}

impl Cluster {
    /// A picture without containers yet; `members` says who belongs to the cluster.
    #[must_use]
    pub fn new(agents: Agents, members: watch::Receiver<Arc<Vec<NodeRecord>>>, clock: Clock) -> Self {
        let mut picture = Picture::new(clock.now());
        picture.members(&members.borrow());
        Self {
            inner: Arc::new(Inner {
                version: watch::Sender::new(picture.changes.version()),
                picture: RwLock::new(picture),
                members,
                agents,
                clock,
                hints: Notify::new(),
            }),
        }
    }

    /// Keeps the picture in step with the registry and the Swarms until the process ends.
    pub fn start(&self, tasks: &Tasks) {
        let cluster = self.clone();
        tasks.spawn("cluster members", async move {
            let mut members = cluster.inner.members.clone();
            members.mark_changed();
            while members.changed().await.is_ok() {
                let now = Arc::clone(&members.borrow_and_update());
                cluster.change(|picture, _| picture.members(&now));
                cluster.inner.hints.notify_one();
            }
        });
        tasks.spawn("swarm reader", swarm::keep_reading(self.clone()));
    }

    /// A node's session began.
    pub fn began(&self, session: &Session) {
        // A node that has just joined may be faster than the task that follows the registry.
        let members = Arc::clone(&self.inner.members.borrow());
        self.change(|picture, now| {
            if !picture.nodes.contains_key(&session.node) {
                picture.members(&members);
            }
            picture.began(session, now);
        });
        self.inner.hints.notify_one();
    }

    /// A node told what it holds.
    ///
    /// # Errors
    /// [`Refusal::Busy`] when it claims to hold more than anyone can.
    pub fn inventory(&self, session: &Session, frame: InventoryFrame) -> Result<(), Refusal> {
        let touched = self.change(|picture, now| picture.inventory(session, frame, now))?;
        if touched.swarm {
            self.inner.hints.notify_one();
        }
        Ok(())
    }

    /// A node's owner changed what is allowed.
    pub fn policy(&self, session: &Session, policy: Policy) {
        self.change(|picture, now| picture.policy(session, policy, now));
    }

    /// A node's newest figures. Old ones that a spool delivers late change nothing here.
    pub fn observe(&self, node: &NodeId, batch: &SampleBatch) {
        self.change(|picture, now| picture.observe(node, batch, now));
    }

    /// A node's session is over.
    pub fn ended(&self, session: &Session) {
        self.change(|picture, now| picture.ended(session, now));
        self.inner.hints.notify_one();
    }

    /// Every node, by name.
    #[must_use]
    pub fn nodes(&self) -> api::List<api::Node> {
        lists::nodes(&self.read())
    }

    /// The node with this id or name.
    ///
    /// # Errors
    /// When there is none, or several bear the name.
    pub fn node(&self, name: &str) -> Result<api::Node, Refusal> {
        let picture = self.read();
        lists::find_node(&picture, name).map(|node| views::node(&picture, node))
    }

    /// One page of the containers that `filter` lets through, by name.
    ///
    /// # Errors
    /// When the filter names a node that does not exist or a state that is none.
    pub fn containers(&self, filter: &ContainerFilter) -> Result<api::List<api::Container>, Refusal> {
        lists::containers(&self.read(), filter)
    }

    /// The container with this id, this name, or an id that begins so (at least four digits).
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn container(&self, name: &str) -> Result<(NodeId, ContainerId, api::Container), Refusal> {
        let picture = self.read();
        lists::container(&picture, name)
            .map_err(|refusal| self.or_unheard(&picture, refusal, &lists::unheard(&picture)))
    }

    /// What a key in a node's live figures stands for: id and name.
    #[must_use]
    pub fn container_of(&self, node: &NodeId, key: ContainerKey) -> Option<(ContainerId, String)> {
        let picture = self.read();
        let (id, held) = picture.nodes.get(node)?.by_key(key)?;
        Some((id.clone(), held.container.name.clone()))
    }

    /// Every Swarm service, by name.
    #[must_use]
    pub fn services(&self) -> api::List<api::Service> {
        lists::services(&self.read())
    }

    /// The service with this id or name.
    ///
    /// # Errors
    /// When there is none, or several Swarms have one of this name.
    pub fn service(&self, name: &str) -> Result<api::Service, Refusal> {
        let picture = self.read();
        let found = lists::find_service(&picture, name).map(|(_, service)| service.clone());
        found.map_err(|refusal| {
            let missing = lists::services(&picture).missing;
            let nodes: Vec<_> = missing.into_iter().map(|missing| missing.node).take(8).collect();
            self.or_unheard(&picture, refusal, &nodes)
        })
    }

    /// The tasks of a service, read now from a Swarm manager.
    ///
    /// # Errors
    /// When there is no such service, or no Swarm manager answers.
    pub async fn tasks(&self, service: &str) -> Result<api::List<api::Task>, Refusal> {
        swarm::tasks(self, service).await
    }

    /// How is everything?
    #[must_use]
    pub fn overview(&self) -> api::Overview {
        lists::overview(&self.read())
    }

    /// Every change after version `since`. Without one, or when it is too old, the first event is `Reset`: the
    /// reader loads the lists and goes on from there. A slow reader costs nothing: what it missed meanwhile is
    /// rendered when it asks, once for each thing.
    #[must_use]
    pub fn feed(&self, since: Option<u64>) -> BoxStream<'static, FeedEvent> {
        feed::follow(self.clone(), since)
    }

    /// Moves whenever the picture changes.
    #[must_use]
    pub fn version(&self) -> watch::Receiver<u64> {
        self.inner.version.subscribe()
    }

    /// Where a container is; `None` when the picture holds it no longer.
    #[must_use]
    pub fn place_of(&self, container: &ContainerId) -> Option<(NodeId, String)> {
        let picture = self.read();
        let node = picture
            .nodes
            .values()
            .find(|node| node.containers.contains_key(container))?;
        Some((node.record.id.clone(), node.name().to_owned()))
    }

    /// Whether the node belongs to the cluster.
    #[must_use]
    pub fn knows(&self, node: &NodeId) -> bool {
        self.read().nodes.contains_key(node)
    }

    /// Right after the start, what is not found may only not have been heard of yet.
    fn or_unheard(&self, picture: &Picture, refusal: Refusal, nodes: &[String]) -> Refusal {
        let age = self.inner.clock.now().since(picture.began);
        match refusal {
            Refusal::NotFound { what } if age < GATHERING && !nodes.is_empty() => Refusal::Unavailable {
                what,
                why: format!(
                    "the manager has just started and has not heard from {} yet; try again in some seconds",
                    nodes.join(", ")
                ),
            },
            other => other,
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Picture> {
        self.inner.picture.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the picture and wakes the readers of the feed when its version moved.
    fn change<T>(&self, act: impl FnOnce(&mut Picture, Timestamp) -> T) -> T {
        let now = self.inner.clock.now();
        let mut picture = self.inner.picture.write().unwrap_or_else(PoisonError::into_inner);
        let before = picture.changes.version();
        let outcome = act(&mut picture, now);
        let after = picture.changes.version();
        drop(picture);
        if after != before {
            self.inner
                .version
                .send_modify(|version| *version = (*version).max(after));
        }
        outcome
    }
}
