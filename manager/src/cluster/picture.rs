use super::changes::{Changes, Thing};
use super::node::{Held, Node, weight};
use super::swarm::Swarm;
use crate::enrolment::NodeRecord;
use crate::link::Session;
use crane_shared::ids::{ContainerId, NodeId};
use crane_shared::model::{Container, Policy, SampleBatch};
use crane_shared::protocol::{InventoryFrame, Refusal};
use crane_shared::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Containers of one node; an engine that really holds more is beyond what one agent can serve.
const MOST_CONTAINERS: u32 = 10_000;
/// Bytes that one node's containers may take here, labels and all.
const MOST_BYTES: usize = 32 << 20;

/// Everything the manager believes. It changes only through the methods below, and each tells what changed.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) nodes: BTreeMap<NodeId, Node>,
    /// By the Swarm's own cluster id.
    pub(super) swarms: BTreeMap<String, Swarm>,
    pub(super) changes: Changes,
    /// When this manager started.
    pub(super) began: Timestamp,
}

/// What else an inventory frame may have moved.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Touched {
    /// A Swarm's services or nodes may look different now.
    pub(super) swarm: bool,
}

impl Picture {
    pub(super) fn new(now: Timestamp) -> Self {
        let start = u64::try_from(now.0).unwrap_or(0).saturating_mul(1000);
        Self {
            nodes: BTreeMap::new(),
            swarms: BTreeMap::new(),
            changes: Changes::new(start),
            began: now,
        }
    }

    /// Who belongs to the cluster: the new ones appear, the removed ones go with all they held.
    pub(super) fn members(&mut self, records: &[NodeRecord]) {
        let wanted: BTreeMap<_, _> = records.iter().map(|record| (&record.id, record)).collect();
        let gone: Vec<_> = self
            .nodes
            .keys()
            .filter(|id| !wanted.contains_key(id))
            .cloned()
            .collect();
        for id in gone {
            let Some(node) = self.nodes.remove(&id) else { continue };
            for container in node.containers.into_keys() {
                self.changes.push(Thing::Container(id.clone(), container));
            }
            self.changes.push(Thing::Node(id));
        }
        for (id, record) in wanted {
            let known = self.nodes.get_mut(id);
            if known
                .as_ref()
                .is_some_and(|node| node.record.standing.locked == record.standing.locked)
            {
                continue;
            }
            match known {
                Some(node) => node.record.standing = record.standing,
                None => drop(self.nodes.insert(id.clone(), Node::new(record.clone()))),
            }
            self.changes.push(Thing::Node(id.clone()));
        }
        self.forget_swarms();
    }

    pub(super) fn began(&mut self, session: &Session, now: Timestamp) {
        let Some(node) = self.nodes.get_mut(&session.node) else {
            return;
        };
        if node.session.is_some_and(|live| live > session.number) {
            return;
        }
        node.session = Some(session.number);
        node.last_seen = Some(now);
        let version = &session.hello.agent_version;
        node.record.agent_version = version.chars().filter(|c| !c.is_control()).take(64).collect();
        node.record.address = session.from.ip().to_canonical().to_string();
        node.facts = Some(session.hello.facts.clone());
        node.engine_lost = session.hello.facts.engine.is_none();
        node.policy = session.hello.policy;
        node.load = None;
        node.swept = false;
        node.sweep = None;
        self.changes.push(Thing::Node(session.node.clone()));
        self.forget_swarms();
    }

    pub(super) fn ended(&mut self, session: &Session, now: Timestamp) {
        let Some(node) = self.nodes.get_mut(&session.node) else {
            return;
        };
        // The end of an older session, told late, is not the end of the node's newer one.
        if node.session != Some(session.number) {
            return;
        }
        node.session = None;
        node.last_seen = Some(now);
        node.load = None;
        node.sweep = None;
        self.restate(&session.node);
    }

    pub(super) fn policy(&mut self, session: &Session, policy: Policy, now: Timestamp) {
        if let Some(node) = self.live(session, now)
            && node.policy != policy
        {
            node.policy = policy;
            self.changes.push(Thing::Node(session.node.clone()));
        }
    }

    pub(super) fn observe(&mut self, id: &NodeId, batch: &SampleBatch, now: Timestamp) {
        let Some(node) = self.nodes.get_mut(id).filter(|node| node.session.is_some()) else {
            return;
        };
        node.last_seen = Some(now);
        if node.load.is_some_and(|(at, _)| at >= batch.at) {
            return;
        }
        node.load = Some((batch.at, batch.host));
        for sample in &batch.containers {
            if let Some(held) = node.by_key_mut(sample.key) {
                held.usage = Some((sample.usage.cpu, sample.usage.memory));
            }
        }
        // Containers' figures are not told one by one: who looks at them has a live stream of them.
        self.changes.push(Thing::Node(id.clone()));
    }

    pub(super) fn inventory(
        &mut self,
        session: &Session,
        frame: InventoryFrame,
        now: Timestamp,
    ) -> Result<Touched, Refusal> {
        let mut touched = Touched::default();
        let id = session.node.clone();
        let Some(node) = self.live(session, now) else {
            return Ok(touched);
        };
        match frame {
            InventoryFrame::SweepBegins => node.sweep = Some(BTreeSet::new()),
            InventoryFrame::Sweep(containers) => {
                for container in containers {
                    touched.swarm |= self.hold(&id, container)?;
                }
            }
            InventoryFrame::SweepEnds => {
                let named = node.sweep.take().unwrap_or_default();
                let was_fresh = node.fresh();
                node.swept = true;
                node.engine_lost = false;
                let gone: Vec<_> = node
                    .containers
                    .keys()
                    .filter(|c| !named.contains(*c))
                    .cloned()
                    .collect();
                for container in gone {
                    touched.swarm |= self.drop_container(&id, &container);
                }
                if !was_fresh {
                    // What stood there as last seen is fresh again.
                    self.restate(&id);
                }
            }
            InventoryFrame::Changed(container) => touched.swarm = self.hold(&id, container)?,
            InventoryFrame::Removed(container) => touched.swarm = self.drop_container(&id, &container),
            InventoryFrame::Facts(facts) => {
                node.engine_lost = facts.engine.is_none();
                node.facts = Some(facts);
                touched.swarm = true;
                self.changes.push(Thing::Node(id));
                self.forget_swarms();
            }
            InventoryFrame::SwarmChanged { .. } => touched.swarm = true,
            InventoryFrame::EngineLost { .. } => {
                node.engine_lost = true;
                node.swept = false;
                touched.swarm = true;
                self.restate(&id);
            }
        }
        Ok(touched)
    }

    /// Nodes whose engines answer Swarm calls, by the Swarm's cluster id.
    pub(super) fn swarm_managers(&self) -> BTreeMap<String, Vec<NodeId>> {
        let mut all: BTreeMap<String, Vec<NodeId>> = BTreeMap::new();
        for (id, node) in &self.nodes {
            let Some(place) = node.membership() else { continue };
            if place.manager && !place.cluster_id.is_empty() && node.session.is_some() && !node.engine_lost {
                all.entry(place.cluster_id.clone()).or_default().push(id.clone());
            }
        }
        all
    }

    /// What a Swarm said of itself; `None` when none of its managers answered.
    pub(super) fn swarm_read(&mut self, cluster_id: &str, read: Option<Swarm>) {
        let Some(read) = read else {
            if let Some(swarm) = self.swarms.get_mut(cluster_id)
                && swarm.fresh
            {
                swarm.fresh = false;
                let members: BTreeSet<_> = swarm.nodes.keys().cloned().collect();
                self.swarm_nodes_changed(&members);
            }
            return;
        };
        let before = self.swarms.insert(cluster_id.to_owned(), read).unwrap_or_default();
        let Some(after) = self.swarms.get(cluster_id) else {
            return;
        };
        let services: BTreeSet<_> = before.services.keys().chain(after.services.keys()).cloned().collect();
        let changed: Vec<_> = services
            .into_iter()
            .filter(|id| before.services.get(id) != after.services.get(id))
            .collect();
        let members: BTreeSet<_> = before
            .nodes
            .keys()
            .chain(after.nodes.keys())
            .filter(|id| before.fresh != after.fresh || before.nodes.get(*id) != after.nodes.get(*id))
            .cloned()
            .collect();
        for id in changed {
            self.changes.push(Thing::Service(id));
        }
        self.swarm_nodes_changed(&members);
    }

    fn swarm_nodes_changed(&mut self, members: &BTreeSet<String>) {
        for (id, node) in &self.nodes {
            if node
                .membership()
                .is_some_and(|place| members.contains(place.node_id.as_str()))
            {
                self.changes.push(Thing::Node(id.clone()));
            }
        }
    }

    /// A Swarm that no node belongs to any longer is not there any longer.
    fn forget_swarms(&mut self) {
        let known: BTreeSet<_> = self
            .nodes
            .values()
            .filter_map(|node| node.membership().map(|place| place.cluster_id.clone()))
            .collect();
        let gone: Vec<_> = self.swarms.keys().filter(|id| !known.contains(*id)).cloned().collect();
        for id in gone {
            for service in self.swarms.remove(&id).unwrap_or_default().services.into_keys() {
                self.changes.push(Thing::Service(service));
            }
        }
    }

    /// Takes one container; true when it is a Swarm task whose state moved.
    fn hold(&mut self, id: &NodeId, container: Container) -> Result<bool, Refusal> {
        let Some(node) = self.nodes.get_mut(id) else {
            return Ok(false);
        };
        if let Some(named) = &mut node.sweep {
            named.insert(container.id.clone());
        }
        let before = node.containers.get(&container.id);
        if before.is_some_and(|held| held.container == container) {
            return Ok(false);
        }
        let bytes = node.bytes + weight(&container) - before.map_or(0, |held| weight(&held.container));
        if bytes > MOST_BYTES || (before.is_none() && node.containers.len() >= MOST_CONTAINERS as usize) {
            return Err(Refusal::Busy {
                what: "containers of one node".into(),
                limit: MOST_CONTAINERS,
            });
        }
        let moved = container.task.is_some() && before.map(|held| held.container.state) != Some(container.state);
        let usage = before
            .filter(|held| held.container.started == container.started)
            .and_then(|held| held.usage);
        node.bytes = bytes;
        self.changes.push(Thing::Container(id.clone(), container.id.clone()));
        node.containers.insert(container.id.clone(), Held { container, usage });
        Ok(moved)
    }

    fn drop_container(&mut self, id: &NodeId, container: &ContainerId) -> bool {
        let Some(node) = self.nodes.get_mut(id) else {
            return false;
        };
        if let Some(named) = &mut node.sweep {
            named.remove(container);
        }
        let Some(held) = node.containers.remove(container) else {
            return false;
        };
        node.bytes -= weight(&held.container);
        self.changes.push(Thing::Container(id.clone(), container.clone()));
        held.container.task.is_some()
    }

    /// The node, and with it whether its containers are fresh, looks different now.
    fn restate(&mut self, id: &NodeId) {
        self.changes.push(Thing::Node(id.clone()));
        let Some(node) = self.nodes.get(id) else { return };
        for container in node.containers.keys() {
            self.changes.push(Thing::Container(id.clone(), container.clone()));
        }
    }

    /// The node, if this session is its newest.
    fn live(&mut self, session: &Session, now: Timestamp) -> Option<&mut Node> {
        let node = self.nodes.get_mut(&session.node)?;
        (node.session == Some(session.number)).then(|| {
            node.last_seen = Some(now);
            node
        })
    }
}
