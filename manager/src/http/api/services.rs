use super::{at, json};
use crate::access::Caller;
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::Answer;
use crate::http::table::Name;
use std::sync::Arc;
use warp::Filter as _;
use warp::filters::BoxedFilter;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let list = at(rooms, Name::Services).then(list);
    let tasks = at(rooms, Name::ServiceTasks).then(tasks);
    list.or(tasks).unify().boxed()
}

async fn list(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.one_page()?;
    json(&rooms.cluster.services())
}

async fn tasks(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.one_page()?;
    json(&rooms.cluster.tasks(call.id()).await?)
}
