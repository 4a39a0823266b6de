use crate::args::{Format, PsArgs};
use crate::client::Client;
use crate::output::{self, ago, bytes, short};
use crane_shared::api::{Container, List};

pub(super) async fn run(client: &Client, format: Format, wish: PsArgs) -> anyhow::Result<u8> {
    let mut query: Vec<(&str, &str)> = vec![("limit", "500")];
    let filters = [
        ("node", &wish.node),
        ("service", &wish.service),
        ("stack", &wish.stack),
        ("q", &wish.search),
    ];
    for (name, value) in &filters {
        if let Some(value) = value {
            query.push((name, value));
        }
    }
    if !wish.all {
        query.push(("state", "running"));
    }
    let containers: List<Container> = client.all("/api/v1/containers", &query).await?;
    if wish.quiet && format == Format::Table {
        for container in &containers.items {
            output::line(if wish.no_trunc {
                container.id.as_str()
            } else {
                short(container.id.as_str())
            })?;
        }
        return Ok(0);
    }
    output::list(format, &containers, |items| table(items, wish.no_trunc))?;
    Ok(0)
}

fn table(containers: &[Container], whole: bool) -> String {
    let header = [
        "ID", "NAME", "IMAGE", "NODE", "SERVICE", "STATE", "CPU", "MEMORY", "CREATED",
    ];
    let rows = containers.iter().map(|container| {
        let id = container.id.as_str();
        vec![
            if whole { id.into() } else { short(id).into() },
            container.name.clone(),
            image(&container.image, whole),
            container.node.clone(),
            container.task.as_ref().map_or("-".into(), |task| task.service.clone()),
            state(container),
            container.cpu.map_or("-".into(), |cpu| format!("{cpu:.1}%")),
            container.memory.map_or("-".into(), bytes),
            ago(&container.created),
        ]
    });
    output::table(&header, &[6, 7], rows.collect())
}

/// The digest behind a tag says nothing to a reader.
fn image(image: &str, whole: bool) -> String {
    match image.split_once("@sha256:") {
        Some((name, _)) if !whole => name.into(),
        _ => image.into(),
    }
}

fn state(container: &Container) -> String {
    let mut state = match (container.state.as_str(), container.exit_code) {
        ("exited" | "dead", Some(code)) => format!("{} ({code})", container.state),
        _ => container.state.clone(),
    };
    if container.oom_killed {
        state.push_str(", out of memory");
    }
    if !matches!(container.health.as_str(), "none" | "healthy") {
        state = format!("{state}, {}", container.health);
    }
    if !container.fresh {
        state.push_str(" (node away)");
    }
    state
}
