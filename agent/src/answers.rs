//! The switchboard: what the manager may ask, and who answers.
//!
//! Checks the owner's policy and the limits before anyone is troubled; answers nothing itself.

use crate::docker::Engine;
use crate::doctor::{self, Patient};
use crate::inventory::Inventory;
use crate::link::Answers;
use crate::sampler::Sampler;
use crate::{exec, logs, proxy, stats};
use crane_shared::model::Policy;
use crane_shared::protocol::{ExecOutput, LogFrame, ManagerOpening, Refusal, Reply, Request};
use crane_shared::wire::{Limit, Receiver, Sender};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Logs that are read at a time; each keeps a file open and up to 256 KiB in flight.
const MOST_LOGS: u32 = 64;
/// Terminals at a time.
const MOST_EXECS: u32 = 16;
/// Docker calls at a time; the engine itself gets slow before this.
const MOST_CALLS: u32 = 32;
/// Live charts at a time; the manager needs one for all its viewers.
const MOST_STATS: u32 = 16;

/// Knows every room that can answer. Clones share the limits.
#[derive(Debug, Clone)]
pub struct Switchboard {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    inventory: Inventory,
    sampler: Sampler,
    patient: Patient,
    notes: exec::Notes,
    policy: watch::Receiver<Policy>,
    logs: Arc<Semaphore>,
    execs: Arc<Semaphore>,
    calls: Arc<Semaphore>,
    stats: Arc<Semaphore>,
}

impl Switchboard {
    /// A switchboard with all lines free.
    #[must_use]
    pub fn new(
        engine: Engine,
        inventory: Inventory,
        sampler: Sampler,
        patient: Patient,
        notes: exec::Notes,
        policy: watch::Receiver<Policy>,
    ) -> Self {
        let lines = |count: u32| Arc::new(Semaphore::new(count as usize));
        Self {
            inner: Arc::new(Inner {
                engine,
                inventory,
                sampler,
                patient,
                notes,
                policy,
                logs: lines(MOST_LOGS),
                execs: lines(MOST_EXECS),
                calls: lines(MOST_CALLS),
                stats: lines(MOST_STATS),
            }),
        }
    }
}

impl Answers for Switchboard {
    async fn converse(&self, opening: ManagerOpening, receiver: Receiver<ManagerOpening>, sender: Sender<()>) {
        let inner = &self.inner;
        let policy = *inner.policy.borrow();
        match opening {
            ManagerOpening::Ask(request) => {
                let mut out = sender.becomes::<Result<Reply, Refusal>>(Limit::Bulk);
                let reply = inner.ask(request).await;
                if out.send(&Ok(reply)).await.is_ok() {
                    out.finish();
                }
            }
            ManagerOpening::Logs(query) => {
                let mut out = sender.becomes::<LogFrame>(Limit::Bulk);
                match enter(&inner.logs, MOST_LOGS, "logs", policy.logs) {
                    Ok(_line) => Box::pin(logs::serve(&inner.engine, query, out)).await,
                    Err(refusal) => {
                        let why = refusal.to_string();
                        if out.send(&LogFrame::End { why }).await.is_ok() {
                            out.finish();
                        }
                    }
                }
            }
            ManagerOpening::Exec(spec) => {
                // A keystroke overtakes everything else on this connection.
                sender.set_priority(1);
                let mut out = sender.becomes::<ExecOutput>(Limit::Bulk);
                match enter(&inner.execs, MOST_EXECS, "terminals", policy.exec) {
                    Ok(_line) => {
                        let input = receiver.becomes(Limit::Bulk);
                        Box::pin(exec::serve(&inner.engine, &inner.notes, spec, input, out)).await;
                    }
                    Err(refusal) => {
                        if out.send(&ExecOutput::Refused(refusal)).await.is_ok() {
                            out.finish();
                        }
                    }
                }
            }
            ManagerOpening::Stats(query) => {
                // Numbers of the machine itself are no secret of the owner's; without a line the stream is reset.
                if let Ok(_line) = enter(&inner.stats, MOST_STATS, "live numbers", true) {
                    stats::serve(&inner.sampler, query, sender.becomes(Limit::Bulk)).await;
                }
            }
            ManagerOpening::Docker => {
                let (early, recv) = receiver.into_raw();
                let Some(send) = sender.into_raw() else { return };
                // Each call is checked against the owner's policy by the proxy, which can say which call it was.
                match enter(&inner.calls, MOST_CALLS, "Docker calls", true) {
                    Ok(_line) => proxy::serve(&inner.engine, policy, early, recv, send).await,
                    Err(refusal) => proxy::refuse(refusal, early, recv, send).await,
                }
            }
        }
    }
}

impl Inner {
    async fn ask(&self, request: Request) -> Reply {
        match request {
            Request::DescribeHost(_) => Reply::DescribeHost(self.inventory.facts()),
            Request::RunDoctor(_) => Reply::RunDoctor(doctor::examine(&self.patient).await),
        }
    }
}

/// Takes a line, if the owner allows it and one is free.
fn enter(lines: &Arc<Semaphore>, limit: u32, what: &str, allowed: bool) -> Result<OwnedSemaphorePermit, Refusal> {
    let what = what.to_owned();
    if !allowed {
        return Err(Refusal::OwnerForbids { what });
    }
    Arc::clone(lines)
        .try_acquire_owned()
        .map_err(|_| Refusal::Busy { what, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_refused_by_the_owner_first_and_by_the_limit_second() {
        let lines = Arc::new(Semaphore::new(1));
        assert!(matches!(
            enter(&lines, 1, "logs", false),
            Err(Refusal::OwnerForbids { .. })
        ));
        let first = enter(&lines, 1, "logs", true).unwrap();
        assert!(matches!(
            enter(&lines, 1, "logs", true),
            Err(Refusal::Busy { limit: 1, .. })
        ));
        drop(first);
        assert!(enter(&lines, 1, "logs", true).is_ok());
    }
}
