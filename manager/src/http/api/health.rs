use super::{at, open, text};
use crate::access::Caller;
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::{Answer, ApiError};
use crate::http::static_web;
use crate::http::table::Name;
use http::StatusCode;
use std::sync::Arc;
use warp::Filter as _;
use warp::filters::BoxedFilter;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let alive = open(rooms, Name::Healthz).then(alive);
    let ready = open(rooms, Name::Readyz).then(ready);
    let metrics = at(rooms, Name::Metrics).then(metrics);
    let path = warp::path::full();
    let web = open(rooms, Name::Web).and(path).then(web);
    alive.or(ready).unify().or(metrics).unify().or(web).unify().boxed()
}

async fn alive(_rooms: Arc<Rooms>, _call: Arc<Call>) -> Answer {
    text("text/plain; charset=utf-8", "alive\n")
}

async fn ready(rooms: Arc<Rooms>, _call: Arc<Call>) -> Answer {
    match rooms.access.needs_setup() {
        Ok(_) if !rooms.tasks.stopping().is_cancelled() => text("text/plain; charset=utf-8", "ready\n"),
        _ => Err(ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not_ready",
            "the manager can't serve at this moment",
        )),
    }
}

async fn web(_rooms: Arc<Rooms>, call: Arc<Call>, path: warp::path::FullPath) -> Answer {
    static_web::serve(path.as_str(), &call.headers)
}

async fn metrics(rooms: Arc<Rooms>, _caller: Caller, _call: Arc<Call>) -> Answer {
    let now = rooms.cluster.overview();
    let store = rooms.store.clone();
    let bytes = tokio::task::spawn_blocking(move || store.size_on_disk()).await;
    let bytes = bytes.map_err(|error| ApiError::broken(&error))?;
    let mut out = String::new();
    let mut gauge = |name: &str, help: &str, value: u64| {
        out += &format!("# HELP crane_{name} {help}\n# TYPE crane_{name} gauge\ncrane_{name} {value}\n");
    };
    gauge("nodes", "Nodes of the cluster.", now.nodes_total);
    gauge(
        "nodes_connected",
        "Nodes whose agent is connected.",
        now.nodes_connected,
    );
    gauge("containers", "Containers that are known.", now.containers_total);
    gauge("containers_running", "Containers that run.", now.containers_running);
    gauge(
        "containers_unhealthy",
        "Containers whose health check fails.",
        now.containers_unhealthy,
    );
    gauge("services", "Services of the Swarms.", now.services_total);
    gauge(
        "services_short",
        "Services with fewer running tasks than wanted.",
        now.services_short,
    );
    gauge(
        "memory_used_bytes",
        "Memory in use over all connected nodes.",
        now.memory_used,
    );
    gauge("memory_bytes", "Memory of all connected nodes.", now.memory_total);
    gauge(
        "disk_used_bytes",
        "Disk in use over all connected nodes.",
        now.disk_used,
    );
    gauge("disk_bytes", "Disk of all connected nodes.", now.disk_total);
    gauge(
        "terminals_open",
        "Shells that are open.",
        u64::from(rooms.terminals.count()),
    );
    gauge("store_bytes", "Bytes of the manager's database on disk.", bytes);
    gauge(
        "audit_entries",
        "Entries in the audit record.",
        rooms.audit.count().await,
    );
    gauge(
        "start_time_seconds",
        "When the manager started, since 1970.",
        u64::try_from(rooms.about.started.0 / 1000).unwrap_or(0),
    );
    out += "# HELP crane_lost_total What agents sent and could not be kept.\n# TYPE crane_lost_total counter\n";
    for (kind, count) in rooms.metrics.losses().counts() {
        out += &format!("crane_lost_total{{kind=\"{kind}\"}} {count}\n");
    }
    text("text/plain; version=0.0.4; charset=utf-8", out)
}
