use super::attach::{Chunk, Chunks, attach};
use crate::docker::{Engine, refused};
use bollard::Docker;
use bollard::models::{ExecConfig, ExecInspectResponse};
use crane_shared::ids::ExecId;
use crane_shared::protocol::{ExecSpec, Refusal};
use std::time::Duration;
use tokio::net::unix::OwnedWriteHalf;

/// runc needs 50 to 150 ms to start a process; it is asked for its pid this often until then.
const ASK_AGAIN: Duration = Duration::from_millis(5);
/// A process that has no pid after this long will not get one: the engine gives up after 10 s itself.
const PATIENCE: Duration = Duration::from_secs(20);
/// Before the process is known to run, so much output is kept back: an error message of the engine, or a first prompt.
const MOST_EARLY: usize = 64;

/// A process that runs.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) exec: ExecId,
    /// As the host numbers it.
    pub(super) pid: u32,
    pub(super) chunks: Chunks,
    pub(super) keys: OwnedWriteHalf,
    /// What it printed while it was found out that it runs.
    pub(super) early: Vec<Chunk>,
}

/// Starts one command. The engine answers «started» before it has tried: whether it runs is known from its pid, and a
/// message in place of output says why it does not.
pub(super) async fn start(engine: &Engine, spec: &ExecSpec, command: &[String]) -> Result<Started, Refusal> {
    let client = engine.client().await?;
    let what = format!("container {}", spec.container);
    let created = client
        .create_exec(spec.container.as_str(), config(spec, command))
        .await
        .map_err(|err| refused(&what, err))?;
    let exec = ExecId::parse(created.id).map_err(|err| Refusal::Docker {
        status: 500,
        message: err.to_string(),
    })?;
    let size = (spec.tty && spec.columns > 0 && spec.rows > 0).then_some((spec.columns, spec.rows));
    let (mut chunks, keys) = attach(engine.socket(), &exec, spec.tty, size).await?;
    let mut early = Vec::new();
    let found = tokio::time::timeout(PATIENCE, pid(&client, &exec, &mut chunks, &mut early)).await;
    match found {
        Ok(Ok(Some(pid))) => Ok(Started {
            exec,
            pid,
            chunks,
            keys,
            early,
        }),
        Ok(Ok(None)) => Err(never_ran(&early)),
        Ok(Err(refusal)) => Err(refusal),
        Err(_) => Err(Refusal::Unavailable {
            what: "the process".to_owned(),
            why: format!("it did not start within {} s", PATIENCE.as_secs()),
        }),
    }
}

/// Waits until the process has a pid, keeping what it prints meanwhile; `None` when it never ran.
async fn pid(
    client: &Docker,
    exec: &ExecId,
    chunks: &mut Chunks,
    early: &mut Vec<Chunk>,
) -> Result<Option<u32>, Refusal> {
    let mut open = true;
    loop {
        let now = client
            .inspect_exec(exec.as_str())
            .await
            .map_err(|err| refused("the exec", err))?;
        match pid_of(&now) {
            Some(pid) => return Ok(Some(pid)),
            None if !open && now.running != Some(true) => return Ok(None),
            None => {}
        }
        tokio::select! {
            chunk = chunks.next(), if open && early.len() < MOST_EARLY => match chunk {
                Ok(Some(chunk)) => early.push(chunk),
                Ok(None) | Err(_) => open = false,
            },
            () = tokio::time::sleep(ASK_AGAIN) => {}
        }
    }
}

fn pid_of(exec: &ExecInspectResponse) -> Option<u32> {
    exec.pid.and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0)
}

fn never_ran(early: &[Chunk]) -> Refusal {
    let bytes: Vec<u8> = early
        .iter()
        .flat_map(|chunk| match chunk {
            Chunk::Stdout(bytes) | Chunk::Stderr(bytes) => bytes.iter().copied(),
        })
        .collect();
    let message = String::from_utf8_lossy(&bytes).trim().to_owned();
    Refusal::Docker {
        status: 400,
        message: if message.is_empty() {
            "the process could not be started".to_owned()
        } else {
            message
        },
    }
}

fn config(spec: &ExecSpec, command: &[String]) -> ExecConfig {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut env = spec.env.clone();
    // A terminal without a kind of its own shows no colours, and full-screen programs refuse it.
    if spec.tty && !env.iter().any(|entry| entry.starts_with("TERM=")) {
        env.push("TERM=xterm-256color".to_owned());
    }
    ExecConfig {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(spec.tty),
        env: Some(env),
        cmd: Some(command.to_vec()),
        user: given(&spec.user),
        working_dir: given(&spec.working_dir),
        // The letters ctrl-p ctrl-q would detach; no key of a terminal may be swallowed.
        detach_keys: Some("ctrl-@,ctrl-@,ctrl-@,ctrl-@".to_owned()),
        ..ExecConfig::default()
    }
}
