use crate::args::{Format, NodeCommand};
use crate::client::Client;
use crate::output::{self, ago, bytes};
use crane_shared::api::{Finding, JoinTokenWish, List, NewJoinToken, Node};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

pub(super) async fn run(client: &Client, format: Format, command: NodeCommand) -> anyhow::Result<u8> {
    match command {
        NodeCommand::Ls => {
            let nodes: List<Node> = client.all("/api/v1/nodes", &[]).await?;
            output::list(format, &nodes, table)?;
            Ok(0)
        }
        NodeCommand::Show { node } => {
            let node: Node = client.get(&path(&node), &[]).await?;
            if format == Format::Json {
                output::json(&node)?
            } else {
                output::line(&describe(&node))?
            }
            Ok(0)
        }
        NodeCommand::Add {
            minutes,
            hostname,
            wait,
        } => add(client, format, minutes, hostname, wait).await,
        NodeCommand::Rm { node, yes } => remove(client, &node, yes).await,
        NodeCommand::Doctor { node } => doctor(client, format, &node).await,
    }
}

fn path(node: &str) -> String {
    format!("/api/v1/nodes/{}", super::segment(node))
}

fn table(nodes: &[Node]) -> String {
    let header = [
        "NAME",
        "STATUS",
        "ROLE",
        "AVAILABILITY",
        "CONTAINERS",
        "CPU",
        "MEMORY",
        "DISK",
        "ENGINE",
        "ID",
    ];
    let rows = nodes.iter().map(|node| {
        let swarm = node.swarm.as_ref();
        let load = node.load.as_ref();
        let engine = node.facts.as_ref().and_then(|facts| facts.engine.as_ref());
        vec![
            node.name.clone(),
            status(node),
            swarm.map_or("-".into(), |s| if s.leader { "leader".into() } else { s.role.clone() }),
            swarm.map_or("-".into(), |s| s.availability.clone()),
            format!("{}/{}", node.containers_running, node.containers_total),
            load.map_or("-".into(), |l| format!("{:.1}%", l.cpu)),
            load.map_or("-".into(), |l| {
                format!("{} / {}", bytes(l.memory_used), bytes(l.memory_total))
            }),
            load.map_or("-".into(), |l| {
                format!("{} / {}", bytes(l.disk_used), bytes(l.disk_total))
            }),
            engine.map_or("-".into(), |e| e.version.clone()),
            node.id.to_string(),
        ]
    });
    output::table(&header, &[4, 5, 6, 7], rows.collect())
}

fn status(node: &Node) -> String {
    if node.locked.is_some() {
        return "locked: its key was copied".into();
    }
    match (node.connected, node.engine_ok) {
        (true, true) => "connected".into(),
        (true, false) => "engine down".into(),
        (false, _) => format!("away {}", node.last_seen.as_deref().map_or("-".into(), ago)),
    }
}

fn describe(node: &Node) -> String {
    let mut lines = vec![
        format!("name       {}", node.name),
        format!("id         {}", node.id),
        format!("status     {}", status(node)),
        format!("address    {}", node.address),
        format!("joined     {}", node.joined),
        format!("agent      {}", node.agent_version),
        format!(
            "containers {} running, {} in all",
            node.containers_running, node.containers_total
        ),
    ];
    if let Some(facts) = &node.facts {
        lines.push(format!(
            "system     {}, Linux {}, {}",
            facts.os, facts.kernel, facts.arch
        ));
        lines.push(format!(
            "machine    {} CPUs, {}, cgroup v{}",
            facts.cpus,
            bytes(facts.memory),
            facts.cgroup_version
        ));
        if let Some(engine) = &facts.engine {
            lines.push(format!(
                "engine     Docker {} (API {}), {}",
                engine.version, engine.api_version, engine.storage_driver
            ));
        }
    }
    if let Some(swarm) = &node.swarm {
        lines.push(format!(
            "swarm      {} {}, {}, {}",
            swarm.role, swarm.node_id, swarm.availability, swarm.state
        ));
        for (key, value) in &swarm.labels {
            lines.push(format!("label      {key}={value}"));
        }
    }
    let policy = &node.policy;
    let forbidden: Vec<&str> = [
        ("exec", policy.exec),
        ("logs", policy.logs),
        ("images", policy.images),
        ("docker", policy.docker),
    ]
    .into_iter()
    .filter_map(|(name, allowed)| (!allowed).then_some(name))
    .collect();
    if !forbidden.is_empty() {
        lines.push(format!("forbidden  {} (by the host's owner)", forbidden.join(", ")));
    }
    lines.join("\n")
}

async fn add(
    client: &Client,
    format: Format,
    minutes: u16,
    hostname: Option<String>,
    wait: bool,
) -> anyhow::Result<u8> {
    let wish = JoinTokenWish {
        minutes: Some(minutes),
        hostname,
    };
    let made: NewJoinToken = client.post("/api/v1/join-tokens", &wish).await?;
    if format == Format::Json {
        output::json(&made)?;
    } else {
        output::note(&format!(
            "Run this on the new host within {minutes} minutes; it works once:"
        ));
        output::line(&made.command)?;
    }
    if !wait {
        return Ok(0);
    }
    output::note("Waiting for the host …");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(u64::from(minutes) * 60);
    while tokio::time::Instant::now() < deadline {
        let tokens: List<crane_shared::api::JoinToken> = client.all("/api/v1/join-tokens", &[]).await?;
        if let Some(node) = tokens
            .items
            .into_iter()
            .find(|token| token.id == made.token.id)
            .and_then(|t| t.used_by)
        {
            output::note(&format!("{node} has joined."));
            return Ok(0);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    anyhow::bail!("nobody joined within {minutes} minutes")
}

async fn remove(client: &Client, name: &str, yes: bool) -> anyhow::Result<u8> {
    let node: Node = client.get(&path(name), &[]).await?;
    if !yes {
        anyhow::ensure!(
            std::io::stdin().is_terminal(),
            "removing {} cuts its agent off for good; add --yes",
            node.name
        );
        write!(
            std::io::stderr(),
            "This cuts off the agent on {} for good. Type its name to go on: ",
            node.name
        )?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        anyhow::ensure!(answer.trim() == node.name, "that is not its name; nothing was removed");
    }
    client.delete(&path(node.id.as_str())).await?;
    output::note(&format!("{} is removed.", node.name));
    Ok(0)
}

async fn doctor(client: &Client, format: Format, node: &str) -> anyhow::Result<u8> {
    let findings: List<Finding> = client.get(&format!("{}/doctor", path(node)), &[]).await?;
    output::list(format, &findings, |findings| {
        let rows = findings.iter().map(|finding| {
            let mark = match finding.severity.as_str() {
                "ok" => "✓",
                "warning" => "!",
                _ => "✗",
            };
            let next = if finding.next.is_empty() {
                String::new()
            } else {
                format!("→ {}", finding.next)
            };
            vec![mark.into(), finding.check.clone(), finding.saw.clone(), next]
        });
        output::table(&["", "CHECK", "SAW", "NEXT"], &[], rows.collect())
    })?;
    Ok(u8::from(
        findings.items.iter().any(|finding| finding.severity == "error"),
    ))
}
