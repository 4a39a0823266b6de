//! `crane exec`: a program in a container, with our terminal as its terminal.

use super::keyboard::{self, Raw};
use crate::args::ExecArgs;
use crate::client::{ApiError, Client};
use crate::socket;
use anyhow::Context as _;
use crane_shared::api::{ExecControl, ExecStatus};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use std::io::IsTerminal as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_tungstenite::tungstenite::Message;

type Up = SplitSink<socket::Socket, Message>;

pub(super) async fn run(client: &Client, wish: ExecArgs) -> anyhow::Result<u8> {
    anyhow::ensure!(
        !wish.tty || std::io::stdin().is_terminal(),
        "-t needs a terminal; leave it out in scripts"
    );
    let path = format!("/api/v1/containers/{}/exec", super::segment(&wish.container));
    let (mut up, mut down) = socket::open(client, &path).await?.split();
    let (columns, rows) = keyboard::size();
    let start = ExecControl::Start {
        command: wish.command,
        tty: wish.tty,
        user: wish.user,
        env: wish.env,
        working_dir: wish.workdir,
        columns,
        rows,
    };
    control(&mut up, &start).await?;
    let raw = if wish.tty { Some(Raw::enter()?) } else { None };
    let sending = async {
        if wish.interactive {
            feed(&mut up, wish.tty).await
        } else {
            control(&mut up, &ExecControl::End).await?;
            std::future::pending().await
        }
    };
    // Two directions, two loops: when one ends the conversation is over.
    let code = tokio::select! {
        code = show(&mut down) => code,
        broken = sending => Err(broken.err().unwrap_or_else(|| anyhow::anyhow!("the way to the manager broke"))),
    };
    drop(raw);
    // The shell is gone already; a socket that can't be closed politely is closed by the end of the process.
    drop(up.close().await);
    code
}

/// Keys and window sizes go up, until the manager goes away.
async fn feed(up: &mut Up, tty: bool) -> anyhow::Result<()> {
    let mut keys = keyboard::input();
    let mut resized = signal(SignalKind::window_change())?;
    let mut open = true;
    loop {
        tokio::select! {
            piece = keys.recv(), if open => match piece {
                Some(bytes) => up.send(Message::Binary(bytes.into())).await?,
                None => {
                    open = false;
                    control(up, &ExecControl::End).await?;
                }
            },
            _ = resized.recv(), if tty => {
                let (columns, rows) = keyboard::size();
                control(up, &ExecControl::Resize { columns, rows }).await?;
            }
            else => std::future::pending().await,
        }
    }
}

/// The screen comes down, until the program ends.
async fn show(down: &mut SplitStream<socket::Socket>) -> anyhow::Result<u8> {
    while let Some(message) = down.next().await {
        match message.context("the way to the manager broke")? {
            Message::Binary(bytes) => match bytes.split_first() {
                Some((2, text)) => write(&mut std::io::stderr().lock(), text)?,
                Some((_, text)) => write(&mut std::io::stdout().lock(), text)?,
                None => {}
            },
            Message::Text(text) => match serde_json::from_str(&text).context("the manager's answer can't be read")? {
                ExecStatus::Started => {}
                // Shells speak of codes above 255 modulo 256.
                ExecStatus::Exited { code } => return Ok(u8::try_from(code.rem_euclid(256)).unwrap_or(1)),
                ExecStatus::Failed { problem } => return Err(ApiError::Refused(problem).into()),
            },
            Message::Close(_) => break,
            _ => {}
        }
    }
    anyhow::bail!("the connection closed before the program ended")
}

fn write(out: &mut impl std::io::Write, text: &[u8]) -> std::io::Result<()> {
    out.write_all(text)?;
    out.flush()
}

async fn control(up: &mut Up, control: &ExecControl) -> anyhow::Result<()> {
    Ok(up.send(Message::Text(serde_json::to_string(control)?.into())).await?)
}
