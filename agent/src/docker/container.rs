use crane_shared::ids::{ContainerId, ServiceId, TaskId};
use crane_shared::model::{Container, ContainerState, Health, Mount, Port, SwarmTask};
use crane_shared::protocol::Refusal;
use crane_shared::time::Timestamp;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A container's description stays below this, in bytes of text, so that a frame always holds one.
const MOST_LABEL_BYTES: usize = 64 << 10;
const LONGEST_COMMAND: usize = 4 << 10;
/// Ports, networks and mounts beyond this are left out; nobody reads the 257th.
const MOST_PARTS: usize = 256;

/// A container with what only its own host needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    pub container: Container,
    /// The engine's own log file; `None` for drivers without one.
    pub log_path: Option<PathBuf>,
    /// The first process, as the host numbers it; `None` while nothing runs.
    pub pid: Option<u32>,
    /// `bridge`, `host`, `none`, `container:<id>` or a network's name.
    pub network_mode: String,
}

/// One line of the list of containers: enough to see whether to inspect again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: ContainerId,
    pub name: String,
    pub state: ContainerState,
    pub health: Health,
}

/// `null` and absence are the default: the engine writes both for empty lists.
pub(super) fn or_default<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(input)?.unwrap_or_default())
}

/// Declares a part of an answer: every field may be absent or `null`.
macro_rules! parts {
    ($($(#[$meta:meta])* $name:ident { $($key:literal $field:ident: $type:ty),* $(,)? })*) => { $(
        #[derive(Debug, Default, Deserialize)]
        $(#[$meta])*
        pub(super) struct $name { $(
            #[serde(rename = $key, default, deserialize_with = "or_default")]
            $field: $type,
        )* }
    )* };
}

parts! {
    Raw {
        "Created" created: String,
        "Path" path: String,
        "Args" args: Vec<String>,
        "State" state: RawState,
        "Image" image_id: String,
        "LogPath" log_path: String,
        "Name" name: String,
        "RestartCount" restarts: u32,
        "HostConfig" host: RawHost,
        "Mounts" mounts: Vec<RawMount>,
        "Config" config: RawConfig,
        "NetworkSettings" network: RawNetwork,
    }
    RawState {
        "Status" status: String,
        "OOMKilled" oom_killed: bool,
        "Pid" pid: u32,
        "ExitCode" exit_code: i64,
        "StartedAt" started: String,
        "FinishedAt" finished: String,
        "Health" health: RawHealth,
    }
    RawHealth { "Status" status: String }
    RawHost {
        "Memory" memory: i64,
        "NetworkMode" network_mode: String,
        "LogConfig" log: RawLog,
        "PortBindings" bindings: BTreeMap<String, Option<Vec<RawBinding>>>,
    }
    RawLog { "Type" driver: String }
    RawMount {
        "Type" kind: String,
        "Name" name: String,
        "Source" source: String,
        "Destination" destination: String,
        "RW" writable: bool,
    }
    RawConfig {
        "Image" image: String,
        "Tty" tty: bool,
        "Labels" labels: BTreeMap<String, String>,
        "ExposedPorts" exposed: BTreeMap<String, serde::de::IgnoredAny>,
    }
    RawNetwork {
        "Ports" ports: BTreeMap<String, Option<Vec<RawBinding>>>,
        "Networks" networks: BTreeMap<String, serde::de::IgnoredAny>,
    }
    RawBinding { "HostIp" address: String, "HostPort" port: String }
    RawListed {
        "Id" id: String,
        "Names" names: Vec<String>,
        "State" state: String,
        "Status" status: String,
    }
}

impl RawListed {
    pub(super) fn checked(self) -> Option<Listed> {
        Some(Listed {
            id: ContainerId::parse(self.id).ok()?,
            // Links of other containers are names too, with a slash inside.
            name: self
                .names
                .iter()
                .map(|name| name.trim_start_matches('/'))
                .find(|name| !name.contains('/'))
                .unwrap_or_default()
                .to_owned(),
            state: state(&self.state),
            // The list says it only in words: `Up 5 minutes (health: starting)`.
            health: match self.status.rsplit_once('(').map(|(_, tail)| tail.trim_end_matches(')')) {
                Some("healthy") => Health::Healthy,
                Some("unhealthy") => Health::Unhealthy,
                Some("health: starting") => Health::Starting,
                _ => Health::None,
            },
        })
    }
}

pub(super) fn to_model(id: &ContainerId, raw: Raw) -> Result<Inspected, Refusal> {
    let created = Timestamp::from_rfc3339(&raw.created).ok_or_else(|| Refusal::Docker {
        status: 200,
        message: format!("container {id} was created at {:?}, which is no time", raw.created),
    })?;
    let state = state(&raw.state.status);
    let runs = matches!(state, ContainerState::Running | ContainerState::Paused);
    let started = Timestamp::from_rfc3339(&raw.state.started);
    let labels = bounded(raw.config.labels);
    let task = task(&labels);
    let container = Container {
        id: id.clone(),
        name: raw.name.trim_start_matches('/').to_owned(),
        image: raw.config.image,
        image_id: raw.image_id,
        command: command(&raw.path, &raw.args),
        created,
        started,
        finished: Timestamp::from_rfc3339(&raw.state.finished).filter(|_| !runs),
        state,
        health: health(&raw.state.health.status),
        exit_code: (started.is_some() && !runs).then_some(raw.state.exit_code),
        oom_killed: raw.state.oom_killed,
        restarts: raw.restarts,
        labels,
        task,
        ports: ports(raw.network.ports, raw.host.bindings, &raw.config.exposed),
        networks: raw.network.networks.into_keys().take(MOST_PARTS).collect(),
        mounts: raw.mounts.into_iter().take(MOST_PARTS).map(mount).collect(),
        tty: raw.config.tty,
        log_driver: raw.host.log.driver,
        memory_limit: u64::try_from(raw.host.memory).unwrap_or(0),
    };
    Ok(Inspected {
        container,
        log_path: (!raw.log_path.is_empty()).then(|| PathBuf::from(raw.log_path)),
        pid: (raw.state.pid != 0).then_some(raw.state.pid),
        network_mode: raw.host.network_mode,
    })
}

/// A word that a newer engine invents counts as running: such states have been stages of a running container.
fn state(word: &str) -> ContainerState {
    match word {
        "created" | "initialized" => ContainerState::Created,
        "paused" => ContainerState::Paused,
        "restarting" => ContainerState::Restarting,
        "removing" => ContainerState::Removing,
        "exited" | "stopped" => ContainerState::Exited,
        "dead" => ContainerState::Dead,
        _ => ContainerState::Running,
    }
}

fn health(word: &str) -> Health {
    match word {
        "starting" => Health::Starting,
        "healthy" => Health::Healthy,
        "unhealthy" => Health::Unhealthy,
        _ => Health::None,
    }
}

fn command(path: &str, args: &[String]) -> String {
    let mut text = path.to_owned();
    for arg in args {
        if text.len() + arg.len() > LONGEST_COMMAND {
            text.push_str(" …");
            break;
        }
        text.push(' ');
        text.push_str(arg);
    }
    text
}

/// Labels up to the limit; Docker's own come first, because stacks and tasks are read from them.
fn bounded(labels: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut left = MOST_LABEL_BYTES;
    let (docker, other): (Vec<_>, Vec<_>) = labels
        .into_iter()
        .partition(|(name, _)| name.starts_with("com.docker."));
    docker
        .into_iter()
        .chain(other)
        .filter(|(name, value)| {
            let size = name.len() + value.len();
            let fits = size <= left;
            left -= if fits { size } else { 0 };
            fits
        })
        .collect()
}

fn task(labels: &BTreeMap<String, String>) -> Option<SwarmTask> {
    let label = |name: &str| labels.get(name).cloned();
    Some(SwarmTask {
        id: TaskId::parse(label("com.docker.swarm.task.id")?).ok()?,
        name: label("com.docker.swarm.task.name")?,
        service_id: ServiceId::parse(label("com.docker.swarm.service.id")?).ok()?,
        service_name: label("com.docker.swarm.service.name")?,
        stack: label("com.docker.stack.namespace"),
    })
}

/// Live bindings while it runs; otherwise those it would get, and what the image exposes.
fn ports(
    live: BTreeMap<String, Option<Vec<RawBinding>>>,
    wanted: BTreeMap<String, Option<Vec<RawBinding>>>,
    exposed: &BTreeMap<String, serde::de::IgnoredAny>,
) -> Vec<Port> {
    let mut all = if live.is_empty() { wanted } else { live };
    for port in exposed.keys() {
        all.entry(port.clone()).or_default();
    }
    let mut ports = Vec::new();
    for (key, bindings) in all {
        let (number, protocol) = key.split_once('/').unwrap_or((&key, "tcp"));
        let Ok(container_port) = number.parse() else { continue };
        let port = |published| Port {
            container_port,
            protocol: protocol.to_owned(),
            published,
        };
        let mut published = bindings
            .unwrap_or_default()
            .into_iter()
            .filter_map(|binding| Some((binding.address, binding.port.parse().ok()?)))
            .peekable();
        if published.peek().is_none() {
            ports.push(port(None));
        }
        ports.extend(published.map(|place| port(Some(place))));
    }
    ports.truncate(MOST_PARTS);
    ports
}

fn mount(raw: RawMount) -> Mount {
    Mount {
        source: if raw.kind == "volume" { raw.name } else { raw.source },
        kind: raw.kind,
        destination: raw.destination,
        read_only: !raw.writable,
    }
}

#[cfg(test)]
mod tests;
