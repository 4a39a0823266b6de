//! A host that is away, and one whose engine is.

use crate::world::World;
use anyhow::{Context, Result, ensure};
use crane_shared::api;
use crane_tests::{eventually, fault};
use std::time::{Duration, Instant};

pub(crate) async fn a_host_that_is_cut_off_hides_nothing_and_comes_back(world: &mut World) -> Result<()> {
    let away = world.host(1).run_container("p-away", &[], "sleep 100000")?;
    let here = world.host(2).run_container("p-here", &[], "sleep 100000")?;
    for id in [&away, &here] {
        eventually("both are seen", Duration::from_secs(30), || async {
            world.container(id).await.map(drop)
        })
        .await?;
    }
    fault::cut_off(world.host(1))?;
    let cut = Instant::now();
    eventually("the panel notices", Duration::from_secs(90), || async {
        let node = world.panel.node(world.host(1)).await?;
        ensure!(!node.connected, "bed2 is still connected");
        Ok(())
    })
    .await?;
    let noticed = cut.elapsed();
    let list: api::List<api::Container> = world.admin().get("/api/v1/containers?limit=100").await?;
    ensure!(!list.complete, "a list without bed2 says it is complete");
    let missing = list.missing.first().context("no node is named as missing")?;
    ensure!(missing.node == "bed2" && missing.last_seen.is_some(), "{missing:?}");
    let container = list
        .items
        .iter()
        .find(|container| container.id.as_str() == away)
        .context("what ran on bed2 is hidden")?;
    ensure!(!container.fresh, "an old picture is called fresh");
    ensure!(world.container(&here).await?.fresh);
    // One dead host delays nothing: the others still answer questions that go to their engines.
    let path = format!("/api/v1/containers/{here}/inspect");
    world.admin().get::<serde_json::Value>(&path).await?;
    let dead = world
        .admin()
        .send(http::Method::GET, &format!("/api/v1/containers/{away}/inspect"), None)
        .await?;
    ensure!(
        dead.status.is_server_error() || dead.status.is_client_error(),
        "a dead host answered {}",
        dead.status
    );

    // While nobody looks, things change.
    world.host(1).docker(["rm", "-f", "p-away"])?;
    let born = world.host(1).run_container("p-born", &[], "sleep 100000")?;
    fault::plug_in(world.host(1))?;
    let plugged = Instant::now();
    world.panel.connected(world.host(1)).await?;
    let back = plugged.elapsed();
    eventually("the picture is true again", Duration::from_secs(30), || async {
        let (containers, complete) = world.containers().await?;
        ensure!(complete, "not complete");
        ensure!(
            containers.iter().all(|container| container.id.as_str() != away),
            "p-away is still shown"
        );
        ensure!(
            containers.iter().any(|container| container.id.as_str() == born),
            "p-born is not shown"
        );
        Ok(())
    })
    .await?;
    for index in [1, 2] {
        world.host(index).remove_containers("p-")?;
    }
    world.note(format!(
        "a pulled cable was noticed after {:.1} s; the host was back {:.1} s after it was plugged in",
        noticed.as_secs_f64(),
        back.as_secs_f64()
    ));
    Ok(())
}

pub(crate) async fn a_host_without_its_engine_says_so(world: &mut World) -> Result<()> {
    for pid in world.host(2).processes("dockerd")? {
        fault::kill_hard(pid)?;
    }
    eventually(
        "the panel says that the engine is gone",
        Duration::from_secs(60),
        || async {
            let node = world.panel.node(world.host(2)).await?;
            ensure!(node.connected, "the agent left with its engine");
            ensure!(!node.engine_ok, "the engine is still called well");
            Ok(())
        },
    )
    .await?;
    eventually("its last containers have ended", Duration::from_secs(30), || async {
        ensure!(world.host(2).processes("containerd")?.is_empty());
        Ok(())
    })
    .await
    .or_else(|_| {
        // A killed engine leaves its helper; the next engine would find it in its way.
        world
            .host(2)
            .processes("containerd")?
            .into_iter()
            .try_for_each(fault::kill_hard)
    })?;
    world
        .host(2)
        .shell("rm -f /run/docker.pid /run/docker/containerd/containerd.pid")?;
    world.host(2).start_engine()?;
    world.panel.connected(world.host(2)).await?;
    eventually("the Swarm has the node back", Duration::from_secs(60), || async {
        let node = world.panel.node(world.host(2)).await?;
        let swarm = node.swarm.context("no place")?;
        ensure!(swarm.state == "ready", "{}", swarm.state);
        Ok(())
    })
    .await
}
