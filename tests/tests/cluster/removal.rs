//! A removed host is out at once and for good.

use crate::world::World;
use anyhow::{Result, bail, ensure};
use crane_shared::api::{ExecControl, LogMessage};
use crane_tests::client::Word;
use crane_tests::eventually;
use crane_tests::peer::Peer;
use http::{Method, StatusCode};
use std::time::{Duration, Instant};

const TRIES: u32 = 200;

pub(crate) async fn a_removed_host_is_out_at_once_and_for_good(world: &mut World) -> Result<()> {
    let admin = world.admin().clone();
    let id = world
        .host(2)
        .run_container("p-out", &[], "while true; do echo line 1 again; sleep 0.1; done")?;
    eventually("the container is seen", Duration::from_secs(30), || async {
        world.container(&id).await.map(drop)
    })
    .await?;
    let node = world.panel.node(world.host(2)).await?.id;
    let state = world.host(2).written("var/lib", "crane-agent");
    let copy = Peer::saved(admin.address().parse()?, &state)?;
    ensure!(copy.node == node, "the saved state is of another node");

    let mut log = admin
        .socket(&format!("/api/v1/containers/{id}/logs?follow=true"))
        .await?;
    let mut shell = admin.socket(&format!("/api/v1/containers/{id}/exec")).await?;
    let start = ExecControl::Start {
        command: vec![
            "sh".to_owned(),
            "-c".to_owned(),
            "while true; do echo x; sleep 0.1; done".to_owned(),
        ],
        tty: true,
        user: String::new(),
        env: Vec::new(),
        working_dir: String::new(),
        columns: 80,
        rows: 24,
    };
    shell.say(&start).await?;
    for socket in [&mut log, &mut shell] {
        for _ in 0..5 {
            if let Word::Closed(code) = socket.hear().await {
                bail!("a live stream was closed with {code} before the removal");
            }
        }
    }
    admin.delete(&format!("/api/v1/nodes/{node}")).await?;
    let removed = Instant::now();
    // The answer to the removal has come: what still arrives is what was on its way.
    let deadline = Duration::from_secs(30);
    let (log_end, shell_end) = tokio::join!(
        tokio::time::timeout(deadline, ends(&mut log, removed)),
        tokio::time::timeout(deadline, ends(&mut shell, removed)),
    );
    let (log_end, shell_end) = (log_end?, shell_end?);

    let gone = admin.send(Method::GET, &format!("/api/v1/nodes/{node}"), None).await?;
    ensure!(
        gone.status == StatusCode::NOT_FOUND,
        "the removed node answers {}",
        gone.status
    );
    let container = admin
        .send(Method::GET, &format!("/api/v1/containers/{id}"), None)
        .await?;
    ensure!(
        container.status == StatusCode::NOT_FOUND,
        "its container answers {}",
        container.status
    );
    for attempt in 0..TRIES {
        if copy.enter().await.is_ok() {
            bail!("the removed node was let in at attempt {attempt}");
        }
    }
    // Its own agent knows, and does not knock for ever; nothing is left of the node in the lists.
    let nodes: crane_shared::api::List<crane_shared::api::Node> = admin.get("/api/v1/nodes").await?;
    ensure!(nodes.items.len() == 2 && nodes.complete, "{nodes:?}");
    world.note(format!(
        "after the removal the log ended in {:.3} s, the shell in {:.3} s; {TRIES} of {TRIES} returns with the saved state refused",
        log_end.as_secs_f64(),
        shell_end.as_secs_f64()
    ));
    // The same machine may come back with a new invitation, as a new node.
    let again = world.panel.join(world.host(2)).await?;
    ensure!(again.id != node, "a new join gave the old identity");
    world.host(2).remove_containers("p-out")
}

/// Until the stream has ended or says that its node is away for good.
async fn ends(socket: &mut crane_tests::client::Socket, since: Instant) -> Duration {
    loop {
        match socket.hear().await {
            Word::Closed(_) => return since.elapsed(),
            Word::Text(text) => {
                if matches!(serde_json::from_str(&text), Ok(LogMessage::End(_))) || text.contains("\"failed\"") {
                    return since.elapsed();
                }
            }
            Word::Binary(_) => {}
        }
    }
}
