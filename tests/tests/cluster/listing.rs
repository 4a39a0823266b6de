//! The panel lists what Docker lists.

use crate::world::{PREFIX, World};
use anyhow::{Context, Result, bail, ensure};
use crane_shared::api;
use crane_tests::{Host, eventually, workload};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What is compared of one container, in Docker's words.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    host: String,
    name: String,
    image: String,
    state: String,
    service: String,
}

/// What `docker ps` says on a host.
fn docker_lists(host: &Host) -> Result<BTreeMap<String, Seen>> {
    let text = host.docker([
        "ps",
        "-a",
        "--no-trunc",
        "--format",
        r#"{{.ID}}|{{.Names}}|{{.Image}}|{{.State}}|{{.Label "com.docker.swarm.service.name"}}"#,
    ])?;
    text.lines()
        .map(|line| {
            let [id, name, image, state, service] = line.split('|').collect::<Vec<_>>()[..] else {
                bail!("docker ps printed {line:?}");
            };
            let seen = Seen {
                host: host.name(),
                name: name.to_owned(),
                image: image.to_owned(),
                state: state.to_owned(),
                service: service.to_owned(),
            };
            Ok((id.to_owned(), seen))
        })
        .collect()
}

fn panel_lists(containers: Vec<api::Container>) -> BTreeMap<String, Seen> {
    containers
        .into_iter()
        .map(|container| {
            let seen = Seen {
                host: container.node,
                name: container.name,
                image: container.image,
                state: container.state,
                service: container.task.map(|task| task.service).unwrap_or_default(),
            };
            (container.id.to_string(), seen)
        })
        .collect()
}

pub(crate) async fn sixty_containers_are_listed_as_docker_lists_them(world: &mut World) -> Result<()> {
    workload::service(&world.bed, "p-web", 24, Some("p"), "sleep 100000")?;
    workload::service(&world.bed, "p-lone", 6, None, "sleep 100000")?;
    for (index, host) in world.bed.hosts().iter().enumerate() {
        for number in 0..6 {
            host.run_container(&format!("{PREFIX}run-{index}-{number}"), &[], "sleep 100000")?;
        }
        host.run_container(&format!("{PREFIX}exit-{index}"), &[], "exit 3")?;
        host.run_container(
            &format!("{PREFIX}label-{index}"),
            &["--label", "a=b=c|<script>"],
            "sleep 100000",
        )?;
        host.run_container(&format!("{PREFIX}pause-{index}"), &[], "sleep 100000")?;
        host.docker(["pause", &format!("{PREFIX}pause-{index}")])?;
        host.docker(["create", "--name", &format!("{PREFIX}new-{index}"), "busybox:bed"])?;
    }
    let total = 60;
    let mut docker = BTreeMap::new();
    eventually("docker shows 60 containers", Duration::from_secs(60), || {
        let all: Result<BTreeMap<_, _>> =
            world
                .bed
                .hosts()
                .iter()
                .map(docker_lists)
                .try_fold(BTreeMap::new(), |mut all, host| {
                    all.extend(host?);
                    Ok(all)
                });
        let settled = all.and_then(|all| {
            let moving = all
                .values()
                .filter(|seen| seen.state == "created" && !seen.name.starts_with("p-new"))
                .count();
            if all.len() == total && moving == 0 {
                docker = all;
                Ok(())
            } else {
                bail!("{} with {moving} still starting", all.len())
            }
        });
        std::future::ready(settled)
    })
    .await?;
    let shown = Instant::now();
    eventually("the panel shows the same", Duration::from_secs(30), || async {
        let (containers, complete) = world.containers().await?;
        ensure!(complete, "the list is not complete");
        let panel = panel_lists(containers);
        for (id, seen) in &docker {
            let ours = panel.get(id).with_context(|| format!("{} is missing", seen.name))?;
            ensure!(ours == seen, "docker shows {seen:?}, the panel {ours:?}");
        }
        ensure!(
            panel.len() == docker.len(),
            "the panel shows {} containers",
            panel.len()
        );
        Ok(())
    })
    .await?;
    let delay = shown.elapsed();
    world.note(format!(
        "{total} containers: the same {:.2} s after docker",
        delay.as_secs_f64()
    ));

    filters_and_services(world).await?;
    let one = one_more_is_seen(world).await?;
    world.note(format!(
        "one more container: {:.2} s after docker run returned",
        one.as_secs_f64()
    ));

    for service in ["p-web", "p-lone"] {
        world.host(0).docker(["service", "rm", service])?;
    }
    for host in world.bed.hosts() {
        host.remove_containers(PREFIX)?;
    }
    eventually(
        "what was removed is gone from the panel",
        Duration::from_secs(60),
        || async {
            let (containers, _) = world.containers().await?;
            ensure!(containers.is_empty(), "{} are left", containers.len());
            Ok(())
        },
    )
    .await
}

async fn filters_and_services(world: &World) -> Result<()> {
    let admin = world.admin();
    for (query, count) in [
        ("service=p-web", 24),
        ("stack=p", 24),
        ("q=p-label", 3),
        ("state=paused", 3),
        ("state=exited", 3),
        ("node=bed2&state=paused", 1),
        ("service=p-web&state=exited", 0),
    ] {
        let list: api::List<api::Container> = admin.get(&format!("/api/v1/containers?limit=100&{query}")).await?;
        ensure!(
            list.items.len() == count,
            "{query} gave {} instead of {count}",
            list.items.len()
        );
    }
    eventually(
        "both services have all their tasks",
        Duration::from_secs(30),
        || async {
            let services: api::List<api::Service> = admin.get("/api/v1/services").await?;
            for (name, wanted) in [("p-web", 24), ("p-lone", 6)] {
                let service = services
                    .items
                    .iter()
                    .find(|service| service.name == name)
                    .context(name)?;
                ensure!(
                    service.tasks_running == wanted && service.tasks_desired == wanted,
                    "{service:?}"
                );
            }
            let tasks: api::List<api::Task> = admin.get("/api/v1/services/p-web/tasks").await?;
            let running = tasks.items.iter().filter(|task| task.state == "running").count();
            ensure!(running == 24, "{running} of 24 tasks run");
            let overview: api::Overview = admin.get("/api/v1/overview").await?;
            ensure!(
                overview.services_total == 2 && overview.services_short == 0,
                "{overview:?}"
            );
            ensure!(
                overview.nodes_connected == 3 && overview.containers_total == 60,
                "{overview:?}"
            );
            Ok(())
        },
    )
    .await
}

async fn one_more_is_seen(world: &World) -> Result<Duration> {
    let id = world.host(1).run_container("p-more", &[], "sleep 100000")?;
    let shown = Instant::now();
    eventually("one more container is seen", Duration::from_secs(30), || async {
        let container = world.container(&id).await?;
        ensure!(container.state == "running", "{}", container.state);
        Ok(())
    })
    .await?;
    Ok(shown.elapsed())
}
