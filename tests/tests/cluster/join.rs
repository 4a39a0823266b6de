//! One line joins a host.

use crate::world::World;
use anyhow::{Context, Result, ensure};
use crane_shared::api;
use crane_shared::identity::{JoinToken, NodeKey};
use crane_tests::eventually::eventually;
use crane_tests::peer::Peer;
use std::process::Command;
use std::time::Duration;

pub(crate) async fn three_hosts_are_known_with_their_facts(world: &mut World) -> Result<()> {
    // Roles and leader are the Swarm managers' word, which is asked for a moment after their agents have come.
    let list = eventually(
        "a Swarm manager spoke of all three",
        Duration::from_secs(60),
        async || {
            let list: api::List<api::Node> = world.admin().get("/api/v1/nodes").await?;
            ensure!(list.complete && list.items.len() == 3, "the list is {list:?}");
            let spoken = |node: &api::Node| node.swarm.as_ref().is_some_and(|swarm| swarm.availability != "unknown");
            ensure!(list.items.iter().all(spoken), "the list is {list:?}");
            Ok(list)
        },
    )
    .await?;
    for host in world.bed.hosts() {
        let node = list
            .items
            .iter()
            .find(|node| node.name == host.name())
            .with_context(|| format!("{} is missing", host.name()))?;
        let facts = node.facts.as_ref().context("no facts")?;
        let engine = facts.engine.as_ref().context("no engine")?;
        ensure!(engine.version == host.docker(["version", "--format", "{{.Server.Version}}"])?);
        ensure!(engine.storage_driver == host.docker(["info", "--format", "{{.Driver}}"])?);
        ensure!(facts.cpus.to_string() == host.docker(["info", "--format", "{{.NCPU}}"])?);
        ensure!(facts.memory.to_string() == host.docker(["info", "--format", "{{.MemTotal}}"])?);
        let swarm = node.swarm.as_ref().context("no place in the Swarm")?;
        ensure!(swarm.node_id == host.docker(["info", "--format", "{{.Swarm.NodeID}}"])?);
        let manages = host.docker(["info", "--format", "{{.Swarm.ControlAvailable}}"])? == "true";
        ensure!(
            (swarm.role == "manager") == manages,
            "{} is a {}",
            node.name,
            swarm.role
        );
        ensure!(swarm.leader == manages, "one manager leads");
        ensure!(swarm.availability == "active" && swarm.state == "ready", "{swarm:?}");
    }
    let system: api::SystemInfo = world.admin().get("/api/v1/system").await?;
    ensure!(
        Some(system.pin) == world.admin().pin(),
        "the manager shows another key than it says"
    );
    let shown = Command::new("file")
        .arg("-L")
        .arg(&world.panel.binaries().agent)
        .output()?;
    let kind = String::from_utf8_lossy(&shown.stdout).into_owned();
    ensure!(kind.contains("static"), "the agent is no static program: {kind}");
    Ok(())
}

pub(crate) async fn a_token_admits_one_host_once(world: &mut World) -> Result<()> {
    let manager = world.admin().address().parse()?;
    let wish = api::JoinTokenWish {
        minutes: Some(5),
        hostname: Some("racer".to_owned()),
    };
    let made: api::NewJoinToken = world.admin().post("/api/v1/join-tokens", &wish).await?;
    let token = JoinToken::parse(&made.secret)?;

    let key = NodeKey::make()?;
    let wrong_name = Peer::present(manager, &token, &key, "somebody-else").await?;
    ensure!(wrong_name.is_err(), "a token for `racer` admitted `somebody-else`");

    let keys: Vec<NodeKey> = (0..16).map(|_| NodeKey::make()).collect::<Result<_, _>>()?;
    let tries = keys.iter().map(|key| Peer::present(manager, &token, key, "racer"));
    let answers = futures_util::future::join_all(tries).await;
    let admitted: Vec<_> = answers.into_iter().flatten().flatten().collect();
    ensure!(
        admitted.len() == 1,
        "{} of 16 were admitted with one token",
        admitted.len()
    );

    let again = Peer::present(manager, &token, &NodeKey::make()?, "racer").await?;
    ensure!(again.is_err(), "a used token was taken again");
    world
        .admin()
        .delete(&format!("/api/v1/nodes/{}", admitted[0].node))
        .await?;

    let revoked: api::NewJoinToken = world.admin().post("/api/v1/join-tokens", &wish).await?;
    let path = format!("/api/v1/join-tokens/{}", revoked.token.id);
    world.admin().delete(&path).await?;
    let token = JoinToken::parse(&revoked.secret)?;
    // The manager may not even listen for strangers while no token is alive.
    let late = Peer::present(manager, &token, &NodeKey::make()?, "racer").await;
    ensure!(!matches!(late, Ok(Ok(_))), "a revoked token was taken");
    world.note("1 of 16 racing joins admitted".to_owned());
    Ok(())
}
