//! How entries hang together (pure).

use crate::store::StoreError;
use crane_shared::api::AuditEntry;
use crane_shared::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest text of one field, in bytes; more is cut, so that a request can't fill the disk through the record.
const LONGEST: usize = 1024;

/// What is to be written down.
#[derive(Debug, Clone)]
pub struct Entry {
    /// E-mail of the user, `token <name>`, or `nobody` before sign-in.
    pub actor: String,
    /// Address the request came from.
    pub from: String,
    /// `noun.verb`, e.g. `session.open`.
    pub action: &'static str,
    pub target: String,
    pub outcome: Outcome,
    pub detail: String,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Done,
    Refused,
    Failed,
}

/// The record does not fit together.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("entry {0} is missing or out of its place")]
    Missing(u64),
    #[error("entry {0} or the one before it was changed")]
    Changed(u64),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One entry as it lies on disk. Its own hash lies in it too, so that the newest entry is covered as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) seq: u64,
    at: Timestamp,
    actor: String,
    from: String,
    action: String,
    target: String,
    outcome: Outcome,
    detail: String,
    /// Hash of the entry before; zeros for the first.
    prev: [u8; 32],
    hash: [u8; 32],
}

impl Link {
    pub(super) fn new(seq: u64, at: Timestamp, entry: Entry, prev: [u8; 32]) -> Self {
        let mut link = Self {
            seq,
            at,
            actor: cut(entry.actor),
            from: cut(entry.from),
            action: entry.action.to_owned(),
            target: cut(entry.target),
            outcome: entry.outcome,
            detail: cut(entry.detail),
            prev,
            hash: [0; 32],
        };
        link.hash = link.reckon();
        link
    }

    pub(super) const fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// SHA-256 over every field, each with its length before it: no two different entries have the same bytes.
    fn reckon(&self) -> [u8; 32] {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        context.update(b"crane-audit-1");
        context.update(&self.prev);
        context.update(&self.seq.to_be_bytes());
        context.update(&self.at.0.to_be_bytes());
        for text in [
            &*self.actor,
            &*self.from,
            &*self.action,
            &*self.target,
            self.outcome.name(),
            &*self.detail,
        ] {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }

    pub(super) fn show(self) -> AuditEntry {
        AuditEntry {
            seq: self.seq,
            at: self.at.to_rfc3339(),
            actor: self.actor,
            from: self.from,
            action: self.action,
            target: self.target,
            outcome: self.outcome.name().to_owned(),
            detail: self.detail,
        }
    }
}

impl Outcome {
    /// As the API writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Walks along the chain.
#[derive(Debug, Default)]
pub(super) struct Checker {
    seq: u64,
    hash: [u8; 32],
}

impl Checker {
    pub(super) const fn seen(&self) -> u64 {
        self.seq
    }

    pub(super) fn see(&mut self, key: &[u8], link: &Link) -> Result<(), Broken> {
        let wanted = self.seq + 1;
        if link.seq != wanted || key != wanted.to_be_bytes() {
            return Err(Broken::Missing(wanted));
        }
        if link.prev != self.hash || link.hash != link.reckon() {
            return Err(Broken::Changed(wanted));
        }
        self.seq = wanted;
        self.hash = link.hash;
        Ok(())
    }
}

fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Vec<Link> {
        let mut prev = [0; 32];
        (1..=5)
            .map(|seq| {
                let entry = Entry {
                    actor: "anna@example.org".into(),
                    from: "192.0.2.1".into(),
                    action: "node.remove",
                    target: format!("node {seq}"),
                    outcome: Outcome::Done,
                    detail: String::new(),
                };
                let link = Link::new(seq, Timestamp(1000), entry, prev);
                prev = link.hash();
                link
            })
            .collect()
    }

    fn check(links: &[Link]) -> Result<u64, String> {
        let mut checker = Checker::default();
        for link in links {
            checker
                .see(&link.seq.to_be_bytes(), link)
                .map_err(|broken| broken.to_string())?;
        }
        Ok(checker.seen())
    }

    #[test]
    fn a_whole_chain_holds() {
        assert_eq!(check(&chain()), Ok(5));
    }

    #[test]
    fn every_changed_field_is_found() {
        let changes: [fn(&mut Link); 8] = [
            |l| l.at.0 += 1,
            |l| l.actor.push('x'),
            |l| l.from.push('x'),
            |l| l.action.push('x'),
            |l| l.target.push('x'),
            |l| l.outcome = Outcome::Refused,
            |l| l.detail.push('x'),
            |l| l.prev = [1; 32],
        ];
        for at in 0..5 {
            for change in changes {
                let mut links = chain();
                change(&mut links[at]);
                assert!(check(&links).is_err(), "a change of entry {at} was not found");
                // Whoever knows the rule can give the entry a fitting hash, but not without changing all that follow.
                links[at].hash = links[at].reckon();
                assert!(
                    at == 4 || check(&links).is_err(),
                    "a re-hashed entry {at} was not found"
                );
            }
        }
    }

    #[test]
    fn a_letter_cannot_move_from_one_field_to_the_next() {
        let mut links = chain();
        let letter = links[2].target.remove(0);
        links[2].action.push(letter);
        assert!(check(&links).is_err());
    }

    #[test]
    fn removed_and_swapped_entries_are_found() {
        for at in 0..4 {
            let mut links = chain();
            links.remove(at);
            assert!(check(&links).is_err(), "entry {at} was removed unseen");
            let mut links = chain();
            links.swap(at, at + 1);
            assert!(check(&links).is_err(), "entry {at} was moved unseen");
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_letter() {
        let text = cut("é".repeat(2000));
        assert!(text.len() <= LONGEST + 4 && text.ends_with("é…"));
    }
}
