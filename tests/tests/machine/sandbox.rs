//! What the agent does from within its unit: nothing that works without a sandbox may fail in it.

use crate::world::World;
use anyhow::{Context, Result, bail, ensure};
use crane_shared::api::LogMessage;
use crane_tests::client::Terminal;
use crane_tests::eventually;
use crane_tests::machine::PATIENCE;
use std::cell::Cell;

const LINES: u32 = 2_000;

/// Follows as the dashboard does, until the log ends; gives the numbers of the lines as they came.
async fn follow(world: &World, id: &str) -> Result<Vec<u32>> {
    let path = format!("/api/v1/containers/{id}/logs?follow=true");
    let mut socket = world.admin().socket(&path).await?;
    let mut numbers = Vec::new();
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.read()).await;
        match message.with_context(|| format!("silence after {} lines", numbers.len()))?? {
            Some(LogMessage::Lines { rows, .. }) => {
                for row in rows {
                    let number = row.text.strip_prefix("line ").and_then(|rest| rest.split(' ').next());
                    numbers.push(number.context("a line that nobody printed")?.parse()?);
                }
            }
            Some(LogMessage::Gap(hole)) => bail!("a gap where none was: {hole:?}"),
            Some(LogMessage::End(end)) => {
                ensure!(end.why == "the container stopped", "it ended early: {}", end.why);
                return Ok(numbers);
            }
            Some(LogMessage::CaughtUp | LogMessage::Waiting { .. }) => {}
            None => bail!("the socket was closed after {} lines", numbers.len()),
        }
    }
}

/// One driver whose files the agent reads itself, through several rotations, and one that it reads through the engine. That one
/// is not rotated: of 8,000 lines over a rotation `docker logs -f` of Docker 20.10 itself prints some 160 twice.
pub(crate) async fn a_log_is_followed_whole_through_the_sandbox(world: &mut World) -> Result<()> {
    for (driver, size) in [("json-file", "60k"), ("local", "20m")] {
        let options = format!("--log-driver {driver} --log-opt max-size={size} --log-opt max-file=20");
        let talk = format!(
            "sleep 10; n=0; while [ $n -lt {} ]; do seq $((n*100+1)) $((n*100+100)) | sed 's/.*/line & of some numbered lines/'; \
             n=$((n+1)); sleep 0.3; done",
            LINES / 100
        );
        let id = world.container("p-lines", &options, &talk).await?;
        let ended = Cell::new(false);
        let following = async {
            let numbers = follow(world, &id).await;
            ended.set(true);
            numbers
        };
        let (numbers, file) = tokio::join!(following, open_file(world, &id, &ended));
        let (numbers, file) = (numbers.context(driver)?, file?);
        let wanted: Vec<u32> = (1..=LINES).collect();
        ensure!(
            numbers == wanted,
            "{driver}: {} of {LINES} lines came, or in another order",
            numbers.len()
        );
        ensure!(
            file.is_some() == (driver == "json-file"),
            "{driver}: while it was followed the agent had open {file:?}"
        );
        let files = format!("find /var/lib/docker/containers/{id} -name '*.log*' | wc -l");
        let files = world.machine.shell(&files)?;
        world.note(format!(
            "{driver}: {LINES} of {LINES} lines in order, {files} files, read {}",
            if file.is_some() {
                "by the agent itself"
            } else {
                "through the engine"
            }
        ));
        world.remove(&["p-lines"])?;
    }
    Ok(())
}

/// A file of the container that the agent holds open while somebody follows; `None` when it never did.
async fn open_file(world: &World, id: &str, ended: &Cell<bool>) -> Result<Option<String>> {
    let pid = world.pid("crane-agent")?;
    let look = format!("ls -l /proc/{pid}/fd | grep -o '/var/lib/docker/containers/{id}/.*'");
    eventually("the agent reads the engine's file", PATIENCE, || {
        std::future::ready(match world.machine.shell(&look) {
            Err(_) if ended.get() => Ok(None),
            seen => seen.map(Some),
        })
    })
    .await
}

pub(crate) async fn a_shell_ends_as_it_should_and_leaves_nothing_behind(world: &mut World) -> Result<()> {
    let id = world.container("p-shell", "", "sleep 100000").await?;
    let mut terminal = open(world, &id, &["sh"], true, "").await?;
    // What is typed is echoed, so each expected text is put together by the shell. This engine begins with a window of no size
    // and is told the right one when the shell runs already.
    let mut shown = String::new();
    for round in 0..50 {
        terminal
            .keys(&format!("tty; stty size; echo round-$(({round}+1))\n"))
            .await?;
        shown = terminal.shows(&format!("round-{}", round + 1)).await?;
        if shown.contains("30 100") {
            break;
        }
    }
    ensure!(
        shown.contains("/dev/pts/") && shown.contains("30 100"),
        "the screen shows {shown:?}"
    );
    terminal.keys("exit 7\n").await?;
    ensure!(terminal.exits().await? == 7);
    let both = ["sh", "-c", "echo out; echo err >&2; exit 41"];
    ensure!(open(world, &id, &both, false, "").await?.exits().await? == 41);

    // The processes of another user are signalled with CAP_KILL alone, of which the kernel's root has no need to be reminded.
    let before = world.processes("p-shell")?;
    let mut seen = Vec::new();
    for user in ["", "1000:1000"] {
        for (command, tty) in [
            ("sh", true),
            ("trap '' HUP; exec sleep 4242", true),
            ("exec sleep 4242", false),
        ] {
            let mut terminal = open(world, &id, &["sh", "-c", command], tty, user).await?;
            if command == "sh" {
                terminal.keys("sleep 4242\n").await?;
            }
            eventually("sleep runs", PATIENCE, || {
                std::future::ready(world.processes("p-shell").and_then(|now| {
                    ensure!(now.iter().any(|line| line == "sleep 4242"), "it runs {now:?}");
                    Ok(())
                }))
            })
            .await?;
            // No goodbye: the connection is just gone, as when a laptop is closed.
            drop(terminal);
            eventually("nothing is left in the container", PATIENCE, || {
                std::future::ready(world.processes("p-shell").and_then(|now| {
                    ensure!(now == before, "{command:?} of {user:?} left {now:?}");
                    Ok(())
                }))
            })
            .await?;
            seen.push(command);
        }
    }
    world.note(format!(
        "exit codes 7 and 41; {} closed sockets, of root and of user 1000, left no process",
        seen.len()
    ));
    world.remove(&["p-shell"])
}

pub(crate) async fn the_doctor_finds_no_fault(world: &mut World) -> Result<()> {
    let findings = world.doctor().await?;
    for check in [
        "docker.socket",
        "docker.disk",
        "host.cgroup",
        "manager.session",
        "host.state_disk",
    ] {
        let finding = findings.iter().find(|finding| finding.check == check);
        let finding = finding.with_context(|| format!("no word about {check}"))?;
        ensure!(finding.severity == "ok", "{finding:?}");
    }
    let unread: Vec<_> = findings
        .iter()
        .filter(|finding| finding.saw.contains("can't be read"))
        .collect();
    ensure!(unread.is_empty(), "the sandbox hides {unread:?}");
    let faults: Vec<_> = findings.iter().filter(|finding| finding.severity == "error").collect();
    ensure!(faults.is_empty(), "{faults:?}");
    for finding in &findings {
        world.note(format!("{}  {}: {}", finding.severity, finding.check, finding.saw));
    }
    // The host's own figures come through the same sandbox.
    let node = world.connected().await?;
    let load = node.load.context("no load of the host")?;
    let free = world
        .machine
        .shell("awk '/MemTotal/ { print $2 * 1024 }' /proc/meminfo")?;
    ensure!(
        load.memory_total.to_string() == free,
        "memory {} and {free}",
        load.memory_total
    );
    ensure!(
        load.uptime > 0 && load.disk_total > 0 && load.memory_used > 0,
        "{load:?}"
    );
    let denied = world
        .machine
        .shell("journalctl --no-pager -u crane-agent | grep -iE 'denied|not permitted|read-only|panicked' || true")?;
    ensure!(denied.is_empty(), "the agent ran into its sandbox:\n{denied}");
    Ok(())
}

async fn open(world: &World, id: &str, command: &[&str], tty: bool, user: &str) -> Result<Terminal> {
    Terminal::open(world.admin(), id, command, tty, user, PATIENCE).await
}
