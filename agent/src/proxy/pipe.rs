use bytes::{Buf, Bytes};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The two halves of a QUIC stream as one. Dropped before it was shut down, it resets: the reader then knows that
/// the answer was cut off (quinn by itself would finish politely).
#[derive(Debug)]
pub(super) struct Pipe {
    early: Bytes,
    recv: quinn::RecvStream,
    send: quinn::SendStream,
    shut: bool,
}

impl Pipe {
    pub(super) const fn new(early: Bytes, recv: quinn::RecvStream, send: quinn::SendStream) -> Self {
        Self {
            early,
            recv,
            send,
            shut: false,
        }
    }
}

impl AsyncRead for Pipe {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.early.has_remaining() {
            let size = self.early.len().min(buf.remaining());
            buf.put_slice(&self.early.split_to(size));
            return Poll::Ready(Ok(()));
        }
        AsyncRead::poll_read(Pin::new(&mut self.recv), cx, buf)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.send), cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(&mut self.send), cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shut = true;
        AsyncWrite::poll_shutdown(Pin::new(&mut self.send), cx)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        if !self.shut {
            // Fails only when the stream is over already.
            drop(self.send.reset(1_u8.into()));
        }
    }
}
