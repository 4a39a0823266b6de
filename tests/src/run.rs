//! Runs another program and says exactly what went wrong. Every run has a deadline: a bed that hangs is a bed
//! that fails.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// How long an ordinary command may take, in seconds; starting Swarm services is the slowest.
const DEADLINE: u32 = 90;

/// A command that is killed after [`DEADLINE`].
pub fn command<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("timeout");
    command
        .args(["-k", "5", &DEADLINE.to_string(), program])
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// Runs it and gives what it printed, without the last line end.
///
/// # Errors
/// When it can't be started or ends with another code than 0; says what it printed.
pub fn run<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) -> Result<String> {
    finish(command(program, arguments))
}

/// Runs it for its effect only; that it fails means there was nothing to do.
pub fn attempt<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) -> bool {
    command(program, arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs `command` to its end.
///
/// # Errors
/// As [`run`].
pub fn finish(mut command: Command) -> Result<String> {
    let said = output(&mut command)?;
    if !said.status.success() {
        bail!(
            "{command:?} ended with {}: {}{}",
            said.status,
            String::from_utf8_lossy(&said.stderr).trim(),
            String::from_utf8_lossy(&said.stdout).trim()
        );
    }
    Ok(String::from_utf8_lossy(&said.stdout).trim_end().to_owned())
}

/// Runs `command` and gives everything it said, whatever its exit code.
///
/// # Errors
/// When it can't be started.
pub fn output(command: &mut Command) -> Result<Output> {
    command.output().with_context(|| format!("can't start {command:?}"))
}

/// Runs `program` with `input` on its standard input.
///
/// # Errors
/// As [`run`].
pub fn feed<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>, input: &[u8]) -> Result<String> {
    let mut command = command(program, arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child
        .stdin
        .take()
        .context("the child has no standard input")?
        .write_all(input)?;
    let said = child.wait_with_output()?;
    if !said.status.success() {
        bail!(
            "{command:?} ended with {}: {}",
            said.status,
            String::from_utf8_lossy(&said.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&said.stdout).trim_end().to_owned())
}
