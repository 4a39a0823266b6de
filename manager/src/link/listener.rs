use super::agents::Agents;
use super::limits::{Door, Pass, Verdict};
use super::{Closing, Gatekeeper, LinkError, Reports, joining, session};
use crane_shared::identity::alpn_of;
use crane_shared::protocol::{ALPN, ALPN_JOIN};
use crane_shared::tasks::Tasks;
use crane_shared::time::Clock;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tracing::{debug, info, warn};

/// Handshake and first words together; whoever needs longer is no agent of ours.
const ENTRY_DEADLINE: Duration = Duration::from_secs(5);
/// Connections at a time. Each may hold 4 MiB of unread bytes at worst.
const MOST_CONNECTIONS: usize = 4096;
/// How long goodbyes may take at the end of the process.
const FAREWELL: Duration = Duration::from_millis(500);

/// Settings of the listener.
#[derive(Debug, Clone)]
pub struct Config {
    /// UDP address to listen on.
    pub listen: SocketAddr,
    /// How often agents sample, in milliseconds.
    pub sample_period_ms: u32,
    /// When the manager ends, agents come back spread over this many milliseconds.
    pub spread_ms: u32,
    /// Secrets of connection ids and resets.
    pub endpoint: quinn::EndpointConfig,
}

/// The open door for agents.
#[derive(Debug)]
pub struct Listener {
    endpoint: quinn::Endpoint,
    house: Arc<House>,
}

/// What every connection needs to know.
#[derive(Debug)]
pub(super) struct House {
    pub(super) config: Config,
    pub(super) gate: Arc<dyn Gatekeeper>,
    pub(super) reports: Arc<dyn Reports>,
    pub(super) agents: Agents,
    pub(super) clock: Clock,
    pub(super) tasks: Tasks,
    pub(super) door: Arc<Door>,
    sessions: AtomicU64,
}

impl House {
    pub(super) fn next_session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Listener {
    /// Opens the UDP port. `server` comes from [`crane_shared::identity::quic_server`], what lies under it in
    /// `config.endpoint` from [`crane_shared::identity::quic_endpoint`].
    ///
    /// # Errors
    /// When the address can't be used.
    pub fn bind(
        config: Config,
        server: quinn::ServerConfig,
        gate: Arc<dyn Gatekeeper>,
        reports: Arc<dyn Reports>,
        agents: Agents,
        clock: Clock,
        tasks: &Tasks,
    ) -> Result<Self, LinkError> {
        let bound = std::net::UdpSocket::bind(config.listen).and_then(|socket| {
            let runtime = Arc::new(quinn::TokioRuntime);
            quinn::Endpoint::new(config.endpoint.clone(), Some(server), socket, runtime)
        });
        let endpoint = bound.map_err(|err| LinkError::Bind {
            address: config.listen,
            why: err.to_string(),
        })?;
        Ok(Self {
            endpoint,
            house: Arc::new(House {
                config,
                gate,
                reports,
                agents,
                clock,
                tasks: tasks.clone(),
                door: Arc::default(),
                sessions: AtomicU64::new(0),
            }),
        })
    }

    /// The address that it listens on; tells the port when 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.endpoint.local_addr().unwrap_or(self.house.config.listen)
    }

    /// Lets agents in until the process ends, then says goodbye to all of them.
    pub fn start(self) {
        let tasks = self.house.tasks.clone();
        tasks.spawn_vital("agent listener", self.run());
    }

    async fn run(self) {
        info!(address = %self.address(), "listening for agents");
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let stopping = self.house.tasks.stopping();
        loop {
            let incoming = tokio::select! {
                () = stopping.cancelled() => break,
                incoming = self.endpoint.accept() => incoming,
            };
            let Some(incoming) = incoming else { break };
            self.meet(incoming, &places);
        }
        let connections = self.house.agents.farewell(self.house.config.spread_ms);
        // Each agent closes when it has read the goodbye; nobody waits for one that does not.
        let all = futures_util::future::join_all(connections.iter().map(quinn::Connection::closed));
        drop(tokio::time::timeout(FAREWELL, all).await);
        self.endpoint
            .close(Closing::Shutdown.code().into(), Closing::Shutdown.text().as_bytes());
        drop(tokio::time::timeout(FAREWELL, self.endpoint.wait_idle()).await);
    }

    /// Decides in no time what happens to a knock; everything slow is a task of its own.
    fn meet(&self, incoming: quinn::Incoming, places: &Arc<Semaphore>) {
        let from = incoming.remote_address();
        let pass = match self.house.door.knock(from.ip(), incoming.remote_address_validated()) {
            Verdict::Enter(pass) => pass,
            Verdict::Retry => {
                // Fails only for an address that is proven already, and those are never sent here.
                drop(incoming.retry());
                return;
            }
            Verdict::Refuse => {
                debug!(%from, "too many handshakes; refused");
                incoming.refuse();
                return;
            }
        };
        let Ok(place) = Arc::clone(places).try_acquire_owned() else {
            warn!(%from, limit = MOST_CONNECTIONS, "too many connections; refused");
            incoming.refuse();
            return;
        };
        let house = Arc::clone(&self.house);
        self.house
            .tasks
            .spawn_graceful("agent connection", enter(house, incoming, pass, place));
    }
}

/// From the first packet to the end of a connection.
async fn enter(house: Arc<House>, incoming: quinn::Incoming, pass: Pass, place: OwnedSemaphorePermit) {
    let deadline = Instant::now() + ENTRY_DEADLINE;
    let from = incoming.remote_address();
    let connecting = match incoming.accept() {
        Ok(connecting) => connecting,
        Err(err) => {
            debug!(%from, %err, "no handshake");
            return;
        }
    };
    let connection = match tokio::time::timeout_at(deadline, connecting).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(err)) => {
            debug!(%from, %err, "handshake refused");
            return;
        }
        Err(_) => {
            debug!(%from, "handshake took too long");
            return;
        }
    };
    match alpn_of(&connection).as_deref() {
        Some(ALPN_JOIN) => {
            let joined = tokio::time::timeout_at(deadline, joining::converse(&house, &connection)).await;
            if joined.is_err() {
                Closing::TooSlow.close(&connection);
            }
        }
        Some(ALPN) => match tokio::time::timeout_at(deadline, session::greet(&house, &connection)).await {
            Ok(Ok(greeted)) => {
                drop(pass);
                session::run(&house, connection, greeted).await;
            }
            Ok(Err(closing)) => closing.close(&connection),
            Err(_) => Closing::TooSlow.close(&connection),
        },
        _ => Closing::Misbehaved.close(&connection),
    }
    drop(place);
}
