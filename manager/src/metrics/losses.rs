use std::sync::atomic::{AtomicU64, Ordering};

/// What had to be left out since the process started: nothing is dropped without a count.
#[derive(Debug, Default)]
pub struct Losses {
    /// Samples whose time is further in the past than raw data is kept, or in the future.
    misdated: AtomicU64,
    /// Containers beyond the most that one report may name, and rows beyond the most of one block.
    beyond_limits: AtomicU64,
    /// Stored reports that could not be read back.
    unreadable: AtomicU64,
    /// Records that an agent had to drop and said so.
    declared: AtomicU64,
    /// Batches with a hole that nobody declared; they are sent again, so nothing is lost yet.
    holes: AtomicU64,
}

impl Losses {
    pub(super) fn add_misdated(&self, count: u64) {
        self.misdated.fetch_add(count, Ordering::Relaxed);
    }
    pub(super) fn add_beyond_limits(&self, count: u64) {
        self.beyond_limits.fetch_add(count, Ordering::Relaxed);
    }
    pub(super) fn add_unreadable(&self, count: u64) {
        self.unreadable.fetch_add(count, Ordering::Relaxed);
    }
    pub(super) fn add_declared(&self, count: u64) {
        self.declared.fetch_add(count, Ordering::Relaxed);
    }
    pub(super) fn add_hole(&self) {
        self.holes.fetch_add(1, Ordering::Relaxed);
    }

    /// Name and count of each kind, for `/metrics`.
    #[must_use]
    pub fn counts(&self) -> [(&'static str, u64); 5] {
        [
            ("misdated", self.misdated.load(Ordering::Relaxed)),
            ("beyond_limits", self.beyond_limits.load(Ordering::Relaxed)),
            ("unreadable", self.unreadable.load(Ordering::Relaxed)),
            ("declared", self.declared.load(Ordering::Relaxed)),
            ("holes", self.holes.load(Ordering::Relaxed)),
        ]
    }
}
