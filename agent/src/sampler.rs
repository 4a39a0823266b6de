//! Numbers of the machine and its containers: one batch every period for the record, and live while somebody looks.
//!
//! All readers share one meter, so two charts of one container cost one reading. Nothing is kept here: batches go to
//! whoever was named at the start (the spool), live frames to their own stream.
//!
//! The period falls on the full period of the wall clock, so that the batches of all nodes line up; the rates come
//! from the monotonic clock read next to each file, so that a late tick or a clock that was set spoils none of them.

mod meter;
mod tick;

pub(crate) use meter::Round;

use crate::cgroup::{Hierarchy, Reading, Running, usage};
use crate::host::load;
use crane_shared::ids::ContainerKey;
use crane_shared::model::{ContainerSample, SampleBatch};
use crane_shared::tasks::Tasks;
use crane_shared::time::{Clock, Timestamp};
use meter::Meter;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tick::{next, shown};
use tokio::sync::watch;
use tracing::warn;

/// Between two ticks the list is looked at this often, so that a new container's first sample covers nearly all of its life.
const GREETING: Duration = Duration::from_secs(1);
/// A reading this young is good enough for another reader.
const FRESH: Duration = Duration::from_millis(100);
/// The least time that rates are measured over: the kernel charges CPU in steps of up to 4 ms.
pub(crate) const SHORTEST: Duration = Duration::from_millis(200);
/// Periods outside of this are a mistake of the manager's and are moved into it, in milliseconds.
const PERIODS: std::ops::RangeInclusive<u32> = 500..=300_000;

/// Where things are on this host.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Normally `/sys/fs/cgroup`.
    pub cgroup_root: PathBuf,
    /// Normally `/proc`.
    pub proc_root: PathBuf,
    /// A directory on the file system whose fill is reported; the engine's data directory.
    pub docker_root: PathBuf,
    /// Milliseconds between two batches, until the manager says otherwise.
    pub period_ms: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cgroup_root: PathBuf::from("/sys/fs/cgroup"),
            proc_root: PathBuf::from("/proc"),
            docker_root: PathBuf::from("/var/lib/docker"),
            period_ms: 10_000,
        }
    }
}

/// The one that measures. Clones share one meter.
#[derive(Debug, Clone)]
pub struct Sampler {
    clock: Clock,
    running: Running,
    meter: Arc<Mutex<Meter>>,
    period: Arc<watch::Sender<u32>>,
}

impl Sampler {
    /// Begins to measure; each batch is handed to `keep`, which must not block. On a host without readable cgroups only
    /// the machine itself is measured.
    pub fn start(
        tasks: &Tasks,
        clock: Clock,
        settings: Settings,
        running: Running,
        keep: impl FnMut(SampleBatch) + Send + 'static,
    ) -> Self {
        let hierarchy = Hierarchy::find(&settings.cgroup_root, &settings.proc_root)
            .inspect_err(|err| warn!(%err, "containers can't be measured"))
            .ok();
        let sampler = Self {
            clock,
            running,
            meter: Arc::new(Mutex::new(Meter::new(
                hierarchy,
                settings.proc_root,
                settings.docker_root,
            ))),
            period: Arc::new(watch::Sender::new(within(settings.period_ms))),
        };
        tasks.spawn("sampler", sampler.clone().run(keep));
        sampler
    }

    /// Changes the period; the next tick follows it.
    pub fn set_period(&self, period_ms: u32) {
        self.period.send_if_modified(|period| {
            let changed = *period != within(period_ms);
            *period = within(period_ms);
            changed
        });
    }

    /// Names the engine's data directory once the engine has told it.
    pub fn set_docker_root(&self, root: PathBuf) {
        self.meter
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .set_docker_root(root);
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Looks at the machine and at `only` (`None`: at every running container). Readings of the last 100 ms are shared.
    /// The files are read on a thread for blocking work: a disk that hangs or a slow `memory.stat` stops nothing else.
    pub(crate) async fn look(&self, only: Option<BTreeSet<ContainerKey>>) -> Round {
        let (meter, running) = (Arc::clone(&self.meter), Arc::clone(&self.running));
        let look = tokio::task::spawn_blocking(move || {
            let running = running.read().unwrap_or_else(PoisonError::into_inner).clone();
            let mut meter = meter.lock().unwrap_or_else(PoisonError::into_inner);
            meter.round(&running, only.as_ref(), FRESH)
        });
        look.await.unwrap_or_default()
    }

    async fn run(self, mut keep: impl FnMut(SampleBatch)) {
        let mut period = self.period.subscribe();
        let mut before = self.look(None).await;
        let mut last = Timestamp(i64::MIN);
        // The first sample does not wait for a full period: who has just joined wants to see something.
        let mut early = true;
        loop {
            let period_ms = *period.borrow_and_update();
            let tick = next(self.clock.now(), period_ms);
            let left = tick.since(self.clock.now());
            tokio::select! {
                () = tokio::time::sleep(left.min(GREETING)) => {}
                _ = period.changed() => continue,
                () = tokio::time::sleep(SHORTEST), if early => {}
            }
            let due = self.clock.now() >= tick;
            if !due && !early {
                self.greet(&mut before).await;
                continue;
            }
            // A tick right behind the look before would measure nothing.
            tokio::time::sleep(SHORTEST.saturating_sub(before.host_at().elapsed())).await;
            let now = self.look(None).await;
            let at = if due {
                shown(tick, self.clock.now())
            } else {
                self.clock.now()
            };
            // A clock that was set back must not write over what is there.
            if at > last {
                last = at;
                let batch = batch(at, &before, &now);
                // Containers that are listed a moment after the start get an early batch of their own.
                early = early && batch.containers.is_empty() && !due;
                keep(batch);
            }
            before = now;
        }
    }

    /// Newcomers get their first reading.
    async fn greet(&self, before: &mut Round) {
        let new: BTreeSet<_> = {
            let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
            running
                .keys()
                .filter(|key| !before.containers.contains_key(key))
                .copied()
                .collect()
        };
        if !new.is_empty() {
            before.containers.extend(self.look(Some(new)).await.containers);
        }
    }
}

fn within(period_ms: u32) -> u32 {
    period_ms.clamp(*PERIODS.start(), *PERIODS.end())
}

/// What happened between two looks. A container that was seen once has no rates yet and is left out.
fn batch(at: Timestamp, before: &Round, now: &Round) -> SampleBatch {
    let span = now.host_at().saturating_duration_since(before.host_at());
    SampleBatch {
        at,
        period_ms: u32::try_from(span.as_millis()).unwrap_or(u32::MAX),
        host: load::load(before.host(), now.host()),
        containers: pairs(&before.containers, &now.containers)
            .map(|(key, before, now)| ContainerSample {
                key,
                usage: usage(before, now),
            })
            .collect(),
    }
}

/// Containers that were seen twice, with time in between.
pub(crate) fn pairs<'a>(
    before: &'a BTreeMap<ContainerKey, Reading>,
    now: &'a BTreeMap<ContainerKey, Reading>,
) -> impl Iterator<Item = (ContainerKey, &'a Reading, &'a Reading)> {
    now.iter().filter_map(|(key, now)| {
        let before = before.get(key)?;
        (now.at > before.at).then_some((*key, before, now))
    })
}

#[cfg(test)]
mod tests;
