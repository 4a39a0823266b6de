//! `crane logs`: every line once and in order, also when the manager or the agent went away in between.

use crate::args::{Format, LogsArgs};
use crate::client::{ApiError, Client};
use crate::{output, socket};
use anyhow::Context as _;
use crane_shared::api::LogMessage;
use crane_shared::backoff::Backoff;
use futures_util::{SinkExt as _, StreamExt as _};
use std::io::Write as _;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// How a socket ended.
enum Ended {
    /// The log is over.
    Log,
    /// The way to the manager broke; go on behind the cursor.
    Cut(String),
}

pub(super) async fn run(client: &Client, format: Format, wish: LogsArgs) -> anyhow::Result<u8> {
    let mut cursor: Option<String> = None;
    let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(10));
    let mut told = false;
    loop {
        let path = path(&wish, cursor.as_deref())?;
        let ended = match socket::open(client, &path).await {
            Ok(socket) => {
                if told {
                    output::note("crane: back; going on behind the last line");
                    told = false;
                }
                show(socket, format, &wish, &mut cursor, &mut backoff).await?
            }
            // Before the first line a manager that can't be reached is an answer; later it is a pause.
            Err(err) if cursor.is_none() => return Err(err),
            Err(err) => match err.downcast_ref::<ApiError>() {
                Some(ApiError::Refused(problem)) if problem.status < 500 => return Err(err),
                _ => Ended::Cut(err.to_string()),
            },
        };
        match ended {
            Ended::Log => return Ok(0),
            Ended::Cut(why) => {
                if !told {
                    output::note(&format!("crane: the way to the manager broke ({why}); trying again"));
                    told = true;
                }
                tokio::time::sleep(backoff.next(fastrand::f64())).await;
            }
        }
    }
}

async fn show(
    mut socket: socket::Socket,
    format: Format,
    wish: &LogsArgs,
    cursor: &mut Option<String>,
    backoff: &mut Backoff,
) -> anyhow::Result<Ended> {
    loop {
        let message = match socket.next().await {
            Some(Ok(message)) => message,
            Some(Err(err)) => return Ok(Ended::Cut(err.to_string())),
            None => return Ok(Ended::Cut("closed".into())),
        };
        let text = match message {
            Message::Text(text) => text,
            Message::Close(frame) => {
                return Ok(Ended::Cut(
                    frame.map_or_else(|| "closed".into(), |frame| frame.reason.to_string()),
                ));
            }
            Message::Ping(payload) => {
                drop(socket.send(Message::Pong(payload)).await);
                continue;
            }
            _ => continue,
        };
        let message: LogMessage = serde_json::from_str(&text).context("the manager's answer can't be read")?;
        print(&message, format, wish.timestamps)?;
        match message {
            LogMessage::Lines { cursor: after, .. } => {
                *cursor = Some(after);
                backoff.reset();
            }
            LogMessage::End(_) => return Ok(Ended::Log),
            _ => {}
        }
    }
}

fn print(message: &LogMessage, format: Format, timestamps: bool) -> anyhow::Result<()> {
    if format == Format::Json {
        return Ok(output::line(&serde_json::to_string(message)?)?);
    }
    match message {
        LogMessage::Lines { rows, .. } => {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            let mut err = std::io::stderr().lock();
            for row in rows {
                let cut = if row.cut { " …(cut)" } else { "" };
                let time = if timestamps {
                    format!("{} ", row.at)
                } else {
                    String::new()
                };
                if row.source == "stderr" {
                    out.flush()?;
                    writeln!(err, "{time}{}{cut}", row.text)?;
                } else {
                    writeln!(out, "{time}{}{cut}", row.text)?;
                }
            }
            out.flush()?;
        }
        LogMessage::Gap(hole) => {
            let more = if hole.exact { "" } else { "at least " };
            let between = match (&hole.after, &hole.before) {
                (Some(after), Some(before)) => format!(" between {after} and {before}"),
                _ => String::new(),
            };
            output::note(&format!(
                "crane: {more}{} lost{between}: {}",
                output::bytes(hole.bytes),
                hole.why
            ));
        }
        LogMessage::Waiting { node } => output::note(&format!("crane: node {node} is away; waiting")),
        LogMessage::CaughtUp | LogMessage::End(_) => {}
    }
    Ok(())
}

fn path(wish: &LogsArgs, cursor: Option<&str>) -> anyhow::Result<String> {
    let mut path = format!(
        "/api/v1/containers/{}/logs?follow={}",
        super::segment(&wish.container),
        wish.follow
    );
    if let Some(cursor) = cursor {
        return Ok(format!("{path}&after={}", super::segment(cursor)));
    }
    if let Some(since) = &wish.since {
        path.push_str(&format!(
            "&since={}",
            super::segment(&moment(since, jiff::Timestamp::now())?)
        ));
    }
    if wish.tail != "all" {
        let lines: u32 = wish.tail.parse().context("--tail takes a number or \"all\"")?;
        path.push_str(&format!("&tail={lines}"));
    }
    Ok(path)
}

/// A moment as RFC 3339: given so, or as a span back from `now`.
fn moment(text: &str, now: jiff::Timestamp) -> anyhow::Result<String> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(at.to_string());
    }
    let hint = "--since takes RFC 3339 or a span such as 10m, 2h, 1d";
    let unit = text.chars().last().context(hint)?;
    let count: i64 = text
        .get(..text.len() - unit.len_utf8())
        .unwrap_or_default()
        .parse()
        .context(hint)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => anyhow::bail!(hint),
    };
    let at = now.as_second().saturating_sub(count.saturating_mul(seconds));
    Ok(jiff::Timestamp::from_second(at).context(hint)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn a_span_counts_back_from_now() {
        let now: jiff::Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        assert_eq!(moment("10m", now).unwrap(), "2026-11-20T11:50:00Z");
        assert_eq!(moment("2026-01-01T00:00:00Z", now).unwrap(), "2026-01-01T00:00:00Z");
        for bad in ["", "m", "10", "10y", "soon", "é"] {
            assert!(moment(bad, now).is_err(), "{bad:?}");
        }
    }
}
