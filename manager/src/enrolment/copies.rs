//! Copies of a node's state: whoever has one has the node's key, so the key alone can't tell them apart.
//!
//! Each session moves the node on by one generation, and both sides keep the number on disk. Of two machines with one
//! state only one can be up to date: the other shows a generation that was left behind long ago. Which of them is the
//! node, nobody knows, so both are shut out until a person has removed the node and joined the right one again.
//! The same happens to a host that was put back to an older snapshot of its disk.

use super::Registry;
use crate::link::Session;
use crate::store::{Batch, Family, StoreError};
use crane_shared::ids::NodeId;
use crane_shared::protocol::Refusal;
use crane_shared::time::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::{error, warn};

/// How a node stands with us. Kept apart from its record, because it changes with each session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The newest that the agent has said it has on disk; 0 before the first.
    pub generation: u64,
    /// When two machines were found to use its key; nothing gets in with it any more.
    pub locked: Option<Timestamp>,
}

impl Standing {
    /// What it is after an agent has shown the generation that it has. A manager that was restored from a backup may
    /// be behind its agents; only an agent that is behind is a copy.
    pub(super) fn after(self, shown: u64, now: Timestamp) -> Self {
        if shown < self.generation {
            Self {
                locked: self.locked.or(Some(now)),
                ..self
            }
        } else {
            Self {
                generation: shown,
                ..self
            }
        }
    }
}

impl Registry {
    /// Takes note of the generation that the session's agent has; gives the next one.
    pub(super) async fn take_generation(&self, session: &Session, shown: u64) -> Result<u64, Refusal> {
        let (node, now) = (&session.node, self.inner.clock.now());
        let stood = self.inner.members.stand(node, |standing| standing.after(shown, now));
        let Some((before, standing)) = stood else {
            return Err(shut_out());
        };
        if before != standing {
            self.keep_standing(node, standing).await;
        }
        if standing.locked.is_some() {
            if before.locked.is_none() {
                error!(%node, from = %session.from, shown, kept = standing.generation,
                    "two machines use the key of one node; both are shut out until it is removed and joined again");
            }
            self.inner.agents.shut_out(node);
            return Err(shut_out());
        }
        Ok(standing.generation.saturating_add(1))
    }

    /// The memory is what counts while we run; the disk follows, and never brings a removed node back.
    async fn keep_standing(&self, node: &NodeId, standing: Standing) {
        let key = node.as_str().as_bytes();
        let mut batch = Batch::new();
        batch.only_if_present(Family::Nodes, key);
        let written = match batch.put(Family::Generations, key, &standing) {
            Ok(_) => self.inner.store.commit(batch).await,
            Err(err) => Err(err),
        };
        match written {
            Ok(()) | Err(StoreError::Conflict | StoreError::Closed) => {}
            Err(err) => warn!(%node, %err, "the node's generation can't be written"),
        }
    }
}

fn shut_out() -> Refusal {
    Refusal::NotAdmitted {
        why: "two machines use the key of this node".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kept: u64, shown: u64, want: u64, locked: bool) {
        let standing = Standing {
            generation: kept,
            locked: None,
        };
        let after = standing.after(shown, Timestamp(7));
        assert_eq!((after.generation, after.locked.is_some()), (want, locked));
    }

    #[test]
    fn only_who_is_behind_is_a_copy() {
        check(0, 0, 0, false);
        check(5, 5, 5, false);
        check(5, 6, 6, false);
        check(5, 4, 5, true);
        // The manager came back from a backup.
        check(5, 90, 90, false);
        check(u64::MAX, u64::MAX, u64::MAX, false);
    }

    #[test]
    fn a_lock_stays_whatever_is_shown_later() {
        let locked = Standing {
            generation: 5,
            locked: Some(Timestamp(1)),
        };
        assert_eq!(locked.after(9, Timestamp(2)).locked, Some(Timestamp(1)));
        assert_eq!(locked.after(0, Timestamp(2)).locked, Some(Timestamp(1)));
    }
}
