//! How often one may try to sign in (pure: time is passed in).
//!
//! An account is never locked: after five wrong passwords the next try has to wait, twice as long each
//! time, at most 15 minutes. An address that has signed in to the account before has a count of its own,
//! so that a stranger's guessing does not keep its owner out.

use crane_shared::time::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Wrong passwords that cost no waiting.
const FREE: u32 = 5;
/// The longest wait.
const LONGEST: Duration = Duration::from_mins(15);
/// Tries per minute from one address (for IPv6: one /64).
const PER_ADDRESS: u32 = 20;
/// Tries per second from everywhere.
const OVERALL: u32 = 50;
/// Entries per table, about 100 bytes each; beyond it the oldest go.
const ENTRIES: usize = 10_000;

/// What was tried lately.
#[derive(Debug, Default)]
pub(super) struct Limits {
    accounts: HashMap<(String, Option<IpAddr>), Failures>,
    addresses: HashMap<IpAddr, Window>,
    known: HashMap<(String, IpAddr), Timestamp>,
    overall: Window,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

#[derive(Debug, Clone, Copy, Default)]
struct Window {
    begins: Timestamp,
    count: u32,
}

impl Window {
    /// Counts one more; how long to wait when that is too many.
    fn take(&mut self, now: Timestamp, span: Duration, most: u32) -> Result<(), Duration> {
        let age = now.since(self.begins);
        // A clock that was set back starts a new window instead of a wait without end.
        if age >= span || now < self.begins {
            *self = Self { begins: now, count: 0 };
        }
        if self.count >= most {
            return Err(span.saturating_sub(now.since(self.begins)));
        }
        self.count += 1;
        Ok(())
    }
}

impl Limits {
    /// Counts a try from `from`, for `account` when it names one; how long to wait when it may not be made.
    pub(super) fn attempt(&mut self, now: Timestamp, account: Option<&str>, from: IpAddr) -> Result<(), Duration> {
        let from = network(from);
        make_room(&mut self.addresses, |window| window.begins);
        self.addresses
            .entry(from)
            .or_default()
            .take(now, Duration::from_mins(1), PER_ADDRESS)?;
        self.overall.take(now, Duration::from_secs(1), OVERALL)?;
        let Some(account) = account else { return Ok(()) };
        let Some(failures) = self.accounts.get(&self.key(account, from)) else {
            return Ok(());
        };
        let wait = wait_after(failures.count);
        let waited = now.since(failures.last);
        if now >= failures.last && waited < wait {
            Err(wait - waited)
        } else {
            Ok(())
        }
    }

    /// A wrong password. Call it before the work is done and take it back by [`Limits::succeeded`]:
    /// tries that run side by side must count too.
    pub(super) fn failed(&mut self, now: Timestamp, account: &str, from: IpAddr) {
        let key = self.key(account, network(from));
        make_room(&mut self.accounts, |failures| failures.last);
        let failures = self.accounts.entry(key).or_insert(Failures { count: 0, last: now });
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    /// The right password.
    pub(super) fn succeeded(&mut self, now: Timestamp, account: &str, from: IpAddr) {
        let from = network(from);
        self.accounts.remove(&self.key(account, from));
        make_room(&mut self.known, |at| *at);
        self.known.insert((account.to_owned(), from), now);
    }

    fn key(&self, account: &str, from: IpAddr) -> (String, Option<IpAddr>) {
        let known = self.known.contains_key(&(account.to_owned(), from));
        (account.to_owned(), known.then_some(from))
    }
}

/// How long to wait after so many wrong passwords: nothing, then 1 s, 2 s, 4 s … 15 min.
fn wait_after(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(beyond) => Duration::from_secs(1_u64 << beyond.min(10)).min(LONGEST),
    }
}

/// Who has one IPv6 address has the /64 around it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// Drops the older half of a table that is full; half, so that it does not happen at every try.
fn make_room<K: Clone + Eq + std::hash::Hash, V>(table: &mut HashMap<K, V>, age: impl Fn(&V) -> Timestamp) {
    if table.len() < ENTRIES {
        return;
    }
    let mut ages: Vec<Timestamp> = table.values().map(&age).collect();
    ages.sort_unstable();
    let Some(middle) = ages.get(ages.len() / 2).copied() else {
        return;
    };
    table.retain(|_, value| age(value) > middle);
    if table.len() >= ENTRIES {
        table.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_000_000_000 + seconds * 1000)
    }

    #[test]
    fn the_sixth_wrong_password_waits_and_each_wait_doubles() {
        let mut limits = Limits::default();
        let mut now = 0;
        for _ in 0..5 {
            assert_eq!(limits.attempt(at(now), Some("anna"), A), Ok(()));
            limits.failed(at(now), "anna", A);
            now += 10;
        }
        now -= 10;
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(limits.attempt(at(now), Some("anna"), B), Err(Duration::from_secs(wait)));
            now += i64::try_from(wait).unwrap();
            assert_eq!(limits.attempt(at(now), Some("anna"), A), Ok(()));
            limits.failed(at(now), "anna", A);
        }
    }

    #[test]
    fn at_most_25_guesses_reach_the_hash_in_15_minutes() {
        let mut limits = Limits::default();
        let mut through = 0;
        for second in 0..900 {
            for host in 0..10 {
                let from = IpAddr::from([10, 0, u8::try_from(second % 250).unwrap(), host]);
                if limits.attempt(at(second), Some("anna"), from).is_ok() {
                    limits.failed(at(second), "anna", from);
                    through += 1;
                }
            }
        }
        assert!((10..=25).contains(&through), "{through} guesses");
    }

    #[test]
    fn a_stranger_does_not_keep_the_owner_out() {
        let mut limits = Limits::default();
        limits.succeeded(at(0), "anna", A);
        for second in 0..15 {
            limits.failed(at(second), "anna", B);
        }
        assert!(limits.attempt(at(15), Some("anna"), B).is_err());
        assert_eq!(limits.attempt(at(15), Some("anna"), A), Ok(()));
    }

    #[test]
    fn one_address_tries_20_times_a_minute_and_a_64_is_one_address() {
        let mut limits = Limits::default();
        for host in 0..20_u16 {
            let from = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host));
            assert_eq!(limits.attempt(at(0), None, from), Ok(()));
        }
        let more = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 9, 9, 9, 9));
        assert_eq!(limits.attempt(at(10), None, more), Err(Duration::from_secs(50)));
        assert_eq!(limits.attempt(at(10), None, A), Ok(()));
        assert_eq!(limits.attempt(at(60), None, more), Ok(()));
    }

    #[test]
    fn everybody_together_tries_50_times_a_second() {
        let mut limits = Limits::default();
        let passed = (0..60_u8)
            .filter(|host| limits.attempt(at(0), None, IpAddr::from([10, 0, 0, *host])).is_ok())
            .count();
        assert_eq!(passed, 50);
    }

    #[test]
    fn the_tables_stay_small() {
        let mut limits = Limits::default();
        for n in 0..30_000_u32 {
            limits.failed(Timestamp(i64::from(n)), &format!("user{n}"), A);
        }
        assert!(limits.accounts.len() <= ENTRIES);
        assert!(
            limits.accounts.contains_key(&("user29999".to_owned(), None)),
            "the newest was dropped"
        );
    }
}
