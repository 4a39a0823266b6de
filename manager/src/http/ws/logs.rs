//! A container's log, to a browser as a socket and to a program as JSON lines.

use super::line::{In, Out, Over, ends, upgrade};
use crate::access::Caller;
use crate::http::Rooms;
use crate::http::api::{at, jsonl, socket_at};
use crate::http::call::Call;
use crate::http::error::{Answer, ApiError};
use crate::http::table::Name;
use crate::logs;
use crane_shared::api::{LogMessage, LogRow};
use crane_shared::protocol::LogStart;
use crane_shared::time::Timestamp;
use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, Peekable};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use warp::Filter as _;
use warp::filters::BoxedFilter;

/// Lines that come within this after the message before become one message: a screen shows 60 pictures a second.
const TOGETHER: Duration = Duration::from_millis(16);
/// A message is sent when its lines have this many bytes.
const FULL: usize = 64 * 1024;
/// Most lines that `tail` may ask for.
const MOST_TAIL: u32 = 1_000_000;

type Source = Peekable<BoxStream<'static, LogMessage>>;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let socket = socket_at(rooms, Name::ContainerLogs).and(warp::ws()).then(socket);
    let stream = at(rooms, Name::ContainerLogs).then(stream);
    socket.or(stream).unify().boxed()
}

async fn socket(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>, ws: warp::ws::Ws) -> Answer {
    let source = open(&rooms, &call, true)?;
    let (house, who) = (Arc::clone(&rooms), caller.clone());
    Ok(upgrade(
        ws,
        &rooms,
        caller,
        Arc::clone(&call.seat),
        "log socket",
        |mut out, mut browser: In| async move {
            tokio::select! {
                over = tell(&mut out, source) => drop(over),
                () = browser.gone() => {}
                () = ends(&house, &who) => {}
            }
            out
        },
    ))
}

async fn stream(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>) -> Answer {
    let mut source = open(&rooms, &call, false)?;
    jsonl(&rooms, caller, "log lines", |pump| async move {
        let mut last = Instant::now();
        while let Some(message) = next(&mut source, last + TOGETHER).await {
            last = Instant::now();
            let Ok(mut line) = serde_json::to_vec(&message) else {
                return;
            };
            line.push(b'\n');
            if !pump.push(Ok(line.into())).await {
                return;
            }
        }
    })
}

/// Passes messages on until the log ends or the browser is gone.
async fn tell(out: &mut Out, mut source: Source) -> Result<(), Over> {
    let mut last = Instant::now();
    loop {
        tokio::select! {
            some = Pin::new(&mut source).peek() => {
                if some.is_none() {
                    return Ok(());
                }
            }
            () = out.ping_due() => {
                out.ping().await?;
                continue;
            }
        }
        let Some(message) = next(&mut source, last + TOGETHER).await else {
            return Ok(());
        };
        out.json(&message).await?;
        last = Instant::now();
    }
}

/// The next message; lines that are there, or come until `until`, are put together. After a quiet moment the
/// first line does not wait at all.
async fn next(source: &mut Source, until: Instant) -> Option<LogMessage> {
    let (mut rows, mut cursor) = match source.next().await? {
        LogMessage::Lines { rows, cursor } => (rows, cursor),
        other => return Some(other),
    };
    let mut size: usize = rows.iter().map(weight).sum();
    while size < FULL {
        let more = timeout_at(
            until,
            Pin::new(&mut *source).next_if(|next| matches!(next, LogMessage::Lines { .. })),
        );
        let Ok(Some(LogMessage::Lines {
            rows: more,
            cursor: further,
        })) = more.await
        else {
            break;
        };
        size += more.iter().map(weight).sum::<usize>();
        rows.extend(more);
        cursor = further;
    }
    Some(LogMessage::Lines { rows, cursor })
}

fn weight(row: &LogRow) -> usize {
    // Time, source and punctuation are about 80 bytes.
    row.text.len() + 80
}

/// Begins where the query says.
fn open(rooms: &Rooms, call: &Call, follow: bool) -> Result<Source, ApiError> {
    let (_, id, _) = rooms.cluster.container(call.id())?;
    let mut query = call.query();
    let tail = query.number("tail", 0..=MOST_TAIL)?;
    let since = query.text("since");
    let after = query.text("after");
    let follow = query.flag("follow")?.unwrap_or(follow);
    query.end()?;
    let start = match (after, since, tail) {
        // A cursor is the most exact, so it wins: a client that reconnects only adds it to what it asked before.
        (Some(cursor), _, _) => LogStart::After(logs::cursor_from_text(&id, &cursor)?),
        (None, Some(since), _) => {
            let at = Timestamp::from_rfc3339(&since);
            let at = at.ok_or_else(|| ApiError::invalid("since", "it must be RFC 3339, e.g. 2026-11-20T12:00:00Z"))?;
            LogStart::Since(at.0.saturating_mul(1_000_000))
        }
        (None, None, Some(lines)) => LogStart::Tail(lines),
        (None, None, None) => LogStart::Beginning,
    };
    Ok(logs::follow(&rooms.agents, &rooms.cluster, &id, start, follow)?.peekable())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crane_shared::api::LogEnd;

    fn lines(texts: &[&str]) -> LogMessage {
        let row = |text: &&str| LogRow {
            at: String::new(),
            source: "stdout".into(),
            text: (*text).to_owned(),
            cut: false,
        };
        LogMessage::Lines {
            rows: texts.iter().map(row).collect(),
            cursor: texts.concat(),
        }
    }

    fn show(message: Option<LogMessage>) -> String {
        match message {
            Some(LogMessage::Lines { rows, cursor }) => {
                let texts: Vec<_> = rows.iter().map(|row| row.text.as_str()).collect();
                format!("{} @{cursor}", texts.join(","))
            }
            other => format!("{other:?}"),
        }
    }

    fn source(messages: Vec<LogMessage>) -> Source {
        futures_util::stream::iter(messages).boxed().peekable()
    }

    #[tokio::test]
    async fn lines_that_are_there_become_one_message_with_the_last_cursor() {
        let end = LogMessage::End(LogEnd { why: "stopped".into() });
        let mut source = source(vec![
            lines(&["a", "b"]),
            lines(&["c"]),
            LogMessage::CaughtUp,
            lines(&["d"]),
            end,
        ]);
        let until = Instant::now() + Duration::from_secs(60);
        assert_eq!(show(next(&mut source, until).await), "a,b,c @c");
        assert_eq!(show(next(&mut source, until).await), "Some(CaughtUp)");
        assert_eq!(show(next(&mut source, until).await), "d @d");
        assert!(show(next(&mut source, until).await).contains("stopped"));
        assert_eq!(show(next(&mut source, until).await), "None");
    }

    #[tokio::test]
    async fn a_message_stays_small() {
        let long = "x".repeat(40 * 1024);
        let mut source = source((0..4).map(|_| lines(&[&long])).collect());
        let until = Instant::now() + Duration::from_secs(60);
        for _ in 0..2 {
            let Some(LogMessage::Lines { rows, .. }) = next(&mut source, until).await else {
                panic!("no lines")
            };
            assert_eq!(rows.len(), 2);
        }
    }

    #[tokio::test]
    async fn a_lone_line_is_not_kept_waiting() {
        let pending = futures_util::stream::iter(vec![lines(&["a"])]).chain(futures_util::stream::pending());
        let mut source = pending.boxed().peekable();
        let long_ago = Instant::now();
        assert_eq!(show(next(&mut source, long_ago).await), "a @a");
    }
}
