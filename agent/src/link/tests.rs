//! The link against a manager of the test's own, over real QUIC on loopback.

use super::*;
use crate::cgroup::Running;
use crate::docker::Engine;
use crate::inventory::{Inventory, Sources};
use crate::membership::{Home, Membership};
use crate::spool::{DEFAULT_LIMIT, Spool};
use crane_shared::identity::{
    Admission, Authority, JoinToken, NodeKey, Pin, exporter, peer_pin, quic_server, validity_of, verify_proof,
};
use crane_shared::ids::NodeId;
use crane_shared::model::{Event, Policy};
use crane_shared::protocol::{
    Ack, AgentOpening, AgentWord, DescribeHost, Hello, InventoryFrame, JoinReply, JoinRequest, ManagerWord, Record,
    RecordBatch, RecordBody, Refusal, Reply, Request, Welcome,
};
use crane_shared::tasks::Tasks;
use crane_shared::time::{Clock, Timestamp};
use crane_shared::wire::Limit;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

const NODE: &str = "00112233445566aa";
/// Nothing here waits so long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Active(Mutex<BTreeMap<Pin, NodeId>>);

impl Admission for Active {
    fn node_of(&self, key: &Pin) -> Option<NodeId> {
        self.0.lock().unwrap().get(key).cloned()
    }
}

/// A manager that does just what a test tells it.
struct FakeManager {
    authority: Authority,
    active: Arc<Active>,
    endpoint: quinn::Endpoint,
    address: SocketAddr,
}

impl FakeManager {
    fn start() -> Self {
        Self::with(
            Authority::make(Clock::Real.now()).unwrap(),
            Arc::default(),
            "127.0.0.1:0",
        )
    }

    /// Blocks until the port is free; needs the runtime around it.
    fn with(authority: Authority, active: Arc<Active>, at: &str) -> Self {
        crane_shared::identity::install_crypto();
        let key = NodeKey::make().unwrap().to_pem();
        let chain = authority.issue_manager(key.expose(), &[], Clock::Real.now()).unwrap();
        let admission: Arc<dyn Admission> = Arc::clone(&active) as _;
        let config = quic_server(&chain, key.expose(), authority.root_der(), admission).unwrap();
        let at = at.parse().unwrap();
        // The one before lets go of the port a moment after it has ended.
        let endpoint = loop {
            match quinn::Endpoint::server(config.clone(), at) {
                Ok(endpoint) => break endpoint,
                Err(_) => std::thread::yield_now(),
            }
        };
        let address = endpoint.local_addr().unwrap();
        Self {
            authority,
            active,
            endpoint,
            address,
        }
    }

    /// Dies without a word, as after `kill -9` or a power cut, and comes back at the same address.
    async fn restart(self) -> Self {
        let Self {
            authority,
            active,
            endpoint,
            address,
        } = self;
        endpoint.close(9_u8.into(), b"");
        endpoint.wait_idle().await;
        drop(endpoint);
        let again = tokio::task::spawn_blocking(move || Self::with(authority, active, &address.to_string()));
        soon(again).await.unwrap()
    }

    async fn accept(&self) -> quinn::Connection {
        // Handshakes of removed nodes fail; the next one may not.
        loop {
            if let Ok(connection) = self.endpoint.accept().await.unwrap().await {
                return connection;
            }
        }
    }

    /// A key and certificate as `join` would leave them.
    fn membership(&self) -> Membership {
        let key = NodeKey::make().unwrap();
        let node = NodeId::parse(NODE).unwrap();
        let issued = self
            .authority
            .issue_node(&key.csr().unwrap(), &node, Clock::Real.now())
            .unwrap();
        self.active.0.lock().unwrap().insert(key.pin(), node.clone());
        Membership {
            node,
            managers: vec![self.address.to_string()],
            pin: self.authority.pin(),
            chain: issued.chain,
            key: key.to_pem(),
            docker: "unix:///nonexistent".to_owned(),
            cgroup_root: PathBuf::from("/sys/fs/cgroup"),
            removed: None,
        }
    }

    /// Lets one session begin: hello, welcome, and the two streams of the agent.
    async fn session(&self, acked: u64) -> FakeSession {
        let connection = self.accept().await;
        assert!(peer_pin(&connection).is_some());
        let (send, recv) = connection.accept_bi().await.unwrap();
        let mut openings = Receiver::<AgentOpening>::new(recv, Limit::Control);
        let Some(AgentOpening::Hello(hello)) = openings.recv().await.unwrap() else {
            panic!("no hello");
        };
        let mut welcomes = Sender::<Result<Welcome, Refusal>>::new(send, Limit::Control);
        let welcome = Welcome {
            protocol: 1,
            node: NodeId::parse(NODE).unwrap(),
            manager_version: "test".to_owned(),
            server_time: Clock::Real.now(),
            acked,
            sample_period_ms: 1000,
            certificate_until: Timestamp(0),
        };
        welcomes.send(&Ok(welcome)).await.unwrap();
        let (mut inventory, mut records) = (None, None);
        while inventory.is_none() || records.is_none() {
            let (send, recv) = connection.accept_bi().await.unwrap();
            let mut opening = Receiver::<AgentOpening>::new(recv, Limit::Control);
            match opening.recv().await.unwrap() {
                Some(AgentOpening::Inventory) => inventory = Some(opening.becomes(Limit::Bulk)),
                Some(AgentOpening::Records) => {
                    records = Some((opening.becomes(Limit::Bulk), Sender::new(send, Limit::Control)));
                }
                other => panic!("{other:?}"),
            }
        }
        let (records, acks) = records.unwrap();
        FakeSession {
            connection,
            hello,
            words: welcomes.becomes(Limit::Control),
            heard: openings.becomes(Limit::Control),
            inventory: inventory.unwrap(),
            records,
            acks,
        }
    }
}

struct FakeSession {
    connection: quinn::Connection,
    hello: Hello,
    words: Sender<ManagerWord>,
    heard: Receiver<AgentWord>,
    inventory: Receiver<InventoryFrame>,
    records: Receiver<RecordBatch>,
    acks: Sender<Ack>,
}

impl FakeSession {
    /// Records up to number `last`.
    async fn take(&mut self, last: u64) -> Vec<Record> {
        let mut taken: Vec<Record> = Vec::new();
        while taken.last().is_none_or(|record| record.seq < last) {
            taken.extend(self.records.recv().await.unwrap().unwrap().records);
        }
        taken
    }
}

/// Answers questions with a refusal-free nothing.
#[derive(Debug, Clone)]
struct Echo(Inventory);

impl Answers for Echo {
    async fn converse(&self, opening: ManagerOpening, _receiver: Receiver<ManagerOpening>, sender: Sender<()>) {
        let ManagerOpening::Ask(Request::DescribeHost(_)) = opening else {
            return;
        };
        let mut out = sender.becomes::<Result<Reply, Refusal>>(Limit::Bulk);
        out.send(&Ok(Reply::DescribeHost(self.0.facts()))).await.unwrap();
        out.finish();
    }
}

struct Agent {
    dir: TempDir,
    tasks: Tasks,
    spool: Spool,
    clock: Clock,
    policy: watch::Sender<Policy>,
    ended: tokio::sync::oneshot::Receiver<Ended>,
}

fn agent(membership: Membership, dir: TempDir, clock: Clock) -> Agent {
    let home = Home::new(dir.path());
    home.save(&membership).unwrap();
    let tasks = Tasks::new();
    let spool = Spool::open(&home.spool(), DEFAULT_LIMIT).unwrap();
    spool.start(&tasks);
    let sources = Sources {
        engine: Engine::new("/nonexistent/docker.sock"),
        spool: spool.clone(),
        proc_root: PathBuf::from("/proc"),
        cgroup_root: PathBuf::from("/sys/fs/cgroup"),
    };
    let inventory = Inventory::start(&tasks, sources, Running::default());
    let (policy, policies) = watch::channel(Policy::default());
    let parts = Parts {
        answers: Echo(inventory.clone()),
        spool: spool.clone(),
        inventory,
        policy: policies,
        clock: clock.clone(),
        tasks: tasks.clone(),
        tuning: Tuning {
            certificate_check: Duration::from_millis(10),
            renewal_retry: Duration::from_secs(5),
        },
    };
    let link = Link::new(parts, home, membership);
    let (end, ended) = tokio::sync::oneshot::channel();
    tasks.spawn_graceful("link", async move {
        end.send(link.run().await).ok();
    });
    Agent {
        dir,
        tasks,
        spool,
        clock,
        policy,
        ended,
    }
}

fn event(n: u64) -> RecordBody {
    RecordBody::Event(Event {
        at_ns: 1,
        kind: "container".to_owned(),
        action: n.to_string(),
        subject: String::new(),
        attributes: BTreeMap::new(),
    })
}

async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it never happened")
}

#[tokio::test]
async fn a_host_joins_with_a_token_that_never_crosses_the_wire() {
    let manager = FakeManager::start();
    let token = JoinToken::make(manager.authority.pin(), Clock::Real.now().plus(PATIENCE)).unwrap();
    let public = token.public_key().unwrap();
    let key = NodeKey::make().unwrap();
    let node = NodeId::parse(NODE).unwrap();
    let serve = async {
        let connection = manager.accept().await;
        let (send, recv) = connection.accept_bi().await.unwrap();
        let request = Receiver::<JoinRequest>::new(recv, Limit::Join)
            .recv()
            .await
            .unwrap()
            .unwrap();
        let JoinRequest {
            token,
            csr,
            hostname,
            agent_version,
            proof,
        } = request;
        let exporter = exporter(&connection).unwrap();
        assert!(verify_proof(
            &public,
            &exporter,
            &csr,
            &token,
            &hostname,
            &agent_version,
            &proof
        ));
        let issued = manager.authority.issue_node(&csr, &node, Clock::Real.now()).unwrap();
        let mut sender = Sender::<Result<JoinReply, Refusal>>::new(send, Limit::Join);
        let reply = JoinReply {
            node: node.clone(),
            chain: issued.chain,
            addresses: vec!["other:7443".to_owned()],
        };
        sender.send(&Ok(reply)).await.unwrap();
        sender.finish_and_wait().await;
        connection.closed().await;
    };
    let address = manager.address.to_string();
    let (reply, ()) = soon(async { tokio::join!(join(&address, &token, &key, "web"), serve) }).await;
    let reply = reply.unwrap();
    assert_eq!(reply.node, node);
    assert_eq!(crane_shared::identity::pin_of(&reply.chain[0]).unwrap(), key.pin());
}

#[tokio::test]
async fn another_manager_at_the_address_is_not_joined() {
    let manager = FakeManager::start();
    let token = JoinToken::make(Pin([1; 32]), Clock::Real.now().plus(PATIENCE)).unwrap();
    let key = NodeKey::make().unwrap();
    let address = manager.address.to_string();
    let joined = soon(async {
        tokio::select! {
            joined = join(&address, &token, &key, "web") => joined,
            _ = manager.accept() => panic!("the handshake succeeded"),
        }
    });
    assert!(matches!(joined.await, Err(DialError::NotTheManager { .. })));
}

#[tokio::test]
async fn records_reach_the_manager_once_each_over_its_death() {
    let manager = FakeManager::start();
    let agent = agent(manager.membership(), tempfile::tempdir().unwrap(), Clock::Real);
    for n in 1..=3 {
        agent.spool.append(event(n)).await;
    }
    let mut session = soon(manager.session(0)).await;
    assert_eq!(session.hello.epoch, agent.spool.epoch());
    let first = soon(session.take(3)).await;
    assert_eq!(first.iter().map(|r| r.seq).collect::<Vec<_>>(), [1, 2, 3]);
    // The manager has 2 on disk when it dies, and the third arrived in vain.
    session.acks.send(&Ack { seq: 2 }).await.unwrap();
    soon(async {
        while agent.spool.status().acked < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    drop(session);
    let manager = manager.restart().await;
    agent.spool.append(event(4)).await;
    let mut session = soon(manager.session(2)).await;
    let again = soon(session.take(4)).await;
    let expected = [Record { seq: 3, body: event(3) }, Record { seq: 4, body: event(4) }];
    assert_eq!(again, expected);
    session.acks.send(&Ack { seq: 4 }).await.unwrap();
    soon(async {
        while agent.spool.status().acked < 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(agent.tasks.shutdown(PATIENCE).await, [""; 0]);
}

#[tokio::test]
async fn the_inventory_begins_with_the_host_and_questions_are_answered() {
    let manager = FakeManager::start();
    let agent = agent(manager.membership(), tempfile::tempdir().unwrap(), Clock::Real);
    let mut session = soon(manager.session(0)).await;
    assert!(matches!(
        soon(session.inventory.recv()).await.unwrap(),
        Some(InventoryFrame::Facts(_))
    ));
    assert!(matches!(
        soon(session.inventory.recv()).await.unwrap(),
        Some(InventoryFrame::EngineLost { .. })
    ));
    let (send, recv) = session.connection.open_bi().await.unwrap();
    let mut asks = Sender::<ManagerOpening>::new(send, Limit::Control);
    asks.send(&ManagerOpening::Ask(DescribeHost {}.into())).await.unwrap();
    let mut replies = Receiver::<Result<Reply, Refusal>>::new(recv, Limit::Bulk);
    assert!(matches!(
        soon(replies.recv()).await.unwrap(),
        Some(Ok(Reply::DescribeHost(_)))
    ));
    // The owner's change of mind is told at once.
    agent.policy.send_replace(Policy::deny_all());
    assert_eq!(
        soon(session.heard.recv()).await.unwrap(),
        Some(AgentWord::Policy(Policy::deny_all()))
    );
    // And the end is polite.
    agent.tasks.stopping().cancel();
    assert!(matches!(
        soon(session.heard.recv()).await.unwrap(),
        Some(AgentWord::Goodbye { .. })
    ));
    assert_eq!(soon(agent.ended).await.unwrap(), Ended::Stopped);
}

#[tokio::test]
async fn the_certificate_is_renewed_in_the_second_half_of_its_life() {
    let manager = FakeManager::start();
    let membership = manager.membership();
    let (from, until) = validity_of(&membership.chain[0]).unwrap();
    let life = until.since(from);
    let clock = Clock::manual(from.plus(life.mul_f64(0.45)));
    let agent = agent(membership, tempfile::tempdir().unwrap(), clock);
    // The agent trusts the manager's clock; here both stand still together.
    let connection = soon(manager.accept()).await;
    let (send, recv) = connection.accept_bi().await.unwrap();
    let mut openings = Receiver::<AgentOpening>::new(recv, Limit::Control);
    soon(openings.recv()).await.unwrap();
    let mut welcomes = Sender::<Result<Welcome, Refusal>>::new(send, Limit::Control);
    let welcome = Welcome {
        protocol: 1,
        node: NodeId::parse(NODE).unwrap(),
        manager_version: "test".to_owned(),
        server_time: agent.clock.now(),
        acked: 0,
        sample_period_ms: 1000,
        certificate_until: until,
    };
    welcomes.send(&Ok(welcome)).await.unwrap();
    let mut words = welcomes.becomes::<ManagerWord>(Limit::Control);
    let mut heard = openings.becomes::<AgentWord>(Limit::Control);
    let early = tokio::time::timeout(Duration::from_millis(200), heard.recv()).await;
    assert!(early.is_err(), "it asked at 45 % of its life: {early:?}");

    agent.clock.advance(life.mul_f64(0.4));
    let Some(AgentWord::Renew { csr }) = soon(heard.recv()).await.unwrap() else {
        panic!("no renewal");
    };
    let node = NodeId::parse(NODE).unwrap();
    let stranger = NodeKey::make().unwrap().csr().unwrap();
    for csr in [&stranger, &csr] {
        let issued = manager.authority.issue_node(csr, &node, Clock::Real.now()).unwrap();
        let word = ManagerWord::Renewed {
            chain: issued.chain.clone(),
            until: issued.until,
        };
        words.send(&word).await.unwrap();
        if csr == &stranger {
            continue;
        }
        let home = Home::new(agent.dir.path());
        soon(async {
            while home.load().unwrap().chain != issued.chain {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_removed_node_stops_for_good_and_remembers_it() {
    let manager = FakeManager::start();
    let agent = agent(manager.membership(), tempfile::tempdir().unwrap(), Clock::Real);
    let mut session = soon(manager.session(0)).await;
    session.words.send(&ManagerWord::Removed).await.unwrap();
    assert_eq!(soon(agent.ended).await.unwrap(), Ended::Removed);
    assert!(Home::new(agent.dir.path()).load().unwrap().removed.is_some());
}

#[tokio::test]
async fn a_manager_that_ends_is_found_again() {
    let manager = FakeManager::start();
    let mut membership = manager.membership();
    // A dead address before the good one: nothing listens on the discard port.
    membership.managers.insert(0, "127.0.0.1:9".to_owned());
    membership.managers.insert(0, "no port".to_owned());
    let agent = agent(membership, tempfile::tempdir().unwrap(), Clock::Real);
    let mut session = soon(manager.session(0)).await;
    session
        .words
        .send(&ManagerWord::Goodbye { spread_ms: 10 })
        .await
        .unwrap();
    soon(session.connection.closed()).await;
    soon(manager.session(0)).await;
    agent.tasks.stopping().cancel();
    assert_eq!(soon(agent.ended).await.unwrap(), Ended::Stopped);
}

#[tokio::test]
async fn a_key_that_is_not_admitted_is_told_from_a_dead_manager() {
    let manager = FakeManager::start();
    let membership = manager.membership();
    manager.active.0.lock().unwrap().clear();
    let config =
        crane_shared::identity::quic_client(&membership.pin, &membership.chain, &membership.key().unwrap()).unwrap();
    let address = manager.address.to_string();
    let greeted = soon(async {
        tokio::select! {
            greeted = async {
                let (_endpoint, connection) = dial::dial(&address, &config).await?;
                let facts = crate::host::facts::read("/proc".as_ref(), "/sys".as_ref());
                let hello = session::hello(1, facts, Policy::default());
                session::greet(connection, &address, hello).await.map(|session| session.welcome)
            } => greeted,
            _ = manager.accept() => panic!("the handshake succeeded"),
        }
    })
    .await;
    assert!(matches!(greeted, Err(DialError::NotAdmitted { .. })), "{greeted:?}");
}
