use super::engine;
use crate::answers::Switchboard;
use crate::cgroup::Running;
use crate::doctor::Patient;
use crate::exec::Notes;
use crate::inventory::{Inventory, Sources};
use crate::link::{Ended, Link, Parts, Tuning};
use crate::membership::{Home, Standing};
use crate::sampler::{Sampler, Settings};
use crate::spool::Spool;
use crate::{cli, config};
use anyhow::Context;
use crane_shared::model::{HostFacts, Policy, SampleBatch};
use crane_shared::protocol::{RecordBody, Welcome};
use crane_shared::tasks::Tasks;
use crane_shared::time::Clock;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

/// Everything must have ended this long after it was asked to; systemd waits longer.
const GRACE: Duration = Duration::from_secs(5);
/// Batches between sampler and disk. One every ten seconds: a disk that hangs for two minutes loses none.
const BATCHES: usize = 12;

/// How `crane-agent run` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// The manager removed this node: starting again is of no use.
    Removed,
}

/// `crane-agent run`, until a signal or a removal.
///
/// # Errors
/// When this host has not joined or its state can't be used.
pub async fn run(args: &cli::Run) -> anyhow::Result<Outcome> {
    let home = Home::new(&args.state);
    let membership = home.load()?;
    if let Some(at) = membership.removed {
        tracing::error!(node = %membership.node, at = %at.to_rfc3339(), "the manager removed this node; to come back, make a join \
            token and run `crane-agent join --force`");
        return Ok(Outcome::Removed);
    }
    let _alone = home.lock()?;
    let (clock, tasks) = (Clock::Real, Tasks::new());
    let (owner, mistakes) = config::read(&args.policy);
    complain(&args.policy, &mistakes);
    let (policy, policies) = watch::channel(owner.policy);
    tracing::info!(node = %membership.node, version = crate::link::AGENT_VERSION, policy = ?owner.policy, "agent started");

    let spool_dir = home.spool();
    let spool = tokio::task::spawn_blocking(move || Spool::open(&spool_dir, owner.spool_limit))
        .await?
        .context("the spool can't be opened")?;
    spool.start(&tasks);
    let notes = Notes::new(home.execs());
    tasks.spawn("terminals of the agent before", notes.hang_up_left());
    let engine = engine(&membership.docker)?;
    let running = Running::default();
    let proc_root = PathBuf::from("/proc");
    let inventory = Inventory::start(
        &tasks,
        Sources {
            engine: engine.clone(),
            spool: spool.clone(),
            proc_root: proc_root.clone(),
            cgroup_root: membership.cgroup_root.clone(),
        },
        Running::clone(&running),
    );
    let settings = Settings {
        cgroup_root: membership.cgroup_root.clone(),
        proc_root: proc_root.clone(),
        ..Settings::default()
    };
    let sampler = Sampler::start(&tasks, clock.clone(), settings, running, keep_in(&tasks, &spool));
    let (standing_to, standing) = watch::channel(Standing::default());
    let patient = Patient {
        engine: engine.clone(),
        cgroup_root: membership.cgroup_root.clone(),
        proc_root,
        home: home.clone(),
        standing: Some(standing),
        policy: args.policy.clone(),
        clock: clock.clone(),
    };
    let link = Link::new(
        Parts {
            answers: Switchboard::new(
                engine,
                inventory.clone(),
                sampler.clone(),
                patient,
                notes.clone(),
                policies.clone(),
            ),
            spool,
            inventory: inventory.clone(),
            policy: policies,
            clock,
            tasks: tasks.clone(),
            tuning: Tuning::default(),
        },
        home,
        membership,
    );
    tasks.spawn("standing", pass_on(link.standing(), standing_to));
    tasks.spawn("sample period", follow_period(link.welcomes(), sampler.clone()));
    tasks.spawn("docker root", follow_root(inventory.watch_facts(), sampler));
    tasks.spawn("policy reload", reload(args.policy.clone(), policy));

    let mut ended = watch_signals(&tasks)?;
    let outcome = link.run().await;
    ended.close();
    let late = tasks.shutdown(GRACE).await;
    if !late.is_empty() {
        tracing::warn!(?late, "tasks that did not end in time");
    }
    tracing::info!("agent stopped");
    Ok(match outcome {
        Ended::Stopped => Outcome::Done,
        Ended::Removed => Outcome::Removed,
    })
}

/// Where the sampler leaves its batches: a short queue, so that a slow disk never delays a sample.
fn keep_in(tasks: &Tasks, spool: &Spool) -> impl FnMut(SampleBatch) + Send + 'static + use<> {
    let (batches, mut waiting) = mpsc::channel(BATCHES);
    let spool = spool.clone();
    tasks.spawn("sample keeper", async move {
        while let Some(batch) = waiting.recv().await {
            spool.append(RecordBody::Samples(batch)).await;
        }
    });
    let mut lost: u64 = 0;
    move |batch| {
        if batches.try_send(batch).is_err() {
            lost += 1;
            tracing::warn!(lost, "a sample is lost because the disk does not take it");
        }
    }
}

/// The doctor's view of the link, which is built after the doctor.
async fn pass_on(mut from: watch::Receiver<Standing>, to: watch::Sender<Standing>) {
    loop {
        to.send_replace(from.borrow_and_update().clone());
        if from.changed().await.is_err() {
            return;
        }
    }
}

async fn follow_period(mut welcomes: watch::Receiver<Option<Welcome>>, sampler: Sampler) {
    while welcomes.changed().await.is_ok() {
        let period = welcomes
            .borrow_and_update()
            .as_ref()
            .map(|welcome| welcome.sample_period_ms);
        if let Some(period) = period {
            sampler.set_period(period);
        }
    }
}

async fn follow_root(mut facts: watch::Receiver<HostFacts>, sampler: Sampler) {
    let mut known = String::new();
    loop {
        let root = facts
            .borrow_and_update()
            .engine
            .as_ref()
            .map(|engine| engine.root_dir.clone());
        if let Some(root) = root.filter(|root| !root.is_empty() && *root != known) {
            sampler.set_docker_root(PathBuf::from(&root));
            known = root;
        }
        if facts.changed().await.is_err() {
            return;
        }
    }
}

/// SIGHUP reads the owner's file again. The size of the spool is taken at the next start.
async fn reload(path: PathBuf, policy: watch::Sender<Policy>) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        return;
    };
    while hangups.recv().await.is_some() {
        let (owner, mistakes) = config::read(&path);
        complain(&path, &mistakes);
        let changed = policy.send_if_modified(|known| {
            let changed = *known != owner.policy;
            *known = owner.policy;
            changed
        });
        tracing::info!(policy = ?owner.policy, changed, "the owner's policy was read again");
    }
}

fn complain(path: &Path, mistakes: &[String]) {
    for mistake in mistakes {
        tracing::error!(file = %path.display(), %mistake, "the owner's file is not understood; everything is forbidden");
    }
}

/// SIGTERM and SIGINT end the process in order. The receiver closes when nobody needs them any more.
fn watch_signals(tasks: &Tasks) -> anyhow::Result<mpsc::Receiver<()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (alive, ended) = mpsc::channel(1);
    let stopping = tasks.stopping();
    tasks.spawn("signals", async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = alive.closed() => return,
        }
        tracing::info!("asked to end");
        stopping.cancel();
    });
    Ok(ended)
}
