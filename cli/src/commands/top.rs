//! `crane top`: live figures of containers, newest picture on top of the last one.

use crate::args::{Format, TopArgs, TopSort};
use crate::client::Client;
use crate::output::{self, bytes};
use crate::sse::Events;
use crane_shared::api::{LiveContainer, LiveFrame};
use crossterm::{cursor, execute, terminal};
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};

/// Takes the whole screen until dropped.
struct Screen;

impl Screen {
    fn enter() -> std::io::Result<Self> {
        execute!(std::io::stdout(), terminal::EnterAlternateScreen, cursor::Hide)?;
        Ok(Self)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        drop(execute!(
            std::io::stdout(),
            cursor::Show,
            terminal::LeaveAlternateScreen
        ));
    }
}

pub(super) async fn run(client: &Client, format: Format, wish: TopArgs) -> anyhow::Result<u8> {
    let mut query: Vec<(&str, &str)> = wish
        .containers
        .iter()
        .map(|name| ("container", name.as_str()))
        .collect();
    if let Some(node) = &wish.node {
        query.push(("node", node));
    }
    let response = client
        .call(reqwest::Method::GET, "/api/v1/stats", &query, None::<&()>)
        .await?;
    let mut events = Events::new(response);
    if format == Format::Json {
        while let Some(frame) = events.next::<LiveFrame>().await? {
            output::line(&serde_json::to_string(&frame)?)?;
            if wish.no_stream {
                break;
            }
        }
        return Ok(0);
    }
    let live = !wish.no_stream && std::io::stdout().is_terminal();
    let screen = if live { Some(Screen::enter()?) } else { None };
    let ended = tokio::select! {
        ended = watch(&mut events, &wish, live) => ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    drop(screen);
    ended.map(|()| 0)
}

async fn watch(events: &mut Events, wish: &TopArgs, live: bool) -> anyhow::Result<()> {
    let mut frames: BTreeMap<String, LiveFrame> = BTreeMap::new();
    // Every node sends its own frame; one picture needs what arrives within a second or so.
    let settle = std::time::Duration::from_millis(1200);
    let deadline = tokio::time::Instant::now() + settle;
    loop {
        let next = if live {
            events.next::<LiveFrame>().await?
        } else {
            match tokio::time::timeout_at(deadline + settle * u32::from(frames.is_empty()) * 8, events.next()).await {
                Ok(next) => next?,
                Err(_) => None,
            }
        };
        let Some(frame) = next else { break };
        frames.insert(frame.node_id.clone(), frame);
        if live {
            draw(&frames, wish.sort)?;
        }
    }
    anyhow::ensure!(!frames.is_empty(), "no node sent figures; see `crane node ls`");
    if !live {
        output::line(&picture(&frames, wish.sort, usize::MAX))?;
    }
    Ok(())
}

fn draw(frames: &BTreeMap<String, LiveFrame>, sort: TopSort) -> std::io::Result<()> {
    let rows = usize::from(terminal::size().map_or(24, |(_, rows)| rows));
    let mut out = std::io::stdout().lock();
    execute!(out, cursor::MoveTo(0, 0))?;
    let text = picture(frames, sort, rows.saturating_sub(3));
    for line in text.lines() {
        write!(out, "{line}")?;
        execute!(out, terminal::Clear(terminal::ClearType::UntilNewLine))?;
        write!(out, "\r\n")?;
    }
    execute!(out, terminal::Clear(terminal::ClearType::FromCursorDown))?;
    out.flush()
}

fn picture(frames: &BTreeMap<String, LiveFrame>, sort: TopSort, most: usize) -> String {
    let mut all: Vec<(&str, &LiveContainer)> = frames
        .values()
        .flat_map(|frame| frame.containers.iter().map(|c| (frame.node.as_str(), c)))
        .collect();
    let down = |value: u64| std::cmp::Reverse(value);
    match sort {
        TopSort::Cpu => all.sort_by(|(_, a), (_, b)| b.cpu.total_cmp(&a.cpu)),
        TopSort::Memory => all.sort_by_key(|(_, c)| down(c.memory)),
        TopSort::Net => all.sort_by_key(|(_, c)| down(c.rx.saturating_add(c.tx))),
        TopSort::Disk => all.sort_by_key(|(_, c)| down(c.read.saturating_add(c.write))),
        TopSort::Name => all.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name)),
    }
    let total = all.len();
    let rows = all.into_iter().take(most).map(|(node, c)| {
        vec![
            c.name.clone(),
            node.to_owned(),
            format!("{:.2}%", c.cpu),
            format!("{} / {}", bytes(c.memory), bytes(c.memory_limit)),
            format!("{}/s ↓ {}/s ↑", bytes(c.rx), bytes(c.tx)),
            format!("{}/s r {}/s w", bytes(c.read), bytes(c.write)),
            c.pids.to_string(),
        ]
    });
    let table = output::table(
        &["NAME", "NODE", "CPU", "MEMORY", "NETWORK", "DISK", "PIDS"],
        &[2, 3, 4, 5, 6],
        rows.collect(),
    );
    let busy: f64 = frames.values().flat_map(|frame| &frame.containers).map(|c| c.cpu).sum();
    format!(
        "{} on {}, {:.2} cores busy\n\n{table}",
        counted(total, "container"),
        counted(frames.len(), "node"),
        busy / 100.0
    )
}

fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
