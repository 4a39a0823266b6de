//! What containers use, straight from the kernel's files: cgroups of version 1 and 2, and `/proc/PID/net/dev`.
//!
//! `locate` finds a container's directories, `v1` and `v2` turn text into numbers, `probe` keeps the files open and
//! reads them, `rates` makes rates of two readings. Only `probe` and the look-up in `hierarchy` touch the disk.
//!
//! Nothing here asks the Docker Engine: one sample of its statistics costs a hundred times as much CPU.

mod hierarchy;
mod locate;
mod net;
mod probe;
mod rates;
mod v1;
mod v2;

pub use hierarchy::{Hierarchy, HierarchyError};
pub(crate) use net::{Interface, interfaces};
pub use probe::{Probe, ProbeError};
pub use rates::{Reading, usage};
pub(crate) use rates::{grown, per, per_second};

use crane_shared::ids::{ContainerId, ContainerKey};
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// The containers that run right now. `inventory` writes it from the engine's events, the sampler reads it.
pub type Running = Arc<RwLock<BTreeMap<ContainerKey, RunningContainer>>>;

/// What the sampler needs to know about a container that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningContainer {
    pub id: ContainerId,
    /// Its first process, as the host numbers it. A new one means that it was restarted.
    pub pid: u32,
    /// Bytes; 0 means the whole machine.
    pub memory_limit: u64,
    /// `HostConfig.NetworkMode`: `host`, `none`, `bridge`, `container:…` or a network's name. With `host` no traffic is counted, as in `docker stats`.
    pub network_mode: String,
}
