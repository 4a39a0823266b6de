//! Two readings and the time between them make rates.

use crane_shared::model::Usage;
use std::time::Instant;

/// One look at a container: counters since it started, and levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Taken next to the reads: the tick may have come late, the rates are right all the same.
    pub at: Instant,
    /// CPU nanoseconds.
    pub cpu_ns: u64,
    /// Bytes.
    pub rx: u64,
    pub tx: u64,
    pub read: u64,
    pub write: u64,
    /// Bytes, without the page cache.
    pub memory: u64,
    pub pids: u32,
}

/// What was used between two readings. A counter that went back was started anew: then what it counts since is what
/// was used, at least.
#[must_use]
pub fn usage(before: &Reading, now: &Reading) -> Usage {
    let ns = now.at.saturating_duration_since(before.at).as_nanos();
    Usage {
        // 10,000 is one core busy: nanoseconds per nanosecond, times 10,000.
        cpu: u32::try_from(per(grown(before.cpu_ns, now.cpu_ns), 10_000, ns)).unwrap_or(u32::MAX),
        memory: now.memory,
        rx: per_second(before.rx, now.rx, ns),
        tx: per_second(before.tx, now.tx, ns),
        read: per_second(before.read, now.read, ns),
        write: per_second(before.write, now.write, ns),
        pids: now.pids,
    }
}

/// Growth per second over `ns` nanoseconds; 0 when no time has passed.
pub(crate) fn per_second(before: u64, now: u64, ns: u128) -> u64 {
    per(grown(before, now), 1_000_000_000, ns)
}

/// How much a counter grew; one that went back started at zero again.
pub(crate) const fn grown(before: u64, now: u64) -> u64 {
    if now >= before { now - before } else { now }
}

/// `amount * scale / ns`, rounded, without overflow.
pub(crate) fn per(amount: u64, scale: u128, ns: u128) -> u64 {
    if ns == 0 {
        return 0;
    }
    u64::try_from((u128::from(amount) * scale + ns / 2) / ns).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn reading(at: Instant, counter: u64) -> Reading {
        Reading {
            at,
            cpu_ns: counter,
            rx: counter,
            tx: counter,
            read: counter,
            write: counter,
            memory: 7,
            pids: 3,
        }
    }

    #[test]
    fn one_busy_core_is_ten_thousand() {
        let start = Instant::now();
        let before = reading(start, 5_000_000_000);
        // The tick came 30 % late; the rate is per second of real time.
        let now = reading(start + Duration::from_millis(1300), 6_300_000_000);
        let used = usage(&before, &now);
        assert_eq!(used.cpu, 10_000);
        assert_eq!(used.rx, 1_000_000_000);
        assert_eq!((used.memory, used.pids), (7, 3));
    }

    #[test]
    fn a_restart_counts_from_zero() {
        let start = Instant::now();
        let used = usage(&reading(start, 1 << 60), &reading(start + Duration::from_secs(1), 500));
        assert_eq!(used.rx, 500);
    }

    #[test]
    fn no_time_means_no_rate() {
        let start = Instant::now();
        assert_eq!(usage(&reading(start, 1), &reading(start, 100)).tx, 0);
    }

    proptest! {
        #[test]
        fn nothing_overflows(before: u64, now: u64, ns in 0_u64..u64::MAX) {
            let start = Instant::now();
            let later = start.checked_add(Duration::from_nanos(ns % (1 << 50))).unwrap();
            let used = usage(&reading(start, before), &reading(later, now));
            prop_assert_eq!(used.memory, 7);
        }

        #[test]
        fn rate_times_time_gives_the_growth_back(growth in 0_u64..1 << 40, ms in 1_u64..100_000) {
            let rate = per_second(1000, 1000 + growth, u128::from(ms) * 1_000_000);
            let back = u128::from(rate) * u128::from(ms) / 1000;
            // Rounding to whole bytes per second is all that may be lost.
            prop_assert!(back.abs_diff(u128::from(growth)) <= u128::from(ms) / 1000 + 1);
        }
    }
}
