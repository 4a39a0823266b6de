//! The two ends of a conversation with the manager, as the rooms that hold one see them.
//!
//! On the wire they are `wire::Sender` and `wire::Receiver`: there is no queue in between, so a reader that stalls
//! holds the writer back. Tests put channels in their place.

use crane_shared::wire::{Receiver, Sender};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// The other side is away, or left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the other side has gone away")]
pub struct Gone;

/// Where messages go.
pub trait Outlet<T>: Send {
    /// Sends one message and waits while the reader is slow. Not cancel-safe.
    fn send(&mut self, message: &T) -> impl Future<Output = Result<(), Gone>> + Send;
    /// Resolves when the reader has gone away.
    fn gone(&mut self) -> impl Future<Output = ()> + Send;
    /// The end, on purpose. Dropping without it tells the reader that it was cut off.
    fn finish(self);
}

/// Where messages come from.
pub trait Inlet<T>: Send {
    /// The next message; `None` at a clean end. Cancel-safe.
    fn recv(&mut self) -> impl Future<Output = Result<Option<T>, Gone>> + Send;
}

impl<T: Serialize + Send + Sync> Outlet<T> for Sender<T> {
    async fn send(&mut self, message: &T) -> Result<(), Gone> {
        Self::send(self, message).await.map_err(|_| Gone)
    }

    async fn gone(&mut self) {
        self.stopped().await;
    }

    fn finish(self) {
        Self::finish(self);
    }
}

impl<T: DeserializeOwned + Send> Inlet<T> for Receiver<T> {
    async fn recv(&mut self) -> Result<Option<T>, Gone> {
        // A frame that can't be read is no word of this protocol: the conversation is over.
        Self::recv(self).await.map_err(|_| Gone)
    }
}

#[cfg(test)]
impl<T: Clone + Send + Sync> Outlet<T> for tokio::sync::mpsc::Sender<T> {
    async fn send(&mut self, message: &T) -> Result<(), Gone> {
        Self::send(self, message.clone()).await.map_err(|_| Gone)
    }

    async fn gone(&mut self) {
        self.closed().await;
    }

    fn finish(self) {}
}

#[cfg(test)]
impl<T: Send> Inlet<T> for tokio::sync::mpsc::Receiver<T> {
    async fn recv(&mut self) -> Result<Option<T>, Gone> {
        Ok(Self::recv(self).await)
    }
}
