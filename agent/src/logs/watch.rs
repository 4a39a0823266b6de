//! Notices that a log grows, and how much is worth waiting for.

use super::ear::Listener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// Events can get lost when their queue overflows; so often it is looked without one.
const ANYWAY: Duration = Duration::from_secs(1);
/// Without inotify (its instances are limited for each user) it is looked this often.
const POLL: Duration = Duration::from_millis(50);
/// How long lines are gathered: the first is written, the rest follows. 2 ms is below what anyone sees; at high rates
/// 20 ms cost a third of the CPU.
const PACES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(20));
/// A reading larger than this gathers longer, one smaller than a quarter of it shorter.
const LARGE: usize = 32 << 10;
/// So many looks without news end a stream of lines.
const QUIET_LOOKS: u32 = 5;

/// Tells the reader when to look, and learns from it how much came.
#[derive(Debug)]
pub(super) struct Bell {
    rung: Notify,
    written: Notify,
    pace_us: AtomicU64,
}

impl Bell {
    pub(super) fn new() -> Self {
        Self {
            rung: Notify::new(),
            written: Notify::new(),
            pace_us: AtomicU64::new(micros(PACES.0)),
        }
    }

    /// Waits until there may be something new.
    pub(super) async fn wait(&self) {
        self.rung.notified().await;
    }

    /// There is something new.
    pub(super) fn ring(&self) {
        self.rung.notify_one();
    }

    /// Something was written, and perhaps it is new.
    pub(super) fn written(&self) {
        self.written.notify_one();
    }

    /// Waits for a write. Cancel-safe.
    async fn write(&self) {
        self.written.notified().await;
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
fn next_pace(pace: Duration, bytes: usize) -> Duration {
    if bytes > LARGE {
        (pace * 2).min(PACES.1)
    } else if bytes < LARGE / 4 {
        (pace / 2).max(PACES.0)
    } else {
        pace
    }
}

/// Rings the bell when there is something new, for ever. While lines come all the time, each write is no event (dockerd and
/// this process would pay for it): then only new files are, and the size is looked at. In a quiet log each write is one.
pub(super) async fn run(listener: &Listener, bell: &Bell) {
    loop {
        listener.listen_to_writes(true);
        // What came before the ear was there.
        while !listener.look() {
            if listener.hears() {
                drop(tokio::time::timeout(ANYWAY, bell.write()).await);
            } else {
                tokio::time::sleep(POLL).await;
            }
        }
        listener.listen_to_writes(false);
        let mut quiet = 0;
        // One look without news ends a single line; a stream of lines may pause for a moment.
        while quiet < if bell.pace() > PACES.0 { QUIET_LOOKS } else { 1 } {
            // Lines come together; new files are opened meanwhile by the listener.
            tokio::time::sleep(bell.pace()).await;
            quiet = if listener.glance() { 0 } else { quiet + 1 };
        }
        bell.came(0);
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
