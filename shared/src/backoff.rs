//! How long to wait before the next try. Pure: the dice are passed in.

use std::time::Duration;

/// Decorrelated jitter: each wait is drawn between `floor` and three times the last one, capped.
///
/// With 0.5 s and 30 s a fleet that lost its manager at one instant comes back spread out, and no
/// host waits longer than half a minute
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
#[derive(Debug, Clone)]
pub struct Backoff {
    floor: Duration,
    ceiling: Duration,
    last: Duration,
}

impl Backoff {
    /// Waits between `floor` and `ceiling`.
    #[must_use]
    pub fn new(floor: Duration, ceiling: Duration) -> Self {
        Self {
            floor,
            ceiling,
            last: floor,
        }
    }

    /// The next wait; `dice` in `0.0..1.0`.
    pub fn next(&mut self, dice: f64) -> Duration {
        let high = self.last.saturating_mul(3).min(self.ceiling).max(self.floor);
        let span = high.saturating_sub(self.floor);
        self.last = self.floor + span.mul_f64(dice.clamp(0.0, 1.0));
        self.last
    }

    /// Starts over: what was tried has worked for a while.
    pub fn reset(&mut self) {
        self.last = self.floor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_between_floor_and_ceiling() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        for _ in 0..50 {
            let wait = backoff.next(1.0);
            assert!(wait >= Duration::from_millis(500) && wait <= Duration::from_secs(30));
        }
        assert_eq!(backoff.next(1.0), Duration::from_secs(30));
        backoff.reset();
        assert_eq!(backoff.next(0.0), Duration::from_millis(500));
    }
}
