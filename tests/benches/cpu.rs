//! CPU time of processes, from the scheduler's own books in nanoseconds.

use anyhow::{Context, Result};
use crane_tests::{Host, Panel};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::time::Duration;

/// Whose time is counted, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) agent: f64,
    pub(crate) manager: f64,
    /// dockerd, containerd and the shims.
    pub(crate) engine: f64,
    /// Programs that this one has started and that have ended.
    pub(crate) children: f64,
}

impl Spent {
    /// All up to now.
    pub(crate) fn now(host: &Host, panel: &Panel) -> Result<Self> {
        let mut engine = 0.0;
        for name in ["dockerd", "containerd", "containerd-shim-runc-v2"] {
            engine += host.processes(name)?.into_iter().map(of).sum::<f64>();
        }
        let children = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let children = children.user_time().num_microseconds() + children.system_time().num_microseconds();
        Ok(Self {
            agent: panel.agents(host)?.into_iter().map(of).sum(),
            manager: of(panel.manager_pid()?),
            engine,
            #[expect(clippy::cast_precision_loss, reason = "microseconds of a few hours")]
            children: children as f64 / 1e6,
        })
    }

    /// What was spent since `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            agent: self.agent - before.agent,
            manager: self.manager - before.manager,
            engine: self.engine - before.engine,
            children: self.children - before.children,
        }
    }

    /// The engine's time beyond what it needs when nobody looks.
    pub(crate) fn engine_beyond(self, idle_per_second: f64, span: Duration) -> f64 {
        (self.engine - idle_per_second * span.as_secs_f64()).max(0.0)
    }
}

/// What the engine needs a second when nobody looks.
pub(crate) async fn idle_engine(host: &Host, panel: &Panel, span: Duration) -> Result<f64> {
    let before = Spent::now(host, panel)?;
    tokio::time::sleep(span).await;
    Ok(Spent::now(host, panel)?.since(before).engine / span.as_secs_f64())
}

/// Resident memory of a process, in MiB.
pub(crate) fn resident(pid: i32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.context("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}

/// Seconds on a CPU over all threads; 0 for a process that has ended.
fn of(pid: i32) -> f64 {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
        return 0.0;
    };
    threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<f64>().ok())
        .sum::<f64>()
        / 1e9
}
