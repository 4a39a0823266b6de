use super::ROOT;
use crate::run::{attempt, finish, run};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// For one command, in seconds. `make up` inside is the slowest.
const DEADLINE: &str = "900";

/// The way in: root, with a key that this run has made and that dies with it.
#[derive(Debug)]
pub(super) struct Ssh {
    port: u16,
    public: String,
}

impl Ssh {
    pub(super) fn new(port: u16) -> Result<Self> {
        let file = key();
        run(
            "ssh-keygen",
            ["-q", "-t", "ed25519", "-N", "", "-C", "crane-machine", "-f", &file],
        )?;
        let public = fs::read_to_string(format!("{file}.pub"))?;
        let public = public.split(' ').nth(1).context("no public key")?.to_owned();
        Ok(Self { port, public })
    }

    /// Of loopback outside.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// For the kernel's command line; see `image.sh`.
    pub(super) fn public(&self) -> &str {
        &self.public
    }

    pub(super) fn command(&self, line: &str) -> Command {
        let mut command = Command::new("timeout");
        command
            .args(["-k", "5", DEADLINE, "ssh", "-F", "/dev/null", "-i", &key()])
            // The machine is behind a port of loopback that only this run's qemu listens on.
            .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
            .args(["-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes"])
            // A machine that reboots says no goodbye.
            .args(["-o", "ConnectTimeout=30", "-o", "ServerAliveInterval=20", "-o", "ServerAliveCountMax=6"])
            // One connection for all commands: shaking hands takes seconds inside. It ends with qemu.
            .args(["-o", "ControlMaster=auto", "-o", "ControlPersist=yes", "-o", &control()])
            .args(["-p", &self.port.to_string(), "root@127.0.0.1", "--", line])
            .stdin(Stdio::null());
        command
    }

    /// Gives the connection up, when the machine is about to forget it.
    pub(super) fn hang_up(&self) {
        // There may be none.
        attempt(
            "ssh",
            ["-F", "/dev/null", "-o", &control(), "-O", "exit", "root@127.0.0.1"],
        );
    }

    pub(super) fn shell(&self, line: &str) -> Result<String> {
        finish(self.command(line))
    }
}

fn key() -> String {
    Path::new(ROOT).join("key").to_string_lossy().into_owned()
}

fn control() -> String {
    format!("ControlPath={ROOT}/ssh")
}
