use super::{at, done, json, made, whole};
use crate::access::Caller;
use crate::audit::Outcome;
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::Answer;
use crate::http::table::Name;
use crane_shared::api::ApiTokenWish;
use crane_shared::ids::TokenId;
use std::sync::Arc;
use warp::Filter as _;
use warp::filters::BoxedFilter;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let list = at(rooms, Name::Tokens).then(list);
    let make = at(rooms, Name::MakeToken).then(make);
    let revoke = at(rooms, Name::RevokeToken).then(revoke);
    list.or(make).unify().or(revoke).unify().boxed()
}

async fn list(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>) -> Answer {
    call.one_page()?;
    let tokens = rooms.access.tokens(&caller)?;
    json(&whole(tokens.into_iter().map(|(_, token)| token).collect()))
}

async fn make(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>) -> Answer {
    let wish: ApiTokenWish = call.body()?;
    let token = rooms.access.make_token(&caller, &wish).await?;
    let target = format!("token {} ({})", token.token.name, token.token.id);
    let detail = format!("{:?} until {}", token.token.role, token.token.expires);
    rooms.note(&caller, "token.make", target, Outcome::Done, detail).await?;
    made(&token)
}

async fn revoke(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>) -> Answer {
    let id: TokenId = call.id_as("token")?;
    let name = rooms.access.revoke_token(&caller, &id).await?;
    let target = format!("token {name} ({id})");
    rooms
        .note(&caller, "token.revoke", target, Outcome::Done, String::new())
        .await?;
    done()
}
