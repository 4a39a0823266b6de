use crate::access::Caller;
use crate::http::Rooms;
use crate::http::error::{Answer, ApiError};
use bytes::Bytes;
use http::{HeaderValue, header};
use serde::Serialize;
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use warp::reply::Reply as _;
use warp::sse::Event;

/// Pieces that wait for a slow reader; then whoever makes them waits.
const WAITING: usize = 8;

/// The end of an answer that goes on: a task pushes into it, the connection reads from it. When the reader is
/// gone, the caller's credential ends or the process stops, the task ends too.
pub(in crate::http) struct Pump<T> {
    into: mpsc::Sender<T>,
}

impl<T: Send + 'static> Pump<T> {
    /// Sends one piece; waits while the reader is slow. False when there is nobody left.
    pub(in crate::http) async fn push(&self, piece: T) -> bool {
        self.into.send(piece).await.is_ok()
    }

    /// Starts `work` with a pump; what comes out of the pump.
    fn start<W: Future<Output = ()> + Send + 'static>(
        rooms: &Arc<Rooms>,
        caller: Caller,
        name: &'static str,
        work: impl FnOnce(Self) -> W,
    ) -> ReceiverStream<T> {
        let (into, out) = mpsc::channel(WAITING);
        let work = work(Self { into: into.clone() });
        let owner = Arc::clone(rooms);
        rooms.tasks.spawn(name, async move {
            tokio::select! {
                () = work => {}
                () = into.closed() => {}
                () = owner.until_revoked(&caller) => {}
            }
        });
        ReceiverStream::new(out)
    }
}

/// Server-sent events, with a comment every 15 s so that a silent line is known to be alive.
pub(super) fn events<W: Future<Output = ()> + Send + 'static>(
    rooms: &Arc<Rooms>,
    caller: Caller,
    name: &'static str,
    work: impl FnOnce(Pump<Result<Event, Infallible>>) -> W,
) -> Answer {
    let out = Pump::start(rooms, caller, name, work);
    let mut response = warp::sse::reply(warp::sse::keep_alive().stream(out)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold events back until its buffer is full.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// One JSON value per line.
pub(in crate::http) fn jsonl<W: Future<Output = ()> + Send + 'static>(
    rooms: &Arc<Rooms>,
    caller: Caller,
    name: &'static str,
    work: impl FnOnce(Pump<Result<Bytes, Infallible>>) -> W,
) -> Answer {
    let out = Pump::start(rooms, caller, name, work);
    let mut response = warp::reply::stream(out).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

impl Pump<Result<Event, Infallible>> {
    /// Sends one event. False when there is nobody left.
    pub(super) async fn event(&self, id: Option<u64>, data: &impl Serialize) -> bool {
        let event = match Event::default().json_data(data) {
            Ok(event) => event,
            Err(error) => {
                drop(ApiError::broken(&error));
                return false;
            }
        };
        let event = match id {
            Some(id) => event.id(id.to_string()),
            None => event,
        };
        self.push(Ok(event)).await
    }
}
