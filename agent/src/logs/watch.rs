//! Notices that a log grows, and how much is worth waiting for.

use super::ear::Listener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// Events can get lost when their queue overflows; so often it is looked without one.
const ANYWAY: Duration = Duration::from_secs(1);
/// Without inotify (its instances are limited for each user) it is looked this often.
const POLL: Duration = Duration::from_millis(50);
/// How long lines are gathered. The first is read when it is written, the next ones soon: whoever types sees no delay.
const FIRST: Duration = Duration::from_millis(2);
/// A stream of lines is read a hundred times a second. A screen shows no more than 60 pictures, and each reading has a
/// price: at 5,000 lines a second 2 ms cost four times as much.
const STREAM: Duration = Duration::from_millis(10);
/// A flood is read in blocks.
const FLOOD: Duration = Duration::from_millis(20);
/// A reading larger than this is a flood's: more than 6 MB a second.
const LARGE: usize = 64 << 10;
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
            pace_us: AtomicU64::new(micros(FIRST)),
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

/// While lines come they are gathered longer and longer; a quiet moment makes quick again.
fn next_pace(pace: Duration, bytes: usize) -> Duration {
    match bytes {
        0 => FIRST,
        1..LARGE => (pace * 2).min(STREAM),
        LARGE.. => (pace * 2).min(FLOOD),
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
        while quiet < if bell.pace() > FIRST { QUIET_LOOKS } else { 1 } {
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
    fn a_first_line_is_quick_and_a_stream_is_gathered() {
        let after = |bytes: &[usize]| bytes.iter().fold(FIRST, |pace, bytes| next_pace(pace, *bytes));
        assert_eq!(after(&[100]), FIRST * 2);
        assert_eq!(after(&[100; 10]), STREAM);
        assert_eq!(after(&[100 << 10; 10]), FLOOD);
        assert_eq!(after(&[100 << 10, 100 << 10, 100 << 10, 100 << 10, 100]), STREAM);
        assert_eq!(after(&[100, 100, 100, 0]), FIRST);
    }
}
