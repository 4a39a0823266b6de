//! Figures, against `docker stats`.

use crate::world::World;
use anyhow::{Context, Result, ensure};
use crane_shared::api::{LiveContainer, LiveFrame};
use crane_tests::run::run;
use crane_tests::{Host, eventually};
use http::Method;
use std::collections::BTreeMap;
use std::time::Duration;

const CONTAINERS: usize = 20;
/// What may lie between us and `docker stats`, which prints three or four digits.
const TOLERANCE: f64 = 0.05;
const SPAN: Duration = Duration::from_secs(20);

/// Some shared memory, some traffic, some blocks past the page cache (which cgroup v1 would not count); then only a loop, under a quota.
const BUSY: &str = "dd if=/dev/zero of=/dev/shm/ballast bs=1M count=24 2>/dev/null; \
    dd if=/dev/zero of=/blocks bs=1M count=6 oflag=direct 2>/dev/null; \
    dd if=/blocks of=/dev/null bs=1M iflag=direct 2>/dev/null; \
    ping -c 40 -i 0.02 -s 1000 $(ip route | awk '/default/ { print $3 }') >/dev/null; \
    touch /ready; while true; do :; done";

/// One container as our live frames show it.
#[derive(Debug, Default)]
struct Ours {
    /// Percent of one core, frame by frame.
    cpu: Vec<f64>,
    last: Option<LiveContainer>,
}

/// One container as `docker stats` prints it.
#[derive(Debug, Default, Clone)]
struct Docker {
    /// Percent of one core over the whole span.
    cpu: f64,
    memory: f64,
    rx: f64,
    tx: f64,
    read: f64,
    write: f64,
}

/// `12.5MiB`, `1.2kB`, `0B`: bytes.
fn bytes(text: &str) -> Result<f64> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic()).context("no unit")?;
    let factor = match &text[split..] {
        "B" => 1.0,
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        other => anyhow::bail!("unit {other}"),
    };
    Ok(text[..split].parse::<f64>()? * factor)
}

fn docker_stats(host: &Host, into: &mut BTreeMap<String, Docker>) -> Result<()> {
    let text = host.docker([
        "stats",
        "--no-stream",
        "--no-trunc",
        "--format",
        "{{.ID}}|{{.MemUsage}}|{{.NetIO}}|{{.BlockIO}}",
    ])?;
    for line in text.lines() {
        let [id, memory, net, block] = line.split('|').collect::<Vec<_>>()[..] else {
            anyhow::bail!("docker stats printed {line:?}");
        };
        let pair = |text: &str| -> Result<(f64, f64)> {
            let (a, b) = text.split_once('/').context("no pair")?;
            Ok((bytes(a)?, bytes(b)?))
        };
        let seen = into.entry(id.to_owned()).or_default();
        seen.memory = pair(memory)?.0;
        (seen.rx, seen.tx) = pair(net)?;
        (seen.read, seen.write) = pair(block)?;
    }
    Ok(())
}

/// Close enough: within the tolerance, or within what the printing of `docker stats` hides.
fn close(ours: f64, theirs: f64, grain: f64) -> bool {
    (ours - theirs).abs() <= (theirs * TOLERANCE).max(grain)
}

pub(crate) async fn figures_are_those_of_docker_stats(world: &mut World) -> Result<()> {
    let mut ids = Vec::new();
    // This kernel counts blocks of a group only where a rule for the device stands; this one allows more than any disk has.
    let device = run("findmnt", ["-no", "SOURCE", "-T", crane_tests::bed::ROOT])?;
    let rule = format!("{device}:4gb");
    let counted = ["--device-write-bps", &rule, "--device-read-bps", &rule];
    for number in 0..CONTAINERS {
        // 10 ms of every 200: a loop that is throttled the same way in each window.
        let options = ["--cpu-period", "200000", "--cpu-quota", "10000"];
        let host = world.host(number % 3);
        // Setting up is quick, and then the quota holds for the loop alone.
        let id = host.run_container(&format!("p-busy-{number}"), &counted, BUSY)?;
        eventually("the container has set up", Duration::from_secs(60), || {
            std::future::ready(host.docker(["exec", &id, "test", "-e", "/ready"]))
        })
        .await?;
        let mut update = vec!["update"];
        update.extend(options);
        update.push(&id);
        host.docker(update)?;
        ids.push(id);
    }
    let (ours, theirs) = watch_both(world, &ids).await?;
    let mut worst = BTreeMap::<&str, f64>::new();
    for id in &ids {
        let seen = ours.get(id).with_context(|| format!("no live figures of {id}"))?;
        let docker = theirs
            .get(id)
            .with_context(|| format!("docker has no figures of {id}"))?;
        let last = seen.last.as_ref().context("no frame")?;
        ensure!(seen.cpu.len() >= 10, "only {} frames of {}", seen.cpu.len(), last.name);
        let cpu = seen.cpu.iter().sum::<f64>() / seen.cpu.len() as f64;
        let pairs = [
            // Ours is rounded to a hundredth of a percent.
            ("cpu", cpu, docker.cpu, 0.01),
            // 24.12MiB: four digits.
            ("memory", last.memory as f64, docker.memory, 10_486.0),
            ("rx", last.rx_total as f64, docker.rx, 100.0),
            ("tx", last.tx_total as f64, docker.tx, 100.0),
            ("read", last.read_total as f64, docker.read, 100.0),
            ("write", last.write_total as f64, docker.write, 100.0),
        ];
        for (what, ours, theirs, grain) in pairs {
            ensure!(
                close(ours, theirs, grain),
                "{what} of {}: we say {ours}, docker says {theirs}",
                last.name
            );
            if theirs > 0.0 {
                let apart = (ours - theirs).abs() / theirs * 100.0;
                let most = worst.entry(what).or_default();
                *most = most.max(apart);
            }
        }
        ensure!(
            docker.memory > 20.0e6 && docker.write > 6.0e6 && docker.read > 6.0e6 && docker.rx > 4.0e4,
            "too little to compare: {docker:?}"
        );
    }
    let figures: Vec<_> = worst
        .iter()
        .map(|(what, apart)| format!("{what} {apart:.2} %"))
        .collect();
    world.note(format!(
        "{CONTAINERS} containers, furthest from docker stats: {}",
        figures.join(", ")
    ));
    stored(world, &ids).await?;
    for host in world.bed.hosts() {
        host.remove_containers("p-busy")?;
    }
    Ok(())
}

/// CPU nanoseconds of a container so far, as the engine counts them for `docker stats`, and when it read them.
fn engine_counts(host: &Host, id: &str) -> Result<(i64, f64)> {
    let socket = host.engine_address().replacen("unix://", "", 1);
    let url = format!("http://engine/v1.41/containers/{id}/stats?stream=false&one-shot=true");
    let text = run("curl", ["-fsS", "--unix-socket", &socket, &url])?;
    let stats: serde_json::Value = serde_json::from_str(&text)?;
    let read: jiff::Timestamp = stats["read"].as_str().context("no time")?.parse()?;
    let spent = stats["cpu_stats"]["cpu_usage"]["total_usage"]
        .as_f64()
        .context("no CPU")?;
    Ok((read.as_millisecond(), spent))
}

/// Our live frames, and what the engine says for the same span. One round of `docker stats` measures CPU over its own second or two,
/// which on a busy machine is not our second: so CPU is taken from the counters behind it, over the whole span.
async fn watch_both(world: &World, ids: &[String]) -> Result<(BTreeMap<String, Ours>, BTreeMap<String, Docker>)> {
    let hosts = world.bed.hosts();
    let host_of = |number: usize| &hosts[number % 3];
    let mut stream = world.admin().open(Method::GET, "/api/v1/stats", None).await?;
    ensure!(stream.status.is_success(), "{}", stream.status);
    let mut frames = Vec::new();
    let watching = async {
        while let Some(frame) = stream.event::<LiveFrame>().await? {
            frames.push(frame);
        }
        anyhow::Ok(())
    };
    let counting = async {
        // Let our own stream begin.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let mut begun = Vec::new();
        for (number, id) in ids.iter().enumerate() {
            begun.push(engine_counts(host_of(number), id)?);
        }
        tokio::time::sleep(SPAN).await;
        let mut theirs = BTreeMap::new();
        let mut spans = BTreeMap::new();
        for host in hosts {
            docker_stats(host, &mut theirs)?;
        }
        for ((number, id), (from, before)) in ids.iter().enumerate().zip(begun) {
            let (until, after) = engine_counts(host_of(number), id)?;
            let docker = theirs
                .get_mut(id)
                .with_context(|| format!("docker has no figures of {id}"))?;
            // Nanoseconds in milliseconds, as percent of a core.
            docker.cpu = (after - before) / ((until - from) as f64 * 1e6) * 100.0;
            spans.insert(id.clone(), (from, until));
        }
        // The frame of the last moment is still on its way.
        tokio::time::sleep(Duration::from_secs(2)).await;
        anyhow::Ok((theirs, spans))
    };
    let (theirs, spans) = tokio::select! {
        end = watching => {
            end?;
            anyhow::bail!("the stream of live figures ended");
        }
        both = counting => both?,
    };
    let mut ours = BTreeMap::<String, Ours>::new();
    for frame in frames {
        let at = frame.at.parse::<jiff::Timestamp>()?.as_millisecond();
        for container in frame.containers {
            let Some((from, until)) = spans.get(&container.id) else {
                continue;
            };
            let seen = ours.entry(container.id.clone()).or_default();
            // A frame speaks of the second before it.
            if (*from + 500..*until + 500).contains(&at) {
                seen.cpu.push(container.cpu);
            }
            seen.last = Some(container);
        }
    }
    Ok((ours, theirs))
}

/// What is kept is what was live.
async fn stored(world: &World, ids: &[String]) -> Result<()> {
    let id = &ids[0];
    eventually("the history holds the container", Duration::from_secs(60), || async {
        let series: crane_shared::api::Series = world
            .admin()
            .get(&format!("/api/v1/containers/{id}/series?minutes=5&points=30"))
            .await?;
        let last = series.cpu.iter().flatten().last().context("no CPU yet")?;
        ensure!(
            (0.5..7.0).contains(last),
            "a container that may have 5 % of a core is kept with {last} %"
        );
        let memory = series.memory.iter().flatten().last().context("no memory yet")?;
        ensure!(*memory > 20.0e6, "{memory} bytes of memory are kept");
        ensure!(series.at.len() == series.cpu.len() && series.at.len() == series.pids.len());
        Ok(())
    })
    .await
}
