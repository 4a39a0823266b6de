use super::{Metrics, keys};
use crate::store::{Family, StoreError};
use std::sync::atomic::Ordering;

const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Samples older than this are not taken any more: their hour's raw block might be gone already, and roll-ups made
/// of half an hour's rows would be wrong. An agent's spool holds at most 24 h.
pub(super) const BEHIND: i64 = 47 * HOUR;
/// Nor samples further in the future than this: they would never grow old. A larger difference is a finding of the doctor.
pub(super) const BEFORE: i64 = HOUR;

/// How fine, how long, and in blocks of how many ms one kind of block is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tier {
    pub(super) family: Family,
    /// Length of one row in ms; 0 for rows as they came.
    pub(super) period: i64,
    /// Time that one block holds, in ms.
    pub(super) window: i64,
    /// In ms.
    pub(super) keep: i64,
}

pub(super) const RAW: Tier = Tier {
    family: Family::Raw,
    period: 0,
    window: HOUR,
    keep: 48 * HOUR,
};
pub(super) const MINUTES: Tier = Tier {
    family: Family::Minutes,
    period: MINUTE,
    window: 4 * HOUR,
    keep: 14 * DAY,
};
pub(super) const TEN_MINUTES: Tier = Tier {
    family: Family::TenMinutes,
    period: 10 * MINUTE,
    window: DAY,
    keep: 366 * DAY,
};
/// What happened, for as long as a quarter of a year.
const KEEP_EVENTS: i64 = 90 * DAY;

impl Tier {
    /// The number of the block that holds `at`.
    pub(super) fn window_of(&self, at: i64) -> u32 {
        u32::try_from(at.div_euclid(self.window)).unwrap_or(0)
    }
}

impl Metrics {
    /// Forgets whole blocks that are too old, once an hour.
    pub(super) fn retire(&self) -> Result<(), StoreError> {
        let now = self.clock.now().0;
        if now - self.retired.load(Ordering::Relaxed) < HOUR {
            return Ok(());
        }
        for tier in [RAW, MINUTES, TEN_MINUTES] {
            let first_kept = tier.window_of(now - tier.keep);
            self.store
                .retire(tier.family, &keys::blocks_from(0), &keys::blocks_from(first_kept))?;
        }
        let first_kept = keys::events_from(now - KEEP_EVENTS);
        self.store.retire(Family::Events, &keys::events_from(0), &first_kept)?;
        self.retired.store(now, Ordering::Relaxed);
        Ok(())
    }
}
