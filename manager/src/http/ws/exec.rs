//! A process in a container, with a browser as its terminal.

use super::line::{In, Out, Over, Word, ends, upgrade};
use crate::access::Caller;
use crate::audit::Outcome;
use crate::http::Rooms;
use crate::http::api::{at, socket_at};
use crate::http::call::Call;
use crate::http::error::{Answer, ApiError};
use crate::http::guard::wants_socket;
use crate::http::table::Name;
use crate::terminal::{Ending, Keys, Screen, Witness};
use crane_shared::api::{Container, ExecControl, ExecStatus};
use crane_shared::ids::{ContainerId, NodeId};
use crane_shared::protocol::{ExecInput, ExecOutput, ExecSpec, Refusal};
use http::StatusCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use warp::Filter as _;
use warp::filters::BoxedFilter;

/// How long the first message may take.
const FIRST_WORD: Duration = Duration::from_secs(10);
/// How often typing counts as being active in the sign-in session.
const ACTIVE: Duration = Duration::from_mins(1);

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let socket = socket_at(rooms, Name::ContainerExec).and(warp::ws()).then(socket);
    let ask = at(rooms, Name::ContainerExec).then(ask);
    socket.or(ask).unify().boxed()
}

/// Without an upgrade nothing is run, but a page that was refused a socket learns here why: browsers do not tell it.
async fn ask(rooms: Arc<Rooms>, _caller: Caller, call: Arc<Call>) -> Answer {
    call.query().end()?;
    named(&rooms, &call)?;
    Err(wants_socket())
}

/// The container that `{id}` names, if its node's owner lets us run something in it.
fn named(rooms: &Rooms, call: &Call) -> Result<(NodeId, Container), ApiError> {
    let (node, _, container) = rooms.cluster.container(call.id())?;
    if !rooms.cluster.node(node.as_str())?.policy.exec {
        return Err(Refusal::OwnerForbids {
            what: "opening a shell".into(),
        }
        .into());
    }
    Ok((node, container))
}

/// One terminal on its way.
struct Wish {
    rooms: Arc<Rooms>,
    caller: Caller,
    node: NodeId,
    container: ContainerId,
    /// For the audit record.
    target: String,
}

async fn socket(rooms: Arc<Rooms>, caller: Caller, call: Arc<Call>, ws: warp::ws::Ws) -> Answer {
    call.query().end()?;
    let (node, container) = named(&rooms, &call)?;
    let id = container.id;
    let target = format!(
        "container {} ({}) on {}",
        container.name,
        id.as_str().get(..12).unwrap_or_default(),
        container.node
    );
    let wish = Wish {
        rooms: Arc::clone(&rooms),
        caller: caller.clone(),
        node,
        container: id,
        target,
    };
    Ok(upgrade(
        ws,
        &rooms,
        caller,
        Arc::clone(&call.seat),
        "exec socket",
        |mut out, browser| async move {
            if let Err(problem) = run(&wish, &mut out, browser).await {
                // The browser may be gone; then nobody reads why.
                drop(
                    out.json(&ExecStatus::Failed {
                        problem: problem.problem(),
                    })
                    .await,
                );
            }
            out
        },
    ))
}

/// From the first message to the exit code; both ends are in the audit record.
async fn run(wish: &Wish, out: &mut Out, mut browser: In) -> Result<(), ApiError> {
    let first = tokio::time::timeout(FIRST_WORD, browser.next());
    let spec = match first.await {
        Ok(Ok(Word::Text(text))) => spec(&text, &wish.container)?,
        Ok(Err(Over)) => return Ok(()),
        Ok(Ok(Word::Bytes(_))) | Err(_) => {
            return Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "invalid",
                "the first message must be `start`",
            ));
        }
    };
    let command = if spec.command.is_empty() {
        "a shell".to_owned()
    } else {
        spec.command.join(" ")
    };
    let witness = Arc::new(Ear {
        rooms: Arc::clone(&wish.rooms),
        caller: wish.caller.clone(),
        ending: Mutex::default(),
    });
    // The record comes before the act: a shell that could not be written down is not opened.
    wish.note("container.exec", Outcome::Done, format!("opens: {command}"))
        .await?;
    let opened = wish
        .rooms
        .terminals
        .open(
            wish.caller.user.id.as_str(),
            &wish.node,
            spec,
            Arc::clone(&witness) as Arc<dyn Witness>,
        )
        .await;
    let (keys, screen) = match opened {
        Ok(halves) => halves,
        Err(refusal) => {
            wish.note("container.exec.end", Outcome::Refused, refusal.to_string())
                .await?;
            return Err(refusal.into());
        }
    };
    let outcome = tokio::select! {
        shown = show(screen, out) => shown,
        typed = feed(wish, keys, &mut browser) => typed.map(|()| None),
        () = ends(&wish.rooms, &wish.caller) => Ok(None),
    };
    // Both halves are dropped by now, so the witness has heard of the end.
    let ending = witness.take();
    let why = if wish.rooms.access.holds(&wish.caller) {
        ending.why
    } else {
        "the right to it ended".to_owned()
    };
    let detail = match ending.code {
        Some(code) => format!(
            "exit code {code}; {} bytes in, {} out",
            ending.bytes_in, ending.bytes_out
        ),
        None => format!("{why}; {} bytes in, {} out", ending.bytes_in, ending.bytes_out),
    };
    wish.note("container.exec.end", Outcome::Done, detail).await?;
    match outcome {
        Ok(Some(last)) => {
            drop(out.json(&last).await);
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(refusal) => Err(refusal.into()),
    }
}

/// What comes out goes to the browser, until the process ends; the last word is returned, to be said after
/// everything else.
async fn show(mut screen: Screen, out: &mut Out) -> Result<Option<ExecStatus>, Refusal> {
    loop {
        let output = tokio::select! {
            output = screen.recv() => output?,
            () = out.ping_due() => {
                if out.ping().await.is_err() {
                    return Ok(None);
                }
                continue;
            }
        };
        let sent = match output {
            Some(ExecOutput::Started) => out.json(&ExecStatus::Started).await,
            Some(ExecOutput::Stdout(bytes)) => out.bytes(labelled(1, &bytes)).await,
            Some(ExecOutput::Stderr(bytes)) => out.bytes(labelled(2, &bytes)).await,
            Some(ExecOutput::Exited { code }) => return Ok(Some(ExecStatus::Exited { code })),
            Some(ExecOutput::Refused(refusal)) => return Err(refusal),
            None => return Ok(None),
        };
        if sent.is_err() {
            return Ok(None);
        }
    }
}

/// What is typed goes in, until the browser leaves.
async fn feed(wish: &Wish, mut keys: Keys, browser: &mut In) -> Result<(), Refusal> {
    let mut noted = Instant::now();
    while let Ok(word) = browser.next().await {
        let input = match word {
            Word::Bytes(bytes) => ExecInput::Bytes(bytes),
            Word::Text(text) => control(&text)?,
        };
        keys.send(&input).await?;
        if noted.elapsed() >= ACTIVE {
            noted = Instant::now();
            // A session that ended meanwhile ends this bridge by itself.
            drop(wish.rooms.access.touch(&wish.caller).await);
        }
    }
    Ok(())
}

fn control(text: &str) -> Result<ExecInput, Refusal> {
    match serde_json::from_str(text) {
        Ok(ExecControl::Resize { columns, rows }) => Ok(ExecInput::Resize { columns, rows }),
        Ok(ExecControl::End) => Ok(ExecInput::End),
        Ok(ExecControl::Start { .. }) | Err(_) => Err(Refusal::Invalid {
            what: "the message".into(),
            why: "it must be `resize` or `end`".into(),
        }),
    }
}

/// What the first message asks for.
fn spec(text: &str, container: &ContainerId) -> Result<ExecSpec, ApiError> {
    let Ok(ExecControl::Start {
        command,
        tty,
        user,
        env,
        working_dir,
        columns,
        rows,
    }) = serde_json::from_str(text)
    else {
        return Err(
            ApiError::new(StatusCode::BAD_REQUEST, "invalid", "the first message must be `start`")
                .hint("/api/v1/openapi.json describes it as ExecControl."),
        );
    };
    if command.len() > 64 || env.len() > 64 {
        return Err(ApiError::invalid("command", "at most 64 arguments and 64 variables"));
    }
    let container = container.clone();
    Ok(ExecSpec {
        container,
        command,
        tty,
        user,
        env,
        working_dir,
        columns,
        rows,
    })
}

fn labelled(label: u8, bytes: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(bytes.len() + 1);
    message.push(label);
    message.extend_from_slice(bytes);
    message
}

impl Wish {
    async fn note(&self, action: &'static str, outcome: Outcome, detail: String) -> Result<(), ApiError> {
        self.rooms
            .note(&self.caller, action, self.target.clone(), outcome, detail)
            .await
    }
}

/// Stands beside the terminal and keeps what it hears for the audit record.
#[derive(Debug)]
struct Ear {
    rooms: Arc<Rooms>,
    caller: Caller,
    ending: Mutex<Option<Ending>>,
}

impl Ear {
    fn take(&self) -> Ending {
        let heard = self.ending.lock().unwrap_or_else(PoisonError::into_inner).take();
        heard.unwrap_or(Ending {
            code: None,
            why: "it was cut off".into(),
            bytes_in: 0,
            bytes_out: 0,
        })
    }
}

impl Witness for Ear {
    fn still_allowed(&self) -> bool {
        self.rooms.access.holds(&self.caller)
    }

    fn ended(&self, ending: &Ending) {
        *self.ending.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> ContainerId {
        ContainerId::parse("a".repeat(64)).unwrap()
    }

    #[test]
    fn the_first_message_says_what_to_run() {
        let text = r#"{"kind":"start","command":["ls","-l"],"tty":false,"columns":80,"rows":24}"#;
        assert_eq!(spec(text, &id()).unwrap().command, ["ls", "-l"]);
        let shell = r#"{"kind":"start","command":[],"tty":true,"columns":80,"rows":24}"#;
        // The agent chooses the shell: it can see which one the container has.
        assert!(spec(shell, &id()).unwrap().command.is_empty());
        for bad in ["", "{}", r#"{"kind":"end"}"#, r#"{"kind":"start","command":"ls"}"#] {
            assert!(spec(bad, &id()).is_err(), "{bad}");
        }
    }

    #[test]
    fn later_messages_resize_or_end() {
        assert_eq!(
            control(r#"{"kind":"resize","columns":100,"rows":40}"#).unwrap(),
            ExecInput::Resize { columns: 100, rows: 40 }
        );
        assert_eq!(control(r#"{"kind":"end"}"#).unwrap(), ExecInput::End);
        assert!(control(r#"{"kind":"start","command":[],"tty":true,"columns":1,"rows":1}"#).is_err());
        assert!(control(r#"{"kind":"resize","columns":70000,"rows":1}"#).is_err());
    }
}
