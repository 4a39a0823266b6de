use crate::ids::SwarmNodeId;
use serde::{Deserialize, Serialize};

/// What changes only with a screwdriver or an upgrade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFacts {
    pub hostname: String,
    /// e.g. `Debian GNU/Linux 12 (bookworm)`.
    pub os: String,
    pub kernel: String,
    /// `x86_64`, `aarch64`.
    pub arch: String,
    /// Logical CPUs.
    pub cpus: u32,
    /// Bytes.
    pub memory: u64,
    /// Changes at every boot; tells a reboot from a reconnect.
    pub boot_id: String,
    /// 1 or 2.
    pub cgroup_version: u8,
    /// Addresses of the host's own interfaces, without loopback and container bridges.
    pub addresses: Vec<String>,
    /// The Docker Engine; `None` while it does not answer.
    pub engine: Option<Engine>,
}

/// What `docker info` and `docker version` say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    pub version: String,
    /// The API version that agent and engine agreed on.
    pub api_version: String,
    /// Oldest API version that the engine accepts.
    pub api_minimum: String,
    pub storage_driver: String,
    pub logging_driver: String,
    /// `cgroupfs` or `systemd`.
    pub cgroup_driver: String,
    pub root_dir: String,
    pub runtimes: Vec<String>,
    /// `None` when the engine is in no Swarm.
    pub swarm: Option<SwarmMembership>,
}

/// A node's place in its Swarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwarmMembership {
    pub node_id: SwarmNodeId,
    /// Known to managers only; empty on workers.
    pub cluster_id: String,
    /// `active`, `pending`, `error`, `locked`.
    pub state: String,
    pub address: String,
    /// True when this engine answers Swarm calls.
    pub manager: bool,
}

/// What the whole machine is doing right now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostLoad {
    /// Busy share of all CPUs together, in 1/100 %: 10,000 is every core busy.
    pub cpu: u32,
    /// One-minute load average times 100.
    pub load1: u32,
    /// Bytes in use without caches.
    pub memory_used: u64,
    pub memory_total: u64,
    pub swap_used: u64,
    /// The file system that holds Docker's data, in bytes.
    pub disk_used: u64,
    pub disk_total: u64,
    /// Bytes per second over real interfaces (no loopback, no container veths).
    pub rx: u64,
    pub tx: u64,
    /// Seconds since boot.
    pub uptime: u64,
}

/// What the host's owner lets the panel do, from `/etc/crane/agent.toml`. The agent refuses regardless of what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub exec: bool,
    pub logs: bool,
    /// Pull and delete images.
    pub images: bool,
    /// The whole Docker conversation, reads included.
    pub docker: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            exec: true,
            logs: true,
            images: true,
            docker: true,
        }
    }
}

impl Policy {
    /// What holds when the owner's file can't be understood.
    #[must_use]
    pub const fn deny_all() -> Self {
        Self {
            exec: false,
            logs: false,
            images: false,
            docker: false,
        }
    }
}
