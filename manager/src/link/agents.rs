use super::{Closing, Session};
use crate::docker;
use crane_shared::ids::NodeId;
use crane_shared::model::HostFacts;
use crane_shared::protocol::{
    Call, ExecInput, ExecOutput, ExecSpec, LogFrame, LogQuery, ManagerOpening, ManagerWord, Refusal, Reply, StatsFrame,
    StatsQuery,
};
use crane_shared::tasks::Tasks;
use crane_shared::wire::{Limit, Receiver, Sender, WireError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// An agent allows 100 streams at a time; the next one waits this long for a free one, then the caller is told.
const OPEN_DEADLINE: Duration = Duration::from_secs(10);
/// An answer that takes longer is not coming; the doctor may run for a while.
const ASK_DEADLINE: Duration = Duration::from_secs(30);
/// How long "you were removed" may take to leave before the connection is closed. Part of the second in which a
/// removal bites.
const LAST_WORD: Duration = Duration::from_millis(200);

/// How urgent a conversation is among those of one agent: keys before questions before figures before logs.
mod priority {
    pub(super) const EXEC: i32 = 30;
    pub(super) const CONTROL: i32 = 20;
    pub(super) const STATS: i32 = 10;
    pub(super) const LOGS: i32 = 0;
}

/// Who is here, and the way to ask them. Clones share one list.
#[derive(Debug, Clone)]
pub struct Agents {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    live: RwLock<HashMap<NodeId, Arc<Live>>>,
    /// Counts comings and goings; waiters look again when it moves.
    moves: watch::Sender<u64>,
    tasks: Tasks,
}

/// An agent that is connected and authenticated.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) session: Session,
    pub(super) connection: quinn::Connection,
    pub(super) words: mpsc::Sender<ManagerWord>,
    /// Changes when the engine is upgraded below the agent.
    facts: Mutex<HostFacts>,
}

impl Live {
    pub(super) fn new(session: Session, connection: quinn::Connection, words: mpsc::Sender<ManagerWord>) -> Self {
        let facts = Mutex::new(session.hello.facts.clone());
        Self {
            session,
            connection,
            words,
            facts,
        }
    }

    pub(super) fn learn(&self, facts: &HostFacts) {
        *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = facts.clone();
    }
}

impl Agents {
    /// Nobody is here yet. `tasks` owns the connections of Docker calls.
    #[must_use]
    pub fn new(tasks: &Tasks) -> Self {
        Self {
            inner: Arc::new(Inner {
                live: RwLock::default(),
                moves: watch::Sender::new(0),
                tasks: tasks.clone(),
            }),
        }
    }

    /// Whether the node's agent is connected.
    #[must_use]
    pub fn connected(&self, node: &NodeId) -> bool {
        self.live(node).is_some()
    }

    /// Everyone who is connected.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        self.read().values().map(|live| live.session.clone()).collect()
    }

    /// Moves whenever an agent comes or goes. Subscribe first, then look, then wait.
    #[must_use]
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.inner.moves.subscribe()
    }

    /// Asks one question.
    ///
    /// # Errors
    /// When the agent is away, refuses, or does not answer within 30 s.
    pub async fn ask<C: Call>(&self, node: &NodeId, call: C) -> Result<C::Answer, Refusal> {
        let opening = ManagerOpening::Ask(call.into());
        let conversation = async {
            let (sender, mut receiver) = self
                .open::<Result<Reply, Refusal>>(node, &opening, priority::CONTROL)
                .await?;
            sender.finish();
            receiver.recv().await.map_err(|err| cut(node, &err))
        };
        let reply = tokio::time::timeout(ASK_DEADLINE, conversation)
            .await
            .map_err(|_| away(node, "it did not answer in time"))??
            .ok_or_else(|| away(node, "it ended without an answer"))??;
        C::answer(reply).ok_or_else(|| away(node, "it answered another question"))
    }

    /// Follows a container's log. Dropping the receiver ends it, all the way down to the reader on the host.
    ///
    /// # Errors
    /// When the agent is away.
    pub async fn logs(&self, node: &NodeId, query: LogQuery) -> Result<Receiver<LogFrame>, Refusal> {
        let (sender, receiver) = self.open(node, &ManagerOpening::Logs(query), priority::LOGS).await?;
        sender.finish();
        Ok(receiver)
    }

    /// Starts a process inside a container. Dropping both halves hangs up.
    ///
    /// # Errors
    /// When the agent is away.
    pub async fn exec(
        &self,
        node: &NodeId,
        spec: ExecSpec,
    ) -> Result<(Sender<ExecInput>, Receiver<ExecOutput>), Refusal> {
        let (sender, receiver) = self.open(node, &ManagerOpening::Exec(spec), priority::EXEC).await?;
        Ok((sender.becomes(Limit::Bulk), receiver))
    }

    /// Live figures until the receiver is dropped.
    ///
    /// # Errors
    /// When the agent is away.
    pub async fn stats(&self, node: &NodeId, query: StatsQuery) -> Result<Receiver<StatsFrame>, Refusal> {
        let (sender, receiver) = self.open(node, &ManagerOpening::Stats(query), priority::STATS).await?;
        sender.finish();
        Ok(receiver)
    }

    /// The node's Docker Engine, in the newest API version that engine, agent and manager share. Each call is a
    /// stream of its own, checked by the agent.
    ///
    /// # Errors
    /// When the agent is away or its engine does not answer.
    pub fn docker(&self, node: &NodeId) -> Result<docker::Docker, Refusal> {
        let live = self.live(node).ok_or_else(|| not_connected(node))?;
        docker::client(self.engine_of(&live)?)
    }

    /// One `GET` of the node's Docker Engine as the engine wrote it, for what must not lose unknown fields.
    /// `path` begins with `/` and carries no version.
    ///
    /// # Errors
    /// When the agent is away, or agent or engine refuse.
    pub async fn docker_json(&self, node: &NodeId, path: &str) -> Result<bytes::Bytes, Refusal> {
        let live = self.live(node).ok_or_else(|| not_connected(node))?;
        docker::get(self.engine_of(&live)?, path).await
    }

    fn engine_of(&self, live: &Live) -> Result<docker::Engine, Refusal> {
        let facts = live.facts.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = facts
            .engine
            .as_ref()
            .ok_or_else(|| away(&live.session.node, "its Docker Engine does not answer"))?;
        Ok(docker::Engine {
            connection: live.connection.clone(),
            version: docker::version(&engine.api_version),
            priority: priority::CONTROL,
            tasks: self.inner.tasks.clone(),
        })
    }

    /// Ends the node's connection because it was removed: it is told, and cut off after at most 200 ms.
    pub async fn remove(&self, node: &NodeId) {
        let live = self.write().remove(node);
        let Some(live) = live else { return };
        self.moved();
        // A full queue means that the agent does not read; then it learns from the close alone.
        if live.words.try_send(ManagerWord::Removed).is_ok() {
            drop(tokio::time::timeout(LAST_WORD, live.words.closed()).await);
        }
        Closing::Removed.close(&live.connection);
    }

    /// Ends the node's connection; it may come back.
    pub fn close(&self, node: &NodeId) {
        self.cut(node, Closing::Done);
    }

    /// Ends the node's connection because two machines use its key: which of them is the node, nobody knows.
    pub fn shut_out(&self, node: &NodeId) {
        self.cut(node, Closing::Copied);
    }

    fn cut(&self, node: &NodeId, why: Closing) {
        let live = self.write().remove(node);
        if let Some(live) = live {
            why.close(&live.connection);
            self.moved();
        }
    }

    /// Whether this is the node's newest session. What an older one says late must not be believed.
    #[must_use]
    pub fn is_newest(&self, session: &Session) -> bool {
        self.live(&session.node)
            .is_some_and(|live| live.session.number == session.number)
    }

    /// The node is here from now on. An older connection of it is closed: the newer one has just proved its key.
    pub(super) fn enter(&self, live: &Arc<Live>) {
        let older = self.write().insert(live.session.node.clone(), Arc::clone(live));
        if let Some(older) = older {
            Closing::Replaced.close(&older.connection);
        }
        self.moved();
    }

    /// The session is over; a newer one of the same node stays.
    pub(super) fn depart(&self, live: &Live) {
        let mut all = self.write();
        if all
            .get(&live.session.node)
            .is_some_and(|here| here.session.number == live.session.number)
        {
            all.remove(&live.session.node);
            drop(all);
            self.moved();
        }
    }

    /// Tells everyone that the manager ends and when to come back.
    pub(super) fn farewell(&self, spread_ms: u32) -> Vec<quinn::Connection> {
        let all: Vec<_> = self.write().drain().map(|(_, live)| live).collect();
        for live in &all {
            // A full queue means that the agent does not read; it will notice the close.
            drop(live.words.try_send(ManagerWord::Goodbye { spread_ms }));
        }
        self.moved();
        all.iter().map(|live| live.connection.clone()).collect()
    }

    async fn open<T: serde::de::DeserializeOwned>(
        &self,
        node: &NodeId,
        opening: &ManagerOpening,
        priority: i32,
    ) -> Result<(Sender<ManagerOpening>, Receiver<T>), Refusal> {
        let live = self.live(node).ok_or_else(|| not_connected(node))?;
        let opened = async {
            let (send, recv) = live
                .connection
                .open_bi()
                .await
                .map_err(|err| away(node, &err.to_string()))?;
            let mut sender = Sender::new(send, Limit::Control);
            sender.set_priority(priority);
            sender.send(opening).await.map_err(|err| match err {
                WireError::TooLarge { .. } => Refusal::Invalid {
                    what: "the request".into(),
                    why: err.to_string(),
                },
                other => cut(node, &other),
            })?;
            Ok((sender, Receiver::new(recv, Limit::Bulk)))
        };
        tokio::time::timeout(OPEN_DEADLINE, opened)
            .await
            .map_err(|_| away(node, "it has no free stream"))?
    }

    fn live(&self, node: &NodeId) -> Option<Arc<Live>> {
        self.read().get(node).cloned()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, HashMap<NodeId, Arc<Live>>> {
        self.inner.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<NodeId, Arc<Live>>> {
        self.inner.live.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn moved(&self) {
        self.inner.moves.send_modify(|count| *count += 1);
    }
}

fn not_connected(node: &NodeId) -> Refusal {
    away(node, "its agent is not connected")
}

fn away(node: &NodeId, why: &str) -> Refusal {
    Refusal::Unavailable {
        what: format!("node {node}"),
        why: why.to_owned(),
    }
}

fn cut(node: &NodeId, err: &WireError) -> Refusal {
    away(node, &err.to_string())
}
