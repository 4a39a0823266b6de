//! A terminal as a browser has one.

use crate::world::World;
use anyhow::{Result, bail};
use crane_shared::api::{ExecControl, ExecStatus};
use crane_tests::client::{Socket, Word};
use crane_tests::machine::PATIENCE;

pub(crate) struct Terminal {
    socket: Socket,
    /// What the screen has shown and nobody has looked at yet.
    screen: String,
    ended: Option<ExecStatus>,
}

impl Terminal {
    pub(crate) async fn open(world: &World, id: &str, command: &[&str], tty: bool, user: &str) -> Result<Self> {
        let mut socket = world.admin().socket(&format!("/api/v1/containers/{id}/exec")).await?;
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
            screen: String::new(),
            ended: None,
        })
    }

    pub(crate) async fn keys(&mut self, keys: &str) -> Result<()> {
        self.socket.bytes(keys.as_bytes()).await
    }

    /// Reads until the screen has shown `text`; gives what came before its end, and forgets it.
    pub(crate) async fn shows(&mut self, text: &str) -> Result<String> {
        let reading = async {
            loop {
                if let Some(at) = self.screen.find(text) {
                    let rest = self.screen.split_off(at + text.len());
                    return Ok(std::mem::replace(&mut self.screen, rest));
                }
                self.read().await?;
            }
        };
        match tokio::time::timeout(PATIENCE, reading).await {
            Ok(shown) => shown,
            Err(_) => bail!("the screen never showed {text:?}, but {:?}", self.screen),
        }
    }

    /// Its exit code.
    pub(crate) async fn exits(&mut self) -> Result<i64> {
        let reading = async {
            loop {
                match &self.ended {
                    Some(ExecStatus::Exited { code }) => return Ok(*code),
                    Some(ExecStatus::Failed { problem }) => bail!("it failed: {problem:?}"),
                    Some(ExecStatus::Started) | None => self.read().await?,
                }
            }
        };
        match tokio::time::timeout(PATIENCE, reading).await {
            Ok(code) => code,
            Err(_) => bail!("it never ended; the screen shows {:?}", self.screen),
        }
    }

    async fn read(&mut self) -> Result<()> {
        match self.socket.hear().await {
            // The first byte says which stream it is.
            Word::Binary(bytes) => self
                .screen
                .push_str(&String::from_utf8_lossy(bytes.get(1..).unwrap_or_default())),
            Word::Text(text) => match serde_json::from_str(&text)? {
                ExecStatus::Started => {}
                end => self.ended = Some(end),
            },
            Word::Closed(code) => bail!("closed with {code}; the screen shows {:?}", self.screen),
        }
        Ok(())
    }
}
