use super::process::Running;
use super::qemu::free_port;
use super::{NAME, OUTSIDE, ROOT};
use crate::client::{Client, Trust};
use crate::{Binaries, eventually};
use anyhow::{Context, Result};
use crane_shared::api;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Who signs in.
pub const EMAIL: &str = "admin@machine.invalid";
/// For this run only: its managers listen on loopback.
pub const PASSWORD: &str = "correct horse battery staple";

/// A manager on the outside, at full speed, that the machine reaches through qemu's network. Dropped, it ends.
#[derive(Debug)]
pub struct OuterManager {
    _process: Running,
    admin: Client,
    port: u16,
}

impl OuterManager {
    /// Starts it on an empty store and makes an API token for its first administrator. The machine's directory must be there.
    ///
    /// # Errors
    /// When it does not come up; its log is in the error.
    pub async fn start(binaries: &Binaries) -> Result<Self> {
        let root = Path::new(ROOT);
        let (data, password) = (root.join("manager"), root.join("password"));
        fs::write(&password, format!("{PASSWORD}\n"))?;
        fs::set_permissions(&password, fs::Permissions::from_mode(0o600))?;
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        let process = Running::start(&binaries.manager, |command| {
            command
                .arg("serve")
                .arg("--data")
                .arg(&data)
                .args(["--listen", &address, "--advertise", &format!("{OUTSIDE}:{port}")])
                .arg("--agent-binary")
                .arg(&binaries.agent)
                .args(["--admin-email", EMAIL])
                .arg("--admin-password-file")
                .arg(&password);
        })?;
        let nobody = Client::new(&address, Trust::default())?;
        ready(&nobody).await.with_context(|| {
            let log = fs::read_to_string(Self::log()).unwrap_or_default();
            log.chars()
                .rev()
                .take(4000)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect::<String>()
        })?;
        Ok(Self {
            _process: process,
            port,
            admin: with_token(&nobody.sign_in(EMAIL, PASSWORD).await?).await?,
        })
    }

    /// Everything it has printed.
    #[must_use]
    pub fn log() -> PathBuf {
        Path::new(ROOT).join("crane-manager.log")
    }

    /// What the machine dials.
    #[must_use]
    pub fn outside_address(&self) -> String {
        format!("{OUTSIDE}:{}", self.port)
    }

    /// The administrator's client.
    #[must_use]
    pub fn admin(&self) -> &Client {
        &self.admin
    }

    /// A line that joins the machine, as the panel shows it.
    ///
    /// # Errors
    /// When the manager refuses.
    pub async fn line(&self) -> Result<api::NewJoinToken> {
        let wish = api::JoinTokenWish {
            minutes: Some(60),
            hostname: Some(NAME.to_owned()),
        };
        self.admin.post("/api/v1/join-tokens", &wish).await
    }
}

/// Waits until a manager says it is ready.
pub(super) async fn ready(anyone: &Client) -> Result<()> {
    eventually("the manager is ready", Duration::from_secs(60), || async {
        let answer = anyone.nobody().send(http::Method::GET, "/readyz", None).await?;
        answer.ok().map(drop)
    })
    .await
}

/// The same administrator with an API token instead of a browser's cookie.
async fn with_token(browser: &Client) -> Result<Client> {
    let wish = api::ApiTokenWish {
        name: "machine".to_owned(),
        role: api::Authorization::Admin,
        days: Some(1),
    };
    let token: api::NewApiToken = browser.post("/api/v1/tokens", &wish).await?;
    browser.nobody().with_token(&token.secret)
}
