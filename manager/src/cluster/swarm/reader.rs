//! Asks Swarm managers, one after another until one answers, and puts what they say into the picture.

use super::super::{Cluster, lists};
use super::{Swarm, json};
use crane_shared::api::{self, List};
use crane_shared::ids::NodeId;
use crane_shared::protocol::Refusal;
use futures_util::future::join_all;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::{info, warn};

/// Without any hint the Swarm is asked this often, because the engine tells of tasks by no event.
const RESYNC: Duration = Duration::from_secs(15);
/// Hints come in bursts; the last one is waited for this long.
const SETTLE: Duration = Duration::from_millis(200);
/// Containers that come and go all the time cause no more reads than this.
const PAUSE: Duration = Duration::from_secs(1);
/// A manager that has not answered by then is passed over. Without a quorum the engine itself waits longer.
const ANSWER: Duration = Duration::from_secs(5);

/// Reads every Swarm now and then, and soon after a hint.
pub(in super::super) async fn keep_reading(cluster: Cluster) {
    // Which manager answered last, by Swarm: it is asked first.
    let mut answered: BTreeMap<String, NodeId> = BTreeMap::new();
    loop {
        let began = Instant::now();
        let managers = cluster.read().swarm_managers();
        let known: Vec<String> = cluster.read().swarms.keys().cloned().collect();
        for id in known.iter().filter(|id| !managers.contains_key(*id)) {
            told(&cluster, id, None);
        }
        let reads = managers.into_iter().map(|(id, nodes)| {
            let nodes = preferred(nodes, answered.get(&id));
            let cluster = &cluster;
            async move {
                let read = first_answer(cluster, &nodes).await;
                (id, read)
            }
        });
        for (id, read) in join_all(reads).await {
            match read {
                Some((node, swarm)) => {
                    told(&cluster, &id, Some(swarm));
                    answered.insert(id, node);
                }
                None => told(&cluster, &id, None),
            }
        }
        let spread = RESYNC.mul_f64(0.9 + 0.2 * fastrand::f64());
        tokio::select! {
            () = sleep(spread) => {}
            () = cluster.inner.hints.notified() => {
                sleep_until((began + PAUSE).max(Instant::now() + SETTLE)).await;
            }
        }
    }
}

/// Puts it into the picture; one log line for each change of state.
fn told(cluster: &Cluster, id: &str, read: Option<Swarm>) {
    let fresh = read.is_some();
    let was = cluster.read().swarms.get(id).map(|swarm| swarm.fresh);
    cluster.change(|picture, _| picture.swarm_read(id, read));
    match (was, fresh) {
        (Some(true), false) => warn!(swarm = %id, "no Swarm manager answers"),
        (None | Some(false), true) => info!(swarm = %id, "a Swarm manager answers"),
        _ => {}
    }
}

fn preferred(mut nodes: Vec<NodeId>, first: Option<&NodeId>) -> Vec<NodeId> {
    nodes.sort_by_key(|node| Some(node) != first);
    nodes
}

async fn first_answer(cluster: &Cluster, nodes: &[NodeId]) -> Option<(NodeId, Swarm)> {
    for node in nodes {
        match timeout(ANSWER, read(cluster, node)).await {
            Ok(Ok(swarm)) => return Some((node.clone(), swarm)),
            Ok(Err(refusal)) => tracing::debug!(%node, %refusal, "a Swarm manager does not answer"),
            Err(_) => tracing::debug!(%node, "a Swarm manager takes too long"),
        }
    }
    None
}

async fn read(cluster: &Cluster, node: &NodeId) -> Result<Swarm, Refusal> {
    let (services, nodes) = tokio::try_join!(
        get::<json::Service>(cluster, node, "/services?status=true"),
        get::<json::Node>(cluster, node, "/nodes"),
    )?;
    Ok(Swarm {
        fresh: true,
        services: services
            .into_iter()
            .map(|service| service.view())
            .map(|service| (service.id.clone(), service))
            .collect(),
        nodes: nodes.into_iter().map(|node| (node.id.clone(), node.view())).collect(),
    })
}

/// The tasks of one service, read now.
pub(in super::super) async fn tasks(cluster: &Cluster, name: &str) -> Result<List<api::Task>, Refusal> {
    let (swarm, id, service, managers) = {
        let picture = cluster.read();
        let (swarm, service) = lists::find_service(&picture, name)?;
        let managers = picture.swarm_managers().remove(swarm).unwrap_or_default();
        (swarm.to_owned(), service.id.clone(), service.name.clone(), managers)
    };
    let filters = serde_json::json!({ "service": [id] }).to_string();
    let path = format!("/tasks?filters={}", escaped(&filters));
    let mut last = Refusal::Unavailable {
        what: "the Swarm".into(),
        why: "none of its managers is connected".into(),
    };
    for node in managers {
        match timeout(ANSWER, get::<json::Task>(cluster, &node, &path)).await {
            Ok(Ok(tasks)) => {
                let picture = cluster.read();
                let nodes = picture.swarms.get(&swarm).map(|swarm| &swarm.nodes);
                let hostname = |id: &str| nodes.and_then(|nodes| nodes.get(id)).map(|node| node.hostname.clone());
                let mut items: Vec<_> = tasks.into_iter().map(|task| task.view(&service, hostname)).collect();
                // Newest first within a slot, as `docker service ps` lists them.
                items.sort_by(|a, b| {
                    (a.slot, &a.node)
                        .cmp(&(b.slot, &b.node))
                        .then_with(|| b.updated.cmp(&a.updated))
                });
                return Ok(lists::whole(items, Vec::new()));
            }
            Ok(Err(refusal)) => last = refusal,
            Err(_) => {
                last = Refusal::Unavailable {
                    what: format!("node {node}"),
                    why: "its Swarm manager did not answer in time".into(),
                }
            }
        }
    }
    Err(last)
}

async fn get<T: DeserializeOwned>(cluster: &Cluster, node: &NodeId, path: &str) -> Result<Vec<T>, Refusal> {
    let bytes = cluster.inner.agents.docker_json(node, path).await?;
    serde_json::from_slice(&bytes).map_err(|err| Refusal::Docker {
        status: 502,
        message: format!("its answer can't be understood: {err}"),
    })
}

/// Percent-encodes everything but the plainest characters.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
