use crate::enrolment::{NodeRecord, is_hostname};
use crane_shared::ids::{ContainerId, ContainerKey};
use crane_shared::model::{Container, HostFacts, HostLoad, Policy, SwarmMembership};
use crane_shared::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// One node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) record: NodeRecord,
    /// Number of the session that lives; `None` while the node is away.
    pub(super) session: Option<u64>,
    pub(super) last_seen: Option<Timestamp>,
    pub(super) facts: Option<HostFacts>,
    pub(super) policy: Policy,
    pub(super) engine_lost: bool,
    /// Newest figures of this session.
    pub(super) load: Option<(Timestamp, HostLoad)>,
    /// A whole sweep has come in this session.
    pub(super) swept: bool,
    pub(super) containers: BTreeMap<ContainerId, Held>,
    /// What the running sweep has named so far.
    pub(super) sweep: Option<BTreeSet<ContainerId>>,
    /// About what the containers take here.
    pub(super) bytes: usize,
}

/// One container with its newest figures.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) container: Container,
    /// In 1/100 % of a core, and bytes.
    pub(super) usage: Option<(u32, u64)>,
}

impl Node {
    pub(super) fn new(record: NodeRecord) -> Self {
        Self {
            last_seen: record.last_seen,
            record,
            session: None,
            facts: None,
            policy: Policy::default(),
            engine_lost: false,
            load: None,
            swept: false,
            containers: BTreeMap::new(),
            sweep: None,
            bytes: 0,
        }
    }

    /// Its host name; one that is none is not repeated, the name it joined with stands for it.
    pub(super) fn name(&self) -> &str {
        self.facts
            .as_ref()
            .map(|facts| facts.hostname.as_str())
            .filter(|name| is_hostname(name))
            .unwrap_or(&self.record.hostname)
    }

    /// Whether what is known of its containers is how they are.
    pub(super) const fn fresh(&self) -> bool {
        self.session.is_some() && self.swept && !self.engine_lost
    }

    pub(super) fn membership(&self) -> Option<&SwarmMembership> {
        self.facts.as_ref()?.engine.as_ref()?.swarm.as_ref()
    }

    pub(super) fn by_key(&self, key: ContainerKey) -> Option<(&ContainerId, &Held)> {
        let found = self.containers.range(first_of(key)?..).next()?;
        (ContainerKey::from(found.0) == key).then_some(found)
    }

    pub(super) fn by_key_mut(&mut self, key: ContainerKey) -> Option<&mut Held> {
        let (id, held) = self.containers.range_mut(first_of(key)?..).next()?;
        (ContainerKey::from(id) == key).then_some(held)
    }
}

/// The lowest id that has this key.
fn first_of(key: ContainerKey) -> Option<ContainerId> {
    ContainerId::parse(format!("{:016x}{:048}", key.0, 0)).ok()
}

/// About how many bytes a container takes here.
pub(super) fn weight(container: &Container) -> usize {
    let texts = [
        &container.name,
        &container.image,
        &container.image_id,
        &container.command,
        &container.log_driver,
    ];
    let labels: usize = container.labels.iter().map(|(k, v)| k.len() + v.len() + 64).sum();
    let mounts: usize = container
        .mounts
        .iter()
        .map(|m| m.source.len() + m.destination.len() + m.kind.len() + 80)
        .sum();
    let networks: usize = container.networks.iter().map(|name| name.len() + 32).sum();
    let task = container.task.as_ref().map_or(0, |task| {
        task.name.len() + task.service_name.len() + task.stack.as_ref().map_or(0, String::len) + 128
    });
    512 + texts.iter().map(|text| text.len()).sum::<usize>()
        + labels
        + mounts
        + networks
        + task
        + container.ports.len() * 96
}
