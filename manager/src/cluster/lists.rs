use super::node::{Held, Node};
use super::picture::Picture;
use super::views;
use crane_shared::api::{self, List, Missing};
use crane_shared::ids::{ContainerId, NodeId};
use crane_shared::model::{ContainerState, Health};
use crane_shared::protocol::Refusal;
use crane_shared::time::Timestamp;
use std::collections::BTreeSet;

/// Items on a page when nobody says how many, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;
/// Fewer digits of an id name too many containers.
const SHORTEST_PREFIX: usize = 4;

/// Which containers, and which page of them.
#[derive(Debug, Clone, Default)]
pub struct ContainerFilter {
    /// Name or id of a node.
    pub node: Option<String>,
    /// Name or id of a service.
    pub service: Option<String>,
    pub stack: Option<String>,
    /// e.g. `running`.
    pub state: Option<String>,
    /// Words that must all be found in name, image, id, node, service or stack; case does not matter.
    pub q: Option<String>,
    /// 1 to 1,000; 100 when left out.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub after: Option<String>,
}

pub(super) fn nodes(picture: &Picture) -> List<api::Node> {
    let mut items: Vec<_> = picture.nodes.values().map(|node| views::node(picture, node)).collect();
    items.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    whole(
        items,
        missing(picture.nodes.values().filter(|node| node.session.is_none())),
    )
}

pub(super) fn find_node<'a>(picture: &'a Picture, name: &str) -> Result<&'a Node, Refusal> {
    if let Ok(id) = NodeId::parse(name)
        && let Some(node) = picture.nodes.get(&id)
    {
        return Ok(node);
    }
    let named: Vec<_> = picture.nodes.values().filter(|node| node.name() == name).collect();
    // A host that was joined again leaves its old node behind until somebody removes it.
    let here: Vec<_> = named.iter().filter(|node| node.session.is_some()).copied().collect();
    match (named.as_slice(), here.as_slice()) {
        ([], _) => Err(nothing("node", name)),
        ([only], _) | (_, [only]) => Ok(only),
        _ => Err(ambiguous("node", named.iter().map(|node| node.record.id.to_string()))),
    }
}

pub(super) fn containers(picture: &Picture, filter: &ContainerFilter) -> Result<List<api::Container>, Refusal> {
    let state = filter
        .state
        .as_deref()
        .filter(|state| !state.is_empty())
        .map(parse_state)
        .transpose()?;
    let only = match filter.node.as_deref().filter(|node| !node.is_empty()) {
        Some(name) => Some(&find_node(picture, name)?.record.id),
        None => None,
    };
    let words: Vec<_> = filter
        .q
        .as_deref()
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let asked = || {
        picture
            .nodes
            .values()
            .filter(|node| only.is_none_or(|id| *id == node.record.id))
    };
    let mut found: Vec<(&Node, &Held)> = asked()
        .flat_map(|node| node.containers.values().map(move |held| (node, held)))
        .filter(|(node, held)| fits(node, held, filter, state, &words))
        .collect();
    let total = found.len() as u64;
    if let Some(after) = filter.after.as_deref().filter(|after| !after.is_empty()) {
        // Names hold no space; what an agent invented is cut at the last one, which the id never holds.
        let (name, id) = after.rsplit_once(' ').ok_or_else(|| Refusal::Invalid {
            what: "after".into(),
            why: "it must be the `next` of the page before".into(),
        })?;
        found.retain(|(_, held)| (held.container.name.as_str(), held.container.id.as_str()) > (name, id));
    }
    found.sort_unstable_by_key(|(node, held)| (&held.container.name, &held.container.id, &node.record.id));
    let limit = filter.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found
        .last()
        .filter(|_| more)
        .map(|(_, held)| format!("{} {}", held.container.name, held.container.id));
    let missing = missing(asked().filter(|node| !node.fresh()));
    Ok(List {
        items: found
            .into_iter()
            .map(|(node, held)| views::container(node, held))
            .collect(),
        complete: missing.is_empty(),
        missing,
        next,
        total,
    })
}

fn fits(node: &Node, held: &Held, filter: &ContainerFilter, state: Option<ContainerState>, words: &[String]) -> bool {
    let container = &held.container;
    let task = container.task.as_ref();
    let stack = || {
        task.and_then(|task| task.stack.as_deref())
            .or_else(|| container.labels.get("com.docker.stack.namespace").map(String::as_str))
    };
    let wanted = |wish: &Option<String>| wish.clone().filter(|wish| !wish.is_empty());
    if state.is_some_and(|state| state != container.state) {
        return false;
    }
    if let Some(service) = wanted(&filter.service)
        && !task.is_some_and(|task| task.service_name == service || task.service_id.as_str() == service)
    {
        return false;
    }
    if let Some(wish) = wanted(&filter.stack)
        && stack() != Some(wish.as_str())
    {
        return false;
    }
    if words.is_empty() {
        return true;
    }
    let haystack = [
        container.name.as_str(),
        &container.image,
        container.id.as_str(),
        node.name(),
        task.map_or("", |task| &task.service_name),
        stack().unwrap_or_default(),
    ]
    .join("\n")
    .to_lowercase();
    words.iter().all(|word| haystack.contains(word.as_str()))
}

fn parse_state(text: &str) -> Result<ContainerState, Refusal> {
    use ContainerState::{Created, Dead, Exited, Paused, Removing, Restarting, Running};
    [Created, Running, Paused, Restarting, Removing, Exited, Dead]
        .into_iter()
        .find(|state| views::state(*state) == text)
        .ok_or_else(|| Refusal::Invalid {
            what: "state".into(),
            why: "it must be created, running, paused, restarting, removing, exited or dead".into(),
        })
}

pub(super) fn container(picture: &Picture, name: &str) -> Result<(NodeId, ContainerId, api::Container), Refusal> {
    let all = || {
        picture
            .nodes
            .values()
            .flat_map(|node| node.containers.iter().map(move |(id, held)| (node, id, held)))
    };
    let mut found: Vec<_> = match ContainerId::parse(name) {
        Ok(id) => picture
            .nodes
            .values()
            .filter_map(|node| node.containers.get_key_value(&id).map(|(id, held)| (node, id, held)))
            .collect(),
        Err(_) => all().filter(|(_, _, held)| held.container.name == name).collect(),
    };
    let is_prefix =
        (SHORTEST_PREFIX..64).contains(&name.len()) && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if found.is_empty() && is_prefix {
        found = all().filter(|(_, id, _)| id.as_str().starts_with(name)).collect();
    }
    match found.as_slice() {
        [] => Err(nothing("container", name)),
        [(node, id, held)] => Ok((node.record.id.clone(), (*id).clone(), views::container(node, held))),
        _ => Err(ambiguous(
            "container",
            found
                .iter()
                .map(|(node, id, _)| format!("{} on {}", short(id), node.name())),
        )),
    }
}

/// Names of nodes that have not told yet what they hold, since this manager started; at most eight.
pub(super) fn unheard(picture: &Picture) -> Vec<String> {
    let silent = |node: &&Node| node.record.standing.locked.is_none() && !node.swept && !node.engine_lost;
    picture
        .nodes
        .values()
        .filter(silent)
        .map(|node| node.name().to_owned())
        .take(8)
        .collect()
}

pub(super) fn services(picture: &Picture) -> List<api::Service> {
    let mut items: Vec<_> = picture
        .swarms
        .values()
        .flat_map(|swarm| swarm.services.values().cloned())
        .collect();
    items.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    // A Swarm of which nothing was heard yet may hide behind any node that has not spoken.
    let unheard = |node: &&Node| {
        node.membership().map_or(node.facts.is_none(), |place| {
            place.manager && !picture.swarms.get(&place.cluster_id).is_some_and(|swarm| swarm.fresh)
        })
    };
    let fresh = picture.swarms.values().any(|swarm| swarm.fresh);
    let missing = missing(
        picture
            .nodes
            .values()
            .filter(unheard)
            // With one Swarm answering, a silent worker hides nothing.
            .filter(|node| !fresh || node.membership().is_some()),
    );
    whole(items, missing)
}

pub(super) fn find_service<'a>(picture: &'a Picture, name: &str) -> Result<(&'a str, &'a api::Service), Refusal> {
    let all = || {
        picture
            .swarms
            .iter()
            .flat_map(|(cluster, swarm)| swarm.services.values().map(move |service| (cluster.as_str(), service)))
    };
    if let Some(found) = all().find(|(_, service)| service.id == name) {
        return Ok(found);
    }
    let named: Vec<_> = all().filter(|(_, service)| service.name == name).collect();
    match named.as_slice() {
        [] => Err(nothing("service", name)),
        [only] => Ok(*only),
        _ => Err(ambiguous(
            "service",
            named.iter().map(|(_, service)| service.id.clone()),
        )),
    }
}

pub(super) fn overview(picture: &Picture) -> api::Overview {
    let here = || picture.nodes.values().filter(|node| node.session.is_some());
    let all = || picture.nodes.values().flat_map(|node| node.containers.values());
    let loads = || here().filter_map(|node| node.load.map(|(_, load)| load));
    let services = || picture.swarms.values().flat_map(|swarm| swarm.services.values());
    let stacks: BTreeSet<_> = services()
        .filter_map(|service| service.stack.as_deref())
        .chain(all().filter_map(|held| {
            held.container
                .labels
                .get("com.docker.stack.namespace")
                .map(String::as_str)
        }))
        .collect();
    let cpus = |node: &Node| u64::from(node.facts.as_ref().map_or(0, |facts| facts.cpus));
    api::Overview {
        nodes_connected: here().count() as u64,
        nodes_total: picture.nodes.len() as u64,
        containers_running: all()
            .filter(|held| held.container.state == ContainerState::Running)
            .count() as u64,
        containers_total: all().count() as u64,
        containers_unhealthy: all()
            .filter(|held| {
                held.container.state == ContainerState::Running && held.container.health == Health::Unhealthy
            })
            .count() as u64,
        services_total: services().count() as u64,
        services_short: services()
            .filter(|service| service.tasks_running < service.tasks_desired)
            .count() as u64,
        stacks_total: stacks.len() as u64,
        cpu_used: here()
            .filter_map(|node| Some(f64::from(node.load?.1.cpu) / 10_000.0 * cpus(node) as f64))
            .sum(),
        cpu_total: here().map(cpus).sum(),
        memory_used: loads().map(|load| load.memory_used).sum(),
        memory_total: loads().map(|load| load.memory_total).sum(),
        disk_used: loads().map(|load| load.disk_used).sum(),
        disk_total: loads().map(|load| load.disk_total).sum(),
        swarm_cluster_id: here()
            .filter_map(Node::membership)
            .map(|place| place.cluster_id.clone())
            .find(|id| !id.is_empty()),
    }
}

pub(super) fn missing<'a>(nodes: impl Iterator<Item = &'a Node>) -> Vec<Missing> {
    nodes
        .map(|node| Missing {
            node: node.name().to_owned(),
            last_seen: node.last_seen.map(Timestamp::to_rfc3339),
        })
        .collect()
}

pub(super) fn whole<T>(items: Vec<T>, missing: Vec<Missing>) -> List<T> {
    List {
        total: items.len() as u64,
        complete: missing.is_empty(),
        missing,
        next: None,
        items,
    }
}

pub(super) fn nothing(kind: &str, name: &str) -> Refusal {
    let name: String = name.chars().take(64).collect();
    Refusal::NotFound {
        what: format!("{kind} {name}"),
    }
}

fn ambiguous(kind: &str, which: impl Iterator<Item = String>) -> Refusal {
    let which: Vec<_> = which.take(8).collect();
    Refusal::Invalid {
        what: kind.to_owned(),
        why: format!("several have it; name one by its id: {}", which.join(", ")),
    }
}

fn short(id: &ContainerId) -> &str {
    id.as_str().get(..12).unwrap_or_default()
}
