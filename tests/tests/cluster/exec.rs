//! A shell in a container.

use crate::world::World;
use anyhow::{Context, Result, ensure};
use crane_shared::api::ExecControl;
use crane_tests::client::Terminal;
use crane_tests::eventually;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

/// How long a shell may think. Generous: it is no measurement.
const PATIENCE: Duration = Duration::from_secs(30);

async fn open(world: &World, id: &str, command: &[&str], tty: bool) -> Result<Terminal> {
    Terminal::open(world.admin(), id, command, tty, "", PATIENCE).await
}

pub(crate) async fn a_shell_in_a_container_behaves_like_one(world: &mut World) -> Result<()> {
    let id = world.host(1).run_container("p-shell", &[], "sleep 100000")?;
    seen(world, &id).await?;
    let mut terminal = open(world, &id, &["sh"], true).await?;
    // What is typed is echoed, so each expected text is put together by the shell.
    terminal.keys("tty; echo end-$((1+1))\n").await?;
    let shown = terminal.shows("end-2").await?;
    ensure!(shown.contains("/dev/pts/"), "`tty` printed no pts: {shown:?}");

    terminal.keys("stty size; echo end-$((2+1))\n").await?;
    let shown = terminal.shows("end-3").await?;
    ensure!(shown.contains("30 100"), "`stty size` before: {shown:?}");
    let size = ExecControl::Resize { columns: 132, rows: 50 };
    terminal.socket.say(&size).await?;
    // The new size needs no answer, so it is asked for until it is there.
    let mut sized = false;
    for round in 0..50 {
        terminal
            .keys(&format!("stty size; echo round-$(({round}+1))\n"))
            .await?;
        sized = terminal
            .shows(&format!("round-{}", round + 1))
            .await?
            .contains("50 132");
        if sized {
            break;
        }
    }
    ensure!(sized, "the window's new size never arrived");

    terminal.keys("sleep 1000\n").await?;
    eventually("sleep runs", PATIENCE, || {
        std::future::ready(runs(world, 1, "p-shell", "sleep 1000", true))
    })
    .await?;
    terminal.keys("\u{3}").await?;
    eventually("Ctrl-C ends it", PATIENCE, || {
        std::future::ready(runs(world, 1, "p-shell", "sleep 1000", false))
    })
    .await?;

    // Characters of several bytes come back whole.
    terminal.keys("echo 起重机-$((3+1))\n").await?;
    terminal.shows("起重机-4").await?;
    terminal.keys("exit 7\n").await?;
    let code = terminal.exits().await?;
    ensure!(code == 7, "the exit code was {code}");

    let mut plain = open(world, &id, &["sh", "-c", "echo out; echo err >&2; exit 41"], false).await?;
    ensure!(plain.exits().await? == 41);
    let mut missing = open(world, &id, &["/no/such/program"], false).await?;
    let ended = missing.exits().await;
    ensure!(!matches!(ended, Ok(0)), "a program that does not exist succeeded");
    world.host(1).remove_containers("p-shell")
}

pub(crate) async fn nothing_stays_behind_when_the_browser_vanishes(world: &mut World) -> Result<()> {
    let id = world.host(2).run_container("p-gone", &[], "sleep 100000")?;
    seen(world, &id).await?;
    let before = processes(world, 2, "p-gone")?;
    for (command, tty) in [
        ("sh", true),
        ("trap '' HUP; exec sleep 4242", true),
        ("exec sleep 4242", false),
    ] {
        let mut terminal = open(world, &id, &["sh", "-c", command], tty).await?;
        if command == "sh" {
            terminal.keys("sleep 4242\n").await?;
        }
        eventually("sleep runs", PATIENCE, || {
            std::future::ready(runs(world, 2, "p-gone", "sleep 4242", true))
        })
        .await?;
        // No goodbye: the connection is just gone, as when a laptop is closed.
        drop(terminal);
        eventually("nothing is left in the container", Duration::from_secs(60), || {
            let now = processes(world, 2, "p-gone").and_then(|now| {
                ensure!(now == before, "{command:?} left {now:?}");
                Ok(())
            });
            std::future::ready(now)
        })
        .await?;
    }
    world.host(2).remove_containers("p-gone")
}

pub(crate) async fn nothing_stays_behind_when_the_agent_is_killed(world: &mut World) -> Result<()> {
    let id = world.host(1).run_container("p-killed", &[], "sleep 100000")?;
    seen(world, &id).await?;
    let before = processes(world, 1, "p-killed")?;
    let mut terminal = open(world, &id, &["sh"], true).await?;
    terminal.keys("trap '' HUP; sleep 4243\n").await?;
    eventually("sleep runs", PATIENCE, || {
        std::future::ready(runs(world, 1, "p-killed", "sleep 4243", true))
    })
    .await?;
    world.panel.kill_agent(world.host(1))?;
    eventually("the agent after it clears up", Duration::from_secs(60), || {
        let now = processes(world, 1, "p-killed").and_then(|now| {
            ensure!(now == before, "the killed agent left {now:?}");
            Ok(())
        });
        std::future::ready(now)
    })
    .await?;
    eventually("the node is back", Duration::from_secs(60), || async {
        world.container(&id).await.map(drop)
    })
    .await?;
    world.host(1).remove_containers("p-killed")
}

pub(crate) async fn the_command_line_passes_input_and_exit_codes(world: &mut World) -> Result<()> {
    let id = world.host(1).run_container("p-cli", &[], "sleep 100000")?;
    seen(world, &id).await?;
    let said = world
        .panel
        .cli(&["exec", "p-cli", "sh", "-c", "echo out; echo err >&2; exit 5"])
        .output()?;
    ensure!(said.status.code() == Some(5), "{said:?}");
    ensure!(said.stdout == b"out\n" && said.stderr.starts_with(b"err"), "{said:?}");

    // Every byte value, and more than any buffer on the way holds.
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251).to_le_bytes()[0]).collect();
    let mut child = world
        .panel
        .cli(&["exec", "-i", "p-cli", "cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().context("no input")?;
    let sent = bytes.clone();
    let feeding = std::thread::spawn(move || input.write_all(&sent));
    let said = child.wait_with_output()?;
    feeding.join().map_err(|_| anyhow::anyhow!("feeding panicked"))??;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    ensure!(
        said.stdout == bytes,
        "`cat` gave back {} other bytes",
        said.stdout.len()
    );

    let listed = world
        .panel
        .cli(&["--format", "json", "ps", "--node", "bed2"])
        .output()?;
    ensure!(String::from_utf8_lossy(&listed.stdout).contains(&id), "{listed:?}");
    let nodes = world.panel.cli(&["node", "ls"]).output()?;
    let table = String::from_utf8_lossy(&nodes.stdout).into_owned();
    ensure!(
        ["bed1", "bed2", "bed3"].iter().all(|name| table.contains(name)),
        "{table}"
    );
    world.host(1).remove_containers("p-cli")
}

async fn seen(world: &World, id: &str) -> Result<()> {
    eventually("the container is seen", PATIENCE, || async {
        world.container(id).await.map(drop)
    })
    .await
}

/// Command lines in a container, sorted.
fn processes(world: &World, host: usize, name: &str) -> Result<Vec<String>> {
    let text = world.host(host).docker(["top", name, "-eo", "pid,args"])?;
    let mut lines: Vec<_> = text
        .lines()
        .skip(1)
        .filter_map(|line| Some(line.trim().split_once(' ')?.1.trim().to_owned()))
        .collect();
    lines.sort();
    Ok(lines)
}

fn runs(world: &World, host: usize, name: &str, command: &str, wanted: bool) -> Result<()> {
    let all = processes(world, host, name)?;
    ensure!(all.iter().any(|line| line == command) == wanted, "it runs {all:?}");
    Ok(())
}
