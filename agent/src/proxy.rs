//! The Docker conversation: one HTTP request from the manager, checked, handed to the engine, and its answer back.
//!
//! The agent serves HTTP itself instead of copying bytes, so that a request is understood here exactly as it is
//! forwarded. What the table of [`right_for`] does not name is refused, and so is what the owner switched off; hop-by-hop
//! headers, upgrades and whatever else is not on a short list never reach the engine.
//!
//! Bodies are streamed both ways and never kept.

mod pipe;

use crate::docker::{Answer, Engine};
use bytes::Bytes;
use crane_shared::model::Policy;
use crane_shared::protocol::{Refusal, Right, right_for};
use http::{HeaderMap, HeaderName, Request, Response, StatusCode, header};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use pipe::Pipe;
use std::convert::Infallible;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// The request's head must be here by then.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// `docker stop` waits for a container's own grace period, so heads of answers may be slow.
const ANSWER_DEADLINE: Duration = Duration::from_secs(300);
/// The whole conversation, bodies included.
const CALL_DEADLINE: Duration = Duration::from_secs(900);
/// A query longer than this, in bytes, is no filter that anyone wrote.
const LONGEST_QUERY: usize = 16 << 10;
/// The only headers that mean something to the engine.
const PASSED_ON: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::ACCEPT,
    HeaderName::from_static("x-registry-auth"),
    HeaderName::from_static("x-registry-config"),
];
/// Headers of answers that belong to one hop only.
const ONE_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

type Body = Either<Answer<Incoming>, Full<Bytes>>;

/// Serves one conversation over the two halves of a stream; `early` are bytes that came before.
pub async fn serve(engine: &Engine, policy: Policy, early: Bytes, recv: quinn::RecvStream, send: quinn::SendStream) {
    converse(engine, policy, Pipe::new(early, recv, send)).await;
}

/// Answers one request with a refusal and nothing else, e.g. because too many are under way.
pub async fn refuse(refusal: Refusal, early: Bytes, recv: quinn::RecvStream, send: quinn::SendStream) {
    let refused = service_fn(|_| {
        let refusal = &refusal;
        async move { Ok::<_, Infallible>(refused(refusal)) }
    });
    run(Pipe::new(early, recv, send), refused).await;
}

async fn converse(engine: &Engine, policy: Policy, stream: impl AsyncRead + AsyncWrite + Unpin + Send) {
    let answer = service_fn(|request| async move { Ok::<_, Infallible>(answer(engine, policy, request).await) });
    run(stream, answer).await;
}

async fn run<S>(stream: impl AsyncRead + AsyncWrite + Unpin + Send, service: S)
where
    S: hyper::service::Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>,
{
    let conversation = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        // One stream is one call.
        .keep_alive(false)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service);
    match tokio::time::timeout(CALL_DEADLINE, conversation).await {
        Ok(Ok(())) => {}
        Ok(Err(err)) => tracing::debug!(%err, "a Docker call was cut off"),
        Err(_) => tracing::warn!(after = ?CALL_DEADLINE, "a Docker call took too long"),
    }
}

async fn answer(engine: &Engine, policy: Policy, request: Request<Incoming>) -> Response<Body> {
    if let Err(refusal) = check(policy, &request) {
        return refused(&refusal);
    }
    let request = match forward(request) {
        Ok(request) => request,
        Err(err) => {
            return refused(&Refusal::Invalid {
                what: "the request".to_owned(),
                why: err.to_string(),
            });
        }
    };
    match engine.call(request, ANSWER_DEADLINE).await {
        Ok(mut answer) => {
            for name in ONE_HOP {
                answer.headers_mut().remove(name);
            }
            answer.map(Either::Left)
        }
        Err(err) => refused(&Refusal::from(err)),
    }
}

/// Whether this request may reach the engine.
fn check<B>(policy: Policy, request: &Request<B>) -> Result<(), Refusal> {
    let (method, uri) = (request.method().as_str(), request.uri());
    if uri.authority().is_some() || uri.query().is_some_and(|query| query.len() > LONGEST_QUERY) {
        return Err(Refusal::Invalid {
            what: "the request".to_owned(),
            why: "its target is no plain path".to_owned(),
        });
    }
    let call = || format!("{method} {}", uri.path());
    let Some(right) = right_for(method, uri.path()) else {
        return Err(Refusal::Unsupported { what: call() });
    };
    let allowed = policy.docker && (right != Right::Images || policy.images);
    if allowed {
        Ok(())
    } else {
        Err(Refusal::OwnerForbids { what: call() })
    }
}

/// The same request as the engine gets it: same method and target, few headers.
fn forward<B>(request: Request<B>) -> Result<Request<B>, http::Error> {
    let (head, body) = request.into_parts();
    let mut forwarded = Request::builder().method(head.method).uri(head.uri).body(body)?;
    let headers: &mut HeaderMap = forwarded.headers_mut();
    for name in PASSED_ON {
        if let Some(value) = head.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    Ok(forwarded)
}

fn refused(refusal: &Refusal) -> Response<Body> {
    let status = match refusal {
        Refusal::OwnerForbids { .. } | Refusal::Unsupported { .. } => StatusCode::FORBIDDEN,
        Refusal::Invalid { .. } => StatusCode::BAD_REQUEST,
        Refusal::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_GATEWAY,
    };
    let text = serde_json::json!({ "message": refusal.to_string() }).to_string();
    let mut response = Response::new(Either::Right(Full::new(Bytes::from(text))));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests;
