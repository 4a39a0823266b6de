//! Containers of the machine's engine.

use crate::world::World;
use anyhow::Result;
use crane_shared::api;
use crane_tests::eventually;
use crane_tests::machine::{IMAGE, PATIENCE};

impl World {
    /// Starts a container that runs `line` in a shell, waits until the panel shows it, and gives its whole id.
    pub(crate) async fn container(&self, name: &str, options: &str, line: &str) -> Result<String> {
        let line = line.replace('\'', r"'\''");
        let run = format!("docker run -d --name {name} --stop-timeout 1 {options} {IMAGE} sh -c '{line}'");
        let id = self.machine.shell(&run)?;
        eventually("the container is seen", PATIENCE, || async {
            let shown: Result<api::Container> = self.admin().get(&format!("/api/v1/containers/{id}")).await;
            shown.map(drop)
        })
        .await?;
        // An engine that has just been too slow for the agent is asked nothing.
        self.connected().await?;
        Ok(id)
    }

    /// Removes containers that a promise made.
    pub(crate) fn remove(&self, names: &[&str]) -> Result<()> {
        self.machine
            .shell(&format!("docker rm -f {}", names.join(" ")))
            .map(drop)
    }

    /// Command lines in a container, sorted.
    pub(crate) fn processes(&self, name: &str) -> Result<Vec<String>> {
        let text = self.machine.shell(&format!("docker top {name} -eo pid,args"))?;
        let mut lines: Vec<_> = text
            .lines()
            .skip(1)
            .filter_map(|line| Some(line.trim().split_once(' ')?.1.trim().to_owned()))
            .collect();
        lines.sort();
        Ok(lines)
    }
}
