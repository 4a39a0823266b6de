//! The machine as each promise finds it: booted, joined to a manager on the outside.

use anyhow::{Context, Result, ensure};
use crane_shared::api;
use crane_tests::machine::{Machine, NAME, OuterManager, PATIENCE};
use crane_tests::run::run;
use crane_tests::{Binaries, Client, eventually, promises};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The clone: its scripts go into the machine.
const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

pub(crate) struct World {
    // Dropped in this order: the manager first, then the machine.
    pub(crate) manager: OuterManager,
    pub(crate) machine: Machine,
    /// The line that joined it, with its token.
    pub(crate) line: api::NewJoinToken,
    /// What that line printed.
    pub(crate) said: String,
    figures: Vec<String>,
}

impl World {
    pub(crate) async fn begin(bin_dir: Option<PathBuf>) -> Result<Self> {
        let binaries = Binaries::find(bin_dir.as_deref())?;
        let machine = Machine::boot(|scratch| programs(&binaries, scratch))?;
        let manager = OuterManager::start(&binaries).await?;
        let line = manager.line().await?;
        let mut world = Self {
            said: String::new(),
            manager,
            machine,
            line,
            figures: Vec::new(),
        };
        world.said = world.machine.shell(&format!("{{ {}; }} 2>&1", world.line.command))?;
        if let Err(why) = world.connected().await {
            world.keep_evidence();
            return Err(why);
        }
        Ok(world)
    }

    /// The administrator's client.
    pub(crate) fn admin(&self) -> &Client {
        self.manager.admin()
    }

    /// Waits until the panel has the machine and its engine.
    pub(crate) async fn connected(&self) -> Result<api::Node> {
        connected(self.admin()).await
    }

    /// What the doctor finds: the question goes to the agent and comes back, so an agent that answers it is there.
    pub(crate) async fn doctor(&self) -> Result<Vec<api::Finding>> {
        let path = format!("/api/v1/nodes/{NAME}/doctor");
        let list: api::List<api::Finding> = self.admin().get(&path).await?;
        Ok(list.items)
    }

    /// Properties of a unit, as `systemctl show` prints them.
    pub(crate) fn show(&self, unit: &str) -> Result<BTreeMap<String, String>> {
        let text = self.machine.shell(&format!("systemctl show --all {unit}"))?;
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The main process of a unit that runs.
    pub(crate) fn pid(&self, unit: &str) -> Result<u32> {
        let text = self
            .machine
            .shell(&format!("systemctl show -p MainPID --value {unit}"))?;
        let pid = text.trim().parse()?;
        ensure!(pid != 0, "{unit} has no process");
        Ok(pid)
    }

    /// Checks what systemd says of a unit.
    pub(crate) fn expect(&self, unit: &str, wanted: &[(&str, &str)]) -> Result<()> {
        let shown = self.show(unit)?;
        for (name, value) in wanted {
            let seen = shown.get(*name).with_context(|| format!("systemd knows no {name}"))?;
            ensure!(seen == value, "{unit}: {name} is {seen:?} and should be {value:?}");
        }
        Ok(())
    }

    /// The last line of `systemd-analyze security`.
    pub(crate) fn exposure(&self, unit: &str) -> Result<String> {
        let text = self
            .machine
            .shell(&format!("systemd-analyze security --no-pager {unit}.service"))?;
        let last = text.lines().last().context("systemd-analyze printed nothing")?;
        Ok(last.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned())
    }

    /// Notes something that was seen on the way.
    pub(crate) fn note(&mut self, figure: impl Into<String>) {
        self.figures.push(figure.into());
    }

    /// Copies logs to a place that outlives the machine.
    pub(crate) fn keep_evidence(&self) {
        let to = Path::new("/var/tmp/crane-evidence");
        drop(fs::create_dir_all(to));
        drop(fs::copy(OuterManager::log(), to.join("manager.log")));
        let journal = self.machine.try_shell(
            "journalctl --no-pager -n 2000; systemctl status --no-pager -l crane-agent crane-manager docker",
        );
        let journal = journal.map_or_else(|why| format!("{why:#}").into_bytes(), |said| said.stdout);
        drop(fs::write(to.join("machine-journal.log"), journal));
        drop(fs::write(to.join("machine-console.log"), self.machine.console()));
    }
}

impl promises::World for World {
    fn figures(&mut self) -> Vec<String> {
        std::mem::take(&mut self.figures)
    }

    /// What was left running leaves the next promise little of the machine.
    async fn mend(&mut self) -> Result<()> {
        self.keep_evidence();
        drop(self.machine.try_shell("docker rm -f $(docker ps -aq)"));
        Ok(())
    }
}

/// Waits until the panel behind `admin` has the machine and its engine.
pub(crate) async fn connected(admin: &Client) -> Result<api::Node> {
    eventually("the machine is connected", PATIENCE, || async {
        let node: api::Node = admin.get(&format!("/api/v1/nodes/{NAME}")).await?;
        ensure!(node.connected && node.engine_ok, "it is {node:?}");
        Ok(node)
    })
    .await
}

/// Everything that `make up` needs when nothing is to be installed and built any more: the scripts and the programs.
fn programs(binaries: &Binaries, scratch: &Path) -> Result<PathBuf> {
    let tree = scratch.join("crane");
    let dist = tree.join("target/dist");
    fs::create_dir_all(&dist)?;
    for program in [&binaries.manager, &binaries.agent, &binaries.cli] {
        let name = program.file_name().context("a program without a name")?;
        fs::copy(program, dist.join(name))?;
    }
    let (tree_text, install) = (tree.to_string_lossy(), format!("{PROJECT}/install"));
    run("cp", ["-a", &install, &format!("{PROJECT}/Cargo.lock"), &*tree_text])?;
    // The programs are there; the machine has no compiler, and no network to fetch one.
    for script in ["prerequisites.sh", "build.sh"] {
        fs::write(tree.join("install").join(script), "#!/bin/sh\n")?;
    }
    let archive = scratch.join("programs.tar");
    let archive_text = archive.to_string_lossy();
    run("tar", ["-C", &*tree_text, "-cf", &*archive_text, "."])?;
    fs::remove_dir_all(&tree)?;
    Ok(archive)
}
