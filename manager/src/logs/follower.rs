use super::{cursor, rows};
use crate::cluster::Cluster;
use crate::link::Agents;
use crane_shared::api::{LogEnd, LogHole, LogMessage};
use crane_shared::backoff::Backoff;
use crane_shared::ids::{ContainerId, NodeId};
use crane_shared::model::LogCursor;
use crane_shared::protocol::{LogFrame, LogQuery, LogStart, Refusal};
use crane_shared::wire::{Receiver, WireError};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Followers of one node come back spread over this, so that it is not asked a hundred times at one instant.
const SPREAD: Duration = Duration::from_millis(250);
/// A stream that the agent breaks off at once is asked for again after these waits.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// So many streams in a row that brought nothing mean that there is nothing to wait for.
const MOST_FRUITLESS: u32 = 8;
/// One who does not follow wants an answer, so an absent node is waited for no longer than this.
const PATIENCE: Duration = Duration::from_secs(15);

/// The log of `container` from `start` on. With `follow` it goes on until the container ends or is removed, however
/// often its node goes away meanwhile; without, until what is there has been sent. Dropping the stream ends the
/// reading on the host.
///
/// # Errors
/// When nobody knows the container, its owner forbids, or its node is away and `follow` is not wanted.
pub fn follow(
    agents: &Agents,
    cluster: &Cluster,
    container: &ContainerId,
    start: LogStart,
    follow: bool,
) -> Result<BoxStream<'static, LogMessage>, Refusal> {
    let (node, name) = cluster.place_of(container).ok_or_else(|| Refusal::NotFound {
        what: format!("container {container}"),
    })?;
    if !cluster.node(node.as_str())?.policy.logs {
        return Err(Refusal::OwnerForbids {
            what: "reading logs".into(),
        });
    }
    if !follow && !agents.connected(&node) {
        return Err(Refusal::Unavailable {
            what: format!("node {name}"),
            why: "its agent is not connected".into(),
        });
    }
    let follower = Follower {
        agents: agents.clone(),
        cluster: cluster.clone(),
        container: container.clone(),
        node,
        name,
        start,
        seen: None,
        caught_up: false,
        follow,
        state: State::Closed,
        told: false,
        fruitless: 0,
        backoff: Backoff::new(RETRY.0, RETRY.1),
    };
    Ok(stream::unfold(follower, |mut follower| async move {
        let message = follower.next().await?;
        Some((message, follower))
    })
    .boxed())
}

struct Follower {
    agents: Agents,
    cluster: Cluster,
    container: ContainerId,
    node: NodeId,
    name: String,
    start: LogStart,
    /// Right behind the last line that was handed out.
    seen: Option<LogCursor>,
    caught_up: bool,
    follow: bool,
    state: State,
    /// The reader knows that we wait.
    told: bool,
    fruitless: u32,
    backoff: Backoff,
}

enum State {
    Closed,
    Open(Receiver<LogFrame>),
    Over,
}

impl Follower {
    async fn next(&mut self) -> Option<LogMessage> {
        loop {
            match &mut self.state {
                State::Over => return None,
                State::Open(frames) => match frames.recv().await {
                    Ok(Some(frame)) => {
                        self.fruitless = 0;
                        self.backoff.reset();
                        return Some(self.take(frame));
                    }
                    // An undecodable frame held lines: the cursor brings them back.
                    Ok(None) | Err(WireError::CutOff(_) | WireError::Torn | WireError::Codec(_)) => {
                        self.state = State::Closed;
                        self.told = false;
                        self.fruitless += 1;
                    }
                    Err(err @ WireError::TooLarge { .. }) => return Some(self.end(&err.to_string())),
                },
                State::Closed => {
                    if let Some(message) = self.reopen().await {
                        return Some(message);
                    }
                }
            }
        }
    }

    /// One try to get the stream back; a message when there is something to tell.
    async fn reopen(&mut self) -> Option<LogMessage> {
        if !self.cluster.knows(&self.node) {
            return Some(self.end(&format!("node {} was removed", self.name)));
        }
        if self.fruitless > MOST_FRUITLESS {
            return Some(self.end("its agent breaks the log off again and again"));
        }
        if !self.agents.connected(&self.node) {
            if !self.told {
                return Some(self.waiting());
            }
            if !self.wait().await {
                return Some(self.end(&format!("node {} is away", self.name)));
            }
            self.fruitless = 0;
            sleep(SPREAD.mul_f64(fastrand::f64())).await;
            return None;
        }
        // The first cut costs no wait: usually the agent has just come back.
        if self.fruitless > 1 {
            sleep(self.backoff.next(fastrand::f64())).await;
        }
        let (start, lost) = self.where_to_begin();
        let query = LogQuery {
            container: self.container.clone(),
            start,
            follow: self.follow,
        };
        match self.agents.logs(&self.node, query).await {
            Ok(frames) => self.state = State::Open(frames),
            Err(_) => {
                self.fruitless += 1;
                if !self.told {
                    return Some(self.waiting());
                }
                return None;
            }
        }
        lost
    }

    /// Right behind what was seen; where nothing was seen, what the reader asked for. Only "from now on" has no
    /// place to come back to, and says so.
    fn where_to_begin(&self) -> (LogStart, Option<LogMessage>) {
        if let Some(cursor) = &self.seen {
            return (LogStart::After(cursor.clone()), None);
        }
        match (&self.start, self.caught_up) {
            (LogStart::Tail(0), true) => (
                LogStart::Tail(0),
                Some(LogMessage::Gap(LogHole {
                    bytes: 0,
                    exact: false,
                    after: None,
                    before: None,
                    why: "the stream was cut before its first line".into(),
                })),
            ),
            // The log was empty then, so all that is there now is new.
            (LogStart::Tail(_), true) => (LogStart::Beginning, None),
            (start, _) => (start.clone(), None),
        }
    }

    fn take(&mut self, frame: LogFrame) -> LogMessage {
        match frame {
            LogFrame::Lines { lines, cursor } => {
                let text = cursor::text(&self.container, &cursor);
                self.seen = Some(cursor);
                LogMessage::Lines {
                    rows: lines.into_iter().map(rows::row).collect(),
                    cursor: text,
                }
            }
            LogFrame::Gap(gap) => LogMessage::Gap(rows::hole(gap)),
            LogFrame::CaughtUp => {
                self.caught_up = true;
                LogMessage::CaughtUp
            }
            LogFrame::End { why } => self.end(&why),
        }
    }

    fn end(&mut self, why: &str) -> LogMessage {
        self.state = State::Over;
        LogMessage::End(LogEnd { why: why.to_owned() })
    }

    fn waiting(&mut self) -> LogMessage {
        self.told = true;
        LogMessage::Waiting {
            node: self.name.clone(),
        }
    }

    /// Sleeps until the node is here or was removed; false when patience is over. Nothing is polled.
    async fn wait(&self) -> bool {
        let mut arrivals = self.agents.arrivals();
        let mut picture = self.cluster.version();
        let here_or_gone = async {
            loop {
                arrivals.borrow_and_update();
                picture.borrow_and_update();
                if self.agents.connected(&self.node) || !self.cluster.knows(&self.node) {
                    return;
                }
                tokio::select! {
                    _ = arrivals.changed() => {}
                    _ = picture.changed() => {}
                }
            }
        };
        if self.follow {
            here_or_gone.await;
            return true;
        }
        timeout_at(Instant::now() + PATIENCE, here_or_gone).await.is_ok()
    }
}
