use super::dial::{DialError, closed};
use super::reconnect::Parts;
use super::renewal::Renewal;
use super::{AGENT_VERSION, Answers, outbox};
use crane_shared::model::Policy;
use crane_shared::protocol::{
    AgentOpening, AgentWord, Hello, InventoryFrame, ManagerOpening, ManagerWord, Refusal, VERSION, VERSION_MIN, Welcome,
};
use crane_shared::wire::{Limit, Receiver, Sender, WireError};
use quinn::Connection;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The manager welcomes within this or the session is given up.
const WELCOME_DEADLINE: Duration = Duration::from_secs(15);
/// Words that wait to be said; renewals and changes of policy are rare.
const WORDS: usize = 4;
/// At the end of the process the goodbye may take this long.
const FAREWELL: Duration = Duration::from_millis(800);
/// An opening follows its stream at once.
const OPENING_DEADLINE: Duration = Duration::from_secs(10);
/// Telemetry gives way to the conversations of people.
const BEHIND_PEOPLE: i32 = -1;

/// A welcomed connection.
pub(super) struct Session {
    pub(super) welcome: Welcome,
    connection: Connection,
    words_out: Sender<AgentWord>,
    words_in: Receiver<ManagerWord>,
}

/// Why a session ended, when it did not simply break.
#[derive(Debug)]
pub(super) enum SessionEnd {
    /// This process ends.
    Stopped,
    /// The manager ends; come back within this time.
    ComeBack(Duration),
}

/// From the handshake to the welcome.
pub(super) async fn greet(connection: Connection, address: &str, hello: Hello) -> Result<Session, DialError> {
    let greeting = async {
        let (send, recv) = connection
            .open_bi()
            .await
            .map_err(|err| DialError::Lost(err.to_string()))?;
        let mut sender = Sender::<AgentOpening>::new(send, Limit::Control);
        sender.send(&AgentOpening::Hello(hello)).await?;
        let mut receiver = Receiver::<Result<Welcome, Refusal>>::new(recv, Limit::Control);
        match receiver.recv().await? {
            Some(Ok(welcome)) => Ok((welcome, sender, receiver)),
            Some(Err(refusal)) => Err(DialError::Refused(refusal)),
            None => Err(DialError::Lost("it hung up without a welcome".to_owned())),
        }
    };
    match tokio::time::timeout(WELCOME_DEADLINE, greeting).await {
        Ok(Ok((welcome, sender, receiver))) => Ok(Session {
            welcome,
            connection,
            words_out: sender.becomes(Limit::Control),
            words_in: receiver.becomes(Limit::Control),
        }),
        // In TLS 1.3 a refused client believes the handshake is over, so the alert arrives only here.
        Ok(Err(err)) => Err(connection.close_reason().map_or(err, |why| closed(address, &why))),
        Err(_) => Err(DialError::Lost(format!(
            "no welcome within {} s",
            WELCOME_DEADLINE.as_secs()
        ))),
    }
}

/// What a hello says.
pub(super) fn hello(epoch: u64, facts: crane_shared::model::HostFacts, policy: Policy) -> Hello {
    Hello {
        protocol_min: VERSION_MIN,
        protocol_max: VERSION,
        agent_version: AGENT_VERSION.to_owned(),
        capabilities: Vec::new(),
        epoch,
        facts,
        policy,
    }
}

impl Session {
    /// From the welcome to the end.
    pub(super) async fn run<A: Answers>(
        self,
        address: &str,
        parts: &Parts<A>,
        renewal: &Renewal,
    ) -> Result<SessionEnd, DialError> {
        let Self {
            welcome,
            connection,
            words_out,
            words_in,
        } = self;
        let (words, to_say) = mpsc::channel(WORDS);
        // Conversations are tasks of their own; they end with the session.
        let over = CancellationToken::new();
        let _ends_them = over.clone().drop_guard();
        let end = tokio::select! {
            end = hear(words_in, &words, renewal, parts) => end,
            end = speak(words_out, to_say, parts) => end,
            end = accept(&connection, &over, parts) => end,
            end = report(&connection, parts) => end,
            end = outbox::run(&connection, &parts.spool, welcome.acked) => end,
            end = mind_certificate(renewal, &words, parts) => end,
            end = mind_policy(&words, parts) => end,
        };
        // The manager's own reason is better than "stream reset".
        let end = match end {
            Err(DialError::Lost(why)) => {
                let reason = connection.close_reason();
                Err(reason.map_or(DialError::Lost(why), |reason| closed(address, &reason)))
            }
            end => end,
        };
        connection.close(0_u8.into(), b"done");
        end
    }
}

/// What the manager says on the hello stream.
async fn hear<A: Answers>(
    mut words: Receiver<ManagerWord>,
    answers: &mpsc::Sender<AgentWord>,
    renewal: &Renewal,
    parts: &Parts<A>,
) -> Result<SessionEnd, DialError> {
    let generation = renewal.generation();
    say(answers, AgentWord::Generation { generation }).await?;
    loop {
        match words.recv().await {
            Ok(Some(ManagerWord::Generation { generation })) => {
                if renewal.keep_generation(generation) {
                    say(answers, AgentWord::Generation { generation }).await?;
                }
            }
            Ok(Some(ManagerWord::Renewed { chain, until })) => renewal.take(chain, until, &parts.clock),
            Ok(Some(ManagerWord::Refused(refusal))) => tracing::warn!(%refusal, "the manager refused"),
            Ok(Some(ManagerWord::Goodbye { spread_ms })) => {
                return Ok(SessionEnd::ComeBack(Duration::from_millis(u64::from(spread_ms))));
            }
            Ok(Some(ManagerWord::Removed)) => return Err(DialError::Removed),
            Ok(None) => return Err(DialError::Lost("the manager ended the session".to_owned())),
            // A neighbour's newer word: nothing that this version must know.
            Err(WireError::Codec(err)) => tracing::debug!(%err, "a word that nobody understands"),
            Err(err) => return Err(err.into()),
        }
    }
}

async fn say(words: &mpsc::Sender<AgentWord>, word: AgentWord) -> Result<(), DialError> {
    let said = words.send(word).await;
    said.map_err(|_| DialError::Lost("the session ended".to_owned()))
}

/// What the agent says on the hello stream, goodbye last.
async fn speak<A: Answers>(
    mut stream: Sender<AgentWord>,
    mut words: mpsc::Receiver<AgentWord>,
    parts: &Parts<A>,
) -> Result<SessionEnd, DialError> {
    let stopping = parts.tasks.stopping();
    loop {
        let word = tokio::select! {
            word = words.recv() => word,
            () = stopping.cancelled() => None,
        };
        let Some(word) = word else { break };
        stream.send(&word).await?;
    }
    let goodbye = AgentWord::Goodbye {
        why: "the agent ends".to_owned(),
    };
    if stream.send(&goodbye).await.is_ok() {
        drop(tokio::time::timeout(FAREWELL, stream.finish_and_wait()).await);
    }
    Ok(SessionEnd::Stopped)
}

/// Takes in what the manager opens.
async fn accept<A: Answers>(
    connection: &Connection,
    over: &CancellationToken,
    parts: &Parts<A>,
) -> Result<SessionEnd, DialError> {
    loop {
        let (send, recv) = connection
            .accept_bi()
            .await
            .map_err(|err| DialError::Lost(err.to_string()))?;
        let (answers, over) = (parts.answers.clone(), over.clone());
        parts.tasks.spawn("conversation", async move {
            tokio::select! {
                () = converse(&answers, send, recv) => {}
                () = over.cancelled() => {}
            }
        });
    }
}

async fn converse<A: Answers>(answers: &A, send: quinn::SendStream, recv: quinn::RecvStream) {
    let mut receiver = Receiver::<ManagerOpening>::new(recv, Limit::Control);
    let sender = Sender::<()>::new(send, Limit::Bulk);
    match tokio::time::timeout(OPENING_DEADLINE, receiver.recv()).await {
        Ok(Ok(Some(opening))) => answers.converse(opening, receiver, sender).await,
        // A newer manager's opening, or none: dropping the stream resets it, and the manager knows.
        Ok(Err(err)) => tracing::debug!(%err, "a conversation that nobody understands"),
        Ok(Ok(None)) | Err(_) => {}
    }
}

/// The inventory, for as long as the session lives.
async fn report<A: Answers>(connection: &Connection, parts: &Parts<A>) -> Result<SessionEnd, DialError> {
    let (send, _recv) = connection
        .open_bi()
        .await
        .map_err(|err| DialError::Lost(err.to_string()))?;
    let mut sender = Sender::<AgentOpening>::new(send, Limit::Control);
    sender.set_priority(BEHIND_PEOPLE);
    sender.send(&AgentOpening::Inventory).await?;
    let mut sender = sender.becomes::<InventoryFrame>(Limit::Bulk);
    let mut feed = parts.inventory.feed();
    loop {
        sender.send(&feed.next().await).await?;
    }
}

/// Asks for a new certificate when it is time.
async fn mind_certificate<A: Answers>(
    renewal: &Renewal,
    words: &mpsc::Sender<AgentWord>,
    parts: &Parts<A>,
) -> Result<SessionEnd, DialError> {
    loop {
        renewal.due(&parts.clock, parts.tuning.certificate_check).await;
        let csr = renewal.csr()?;
        say(words, AgentWord::Renew { csr }).await?;
        renewal.taken(parts.tuning.renewal_retry).await;
    }
}

/// Tells the manager when the owner changes the policy.
async fn mind_policy<A: Answers>(words: &mpsc::Sender<AgentWord>, parts: &Parts<A>) -> Result<SessionEnd, DialError> {
    let mut policy = parts.policy.clone();
    policy.mark_unchanged();
    loop {
        if policy.changed().await.is_err() {
            // Nobody can change it any more.
            std::future::pending::<()>().await;
        }
        let now = *policy.borrow_and_update();
        if words.send(AgentWord::Policy(now)).await.is_err() {
            return Err(DialError::Lost("the session ended".to_owned()));
        }
    }
}
