//! Crane on a bed: one manager behind the bridge's address, an agent on every host, installed with the line that the
//! manager itself hands out, and the command line client.

mod binaries;
mod process;

pub use binaries::Binaries;

use crate::bed::{BRIDGE_ADDRESS, Bed};
use crate::client::{Client, Trust};
use crate::eventually::eventually;
use crate::{Host, fault};
use anyhow::{Context, Result, bail};
use crane_shared::api;
use process::Running;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Who signs in.
pub const EMAIL: &str = "admin@bed.invalid";
/// For this bed only: its manager listens on a bridge that no other machine can reach.
pub const PASSWORD: &str = "correct horse battery staple";

/// Not 7443: on a machine where `make up` has run, that is taken on every address.
const PORT: u16 = 17443;

/// The manager with its agents. Dropped, the manager ends; the agents end with the bed.
#[derive(Debug)]
pub struct Panel {
    binaries: Binaries,
    data: PathBuf,
    /// Where CLI calls keep their configuration.
    home: PathBuf,
    manager: Option<Running>,
    /// An administrator with an API token.
    admin: Client,
    token: String,
    /// The same administrator, signed in.
    browser: Client,
}

impl Panel {
    /// Starts a manager on an empty store, signs in as its first administrator and makes an API token.
    ///
    /// # Errors
    /// When the manager does not come up; its log is in the error.
    pub async fn start(bed: &Bed, binaries: Binaries) -> Result<Self> {
        let data = bed.directory("manager")?;
        let home = bed.directory("home")?;
        std::fs::write(home.join("password"), format!("{PASSWORD}\n"))?;
        restrict(&home.join("password"))?;
        let client = Client::new(&format!("{BRIDGE_ADDRESS}:{PORT}"), Trust::default())?;
        let mut panel = Self {
            browser: client.clone(),
            binaries,
            data,
            home,
            manager: None,
            admin: client,
            token: String::new(),
        };
        panel.start_manager()?;
        panel.ready().await?;
        panel.browser = panel.admin.sign_in(EMAIL, PASSWORD).await?;
        let wish = api::ApiTokenWish {
            name: "bed".to_owned(),
            role: api::Authorization::Admin,
            days: Some(1),
        };
        let token: api::NewApiToken = panel.browser.post("/api/v1/tokens", &wish).await?;
        panel.admin = panel.admin.nobody().with_token(&token.secret)?;
        panel.token = token.secret;
        Ok(panel)
    }

    /// Starts the manager on the store there is. Does nothing when it runs.
    ///
    /// # Errors
    /// When it can't be started; whether it answers is another question, see [`Panel::ready`].
    pub fn start_manager(&mut self) -> Result<()> {
        if self.manager.is_some() {
            return Ok(());
        }
        let mut command = Command::new(&self.binaries.manager);
        command
            .arg("serve")
            .arg("--data")
            .arg(&self.data)
            .args(["--listen", &format!("{BRIDGE_ADDRESS}:{PORT}")])
            .args(["--advertise", &format!("{BRIDGE_ADDRESS}:{PORT}")])
            .arg("--agent-binary")
            .arg(&self.binaries.agent)
            .args(["--admin-email", EMAIL])
            .arg("--admin-password-file")
            .arg(self.home.join("password"));
        self.manager = Some(Running::start(command, &self.manager_log())?);
        Ok(())
    }

    /// Waits until the manager says it is ready.
    ///
    /// # Errors
    /// When it does not; the end of its log is in the error.
    pub async fn ready(&self) -> Result<()> {
        let anyone = self.admin.nobody();
        eventually("the manager is ready", Duration::from_secs(60), || async {
            let answer = anyone.send(http::Method::GET, "/readyz", None).await?;
            answer.ok().map(drop)
        })
        .await
        .with_context(|| process::tail(&self.manager_log()))
    }

    /// Process id of the manager.
    ///
    /// # Errors
    /// When it was not started.
    pub fn manager_pid(&self) -> Result<i32> {
        self.manager
            .as_ref()
            .map(Running::pid)
            .context("the manager is not running")
    }

    /// `kill -9` for the manager.
    ///
    /// # Errors
    /// When it was not running.
    pub fn kill_manager(&mut self) -> Result<()> {
        self.manager.take().context("the manager is not running")?.kill()
    }

    /// SIGTERM for the manager; waits for its end.
    ///
    /// # Errors
    /// When it does not end within half a minute.
    pub fn stop_manager(&mut self) -> Result<()> {
        self.manager.take().context("the manager is not running")?.stop()
    }

    /// Everything the manager has printed.
    #[must_use]
    pub fn manager_log(&self) -> PathBuf {
        self.home.join("manager.log")
    }

    /// The store's directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The programs under test.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The administrator's client.
    #[must_use]
    pub fn admin(&self) -> &Client {
        &self.admin
    }

    /// The administrator as someone who signed in: what a program may not do, such as making API tokens, a person may.
    #[must_use]
    pub fn browser(&self) -> &Client {
        &self.browser
    }

    /// The administrator's API token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// `https://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.admin.address())
    }

    /// Installs the agent on a host with the line that a user would paste, and waits until the host is connected.
    ///
    /// # Errors
    /// When the line fails, or the host does not appear.
    pub async fn join(&self, host: &Host) -> Result<api::Node> {
        self.install(host).await?;
        self.connected(host).await
    }

    /// Runs the install line on a host.
    ///
    /// # Errors
    /// When it fails; says what it printed.
    pub async fn install(&self, host: &Host) -> Result<()> {
        let wish = api::JoinTokenWish {
            minutes: None,
            hostname: Some(host.name()),
        };
        let token: api::NewJoinToken = self.admin.post("/api/v1/join-tokens", &wish).await?;
        // Where there is no sudo, root does not need it.
        let line = format!("command -v sudo >/dev/null || sudo() {{ \"$@\"; }}\n{}", token.command);
        host.shell(&line)
            .with_context(|| format!("the install line failed on {}", host.name()))
            .map(drop)
    }

    /// Waits until a host's agent is connected and has told what it holds.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn connected(&self, host: &Host) -> Result<api::Node> {
        let what = format!("{} is connected", host.name());
        eventually(&what, Duration::from_secs(60), || async {
            let node = self.node(host).await?;
            if node.connected && node.engine_ok {
                Ok(node)
            } else {
                bail!("{} is {node:?}", host.name())
            }
        })
        .await
        .with_context(|| self.agent_log(host))
    }

    /// What the manager knows of a host.
    ///
    /// # Errors
    /// When it knows nothing.
    pub async fn node(&self, host: &Host) -> Result<api::Node> {
        self.admin.get(&format!("/api/v1/nodes/{}", host.name())).await
    }

    /// Process ids of the agent on a host.
    ///
    /// # Errors
    /// When there is none.
    pub fn agents(&self, host: &Host) -> Result<Vec<i32>> {
        let pids = host.processes("crane-agent")?;
        if pids.is_empty() {
            bail!("no agent runs on {}", host.name());
        }
        Ok(pids)
    }

    /// `kill -9` for the agent on a host. Whoever supervises it is left to do its work.
    ///
    /// # Errors
    /// When there is none.
    pub fn kill_agent(&self, host: &Host) -> Result<()> {
        self.agents(host)?.into_iter().try_for_each(fault::kill_hard)
    }

    /// The end of what the agent on a host has printed, for error messages.
    #[must_use]
    pub fn agent_log(&self, host: &Host) -> String {
        host.shell("tail -n 30 /var/log/crane-agent.log /var/lib/crane-agent/*.log 2>/dev/null; true")
            .unwrap_or_else(|why| format!("{why:#}"))
    }

    /// Leaves the manager running when this value is dropped; `bed down` ends it.
    pub fn keep(mut self) {
        if let Some(manager) = self.manager.take() {
            manager.leave();
        }
    }

    /// The command line client as the administrator, not yet started.
    #[must_use]
    pub fn cli(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binaries.cli);
        command
            .args(arguments)
            .env("HOME", &self.home)
            .env("XDG_CONFIG_HOME", self.home.join("config"))
            .env("CRANE_SERVER", self.url())
            .env("CRANE_TOKEN", &self.token)
            .env("CRANE_PIN", self.admin.pin().unwrap_or_default())
            .env(crate::bed::MARK, "cli");
        command
    }
}

/// Only root may read it, as the manager asks of a password file.
fn restrict(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?)
}
