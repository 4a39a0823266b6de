use super::node::{Held, Node};
use super::picture::Picture;
use crane_shared::api;
use crane_shared::model::{ContainerState, Engine, Health, HostFacts, HostLoad, SwarmMembership};
use crane_shared::time::Timestamp;

pub(super) fn node(picture: &Picture, node: &Node) -> api::Node {
    let running = node
        .containers
        .values()
        .filter(|held| held.container.state == ContainerState::Running)
        .count();
    api::Node {
        id: node.record.id.clone(),
        name: node.name().to_owned(),
        connected: node.session.is_some(),
        last_seen: node.last_seen.map(Timestamp::to_rfc3339),
        locked: node.record.standing.locked.map(Timestamp::to_rfc3339),
        joined: node.record.joined.to_rfc3339(),
        agent_version: node.record.agent_version.clone(),
        address: node.record.address.clone(),
        engine_ok: node.session.is_some() && !node.engine_lost,
        facts: node.facts.as_ref().map(facts),
        load: node.load.as_ref().map(|(_, figures)| load(figures)),
        policy: api::NodePolicy {
            exec: node.policy.exec,
            logs: node.policy.logs,
            images: node.policy.images,
            docker: node.policy.docker,
        },
        swarm: node.membership().map(|place| swarm_place(picture, place)),
        containers_running: running as u64,
        containers_total: node.containers.len() as u64,
    }
}

fn facts(facts: &HostFacts) -> api::NodeFacts {
    api::NodeFacts {
        os: facts.os.clone(),
        kernel: facts.kernel.clone(),
        arch: facts.arch.clone(),
        cpus: facts.cpus,
        memory: facts.memory,
        cgroup_version: facts.cgroup_version,
        addresses: facts.addresses.clone(),
        engine: facts.engine.as_ref().map(engine),
    }
}

fn engine(engine: &Engine) -> api::EngineFacts {
    api::EngineFacts {
        version: engine.version.clone(),
        api_version: engine.api_version.clone(),
        storage_driver: engine.storage_driver.clone(),
        logging_driver: engine.logging_driver.clone(),
        cgroup_driver: engine.cgroup_driver.clone(),
        root_dir: engine.root_dir.clone(),
        runtimes: engine.runtimes.clone(),
    }
}

fn load(load: &HostLoad) -> api::Load {
    api::Load {
        cpu: f64::from(load.cpu) / 100.0,
        load1: f64::from(load.load1) / 100.0,
        memory_used: load.memory_used,
        memory_total: load.memory_total,
        disk_used: load.disk_used,
        disk_total: load.disk_total,
        rx: load.rx,
        tx: load.tx,
        uptime: load.uptime,
    }
}

/// The node's own engine says where it belongs; what the Swarm thinks of it, only a Swarm manager says.
fn swarm_place(picture: &Picture, place: &SwarmMembership) -> api::SwarmPlace {
    let said = picture
        .swarms
        .values()
        .filter_map(|swarm| swarm.nodes.get(place.node_id.as_str()).map(|node| (swarm.fresh, node)))
        .next();
    let unknown = || "unknown".to_owned();
    api::SwarmPlace {
        node_id: place.node_id.to_string(),
        role: if place.manager { "manager" } else { "worker" }.to_owned(),
        leader: said.is_some_and(|(fresh, node)| fresh && node.leader),
        availability: said.map_or_else(unknown, |(_, node)| node.availability.clone()),
        state: match said {
            Some((true, node)) => node.state.clone(),
            _ => unknown(),
        },
        address: place.address.clone(),
        labels: said.map(|(_, node)| node.labels.clone()).unwrap_or_default(),
    }
}

pub(super) fn container(node: &Node, held: &Held) -> api::Container {
    let container = &held.container;
    api::Container {
        id: container.id.clone(),
        name: container.name.clone(),
        image: container.image.clone(),
        image_id: container.image_id.clone(),
        command: container.command.clone(),
        node_id: node.record.id.clone(),
        node: node.name().to_owned(),
        fresh: node.fresh(),
        state: state(container.state).to_owned(),
        health: health(container.health).to_owned(),
        exit_code: container.exit_code,
        oom_killed: container.oom_killed,
        restarts: container.restarts,
        created: container.created.to_rfc3339(),
        started: container.started.map(Timestamp::to_rfc3339),
        finished: container.finished.map(Timestamp::to_rfc3339),
        task: container.task.as_ref().map(|task| api::TaskRef {
            id: task.id.to_string(),
            name: task.name.clone(),
            service_id: task.service_id.to_string(),
            service: task.service_name.clone(),
            stack: task.stack.clone(),
        }),
        ports: container
            .ports
            .iter()
            .map(|port| api::ContainerPort {
                container_port: port.container_port,
                protocol: port.protocol.clone(),
                address: port.published.as_ref().map(|(address, _)| address.clone()),
                published_port: port.published.as_ref().map(|(_, port)| *port),
            })
            .collect(),
        networks: container.networks.clone(),
        mounts: container
            .mounts
            .iter()
            .map(|mount| api::ContainerMount {
                kind: mount.kind.clone(),
                source: mount.source.clone(),
                destination: mount.destination.clone(),
                read_only: mount.read_only,
            })
            .collect(),
        labels: container.labels.clone(),
        tty: container.tty,
        log_driver: container.log_driver.clone(),
        memory_limit: container.memory_limit,
        cpu: current(node, held).map(|(cpu, _)| f64::from(cpu) / 100.0),
        memory: current(node, held).map(|(_, memory)| memory),
    }
}

/// Figures of a container that does not run are history.
fn current(node: &Node, held: &Held) -> Option<(u32, u64)> {
    (node.fresh() && held.container.state == ContainerState::Running)
        .then_some(held.usage)
        .flatten()
}

pub(super) const fn state(state: ContainerState) -> &'static str {
    match state {
        ContainerState::Created => "created",
        ContainerState::Running => "running",
        ContainerState::Paused => "paused",
        ContainerState::Restarting => "restarting",
        ContainerState::Removing => "removing",
        ContainerState::Exited => "exited",
        ContainerState::Dead => "dead",
    }
}

const fn health(health: Health) -> &'static str {
    match health {
        Health::None => "none",
        Health::Starting => "starting",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
    }
}
