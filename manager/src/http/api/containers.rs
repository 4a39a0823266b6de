use super::{at, json, series, text, whole};
use crate::access::Caller;
use crate::cluster::ContainerFilter;
use crate::docker::models::{ChangeType, FilesystemChange};
use crate::docker::refusal;
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::{Answer, ApiError};
use crate::http::table::Name;
use crate::metrics::Subject;
use crane_shared::api::ContainerChange;
use crane_shared::ids::ContainerKey;
use std::sync::Arc;
use warp::Filter as _;
use warp::filters::BoxedFilter;

/// Containers on a page when nobody says how many.
const PAGE: usize = 200;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let list = at(rooms, Name::Containers).then(list);
    let show = at(rooms, Name::Container).then(show);
    let inspect = at(rooms, Name::ContainerInspect).then(inspect);
    let changes = at(rooms, Name::ContainerChanges).then(changes);
    let history = at(rooms, Name::ContainerSeries).then(history);
    let own = list.or(show).unify().or(history).unify().boxed();
    own.or(inspect).unify().or(changes).unify().boxed()
}

async fn list(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    let mut query = call.query();
    let filter = ContainerFilter {
        node: query.text("node"),
        service: query.text("service"),
        stack: query.text("stack"),
        state: query.text("state"),
        q: query.text("q"),
        limit: Some(query.number("limit", 1..=1000)?.unwrap_or(PAGE)),
        after: query.text("after"),
    };
    query.end()?;
    json(&rooms.cluster.containers(&filter)?)
}

async fn show(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.query().end()?;
    let (_, _, container) = rooms.cluster.container(call.id())?;
    json(&container)
}

async fn inspect(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.query().end()?;
    let (node, id, _) = rooms.cluster.container(call.id())?;
    let raw = rooms
        .agents
        .docker_json(&node, &format!("/containers/{id}/json"))
        .await?;
    let raw = String::from_utf8(raw.to_vec()).map_err(|error| ApiError::broken(&error))?;
    text("application/json", raw)
}

async fn changes(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.one_page()?;
    let (node, id, _) = rooms.cluster.container(call.id())?;
    let docker = rooms.agents.docker(&node)?;
    let all = docker
        .container_changes(id.as_str())
        .await
        .map_err(refusal)?
        .unwrap_or_default();
    let show = |change: FilesystemChange| ContainerChange {
        path: change.path,
        kind: match change.kind {
            ChangeType::_0 => "modified",
            ChangeType::_1 => "added",
            ChangeType::_2 => "deleted",
        }
        .to_owned(),
    };
    json(&whole(all.into_iter().map(show).collect()))
}

async fn history(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    let (node, id, _) = rooms.cluster.container(call.id())?;
    series(&rooms, &call, Subject::Container(node, ContainerKey::from(&id))).await
}
