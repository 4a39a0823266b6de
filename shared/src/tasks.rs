//! Every background task of a process has a name, an owner, and one way to end.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The owner of a process's background tasks. Clones share one owner.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
    alive: Arc<Mutex<Vec<&'static str>>>,
}

impl Tasks {
    /// An owner with nothing to own yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Fires when the process is asked to end; bridges and loops watch it.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Runs `work`; it may be cut off at any await when the process ends.
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        self.spawn_graceful(name, async move {
            tokio::select! {
                () = work => {}
                () = stopping.cancelled() => {}
            }
        });
    }

    /// Runs `work`, which watches [`Tasks::stopping`] itself and says goodbye.
    pub fn spawn_graceful(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        if self.stopping.is_cancelled() {
            return;
        }
        let present = Present::enter(name, &self.alive);
        self.tracker.spawn(async move {
            work.await;
            drop(present);
        });
    }

    /// Runs `work`, whose end is the end of the process.
    pub fn spawn_vital(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        self.spawn_graceful(name, async move {
            work.await;
            if !stopping.is_cancelled() {
                tracing::error!(task = name, "a vital task ended; stopping");
                stopping.cancel();
            }
        });
    }

    /// Asks every task to end, waits at most `grace`, and names those that did not come.
    pub async fn shutdown(&self, grace: Duration) -> Vec<&'static str> {
        self.stopping.cancel();
        self.tracker.close();
        if tokio::time::timeout(grace, self.tracker.wait()).await.is_ok() {
            return Vec::new();
        }
        self.alive.lock().map(|names| names.clone()).unwrap_or_default()
    }
}

/// Keeps a task's name in the list while the task lives, also when it panics.
struct Present {
    name: &'static str,
    list: Arc<Mutex<Vec<&'static str>>>,
}

impl Present {
    fn enter(name: &'static str, list: &Arc<Mutex<Vec<&'static str>>>) -> Self {
        if let Ok(mut names) = list.lock() {
            names.push(name);
        }
        Self {
            name,
            list: Arc::clone(list),
        }
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        if let Ok(mut names) = self.list.lock()
            && let Some(at) = names.iter().position(|name| *name == self.name)
        {
            names.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_will_not_end_is_named() {
        let tasks = Tasks::new();
        tasks.spawn("polite", std::future::pending());
        tasks.spawn_graceful("stubborn", std::future::pending());
        assert_eq!(tasks.shutdown(Duration::from_millis(50)).await, ["stubborn"]);
    }

    #[tokio::test]
    async fn the_end_of_a_vital_task_stops_the_process() {
        let tasks = Tasks::new();
        tasks.spawn_vital("listener", async {});
        tasks.stopping().cancelled().await;
    }
}
