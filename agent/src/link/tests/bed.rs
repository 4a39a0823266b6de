//! A manager of the test's own, and an agent that is nothing but its link.

use super::super::*;
use crate::cgroup::Running;
use crate::docker::Engine;
use crate::inventory::{Inventory, Sources};
use crate::membership::{Home, Membership};
use crate::spool::{DEFAULT_LIMIT, Spool};
use crane_shared::identity::{Admission, Authority, NodeKey, Pin, peer_pin, quic_server};
use crane_shared::ids::NodeId;
use crane_shared::model::{Event, Policy};
use crane_shared::protocol::{
    Ack, AgentOpening, AgentWord, Hello, InventoryFrame, ManagerWord, Record, RecordBatch, RecordBody, Refusal, Reply,
    Request, Welcome,
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
pub(super) const NODE: &str = "00112233445566aa";
/// Nothing here waits so long unless it is broken.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Active(pub(super) Mutex<BTreeMap<Pin, NodeId>>);

impl Admission for Active {
    fn node_of(&self, key: &Pin) -> Option<NodeId> {
        self.0.lock().unwrap().get(key).cloned()
    }
}

/// A manager that does just what a test tells it.
pub(super) struct FakeManager {
    pub(super) authority: Authority,
    pub(super) active: Arc<Active>,
    pub(super) endpoint: quinn::Endpoint,
    pub(super) address: SocketAddr,
}

impl FakeManager {
    pub(super) fn start() -> Self {
        Self::with(
            Authority::make(Clock::Real.now()).unwrap(),
            Arc::default(),
            "127.0.0.1:0",
        )
    }

    /// Blocks until the port is free; needs the runtime around it.
    pub(super) fn with(authority: Authority, active: Arc<Active>, at: &str) -> Self {
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
    pub(super) async fn restart(self) -> Self {
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

    pub(super) async fn accept(&self) -> quinn::Connection {
        // Handshakes of removed nodes fail; the next one may not.
        loop {
            if let Ok(connection) = self.endpoint.accept().await.unwrap().await {
                return connection;
            }
        }
    }

    /// A key and certificate as `join` would leave them.
    pub(super) fn membership(&self) -> Membership {
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
            generation: 0,
        }
    }

    /// Lets one session begin: hello, welcome, and the two streams of the agent.
    pub(super) async fn session(&self, acked: u64) -> FakeSession {
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
        let mut heard = openings.becomes(Limit::Control);
        let Some(AgentWord::Generation { generation }) = heard.recv().await.unwrap() else {
            panic!("the first word is no generation");
        };
        FakeSession {
            connection,
            hello,
            words: welcomes.becomes(Limit::Control),
            heard,
            generation,
            inventory: inventory.unwrap(),
            records,
            acks,
        }
    }
}

pub(super) struct FakeSession {
    pub(super) connection: quinn::Connection,
    pub(super) hello: Hello,
    pub(super) words: Sender<ManagerWord>,
    pub(super) heard: Receiver<AgentWord>,
    /// What the agent showed first.
    pub(super) generation: u64,
    pub(super) inventory: Receiver<InventoryFrame>,
    pub(super) records: Receiver<RecordBatch>,
    pub(super) acks: Sender<Ack>,
}

impl FakeSession {
    /// Records up to number `last`.
    pub(super) async fn take(&mut self, last: u64) -> Vec<Record> {
        let mut taken: Vec<Record> = Vec::new();
        while taken.last().is_none_or(|record| record.seq < last) {
            taken.extend(self.records.recv().await.unwrap().unwrap().records);
        }
        taken
    }
}

/// Answers questions with a refusal-free nothing.
#[derive(Debug, Clone)]
pub(super) struct Echo(Inventory);

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

pub(super) struct Agent {
    pub(super) dir: TempDir,
    pub(super) tasks: Tasks,
    pub(super) spool: Spool,
    pub(super) clock: Clock,
    pub(super) policy: watch::Sender<Policy>,
    pub(super) ended: tokio::sync::oneshot::Receiver<Ended>,
}

pub(super) fn agent(membership: Membership, dir: TempDir, clock: Clock) -> Agent {
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

pub(super) fn event(n: u64) -> RecordBody {
    RecordBody::Event(Event {
        at_ns: 1,
        kind: "container".to_owned(),
        action: n.to_string(),
        subject: String::new(),
        attributes: BTreeMap::new(),
    })
}

pub(super) async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it never happened")
}
