use super::codec::{CodecError, decode, encode_onto};
use super::frame::{HEAD, Limit, seal, unpack};
use bytes::{Buf, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// Error code of a stream that was dropped before it was finished: "cut off", not "the end".
const CUT_OFF: quinn::VarInt = quinn::VarInt::from_u32(1);

/// Why a stream ended badly.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The other side dropped the stream or the connection is gone.
    #[error("cut off: {0}")]
    CutOff(String),
    #[error("a frame of {length} bytes breaks the limit of {limit}")]
    TooLarge { length: usize, limit: usize },
    #[error("the stream ended inside a frame")]
    Torn,
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// Sends messages of one type. Dropped without [`Sender::finish`] it resets the stream, so the reader can
/// tell a cut from an end (quinn by itself would finish politely).
#[derive(Debug)]
pub struct Sender<T> {
    stream: Option<quinn::SendStream>,
    limit: Limit,
    /// How long the last frame was.
    usual: usize,
    kind: PhantomData<fn(T)>,
}

impl<T: Serialize> Sender<T> {
    /// Frames on `stream`.
    #[must_use]
    pub fn new(stream: quinn::SendStream, limit: Limit) -> Self {
        Self {
            stream: Some(stream),
            limit,
            usual: 0,
            kind: PhantomData,
        }
    }

    /// Sends one message; waits while the reader is slow. Not cancel-safe: never put it into a `select!`.
    ///
    /// # Errors
    /// When the stream is gone or the message breaks the limit.
    pub async fn send(&mut self, message: &T) -> Result<(), WireError> {
        // Written once and not copied again: a log is many frames, and a following one is about as long.
        let mut frame = Vec::with_capacity(self.usual);
        frame.extend_from_slice(&[0; HEAD]);
        encode_onto(message, &mut frame)?;
        seal(&mut frame, self.limit).map_err(|length| WireError::TooLarge {
            length,
            limit: self.limit.bytes(),
        })?;
        self.usual = frame.len();
        let stream = self.stream.as_mut().ok_or(WireError::Torn)?;
        stream
            .write_chunk(frame.into())
            .await
            .map_err(|err| WireError::CutOff(err.to_string()))
    }

    /// The end, on purpose: the reader sees a clean end after the last message.
    pub fn finish(mut self) {
        if let Some(mut stream) = self.stream.take() {
            // Fails only when the stream is closed already.
            drop(stream.finish());
        }
    }

    /// Waits until the reader has taken everything or stopped reading. Call after the last message instead of `finish`
    /// when the connection is about to be closed.
    pub async fn finish_and_wait(mut self) {
        if let Some(mut stream) = self.stream.take() {
            drop(stream.finish());
            drop(stream.stopped().await);
        }
    }

    /// Resolves when the reader has gone away.
    pub async fn stopped(&mut self) {
        if let Some(stream) = self.stream.as_mut() {
            drop(stream.stopped().await);
        }
    }

    /// Goes on with messages of another type.
    #[must_use]
    pub fn becomes<U: Serialize>(mut self, limit: Limit) -> Sender<U> {
        Sender {
            stream: self.stream.take(),
            limit,
            usual: 0,
            kind: PhantomData,
        }
    }

    /// How urgent this stream is among the connection's streams: terminals before control before telemetry before logs.
    pub fn set_priority(&self, priority: i32) {
        if let Some(stream) = &self.stream {
            drop(stream.set_priority(priority));
        }
    }

    /// Goes on with raw bytes; the caller now answers for finish and reset.
    #[must_use]
    pub fn into_raw(mut self) -> Option<quinn::SendStream> {
        self.stream.take()
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if let Some(mut stream) = self.stream.take() {
            drop(stream.reset(CUT_OFF));
        }
    }
}

/// Receives messages of one type.
#[derive(Debug)]
pub struct Receiver<T> {
    stream: quinn::RecvStream,
    buffer: BytesMut,
    limit: Limit,
    kind: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Receiver<T> {
    /// Frames from `stream`.
    #[must_use]
    pub fn new(stream: quinn::RecvStream, limit: Limit) -> Self {
        Self {
            stream,
            buffer: BytesMut::new(),
            limit,
            kind: PhantomData,
        }
    }

    /// The next message; `None` at a clean end. Cancel-safe: half a frame waits in the buffer.
    ///
    /// # Errors
    /// When the stream is cut off, a frame breaks the limit or is no such message. An undecodable frame
    /// ([`WireError::Codec`]) is skipped: the next call goes on behind it.
    pub async fn recv(&mut self) -> Result<Option<T>, WireError> {
        loop {
            match unpack(&self.buffer, self.limit) {
                Err(length) => {
                    return Err(WireError::TooLarge {
                        length,
                        limit: self.limit.bytes(),
                    });
                }
                Ok(Some(length)) => {
                    self.buffer.advance(4);
                    let body = self.buffer.split_to(length);
                    return Ok(Some(decode(&body)?));
                }
                Ok(None) => {}
            }
            match self.stream.read_chunk(64 << 10, true).await {
                Ok(Some(chunk)) => self.buffer.extend_from_slice(&chunk.bytes),
                Ok(None) if self.buffer.is_empty() => return Ok(None),
                Ok(None) => return Err(WireError::Torn),
                Err(err) => return Err(WireError::CutOff(err.to_string())),
            }
        }
    }

    /// Goes on with messages of another type; bytes that came early are kept.
    #[must_use]
    pub fn becomes<U: DeserializeOwned>(self, limit: Limit) -> Receiver<U> {
        Receiver {
            stream: self.stream,
            buffer: self.buffer,
            limit,
            kind: PhantomData,
        }
    }

    /// Goes on with raw bytes: first those that came early, then the stream.
    #[must_use]
    pub fn into_raw(self) -> (bytes::Bytes, quinn::RecvStream) {
        (self.buffer.freeze(), self.stream)
    }
}
