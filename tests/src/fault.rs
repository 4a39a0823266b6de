//! What can happen to a host or a process, without asking it.

use crate::Host;
use crate::run::run;
use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Pulls the host's cable: nothing leaves, nothing comes, and nobody is told.
///
/// # Errors
/// When the link is not there.
pub fn cut_off(host: &Host) -> Result<()> {
    run("ip", ["link", "set", &host.cable(), "down"]).map(drop)
}

/// Plugs it in again.
///
/// # Errors
/// When the link is not there.
pub fn plug_in(host: &Host) -> Result<()> {
    run("ip", ["link", "set", &host.cable(), "up"]).map(drop)
}

/// Ends a process without warning, as `kill -9` and the kernel's out-of-memory killer do.
///
/// # Errors
/// When it may not be signalled; one that has just ended is no error.
pub fn kill_hard(pid: i32) -> Result<()> {
    signal(pid, Signal::SIGKILL)
}

/// Asks a process to end.
///
/// # Errors
/// As [`kill_hard`].
pub fn ask_to_end(pid: i32) -> Result<()> {
    signal(pid, Signal::SIGTERM)
}

/// Stops a process in its tracks; it goes on at [`thaw`].
///
/// # Errors
/// As [`kill_hard`].
pub fn freeze(pid: i32) -> Result<()> {
    signal(pid, Signal::SIGSTOP)
}

/// See [`freeze`].
///
/// # Errors
/// As [`kill_hard`].
pub fn thaw(pid: i32) -> Result<()> {
    signal(pid, Signal::SIGCONT)
}

fn signal(pid: i32, signal: Signal) -> Result<()> {
    match kill(Pid::from_raw(pid), signal) {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(why) => Err(why).with_context(|| format!("can't send {signal} to {pid}")),
    }
}
