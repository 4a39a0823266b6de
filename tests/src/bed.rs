//! Several hosts on one machine: each has its own network, host name and mounts, a real Docker Engine, and all of
//! them make one real Swarm.
//!
//! ```text
//!   root namespace          crane-bed-br 10.77.0.1 ── manager, CLI, browser
//!                                │
//!        ┌───────────────────────┼───────────────────────┐
//!   bed1 10.77.0.11         bed2 10.77.0.12         bed3 10.77.0.13
//!   dockerd, agent          dockerd, agent          dockerd, agent
//! ```
//!
//! A host is a sleeping process that holds the namespaces; everything else enters them. Inside, `/etc`,
//! `/var/lib` and `/usr/local/bin` are overlays and `/run` is empty, so an installer can do what it likes and the
//! machine keeps what it had. There is one bed on a machine at a time.

mod host;
mod image;
mod network;
mod sweep;

pub use host::Host;
pub use sweep::sweep;

use crate::eventually::eventually_blocking;
use anyhow::{Context, Result, bail};
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What names of namespaces, links, control groups and directories begin with.
pub const NAME: &str = "crane-bed";
/// Variable in the environment of every process of a bed, by which a sweep knows them.
pub const MARK: &str = "CRANE_BED";
/// Where a bed keeps everything.
pub const ROOT: &str = "/var/tmp/crane-bed";
/// The bridge's address: where the manager listens.
pub const BRIDGE_ADDRESS: &str = "10.77.0.1";
/// The image that every host has.
pub const IMAGE: &str = "busybox:bed";

const LOCK: &str = "/var/tmp/crane-bed.lock";
/// Says that a bed was left up on purpose; a sweep by another run would pull it from under somebody's hands.
const KEPT: &str = "/var/tmp/crane-bed/kept";

/// The hosts. Dropped, it is taken down; see [`Bed::keep`].
#[derive(Debug)]
pub struct Bed {
    hosts: Vec<Host>,
    kept: bool,
    /// Held while the bed belongs to this process.
    _lock: Flock<File>,
}

impl Bed {
    /// Clears what a crashed run has left, then starts `count` hosts and joins them into one Swarm, the first as its
    /// manager.
    ///
    /// # Errors
    /// When another bed is up, or an engine does not come.
    pub fn up(count: u8) -> Result<Self> {
        let lock = take_lock()?;
        if Path::new(KEPT).exists() {
            bail!("a bed is kept up for hands; end it with `cargo bed down`");
        }
        sweep()?;
        std::fs::create_dir_all(ROOT)?;
        let mut bed = Self {
            hosts: Vec::new(),
            kept: false,
            _lock: lock,
        };
        network::bridge()?;
        for number in 1..=count {
            bed.hosts.push(Host::start(number)?);
        }
        for host in &bed.hosts {
            eventually_blocking(
                &format!("the engine of {} answers", host.name()),
                Duration::from_secs(60),
                || host.docker(["version", "--format", "{{.Server.Version}}"]),
            )?;
        }
        let image = image::archive()?;
        for host in &bed.hosts {
            image::import(host, &image)?;
        }
        bed.make_swarm()?;
        Ok(bed)
    }

    fn make_swarm(&self) -> Result<()> {
        let Some((first, others)) = self.hosts.split_first() else {
            return Ok(());
        };
        let address = first.address();
        first.docker(["swarm", "init", "--advertise-addr", &address])?;
        let token = first.docker(["swarm", "join-token", "-q", "worker"])?;
        for host in others {
            host.docker([
                "swarm",
                "join",
                "--token",
                &token,
                "--advertise-addr",
                &host.address(),
                &format!("{address}:2377"),
            ])?;
        }
        eventually_blocking("every Swarm node is ready", Duration::from_secs(60), || {
            let states = first.docker(["node", "ls", "--format", "{{.Status}}"])?;
            let ready = states.lines().filter(|line| *line == "Ready").count();
            if ready == self.hosts.len() {
                Ok(())
            } else {
                bail!("{ready} of {}", self.hosts.len())
            }
        })
    }

    /// Host number `index`, from 0. The first is the Swarm's manager.
    ///
    /// # Panics
    /// When there are not so many.
    #[must_use]
    pub fn host(&self, index: usize) -> &Host {
        &self.hosts[index]
    }

    /// All of them.
    #[must_use]
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// A new directory of this bed.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn directory(&self, name: &str) -> Result<PathBuf> {
        let path = Path::new(ROOT).join(name);
        std::fs::create_dir_all(&path).with_context(|| format!("can't make {}", path.display()))?;
        Ok(path)
    }

    /// Leaves the bed up when this value is dropped; `bed down` ends it.
    ///
    /// # Errors
    /// When that can't be written down.
    pub fn keep(&mut self) -> Result<()> {
        std::fs::write(KEPT, "")?;
        self.kept = true;
        Ok(())
    }

    /// Takes down whatever bed there is, kept or crashed.
    ///
    /// # Errors
    /// When a run is using it, or something can't be removed.
    pub fn down() -> Result<()> {
        let _lock = take_lock()?;
        sweep()
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        if !self.kept
            && let Err(why) = sweep()
        {
            // Dropping can't fail; the next bed sweeps again.
            tracing::error!("the bed was not cleared: {why:#}");
        }
    }
}

fn take_lock() -> Result<Flock<File>> {
    if !nix::unistd::geteuid().is_root() {
        bail!("a bed makes network namespaces and starts engines: it needs root");
    }
    let file = File::create(LOCK)?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock)
        .map_err(|(_, errno)| anyhow::anyhow!("another run is using the bed ({errno})"))
}
