use super::error::{status, unavailable};
use bytes::{Bytes, BytesMut};
use crane_shared::protocol::Refusal;
use http::{HeaderValue, Request, Response, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::path::Path;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::UnixStream;

/// The socket is local: an engine that does not accept within this time hangs.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a call brought no answer at all.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("{path} can't be reached: {why}")]
    Connect { path: String, why: std::io::Error },
    #[error("no answer within {} s", .0.as_secs())]
    Deadline(Duration),
    #[error("the engine broke off: {0}")]
    Http(#[from] hyper::Error),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

impl From<CallError> for Refusal {
    fn from(err: CallError) -> Self {
        unavailable(&err.to_string())
    }
}

/// An answer's body that also moves its connection along, so that no task has to be left behind for it.
/// Dropping it closes the connection, which is how the engine learns that nobody listens.
#[derive(Debug)]
pub struct Answer<B>
where
    B: Body + Unpin + 'static,
{
    connection: Option<Pin<Box<Line<B>>>>,
    body: Incoming,
}

/// One connection to the engine.
type Line<B> = http1::Connection<TokioIo<UnixStream>, B>;

impl<B> Body for Answer<B>
where
    B: Body + Unpin + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        if let Some(connection) = this.connection.as_mut()
            && connection.as_mut().poll(cx).is_ready()
        {
            // A failure of the connection reaches the reader through the body.
            this.connection = None;
        }
        Pin::new(&mut this.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Sends one request over a connection of its own and waits at most `head` for the answer's head.
pub(super) async fn call<B>(
    socket: &Path,
    mut request: Request<B>,
    head: Duration,
) -> Result<Response<Answer<B>>, CallError>
where
    B: Body + Unpin + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connect = |why| CallError::Connect {
        path: socket.display().to_string(),
        why,
    };
    let stream = tokio::time::timeout(CONNECT_TIMEOUT, UnixStream::connect(socket))
        .await
        .map_err(|_| CallError::Deadline(CONNECT_TIMEOUT))?
        .map_err(connect)?;
    request
        .headers_mut()
        .insert(header::HOST, HeaderValue::from_static("docker"));

    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(64 << 10)
        .handshake(TokioIo::new(stream))
        .await?;
    let mut connection = Some(Box::pin(connection));
    let mut asked = pin!(tokio::time::timeout(head, sender.send_request(request)));
    let answer = loop {
        let Some(live) = connection.as_mut() else {
            break asked.await;
        };
        tokio::select! {
            biased;
            answer = &mut asked => break answer,
            _ = live => connection = None,
        }
    };
    let answer = answer.map_err(|_| CallError::Deadline(head))??;
    Ok(answer.map(|body| Answer { connection, body }))
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn collect<B>(mut body: Answer<B>, limit: usize) -> Result<Bytes, CallError>
where
    B: Body + Unpin + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if bytes.len() + data.len() > limit {
                return Err(CallError::TooLarge(limit));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.freeze())
}

/// What the engine says in an error: `{"message": "…"}`, or whatever it wrote.
pub(super) fn refusal(what: &str, code: u16, body: &[u8]) -> Refusal {
    #[derive(serde::Deserialize)]
    struct Said {
        message: String,
    }
    let message = serde_json::from_slice::<Said>(body).map_or_else(
        |_| {
            String::from_utf8_lossy(body.get(..500).unwrap_or(body))
                .trim()
                .to_owned()
        },
        |said| said.message,
    );
    status(what, code, message)
}
