//! What it costs to know the numbers of a container once, in CPU of everybody who takes part.

use crate::Row;
use anyhow::{Context, Result};
use crane_tests::measure::{cpu_nanoseconds, resident};
use crane_tests::{Bed, Host, Panel, eventually};
use http::Method;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

pub(crate) async fn measure(bed: &Bed, panel: &Panel, containers: u32, seconds: u32) -> Result<Vec<Row>> {
    let host = bed.host(0);
    for number in 0..containers {
        host.run_container(&format!("b-{number}"), &[], "while true; do sleep 0.5; done")?;
    }
    eventually("all containers are known", Duration::from_secs(60), || async {
        let node = panel.node(host).await?;
        anyhow::ensure!(
            node.containers_running == u64::from(containers),
            "{}",
            node.containers_running
        );
        Ok(())
    })
    .await?;
    let agent = *panel.agents(host)?.first().context("no agent")?;
    let span = Duration::from_secs(u64::from(seconds));
    let watched = f64::from(containers);

    // Nobody looks: what is kept, once in ten seconds.
    let rest = Cost::of(host, agent)?;
    let bytes = sent(host)?;
    let start = Instant::now();
    tokio::time::sleep(span).await;
    let idle = Cost::of(host, agent)?.since(&rest);
    let wire = (sent(host)? - bytes) as f64;
    let samples = watched * start.elapsed().as_secs_f64() / 10.0;

    // Somebody looks: once a second.
    let mut stream = panel.admin().open(Method::GET, "/api/v1/stats", None).await?;
    let before = Cost::of(host, agent)?;
    let end = Instant::now() + span;
    let mut frames = 0_u32;
    while Instant::now() < end {
        stream
            .event::<crane_shared::api::LiveFrame>()
            .await?
            .context("the stream ended")?;
        frames += 1;
    }
    let live = Cost::of(host, agent)?.since(&before);
    drop(stream);

    // `docker stats`, once a second as well; the client's own cost is counted with its engine's.
    let before = Cost::of(host, agent)?;
    let mut docker = host
        .enter(["docker", "stats", "--format", "{{.ID}} {{.CPUPerc}} {{.MemUsage}}"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    tokio::time::sleep(span).await;
    // nsenter becomes the client, so its process is the client's.
    let client = cpu_nanoseconds(i32::try_from(docker.id())?)?;
    let theirs = Cost::of(host, agent)?.since(&before);
    docker.kill()?;
    docker.wait()?;
    // What the engine does for nobody in the same span is not `docker stats`' fault.
    let engine = theirs.engine.saturating_sub(idle.engine) as f64;
    let docker_each = (engine + client as f64) / (watched * f64::from(seconds)) / 1e3;

    let memory = resident(agent)? as f64 / f64::from(1 << 20);
    host.remove_containers("b-")?;
    Ok(vec![
        Row {
            what: "CPU per live sample of a container",
            ours: live.agent as f64 / (watched * f64::from(frames)) / 1e3,
            theirs: Some(docker_each),
            unit: "µs",
            than: "docker stats, its engine counted",
        },
        Row {
            what: "CPU per kept sample of a container",
            ours: idle.agent as f64 / samples / 1e3,
            theirs: Some(docker_each),
            unit: "µs",
            than: "docker stats, its engine counted",
        },
        Row {
            what: "agent, idle, of one core",
            ours: idle.agent as f64 / span.as_nanos() as f64 * 1e5,
            theirs: None,
            unit: "thousandths of a percent",
            than: "",
        },
        Row {
            what: "wire per kept sample of a container",
            ours: wire / samples,
            theirs: None,
            unit: "bytes, all that the host sent",
            than: "",
        },
        Row {
            what: "agent, resident",
            ours: memory,
            theirs: None,
            unit: "MiB",
            than: "",
        },
    ])
}

/// CPU nanoseconds so far.
struct Cost {
    agent: u64,
    /// dockerd and containerd of the host.
    engine: u64,
}

impl Cost {
    fn of(host: &Host, agent: i32) -> Result<Self> {
        let mut engine = 0;
        for name in ["dockerd", "containerd"] {
            for pid in host.processes(name)? {
                engine += cpu_nanoseconds(pid)?;
            }
        }
        Ok(Self {
            agent: cpu_nanoseconds(agent)?,
            engine,
        })
    }

    fn since(self, before: &Self) -> Self {
        Self {
            agent: self.agent.saturating_sub(before.agent),
            engine: self.engine.saturating_sub(before.engine),
        }
    }
}

/// Bytes that have come out of a host's cable.
fn sent(host: &Host) -> Result<u64> {
    let path = format!("/sys/class/net/{}/statistics/rx_bytes", host.cable());
    Ok(fs::read_to_string(&path).context(path)?.trim().parse()?)
}
