use super::Answers;
use super::dial::{DialError, dial, hang_up};
use super::renewal::Renewal;
use super::session::{SessionEnd, greet, hello};
use crate::inventory::Inventory;
use crate::membership::{Home, Membership, Standing};
use crate::spool::Spool;
use crane_shared::backoff::Backoff;
use crane_shared::identity::quic_client;
use crane_shared::model::Policy;
use crane_shared::protocol::Welcome;
use crane_shared::tasks::Tasks;
use crane_shared::time::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// Waits between attempts: a fleet that lost its manager comes back spread out, and nobody waits longer than this.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// A session that lived this long had worked: its end is news, not one more failure.
const WORKED: Duration = Duration::from_secs(30);

/// How patient the link is. Tests are not.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// How often the certificate's age is looked at.
    pub certificate_check: Duration,
    /// A renewal that was not answered is asked for again after this.
    pub renewal_retry: Duration,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            certificate_check: Duration::from_secs(60),
            renewal_retry: Duration::from_secs(300),
        }
    }
}

/// What the link is built on.
#[derive(Debug)]
pub struct Parts<A> {
    pub answers: A,
    pub spool: Spool,
    pub inventory: Inventory,
    pub policy: watch::Receiver<Policy>,
    pub clock: Clock,
    pub tasks: Tasks,
    pub tuning: Tuning,
}

/// Why the link ended for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The process ends.
    Stopped,
    /// The manager has removed this node, or its owner has left.
    Removed,
}

/// The agent's one connection, for ever.
#[derive(Debug)]
pub struct Link<A> {
    parts: Parts<A>,
    home: Home,
    renewal: Arc<Renewal>,
    welcomes: watch::Sender<Option<Welcome>>,
    standing: watch::Sender<Standing>,
    /// What the last log line about failing said, so that the same is not said twice.
    said: Option<String>,
}

impl<A: Answers> Link<A> {
    /// A link for the node that `membership` describes; nothing is dialled yet.
    #[must_use]
    pub fn new(parts: Parts<A>, home: Home, membership: Membership) -> Self {
        Self {
            parts,
            renewal: Renewal::new(home.clone(), membership, fastrand::f64()),
            home,
            welcomes: watch::Sender::new(None),
            standing: watch::Sender::default(),
            said: None,
        }
    }

    /// The newest welcome: how often to sample.
    #[must_use]
    pub fn welcomes(&self) -> watch::Receiver<Option<Welcome>> {
        self.welcomes.subscribe()
    }

    /// How it stands with the manager.
    #[must_use]
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Connects, and connects again whenever that ends.
    pub async fn run(mut self) -> Ended {
        let stopping = self.parts.tasks.stopping();
        let mut backoff = Backoff::new(RETRY.0, RETRY.1);
        let mut turn = 0;
        loop {
            let began = Instant::now();
            let managers = self.renewal.membership().managers;
            let address = managers.get(turn % managers.len().max(1)).cloned().unwrap_or_default();
            let attempt = tokio::select! {
                attempt = self.attempt(&address) => attempt,
                // A live session says goodbye by itself and ends soon after.
                () = late(&stopping) => return Ended::Stopped,
            };
            if began.elapsed() > WORKED {
                backoff.reset();
            }
            let wait = match attempt {
                Ok(SessionEnd::Stopped) => return Ended::Stopped,
                Ok(SessionEnd::ComeBack(spread)) => {
                    self.stands(&address, "the manager ends");
                    // It needs a moment to come back itself; the spread keeps the fleet apart.
                    backoff.next(fastrand::f64()) + spread.mul_f64(fastrand::f64())
                }
                Err(DialError::Removed) => return self.removed(),
                Err(err) => {
                    // Somebody ran `crane-agent leave` beside this process.
                    if !self.home.is_joined() {
                        return self.removed();
                    }
                    self.stands(&address, &err.to_string());
                    turn += 1;
                    backoff.next(fastrand::f64())
                }
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = stopping.cancelled() => return Ended::Stopped,
            }
        }
    }

    /// One attempt, and the session if it succeeds.
    async fn attempt(&mut self, address: &str) -> Result<SessionEnd, DialError> {
        let membership = self.renewal.membership();
        let config = quic_client(&membership.pin, &membership.chain, &membership.key()?)?;
        let policy = *self.parts.policy.borrow();
        let hello = hello(self.parts.spool.epoch(), self.parts.inventory.facts(), policy);
        let stopping = self.parts.tasks.stopping();
        let connect = async {
            let (endpoint, connection) = dial(address, &config).await?;
            let asked = self.parts.clock.now();
            Ok::<_, DialError>((endpoint, greet(connection, address, hello).await?, asked))
        };
        let (endpoint, session, asked) = tokio::select! {
            connected = connect => connected?,
            // There is nobody to say goodbye to.
            () = stopping.cancelled() => return Ok(SessionEnd::Stopped),
        };
        let (welcome, now) = (session.welcome.clone(), self.parts.clock.now());
        if welcome.node != membership.node {
            return Err(DialError::NotAdmitted {
                why: format!("the manager takes this node for {}", welcome.node),
            });
        }
        // The manager looked at its clock somewhere between question and answer.
        let middle = asked.0 + (now.0 - asked.0) / 2;
        let ahead = welcome.server_time.0 - middle;
        self.renewal.set_ahead(ahead);
        tracing::info!(node = %welcome.node, manager = %address, version = %welcome.manager_version, clock_ahead_ms = ahead,
            acked = welcome.acked, "connected to the manager");
        self.said = None;
        self.note(Standing {
            at: now,
            connected: true,
            address: address.to_owned(),
            why: String::new(),
            clock_ahead_ms: Some(ahead),
        });
        self.welcomes.send_replace(Some(welcome));
        let end = session.run(address, &self.parts, &self.renewal).await;
        hang_up(&endpoint).await;
        end
    }

    /// One log line per change of what stands in the way.
    fn stands(&mut self, address: &str, why: &str) {
        if self.said.as_deref() == Some(why) {
            tracing::debug!(manager = %address, %why, "still not connected");
            return;
        }
        tracing::warn!(manager = %address, %why, "not connected to the manager; trying again");
        self.said = Some(why.to_owned());
        let clock_ahead_ms = self.standing.borrow().clock_ahead_ms;
        self.note(Standing {
            at: self.parts.clock.now(),
            connected: false,
            address: address.to_owned(),
            why: why.to_owned(),
            clock_ahead_ms,
        });
    }

    fn removed(&self) -> Ended {
        tracing::error!(
            "this node was removed from the panel; the agent stops. To come back, make a join token and run \
             `crane-agent join --force`"
        );
        if self.home.is_joined() {
            self.renewal.note_removed(self.parts.clock.now());
        }
        Ended::Removed
    }

    fn note(&self, standing: Standing) {
        self.home.note(&standing);
        self.standing.send_replace(standing);
    }
}

/// The end of the process, plus the time that a goodbye takes.
async fn late(stopping: &tokio_util::sync::CancellationToken) {
    stopping.cancelled().await;
    sleep(Duration::from_secs(2)).await;
}
