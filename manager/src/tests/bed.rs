//! A manager without web and metrics, and hosts that dial it.

use crate::cluster::Cluster;
use crate::enrolment::{Config, Keys, Registry};
use crate::link::{self, Agents, Gatekeeper, Listener, Reports, Session};
use crate::store::Store;
use crane_shared::identity::{
    Admission, JoinToken, NodeKey, SERVER_NAME, exporter, quic_client, quic_client_join, quic_endpoint, quic_server,
};
use crane_shared::ids::{ContainerId, NodeId};
use crane_shared::model::{Container, ContainerState, Health, HostFacts, Policy};
use crane_shared::protocol::{
    AgentOpening, AgentWord, Hello, InventoryFrame, JoinReply, JoinRequest, ManagerWord, RecordBatch, Refusal, VERSION,
    VERSION_MIN, Welcome,
};
use crane_shared::tasks::Tasks;
use crane_shared::time::Clock;
use crane_shared::wire::{Limit, Receiver, Sender};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longer than anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for what must happen.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it never happened")
}

pub(crate) struct Bed {
    pub(crate) clock: Clock,
    pub(crate) tasks: Tasks,
    pub(crate) agents: Agents,
    pub(crate) keys: Arc<Keys>,
    pub(crate) registry: Registry,
    pub(crate) cluster: Cluster,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) address: SocketAddr,
    _dir: tempfile::TempDir,
}

impl Bed {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Clock::Real.now());
        let tasks = Tasks::new();
        let agents = Agents::new(&tasks);
        let keys = Arc::new(Keys::open(dir.path(), &clock).unwrap());
        let store = Store::open(&dir.path().join("store")).unwrap();
        let config = Config {
            advertise: vec!["manager.example:7443".into()],
        };
        let registry = Registry::open(store, clock.clone(), Arc::clone(&keys), agents.clone(), config).unwrap();
        let cluster = Cluster::new(agents.clone(), registry.members(), clock.clone());
        cluster.start(&tasks);
        let recorder = Arc::new(Recorder {
            cluster: cluster.clone(),
            seen: Mutex::default(),
        });
        let chain = keys
            .authority
            .issue_manager(keys.manager_key.expose(), &[], clock.now())
            .unwrap();
        let admission: Arc<dyn Admission> = Arc::new(registry.clone());
        let server = quic_server(&chain, keys.manager_key.expose(), keys.authority.root_der(), admission).unwrap();
        let gate: Arc<dyn Gatekeeper> = Arc::new(registry.clone());
        let reports: Arc<dyn Reports> = Arc::clone(&recorder) as _;
        let config = link::Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            sample_period_ms: 10_000,
            spread_ms: 1000,
            endpoint: quic_endpoint(keys.manager_key.expose()),
        };
        let listener = Listener::bind(config, server, gate, reports, agents.clone(), clock.clone(), &tasks).unwrap();
        let address = listener.address();
        listener.start();
        Self {
            clock,
            tasks,
            agents,
            keys,
            registry,
            cluster,
            recorder,
            address,
            _dir: dir,
        }
    }

    pub(crate) async fn token(&self) -> JoinToken {
        let (_, secret) = self.registry.make_join_token(&Default::default()).await.unwrap();
        JoinToken::parse(secret.expose()).unwrap()
    }

    /// A host that has joined with a token of its own.
    pub(crate) async fn host(&self, hostname: &str) -> Host {
        let token = self.token().await;
        let key = NodeKey::make().unwrap();
        let reply = self.join(&token, hostname, &key, key.csr().unwrap()).await.unwrap();
        Host {
            hostname: hostname.into(),
            node: reply.node,
            chain: reply.chain,
            key,
        }
    }

    pub(crate) async fn join(
        &self,
        token: &JoinToken,
        hostname: &str,
        _key: &NodeKey,
        csr: Vec<u8>,
    ) -> Result<JoinReply, Refusal> {
        let connection = self
            .connect(quic_client_join(&self.keys.authority.pin()).unwrap())
            .await
            .unwrap();
        let proof = token
            .prove(&exporter(&connection).unwrap(), &csr, hostname, "0.1.0")
            .unwrap();
        let request = JoinRequest {
            token: token.id,
            csr,
            hostname: hostname.into(),
            agent_version: "0.1.0".into(),
            proof,
        };
        say(&connection, &request).await
    }

    /// A connection of its own endpoint, or why there is none. TLS 1.3 tells a client late that it was turned away, so
    /// only a connection that still stands after a round trip counts.
    pub(crate) async fn connect(&self, config: quinn::ClientConfig) -> Result<quinn::Connection, String> {
        let endpoint = quinn::Endpoint::client(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let dial = endpoint.connect_with(config, self.address, SERVER_NAME).unwrap();
        soon(dial).await.map_err(|err| err.to_string())
    }

    /// Waits until the node is connected, or is not.
    pub(crate) async fn until_connected(&self, node: &NodeId, wanted: bool) {
        let mut arrivals = self.agents.arrivals();
        soon(async {
            while self.agents.connected(node) != wanted {
                arrivals.changed().await.unwrap();
            }
        })
        .await;
    }
}

/// Sends a join request and waits for the answer.
pub(crate) async fn say(connection: &quinn::Connection, request: &JoinRequest) -> Result<JoinReply, Refusal> {
    let (send, recv) = soon(connection.open_bi()).await.unwrap();
    let mut sender = Sender::new(send, Limit::Join);
    sender.send(request).await.unwrap();
    sender.finish();
    let mut answers = Receiver::<Result<JoinReply, Refusal>>::new(recv, Limit::Join);
    soon(answers.recv()).await.unwrap().unwrap()
}

/// A joined machine.
pub(crate) struct Host {
    pub(crate) hostname: String,
    pub(crate) node: NodeId,
    pub(crate) key: NodeKey,
    pub(crate) chain: Vec<Vec<u8>>,
}

/// One session, seen from the host.
pub(crate) struct Visit {
    pub(crate) connection: quinn::Connection,
    pub(crate) welcome: Welcome,
    pub(crate) words_out: Sender<AgentWord>,
    pub(crate) words_in: Receiver<ManagerWord>,
}

impl Host {
    pub(crate) fn config(&self, bed: &Bed) -> quinn::ClientConfig {
        quic_client(&bed.keys.authority.pin(), &self.chain, &self.key).unwrap()
    }

    /// Dials and says hello.
    pub(crate) async fn visit(&self, bed: &Bed) -> Result<Visit, String> {
        let connection = bed.connect(self.config(bed)).await?;
        greet(connection, hello(&self.hostname)).await
    }
}

impl Visit {
    /// Shows the generation that the host has, and keeps the next one, as an agent does. Gives that.
    pub(crate) async fn keep_generation(&mut self, has: u64) -> Option<u64> {
        let mut say = async |generation| self.words_out.send(&AgentWord::Generation { generation }).await;
        say(has).await.ok()?;
        let Ok(Some(ManagerWord::Generation { generation })) = soon(self.words_in.recv()).await else {
            return None;
        };
        say(generation).await.ok()?;
        Some(generation)
    }
}

/// Says hello on a connection.
pub(crate) async fn greet(connection: quinn::Connection, hello: Hello) -> Result<Visit, String> {
    let (send, recv) = soon(connection.open_bi()).await.map_err(|err| err.to_string())?;
    let mut sender = Sender::new(send, Limit::Control);
    sender
        .send(&AgentOpening::Hello(hello))
        .await
        .map_err(|err| err.to_string())?;
    let mut receiver = Receiver::<Result<Welcome, Refusal>>::new(recv, Limit::Control);
    let welcome = soon(receiver.recv())
        .await
        .map_err(|err| err.to_string())?
        .ok_or("no welcome")?
        .map_err(|refusal| refusal.to_string())?;
    Ok(Visit {
        connection,
        welcome,
        words_out: sender.becomes(Limit::Control),
        words_in: receiver.becomes(Limit::Control),
    })
}

impl Visit {
    /// Opens an inventory and sends `frames` on it.
    pub(crate) async fn inventory(&self, frames: &[InventoryFrame]) -> Sender<InventoryFrame> {
        let (send, _recv) = soon(self.connection.open_bi()).await.unwrap();
        let mut opening = Sender::new(send, Limit::Control);
        opening.send(&AgentOpening::Inventory).await.unwrap();
        let mut stream = opening.becomes(Limit::Bulk);
        for frame in frames {
            stream.send(frame).await.unwrap();
        }
        stream
    }
}

/// Writes down what the link reports, and keeps a picture by it.
#[derive(Debug)]
pub(crate) struct Recorder {
    cluster: Cluster,
    pub(crate) seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) began: Vec<(NodeId, u64)>,
    pub(crate) ended: Vec<(NodeId, u64)>,
    pub(crate) records: Vec<(NodeId, u64)>,
}

impl Reports for Recorder {
    fn acked<'a>(&'a self, _session: &'a Session) -> BoxFuture<'a, Result<u64, Refusal>> {
        async { Ok(0) }.boxed()
    }

    fn began(&self, session: &Session) {
        self.seen
            .lock()
            .unwrap()
            .began
            .push((session.node.clone(), session.number));
        self.cluster.began(session);
    }

    fn inventory(&self, session: &Session, frame: InventoryFrame) -> Result<(), Refusal> {
        self.cluster.inventory(session, frame)
    }

    fn records<'a>(&'a self, session: &'a Session, batch: RecordBatch) -> BoxFuture<'a, Result<u64, Refusal>> {
        let mut seen = self.seen.lock().unwrap();
        seen.records
            .extend(batch.records.iter().map(|record| (session.node.clone(), record.seq)));
        let last = batch.records.last().map_or(0, |record| record.seq);
        async move { Ok(last) }.boxed()
    }

    fn policy(&self, session: &Session, policy: Policy) {
        self.cluster.policy(session, policy);
    }

    fn ended(&self, session: &Session, _why: &str) {
        self.seen
            .lock()
            .unwrap()
            .ended
            .push((session.node.clone(), session.number));
        self.cluster.ended(session);
    }
}

/// What an agent on the host `hostname` says first.
pub(crate) fn hello(hostname: &str) -> Hello {
    Hello {
        protocol_min: VERSION_MIN,
        protocol_max: VERSION,
        agent_version: "0.1.0".into(),
        capabilities: Vec::new(),
        epoch: 7,
        facts: facts(hostname),
        policy: Policy::default(),
    }
}

pub(crate) fn facts(hostname: &str) -> HostFacts {
    HostFacts {
        hostname: hostname.into(),
        os: "Debian GNU/Linux 12 (bookworm)".into(),
        kernel: "6.1".into(),
        arch: "x86_64".into(),
        cpus: 2,
        memory: 4 << 30,
        boot_id: "b".into(),
        cgroup_version: 2,
        addresses: vec!["192.0.2.1".into()],
        engine: Some(crane_shared::model::Engine {
            version: "20.10.24".into(),
            api_version: "1.41".into(),
            api_minimum: "1.12".into(),
            storage_driver: "overlay2".into(),
            logging_driver: "json-file".into(),
            cgroup_driver: "systemd".into(),
            root_dir: "/var/lib/docker".into(),
            runtimes: vec!["runc".into()],
            swarm: None,
        }),
    }
}

/// The id that begins with `n` and goes on with zeros.
pub(crate) fn container_id(n: u64) -> ContainerId {
    ContainerId::parse(format!("{n:016x}{:048}", 0)).unwrap()
}

/// A running container called `name`.
pub(crate) fn container(n: u64, name: &str) -> Container {
    Container {
        id: container_id(n),
        name: name.into(),
        image: "nginx:1.27".into(),
        image_id: "sha256:ab".into(),
        command: "nginx".into(),
        created: crane_shared::time::Timestamp(1000),
        started: Some(crane_shared::time::Timestamp(2000)),
        finished: None,
        state: ContainerState::Running,
        health: Health::None,
        exit_code: None,
        oom_killed: false,
        restarts: 0,
        labels: BTreeMap::new(),
        task: None,
        ports: Vec::new(),
        networks: Vec::new(),
        mounts: Vec::new(),
        tty: false,
        log_driver: "json-file".into(),
        memory_limit: 0,
    }
}
