use super::{Inventory, News};
use crate::cgroup::RunningContainer;
use crate::docker::{Inspected, Listed};
use crane_shared::ids::{ContainerId, ContainerKey};
use crane_shared::model::Container;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

/// What is known of the engine.
#[derive(Debug, Default)]
pub(super) struct Picture {
    pub(super) containers: BTreeMap<ContainerKey, Container>,
    /// Whether the containers are those of an engine that answers.
    pub(super) swept: bool,
    /// Why the engine does not answer.
    pub(super) lost: Option<String>,
}

impl Picture {
    /// Those of `listed` that are new or look different, which must be inspected.
    pub(super) fn stale(&self, listed: &[Listed]) -> Vec<ContainerId> {
        listed
            .iter()
            .filter(|line| {
                self.containers.get(&ContainerKey::from(&line.id)).is_none_or(|known| {
                    known.id != line.id
                        || known.state != line.state
                        || known.health != line.health
                        || known.name != line.name
                })
            })
            .map(|line| line.id.clone())
            .collect()
    }
}

impl Inventory {
    /// Takes in what an inspection said.
    pub(super) fn learn(&self, seen: Inspected) {
        let key = ContainerKey::from(&seen.container.id);
        let runs = seen.pid.map(|pid| RunningContainer {
            id: seen.container.id.clone(),
            pid,
            memory_limit: seen.container.memory_limit,
            network_mode: seen.network_mode,
        });
        self.set_running(key, runs);
        let changed = {
            let mut picture = self.picture();
            let changed = picture.containers.get(&key) != Some(&seen.container);
            if changed {
                picture.containers.insert(key, seen.container);
            }
            changed && picture.swept
        };
        if changed {
            self.tell(News::Changed(key));
        }
    }

    /// Takes out what is gone.
    pub(super) fn remove(&self, id: &ContainerId) {
        let key = ContainerKey::from(id);
        self.set_running(key, None);
        let known = self.picture().containers.remove(&key).is_some();
        if known {
            self.tell(News::Removed(id.clone()));
        }
    }

    /// Takes out everything that `listed` does not name.
    pub(super) fn keep_only(&self, listed: &[Listed]) {
        let listed: BTreeSet<_> = listed.iter().map(|line| ContainerKey::from(&line.id)).collect();
        let gone: Vec<_> = {
            let picture = self.picture();
            let gone = picture.containers.iter().filter(|(key, _)| !listed.contains(key));
            gone.map(|(_, container)| container.id.clone()).collect()
        };
        for id in gone {
            self.remove(&id);
        }
    }

    /// The picture is whole: from now on changes are worth a word each.
    pub(super) fn whole(&self) {
        let first = {
            let mut picture = self.picture();
            picture.lost = None;
            !std::mem::replace(&mut picture.swept, true)
        };
        if first {
            self.tell(News::All);
        }
    }

    /// The engine went away. What is known stays, but nobody vouches for it.
    pub(super) fn lost(&self, why: &str) {
        {
            let mut picture = self.picture();
            picture.swept = false;
            if picture.lost.replace(why.to_owned()).is_some() {
                return;
            }
        }
        tracing::warn!(%why, "the Docker Engine does not answer");
        self.tell(News::Lost { why: why.to_owned() });
    }

    fn set_running(&self, key: ContainerKey, container: Option<RunningContainer>) {
        let mut running = self.inner.running.write().unwrap_or_else(PoisonError::into_inner);
        match container {
            Some(container) => running.insert(key, container),
            None => running.remove(&key),
        };
    }
}
