use crate::membership::{Home, Membership};
use crane_shared::identity::{IdentityError, pin_of, validity_of};
use crane_shared::time::{Clock, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The node's certificate: kept in memory and in the file, renewed at a random point of 50 to 80 % of its life, so that a
/// fleet that joined together does not renew together.
#[derive(Debug)]
pub(super) struct Renewal {
    home: Home,
    membership: Mutex<Membership>,
    /// The manager's clock minus ours, in milliseconds: certificates are dated by its clock.
    ahead_ms: Mutex<i64>,
    /// Where in a certificate's life this process renews.
    dice: f64,
    taken: Notify,
}

impl Renewal {
    pub(super) fn new(home: Home, membership: Membership, dice: f64) -> Arc<Self> {
        Arc::new(Self {
            home,
            membership: Mutex::new(membership),
            ahead_ms: Mutex::new(0),
            dice,
            taken: Notify::new(),
        })
    }

    pub(super) fn membership(&self) -> Membership {
        self.lock().clone()
    }

    pub(super) fn set_ahead(&self, ahead_ms: i64) {
        *self.ahead_ms.lock().unwrap_or_else(PoisonError::into_inner) = ahead_ms;
    }

    pub(super) fn csr(&self) -> Result<Vec<u8>, IdentityError> {
        self.lock().key()?.csr()
    }

    /// Resolves when the certificate should be renewed. The clock is looked at every `check`, because a host may sleep.
    pub(super) async fn due(&self, clock: &Clock, check: Duration) {
        while !self.is_due(clock.now()) {
            tokio::time::sleep(check).await;
        }
    }

    /// Resolves when a renewal was taken, or after `retry`.
    pub(super) async fn taken(&self, retry: Duration) {
        // A refusal or a lost word: simply ask again later.
        drop(tokio::time::timeout(retry, self.taken.notified()).await);
    }

    /// Takes a new certificate in. One for another key is refused: it would lock this node out.
    pub(super) fn take(&self, chain: Vec<Vec<u8>>, until: Timestamp, clock: &Clock) {
        let fits = {
            let mut membership = self.lock();
            let fits = match (chain.first().map(|leaf| pin_of(leaf)), membership.key()) {
                (Some(Ok(pin)), Ok(key)) => pin == key.pin(),
                _ => false,
            };
            if fits {
                membership.chain = chain;
            }
            fits
        };
        if !fits {
            tracing::error!("the manager sent a certificate that is not for this node's key; it is not used");
            return;
        }
        match self.home.save(&self.lock()) {
            Ok(()) => {
                tracing::info!(until = %until.to_rfc3339(), now = %clock.now().to_rfc3339(), "certificate renewed")
            }
            Err(err) => tracing::error!(%err, "the renewed certificate can't be saved; it is lost at the next start"),
        }
        self.taken.notify_one();
    }

    pub(super) fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// Keeps a new generation on disk; whether it is there now. One that is not kept must not be confirmed, or this
    /// very machine would look like a copy after its next start.
    pub(super) fn keep_generation(&self, generation: u64) -> bool {
        let mut membership = self.lock();
        let before = std::mem::replace(&mut membership.generation, generation);
        let kept = self.home.save(&membership);
        if let Err(err) = &kept {
            membership.generation = before;
            tracing::warn!(%err, "the session's generation can't be kept");
        }
        kept.is_ok()
    }

    /// Notes that the manager removed this node, so that the next start does not try again.
    pub(super) fn note_removed(&self, now: Timestamp) {
        let mut membership = self.lock();
        membership.removed = Some(now);
        if let Err(err) = self.home.save(&membership) {
            tracing::error!(%err, "the removal can't be noted");
        }
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let ahead = *self.ahead_ms.lock().unwrap_or_else(PoisonError::into_inner);
        let leaf = self.lock().chain.first().map(|leaf| validity_of(leaf));
        match leaf {
            Some(Ok((from, until))) => Timestamp(now.0.saturating_add(ahead)) >= renew_at(from, until, self.dice),
            // A certificate that can't be read is best replaced.
            _ => true,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Membership> {
        self.membership.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A point between 50 and 80 % of the life; `dice` in `0.0..1.0`.
fn renew_at(from: Timestamp, until: Timestamp, dice: f64) -> Timestamp {
    from.plus(until.since(from).mul_f64(0.5 + 0.3 * dice.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewal_falls_between_half_and_four_fifths_of_the_life() {
        let (from, until) = (Timestamp(1_000), Timestamp(11_000));
        assert_eq!(renew_at(from, until, 0.0), Timestamp(6_000));
        assert_eq!(renew_at(from, until, 1.0), Timestamp(9_000));
        assert_eq!(renew_at(until, from, 0.5), until);
    }
}
