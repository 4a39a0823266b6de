//! When the next batch is due, and what time it shows.

use crane_shared::time::Timestamp;
use std::time::Duration;

/// A tick that came later than this shows when it came: the machine slept or stood still.
const LATE: Duration = Duration::from_secs(1);

/// The next full period of the wall clock after `now`.
pub(super) fn next(now: Timestamp, period_ms: u32) -> Timestamp {
    let period = i64::from(period_ms.max(1));
    Timestamp(now.0.div_euclid(period).saturating_add(1).saturating_mul(period))
}

/// The time on a batch that was due at `tick` and taken at `now`: the tick itself, so that all nodes show the same.
pub(super) fn shown(tick: Timestamp, now: Timestamp) -> Timestamp {
    if now.since(tick) > LATE { now } else { tick }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_lie_on_the_full_period() {
        assert_eq!(next(Timestamp(1_000_000_001_234), 10_000), Timestamp(1_000_000_010_000));
        assert_eq!(next(Timestamp(1_000_000_010_000), 10_000), Timestamp(1_000_000_020_000));
        assert_eq!(next(Timestamp(-1), 10_000), Timestamp(0));
    }

    #[test]
    fn a_tick_that_came_much_too_late_says_so() {
        assert_eq!(shown(Timestamp(10_000), Timestamp(10_300)), Timestamp(10_000));
        assert_eq!(shown(Timestamp(10_000), Timestamp(13_000)), Timestamp(13_000));
    }
}
