//! Reading a log: through agent and manager, and with `docker logs -f`.

use crate::cpu::{Spent, idle, idle_engine};
use crate::report::{Report, median};
use crate::{Arguments, Place};
use anyhow::{Context, Result, ensure};
use crane_shared::api::LogMessage;
use crane_tests::Host;
use http::Method;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const HISTORY: &str = "bench-history";
const LIVE: &str = "bench-live";
/// Bytes of one line, with its end: about what servers print.
const LINE: u32 = 120;
/// What a container says: so many lines at once, again and again. A few thousand lines a second, and some 20,000.
const TALKS: [(&str, u32); 2] = [("live log", 100), ("live flood", 600)];

pub(crate) async fn measure(place: &Place, arguments: &Arguments, report: &mut Report) -> Result<()> {
    history(place, arguments, report).await?;
    for (what, lines) in TALKS {
        live(place, arguments, report, what, lines).await?;
    }
    Ok(())
}

/// Everything that a container which has ended did print.
async fn history(place: &Place, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let host = place.bed.host(0);
    let line = format!(
        "awk 'BEGIN {{ for (i = 1; i <= {}; i++) printf \"%0{}d\\n\", i }}'",
        arguments.lines,
        LINE - 1
    );
    let id = host.run_container(HISTORY, &[], &line)?;
    host.docker(["wait", &id])?;
    let megabytes = f64::from(arguments.lines) * f64::from(LINE) / 1e6;
    let idle = idle_engine(host, &place.panel, Duration::from_secs(5)).await?;
    let (mut agent, mut both, mut docker) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rate, mut docker_rate) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        let before = Spent::now(host, &place.panel)?;
        let start = Instant::now();
        let lines = read_crane(place, &id).await?;
        ensure!(lines == arguments.lines, "{lines} of {} lines came", arguments.lines);
        rate.push(megabytes / start.elapsed().as_secs_f64());
        let span = start.elapsed();
        let spent = Spent::now(host, &place.panel)?.since(before);
        let engine = spent.engine_beyond(idle, span);
        agent.push((spent.agent + engine) / megabytes * 1e3);
        both.push((spent.agent + spent.manager + engine) / megabytes * 1e3);

        let before = Spent::now(host, &place.panel)?;
        let start = Instant::now();
        let mut reader = follow_docker(host, &id, "all")?;
        ensure!(reader.wait()?.success(), "docker logs failed");
        docker_rate.push(megabytes / start.elapsed().as_secs_f64());
        let span = start.elapsed();
        let spent = Spent::now(host, &place.panel)?.since(before);
        docker.push((spent.engine_beyond(idle, span) + spent.children) / megabytes * 1e3);
    }
    report.pair(
        "log history, agent (and engine)",
        "CPU ms/MB",
        agent,
        docker.clone(),
        "<= 1/12",
    );
    report.pair("log history, agent and manager, as JSON", "CPU ms/MB", both, docker, "");
    report.pair("log history, speed", "MB/s", rate, docker_rate, "");
    host.remove_containers(HISTORY)
}

/// What following costs while a container talks, above what talking costs.
async fn live(place: &Place, arguments: &Arguments, report: &mut Report, what: &str, lines_at_once: u32) -> Result<()> {
    let host = place.bed.host(0);
    let span = Duration::from_secs(arguments.seconds);
    let talk = format!(
        "while true; do \
         awk 'BEGIN {{ for (i = 1; i <= {lines_at_once}; i++) printf \"GET /api/v1/things/%096d 200\\n\", i }}'; \
         sleep 0.02; done"
    );
    let id = host.run_container(LIVE, &["--log-opt", "max-size=20m", "--log-opt", "max-file=3"], &talk)?;
    let mut rates = Vec::new();
    let (mut agent, mut both, mut docker) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        let quiet = idle(host, &place.panel, span).await?;
        let path = format!("/api/v1/containers/{id}/logs?follow=true&tail=0");
        let mut stream = place.panel.admin().open(Method::GET, &path, None).await?;
        ensure!(stream.status.is_success(), "GET {path}: {}", stream.status);
        let before = Spent::now(host, &place.panel)?;
        let until = Instant::now() + span;
        let mut lines = 0_usize;
        while let Ok(text) = tokio::time::timeout_at(until.into(), stream.line()).await {
            lines += rows(&text?.context("the log ended")?)?;
        }
        let spent = Spent::now(host, &place.panel)?.since(before).beyond(quiet, span);
        let megabytes = f64::from(u32::try_from(lines)?) * f64::from(LINE) / 1e6;
        ensure!(lines > 0, "no live lines came");
        rates.push(megabytes * 1e6 / f64::from(LINE) / span.as_secs_f64());
        agent.push((spent.agent + spent.engine) / megabytes * 1e3);
        both.push((spent.agent + spent.manager + spent.engine) / megabytes * 1e3);
        drop(stream);

        let before = Spent::now(host, &place.panel)?;
        let mut reader = follow_docker(host, &id, "0")?;
        tokio::time::sleep(span).await;
        let engine = Spent::now(host, &place.panel)?
            .since(before)
            .engine_beyond(quiet.engine, span);
        reader.kill()?;
        reader.wait()?;
        let spent = Spent::now(host, &place.panel)?.since(before);
        // As many lines were written as in our turn.
        docker.push((engine + spent.children) / megabytes * 1e3);
    }
    report.pair(
        format!("{what}, agent (and engine) above talking"),
        "CPU ms/MB",
        agent,
        docker.clone(),
        "<= 1/10",
    );
    report.pair(
        format!("{what}, agent and manager, as JSON"),
        "CPU ms/MB",
        both,
        docker,
        "",
    );
    report.note(format!("{what}: {:.0} lines/s", median(&rates)));
    host.remove_containers(LIVE)
}

async fn read_crane(place: &Place, id: &str) -> Result<u32> {
    let path = format!("/api/v1/containers/{id}/logs?follow=true");
    let mut stream = place.panel.admin().open(Method::GET, &path, None).await?;
    ensure!(stream.status.is_success(), "GET {path}: {}", stream.status);
    let mut lines = 0;
    while let Some(text) = stream.line().await? {
        lines += rows(&text)?;
    }
    Ok(u32::try_from(lines)?)
}

fn rows(text: &str) -> Result<usize> {
    Ok(match serde_json::from_str(text)? {
        LogMessage::Lines { rows, .. } => rows.len(),
        LogMessage::Gap(hole) => anyhow::bail!("lines were lost: {hole:?}"),
        _ => 0,
    })
}

/// Docker's client without the wrapper that gives it a deadline, so that killing it ends it.
fn follow_docker(host: &Host, id: &str, tail: &str) -> Result<Child> {
    std::process::Command::new("docker")
        .args(["-H", &host.engine_address(), "logs", "-f", "--tail", tail, id])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("docker can't be started")
}
