use super::Rooms;
use super::call::{Call, Seat};
use super::error::ApiError;
use super::guard::Guard;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use warp::Filter as _;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};

/// How long an answer may take to begin; the slowest honest one asks a far host something.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// What every connection hands its requests to: first the guard, then the handlers.
#[derive(Clone)]
pub struct Front {
    guard: Arc<Guard>,
    routes: BoxedFilter<(Response,)>,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Front")
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

impl Front {
    /// Puts the guard before the routes of `rooms`.
    #[must_use]
    pub fn new(rooms: &Arc<Rooms>) -> Self {
        let guard = Guard {
            access: rooms.access.clone(),
            addresses: rooms.about.addresses.clone(),
        };
        let routes = super::api::routes(rooms).recover(rejected).unify().boxed();
        Self {
            guard: Arc::new(guard),
            routes,
        }
    }

    /// Answers one request.
    pub(super) async fn answer(&self, request: Request<Incoming>, from: IpAddr, seat: Arc<Seat>) -> Response {
        let (parts, body) = request.into_parts();
        let work = async {
            match self.guard.admit(&parts, body, from, seat).await {
                Ok(call) => self.hand_over(parts, call).await,
                Err(error) => error.into_response(),
            }
        };
        let mut response = match tokio::time::timeout(ANSWER_TIME, work).await {
            Ok(response) => response,
            Err(_) => ApiError::new(
                StatusCode::GATEWAY_TIMEOUT,
                "too_slow",
                "the answer took more than 30 s",
            )
            .into_response(),
        };
        put_headers(response.headers_mut());
        response
    }

    async fn hand_over(&self, mut parts: http::request::Parts, call: Call) -> Response {
        parts.extensions.insert(Arc::new(call));
        let request = Request::from_parts(parts, http_body_util::Empty::<bytes::Bytes>::new());
        let routes = TowerToHyperService::new(warp::service(self.routes.clone()));
        match routes.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// The guard found a route and no handler took it; a test walks the table so that this never happens.
async fn rejected(rejection: warp::Rejection) -> Result<Response, std::convert::Infallible> {
    let error = ApiError::broken(&format!("{rejection:?}"));
    Ok(error.into_response())
}

/// What goes with every answer. Pages bring a policy of their own.
fn put_headers(headers: &mut HeaderMap) {
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}
