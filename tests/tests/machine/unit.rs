//! The agent under systemd: killed, rebooted, removed.

use crate::world::World;
use anyhow::{Context, Result, ensure};
use crane_shared::api;
use crane_tests::eventually;
use crane_tests::machine::PATIENCE;
use std::time::{Duration, Instant};

/// More often than systemd's own limit of five starts in ten seconds would let pass.
const KILLS: usize = 7;

pub(crate) async fn a_killed_agent_comes_back(world: &mut World) -> Result<()> {
    let mut slowest = Duration::ZERO;
    let mut first = None;
    for kill in 1..=KILLS {
        let before = world.pid("crane-agent")?;
        let start = Instant::now();
        world.machine.shell(&format!("kill -9 {before}"))?;
        eventually("systemd has started it again", PATIENCE, || {
            std::future::ready(world.pid("crane-agent").and_then(|now| {
                ensure!(now != before, "the killed process {now} is still there");
                Ok(())
            }))
        })
        .await
        .with_context(|| format!("after kill {kill}"))?;
        slowest = slowest.max(start.elapsed());
        if kill == 1 {
            eventually("the new agent answers", PATIENCE, || async {
                world.doctor().await.map(drop)
            })
            .await?;
            first = Some(start.elapsed());
        }
    }
    eventually("the last agent answers", PATIENCE, || async {
        world.doctor().await.map(drop)
    })
    .await?;
    world.connected().await?;
    world.expect(
        "crane-agent",
        &[("ActiveState", "active"), ("NRestarts", &KILLS.to_string())],
    )?;
    world.note(format!(
        "after kill -9 it answered the panel in {:.1} s; {KILLS} kills in a row, a new process after at most {:.1} s",
        first.unwrap_or_default().as_secs_f64(),
        slowest.as_secs_f64()
    ));
    Ok(())
}

pub(crate) async fn the_agent_is_back_after_a_reboot(world: &mut World) -> Result<()> {
    let before = world.connected().await?;
    let start = Instant::now();
    world.machine.reboot()?;
    let booted = start.elapsed();
    eventually("the agent answers", PATIENCE, || async {
        world.doctor().await.map(drop)
    })
    .await?;
    let after = world.connected().await?;
    ensure!(before.id == after.id, "another node came back");
    world.expect("crane-agent", &[("ActiveState", "active"), ("NRestarts", "0")])?;
    world.note(format!(
        "the machine was up again after {:.0} s, its agent answered after {:.0} s, nobody had touched it",
        booted.as_secs_f64(),
        start.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// The agent that knows that it was removed: exit code 78, which no restart follows.
const ENDED: &[(&str, &str)] = &[("ExecMainStatus", "78"), ("ActiveState", "failed"), ("MainPID", "0")];

async fn ended(world: &World) -> Result<()> {
    eventually("the unit has ended for good", PATIENCE, || {
        std::future::ready(world.expect("crane-agent", ENDED))
    })
    .await
}

/// Takes the machine out of the outer panel, when it is in there.
pub(crate) async fn remove(world: &World) -> Result<()> {
    let list: api::List<api::Node> = world.admin().get("/api/v1/nodes").await?;
    for node in list.items {
        world.admin().delete(&format!("/api/v1/nodes/{}", node.id)).await?;
        ended(world).await?;
    }
    Ok(())
}

pub(crate) async fn a_removed_node_stays_down(world: &mut World) -> Result<()> {
    let node = world.connected().await?;
    remove(world).await?;
    // Longer than RestartSec: a unit that is to be started again would be by now.
    let restarts = world.show("crane-agent")?["NRestarts"].clone();
    tokio::time::sleep(Duration::from_secs(20)).await;
    world.expect("crane-agent", ENDED)?;
    world.expect("crane-agent", &[("NRestarts", &restarts)])?;
    // Also when somebody starts it by hand, or the machine boots.
    world.machine.shell("systemctl start crane-agent")?;
    ended(world).await?;
    let list: api::List<api::Node> = world.admin().get("/api/v1/nodes").await?;
    ensure!(list.items.is_empty() && list.complete, "the panel still shows {list:?}");

    // A removed host joins anew, but not with the token that it has used.
    let said = world.machine.try_shell(&world.line.command)?;
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    ensure!(
        !said.status.success() && words.contains("the manager was not joined"),
        "the used token brought it back: {said:?}"
    );
    world.expect("crane-agent", ENDED)?;
    let fresh = world.manager.line().await?;
    world.machine.shell(&fresh.command)?;
    let again = world.connected().await?;
    ensure!(again.id != node.id, "a new join gave the old identity");
    remove(world).await?;
    world.note(
        "after the removal: exit 78, ActiveState failed, not started again in 20 s; started by hand, exit 78 again",
    );
    world.note(format!(
        "the line with the used token: exit {}, {:?}",
        said.status.code().unwrap_or(-1),
        words.lines().last().unwrap_or_default()
    ));
    world.note("a new token: joined as another node");
    Ok(())
}
