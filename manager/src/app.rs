//! The whole: builds the rooms bottom-up, plugs the upper ones into the lower ones, and stops them top-down.

use crate::access::{Access, Hashing, Settings};
use crate::audit::{Audit, Entry, Outcome};
use crate::backup::{self, STORE};
use crate::cluster::Cluster;
use crate::config::{self, Config};
use crate::control::Control;
use crate::enrolment::{self, Keys, NodeRecord, Registry};
use crate::http::{About, Front, Rooms, Server};
use crate::ingest::Ingest;
use crate::link::{self, Agents, Listener};
use crate::metrics::Metrics;
use crate::store::Store;
use crate::terminal::Terminals;
use anyhow::Context as _;
use crane_shared::identity::{install_crypto, quic_endpoint, quic_server, web_server};
use crane_shared::ids::NodeId;
use crane_shared::tasks::Tasks;
use crane_shared::time::Clock;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Name of the file with the set-up link in the data directory.
pub const SETUP_LINK: &str = "setup-link";
/// Name of the file with the dashboard's address there.
pub const URL: &str = "url";
/// When the manager ends, agents come back spread over this, so that they do not all knock at one instant.
const SPREAD_MS: u32 = 2000;
/// From the signal to the end of the process, for everything that says goodbye.
const GRACE: Duration = Duration::from_secs(4);
/// How often ended sign-in sessions are removed from the disk.
const SWEEP: Duration = Duration::from_hours(1);

/// Runs the manager until it is asked to end.
///
/// # Errors
/// When something it stands on can't be used: the data directory, a key, a port.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    install_crypto();
    let mut asked_to_end = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let tasks = Tasks::new();
    let running = start(&config, &tasks).await;
    if let Ok(store) = &running {
        let stopping = tasks.stopping();
        tokio::select! {
            _ = asked_to_end.0.recv() => {}
            _ = asked_to_end.1.recv() => {}
            () = stopping.cancelled() => {}
        }
        tracing::info!("stopping");
        let late = tasks.shutdown(GRACE).await;
        if !late.is_empty() {
            tracing::warn!(tasks = ?late, "tasks did not end in time");
        }
        // Every commit is on disk when it returns, so nothing is left to be written here.
        drop(store.clone());
        tracing::info!("stopped");
        return Ok(());
    }
    tasks.shutdown(Duration::from_secs(1)).await;
    running.map(drop)
}

/// Everything that runs; the store, to be closed last.
async fn start(config: &Config, tasks: &Tasks) -> anyhow::Result<Store> {
    let clock = Clock::Real;
    let started = clock.now();
    let data = &config.data;
    backup::make_private(data)?;
    let store = {
        let path = data.join(STORE);
        tokio::task::spawn_blocking(move || Store::open(&path)).await??
    };
    let keys = Arc::new(Keys::open(data, &clock)?);

    // The port first: addresses that are told name it.
    let tcp = TcpListener::bind(config.listen).await;
    let tcp = tcp.with_context(|| format!("TCP {} can't be used", config.listen))?;
    let listen = tcp.local_addr()?;
    let addresses = addresses(config, listen);
    let names = config::hosts(&addresses);
    let chain = keys
        .authority
        .issue_manager(keys.manager_key.expose(), &names, started)?;

    let agents = Agents::new(tasks);
    let advertise = addresses.clone();
    let registry = Registry::open(
        store.clone(),
        clock.clone(),
        Arc::clone(&keys),
        agents.clone(),
        enrolment::Config { advertise },
    )?;
    let cluster = Cluster::new(agents.clone(), registry.members(), clock.clone());
    cluster.start(tasks);
    let metrics = Metrics::new(store.clone(), clock.clone());
    metrics.start(tasks);
    let gate = Arc::new(registry.clone());
    let quic = quic_server(
        &chain,
        keys.manager_key.expose(),
        keys.authority.root_der(),
        Arc::clone(&gate) as Arc<_>,
    )?;
    let link = link::Config {
        listen,
        sample_period_ms: config.sample_period_ms,
        spread_ms: SPREAD_MS,
        endpoint: quic_endpoint(keys.manager_key.expose()),
    };
    let reports = Arc::new(Ingest::new(metrics.clone(), cluster.clone()));
    let listener = Listener::bind(link, quic, gate, reports, agents.clone(), clock.clone(), tasks)?;

    let access = Access::open(
        store.clone(),
        clock.clone(),
        Settings {
            hashing: Hashing::STRONG,
            setup_file: data.join(SETUP_LINK),
        },
    )?;
    let rooms = Arc::new(Rooms {
        access,
        audit: Audit::open(store.clone(), clock.clone())?,
        registry,
        terminals: Terminals::new(agents.clone()),
        agents,
        cluster,
        metrics,
        store: store.clone(),
        tasks: tasks.clone(),
        clock,
        about: About {
            started,
            addresses,
            pin: keys.web_pin()?,
            agent_binary: config.agent_binary.clone(),
        },
    });
    first_admin(config, &rooms).await?;
    std::fs::write(data.join(URL), rooms.about.link("/") + "\n")?;
    let control = Control {
        data: data.clone(),
        store: store.clone(),
        access: rooms.access.clone(),
        registry: rooms.registry.clone(),
        audit: rooms.audit.clone(),
        about: rooms.about.clone(),
    };
    control.start(tasks).context("the control socket can't be made")?;
    let tls = Arc::new(web_server(&chain, keys.manager_key.expose())?);
    let server = Server::new(tcp, tls, Front::new(&rooms), tasks);
    tasks.spawn(
        "audit of copied nodes",
        note_copies(rooms.registry.clone(), rooms.audit.clone()),
    );
    tasks.spawn("sweep of sign-ins", sweep(rooms.access.clone()));
    tasks.spawn_vital("https listener", server.run());
    listener.start();
    tracing::info!(address = %listen, url = %rooms.about.link("/"), pin = %rooms.about.pin, "manager is ready");
    Ok(store)
}

/// Makes the administrator whom the command line names, or offers the link.
async fn first_admin(config: &Config, rooms: &Rooms) -> anyhow::Result<()> {
    if let Some(admin) = &config.admin {
        rooms
            .access
            .set_up_unattended(&admin.email, admin.password.clone())
            .await?;
    }
    let link = rooms
        .access
        .offer_setup(|code| rooms.about.link(&format!("/setup#{code}")))?;
    if let Some(link) = link {
        // For the terminal of whoever starts the manager. The log gets the fact without the code.
        say(&format!(
            "\nOpen this link to choose the first password:\n\n    {}\n",
            link.expose()
        ));
        tracing::info!(file = %config.data.join(SETUP_LINK).display(), "no administrator yet; the set-up link is in this file");
    }
    Ok(())
}

fn addresses(config: &Config, listen: std::net::SocketAddr) -> Vec<String> {
    if config.advertise.is_empty() {
        let name = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        config::guess_addresses(listen, name.as_deref())
    } else {
        config.advertise.clone()
    }
}

async fn sweep(access: Access) {
    loop {
        tokio::time::sleep(SWEEP).await;
        match access.sweep().await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "ended sign-in sessions removed"),
            Err(error) => tracing::warn!(%error, "ended sign-in sessions not removed"),
        }
    }
}

/// Writes down every node that was shut out because two machines use its key: nobody asked for it, so no request does.
async fn note_copies(registry: Registry, audit: Audit) {
    let mut members = registry.members();
    let locked = |nodes: &[NodeRecord]| -> BTreeSet<NodeId> {
        let locked = nodes.iter().filter(|node| node.standing.locked.is_some());
        locked.map(|node| node.id.clone()).collect()
    };
    let mut known = locked(&members.borrow_and_update());
    while members.changed().await.is_ok() {
        let nodes = Arc::clone(&members.borrow_and_update());
        let now = locked(&nodes);
        for node in nodes
            .iter()
            .filter(|node| now.contains(&node.id) && !known.contains(&node.id))
        {
            let entry = Entry {
                actor: "manager".to_owned(),
                from: node.address.clone(),
                action: "node.lock",
                target: format!("node {} ({})", node.hostname, node.id),
                outcome: Outcome::Done,
                detail: "two machines use its key; both are shut out until it is removed and joined again".to_owned(),
            };
            if let Err(error) = audit.record(entry).await {
                tracing::warn!(node = %node.id, %error, "the lock of a node is not in the audit record");
            }
        }
        known = now;
    }
}

/// Writes to standard output; whoever closed it does not want to know.
pub(crate) fn say(text: &str) {
    use std::io::Write as _;
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}
