//! Which records of a batch are new: the rule of exactly-once. Pure.

use crane_shared::protocol::{Record, RecordBatch, RecordBody};

/// What of a batch is applied.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Accepted<'a> {
    /// The new watermark; the old one when nothing is new.
    pub(super) upto: u64,
    /// In order, without a hole that was not declared.
    pub(super) records: Vec<&'a Record>,
    /// Records behind a hole were left for a second sending.
    pub(super) hole: bool,
}

/// Everything up to `acked` is durable. Takes what follows on it; drops what is known; stops at a hole that no
/// `Gap` explains. A gap that begins in known records counts from the watermark on: the agent may have dropped
/// what was acknowledged before it heard so.
pub(super) fn accept(acked: u64, batch: &RecordBatch) -> Accepted<'_> {
    let mut accepted = Accepted {
        upto: acked,
        records: Vec::new(),
        hole: false,
    };
    for record in batch.records.iter().filter(|record| record.seq > acked) {
        let follows = match record.body {
            RecordBody::Gap { from, to, .. } => to == record.seq && from <= accepted.upto.saturating_add(1),
            _ => Some(record.seq) == accepted.upto.checked_add(1),
        };
        if follows && record.seq > accepted.upto {
            accepted.upto = record.seq;
            accepted.records.push(record);
        } else if record.seq > accepted.upto {
            accepted.hole = true;
            break;
        }
    }
    accepted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crane_shared::model::Event;
    use crane_shared::time::Timestamp;

    /// `3` is a record, `4-6` a gap.
    fn batch(text: &str) -> RecordBatch {
        let record = |word: &str| match word.split_once('-') {
            None => Record {
                seq: word.parse().unwrap(),
                body: RecordBody::Event(Event {
                    at_ns: 0,
                    kind: String::new(),
                    action: String::new(),
                    subject: String::new(),
                    attributes: std::collections::BTreeMap::new(),
                }),
            },
            Some((from, to)) => Record {
                seq: to.parse().unwrap(),
                body: RecordBody::Gap {
                    from: from.parse().unwrap(),
                    to: to.parse().unwrap(),
                    since: Timestamp(0),
                    until: Timestamp(0),
                    bytes: 0,
                },
            },
        };
        RecordBatch {
            records: text.split_whitespace().map(record).collect(),
        }
    }

    /// With `acked`, of `sent` exactly `taken` is applied; `!` marks a hole.
    fn check(acked: u64, sent: &str, taken: &str) {
        let batch = batch(sent);
        let accepted = accept(acked, &batch);
        let mut words: Vec<String> = accepted.records.iter().map(|record| record.seq.to_string()).collect();
        words.extend(accepted.hole.then(|| "!".to_owned()));
        assert_eq!(words.join(" "), taken, "{sent} after {acked}");
        let last = accepted.records.last().map_or(acked, |record| record.seq);
        assert_eq!(accepted.upto, last);
    }

    #[test]
    fn what_follows_is_taken() {
        check(0, "1 2 3", "1 2 3");
        check(7, "8 9", "8 9");
    }

    #[test]
    fn what_is_known_is_dropped() {
        check(3, "1 2 3", "");
        check(3, "2 3 4 5", "4 5");
        check(0, "1 1 2 2 1 3", "1 2 3");
    }

    #[test]
    fn behind_a_hole_nothing_is_taken() {
        check(0, "2", "!");
        check(3, "4 6 7", "4 !");
        check(0, "0", "");
    }

    #[test]
    fn a_gap_bridges_what_it_covers_and_no_more() {
        check(3, "4-6 7", "6 7");
        check(3, "5-6 7", "!");
        check(5, "4-8 9", "8 9");
        check(8, "4-8 9", "9");
        check(3, "4 5-9 10", "4 9 10");
    }

    #[test]
    fn the_largest_number_is_the_end_and_not_an_overflow() {
        let max = u64::MAX;
        check(max - 1, &format!("{max}"), &format!("{max}"));
        check(max, &format!("1 {max}"), "");
    }
}
