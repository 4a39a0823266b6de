//! One file per resource: from the request to the room, and back as JSON.

mod access;
mod audit;
mod cluster;
mod containers;
mod health;
mod install;
mod join_tokens;
mod live;
mod nodes;
mod pump;
mod services;
mod session;

use super::Rooms;
use super::call::Call;
use super::error::{Answer, ApiError};
use super::table::Name;
use crate::access::Caller;
use crate::metrics::Subject;
use crane_shared::api::List;
use crane_shared::time::Timestamp;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::sync::Arc;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};
use warp::{Filter, Rejection};

pub(super) use pump::jsonl;

/// Every handler.
pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Response,)> {
    let groups = [
        access::routes(rooms),
        session::routes(rooms),
        join_tokens::routes(rooms),
        cluster::routes(rooms),
        nodes::routes(rooms),
        containers::routes(rooms),
        services::routes(rooms),
        live::routes(rooms),
        audit::routes(rooms),
        health::routes(rooms),
        install::routes(rooms),
        super::ws::routes(rooms),
    ];
    let nobody = warp::any()
        .and_then(|| async { Err::<Answer, Rejection>(warp::reject::not_found()) })
        .boxed();
    groups
        .into_iter()
        .fold(nobody, |all, group| all.or(group).unify().boxed())
        .map(Reply::into_response)
        .boxed()
}

/// A guarded route of the table, for a request that is no WebSocket.
pub(super) fn at(
    rooms: &Arc<Rooms>,
    name: Name,
) -> impl Filter<Extract = (Arc<Rooms>, Caller, Arc<Call>), Error = Rejection> + Clone + use<> {
    guarded(rooms, name, false)
}

/// A guarded route of the table, for a request that wants to be a WebSocket.
pub(super) fn socket_at(
    rooms: &Arc<Rooms>,
    name: Name,
) -> impl Filter<Extract = (Arc<Rooms>, Caller, Arc<Call>), Error = Rejection> + Clone + use<> {
    guarded(rooms, name, true)
}

/// An open route of the table.
pub(super) fn open(
    rooms: &Arc<Rooms>,
    name: Name,
) -> impl Filter<Extract = (Arc<Rooms>, Arc<Call>), Error = Rejection> + Clone + use<> {
    let rooms = Arc::clone(rooms);
    let pick = warp::ext::get::<Arc<Call>>().and_then(move |call: Arc<Call>| {
        let rooms = Arc::clone(&rooms);
        async move {
            if call.route.name == name {
                Ok((rooms, call))
            } else {
                Err(warp::reject::not_found())
            }
        }
    });
    pick.untuple_one()
}

fn guarded(
    rooms: &Arc<Rooms>,
    name: Name,
    socket: bool,
) -> impl Filter<Extract = (Arc<Rooms>, Caller, Arc<Call>), Error = Rejection> + Clone + use<> {
    let rooms = Arc::clone(rooms);
    let pick = warp::ext::get::<Arc<Call>>().and_then(move |call: Arc<Call>| {
        let rooms = Arc::clone(&rooms);
        async move {
            match &call.caller {
                // Without a caller no handler: the guard gave none only if the route is open.
                Some(caller) if call.route.name == name && call.socket == socket => {
                    Ok((rooms, caller.clone(), Arc::clone(&call)))
                }
                _ => Err(warp::reject::not_found()),
            }
        }
    });
    pick.untuple_one()
}

/// 200 with JSON.
pub(super) fn json(value: &impl Serialize) -> Answer {
    with_status(StatusCode::OK, value)
}

/// 201 with JSON.
pub(super) fn made(value: &impl Serialize) -> Answer {
    with_status(StatusCode::CREATED, value)
}

/// 204.
pub(super) fn done() -> Answer {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// 200 with some other text.
pub(super) fn text(media: &'static str, body: impl Into<String>) -> Answer {
    let mut response = Response::new(body.into().into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    Ok(response)
}

/// A list that came from one place and is whole.
pub(super) fn whole<T>(items: Vec<T>) -> List<T> {
    List {
        total: items.len() as u64,
        items,
        complete: true,
        missing: Vec::new(),
        next: None,
    }
}

/// History of `subject`, as `minutes` and `points` ask.
pub(super) async fn series(rooms: &Arc<Rooms>, call: &Call, subject: Subject) -> Answer {
    let mut query = call.query();
    let minutes = query.number("minutes", 1..=527_040_u32)?.unwrap_or(60);
    let points = query.number("points", 1..=2000_usize)?.unwrap_or(300);
    query.end()?;
    let now = rooms.clock.now();
    let from = Timestamp(now.0 - i64::from(minutes) * 60_000);
    let metrics = rooms.metrics.clone();
    // It reads and unpacks blocks for some milliseconds.
    let work = tokio::task::spawn_blocking(move || metrics.series(&subject, from, now, points));
    json(&work.await.map_err(|error| ApiError::broken(&error))??)
}

fn with_status(status: StatusCode, value: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(value).map_err(|error| ApiError::broken(&error))?;
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
