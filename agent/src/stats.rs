//! Live numbers for one who looks: a frame at once, then one at each full period until he stops reading.
//!
//! Frames are made when they can be sent: a slow reader gets fewer of them, never old ones.

use crate::sampler::{Round, SHORTEST, Sampler, pairs};
use crate::stream::Outlet;
use crate::{cgroup, host::load};
use crane_shared::ids::ContainerKey;
use crane_shared::model::{LiveSample, Totals};
use crane_shared::protocol::{StatsFrame, StatsQuery};
use std::collections::BTreeSet;
use std::time::Duration;

/// Faster than this the numbers only jump, and the kernel's own counters are not that fine, in milliseconds.
const FASTEST: u32 = 500;

/// Serves one question until the reader has gone.
pub async fn serve(sampler: &Sampler, query: StatsQuery, mut out: impl Outlet<StatsFrame>) {
    let only = (!query.containers.is_empty()).then(|| query.containers.iter().copied().collect::<BTreeSet<_>>());
    let period = i64::from(query.period_ms.max(FASTEST));
    let mut before = sampler.look(only.clone()).await;
    let mut wait = SHORTEST;
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = out.gone() => return,
        }
        let now = sampler.look(only.clone()).await;
        let frame = frame(sampler, &before, &now);
        if out.send(&frame).await.is_err() {
            return;
        }
        before = now;
        wait = until_next(sampler.now().0, period);
    }
}

/// The full period of the wall clock, so that all who look share one reading; at least as far away as rates need.
fn until_next(now_ms: i64, period_ms: i64) -> Duration {
    let left = period_ms - now_ms.rem_euclid(period_ms);
    let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
    if left < SHORTEST {
        left + Duration::from_millis(u64::try_from(period_ms).unwrap_or(0))
    } else {
        left
    }
}

fn frame(sampler: &Sampler, before: &Round, now: &Round) -> StatsFrame {
    let limit = |key: &ContainerKey| now.limits.get(key).copied().unwrap_or(0);
    StatsFrame {
        at: sampler.now(),
        host: load::load(before.host(), now.host()),
        containers: pairs(&before.containers, &now.containers)
            .map(|(key, before, now)| LiveSample {
                key,
                usage: cgroup::usage(before, now),
                totals: Totals {
                    cpu_ns: now.cpu_ns,
                    rx: now.rx,
                    tx: now.tx,
                    read: now.read,
                    write: now.write,
                },
                memory_limit: limit(&key),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_look_meet_at_the_full_period() {
        assert_eq!(until_next(10_300, 1000), Duration::from_millis(700));
        assert_eq!(until_next(10_000, 1000), Duration::from_millis(1000));
        assert_eq!(
            until_next(10_900, 1000),
            Duration::from_millis(1100),
            "too short to measure"
        );
    }
}
