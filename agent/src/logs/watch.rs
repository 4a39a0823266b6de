//! Notices that a log grows or is rotated, and opens new files at once.

use super::chain::Chain;
use super::reader::lock;
use futures_util::{FutureExt, StreamExt};
use inotify::{EventStream, Inotify, WatchMask};
use std::path::{Path, PathBuf};
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
/// So many looks without news end a stream of lines.
const QUIET_LOOKS: u32 = 5;
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

/// What happens in a directory. While lines come all the time, each write is no event (dockerd and this process would pay
/// for it): then only new files are, and the size is looked at. In a quiet log each write is one.
#[derive(Debug)]
pub(super) struct Watch {
    directory: PathBuf,
    events: Option<EventStream<Vec<u8>>>,
}

impl Watch {
    /// Begins to watch. Without inotify it polls.
    pub(super) fn new(directory: &Path) -> Self {
        let events = Inotify::init().and_then(|inotify| {
            inotify.watches().add(directory, mask(true))?;
            inotify.into_event_stream(vec![0; 4 << 10])
        });
        let events = events
            .inspect_err(|err| warn!(directory = %directory.display(), %err, "no inotify here; polling"))
            .ok();
        Self {
            directory: directory.to_owned(),
            events,
        }
    }

    /// Rings the bell when there is something new, for ever. The chain opens new files first, so they are open while the
    /// reader is still busy with old ones.
    pub(super) async fn run(mut self, chain: Arc<Mutex<Chain>>, bell: Arc<Bell>) {
        loop {
            self.listen_to_writes(true);
            // What came before the ear was there.
            while !look(&chain, &bell) {
                self.something(ANYWAY).await;
            }
            self.listen_to_writes(false);
            let mut quiet = 0;
            // One look without news ends a single line; a stream of lines may pause for a moment.
            while quiet < if bell.pace() > PACES.0 { QUIET_LOOKS } else { 1 } {
                self.gather(&chain, &bell).await;
                quiet = if look(&chain, &bell) { 0 } else { quiet + 1 };
            }
            bell.came(0);
        }
    }

    fn listen_to_writes(&mut self, writes: bool) {
        if let Some(events) = &self.events
            && let Err(err) = events.watches().add(&self.directory, mask(writes))
        {
            // The directory is gone with its container; polling finds its end.
            debug!(%err, "the watch can't be changed");
            self.events = None;
        }
    }

    /// Lets lines come together; new files are opened meanwhile without delay.
    async fn gather(&mut self, chain: &Mutex<Chain>, bell: &Bell) {
        let gathered = tokio::time::sleep(bell.pace());
        let mut gathered = std::pin::pin!(gathered);
        loop {
            tokio::select! {
                () = &mut gathered => return,
                () = self.something(ANYWAY) => {
                    look(chain, bell);
                }
            }
        }
    }

    /// Waits for an event, at most `span`. Cancel-safe.
    async fn something(&mut self, span: Duration) {
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
            () = tokio::time::sleep(span) => {}
        }
        // One look serves all that have happened so far.
        while let Some(Some(Ok(_))) = events.next().now_or_never() {}
    }
}

fn mask(writes: bool) -> WatchMask {
    let files = WatchMask::CREATE | WatchMask::MOVED_TO;
    if writes { files | WatchMask::MODIFY } else { files }
}

/// Opens new files, and rings when there is anything new.
fn look(chain: &Mutex<Chain>, bell: &Bell) -> bool {
    match lock(chain).look() {
        Ok(false) => false,
        Ok(true) => {
            bell.rung.notify_one();
            true
        }
        Err(err) => {
            debug!(%err, "the log's files can't be listed");
            false
        }
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
