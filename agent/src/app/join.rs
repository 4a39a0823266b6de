use crate::cli;
use crate::host::facts;
use crate::link;
use crate::membership::{Home, HomeError, Membership};
use anyhow::Context;
use crane_shared::identity::{JoinToken, NodeKey};
use crane_shared::ids::NodeId;
use crane_shared::secret::Secret;
use std::io::Read;
use std::path::Path;

/// A token is about 113 characters; nobody pastes more than this.
const LONGEST_TOKEN: u64 = 4096;

/// `crane-agent join`: gives back the node's id.
///
/// # Errors
/// When the host is a node already, the token is none, or no manager accepts it. The token is spent only by success.
pub async fn join(args: &cli::Join) -> anyhow::Result<NodeId> {
    let home = Home::new(&args.state);
    if home.is_joined() && !args.force {
        return Err(HomeError::Joined(home.file()).into());
    }
    let token = JoinToken::parse(read_token(&args.token)?.expose())?;
    let key = NodeKey::make()?;
    let reply = knock(&args.manager, &token, &key).await?;
    let mut managers = args.manager.clone();
    managers.extend(reply.addresses);
    // Those given by hand first, each once.
    let mut seen = std::collections::BTreeSet::new();
    managers.retain(|address| seen.insert(address.clone()));
    managers.truncate(16);
    let membership = Membership {
        node: reply.node.clone(),
        managers,
        pin: token.pin,
        chain: reply.chain,
        key: key.to_pem(),
        docker: args.docker.clone(),
        cgroup_root: args.cgroup_root.clone(),
        removed: None,
        generation: 0,
    };
    if args.force {
        // What waits in the old spool belongs to the node that was.
        home.forget()?;
    }
    home.save(&membership).with_context(|| {
        format!(
            "the manager has enrolled this host as node {}, but that can't be written down; remove it in the panel",
            reply.node
        )
    })?;
    Ok(reply.node)
}

/// Tries the addresses in turn until one answers; a refusal is an answer.
async fn knock(
    managers: &[String],
    token: &JoinToken,
    key: &NodeKey,
) -> anyhow::Result<crane_shared::protocol::JoinReply> {
    let hostname = facts::hostname();
    let mut silent = Vec::new();
    for address in managers {
        match link::join(address, token, key, &hostname).await {
            Ok(reply) => return Ok(reply),
            Err(err @ (link::DialError::Unreachable { .. } | link::DialError::LookUp { .. })) => {
                silent.push(err.to_string());
            }
            Err(err) => return Err(err.into()),
        }
    }
    anyhow::bail!("no manager answers: {}", silent.join("; "))
}

fn read_token(from: &cli::TokenFrom) -> anyhow::Result<Secret<String>> {
    if let Some(token) = &from.token {
        return Ok(Secret::new(token.clone()));
    }
    let mut text = Secret::new(String::new());
    let mut read = |input: &mut dyn Read| -> std::io::Result<()> {
        let mut bytes = String::new();
        input.take(LONGEST_TOKEN).read_to_string(&mut bytes)?;
        text = Secret::new(bytes);
        Ok(())
    };
    match &from.token_file {
        Some(path) => read_file(path, &mut read).with_context(|| path.display().to_string())?,
        None => read(&mut std::io::stdin().lock()).context("standard input")?,
    }
    Ok(text)
}

fn read_file(path: &Path, read: &mut dyn FnMut(&mut dyn Read) -> std::io::Result<()>) -> std::io::Result<()> {
    read(&mut std::fs::File::open(path)?)
}

/// `crane-agent leave`: the manager forgets this node, then this host does.
///
/// # Errors
/// When the manager can't be told, unless `--force` says that this does not matter.
pub async fn leave(args: &cli::Leave) -> anyhow::Result<NodeId> {
    let home = Home::new(&args.state);
    let membership = home.load()?;
    if membership.removed.is_none() {
        let facts = facts::read(Path::new("/proc"), &membership.cgroup_root);
        let told = link::leave(&membership, facts).await;
        if let Err(err) = told
            && !args.force
        {
            return Err(anyhow::Error::new(err)
                .context("the manager was not told, so nothing was forgotten; --force forgets all the same"));
        }
    }
    home.forget()?;
    Ok(membership.node)
}
