//! CPU time of processes, from their own clocks in nanoseconds.

use anyhow::{Context, Result};
use crane_tests::{Host, Panel};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
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
            engine += of(name, &host.processes(name)?);
        }
        let children = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let children = children.user_time().num_microseconds() + children.system_time().num_microseconds();
        Ok(Self {
            agent: of("agent", &panel.agents(host)?),
            manager: of("manager", &[panel.manager_pid()?]),
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

    /// What was spent beyond what all need when nobody looks: the agent samples and the manager stores all the time.
    pub(crate) fn beyond(self, idle_per_second: Self, span: Duration) -> Self {
        let beyond = |spent: f64, idle: f64| (spent - idle * span.as_secs_f64()).max(0.0);
        Self {
            agent: beyond(self.agent, idle_per_second.agent),
            manager: beyond(self.manager, idle_per_second.manager),
            engine: beyond(self.engine, idle_per_second.engine),
            children: self.children,
        }
    }
}

/// What the engine needs a second when nobody looks.
pub(crate) async fn idle_engine(host: &Host, panel: &Panel, span: Duration) -> Result<f64> {
    Ok(idle(host, panel, span).await?.engine)
}

/// What all need a second when nobody looks.
pub(crate) async fn idle(host: &Host, panel: &Panel, span: Duration) -> Result<Spent> {
    let before = Spent::now(host, panel)?;
    tokio::time::sleep(span).await;
    let spent = Spent::now(host, panel)?.since(before);
    let seconds = span.as_secs_f64();
    Ok(Spent {
        agent: spent.agent / seconds,
        manager: spent.manager / seconds,
        engine: spent.engine / seconds,
        children: 0.0,
    })
}

/// Resident memory of a process, in MiB.
pub(crate) fn resident(pid: i32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.context("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}

/// Seconds on a CPU over all threads, those that have ended too. Of a process that has ended what was seen last stays in the
/// account: a sum never becomes smaller.
fn of(name: &'static str, pids: &[i32]) -> f64 {
    static SEEN: Mutex<BTreeMap<&str, Account>> = Mutex::new(BTreeMap::new());
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let account = seen.entry(name).or_default();
    for pid in pids {
        account.now(*pid, clock(*pid));
    }
    account.ended + account.running.values().sum::<f64>()
}

#[derive(Debug, Default)]
struct Account {
    running: BTreeMap<i32, f64>,
    ended: f64,
}

impl Account {
    fn now(&mut self, pid: i32, seconds: Option<f64>) {
        let before = self.running.get(&pid).copied().unwrap_or(0.0);
        // Gone, or another process with the same number.
        if seconds.is_none_or(|seconds| seconds < before) {
            self.running.remove(&pid);
            self.ended += before;
        }
        if let Some(seconds) = seconds {
            self.running.insert(pid, seconds);
        }
    }
}

/// The process's own clock, which runs only while it does.
fn clock(pid: i32) -> Option<f64> {
    let time = clock_getcpuclockid(Pid::from_raw(pid)).ok()?.now().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a few hours")]
    Some(time.num_nanoseconds() as f64 / 1e9)
}
