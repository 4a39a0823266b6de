use super::{Inventory, News, RESYNC, Sources};
use crate::docker::{EngineEvent, Events, Listed, Scope};
use crate::host::facts;
use crane_shared::backoff::Backoff;
use crane_shared::ids::ContainerId;
use crane_shared::protocol::{RecordBody, Refusal};
use futures_util::StreamExt;
use futures_util::stream;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until};

/// A container that starts makes four events at once; they are inspected together.
const GATHER: Duration = Duration::from_millis(50);
/// A worker hears no event when it joins or leaves a Swarm, so the engine is asked this often.
const FACTS: Duration = Duration::from_secs(30);
/// Inspections at a time: the engine answers them from one lock anyway.
const AT_ONCE: usize = 4;
/// An engine that is away is tried again within this.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Follows the engine for ever.
pub(super) async fn run(inventory: Inventory, sources: Sources) {
    let mut backoff = Backoff::new(RETRY.0, RETRY.1);
    let mut watch = Watch {
        inventory,
        sources,
        seen_ns: None,
        touched: BTreeSet::new(),
    };
    loop {
        let since = Instant::now();
        let Err(why) = watch.follow().await;
        watch.inventory.lost(&why.to_string());
        watch.refresh_facts(true).await;
        if since.elapsed() > RETRY.1 * 2 {
            backoff.reset();
        }
        sleep(backoff.next(fastrand::f64())).await;
    }
}

struct Watch {
    inventory: Inventory,
    sources: Sources,
    /// Time of the newest event that was taken, in nanoseconds since 1970.
    seen_ns: Option<i64>,
    /// Containers that events named since they were inspected last.
    touched: BTreeSet<ContainerId>,
}

impl Watch {
    /// From the engine's first answer to its last.
    async fn follow(&mut self) -> Result<std::convert::Infallible, Refusal> {
        self.sources.engine.forget().await;
        // First the events, then the list: what happens in between is in both, never in neither.
        let mut events = self.sources.engine.events(self.seen_ns.map(|ns| ns + 1)).await?;
        self.refresh_facts(false).await;
        self.sweep(true).await?;
        let version = self
            .inventory
            .facts()
            .engine
            .map(|engine| engine.version)
            .unwrap_or_default();
        tracing::info!(%version, socket = %self.sources.engine.socket().display(), "the Docker Engine answers");

        let mut resync = interval_at(Instant::now() + RESYNC, RESYNC);
        resync.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ask_facts = interval_at(Instant::now() + FACTS, FACTS);
        ask_facts.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut due = Instant::now();
        loop {
            tokio::select! {
                event = events.next() => {
                    if self.touched.is_empty() {
                        due = Instant::now() + GATHER;
                    }
                    self.take(event?, &events).await;
                }
                () = sleep_until(due), if !self.touched.is_empty() => {
                    let touched = std::mem::take(&mut self.touched);
                    self.inspect(touched.into_iter().collect()).await?;
                }
                _ = resync.tick() => self.sweep(false).await?,
                _ = ask_facts.tick() => self.refresh_facts(false).await,
            }
        }
    }

    async fn take(&mut self, event: EngineEvent, events: &Events) {
        let EngineEvent { event, scope } = event;
        if self.seen_ns.is_some_and(|seen| event.at_ns < seen) {
            tracing::debug!(kind = %event.kind, action = %event.action, skipped = events.skipped(), "an event came late");
        }
        self.seen_ns = Some(event.at_ns.max(self.seen_ns.unwrap_or(i64::MIN)));
        if is_noise(&event.kind, &event.action) {
            return;
        }
        match (event.kind.as_str(), scope) {
            ("container", _) => {
                if let Ok(id) = ContainerId::parse(event.subject.clone()) {
                    if event.action == "destroy" {
                        self.touched.remove(&id);
                        self.inventory.remove(&id);
                    } else {
                        self.touched.insert(id);
                    }
                }
            }
            ("service" | "node" | "secret" | "config" | "network", Scope::Swarm) => {
                self.inventory.tell(News::Swarm {
                    kind: event.kind.clone(),
                    id: event.subject.clone(),
                });
            }
            // Connected or disconnected: the container's list of networks is another.
            ("network", Scope::Local) => {
                let id = event.attributes.get("container").cloned().map(ContainerId::parse);
                self.touched.extend(id.and_then(Result::ok));
            }
            _ => {}
        }
        if matches!(event.kind.as_str(), "daemon" | "node") {
            self.refresh_facts(false).await;
        }
        self.sources.spool.append(RecordBody::Event(event)).await;
    }

    /// Compares with the engine's list; `all` inspects every container whether it looks different or not.
    async fn sweep(&mut self, all: bool) -> Result<(), Refusal> {
        let listed = self.sources.engine.list_containers().await?;
        self.inventory.keep_only(&listed);
        let ids = if all {
            listed.into_iter().map(|line: Listed| line.id).collect()
        } else {
            self.inventory.picture().stale(&listed)
        };
        self.inspect(ids).await?;
        self.inventory.whole();
        Ok(())
    }

    async fn inspect(&self, ids: Vec<ContainerId>) -> Result<(), Refusal> {
        let engine = &self.sources.engine;
        let mut answers = stream::iter(ids)
            .map(|id| async move {
                let answer = engine.inspect_container(&id).await;
                (id, answer)
            })
            .buffer_unordered(AT_ONCE);
        while let Some((id, answer)) = answers.next().await {
            match answer {
                Ok(seen) => self.inventory.learn(seen),
                Err(Refusal::NotFound { .. }) => self.inventory.remove(&id),
                Err(err @ Refusal::Docker { .. }) => {
                    // One container that can't be described must not hide the others.
                    tracing::warn!(container = %id, %err, "a container can't be inspected");
                }
                Err(err) => return Err(err),
            }
        }
        Ok(())
    }

    async fn refresh_facts(&self, engine_is_away: bool) {
        let Sources {
            engine,
            proc_root,
            cgroup_root,
            ..
        } = &self.sources;
        let mut now = facts::read(proc_root, cgroup_root);
        if !engine_is_away {
            now.engine = engine.describe().await.ok();
        }
        self.inventory.set_facts(now);
    }
}

/// Health checks start a process every few seconds, and `docker top` is only somebody looking: neither is history.
fn is_noise(kind: &str, action: &str) -> bool {
    kind == "container" && (action.starts_with("exec_") || action == "top")
}
