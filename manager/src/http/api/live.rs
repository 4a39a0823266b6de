//! Streams of what happens now: changes of the picture, and live figures.

use super::at;
use super::pump::{Pump, events};
use crate::access::Caller;
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::{Answer, ApiError};
use crate::http::table::Name;
use crane_shared::api::{LiveContainer, LiveFrame, Load};
use crane_shared::ids::{ContainerKey, NodeId};
use crane_shared::model::{HostLoad, LiveSample};
use crane_shared::protocol::{StatsFrame, StatsQuery};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use warp::Filter as _;
use warp::filters::BoxedFilter;
use warp::sse::Event;

/// Nodes that one reader may watch; each is a stream of an agent.
const MOST_NODES: usize = 64;
/// One frame a second.
const PERIOD_MS: u32 = 1000;
/// After a broken stream of a node that is still here.
const AGAIN: Duration = Duration::from_secs(2);

type Events = Pump<Result<Event, Infallible>>;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let feed = at(rooms, Name::Feed).then(feed);
    let stats = at(rooms, Name::Stats).then(stats);
    feed.or(stats).unify().boxed()
}

async fn feed(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>) -> Answer {
    call.query().end()?;
    let since = call
        .headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse::<u64>().ok());
    let mut changes = rooms.cluster.feed(since);
    events(&rooms, caller, "feed", |pump| async move {
        while let Some(change) = changes.next().await {
            if !pump.event(Some(change.version), &change.change).await {
                return;
            }
        }
    })
}

async fn stats(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>) -> Answer {
    let mut query = call.query();
    let (nodes, containers) = (query.all("node"), query.all("container"));
    query.end()?;
    let watched = watched(&rooms, &nodes, &containers)?;
    let house = Arc::clone(&rooms);
    events(&rooms, caller, "stats", |pump| async move {
        let pump = &pump;
        let house = &house;
        join_all(watched.into_iter().map(|(node, keys)| watch(house, node, keys, pump))).await;
    })
}

/// What to watch: per node its containers, or all of them (empty).
fn watched(
    rooms: &Rooms,
    nodes: &[String],
    containers: &[String],
) -> Result<BTreeMap<NodeId, Vec<ContainerKey>>, ApiError> {
    let mut watched = BTreeMap::new();
    for name in containers {
        let (node, id, _) = rooms.cluster.container(name)?;
        watched
            .entry(node)
            .or_insert_with(Vec::new)
            .push(ContainerKey::from(&id));
    }
    for name in nodes {
        watched.insert(rooms.cluster.node(name)?.id, Vec::new());
    }
    if nodes.is_empty() && containers.is_empty() {
        let here = rooms.agents.sessions().into_iter().take(MOST_NODES);
        watched.extend(here.map(|session| (session.node, Vec::new())));
    }
    if watched.len() > MOST_NODES {
        return Err(ApiError::invalid(
            "node",
            format!("at most {MOST_NODES} nodes at a time"),
        ));
    }
    Ok(watched)
}

/// Passes on one node's figures, also when it goes away and comes back, until nobody reads.
async fn watch(rooms: &Rooms, node: NodeId, keys: Vec<ContainerKey>, pump: &Events) {
    let mut arrivals = rooms.agents.arrivals();
    while rooms.cluster.knows(&node) {
        arrivals.mark_unchanged();
        let query = StatsQuery {
            containers: keys.clone(),
            period_ms: PERIOD_MS,
        };
        if let Ok(mut frames) = rooms.agents.stats(&node, query).await {
            while let Ok(Some(frame)) = frames.recv().await {
                if !pump.event(None, &render(rooms, &node, &frame)).await {
                    return;
                }
            }
        }
        if rooms.agents.connected(&node) {
            tokio::time::sleep(AGAIN).await;
        } else if arrivals.changed().await.is_err() {
            return;
        }
    }
}

fn render(rooms: &Rooms, node: &NodeId, frame: &StatsFrame) -> LiveFrame {
    let name = rooms
        .cluster
        .node(node.as_str())
        .map_or_else(|_| node.to_string(), |node| node.name);
    let containers = frame.containers.iter().filter_map(|sample| {
        // A container that the picture does not hold yet or any more comes with the next frame, or not at all.
        let (id, name) = rooms.cluster.container_of(node, sample.key)?;
        Some(container(id.to_string(), name, sample))
    });
    LiveFrame {
        at: frame.at.to_rfc3339(),
        node_id: node.to_string(),
        node: name,
        load: load(&frame.host),
        containers: containers.collect(),
    }
}

fn load(host: &HostLoad) -> Load {
    Load {
        cpu: f64::from(host.cpu) / 100.0,
        load1: f64::from(host.load1) / 100.0,
        memory_used: host.memory_used,
        memory_total: host.memory_total,
        disk_used: host.disk_used,
        disk_total: host.disk_total,
        rx: host.rx,
        tx: host.tx,
        uptime: host.uptime,
    }
}

fn container(id: String, name: String, sample: &LiveSample) -> LiveContainer {
    let (usage, totals) = (&sample.usage, &sample.totals);
    LiveContainer {
        id,
        name,
        cpu: f64::from(usage.cpu) / 100.0,
        memory: usage.memory,
        memory_limit: sample.memory_limit,
        rx: usage.rx,
        tx: usage.tx,
        read: usage.read,
        write: usage.write,
        pids: usage.pids,
        rx_total: totals.rx,
        tx_total: totals.tx,
        read_total: totals.read,
        write_total: totals.write,
    }
}
