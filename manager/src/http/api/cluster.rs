use super::{at, json, text};
use crate::access::Caller;
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::{Answer, ApiError};
use crate::http::openapi;
use crate::http::table::Name;
use crane_shared::api::SystemInfo;
use std::sync::Arc;
use warp::Filter as _;
use warp::filters::BoxedFilter;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let overview = at(rooms, Name::Overview).then(overview);
    let system = at(rooms, Name::System).then(system);
    let document = at(rooms, Name::OpenApi).then(document);
    overview.or(system).unify().or(document).unify().boxed()
}

async fn overview(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.query().end()?;
    json(&rooms.cluster.overview())
}

async fn system(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.query().end()?;
    let store = rooms.store.clone();
    // It reads a directory.
    let bytes = tokio::task::spawn_blocking(move || store.size_on_disk()).await;
    json(&SystemInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: rooms.about.started.to_rfc3339(),
        swarm_cluster_id: rooms.cluster.overview().swarm_cluster_id,
        pin: rooms.about.pin.to_string(),
        addresses: rooms.about.addresses.clone(),
        store_bytes: bytes.map_err(|error| ApiError::broken(&error))?,
    })
}

async fn document(_rooms: Arc<Rooms>, _caller: Caller, _call: Arc<Call>) -> Answer {
    text(
        "application/json",
        openapi::text().map_err(|error| ApiError::broken(&error))?,
    )
}
