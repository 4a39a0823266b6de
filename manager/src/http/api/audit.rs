use super::{at, json, whole};
use crate::access::Caller;
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::Answer;
use crate::http::table::Name;
use std::sync::Arc;
use warp::Filter as _;
use warp::filters::BoxedFilter;

/// Entries on a page when nobody says how many.
const PAGE: usize = 100;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    at(rooms, Name::AuditRecord).then(list).boxed()
}

async fn list(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    let mut query = call.query();
    let before = query.number("after", 1..=u64::MAX)?;
    let limit = query.number("limit", 1..=1000)?.unwrap_or(PAGE);
    query.end()?;
    let items = rooms.audit.page(before, limit)?;
    let next = items.last().filter(|last| items.len() == limit && last.seq > 1);
    let next = next.map(|last| last.seq.to_string());
    let mut list = whole(items);
    list.next = next;
    list.total = rooms.audit.count().await;
    json(&list)
}
