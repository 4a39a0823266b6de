//! Figures on cgroups of version 2, against the engine's own counters.

use crate::world::World;
use anyhow::{Context, Result, ensure};
use crane_shared::api::{LiveContainer, LiveFrame, Series};
use crane_tests::eventually;
use crane_tests::machine::PATIENCE;
use http::Method;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const CONTAINERS: usize = 3;
/// What may lie between us and the engine.
const TOLERANCE: f64 = 0.05;
const SPAN: Duration = Duration::from_secs(60);

/// Some shared memory, some traffic, some blocks past the page cache and some through it; then, when it is told to, only a loop.
const BUSY: &str = "dd if=/dev/zero of=/dev/shm/ballast bs=1M count=24 2>/dev/null; \
    dd if=/dev/zero of=/blocks bs=1M count=6 oflag=direct 2>/dev/null; \
    dd if=/blocks of=/dev/null bs=1M iflag=direct 2>/dev/null; \
    dd if=/dev/zero of=/cached bs=1M count=4 conv=fsync 2>/dev/null; \
    ping -c 30 -i 0.1 -s 1000 $(ip route | awk '/default/ { print $3 }') >/dev/null; \
    touch /ready; while [ ! -e /go ]; do sleep 1; done; while true; do :; done";

/// One container as the engine counts it.
#[derive(Debug)]
struct Engine {
    /// Milliseconds of the machine's clock.
    at: i64,
    cpu_ns: f64,
    memory: f64,
    rx: f64,
    tx: f64,
    read: f64,
    write: f64,
    pids: f64,
}

fn engine(world: &World, id: &str) -> Result<Engine> {
    let url = format!("http://engine/v1.41/containers/{id}/stats?stream=false&one-shot=true");
    let text = world
        .machine
        .shell(&format!("curl -fsS --unix-socket /var/run/docker.sock '{url}'"))?;
    let stats: serde_json::Value = serde_json::from_str(&text)?;
    let number = |pointer: &str| {
        let value = stats.pointer(pointer).and_then(serde_json::Value::as_f64);
        value.with_context(|| format!("the engine gives no {pointer}: {text}"))
    };
    let blocks = |operation: &str| -> f64 {
        let entries = stats["blkio_stats"]["io_service_bytes_recursive"].as_array();
        entries
            .into_iter()
            .flatten()
            .filter(|entry| {
                entry["op"]
                    .as_str()
                    .is_some_and(|op| op.eq_ignore_ascii_case(operation))
            })
            .filter_map(|entry| entry["value"].as_f64())
            .sum()
    };
    let at: jiff::Timestamp = stats["read"].as_str().context("no time")?.parse()?;
    Ok(Engine {
        at: at.as_millisecond(),
        cpu_ns: number("/cpu_stats/cpu_usage/total_usage")?,
        // As `docker stats` shows it: without the cache that the kernel would give back.
        memory: number("/memory_stats/usage")? - number("/memory_stats/stats/inactive_file")?,
        rx: number("/networks/eth0/rx_bytes")?,
        tx: number("/networks/eth0/tx_bytes")?,
        read: blocks("read"),
        write: blocks("write"),
        pids: number("/pids_stats/current")?,
    })
}

/// Frames of one container: when, and what.
type Frames = Vec<(i64, LiveContainer)>;

/// Live frames, as the dashboard gets them, while `counting` goes on.
async fn watch<T>(world: &World, counting: impl Future<Output = Result<T>>) -> Result<(BTreeMap<String, Frames>, T)> {
    let mut stream = world.admin().open(Method::GET, "/api/v1/stats", None).await?;
    ensure!(stream.status.is_success(), "{}", stream.status);
    let mut frames = Vec::new();
    let watching = async {
        while let Some(frame) = stream.event::<LiveFrame>().await? {
            frames.push(frame);
        }
        anyhow::Ok(())
    };
    let counted = tokio::select! {
        end = watching => {
            end?;
            anyhow::bail!("the stream of live figures ended");
        }
        counted = counting => counted?,
    };
    let mut ours = BTreeMap::<String, Frames>::new();
    for frame in frames {
        let at = frame.at.parse::<jiff::Timestamp>()?.as_millisecond();
        for container in frame.containers {
            ours.entry(container.id.clone()).or_default().push((at, container));
        }
    }
    Ok((ours, counted))
}

/// Percent of one core by the frames between two moments, and the moments that these frames really speak of: each is about
/// the time since the one before it, and on a slow machine those times differ.
fn mean(frames: &Frames, from: i64, until: i64) -> Option<(f64, i64, i64, usize)> {
    let inside: Vec<_> = frames.iter().filter(|(at, _)| (from..=until).contains(at)).collect();
    let ((first, _), (last, _)) = (inside.first()?, inside.last()?);
    let sum: f64 = inside
        .windows(2)
        .map(|pair| pair[1].1.cpu * (pair[1].0 - pair[0].0) as f64)
        .sum();
    (last > first).then(|| (sum / (last - first) as f64, *first, *last, inside.len()))
}

/// The engine's CPU counter at a moment, between the two looks around it: a loop on a starved machine is not steady, so
/// both sides must speak of the same seconds.
fn counted(looks: &[Engine], at: i64) -> Option<f64> {
    let pair = looks.windows(2).find(|pair| (pair[0].at..=pair[1].at).contains(&at))?;
    let share = (at - pair[0].at) as f64 / (pair[1].at - pair[0].at).max(1) as f64;
    Some(pair[0].cpu_ns + (pair[1].cpu_ns - pair[0].cpu_ns) * share)
}

pub(crate) async fn figures_are_the_engines_own_on_cgroup_v2(world: &mut World) -> Result<()> {
    let names: Vec<_> = (0..CONTAINERS).map(|number| format!("p-busy-{number}")).collect();
    let mut ids = Vec::new();
    for name in &names {
        let id = world.container(name, "", BUSY).await?;
        eventually("the container has set up", PATIENCE, || {
            std::future::ready(world.machine.shell(&format!("docker exec {id} test -e /ready")))
        })
        .await?;
        // From here on a loop that is throttled the same way in each window: 10 ms of every 200.
        world.machine.shell(&format!(
            "docker update --cpu-period 200000 --cpu-quota 10000 {id} && docker exec {id} touch /go"
        ))?;
        ids.push(id);
    }
    let where_from = world.machine.shell(&format!(
        "cat /proc/$(docker inspect -f '{{{{.State.Pid}}}}' {})/cgroup",
        ids[0]
    ))?;
    ensure!(
        where_from == format!("0::/system.slice/docker-{}.scope", ids[0]),
        "the container is in {where_from}"
    );
    let counting = async {
        // Let our own stream begin.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let mut looks: Vec<Vec<Engine>> = ids.iter().map(|_| Vec::new()).collect();
        let start = Instant::now();
        while start.elapsed() < SPAN {
            for (looks, id) in looks.iter_mut().zip(&ids) {
                looks.push(engine(world, id)?);
                // A look blocks; the frames want to be read.
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        // The frame of the last moment is still on its way.
        tokio::time::sleep(Duration::from_secs(5)).await;
        anyhow::Ok(looks)
    };
    let (ours, looks) = watch(world, counting).await?;
    let mut worst = BTreeMap::<&str, f64>::new();
    let mut least = usize::MAX;
    for (id, looks) in ids.iter().zip(&looks) {
        let frames = ours.get(id).with_context(|| format!("no live figures of {id}"))?;
        let (before, after) = looks.first().zip(looks.last()).context("no look")?;
        let (cpu, from, until, count) = mean(frames, before.at, after.at).context("no frames in the span")?;
        least = least.min(count);
        let (_, last) = frames.last().context("no frame")?;
        let spent = counted(looks, until)
            .zip(counted(looks, from))
            .context("no looks around the frames")?;
        // Nanoseconds in milliseconds, as percent of a core.
        let engine_cpu = (spent.0 - spent.1) / ((until - from) as f64 * 1e6) * 100.0;
        let pairs = [
            ("cpu", cpu, engine_cpu),
            ("memory", last.memory as f64, after.memory),
            ("rx", last.rx_total as f64, after.rx),
            ("tx", last.tx_total as f64, after.tx),
            ("read", last.read_total as f64, after.read),
            ("write", last.write_total as f64, after.write),
            ("pids", f64::from(last.pids), after.pids),
        ];
        for (what, ours, theirs) in pairs {
            let apart = (ours - theirs).abs();
            ensure!(
                apart <= theirs * TOLERANCE,
                "{what} of {}: we say {ours}, the engine says {theirs}",
                last.name
            );
            let most = worst.entry(what).or_default();
            *most = most.max(apart / theirs * 100.0);
        }
        ensure!(
            engine_cpu > 0.5 && after.memory > 20.0e6 && after.write > 10.0e6 && after.read > 6.0e6 && after.rx > 3.0e4,
            "too little to compare: {after:?}"
        );
    }
    let first = looks[0].last().context("no look")?;
    let example = format!(
        "the first one, by the engine: memory {:.0}, rx {:.0}, tx {:.0}, read {:.0}, write {:.0}",
        first.memory, first.rx, first.tx, first.read, first.write
    );
    let apart: Vec<_> = worst.iter().map(|(what, most)| format!("{what} {most:.2} %")).collect();
    world.note(format!(
        "{CONTAINERS} containers, {least} frames of each or more; furthest from the engine: {}",
        apart.join(", ")
    ));
    world.note(example);
    stored(world, &ids[0]).await?;
    world.remove(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What is kept is what was live.
async fn stored(world: &World, id: &str) -> Result<()> {
    eventually("the history holds the container", PATIENCE, || async {
        let path = format!("/api/v1/containers/{id}/series?minutes=15&points=30");
        let series: Series = world.admin().get(&path).await?;
        let memory = series.memory.iter().flatten().last().context("no memory yet")?;
        ensure!(*memory > 20.0e6, "{memory} bytes of memory are kept");
        let cpu = series.cpu.iter().flatten().last().context("no CPU yet")?;
        ensure!(*cpu > 0.5, "a busy loop is kept with {cpu} %");
        Ok(())
    })
    .await
}
