use super::*;
use crate::enrolment::NodeRecord;
use crate::link::Agents;
use crate::store::Store;
use crane_shared::identity::Pin;
use crane_shared::ids::NodeId;
use crane_shared::model::{HostFacts, HostLoad};
use crane_shared::protocol::{Hello, Record};
use crane_shared::tasks::Tasks;
use crane_shared::time::{Clock, Timestamp};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::sync::watch;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn session() -> Session {
    let facts = HostFacts {
        hostname: "east-1".to_owned(),
        os: String::new(),
        kernel: String::new(),
        arch: String::new(),
        cpus: 2,
        memory: 1 << 30,
        boot_id: String::new(),
        cgroup_version: 2,
        addresses: Vec::new(),
        engine: None,
    };
    Session {
        node: NodeId::parse("00000000000000a1").unwrap(),
        number: 1,
        from: SocketAddr::from((Ipv4Addr::LOCALHOST, 9)),
        began: NOW,
        protocol: 1,
        hello: Arc::new(Hello {
            protocol_min: 1,
            protocol_max: 1,
            agent_version: "0".to_owned(),
            capabilities: Vec::new(),
            epoch: 5,
            facts,
            policy: Policy::default(),
        }),
    }
}

fn ingest(dir: &std::path::Path, session: &Session) -> Ingest {
    let clock = Clock::manual(NOW);
    let record = NodeRecord {
        id: session.node.clone(),
        key: Pin([0; 32]),
        hostname: "east-1".to_owned(),
        joined: NOW,
        certificate_until: NOW,
        agent_version: String::new(),
        address: String::new(),
        last_seen: None,
        standing: Default::default(),
    };
    let (_, members) = watch::channel(Arc::new(vec![record]));
    let cluster = Cluster::new(Agents::new(&Tasks::new()), members, clock.clone());
    Ingest::new(Metrics::new(Store::open(dir).unwrap(), clock), cluster)
}

fn record(seq: u64, cpu: u32) -> Record {
    Record {
        seq,
        body: RecordBody::Samples(SampleBatch {
            at: Timestamp(NOW.0 - 60_000 + seq as i64 * 1000),
            period_ms: 1000,
            host: HostLoad {
                cpu,
                ..HostLoad::default()
            },
            containers: Vec::new(),
        }),
    }
}

#[tokio::test]
async fn what_is_answered_is_stored_and_shown() {
    let dir = tempfile::tempdir().unwrap();
    let session = session();
    let ingest = ingest(dir.path(), &session);
    ingest.began(&session);
    assert_eq!(ingest.acked(&session).await, Ok(0));
    let records = vec![record(1, 100), record(2, 200)];
    assert_eq!(ingest.records(&session, RecordBatch { records }).await, Ok(2));
    assert_eq!(ingest.acked(&session).await, Ok(2));
    let load = ingest.cluster.node("east-1").unwrap().load.unwrap();
    assert!((load.cpu - 2.0).abs() < 1e-9, "{load:?}");
}

#[tokio::test]
async fn a_hole_ends_the_stream_instead_of_keeping_the_agent_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let session = session();
    let ingest = ingest(dir.path(), &session);
    let records = vec![record(1, 100), record(3, 300)];
    let refusal = ingest.records(&session, RecordBatch { records }).await;
    assert!(matches!(refusal, Err(Refusal::Unavailable { .. })), "{refusal:?}");
    assert_eq!(ingest.acked(&session).await, Ok(1), "what came before the hole is kept");
}
