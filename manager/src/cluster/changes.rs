use crane_shared::ids::{ContainerId, NodeId};
use std::collections::VecDeque;

/// How many changes are remembered: about 2 MiB. Whoever lags further loads the lists again.
const REMEMBERED: usize = 16_384;

/// What changed. How it is now, the picture says when somebody asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    Node(NodeId),
    Container(NodeId, ContainerId),
    /// A service's id.
    Service(String),
}

/// The newest changes, numbered without holes.
#[derive(Debug)]
pub(super) struct Changes {
    version: u64,
    ring: VecDeque<Thing>,
}

impl Changes {
    /// The first change gets the number after `version`. It begins at the time in microseconds, so that the numbers
    /// of an earlier run are always lower than those of a later one.
    pub(super) const fn new(version: u64) -> Self {
        Self {
            version,
            ring: VecDeque::new(),
        }
    }

    pub(super) const fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn push(&mut self, thing: Thing) {
        self.version += 1;
        if self.ring.len() >= REMEMBERED {
            self.ring.pop_front();
        }
        self.ring.push_back(thing);
    }

    /// At most `most` changes after `since`, each thing once with the number of its last change among them, and the
    /// number to go on from. `None` when `since` is not of this run or too old.
    pub(super) fn after(&self, since: u64, most: usize) -> Option<(Vec<(u64, Thing)>, u64)> {
        let behind = usize::try_from(self.version.checked_sub(since)?).ok()?;
        let skip = self.ring.len().checked_sub(behind)?;
        let part: Vec<_> = (since + 1..).zip(self.ring.iter().skip(skip).take(most)).collect();
        let until = since + part.len() as u64;
        let mut seen = std::collections::HashSet::new();
        let mut last: Vec<_> = part
            .into_iter()
            .rev()
            .filter(|(_, thing)| seen.insert(*thing))
            .map(|(version, thing)| (version, thing.clone()))
            .collect();
        last.reverse();
        Some((last, until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str) -> Thing {
        Thing::Service(name.into())
    }

    #[test]
    fn a_reader_gets_each_thing_once_with_its_newest_number() {
        let mut changes = Changes::new(100);
        for name in ["a", "b", "a"] {
            changes.push(service(name));
        }
        assert_eq!(
            changes.after(100, 10),
            Some((vec![(102, service("b")), (103, service("a"))], 103))
        );
        assert_eq!(changes.after(102, 10), Some((vec![(103, service("a"))], 103)));
        assert_eq!(changes.after(103, 10), Some((vec![], 103)));
        assert_eq!(
            changes.after(100, 2),
            Some((vec![(101, service("a")), (102, service("b"))], 102))
        );
    }

    #[test]
    fn who_lags_too_far_or_comes_from_another_run_starts_over() {
        let mut changes = Changes::new(100);
        assert_eq!(changes.after(99, 10), None);
        assert_eq!(changes.after(101, 10), None);
        for _ in 0..=REMEMBERED {
            changes.push(service("a"));
        }
        assert_eq!(changes.after(100, 10), None);
        assert!(changes.after(101, 10).is_some());
        assert_eq!(changes.ring.len(), REMEMBERED);
    }
}
