//! The guard: every request passes here, once, in this order: is there such a route; who is it; does it come from
//! our own pages; may they; what do they bring.
//!
//! Nothing else makes a [`Call`], and a call to a route that is not open has a caller.

use super::call::{Call, Seat};
use super::error::ApiError;
use super::origin::{Asked, Foreign, check};
use super::table::{BODY_LIMIT, Found, Route, Shape, Who, find};
use crate::access::{Access, AccessError, Caller, Credential};
use bytes::Bytes;
use crane_shared::secret::Secret;
use http::{HeaderMap, StatusCode, header, request};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The cookie of a sign-in session. The prefix makes browsers refuse it without `Secure` and `Path=/`.
pub(super) const COOKIE: &str = "__Host-crane";
/// How long a body may take. With 10 s for the headers before it, nobody holds a connection for more than
/// half a minute by being slow.
const BODY_TIME: Duration = Duration::from_secs(10);

/// What the guard needs to know.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) access: Access,
    /// `host:port` under which this manager is known.
    pub(super) addresses: Vec<String>,
}

impl Guard {
    /// Lets a request in, or says why not.
    pub(super) async fn admit(
        &self,
        parts: &request::Parts,
        body: Incoming,
        from: IpAddr,
        seat: Arc<Seat>,
    ) -> Result<Call, ApiError> {
        let (route, holes) = lookup(parts)?;
        let socket = is_upgrade(&parts.headers);
        let shown = credential(&parts.headers);
        let by_cookie = matches!(shown, Ok(Some(Credential::Cookie(_))));
        let caller = match route.who {
            Who::Open => None,
            Who::Anyone | Who::May(_) => Some(self.authenticate(shown?, from).await?),
        };
        if socket || !matches!(parts.method.as_str(), "GET" | "HEAD") {
            let asked = Asked {
                headers: &parts.headers,
                by_cookie,
                socket,
            };
            check(asked, &self.addresses).map_err(foreign)?;
        }
        if let (Who::May(action), Some(caller)) = (route.who, &caller)
            && !caller.may(action)
        {
            return Err(forbidden(caller));
        }
        let socket = socket && matches!(route.shape, Shape::Socket | Shape::StreamOrSocket);
        if socket {
            check_upgrade(parts)?;
        }
        let body = match route.shape {
            Shape::Body => read(&parts.headers, body).await?,
            _ => Bytes::new(),
        };
        let (query, headers) = (parts.uri.query(), parts.headers.clone());
        Ok(Call::new(
            route,
            holes,
            query,
            headers,
            body,
            caller,
            socket,
            (from, seat),
        ))
    }

    async fn authenticate(&self, shown: Option<Credential>, from: IpAddr) -> Result<Caller, ApiError> {
        let shown = shown.ok_or(AccessError::NotSignedIn)?;
        Ok(self.access.authenticate(&shown, from).await?)
    }
}

fn lookup(parts: &request::Parts) -> Result<(&'static Route, Vec<String>), ApiError> {
    match find(parts.method.as_str(), parts.uri.path()) {
        Found::Route(route, holes) => Ok((route, holes)),
        Found::OtherMethod(methods) => {
            let text = format!("{} is not offered here", parts.method);
            Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", text).allow(&methods))
        }
        Found::Nothing => Err(
            ApiError::new(StatusCode::NOT_FOUND, "no_such_route", "there is nothing here")
                .hint("/api/v1/openapi.json lists what there is."),
        ),
    }
}

/// What the request shows. The header is meant, the cookie comes by itself: the header goes first. Nothing in
/// the URL ever counts, because URLs end up in logs.
fn credential(headers: &HeaderMap) -> Result<Option<Credential>, ApiError> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let value = value.to_str().unwrap_or_default();
        let (scheme, token) = value.split_once(' ').unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(ApiError::not_signed_in());
        }
        return Ok(Some(Credential::Bearer(Secret::new(token.trim().to_owned()))));
    }
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let ours = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE);
    Ok(ours.map(|(_, value)| Credential::Cookie(Secret::new(value.to_owned()))))
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// What `warp::ws` would refuse without saying why.
fn check_upgrade(parts: &request::Parts) -> Result<(), ApiError> {
    let all = |name| {
        parts
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
    };
    let mut words = all(header::CONNECTION).flat_map(|line| line.split(','));
    let good = words.any(|word| word.trim().eq_ignore_ascii_case("upgrade"))
        && all(header::SEC_WEBSOCKET_VERSION).eq(["13"])
        && all(header::SEC_WEBSOCKET_KEY).any(|key| !key.is_empty());
    if good { Ok(()) } else { Err(wants_socket()) }
}

/// For a route that is only a socket.
pub(super) fn wants_socket() -> ApiError {
    ApiError::new(
        StatusCode::UPGRADE_REQUIRED,
        "websocket_only",
        "this is only offered as a WebSocket (version 13)",
    )
}

fn forbidden(caller: &Caller) -> ApiError {
    let role = match caller.role() {
        crane_shared::api::Authorization::Viewer => "viewer",
        crane_shared::api::Authorization::Operator => "operator",
        crane_shared::api::Authorization::Admin => "administrator",
    };
    let error = ApiError::new(
        StatusCode::FORBIDDEN,
        "forbidden",
        format!("the rights of {} ({role}) do not cover this", caller.actor),
    );
    if matches!(caller.via, crate::access::Via::Token(_)) {
        error.hint("API tokens can't make tokens; sign in for that, or use a token with more rights.")
    } else {
        error.hint("An administrator may do it.")
    }
}

fn foreign(why: Foreign) -> ApiError {
    match why {
        Foreign::Page(origin) => ApiError::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            format!("the request comes from {origin}, which is not an address of this manager"),
        )
        .hint("If that is how you reach it (a proxy, another name), start the manager with `--advertise HOST:PORT` for it."),
        Foreign::Silent => ApiError::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "the request shows a cookie and does not say where it comes from",
        )
        .hint("Programs use an API token, or send the header `X-Crane: 1`."),
    }
}

/// The whole body, if it is JSON, says its length, is small, and comes in time.
async fn read(headers: &HeaderMap, body: Incoming) -> Result<Bytes, ApiError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media = text(header::CONTENT_TYPE).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        let what = "the body must be `Content-Type: application/json`";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", what));
    }
    let too_large = || {
        let what = format!("the body is larger than {} KiB", BODY_LIMIT / 1024);
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", what)
    };
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let length = length.ok_or_else(|| {
        let what = "the request must say how long its body is (`Content-Length`)";
        ApiError::new(StatusCode::LENGTH_REQUIRED, "length_required", what)
    })?;
    if length > BODY_LIMIT {
        return Err(too_large());
    }
    let limit = usize::try_from(BODY_LIMIT).unwrap_or(0);
    match tokio::time::timeout(BODY_TIME, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid",
            "the body ended before its length",
        )),
        Err(_) => Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "the body did not come within 10 s",
        )),
    }
}
