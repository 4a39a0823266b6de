//! How long a key takes from the keyboard to the program in the container and back to the screen.

use crate::Row;
use anyhow::{Context, Result, ensure};
use crane_shared::api::ExecControl;
use crane_tests::client::Word;
use crane_tests::{Bed, Panel, eventually};
use std::io::{Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

pub(crate) async fn measure(bed: &Bed, panel: &Panel, keys: u32) -> Result<Vec<Row>> {
    let host = bed.host(0);
    let id = host.run_container("b-keys", &[], "sleep 100000")?;
    let path = format!("/api/v1/containers/{id}");
    eventually("the container is seen", Duration::from_secs(30), || async {
        panel.admin().get::<serde_json::Value>(&path).await.map(drop)
    })
    .await?;
    let mut ours = through_crane(panel, &id, keys).await?;
    let mut theirs = through_docker(host, &id, keys)?;
    host.remove_containers("b-keys")?;
    ours.sort();
    theirs.sort();
    let row = |what, part: f64| Row {
        what,
        ours: at(&ours, part),
        theirs: Some(at(&theirs, part)),
        unit: "µs",
        than: "docker exec -i",
    };
    Ok(vec![
        row("keystroke and echo, median", 0.5),
        row("keystroke and echo, 99 of 100", 0.99),
    ])
}

/// The value below which this part of all lies, in microseconds.
fn at(sorted: &[Duration], part: f64) -> f64 {
    let index = ((sorted.len() - 1) as f64 * part) as usize;
    sorted[index].as_secs_f64() * 1e6
}

async fn through_crane(panel: &Panel, id: &str, keys: u32) -> Result<Vec<Duration>> {
    let mut socket = panel.admin().socket(&format!("/api/v1/containers/{id}/exec")).await?;
    socket
        .say(&ExecControl::Start {
            command: vec!["cat".to_owned()],
            tty: false,
            user: String::new(),
            env: Vec::new(),
            working_dir: String::new(),
            columns: 80,
            rows: 24,
        })
        .await?;
    while !matches!(socket.hear().await, Word::Text(_)) {}
    let mut took = Vec::new();
    for _ in 0..keys {
        let start = Instant::now();
        socket.bytes(b"k").await?;
        loop {
            match socket.hear().await {
                Word::Binary(bytes) => {
                    ensure!(bytes.as_ref() == b"\x01k", "{bytes:?} came back");
                    break;
                }
                Word::Text(_) => {}
                Word::Closed(code) => anyhow::bail!("closed with {code}"),
            }
        }
        took.push(start.elapsed());
    }
    Ok(took)
}

fn through_docker(host: &crane_tests::Host, id: &str, keys: u32) -> Result<Vec<Duration>> {
    let mut docker = host
        .enter(["docker", "exec", "-i", id, "cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = docker.stdin.take().context("no input")?;
    let mut output = docker.stdout.take().context("no output")?;
    let mut took = Vec::new();
    let mut key = [0];
    // The first one waits for the program to start.
    for round in 0..=keys {
        let start = Instant::now();
        input.write_all(b"k")?;
        output.read_exact(&mut key)?;
        if round > 0 {
            took.push(start.elapsed());
        }
    }
    drop(input);
    docker.wait()?;
    Ok(took)
}
