//! A log: every line once, in order; where lines were really lost, a gap is declared.

use crate::world::World;
use anyhow::{Context, Result, bail, ensure};
use crane_shared::api::LogMessage;
use crane_tests::{eventually, fault};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const LINES: u32 = 100_000;
/// A thousand lines, a short rest: about a quarter of a minute in all.
const STEADY: &str = "n=0; while [ $n -lt 100 ]; do seq $((n*1000+1)) $((n*1000+1000)) | sed 's/.*/line & of one hundred thousand numbered lines/'; n=$((n+1)); sleep 0.1; done";

/// What a follower has received.
#[derive(Debug, Default)]
struct Received {
    /// Numbers of the lines, as they came.
    numbers: Vec<u32>,
    /// Position in `numbers` and bytes of each declared gap.
    gaps: Vec<(usize, u64, bool)>,
    ended: bool,
}

impl Received {
    fn take(&mut self, message: LogMessage) -> Result<()> {
        match message {
            LogMessage::Lines { rows, .. } => {
                for row in rows {
                    self.numbers.push(number(&row.text)?);
                }
            }
            LogMessage::Gap(hole) => self.gaps.push((self.numbers.len(), hole.bytes, hole.exact)),
            LogMessage::End(_) => self.ended = true,
            LogMessage::CaughtUp | LogMessage::Waiting { .. } => {}
        }
        Ok(())
    }
}

impl Received {
    /// Lines that are missing, and the bytes that were declared for them. Each hole stands where a gap was declared and each
    /// gap where a hole is, neither exact nor "at least" says too much, and nothing comes twice. In the engine's files a
    /// line has about `weight` bytes.
    fn declared(&self, weight: u64) -> Result<(u64, u64, bool)> {
        let (mut lost, mut bytes, mut exact) = (0, 0, true);
        let before = [0].into_iter().chain(self.numbers.iter().copied());
        for (at, (before, after)) in before.zip(&self.numbers).enumerate() {
            ensure!(*after > before, "line {after} came after line {before}");
            let missing = u64::from(after - before - 1);
            let gaps: Vec<_> = self.gaps.iter().filter(|(place, _, _)| *place == at).collect();
            ensure!(
                gaps.is_empty() == (missing == 0),
                "{missing} lines are missing before line {after}, and the gaps there are {gaps:?}"
            );
            let declared: u64 = gaps.iter().map(|(_, bytes, _)| bytes).sum();
            let whole = gaps.iter().all(|(_, _, exact)| *exact);
            let truth = missing * weight;
            ensure!(
                declared <= truth * 11 / 10 && (!whole || declared >= truth * 9 / 10),
                "{missing} lines, about {truth} bytes, are missing before line {after}, and the gaps are {gaps:?}"
            );
            (lost, bytes, exact) = (lost + missing, bytes + declared, exact && whole);
        }
        ensure!(
            self.gaps.iter().all(|(place, _, _)| *place < self.numbers.len()),
            "a gap without a line behind it: {:?}",
            self.gaps
        );
        Ok((lost, bytes, exact))
    }
}

/// `line 17 of …` → 17.
fn number(text: &str) -> Result<u32> {
    let number = text.strip_prefix("line ").and_then(|rest| rest.split(' ').next());
    number
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("no such line was ever printed: {text:?}"))
}

/// Follows as the dashboard does, until the log ends.
async fn follow(world: &World, id: &str) -> Result<Received> {
    let mut socket = world
        .admin()
        .socket(&format!("/api/v1/containers/{id}/logs?follow=true"))
        .await?;
    let mut received = Received::default();
    while !received.ended {
        match tokio::time::timeout(Duration::from_secs(120), socket.read()).await {
            Ok(Ok(Some(message))) => received.take(message)?,
            Ok(Ok(None)) => bail!("the socket was closed after {} lines", received.numbers.len()),
            Ok(Err(why)) => return Err(why),
            Err(_) => bail!("silence after {} lines", received.numbers.len()),
        }
    }
    Ok(received)
}

fn follow_by_cli(world: &World, name: &str, into: &Path) -> Result<Child> {
    Ok(world
        .panel
        .cli(&["logs", "-f", name])
        .stdin(Stdio::null())
        .stdout(File::create(into)?)
        .stderr(File::create(into.with_extension("err"))?)
        .spawn()?)
}

/// 1, 2, 3 … `LINES`.
fn exact(numbers: &[u32]) -> Result<()> {
    for (at, number) in (1..).zip(numbers) {
        ensure!(at == *number, "line {at} was due, line {number} came");
    }
    ensure!(
        numbers.len() == LINES as usize,
        "{} of {LINES} lines came",
        numbers.len()
    );
    Ok(())
}

pub(crate) async fn every_line_arrives_once_and_in_order(world: &mut World) -> Result<()> {
    let directory = world.bed.directory("logs")?;
    // Small files, so that they rotate about ten times; enough of them that none is lost.
    let options = ["--log-opt", "max-size=1m", "--log-opt", "max-file=20"];
    let id = world.host(1).run_container("p-lines", &options, STEADY)?;
    eventually("the container is seen", Duration::from_secs(30), || async {
        world.container(&id).await.map(drop)
    })
    .await?;
    let start = Instant::now();
    let by_cli = directory.join("cli.txt");
    let mut cli = follow_by_cli(world, "p-lines", &by_cli)?;
    let (received, killed) = tokio::join!(follow(world, &id), async {
        // The agent dies in the middle of it, twice.
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_secs(4)).await;
            world.panel.kill_agent(world.host(1))?;
        }
        anyhow::Ok(())
    });
    killed?;
    let received = received?;
    exact(&received.numbers).context("by WebSocket")?;
    ensure!(
        received.gaps.is_empty(),
        "gaps were declared where none was: {:?}",
        received.gaps
    );

    let status = eventually("the CLI's follower ends", Duration::from_secs(60), || {
        let ended = cli
            .try_wait()
            .map_err(Into::into)
            .and_then(|ended| ended.context("it runs"));
        std::future::ready(ended)
    })
    .await?;
    ensure!(
        status.success(),
        "{}",
        std::fs::read_to_string(by_cli.with_extension("err"))?
    );
    let text = std::fs::read_to_string(&by_cli)?;
    let numbers: Vec<u32> = text.lines().map(number).collect::<Result<_>>()?;
    exact(&numbers).context("by CLI")?;

    let files = world.host(1).shell(&format!(
        "ls {}/docker/containers/{id}/ | grep -c json.log",
        world.host(1).home().display()
    ))?;
    let seconds = start.elapsed().as_secs_f64();
    world.note(format!(
        "2 × {LINES} lines, two kills of the agent, {files} log files, {seconds:.0} s"
    ));
    world.panel.connected(world.host(1)).await?;
    world.host(1).remove_containers("p-lines")
}

pub(crate) async fn a_real_loss_is_declared(world: &mut World) -> Result<()> {
    // Two files of 100 kB: whoever sleeps while a megabyte is printed has lost most of it.
    let options = ["--log-opt", "max-size=100k", "--log-opt", "max-file=2"];
    let burst = "print() { seq $1 $2 | sed 's/.*/line & of a log that is rotated away/'; }; print 1 100; while [ ! -e /go ]; do sleep 0.1; done; print 101 30000; while [ ! -e /end ]; do sleep 0.1; done; print 30001 30100";
    let id = world.host(2).run_container("p-loss", &options, burst)?;
    eventually("the container is seen", Duration::from_secs(30), || async {
        world.container(&id).await.map(drop)
    })
    .await?;
    let (received, scene) = tokio::join!(follow(world, &id), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let agents = world.panel.agents(world.host(2))?;
        for pid in &agents {
            fault::freeze(*pid)?;
        }
        world.host(2).docker(["exec", "p-loss", "touch", "/go"])?;
        eventually("the burst is over", Duration::from_secs(60), || async {
            let tail = world.host(2).docker(["logs", "-n", "1", "p-loss"])?;
            ensure!(tail.starts_with("line 30000 "), "{tail}");
            Ok(())
        })
        .await?;
        // A dead agent, not only a slow one: its open files go with it.
        world.panel.kill_agent(world.host(2))?;
        world.panel.connected(world.host(2)).await?;
        world.host(2).docker(["exec", "p-loss", "touch", "/end"])?;
        anyhow::Ok(())
    });
    scene?;
    let received = received?;
    ensure!(received.numbers.first() == Some(&1) && received.numbers.last() == Some(&30_100));
    let (lost, bytes, exact) = received.declared(110)?;
    ensure!(lost > 0, "nothing was lost, so this showed nothing");
    // At least the rest of the file in which the reader was.
    ensure!(bytes > 0, "{lost} lines were lost and the gap says nothing of its size");
    world.note(format!(
        "{lost} of 30,100 lines lost and declared: {bytes} bytes, {}",
        if exact { "exactly" } else { "at least" }
    ));
    world.host(2).remove_containers("p-loss")
}

/// Five files of 64 KiB, and a writer that fills them all within some ten milliseconds. Who has too few processors may lose
/// lines there; nobody may lose one in silence, or call a loss what is none.
pub(crate) async fn full_speed_over_small_files_is_read_or_confessed(world: &mut World) -> Result<()> {
    let options = ["--log-opt", "max-size=64k", "--log-opt", "max-file=5"];
    let flood = format!(
        "while [ ! -e /go ]; do sleep 0.1; done; seq 1 {LINES} | sed 's/.*/line & of one hundred thousand numbered lines/'"
    );
    let id = world.host(1).run_container("p-flood", &options, &flood)?;
    eventually("the container is seen", Duration::from_secs(30), || async {
        world.container(&id).await.map(drop)
    })
    .await?;
    let go = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        world.host(1).docker(["exec", "p-flood", "touch", "/go"])
    };
    let (one, other, went) = tokio::join!(follow(world, &id), follow(world, &id), go);
    went?;
    let mut losses = Vec::new();
    for received in [one?, other?] {
        ensure!(
            received.numbers.last() == Some(&LINES),
            "the last line is {:?}",
            received.numbers.last()
        );
        let (lost, bytes, exact) = received.declared(117)?;
        ensure!(lost + received.numbers.len() as u64 == u64::from(LINES));
        let words = if exact { "exactly" } else { "at least" };
        losses.push(format!("{lost} lost ({words} {bytes} bytes declared)"));
    }
    world.note(format!("{LINES} lines at full speed: {}", losses.join(", ")));
    world.host(1).remove_containers("p-flood")
}
