//! The bed with Crane on it, as each promise finds it: three hosts joined, nothing running but what Crane needs.

use anyhow::{Context, Result};
use crane_shared::api;
use crane_tests::{Bed, Binaries, Client, Host, Panel, fault, promises};
use std::path::PathBuf;

/// Names of a promise's containers begin with this, so that mending finds them.
pub(crate) const PREFIX: &str = "p-";

pub(crate) struct World {
    // Dropped in this order: the manager first, then the hosts.
    pub(crate) panel: Panel,
    pub(crate) bed: Bed,
    figures: Vec<String>,
}

impl World {
    pub(crate) async fn begin(bin_dir: Option<PathBuf>) -> Result<Self> {
        let binaries = Binaries::find(bin_dir.as_deref())?;
        let bed = Bed::up(3)?;
        let panel = Panel::start(&bed, binaries).await?;
        let world = Self {
            panel,
            bed,
            figures: Vec::new(),
        };
        for host in world.bed.hosts() {
            if let Err(why) = world.panel.join(host).await {
                world.keep_evidence();
                return Err(why);
            }
        }
        Ok(world)
    }

    /// The administrator's client.
    pub(crate) fn admin(&self) -> &Client {
        self.panel.admin()
    }

    pub(crate) fn host(&self, index: usize) -> &Host {
        self.bed.host(index)
    }

    /// Notes something that was measured on the way.
    pub(crate) fn note(&mut self, figure: String) {
        self.figures.push(figure);
    }

    /// Copies logs to a place that outlives the bed.
    pub(crate) fn keep_evidence(&self) {
        let to = std::path::Path::new("/var/tmp/crane-evidence");
        drop(std::fs::create_dir_all(to));
        drop(std::fs::copy(self.panel.manager_log(), to.join("manager.log")));
        for host in self.bed.hosts() {
            drop(std::fs::write(
                to.join(format!("{}-agent.log", host.name())),
                self.panel.agent_log(host),
            ));
            drop(std::fs::copy(
                host.home().join("dockerd.log"),
                to.join(format!("{}-dockerd.log", host.name())),
            ));
        }
    }

    /// A container as the panel shows it.
    pub(crate) async fn container(&self, id: &str) -> Result<api::Container> {
        self.admin().get(&format!("/api/v1/containers/{id}")).await
    }

    /// All containers, page by page.
    pub(crate) async fn containers(&self) -> Result<(Vec<api::Container>, bool)> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let list: api::List<api::Container> = self
                .admin()
                .get(&format!("/api/v1/containers?limit=25{after}"))
                .await
                .context("a page of containers")?;
            all.extend(list.items);
            match list.next {
                Some(next) => after = format!("&after={}", segment(&next)),
                None => return Ok((all, list.complete)),
            }
        }
    }
}

/// One segment of a path or one value of a query: everything but letters and digits is escaped.
pub(crate) fn segment(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

impl promises::World for World {
    fn figures(&mut self) -> Vec<String> {
        std::mem::take(&mut self.figures)
    }

    async fn mend(&mut self) -> Result<()> {
        self.panel.start_manager()?;
        self.panel.ready().await?;
        let nodes: api::List<api::Node> = self.admin().get("/api/v1/nodes").await?;
        for guest in nodes.items.iter().filter(|node| !node.name.starts_with("bed")) {
            self.admin().delete(&format!("/api/v1/nodes/{}", guest.id)).await?;
        }
        let services = self.host(0).docker(["service", "ls", "-q"])?;
        for service in services.lines() {
            self.host(0).docker(["service", "rm", service])?;
        }
        for index in 0..3 {
            let host = self.host(index);
            fault::plug_in(host)?;
            for pid in host.processes("crane-agent").unwrap_or_default() {
                fault::thaw(pid)?;
            }
            if host.docker(["version"]).is_err() {
                host.start_engine()?;
            }
            crane_tests::eventually("the engine is back", std::time::Duration::from_secs(60), || async {
                host.remove_containers(PREFIX)
            })
            .await?;
            if self.panel.node(host).await.is_err() {
                self.panel.install(host).await?;
            }
            self.panel.connected(host).await?;
        }
        Ok(())
    }
}
