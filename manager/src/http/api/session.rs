use super::{at, done, json, made, open};
use crate::access::{ABSOLUTE, AccessError, Caller, NewSignIn};
use crate::audit::{Entry, Outcome};
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::{Answer, ApiError};
use crate::http::guard::COOKIE;
use crate::http::table::Name;
use crane_shared::api::{Login, Setup, SetupState};
use http::{HeaderValue, header};
use std::sync::Arc;
use warp::Filter as _;
use warp::filters::BoxedFilter;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let state = open(rooms, Name::SetupState).then(state);
    let setup = open(rooms, Name::Setup).then(setup);
    let login = open(rooms, Name::Login).then(login);
    let logout = at(rooms, Name::Logout).then(logout);
    let show = at(rooms, Name::Session).then(show);
    let open = state.or(setup).unify().or(login).unify();
    open.or(logout).unify().or(show).unify().boxed()
}

async fn state(rooms: Arc<Rooms>, _call: Arc<Call>) -> Answer {
    json(&SetupState {
        needed: rooms.access.needs_setup()?,
    })
}

async fn setup(rooms: Arc<Rooms>, call: Arc<Call>) -> Answer {
    let wish: Setup = call.body()?;
    let outcome = rooms.access.set_up(&wish, call.from).await;
    note(&rooms, &call, "setup", &wish.email, &outcome).await?;
    let sign_in = outcome?;
    with_cookie(made(&sign_in.session)?, &sign_in)
}

async fn login(rooms: Arc<Rooms>, call: Arc<Call>) -> Answer {
    let wish: Login = call.body()?;
    let outcome = rooms.access.sign_in_with(&wish, call.from).await;
    note(&rooms, &call, "session.open", &wish.email, &outcome).await?;
    let sign_in = outcome?;
    with_cookie(json(&sign_in.session)?, &sign_in)
}

async fn logout(rooms: Arc<Rooms>, caller: Caller, _call: Arc<Call>) -> Answer {
    rooms.access.sign_out(&caller).await?;
    let target = format!("user {}", caller.user.email);
    rooms
        .note(&caller, "session.close", target, Outcome::Done, String::new())
        .await?;
    let mut response = done()?;
    set_cookie(&mut response, "", 0)?;
    Ok(response)
}

async fn show(rooms: Arc<Rooms>, caller: Caller, _call: Arc<Call>) -> Answer {
    json(&rooms.access.session(&caller)?)
}

/// Tries that reached the password are written down. Those that a limit turned away are not: whoever tries a
/// thousand times a second must not fill the record with it.
async fn note(
    rooms: &Rooms,
    call: &Call,
    action: &'static str,
    email: &str,
    outcome: &Result<NewSignIn, AccessError>,
) -> Result<(), ApiError> {
    let (actor, outcome, detail) = match outcome {
        Ok(sign_in) => (sign_in.session.user.email.clone(), Outcome::Done, String::new()),
        Err(error @ (AccessError::WrongLogin | AccessError::WrongCode)) => {
            ("nobody".to_owned(), Outcome::Refused, error.to_string())
        }
        Err(_) => return Ok(()),
    };
    let target = format!("user {}", email.trim());
    let entry = Entry {
        actor,
        from: call.from.to_string(),
        action,
        target,
        outcome,
        detail,
    };
    rooms.audit.record(entry).await?;
    Ok(())
}

fn with_cookie(mut response: warp::reply::Response, sign_in: &NewSignIn) -> Answer {
    set_cookie(&mut response, sign_in.secret.expose(), ABSOLUTE.as_secs())?;
    Ok(response)
}

/// Scripts can't read it, other origins can't make a browser send it, and it never leaves TLS.
fn set_cookie(response: &mut warp::reply::Response, value: &str, seconds: u64) -> Result<(), ApiError> {
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
    let mut cookie = HeaderValue::try_from(cookie).map_err(|error| ApiError::broken(&error))?;
    cookie.set_sensitive(true);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(())
}
