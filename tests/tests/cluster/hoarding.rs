//! Peers that open everything and read nothing.

use crate::identity::invitation;
use crate::world::World;
use anyhow::{Result, ensure};
use crane_tests::measure::resident;
use crane_tests::mutate::mutated;
use crane_tests::peer::Peer;
use std::net::SocketAddr;
use std::time::Duration;

const PEERS: usize = 64;
/// More than anyone is given.
const STREAMS: usize = 16;

pub(crate) async fn a_peer_that_hoards_streams_hurts_nobody(world: &mut World) -> Result<()> {
    let admin = world.admin().clone();
    let manager: SocketAddr = admin.address().parse()?;
    let before = resident(world.panel.manager_pid()?)?;
    let mut inside = Vec::new();
    let mut nodes = Vec::new();
    for number in 0..PEERS {
        let peer = Peer::join(manager, &invitation(&admin).await?, &format!("hoarder-{number}")).await?;
        nodes.push(peer.node.clone());
        inside.push(peer.enter().await?);
    }
    let mut dice = fastrand::Rng::with_seed(15);
    let mut streams = Vec::new();
    for session in &inside {
        for _ in 0..STREAMS {
            let opening = tokio::time::timeout(Duration::from_millis(50), session.connection.open_bi());
            let Ok(Ok((mut send, receive))) = opening.await else {
                break;
            };
            // A whole opening frame's worth that never becomes whole, or noise; then silence.
            let mut bytes = (60_000_u32).to_be_bytes().to_vec();
            bytes.extend(std::iter::repeat_n(0, 59_999));
            if dice.bool() {
                bytes = mutated(&bytes[..200], &mut dice);
            }
            // The window may end in the middle of it; the rest waits here, at the hoarder's own cost.
            drop(tokio::time::timeout(Duration::from_millis(50), send.write_all(&bytes)).await);
            streams.push((send, receive));
        }
    }
    let after = resident(world.panel.manager_pid()?)?;
    let grown = after.saturating_sub(before) >> 20;
    // The others go on as if nothing were.
    for host in world.bed.hosts() {
        let node = world.panel.node(host).await?;
        ensure!(node.connected, "{} was pushed out", host.name());
        world
            .admin()
            .get::<serde_json::Value>(&format!("/api/v1/nodes/{}/images", host.name()))
            .await?;
    }
    ensure!(grown < 300, "{PEERS} hoarding peers cost the manager {grown} MiB");
    let opened = streams.len();
    drop(streams);
    drop(inside);
    for node in nodes {
        admin.delete(&format!("/api/v1/nodes/{node}")).await?;
    }
    world.note(format!(
        "{PEERS} peers, {opened} hoarded streams: the manager grew by {grown} MiB"
    ));
    Ok(())
}
