//! Notices that a log grows or is rotated, and opens new files at once.

use super::chain::Chain;
use super::reader::lock;
use futures_util::{FutureExt, StreamExt};
use inotify::{EventStream, Inotify, WatchMask};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tracing::{debug, warn};

/// Events can get lost when their queue overflows; so often it is looked without one.
const ANYWAY: Duration = Duration::from_secs(1);
/// Without inotify (its instances are limited for each user) it is looked this often.
const POLL: Duration = Duration::from_millis(50);
/// How long lines are gathered: the first is written, the rest follows. 2 ms is below what anyone sees; at high rates
/// 20 ms cost a third of the CPU.
pub(super) const PACES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(20));
/// A reading larger than this gathers longer, one smaller than a quarter of it shorter.
const LARGE: usize = 32 << 10;

/// Tells the reader when to look, and learns from it how much came.
#[derive(Debug)]
pub(super) struct Bell {
    rung: Notify,
    pace_us: AtomicU64,
}

impl Bell {
    pub(super) fn new() -> Self {
        Self {
            rung: Notify::new(),
            pace_us: AtomicU64::new(micros(PACES.0)),
        }
    }

    /// Waits until there may be something new.
    pub(super) async fn wait(&self) {
        self.rung.notified().await;
    }

    /// `bytes` came at once.
    pub(super) fn came(&self, bytes: usize) {
        let pace = next_pace(Duration::from_micros(self.pace_us.load(Ordering::Relaxed)), bytes);
        self.pace_us.store(micros(pace), Ordering::Relaxed);
    }

    fn pace(&self) -> Duration {
        Duration::from_micros(self.pace_us.load(Ordering::Relaxed))
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// Much at once: gather longer. Little: be quick.
pub(super) fn next_pace(pace: Duration, bytes: usize) -> Duration {
    if bytes > LARGE {
        (pace * 2).min(PACES.1)
    } else if bytes < LARGE / 4 {
        (pace / 2).max(PACES.0)
    } else {
        pace
    }
}

/// What happens in a directory.
#[derive(Debug)]
pub(super) struct Watch {
    events: Option<EventStream<Vec<u8>>>,
}

impl Watch {
    /// Begins to watch. Without inotify it polls.
    pub(super) fn new(directory: &Path) -> Self {
        let events = Inotify::init().and_then(|inotify| {
            let mask = WatchMask::MODIFY | WatchMask::CREATE | WatchMask::MOVED_TO;
            inotify.watches().add(directory, mask)?;
            inotify.into_event_stream(vec![0; 4 << 10])
        });
        let events = events
            .inspect_err(|err| warn!(directory = %directory.display(), %err, "no inotify here; polling"))
            .ok();
        Self { events }
    }

    /// Rings the bell when something happened, for ever. Each time the chain looks for new files first, so they are
    /// open while the reader is still busy with old ones.
    pub(super) async fn run(mut self, chain: Arc<Mutex<Chain>>, bell: Arc<Bell>) {
        loop {
            self.something().await;
            look(&chain);
            // Without lines to gather there is nobody to wait for.
            tokio::time::sleep(bell.pace()).await;
            look(&chain);
            bell.rung.notify_one();
        }
    }

    async fn something(&mut self) {
        let Some(events) = &mut self.events else {
            return tokio::time::sleep(POLL).await;
        };
        tokio::select! {
            event = events.next() => {
                if !matches!(event, Some(Ok(_))) {
                    // The watch is broken; polling never is.
                    self.events = None;
                    return;
                }
            }
            () = tokio::time::sleep(ANYWAY) => {}
        }
        // One look serves all that have happened so far.
        while let Some(Some(Ok(_))) = events.next().now_or_never() {}
    }
}

fn look(chain: &Mutex<Chain>) {
    if let Err(err) = lock(chain).look() {
        debug!(%err, "the log's files can't be listed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_gathers_longer_and_little_is_quick() {
        let mut pace = PACES.0;
        for _ in 0..10 {
            pace = next_pace(pace, 100 << 10);
        }
        assert_eq!(pace, PACES.1);
        assert_eq!(next_pace(pace, 20 << 10), PACES.1);
        for _ in 0..10 {
            pace = next_pace(pace, 100);
        }
        assert_eq!(pace, PACES.0);
    }
}
