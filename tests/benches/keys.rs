//! A keystroke and its echo: through WebSocket, manager, QUIC, agent and engine, and with `docker exec -it`.

use crate::report::{Report, quantile};
use crate::{Arguments, Place};
use anyhow::{Context, Result, bail};
use crane_shared::api::ExecControl;
use crane_tests::Host;
use crane_tests::client::{Socket, Word};
use nix::pty::{OpenptyResult, openpty};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const NAME: &str = "bench-keys";
/// A fast typist is slower than this.
const BETWEEN: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(20);
/// Typed first and read back, so that prompts and greetings are out of the way.
const READY: &[u8] = b"ready\r";

pub(crate) async fn measure(place: &Place, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let host = place.bed.host(0);
    let id = host.run_container(NAME, &[], "sleep 100000")?;
    let (mut middle, mut late) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for _ in 0..arguments.rounds {
        let ours = through_crane(place, &id, arguments.keys).await?;
        let keys = arguments.keys;
        let (address, name) = (host.engine_address(), id.clone());
        let docker = tokio::task::spawn_blocking(move || through_docker(&address, &name, keys)).await??;
        middle.0.push(quantile(&ours, 0.5));
        middle.1.push(quantile(&docker, 0.5));
        late.0.push(quantile(&ours, 0.99));
        late.1.push(quantile(&docker, 0.99));
    }
    report.pair("keystroke to echo, p50", "ms", middle.0, middle.1, "<= 1.8");
    report.pair("keystroke to echo, p99", "ms", late.0, late.1, "");
    remove(host)
}

fn remove(host: &Host) -> Result<()> {
    host.remove_containers(NAME)
}

async fn through_crane(place: &Place, id: &str, keys: u32) -> Result<Vec<f64>> {
    let path = format!("/api/v1/containers/{id}/exec");
    let mut socket = place.panel.admin().socket(&path).await?;
    let start = ExecControl::Start {
        command: vec!["cat".to_owned()],
        tty: true,
        user: String::new(),
        env: Vec::new(),
        working_dir: String::new(),
        columns: 80,
        rows: 24,
    };
    socket.say(&start).await?;
    socket.bytes(READY).await?;
    let mut seen = Vec::new();
    // The terminal echoes the line and `cat` repeats it.
    while seen.windows(5).filter(|five| five == b"ready").count() < 2 {
        seen.extend(echo(&mut socket).await?);
    }
    tokio::time::sleep(BETWEEN * 10).await;
    let mut times = Vec::new();
    for _ in 0..keys {
        tokio::time::sleep(BETWEEN).await;
        let start = Instant::now();
        socket.bytes(b"x").await?;
        while !echo(&mut socket).await?.contains(&b'x') {}
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    socket.close().await;
    Ok(times)
}

async fn echo(socket: &mut Socket) -> Result<Vec<u8>> {
    loop {
        match tokio::time::timeout(PATIENCE, socket.hear())
            .await
            .context("no echo came")?
        {
            Word::Binary(bytes) => return Ok(bytes.get(1..).unwrap_or_default().to_vec()),
            Word::Text(text) if text.contains("started") => {}
            other => bail!("the terminal said {other:?}"),
        }
    }
}

/// Docker's client, which insists on a terminal of its own.
fn through_docker(engine: &str, id: &str, keys: u32) -> Result<Vec<f64>> {
    let OpenptyResult { master, slave } = openpty(None, None)?;
    let mut child = Command::new("docker")
        .args(["-H", engine, "exec", "-it", id, "cat"])
        .stdin(slave.try_clone()?)
        .stdout(slave.try_clone()?)
        .stderr(slave)
        .spawn()?;
    let times = type_keys(File::from(master), keys);
    end(&mut child)?;
    times
}

fn type_keys(mut terminal: File, keys: u32) -> Result<Vec<f64>> {
    // Typed too early it would be echoed by the local terminal: wait until the client has made that raw and `cat` runs.
    std::thread::sleep(Duration::from_secs(2));
    terminal.write_all(READY)?;
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while seen.windows(5).filter(|five| five == b"ready").count() < 2 {
        let count = terminal.read(&mut buffer)?;
        seen.extend_from_slice(&buffer[..count]);
    }
    std::thread::sleep(BETWEEN * 10);
    let mut times = Vec::new();
    for _ in 0..keys {
        std::thread::sleep(BETWEEN);
        let start = Instant::now();
        terminal.write_all(b"x")?;
        loop {
            let count = terminal.read(&mut buffer)?;
            if buffer[..count].contains(&b'x') {
                break;
            }
        }
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times)
}

fn end(child: &mut Child) -> Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}
