use super::{Client, Socket, Word};
use anyhow::{Context, Result, bail, ensure};
use crane_shared::api::{ExecControl, ExecStatus};
use std::time::Duration;

/// A terminal in a container, as a browser has one: 100 columns, 30 rows.
#[derive(Debug)]
pub struct Terminal {
    pub socket: Socket,
    /// How long a shell may think. Generous: it is no measurement.
    patience: Duration,
    /// What the screen has shown and nobody has looked at yet.
    screen: String,
    ended: Option<ExecStatus>,
}

impl Terminal {
    /// Starts `command` as `user`, the container's own when empty.
    ///
    /// # Errors
    /// When the socket can't be opened.
    pub async fn open(
        client: &Client,
        container: &str,
        command: &[&str],
        tty: bool,
        user: &str,
        patience: Duration,
    ) -> Result<Self> {
        let mut socket = client.socket(&format!("/api/v1/containers/{container}/exec")).await?;
        let start = ExecControl::Start {
            command: command.iter().map(|&part| part.to_owned()).collect(),
            tty,
            user: user.to_owned(),
            env: Vec::new(),
            working_dir: String::new(),
            columns: 100,
            rows: 30,
        };
        socket.say(&start).await?;
        Ok(Self {
            socket,
            patience,
            screen: String::new(),
            ended: None,
        })
    }

    /// Types.
    ///
    /// # Errors
    /// When the socket is gone.
    pub async fn keys(&mut self, keys: &str) -> Result<()> {
        self.socket.bytes(keys.as_bytes()).await
    }

    /// Reads until the screen has shown `text`; gives what came before its end, and forgets it.
    ///
    /// # Errors
    /// When it never does.
    pub async fn shows(&mut self, text: &str) -> Result<String> {
        let patience = self.patience;
        let reading = async {
            loop {
                if let Some(at) = self.screen.find(text) {
                    let rest = self.screen.split_off(at + text.len());
                    return Ok(std::mem::replace(&mut self.screen, rest));
                }
                self.read().await?;
            }
        };
        match tokio::time::timeout(patience, reading).await {
            Ok(shown) => shown,
            Err(_) => bail!("the screen never showed {text:?}, but {:?}", self.screen),
        }
    }

    /// Reads until the program has ended; gives its exit code.
    ///
    /// # Errors
    /// When it ends otherwise, or never.
    pub async fn exits(&mut self) -> Result<i64> {
        let patience = self.patience;
        let reading = async {
            loop {
                match &self.ended {
                    Some(ExecStatus::Exited { code }) => return Ok(*code),
                    Some(other) => bail!("it ended with {other:?}"),
                    None => self.read().await?,
                }
            }
        };
        match tokio::time::timeout(patience, reading).await {
            Ok(code) => code,
            Err(_) => bail!("it never ended; the screen shows {:?}", self.screen),
        }
    }

    async fn read(&mut self) -> Result<()> {
        match self.socket.hear().await {
            Word::Binary(bytes) => {
                let (stream, text) = bytes.split_first().context("an empty message")?;
                ensure!(matches!(stream, 1 | 2), "output of stream {stream}");
                self.screen.push_str(&String::from_utf8_lossy(text));
            }
            Word::Text(text) => match serde_json::from_str(&text)? {
                ExecStatus::Started => {}
                end => self.ended = Some(end),
            },
            Word::Closed(code) => bail!("the socket was closed with {code}; the screen shows {:?}", self.screen),
        }
        Ok(())
    }
}
