//! `/proc/PID/net/dev`, as text.

/// One interface's counters, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interface<'a> {
    pub(crate) name: &'a str,
    pub(crate) rx: u64,
    pub(crate) tx: u64,
}

/// All interfaces; lines that are none (the two heads) are skipped.
pub(crate) fn interfaces(text: &str) -> impl Iterator<Item = Interface<'_>> {
    text.lines().filter_map(|line| {
        let (name, counters) = line.split_once(':')?;
        let mut counters = counters.split_ascii_whitespace();
        Some(Interface {
            name: name.trim(),
            rx: counters.next()?.parse().ok()?,
            tx: counters.nth(7)?.parse().ok()?,
        })
    })
}

/// Bytes received and sent over everything but loopback, as `docker stats` counts.
pub(super) fn traffic(text: &str) -> (u64, u64) {
    interfaces(text)
        .filter(|interface| interface.name != "lo")
        .fold((0, 0), |(rx, tx), one| {
            (one.rx.saturating_add(rx), one.tx.saturating_add(tx))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_but_loopback_counts() {
        let text = include_str!("../../fixtures/cgroup-v1/proc/4242/net/dev");
        assert_eq!(traffic(text), (1_290 + 500, 84 + 70));
    }

    #[test]
    fn a_counter_that_touches_the_colon_is_read() {
        assert_eq!(traffic("eth0:123456 1 0 0 0 0 0 0 99 1 0 0 0 0 0 0\n"), (123_456, 99));
        assert_eq!(traffic("Inter-|   Receive\n face |bytes\n"), (0, 0));
    }
}
