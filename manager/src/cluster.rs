//! The cluster as the manager believes it to be.
mod feed;
use crate::enrolment::NodeRecord;
use crate::link::{Agents, Session};
use crane_shared::api;
use crane_shared::ids::{ContainerId, ContainerKey, NodeId};
use crane_shared::model::{Policy, SampleBatch};
use crane_shared::protocol::{InventoryFrame, Refusal};
use crane_shared::tasks::Tasks;
use crane_shared::time::Clock;
pub use feed::FeedEvent;
use futures_util::stream::BoxStream;
use std::sync::Arc;
use tokio::sync::watch;

/// Which containers.
#[derive(Debug, Clone, Default)]
pub struct ContainerFilter {
    /// Name or id of a node.
    pub node: Option<String>,
    /// Name or id of a service.
    pub service: Option<String>,
    pub stack: Option<String>,
    /// e.g. `running`.
    pub state: Option<String>,
    /// Words that name, image, id, node, service or stack must contain, all of them.
    pub q: Option<String>,
    /// 1 to 1,000; 100 when left out.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub after: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Cluster {}

impl Cluster {
    /// An empty picture; `members` says who belongs to the cluster.
    pub fn new(agents: Agents, members: watch::Receiver<Arc<Vec<NodeRecord>>>, clock: Clock) -> Self {
        drop((agents, members, clock));
        Self {}
    }
    /// Keeps the picture in step with the registry and the Swarm.
    pub fn start(&self, tasks: &Tasks) {
        let _ = tasks;
    }
    // for ingest
    pub fn began(&self, session: &Session) {
        let _ = session;
    }
    pub fn inventory(&self, session: &Session, frame: InventoryFrame) -> Result<(), Refusal> {
        drop(frame);
        let _ = session;
        Ok(())
    }
    pub fn policy(&self, session: &Session, policy: Policy) {
        let _ = (session, policy);
    }
    pub fn observe(&self, node: &NodeId, batch: &SampleBatch) {
        let _ = (node, batch);
    }
    pub fn ended(&self, session: &Session) {
        let _ = session;
    }
    // for http
    pub fn nodes(&self) -> api::List<api::Node> {
        empty()
    }
    /// By id or name.
    pub fn node(&self, name: &str) -> Result<api::Node, Refusal> {
        Err(nothing(name))
    }
    pub fn containers(&self, filter: &ContainerFilter) -> Result<api::List<api::Container>, Refusal> {
        let _ = filter;
        Ok(empty())
    }
    /// By id, unique prefix of at least four digits, or name.
    pub fn container(&self, name: &str) -> Result<(NodeId, ContainerId, api::Container), Refusal> {
        Err(nothing(name))
    }
    /// For live figures: what a key in a sample stands for.
    pub fn container_of(&self, node: &NodeId, key: ContainerKey) -> Option<(ContainerId, String)> {
        let _ = (node, key);
        None
    }
    pub fn services(&self) -> api::List<api::Service> {
        empty()
    }
    /// By id or name.
    pub async fn tasks(&self, service: &str) -> Result<api::List<api::Task>, Refusal> {
        Err(nothing(service))
    }
    pub fn overview(&self) -> Option<api::Overview> {
        None
    }
    pub fn feed(&self, since: Option<u64>) -> BoxStream<'static, FeedEvent> {
        let _ = since;
        Box::pin(futures_util::stream::pending())
    }
}
fn empty<T>() -> api::List<T> {
    api::List {
        items: Vec::new(),
        complete: true,
        missing: Vec::new(),
        next: None,
        total: 0,
    }
}
fn nothing(name: &str) -> Refusal {
    Refusal::NotFound { what: name.to_owned() }
}
