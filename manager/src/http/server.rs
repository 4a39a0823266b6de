//! The HTTPS server: our own accept loop around hyper, because warp brings no TLS and no limits.
//!
//! Everything a stranger can hold is bounded: connections overall and per address, the time of the handshake,
//! of the headers and of the body, the number and size of headers. A connection's task ends when the process
//! stops: what is being answered is answered, streams are cut, the rest is closed.

use super::call::Seat;
use super::front::Front;
use crane_shared::tasks::Tasks;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// Connections at a time. Each may hold 32 KiB of unread header and the TLS buffers, about 100 KiB.
const CONNECTIONS: usize = 2048;
/// Connections at a time from one address; a browser with every page open holds about ten, and a proxy in
/// front of us stands for all of its people.
const PER_ADDRESS: usize = 512;
const _: () = assert!(PER_ADDRESS < CONNECTIONS);
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);
/// For the headers of a request, and for being idle between two requests.
const HEADER_TIME: Duration = Duration::from_secs(10);
const MOST_HEADERS: usize = 64;
const HEADER_BYTES: usize = 32 * 1024;
/// How long an answer may still take when the process stops.
const DRAIN: Duration = Duration::from_secs(2);
/// When the system has no file for another connection, trying again at once would only burn its time.
const BREATH: Duration = Duration::from_millis(100);

/// The open door for browsers and programs.
pub struct Server {
    listener: TcpListener,
    tls: TlsAcceptor,
    front: Front,
    tasks: Tasks,
    seats: Arc<Semaphore>,
    addresses: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Server")
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Serves on `listener`, which is open already so that its port is known.
    #[must_use]
    pub fn new(listener: TcpListener, tls: Arc<rustls::ServerConfig>, front: Front, tasks: &Tasks) -> Self {
        Self {
            listener,
            tls: TlsAcceptor::from(tls),
            front,
            tasks: tasks.clone(),
            seats: Arc::new(Semaphore::new(CONNECTIONS)),
            addresses: Arc::default(),
        }
    }

    /// Accepts until the process stops.
    pub async fn run(self) {
        let stopping = self.tasks.stopping();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stopping.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => self.seat(stream, peer),
                Err(error) => {
                    tracing::warn!(%error, "https connection not accepted");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }

    /// Gives the connection a place and a task; without a free place it is closed at once.
    fn seat(&self, stream: TcpStream, peer: SocketAddr) {
        let from = peer.ip().to_canonical();
        let Some(address) = AddressPlace::take(&self.addresses, from) else {
            tracing::debug!(%from, "too many https connections from one address");
            return;
        };
        let Ok(overall) = Arc::clone(&self.seats).try_acquire_owned() else {
            tracing::debug!(%from, "too many https connections");
            return;
        };
        let seat = Arc::new(Seat {
            _overall: overall,
            _address: address,
        });
        let serve = serve(
            stream,
            self.tls.clone(),
            self.front.clone(),
            self.tasks.clone(),
            from,
            seat,
        );
        self.tasks.spawn_graceful("https connection", serve);
    }
}

async fn serve(stream: TcpStream, tls: TlsAcceptor, front: Front, tasks: Tasks, from: IpAddr, seat: Arc<Seat>) {
    let stopping = tasks.stopping();
    // Keys of a terminal are small and must not wait for more.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let handshake = tokio::time::timeout(HANDSHAKE_TIME, tls.accept(stream));
    let stream = tokio::select! {
        handshake = handshake => match handshake {
            Ok(Ok(stream)) => stream,
            Ok(Err(_)) | Err(_) => return,
        },
        () = stopping.cancelled() => return,
    };
    let service = hyper::service::service_fn(move |request| {
        let (front, seat) = (front.clone(), Arc::clone(&seat));
        async move { Ok::<_, std::convert::Infallible>(front.answer(request, from, seat).await) }
    });
    let connection = settings()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    tokio::select! {
        ended = &mut connection => {
            if let Err(error) = ended {
                tracing::debug!(%from, %error, "https connection broke");
            }
            return;
        }
        () = stopping.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    // Whoever is still being answered after this is cut off.
    drop(tokio::time::timeout(DRAIN, connection).await);
}

/// What a connection may do.
fn settings() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_headers(MOST_HEADERS)
        .max_header_size(HEADER_BYTES)
        .max_buf_size(HEADER_BYTES)
        .keep_alive(true);
    builder
}

/// A place among the connections of one address; dropping it makes room.
#[derive(Debug)]
pub(super) struct AddressPlace {
    from: IpAddr,
    table: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl AddressPlace {
    fn take(table: &Arc<Mutex<HashMap<IpAddr, usize>>>, from: IpAddr) -> Option<Self> {
        let mut counts = table.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(from).or_insert(0);
        if *count >= PER_ADDRESS {
            return None;
        }
        *count += 1;
        Some(Self {
            from,
            table: Arc::clone(table),
        })
    }
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        let mut counts = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place() {
        let table = Arc::default();
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut held: Vec<_> = (0..PER_ADDRESS)
            .map(|_| AddressPlace::take(&table, one).unwrap())
            .collect();
        assert!(AddressPlace::take(&table, one).is_none());
        assert!(AddressPlace::take(&table, other).is_some());
        held.pop();
        assert!(AddressPlace::take(&table, one).is_some());
        drop(held);
        assert!(table.lock().unwrap().is_empty(), "nobody is remembered who is not here");
    }
}
