use crane_shared::time::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// From here on strangers must first show that their address is theirs: a flood with forged senders then costs
/// us one small packet each and no memory.
const RETRY_ABOVE: u32 = 64;
/// Handshakes in progress altogether; beyond, everyone is refused at once and comes back with jitter.
const MOST: u32 = 256;
/// From one address that is not proven: one machine needs one.
const PER_STRANGER: u32 = 8;
/// From one proven address: a fleet behind one NAT box comes back together after the manager restarts.
const PER_ADDRESS: u32 = 32;
/// Failed joins that one address may make in a minute; a token has 256 bits, this only keeps the log short.
const FAILED_JOINS: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are remembered for failed joins; beyond, the window starts over for all.
const REMEMBERED: usize = 10_000;

/// Counts those who are at the door and not yet in.
#[derive(Debug, Default)]
pub(super) struct Door {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: u32,
    by_address: HashMap<IpAddr, u32>,
    failed_joins: HashMap<IpAddr, (Timestamp, u32)>,
}

/// What happens to someone who knocks.
#[derive(Debug)]
pub(super) enum Verdict {
    Enter(Pass),
    /// Prove your address first.
    Retry,
    Refuse,
}

/// A place at the door; dropping it makes room.
#[derive(Debug)]
pub(super) struct Pass {
    door: Arc<Door>,
    from: IpAddr,
}

impl Door {
    pub(super) fn knock(self: &Arc<Self>, from: IpAddr, proven: bool) -> Verdict {
        let from = whole_network(from);
        let mut counts = self.counts();
        let here = counts.by_address.get(&from).copied().unwrap_or(0);
        if counts.total >= MOST {
            return Verdict::Refuse;
        }
        if !proven && (counts.total >= RETRY_ABOVE || here >= PER_STRANGER) {
            return Verdict::Retry;
        }
        if here >= PER_ADDRESS {
            return Verdict::Refuse;
        }
        counts.total += 1;
        counts.by_address.insert(from, here + 1);
        Verdict::Enter(Pass {
            door: Arc::clone(self),
            from,
        })
    }

    /// Whether this address may try to join now.
    pub(super) fn may_join(&self, from: IpAddr, now: Timestamp) -> bool {
        let counts = self.counts();
        counts
            .failed_joins
            .get(&whole_network(from))
            .is_none_or(|(since, failed)| now.since(*since) >= WINDOW || *failed < FAILED_JOINS)
    }

    pub(super) fn join_failed(&self, from: IpAddr, now: Timestamp) {
        let mut counts = self.counts();
        if counts.failed_joins.len() >= REMEMBERED {
            counts.failed_joins.clear();
        }
        let entry = counts.failed_joins.entry(whole_network(from)).or_insert((now, 0));
        if now.since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut counts = self.door.counts();
        counts.total = counts.total.saturating_sub(1);
        if let Some(here) = counts.by_address.get_mut(&self.from) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                counts.by_address.remove(&self.from);
            }
        }
    }
}

/// Whoever has one IPv6 address has the 2^64 around it.
fn whole_network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_stranger_gets_eight_places_and_then_must_prove_its_address() {
        let door = Arc::new(Door::default());
        let held: Vec<_> = (0..8).map(|_| door.knock(address("192.0.2.1"), false)).collect();
        assert!(held.iter().all(|verdict| matches!(verdict, Verdict::Enter(_))));
        assert!(matches!(door.knock(address("192.0.2.1"), false), Verdict::Retry));
        assert!(matches!(door.knock(address("192.0.2.2"), false), Verdict::Enter(_)));
        drop(held);
        assert!(matches!(door.knock(address("192.0.2.1"), false), Verdict::Enter(_)));
    }

    #[test]
    fn many_strangers_must_prove_their_addresses_and_too_many_are_refused() {
        let door = Arc::new(Door::default());
        let mut held = Vec::new();
        for n in 0..64_u32 {
            held.push(door.knock(IpAddr::from(n.to_be_bytes()), false));
        }
        assert!(matches!(door.knock(address("192.0.2.1"), false), Verdict::Retry));
        for n in 64..256_u32 {
            held.push(door.knock(IpAddr::from(n.to_be_bytes()), true));
        }
        assert!(held.iter().all(|verdict| matches!(verdict, Verdict::Enter(_))));
        assert!(matches!(door.knock(address("192.0.2.1"), true), Verdict::Refuse));
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let door = Arc::new(Door::default());
        let _held: Vec<_> = (0..32)
            .map(|n| door.knock(address(&format!("2001:db8::{n:x}")), true))
            .collect();
        assert!(matches!(door.knock(address("2001:db8::ffff"), true), Verdict::Refuse));
        assert!(matches!(
            door.knock(address("2001:db8:0:1::1"), true),
            Verdict::Enter(_)
        ));
    }

    #[test]
    fn ten_failed_joins_close_the_door_for_a_minute() {
        let door = Door::default();
        let from = address("192.0.2.1");
        for _ in 0..10 {
            assert!(door.may_join(from, Timestamp(0)));
            door.join_failed(from, Timestamp(0));
        }
        assert!(!door.may_join(from, Timestamp(59_999)));
        assert!(door.may_join(from, Timestamp(60_000)));
    }
}
