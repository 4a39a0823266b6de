use crate::cgroup::{Hierarchy, Probe, ProbeError, Reading, RunningContainer};
use crate::host::load::{self, HostReading};
use crane_shared::ids::ContainerKey;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tracing::warn;

/// One look at everything that was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Round {
    /// `None` only when the look itself failed.
    host: Option<HostReading>,
    pub(crate) containers: BTreeMap<ContainerKey, Reading>,
    /// Bytes; the machine's memory where there is no limit.
    pub(crate) limits: BTreeMap<ContainerKey, u64>,
}

/// What stands in for a look that failed: two of them in a row give no rates.
static NOTHING: std::sync::LazyLock<HostReading> = std::sync::LazyLock::new(HostReading::nothing);

impl Round {
    pub(crate) fn host(&self) -> &HostReading {
        self.host.as_ref().unwrap_or(&NOTHING)
    }

    pub(crate) fn host_at(&self) -> Instant {
        self.host().at()
    }
}

/// The open files of all containers, and their last readings.
#[derive(Debug)]
pub(super) struct Meter {
    hierarchy: Option<Hierarchy>,
    proc: PathBuf,
    docker_root: PathBuf,
    probes: BTreeMap<ContainerKey, Watched>,
    host: Option<HostReading>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Watched {
    probe: Probe,
    /// Another one means that the container was restarted and its files are new.
    pid: u32,
    last: Option<Reading>,
    /// A failure is told once.
    told: bool,
}

impl Meter {
    pub(super) const fn new(hierarchy: Option<Hierarchy>, proc: PathBuf, docker_root: PathBuf) -> Self {
        Self {
            hierarchy,
            proc,
            docker_root,
            probes: BTreeMap::new(),
            host: None,
            buffer: Vec::new(),
        }
    }

    pub(super) fn set_docker_root(&mut self, root: PathBuf) {
        self.docker_root = root;
    }

    /// Reads the machine and those of the `running` containers that are in `only`. What is younger than `fresh` is not
    /// read again. Files of containers that are gone are closed.
    pub(super) fn round(
        &mut self,
        running: &BTreeMap<ContainerKey, RunningContainer>,
        only: Option<&BTreeSet<ContainerKey>>,
        fresh: Duration,
    ) -> Round {
        let host = match self.host {
            Some(host) if host.at().elapsed() < fresh => host,
            _ => load::read(&self.proc, &self.docker_root),
        };
        self.host = Some(host);
        self.probes
            .retain(|key, watched| running.get(key).is_some_and(|now| now.pid == watched.pid));
        let mut round = Round {
            host: Some(host),
            ..Round::default()
        };
        for (key, container) in running {
            if only.is_some_and(|only| !only.contains(key)) {
                continue;
            }
            let Some(reading) = self.read(*key, container, fresh) else {
                continue;
            };
            round.containers.insert(*key, reading);
            let limit = match container.memory_limit {
                0 => host.memory_total(),
                limit => limit.min(host.memory_total()),
            };
            round.limits.insert(*key, limit);
        }
        round
    }

    fn read(&mut self, key: ContainerKey, container: &RunningContainer, fresh: Duration) -> Option<Reading> {
        if !self.probes.contains_key(&key) {
            // A container that has just ended has no files; the engine will say so in a moment.
            let probe = Probe::open(self.hierarchy.as_ref()?, container).ok()?;
            let watched = Watched {
                probe,
                pid: container.pid,
                last: None,
                told: false,
            };
            self.probes.insert(key, watched);
        }
        let watched = self.probes.get_mut(&key)?;
        if let Some(last) = watched.last.filter(|last| last.at.elapsed() < fresh) {
            return Some(last);
        }
        match watched.probe.read(&mut self.buffer) {
            Ok(reading) => {
                watched.last = Some(reading);
                Some(reading)
            }
            Err(ProbeError::Gone) => {
                self.probes.remove(&key);
                None
            }
            Err(err) => {
                if !std::mem::replace(&mut watched.told, true) {
                    warn!(container = %container.id, %err, "a container can't be measured");
                }
                None
            }
        }
    }
}
