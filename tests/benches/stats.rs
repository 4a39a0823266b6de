//! Watching containers: our agent at one second, and the engine's statistics stream that `docker stats` reads.

use crate::cpu::{Spent, idle_engine, resident};
use crate::report::Report;
use crate::{Arguments, Place};
use anyhow::{Context, Result, ensure};
use crane_shared::api::LiveFrame;
use crane_tests::Host;
use http::Method;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinSet;

const PREFIX: &str = "bench-";
/// How often the agent records when nobody looks: the manager's default.
const RECORD: Duration = Duration::from_secs(10);
const BUSY: &str = "while true; do i=0; while [ $i -lt 300 ]; do i=$((i+1)); done; sleep 0.5; done";

pub(crate) async fn measure(place: &Place, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let host = place.bed.host(0);
    let span = Duration::from_secs(arguments.seconds);
    let mut ids = Vec::new();
    for number in 0..arguments.containers {
        let line = if number % 5 == 0 { BUSY } else { "sleep 100000" };
        ids.push(host.run_container(&format!("{PREFIX}{number}"), &[], line)?);
    }
    let (mut ours, mut docker, mut loads) = (Vec::new(), Vec::new(), (Vec::new(), Vec::new()));
    let mut watched = Vec::new();
    for _ in 0..arguments.rounds {
        let idle = idle_engine(host, &place.panel, span).await?;
        let (samples, spent, sent) = watch_crane(place, ids.len(), span).await?;
        watched.push(sent / samples);
        ours.push(spent.agent / samples * 1e6);
        loads.0.push(spent.engine / span.as_secs_f64());
        loads.1.push(idle);
        let (samples, spent) = watch_docker(place, host, &ids, span).await?;
        docker.push(spent.engine_beyond(idle, span) / samples * 1e6);
    }
    let what = format!("CPU of one sample, {} containers at 1 s", ids.len());
    report.pair(what, "µs", ours, docker, "<= 1/60");
    report.pair("engine's load while Crane watches", "CPU", loads.0, loads.1, "<= 1.05");
    for pid in place.panel.agents(host)? {
        let memory = resident(pid)?;
        report.note(format!("agent's memory with {} containers: {memory:.1} MiB", ids.len()));
    }
    // What the agent costs when nobody looks: its record every 10 s.
    let (before, wire) = (Spent::now(host, &place.panel)?, sent_by(host)?);
    let began = Instant::now();
    tokio::time::sleep(span * 2).await;
    let spent = Spent::now(host, &place.panel)?.since(before);
    let recorded = f64::from(arguments.containers) * began.elapsed().as_secs_f64() / RECORD.as_secs_f64();
    report.note(format!(
        "sent by the host for one sample of one container, frames and all: {:.1} bytes at 1 s, {:.1} at 10 s",
        crate::report::quantile(&watched, 0.5),
        (sent_by(host)? - wire) / recorded
    ));
    let share = spent.agent / (span * 2).as_secs_f64() * 100.0;
    report.note(format!(
        "agent's CPU when nobody looks, {} containers: {share:.3} % of a core",
        ids.len()
    ));
    host.remove_containers(PREFIX)
}

/// Bytes that have left the host on its cable, with the headers of QUIC, UDP, IP and Ethernet. Nothing but the agent
/// talks on it: a Swarm of one host has nobody to talk to.
fn sent_by(host: &Host) -> Result<f64> {
    let path = format!("/sys/class/net/{}/statistics/rx_bytes", host.cable());
    let text = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    Ok(text.trim().parse()?)
}

/// Samples that arrived at a client of the manager, what they cost, and the bytes that the host sent meanwhile.
async fn watch_crane(place: &Place, containers: usize, span: Duration) -> Result<(f64, Spent, f64)> {
    let host = place.bed.host(0);
    let path = format!("/api/v1/stats?node={}", host.name());
    let mut stream = place.panel.admin().open(Method::GET, &path, None).await?;
    ensure!(stream.status.is_success(), "GET {path}: {}", stream.status);
    // Until all containers are in it.
    let whole = async {
        while let Some(frame) = stream.event::<LiveFrame>().await? {
            if frame.containers.len() >= containers {
                return Ok(());
            }
        }
        anyhow::bail!("the stream of figures ended")
    };
    tokio::time::timeout(Duration::from_secs(60), whole)
        .await
        .context("the containers never all had figures")??;
    let (before, wire) = (Spent::now(host, &place.panel)?, sent_by(host)?);
    let until = Instant::now() + span;
    let mut samples = 0_u32;
    while let Ok(frame) = tokio::time::timeout_at(until.into(), stream.event::<LiveFrame>()).await {
        let frame = frame?.context("the stream of figures ended")?;
        samples += u32::try_from(frame.containers.len())?;
    }
    let spent = Spent::now(host, &place.panel)?.since(before);
    ensure!(samples > 0, "no figures came");
    Ok((f64::from(samples), spent, sent_by(host)? - wire))
}

/// Samples of the engine's own streams, one for each container as `docker stats` opens them. What reading them costs
/// the client is not counted.
async fn watch_docker(place: &Place, host: &Host, ids: &[String], span: Duration) -> Result<(f64, Spent)> {
    let socket = host.engine_address();
    let socket = socket.trim_start_matches("unix://");
    let mut streams = Vec::new();
    for id in ids {
        let mut stream = UnixStream::connect(socket).await?;
        let request = format!("GET /containers/{id}/stats?stream=true HTTP/1.1\r\nHost: docker\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        streams.push(stream);
    }
    // The first answers come at once and are no samples of a second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    for stream in &streams {
        let mut waste = vec![0; 64 << 10];
        while stream.try_read(&mut waste).is_ok_and(|count| count > 0) {}
    }
    let before = Spent::now(host, &place.panel)?;
    let until = Instant::now() + span;
    let mut readers = JoinSet::new();
    for mut stream in streams {
        readers.spawn(async move {
            let mut buffer = vec![0; 16 << 10];
            let (mut samples, mut last) = (0_usize, 0_u8);
            while let Ok(Ok(count @ 1..)) = tokio::time::timeout_at(until.into(), stream.read(&mut buffer)).await {
                // One object a sample, each closed by a line end of its own; HTTP's are CR LF.
                for &byte in &buffer[..count] {
                    samples += usize::from(last == b'}' && byte == b'\n');
                    last = byte;
                }
            }
            samples
        });
    }
    let samples: usize = readers.join_all().await.into_iter().sum();
    let spent = Spent::now(host, &place.panel)?.since(before);
    ensure!(samples > 0, "the engine sent no samples");
    Ok((f64::from(u32::try_from(samples)?), spent))
}
