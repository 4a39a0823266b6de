use super::agents::Live;
use super::listener::House;
use super::reports::Session;
use super::{Closing, streams};
use crane_shared::identity::peer_pin;
use crane_shared::protocol::{AgentOpening, AgentWord, Hello, ManagerWord, Refusal, VERSION, VERSION_MIN, Welcome};
use crane_shared::wire::{Limit, Receiver, Sender, WireError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{debug, info, warn};

/// Words that wait for the agent to read; more than a few never gather in an honest session.
const WORDS: usize = 8;
/// Words that nobody understands; a neighbour's newer word may be among them, a hundred are an attack.
pub(super) const MOST_UNKNOWN: u32 = 100;
/// A certificate lives for days, so an honest agent never asks twice in a minute.
const RENEWAL_PAUSE: Duration = Duration::from_secs(60);
/// After the last word the agent has this long to hang up by itself.
const HANG_UP: Duration = Duration::from_secs(1);

/// An agent that has said hello and was welcomed.
pub(super) struct Greeted {
    session: Session,
    words_out: Sender<ManagerWord>,
    words_in: Receiver<AgentWord>,
    /// The generation to keep, when it has shown the one that it has.
    next: Option<u64>,
}

/// From the handshake to the welcome. The caller holds the deadline.
pub(super) async fn greet(house: &House, connection: &quinn::Connection) -> Result<Greeted, Closing> {
    // A handshake without a certificate passes TLS, for enrolment; here it ends.
    let key = peer_pin(connection).ok_or(Closing::Misbehaved)?;
    let node = house.gate.node_of(&key).ok_or(Closing::Removed)?;
    let (send, recv) = connection.accept_bi().await.map_err(|_| Closing::Done)?;
    let mut receiver = Receiver::<AgentOpening>::new(recv, Limit::Control);
    let Ok(Some(AgentOpening::Hello(hello))) = receiver.recv().await else {
        return Err(Closing::Misbehaved);
    };
    let mut sender = Sender::<Result<Welcome, Refusal>>::new(send, Limit::Control);
    let protocol = match negotiate(&hello) {
        Ok(protocol) => protocol,
        Err(refusal) => {
            warn!(%node, agent = %hello.agent_version, %refusal, "agent turned away");
            if sender.send(&Err(refusal)).await.is_ok() {
                sender.finish_and_wait().await;
            }
            return Err(Closing::Done);
        }
    };
    let session = Session {
        node: node.clone(),
        number: house.next_session(),
        from: connection.remote_address(),
        began: house.clock.now(),
        protocol,
        hello: Arc::new(hello),
    };
    let acked = house.reports.acked(&session).await.map_err(|refusal| {
        warn!(%node, %refusal, "the session can't begin");
        Closing::Done
    })?;
    let welcome = Welcome {
        protocol,
        node: node.clone(),
        manager_version: env!("CARGO_PKG_VERSION").to_owned(),
        server_time: house.clock.now(),
        acked,
        sample_period_ms: house.config.sample_period_ms,
        certificate_until: house.gate.certificate_until(&node),
    };
    sender.send(&Ok(welcome)).await.map_err(|_| Closing::Done)?;
    let mut words_in = receiver.becomes(Limit::Control);
    let next = if house.gate.has_generation(&node) {
        Some(proof_of_place(house, &session, &mut words_in).await?)
    } else {
        None
    };
    Ok(Greeted {
        session,
        words_out: sender.becomes(Limit::Control),
        words_in,
        next,
    })
}

/// A node that was here before shows the generation that it has kept before it is let in: whoever runs on a copy of its
/// state takes nobody's place. Gives the generation to keep next.
async fn proof_of_place(house: &House, session: &Session, words: &mut Receiver<AgentWord>) -> Result<u64, Closing> {
    let Ok(Some(AgentWord::Generation { generation })) = words.recv().await else {
        return Err(Closing::Misbehaved);
    };
    house
        .gate
        .follow(session, generation)
        .await
        .map_err(|_| Closing::Copied)
}

/// The newest version that both speak.
fn negotiate(hello: &Hello) -> Result<u16, Refusal> {
    let newest = hello.protocol_max.min(VERSION);
    if newest >= hello.protocol_min.max(VERSION_MIN) {
        return Ok(newest);
    }
    let side = if hello.protocol_max < VERSION_MIN {
        "agent"
    } else {
        "manager"
    };
    Err(Refusal::NotAdmitted {
        why: format!(
            "the agent speaks protocol {} to {}, the manager {VERSION_MIN} to {VERSION}; upgrade the {side}",
            hello.protocol_min, hello.protocol_max
        ),
    })
}

/// From the welcome to the end.
pub(super) async fn run(house: &House, connection: quinn::Connection, greeted: Greeted) {
    let Greeted {
        session,
        words_out,
        words_in,
        next,
    } = greeted;
    let (words, to_say) = mpsc::channel(WORDS);
    let live = Arc::new(Live::new(session.clone(), connection.clone(), words.clone()));
    house.agents.enter(&live);
    // A removal between handshake and here found no connection to close, so we look once more.
    let still = peer_pin(&connection).and_then(|key| house.gate.node_of(&key));
    if still.as_ref() != Some(&session.node) {
        house.agents.depart(&live);
        return Closing::Removed.close(&connection);
    }
    house.reports.began(&session);
    let mut presence = Presence {
        house,
        live: &live,
        why: "the task was cut off".to_owned(),
    };
    info!(node = %session.node, from = %session.from, agent = %session.hello.agent_version, "agent connected");
    house.gate.arrived(&session).await;

    presence.why = tokio::select! {
        why = hear(house, &session, words_in, next, &words) => why,
        why = speak(words_out, to_say, &connection) => why,
        why = streams::serve(house, &live) => why,
        err = connection.closed() => err.to_string(),
    };
    Closing::Done.close(&connection);
    info!(node = %session.node, why = %presence.why, "agent disconnected");
    drop(presence);
    house.gate.departed(&session).await;
}

/// Tells that a session ended, also when its task panics.
struct Presence<'a> {
    house: &'a House,
    live: &'a Live,
    why: String,
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        self.house.agents.depart(self.live);
        self.house.reports.ended(&self.live.session, &self.why);
    }
}

/// What the agent says on the hello stream; gives back why it was the last.
async fn hear(
    house: &House,
    session: &Session,
    mut words: Receiver<AgentWord>,
    next: Option<u64>,
    answers: &mpsc::Sender<ManagerWord>,
) -> String {
    let mut unknown = 0;
    let mut renewed: Option<Instant> = None;
    let mut offered = next.is_some();
    if let Some(generation) = next
        && answers.send(ManagerWord::Generation { generation }).await.is_err()
    {
        return "it stopped listening".into();
    }
    loop {
        match words.recv().await {
            Ok(Some(AgentWord::Renew { csr })) => {
                let answer = if renewed.is_some_and(|at| at.elapsed() < RENEWAL_PAUSE) {
                    ManagerWord::Refused(Refusal::Busy {
                        what: "renewals in a minute".into(),
                        limit: 1,
                    })
                } else {
                    renewed = Some(Instant::now());
                    match house.gate.renew(&session.node, &csr).await {
                        Ok(renewal) => ManagerWord::Renewed {
                            chain: renewal.chain,
                            until: renewal.until,
                        },
                        Err(refusal) => ManagerWord::Refused(refusal),
                    }
                };
                if answers.send(answer).await.is_err() {
                    return "it stopped listening".into();
                }
            }
            // A late word of an older session says nothing about the newer one.
            Ok(Some(AgentWord::Generation { .. })) if !house.agents.is_newest(session) => {}
            Ok(Some(AgentWord::Generation { generation })) => match house.gate.follow(session, generation).await {
                // One a session: the next word says that it was kept.
                Ok(_) if offered => {}
                Ok(next) => {
                    offered = true;
                    if answers
                        .send(ManagerWord::Generation { generation: next })
                        .await
                        .is_err()
                    {
                        return "it stopped listening".into();
                    }
                }
                Err(refusal) => return refusal.to_string(),
            },
            Ok(Some(AgentWord::Goodbye { why })) => return format!("it said goodbye: {}", short(&why)),
            Ok(Some(AgentWord::Policy(policy))) => house.reports.policy(session, policy),
            Ok(Some(AgentWord::Leave)) => leave(house, session, answers.clone()),
            Ok(None) => return "it ended the session".into(),
            Err(WireError::Codec(err)) => {
                unknown += 1;
                debug!(node = %session.node, %err, "a word that nobody understands");
                let refusal = Refusal::Unsupported {
                    what: "that word".into(),
                };
                // When the agent reads nothing, it misses the refusal and nothing else.
                drop(answers.try_send(ManagerWord::Refused(refusal)));
                if unknown > MOST_UNKNOWN {
                    return "too many words that nobody understands".into();
                }
            }
            Err(err) => return err.to_string(),
        }
    }
}

/// A task of its own: its success ends the session that asked for it.
fn leave(house: &House, session: &Session, answers: mpsc::Sender<ManagerWord>) {
    let gate = Arc::clone(&house.gate);
    let node = session.node.clone();
    house.tasks.spawn_graceful("node leaves", async move {
        if let Err(refusal) = gate.leave(&node).await {
            warn!(%node, %refusal, "the node can't leave");
            // The session may be over already.
            drop(answers.send(ManagerWord::Refused(refusal)).await);
        }
    });
}

/// What the manager says on the hello stream, until a last word.
async fn speak(
    mut stream: Sender<ManagerWord>,
    mut words: mpsc::Receiver<ManagerWord>,
    connection: &quinn::Connection,
) -> String {
    while let Some(word) = words.recv().await {
        if let Err(err) = stream.send(&word).await {
            return err.to_string();
        }
        let last = match word {
            ManagerWord::Removed => "the node was removed",
            ManagerWord::Goodbye { .. } => "the manager ends",
            ManagerWord::Renewed { .. } | ManagerWord::Refused(_) | ManagerWord::Generation { .. } => continue,
        };
        let parting = async {
            stream.finish_and_wait().await;
            // Whoever waits for the last word to be out may go on.
            drop(words);
            connection.closed().await;
        };
        drop(tokio::time::timeout(HANG_UP, parting).await);
        return last.to_owned();
    }
    "nobody speaks to it any more".into()
}

/// An agent's own sentence, fit for a log line.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_agree_on_the_newest_version_that_both_speak() {
        let hello = |protocol_min, protocol_max| Hello {
            protocol_min,
            protocol_max,
            ..crate::tests::bed::hello("web")
        };
        assert_eq!(negotiate(&hello(1, 1)), Ok(1));
        assert_eq!(negotiate(&hello(1, 2)), Ok(1));
        assert!(matches!(negotiate(&hello(2, 3)), Err(Refusal::NotAdmitted { .. })));
        assert!(matches!(negotiate(&hello(0, 0)), Err(Refusal::NotAdmitted { .. })));
    }
}
