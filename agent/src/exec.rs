//! One terminal conversation: a process inside a container, its input and output, its size and its exit code.
//!
//! The engine starts it (so seccomp, capabilities and user are the container's own). Its streams are taken over raw
//! (`attach`): nothing is gathered, nothing is guessed. When the other side goes away the process and what it started
//! are hung up (`leftover`); no process stays behind in the container, also when this agent is killed (`notes`).

mod attach;
mod leftover;
mod notes;
mod start;

pub use notes::Notes;

use crate::docker::Engine;
use crate::stream::{Gone, Inlet, Outlet};
use attach::Chunk;
use bollard::exec::ResizeExecOptions;
use crane_shared::ids::ExecId;
use crane_shared::protocol::{ExecInput, ExecOutput, ExecSpec, Refusal};
use leftover::Leftover;
use start::{Started, start};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::watch;

/// The engine closes the streams a moment before it knows the exit code.
const EXIT_CODE_PATIENCE: Duration = Duration::from_secs(5);
const ASK_AGAIN: Duration = Duration::from_millis(10);
/// The container's description holds no more arguments than this.
const MOST_ARGUMENTS: usize = 64;
const SHELLS: [&str; 2] = ["/bin/bash", "/bin/sh"];

/// Serves one conversation to its end.
pub async fn serve(
    engine: &Engine,
    notes: &Notes,
    spec: ExecSpec,
    input: impl Inlet<ExecInput>,
    mut output: impl Outlet<ExecOutput>,
) {
    let ended = match begin(engine, &spec).await {
        Ok(started) => {
            // From here on the process is ours to hang up, however this ends: also when this conversation is dropped.
            let leftover = Leftover::of(started.pid, &spec.container, notes.take(started.pid, &spec.container));
            converse(engine, started, leftover, &spec, input, &mut output).await
        }
        Err(refusal) => output.send(&ExecOutput::Refused(refusal)).await,
    };
    if ended.is_ok() {
        output.finish();
    }
}

/// Starts what is asked for; for an empty command the best shell that is there.
async fn begin(engine: &Engine, spec: &ExecSpec) -> Result<Started, Refusal> {
    if spec.command.len() > MOST_ARGUMENTS {
        return Err(Refusal::Invalid {
            what: "the command".to_owned(),
            why: format!("it has more than {MOST_ARGUMENTS} arguments"),
        });
    }
    if !spec.command.is_empty() {
        return start(engine, spec, &spec.command).await;
    }
    // Looking for a shell by running one needs no shell: an image without any says so.
    let mut refusal = None;
    for shell in SHELLS {
        match start(engine, spec, &[shell.to_owned()]).await {
            Ok(started) => return Ok(started),
            Err(other @ (Refusal::NotFound { .. } | Refusal::Unavailable { .. })) => return Err(other),
            Err(why) => refusal = Some(why),
        }
    }
    Err(refusal.unwrap_or(Refusal::NotFound {
        what: "a shell".to_owned(),
    }))
}

async fn converse(
    engine: &Engine,
    started: Started,
    leftover: Leftover,
    spec: &ExecSpec,
    mut input: impl Inlet<ExecInput>,
    output: &mut impl Outlet<ExecOutput>,
) -> Result<(), Gone> {
    let Started {
        exec,
        mut chunks,
        keys,
        early,
        ..
    } = started;
    let sizes = watch::Sender::new((spec.columns, spec.rows));
    let shown = async {
        output.send(&ExecOutput::Started).await?;
        for chunk in early {
            output.send(&chunk.into()).await?;
        }
        loop {
            let chunk = tokio::select! {
                chunk = chunks.next() => chunk,
                () = output.gone() => return Err(Gone),
            };
            match chunk {
                Ok(Some(chunk)) => output.send(&chunk.into()).await?,
                Ok(None) | Err(_) => return Ok(()),
            }
        }
    };
    let fed = feed(&mut input, keys, &sizes);
    let resized = resize(engine, &exec, sizes.subscribe());
    // Whole directions race; the first that ends, ends the conversation.
    let end = tokio::select! {
        end = shown => end,
        Gone = fed => Err(Gone),
        () = resized, if spec.tty => Err(Gone),
    };
    match end {
        Ok(()) => {
            let code = exit_code(engine, &exec).await;
            if code.is_some() {
                leftover.ended();
            } else {
                // The engine is away, or the process closed its output and goes on.
                leftover.hang_up().await;
            }
            let code = code.unwrap_or(-1);
            output.send(&ExecOutput::Exited { code }).await
        }
        Err(Gone) => {
            leftover.hang_up().await;
            Err(Gone)
        }
    }
}

/// Hands input on; ends only when the other side has gone away.
async fn feed(input: &mut impl Inlet<ExecInput>, keys: OwnedWriteHalf, sizes: &watch::Sender<(u16, u16)>) -> Gone {
    let mut keys = Some(keys);
    loop {
        match input.recv().await {
            Ok(Some(ExecInput::Bytes(bytes))) => {
                // The process may have closed its input and go on with its output.
                if let Some(open) = &mut keys
                    && open.write_all(&bytes).await.is_err()
                {
                    keys = None;
                }
            }
            Ok(Some(ExecInput::Resize { columns, rows })) => {
                sizes.send_replace((columns, rows));
            }
            Ok(Some(ExecInput::End)) => {
                if let Some(mut open) = keys.take() {
                    drop(open.shutdown().await);
                    // Dropping the half would do the same, but the other half must stay readable.
                    open.forget();
                }
            }
            // Nothing more comes in. Whoever ended the input on purpose may still wait for the output.
            Ok(None) if keys.is_none() => return std::future::pending().await,
            Ok(None) | Err(Gone) => return Gone,
        }
    }
}

/// Follows the window. Sizes that come faster than the engine takes them are left out, the last one never.
async fn resize(engine: &Engine, exec: &ExecId, mut sizes: watch::Receiver<(u16, u16)>) {
    loop {
        let (width, height) = *sizes.borrow_and_update();
        if width > 0
            && height > 0
            && let Ok(client) = engine.client().await
        {
            let size = ResizeExecOptions { height, width };
            // It fails when the process has just ended; then its end is on the way.
            drop(client.resize_exec(exec.as_str(), size).await);
        }
        if sizes.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

/// `None` when it can't be found out.
async fn exit_code(engine: &Engine, exec: &ExecId) -> Option<i64> {
    let ask = async {
        loop {
            if let Ok(client) = engine.client().await
                && let Ok(now) = client.inspect_exec(exec.as_str()).await
                && now.running == Some(false)
                && let Some(code) = now.exit_code
            {
                return code;
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    };
    tokio::time::timeout(EXIT_CODE_PATIENCE, ask).await.ok()
}

impl From<Chunk> for ExecOutput {
    fn from(chunk: Chunk) -> Self {
        match chunk {
            Chunk::Stdout(bytes) => Self::Stdout(bytes),
            Chunk::Stderr(bytes) => Self::Stderr(bytes),
        }
    }
}
