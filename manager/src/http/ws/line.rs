use crate::access::Caller;
use crate::http::Rooms;
use crate::http::call::Seat;
use crate::http::error::ApiError;
use futures_util::SinkExt as _;
use futures_util::StreamExt as _;
use futures_util::stream::{SplitSink, SplitStream};
use serde::Serialize;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior, interval};
use warp::ws::{Message, WebSocket, Ws};

/// Proxies close a connection on which nothing moves for 30 to 60 s.
const PING: Duration = Duration::from_secs(20);
/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The socket ended: the browser left, or sent something that can't be.
#[derive(Debug)]
pub(super) struct Over;

/// Towards the browser.
pub(super) struct Out {
    sink: SplitSink<WebSocket, Message>,
    ping: Interval,
}

/// From the browser.
pub(super) struct In(SplitStream<WebSocket>);

/// What a browser says.
pub(super) enum Word {
    Text(String),
    Bytes(Vec<u8>),
}

/// Why a socket is closed, as RFC 6455 and our own range number it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Closing {
    Done,
    Stopping,
    /// The sign-in session or token does not hold any more.
    Revoked,
}

/// Answers 101 and runs `bridge` as a task of ours, with the caller's right watched and the connection's place held.
pub(super) fn upgrade<B, F>(
    ws: Ws,
    rooms: &Arc<Rooms>,
    caller: Caller,
    seat: Arc<Seat>,
    name: &'static str,
    bridge: B,
) -> warp::reply::Response
where
    B: FnOnce(Out, In) -> F + Send + 'static,
    F: Future<Output = Out> + Send + 'static,
{
    let rooms = Arc::clone(rooms);
    let answer = super::limited(ws).on_upgrade(move |socket| async move {
        // warp spawns this callback itself, so it only hands over: the bridge is a task that has an owner.
        let tasks = rooms.tasks.clone();
        tasks.spawn_graceful(name, async move {
            let (sink, stream) = socket.split();
            let mut ping = interval(PING);
            ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ping.reset();
            let mut out = bridge(Out { sink, ping }, In(stream)).await;
            let closing = if rooms.tasks.stopping().is_cancelled() {
                Closing::Stopping
            } else if rooms.access.holds(&caller) {
                Closing::Done
            } else {
                Closing::Revoked
            };
            out.close(closing).await;
            drop(seat);
        });
    });
    warp::reply::Reply::into_response(answer)
}

/// Fires when a bridge must end although both sides would go on.
pub(super) async fn ends(rooms: &Rooms, caller: &Caller) {
    let stopping = rooms.tasks.stopping();
    tokio::select! {
        () = stopping.cancelled() => {}
        () = rooms.until_revoked(caller) => {}
    }
}

impl Out {
    /// Sends one value as a text message; waits while the browser does not read. Not cancel-safe.
    pub(super) async fn json(&mut self, value: &impl Serialize) -> Result<(), Over> {
        let text = serde_json::to_string(value).map_err(|error| {
            drop(ApiError::broken(&error));
            Over
        })?;
        self.send(Message::text(text)).await
    }

    /// Sends bytes. Not cancel-safe.
    pub(super) async fn bytes(&mut self, bytes: Vec<u8>) -> Result<(), Over> {
        self.send(Message::binary(bytes)).await
    }

    /// Waits until it is time for a sign of life. Cancel-safe.
    pub(super) async fn ping_due(&mut self) {
        self.ping.tick().await;
    }

    /// Sends a sign of life.
    pub(super) async fn ping(&mut self) -> Result<(), Over> {
        self.send(Message::ping(Vec::new())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Over> {
        self.sink.send(message).await.map_err(|_| Over)
    }

    async fn close(&mut self, closing: Closing) {
        let (code, why) = match closing {
            Closing::Done => (1000_u16, "done"),
            Closing::Stopping => (1001, "the manager is stopping"),
            Closing::Revoked => (4401, "you are not signed in any more"),
        };
        let goodbye = async {
            if self.send(Message::close_with(code, why)).await.is_ok() {
                drop(self.sink.close().await);
            }
        };
        // A browser that does not read any more is not waited for.
        drop(tokio::time::timeout(LAST_WORDS, goodbye).await);
    }
}

impl In {
    /// The next word; pings and pongs are the socket's own business. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Word, Over> {
        loop {
            let message = self.0.next().await.ok_or(Over)?.map_err(|_| Over)?;
            if message.is_close() {
                return Err(Over);
            }
            if message.is_binary() {
                return Ok(Word::Bytes(message.into_bytes().to_vec()));
            }
            if let Ok(text) = message.to_str() {
                return Ok(Word::Text(text.to_owned()));
            }
        }
    }

    /// Waits for the browser to leave, listening to nothing else.
    pub(super) async fn gone(&mut self) {
        while self.next().await.is_ok() {}
    }
}
