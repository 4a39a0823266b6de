//! One log conversation: the lines of one container, in order, each exactly once, or a gap that says what is missing.
//!
//! Docker's own file is the buffer: json-file logs are read straight from it (`file`, `reader`, `chain`, `seek`), at a
//! twentieth of the engine's cost and exact over rotation. Other drivers go through the engine (`api`). Nothing is queued here:
//! frames are written to the stream, and its flow control holds the reader back.
//!
//! `entry`, `assemble` and the search in `seek` are pure. Files are only ever read: never locked, never shortened.

mod api;
mod assemble;
mod chain;
mod ear;
mod entry;
mod file;
mod files;
mod frames;
mod reader;
mod seek;
#[cfg(test)]
mod testlog;
mod watch;

use crate::docker::Engine;
use crate::stream::{Gone, Outlet};
use bollard::errors::Error;
use bollard::query_parameters::WaitContainerOptionsBuilder;
use crane_shared::ids::ContainerId;
use crane_shared::model::ContainerState;
use crane_shared::protocol::{LogFrame, LogQuery, Refusal};
use file::Source;
use futures_util::StreamExt;
use std::time::Duration;

/// While the engine is away it is asked this often whether the container still runs.
const ASK_AGAIN: Duration = Duration::from_secs(1);
const STOPPED: &str = "the container stopped";
const REMOVED: &str = "the container was removed";

/// Serves one question to its end. A container that does not exist, or whose log can't be read, is an end with a reason.
pub async fn serve(engine: &Engine, query: LogQuery, mut out: impl Outlet<LogFrame>) {
    // Without a clean finish the other side knows that it was cut off, and asks again.
    if answer(engine, query, &mut out).await.is_ok() {
        out.finish();
    }
}

async fn answer(engine: &Engine, query: LogQuery, out: &mut impl Outlet<LogFrame>) -> Result<(), Gone> {
    let inspected = match engine.inspect_container(&query.container).await {
        Ok(inspected) => inspected,
        Err(refusal) => return end(out, refusal.to_string()).await,
    };
    let container = &inspected.container;
    let running = is_running(container.state);
    let readable = inspected
        .log_path
        .filter(|path| container.log_driver == "json-file" && std::fs::File::open(path).is_ok());
    match readable {
        Some(path) => {
            let source = Source {
                path,
                tty: container.tty,
                running,
            };
            let ended = ended(engine, &query.container);
            file::serve(source, query.start, query.follow, ended, out).await
        }
        None if container.log_driver == "none" => end(out, "its log driver keeps nothing".to_owned()).await,
        None => match engine.client().await {
            Ok(client) => api::serve(&client, &query, container.tty, running, out).await,
            Err(refusal) => end(out, refusal.to_string()).await,
        },
    }
}

/// Waits for the end of the container; says why. The engine closes the log before it says so.
async fn ended(engine: &Engine, id: &ContainerId) -> String {
    loop {
        if let Ok(client) = engine.client().await {
            let options = WaitContainerOptionsBuilder::default().condition("not-running").build();
            let mut answers = std::pin::pin!(client.wait_container(id.as_str(), Some(options)));
            match answers.next().await {
                Some(Ok(_) | Err(Error::DockerContainerWaitError { .. })) => return STOPPED.to_owned(),
                Some(Err(Error::DockerResponseServerError { status_code: 404, .. })) => return REMOVED.to_owned(),
                // The engine went away, perhaps without its containers.
                _ => {}
            }
        }
        tokio::time::sleep(ASK_AGAIN).await;
        match engine.inspect_container(id).await {
            Ok(now) if !is_running(now.container.state) => return STOPPED.to_owned(),
            Err(Refusal::NotFound { .. }) => return REMOVED.to_owned(),
            _ => {}
        }
    }
}

const fn is_running(state: ContainerState) -> bool {
    matches!(state, ContainerState::Running | ContainerState::Paused)
}

async fn end(out: &mut impl Outlet<LogFrame>, why: String) -> Result<(), Gone> {
    out.send(&LogFrame::End { why }).await
}
