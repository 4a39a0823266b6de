use crate::bed::MARK;
use crate::eventually::eventually_blocking;
use crate::fault;
use anyhow::{Result, bail};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process that writes to a log file and is killed when this value is dropped.
#[derive(Debug)]
pub(super) struct Running(Child);

impl Running {
    pub(super) fn start(mut command: Command, log: &Path) -> Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let child = command
            .env(MARK, "manager")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        Ok(Self(child))
    }

    pub(super) fn pid(&self) -> i32 {
        // A process id always fits: the kernel's largest is 4,194,304.
        i32::try_from(self.0.id()).unwrap_or(i32::MAX)
    }

    pub(super) fn kill(mut self) -> Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }

    pub(super) fn stop(mut self) -> Result<()> {
        fault::ask_to_end(self.pid())?;
        eventually_blocking("the process ends", Duration::from_secs(30), || {
            match self.0.try_wait()? {
                Some(_) => Ok(()),
                None => bail!("it runs"),
            }
        })
    }

    /// Lets it outlive this program.
    pub(super) fn leave(self) {
        std::mem::forget(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The last lines of a log, for an error message.
pub(super) fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
