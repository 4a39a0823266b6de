use super::{at, done, json, made, whole};
use crate::access::Caller;
use crate::audit::Outcome;
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::Answer;
use crate::http::table::Name;
use crane_shared::api::{JoinTokenWish, NewJoinToken};
use crane_shared::ids::TokenId;
use std::sync::Arc;
use warp::Filter as _;
use warp::filters::BoxedFilter;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let list = at(rooms, Name::JoinTokens).then(list);
    let make = at(rooms, Name::MakeJoinToken).then(make);
    let revoke = at(rooms, Name::RevokeJoinToken).then(revoke);
    list.or(make).unify().or(revoke).unify().boxed()
}

async fn list(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.one_page()?;
    json(&whole(rooms.registry.join_tokens()?))
}

async fn make(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>) -> Answer {
    let wish: JoinTokenWish = call.body()?;
    let (token, secret) = rooms.registry.make_join_token(&wish).await?;
    let detail = match &token.hostname {
        Some(hostname) => format!("for {hostname} until {}", token.expires),
        None => format!("until {}", token.expires),
    };
    let target = format!("join token {}", token.id);
    rooms
        .note(&caller, "join-token.make", target, Outcome::Done, detail)
        .await?;
    let command = rooms.about.join_command(secret.expose());
    made(&NewJoinToken {
        token,
        secret: secret.expose().clone(),
        command,
    })
}

async fn revoke(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>) -> Answer {
    let id: TokenId = call.id_as("join token")?;
    rooms.registry.revoke_join_token(&id).await?;
    let target = format!("join token {id}");
    rooms
        .note(&caller, "join-token.revoke", target, Outcome::Done, String::new())
        .await?;
    done()
}
