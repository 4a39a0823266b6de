use super::image::Image;
use super::process::{Running, sweep};
use super::ssh::Ssh;
use super::{IMAGE, PATIENCE, ROOT, WEB, take_lock};
use crate::eventually::eventually_blocking;
use crate::run::{output, run};
use anyhow::{Context, Result, bail, ensure};
use nix::fcntl::Flock;
use std::ffi::OsString;
use std::fs::{self, File};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Output;

const QEMU: &str = "/usr/bin/qemu-system-x86_64";

/// The machine, switched on. Dropped, it is switched off and everything that it wrote is gone.
#[derive(Debug)]
pub struct Machine {
    // Dropped in this order: the power first, the lock last.
    qemu: Running,
    _scratch: Scratch,
    ssh: Ssh,
    web: u16,
    _lock: Flock<File>,
}

impl Machine {
    /// Clears what a crashed run has left, makes the disk when it is missing, and boots a fresh machine until its engine answers.
    /// `programs` is a tar file that the machine sees, read only, as `/dev/vdb`.
    ///
    /// # Errors
    /// When it does not come up; the end of its console is in the error.
    pub fn boot(programs: impl FnOnce(&Path) -> Result<PathBuf>) -> Result<Self> {
        let lock = take_lock()?;
        sweep()?;
        let image = Image::ready()?;
        fs::create_dir_all(ROOT)?;
        let scratch = Scratch;
        let programs = programs(Path::new(ROOT))?;
        let overlay = Path::new(ROOT).join("disk.qcow2");
        let base = image.disk();
        run(
            "qemu-img",
            ["create", "-q", "-f", "qcow2", "-F", "raw", "-b"]
                .map(OsString::from)
                .into_iter()
                .chain([base.into(), overlay.clone().into()]),
        )?;
        let (ssh, web) = (Ssh::new(free_port()?)?, free_port()?);
        let qemu = Running::start(Path::new(QEMU), |command| {
            let disk = |path: &Path, more: &str| format!("file={},if=virtio,{more}", path.display());
            command
                .args(["-name", "crane-machine", "-nodefaults", "-no-user-config", "-display", "none"])
                .args(["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048"])
                .arg("-kernel")
                .arg(image.kernel())
                .arg("-initrd")
                .arg(image.initrd())
                .arg("-append")
                .arg(format!(
                    // On a busy host the kernel finds its timer broken and panics, or its processors stuck; neither is so.
                    "root=/dev/vda rw console=ttyS0 loglevel=4 mitigations=off no_timer_check nowatchdog panic=1 \
                     crane_machine_key={}",
                    ssh.public()
                ))
                .arg("-drive")
                // What is written need not outlive a power cut of the outer machine.
                .arg(disk(&overlay, "format=qcow2,cache=unsafe"))
                .arg("-drive")
                .arg(disk(&programs, "format=raw,readonly=on"))
                .arg("-netdev")
                .arg(format!(
                    "user,id=n0,ipv6=off,hostfwd=tcp:127.0.0.1:{}-:22,hostfwd=tcp:127.0.0.1:{web}-:{WEB}",
                    ssh.port()
                ))
                .args(["-device", "virtio-net-pci,netdev=n0", "-device", "virtio-rng-pci"])
                .arg("-serial")
                .arg(format!("file:{}", console().display()));
        })?;
        let mut machine = Self {
            qemu,
            _scratch: scratch,
            ssh,
            web,
            _lock: lock,
        };
        machine.up()?;
        let import =
            format!("docker import --change 'ENV PATH=/bin' --change 'CMD [\"sh\"]' /root/busybox.tar {IMAGE}");
        machine.shell(&import)?;
        Ok(machine)
    }

    /// Waits until systemd has started everything and the engine answers.
    fn up(&mut self) -> Result<()> {
        eventually_blocking("the machine is up", PATIENCE * 2, || {
            self.qemu.alive().context("qemu")?;
            self.ssh
                .shell("docker version --format '{{.Server.Version}}'")
                .map(drop)
        })
        .with_context(|| self.console())
    }

    /// Runs a line in a shell inside, as root.
    ///
    /// # Errors
    /// When it ends with another code than 0; says what it printed.
    pub fn shell(&self, line: &str) -> Result<String> {
        self.ssh.shell(line)
    }

    /// Runs a line in a shell inside and gives everything it said, whatever its exit code.
    ///
    /// # Errors
    /// When ssh can't be started, or the machine can't be reached.
    pub fn try_shell(&self, line: &str) -> Result<Output> {
        let said = output(&mut self.ssh.command(line))?;
        // 255 is ssh's own; 124 that the time was up.
        ensure!(!matches!(said.status.code(), Some(255 | 124)), "ssh: {said:?}");
        Ok(said)
    }

    /// Restarts it as its owner would, and waits until it is up again.
    ///
    /// # Errors
    /// When it does not come back.
    pub fn reboot(&mut self) -> Result<()> {
        let boot = "cat /proc/sys/kernel/random/boot_id";
        let before = self.shell(boot)?;
        // The connection breaks before the answer comes.
        drop(output(&mut self.ssh.command("systemctl reboot"))?);
        self.ssh.hang_up();
        eventually_blocking("the machine has booted again", PATIENCE * 2, || {
            let now = self.ssh.shell(boot)?;
            if now == before {
                bail!("it has not gone down yet");
            }
            Ok(())
        })
        .with_context(|| self.console())?;
        self.up()
    }

    /// Where the port [`WEB`] of the machine can be reached from here.
    #[must_use]
    pub fn web(&self) -> String {
        format!("127.0.0.1:{}", self.web)
    }

    /// The end of what the kernel and systemd have printed.
    #[must_use]
    pub fn console(&self) -> String {
        let bytes = fs::read(console()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

/// The files of a run, removed when it ends.
#[derive(Debug)]
struct Scratch;

impl Drop for Scratch {
    fn drop(&mut self) {
        // Dropping can't fail; the next run sweeps again.
        drop(fs::remove_dir_all(ROOT));
    }
}

fn console() -> PathBuf {
    Path::new(ROOT).join("console.log")
}

/// A port of loopback that nobody has, for TCP and UDP.
pub(super) fn free_port() -> Result<u16> {
    eventually_blocking("a port is free", PATIENCE, || {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        UdpSocket::bind(("127.0.0.1", port))?;
        Ok(port)
    })
}
