//! A whole emulated machine: what no bed of namespaces can show. Debian 12 with its own kernel, systemd as process 1,
//! cgroups of version 2 under the systemd driver, and Docker 20.10.
//!
//! ```text
//!   this machine                          qemu, no KVM: about a tenth of the speed
//!   manager 127.0.0.1:PORT  ◄── 10.0.2.2:PORT ──  agent, dockerd, systemd
//!   ssh     127.0.0.1:SSH   ──►            :22    root, with a key of this run
//!   client  127.0.0.1:WEB   ──►            :7443  whatever is started inside
//! ```
//!
//! `image` is the disk, made once for each recipe and kept in `$CRANE_CACHE`; `qemu` boots it with an overlay that is thrown
//! away, so every run begins fresh; `manager` is the manager on the outside. No network interface, rule or name
//! of this machine is touched: qemu's own user network is sockets on loopback. There is one machine at a time.

mod image;
mod manager;
mod process;
mod qemu;
mod ssh;

pub use manager::{EMAIL, OuterManager, PASSWORD};
pub use process::sweep;
pub use qemu::Machine;

use anyhow::Result;
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::time::Duration;

/// Where a run keeps everything that it throws away.
pub const ROOT: &str = "/var/tmp/crane-machine";
/// The machine's host name.
pub const NAME: &str = "machine";
/// The image that its engine has.
pub const IMAGE: &str = "busybox:machine";
/// How the outer machine is called inside: qemu's user network leads there to its loopback.
pub const OUTSIDE: &str = "10.0.2.2";
/// What the machine is called by itself.
pub const INSIDE: &str = "10.0.2.15";
/// The port inside that the client outside can reach.
pub const WEB: u16 = 7443;
/// For anything that takes seconds on a real machine. Generous: an emulated one, on a busy host, is slow and not broken.
pub const PATIENCE: Duration = Duration::from_secs(300);

const LOCK: &str = "/var/tmp/crane-machine.lock";

fn take_lock() -> Result<Flock<File>> {
    if !nix::unistd::geteuid().is_root() {
        anyhow::bail!("the machine's disk is made by debootstrap and mkfs: that needs root");
    }
    let file = File::create(LOCK)?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock)
        .map_err(|(_, errno)| anyhow::anyhow!("another run is using the machine ({errno})"))
}
