//! Who may speak as a node: only the key that the manager has registered.

use crate::world::World;
use anyhow::{Result, bail, ensure};
use crane_shared::api;
use crane_shared::identity::{Authority, JoinToken, NodeKey, Pin, pin_of};
use crane_shared::ids::NodeId;
use crane_shared::protocol::AgentWord;
use crane_shared::time::Clock;
use crane_tests::peer::{Inside, Peer};
use crane_tests::{Client, eventually};
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) async fn strangers_and_copies_stay_outside(world: &mut World) -> Result<()> {
    let admin = world.admin().clone();
    let manager: SocketAddr = admin.address().parse()?;
    let token = invitation(&admin).await?;
    // A promise before this one may have used up this address's attempts of the minute.
    let peer = eventually("the peer joins", Duration::from_secs(90), || {
        Peer::join(manager, &token, "honest")
    })
    .await?;
    let inside = peer.enter().await?;
    ensure!(inside.welcome.node == peer.node, "the welcome names another node");

    // The certificate has exactly our profile: what the manager set, nothing that was asked for.
    let key = NodeKey::make()?;
    ensure!(
        pin_of(&peer.chain[0])? == peer.key.pin(),
        "the certificate is of another key"
    );

    // The right chain with another key: it can't sign.
    let thief = Peer { key, ..copy_of(&peer)? };
    refused("somebody else's certificate", &thief).await?;

    // A certificate that a node has made with its own key as an authority.
    let own = Authority::make(Clock::Real.now())?;
    let key = NodeKey::make()?;
    let issued = own.issue_node(&key.csr()?, &peer.node, Clock::Real.now())?;
    let forged = Peer {
        key,
        chain: issued.chain,
        ..copy_of(&peer)?
    };
    refused("a foreign authority", &forged).await?;

    // The manager's own authority, stolen, and a key that was never registered.
    let stolen = authority_of(world)?;
    let key = NodeKey::make()?;
    let issued = stolen.issue_node(&key.csr()?, &peer.node, Clock::Real.now())?;
    let unknown = Peer {
        key,
        chain: issued.chain,
        ..copy_of(&peer)?
    };
    refused("a certificate of the stolen authority with an unknown key", &unknown).await?;

    // An agent that pins another manager does not talk to this one.
    let misled = Peer {
        pin: Pin([7; 32]),
        ..copy_of(&peer)?
    };
    refused("a manager with another key", &misled).await?;

    copies(&admin, &peer, inside).await?;

    // Tokens: damaged in every character, none is taken.
    let token = invitation(&admin).await?;
    let mut taken = 0;
    for at in 7..token.len() {
        let mut letters = token.clone().into_bytes();
        letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
        taken += usize::from(JoinToken::parse(&String::from_utf8(letters)?).is_ok());
    }
    ensure!(taken == 0, "{taken} damaged tokens were taken for whole");
    admin.delete(&format!("/api/v1/nodes/{}", peer.node)).await?;
    world.note(format!(
        "4 wrong papers refused, {} damaged tokens refused",
        token.len() - 7
    ));
    Ok(())
}

/// A copy of the state, on a second machine: it may come in once, and when the first comes back both are shut out.
async fn copies(admin: &Client, peer: &Peer, mut original: Inside) -> Result<()> {
    let kept = original.keep_generation(0).await?;
    let mut copy = eventually("the copy to come in", Duration::from_secs(30), || async {
        let mut copy = copy_of(peer)?.enter().await?;
        let next = copy.keep_generation(kept).await?;
        ensure!(next == kept + 1, "generation {next} after {kept}");
        Ok(copy)
    })
    .await?;
    // Words are taken in order: with this answer the manager knows what the copy has kept.
    copy.words.send(&AgentWord::Renew { csr: peer.key.csr()? }).await?;
    ensure!(copy.answers.recv().await?.is_some(), "no answer to a renewal");
    let gone = tokio::time::timeout(Duration::from_secs(30), original.connection.closed()).await;
    ensure!(gone.is_ok(), "a copied identity speaks twice at the same time");
    if let Ok(mut back) = peer.enter().await {
        ensure!(back.keep_generation(kept).await.is_err(), "who fell behind was let in");
    }
    let gone = tokio::time::timeout(Duration::from_secs(30), copy.connection.closed()).await;
    ensure!(gone.is_ok(), "the copy still speaks");
    ensure!(
        copy.words
            .send(&AgentWord::Goodbye { why: String::new() })
            .await
            .is_err()
    );
    refused("a node of which there are two", peer).await?;
    let node: api::Node = admin.get(&format!("/api/v1/nodes/{}", peer.node)).await?;
    ensure!(node.locked.is_some() && !node.connected, "{node:?}");
    let audit: api::List<api::AuditEntry> = admin.get("/api/v1/audit").await?;
    ensure!(
        audit.items.iter().any(|entry| entry.action == "node.lock"),
        "the lock is not in the audit record"
    );
    Ok(())
}

async fn refused(what: &str, peer: &Peer) -> Result<()> {
    match peer.enter().await {
        Ok(_) => bail!("{what} was let in"),
        Err(_) => Ok(()),
    }
}

/// A join token's text.
pub(crate) async fn invitation(admin: &Client) -> Result<String> {
    let wish = api::JoinTokenWish {
        minutes: Some(10),
        hostname: None,
    };
    let made: api::NewJoinToken = admin.post("/api/v1/join-tokens", &wish).await?;
    Ok(made.secret)
}

fn copy_of(peer: &Peer) -> Result<Peer> {
    Ok(Peer {
        node: NodeId::parse(peer.node.as_str())?,
        pin: peer.pin,
        chain: peer.chain.clone(),
        key: NodeKey::from_pem(peer.key.to_pem().expose())?,
        manager: peer.manager,
    })
}

/// Reads the authority from the manager's own directory, as a thief of its disk would.
fn authority_of(world: &World) -> Result<Authority> {
    let mut certificate = None;
    let mut key = None;
    for entry in walk(world.panel.data())? {
        let name = entry
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if !name.contains("authority") && !name.contains("ca") {
            continue;
        }
        let text = std::fs::read_to_string(&entry).unwrap_or_default();
        if text.contains("BEGIN CERTIFICATE") {
            certificate = Some(text.clone());
        }
        if text.contains("PRIVATE KEY") {
            key = Some(text);
        }
    }
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Authority::from_pem(&certificate, &key)?),
        _ => bail!("no authority in {}", world.panel.data().display()),
    }
}

fn walk(directory: &std::path::Path) -> Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(walk(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
