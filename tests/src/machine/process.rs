use super::ROOT;
use crate::eventually::eventually_blocking;
use crate::fault;
use crate::run::run;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program of this run. It ends when this value is dropped, and the kernel ends it when the test dies without dropping
/// anything; the note of its number is for what escapes both.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
}

impl Running {
    /// Starts `program`, whose output goes to `NAME.log` below [`ROOT`]. Start it from the main thread: the kernel ends it with
    /// the thread that started it.
    pub(super) fn start(program: &Path, arguments: impl FnOnce(&mut Command)) -> Result<Self> {
        let name = program
            .file_name()
            .context("no program")?
            .to_string_lossy()
            .into_owned();
        let log = File::options()
            .create(true)
            .append(true)
            .open(Path::new(ROOT).join(format!("{name}.log")))?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        arguments(&mut command);
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("can't start {name}"))?;
        fs::write(Path::new(ROOT).join(format!("{name}.pid")), child.id().to_string())?;
        Ok(Self { child })
    }

    /// Passes while it runs.
    pub(super) fn alive(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("it has ended with {status}"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Ends what a run that crashed has left, and removes its files. A number that belongs to another program by now is left
/// alone. The caller holds the lock, or is alone.
///
/// # Errors
/// When something can't be removed.
pub fn sweep() -> Result<()> {
    let Ok(entries) = fs::read_dir(ROOT) else {
        return Ok(());
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_none_or(|extension| extension != "pid") {
            continue;
        }
        let Ok(pid) = fs::read_to_string(&path)?.trim().parse::<i32>() else {
            continue;
        };
        eventually_blocking("a program of an earlier run has ended", Duration::from_secs(20), || {
            if is_ours(pid, &path.with_extension("")) {
                fault::kill_hard(pid)?;
                bail!("{} runs as process {pid}", path.display());
            }
            Ok(())
        })?;
    }
    run("rm", ["-rf", "--one-file-system", ROOT]).map(drop)
}

/// Whether the process runs the program of this name and was told to work below [`ROOT`].
fn is_ours(pid: i32, name: &Path) -> bool {
    let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    // A program that was built anew since is "NAME (deleted)".
    let program = program.to_string_lossy().replace(" (deleted)", "");
    Path::new(&program).file_name() == name.file_name() && String::from_utf8_lossy(&line).contains(ROOT)
}
