//! The back door on the manager's own machine: a Unix socket in the data directory, for its owner alone.
//!
//! Who can open it can read the manager's keys beside it, so it asks for no password. It exists because the
//! database has one user at a time: `crane-manager backup` and `join-command` ask the manager that runs. One
//! line of JSON in, one line of JSON out; what is done here is in the audit record like everything else.

use crate::access::Access;
use crate::audit::{Audit, Entry, Outcome};
use crate::backup;
use crate::enrolment::Registry;
use crate::http::About;
use crate::store::Store;
use crane_shared::api::{JoinTokenWish, NewJoinToken};
use crane_shared::tasks::Tasks;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// Name of the socket in the data directory.
const SOCKET: &str = "control.sock";
/// Longest line, in bytes.
const LINE: u64 = 64 * 1024;
/// Conversations at a time.
const AT_ONCE: usize = 4;
/// A line that has not come by then will not come.
const FIRST_WORD: Duration = Duration::from_secs(5);

/// What can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    JoinToken(JoinTokenWish),
    Backup {
        to: PathBuf,
    },
    /// The link to the dashboard, with a set-up code that holds while there is no administrator.
    Link,
}

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    JoinToken(Box<NewJoinToken>),
    Link { link: String },
    Done,
    Failed { why: String },
}

/// What the back door may call.
#[derive(Debug)]
pub struct Control {
    pub data: PathBuf,
    pub store: Store,
    pub access: Access,
    pub registry: Registry,
    pub audit: Audit,
    pub about: About,
}

impl Control {
    /// Opens the socket and answers until the process stops.
    ///
    /// # Errors
    /// When the socket can't be made.
    pub fn start(self, tasks: &Tasks) -> std::io::Result<()> {
        let path = self.data.join(SOCKET);
        // The database is ours by now, so a socket that is there was left by a manager that died.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        // The directory keeps others out already while this is not done yet.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        tasks.spawn("control socket", accept(listener, Arc::new(self), tasks.clone()));
        Ok(())
    }

    async fn answer(&self, ask: Ask) -> Reply {
        let outcome = match ask {
            Ask::JoinToken(wish) => self.join_token(&wish).await,
            Ask::Backup { to } => self.backup(&to).await,
            Ask::Link => self.link(),
        };
        outcome.unwrap_or_else(|why| Reply::Failed { why })
    }

    async fn join_token(&self, wish: &JoinTokenWish) -> Result<Reply, String> {
        let (token, secret) = self
            .registry
            .make_join_token(wish)
            .await
            .map_err(|error| error.to_string())?;
        self.note(
            "join-token.make",
            format!("join token {}", token.id),
            format!("until {}", token.expires),
        )
        .await?;
        let command = self.about.join_command(secret.expose());
        Ok(Reply::JoinToken(Box::new(NewJoinToken {
            token,
            secret: secret.expose().clone(),
            command,
        })))
    }

    fn link(&self) -> Result<Reply, String> {
        let link = self
            .access
            .setup_link(|code| self.about.link(&format!("/setup#{code}")));
        let link = link.map_err(|error| error.to_string())?;
        Ok(Reply::Link {
            link: link.map_or_else(|| self.about.link("/"), |link| link.expose().clone()),
        })
    }

    async fn backup(&self, to: &Path) -> Result<Reply, String> {
        self.note("manager.backup", format!("to {}", to.display()), String::new())
            .await?;
        let (store, data, to) = (self.store.clone(), self.data.clone(), to.to_owned());
        let work = tokio::task::spawn_blocking(move || backup::backup(&store, &data, &to));
        work.await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())?;
        Ok(Reply::Done)
    }

    async fn note(&self, action: &'static str, target: String, detail: String) -> Result<(), String> {
        let entry = Entry {
            actor: "owner of the manager's machine".to_owned(),
            from: "control socket".to_owned(),
            action,
            target,
            outcome: Outcome::Done,
            detail,
        };
        self.audit
            .record(entry)
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }
}

async fn accept(listener: UnixListener, control: Arc<Control>, tasks: Tasks) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "control connection not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let control = Arc::clone(&control);
        tasks.spawn("control connection", async move {
            if let Err(error) = converse(stream, &control).await {
                tracing::debug!(%error, "control connection broke");
            }
            drop(place);
        });
    }
}

async fn converse(stream: UnixStream, control: &Control) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(LINE));
    tokio::time::timeout(FIRST_WORD, read.read_line(&mut line)).await??;
    let reply = match serde_json::from_str(&line) {
        Ok(ask) => control.answer(ask).await,
        Err(error) => Reply::Failed {
            why: format!("this can't be understood: {error}"),
        },
    };
    write.write_all(&to_line(&reply)?).await
}

/// Asks the manager that runs on `data`.
///
/// # Errors
/// When none runs there, or it is not ours to ask.
pub async fn ask(data: &Path, ask: &Ask) -> std::io::Result<Reply> {
    let (read, mut write) = UnixStream::connect(data.join(SOCKET)).await?.into_split();
    write.write_all(&to_line(ask)?).await?;
    let mut line = String::new();
    BufReader::new(read.take(LINE)).read_line(&mut line).await?;
    Ok(serde_json::from_str(&line)?)
}

fn to_line(value: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}
