//! One example of every message. The `match` in each table is checked by the compiler: a new variant does not
//! compile until it has an example.

use super::super::*;
use crate::ids::{ContainerId, ContainerKey, NodeId, ServiceId, SwarmNodeId, TaskId};
use crate::model::*;
use crate::time::Timestamp;
use crate::wire::{decode, encode};
use std::collections::BTreeMap;

/// A message as bytes.
pub(super) struct Example {
    /// `Type/Variant`.
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
}

macro_rules! examples {
    ($into:ident, $kind:ty as $label:literal { $($variant:literal: $pattern:pat => $example:expr),* $(,)? }) => {{
        fn variant(message: &$kind) -> &'static str {
            match message { $($pattern => $variant),* }
        }
        $({
            let message: $kind = $example;
            assert_eq!(variant(&message), $variant);
            let bytes = encode(&message).unwrap();
            assert_eq!(decode::<$kind>(&bytes).unwrap(), message, "{} comes back changed", $variant);
            $into.push(Example { name: concat!($label, "/", $variant), bytes });
        })*
    }};
}

pub(super) fn all() -> Vec<Example> {
    let mut all = Vec::new();
    joining(&mut all);
    talking(&mut all);
    reporting(&mut all);
    asking(&mut all);
    streaming(&mut all);
    all
}

fn joining(all: &mut Vec<Example>) {
    examples!(all, JoinRequest as "JoinRequest" {
        "-": JoinRequest { .. } => JoinRequest {
            token: [1, 2, 3, 4, 5, 6, 7, 8],
            csr: vec![0x30, 0x82],
            hostname: "node-a".into(),
            agent_version: "0.1.0".into(),
            proof: vec![0xaa; 64],
        },
    });
    examples!(all, Result<JoinReply, Refusal> as "JoinReply" {
        "Ok": Ok(_) => Ok(JoinReply {
            node: node(),
            chain: vec![vec![1, 2], vec![3]],
            addresses: vec!["10.0.0.1:7443".into()],
        }),
        "Err": Err(_) => Err(Refusal::NotAdmitted { why: "token".into() }),
    });
    examples!(all, Refusal as "Refusal" {
        "NotFound": Refusal::NotFound { .. } => Refusal::NotFound { what: "web".into() },
        "OwnerForbids": Refusal::OwnerForbids { .. } => Refusal::OwnerForbids { what: "shells".into() },
        "Unsupported": Refusal::Unsupported { .. } => Refusal::Unsupported { what: "x".into() },
        "Invalid": Refusal::Invalid { .. } => Refusal::Invalid { what: "x".into(), why: "y".into() },
        "Busy": Refusal::Busy { .. } => Refusal::Busy { what: "shells".into(), limit: 8 },
        "Docker": Refusal::Docker { .. } => Refusal::Docker { status: 409, message: "conflict".into() },
        "Unavailable": Refusal::Unavailable { .. } => Refusal::Unavailable { what: "node".into(), why: "away".into() },
        "NotAdmitted": Refusal::NotAdmitted { .. } => Refusal::NotAdmitted { why: "key".into() },
    });
}

fn talking(all: &mut Vec<Example>) {
    examples!(all, AgentOpening as "AgentOpening" {
        "Hello": AgentOpening::Hello(_) => AgentOpening::Hello(Hello {
            protocol_min: 1,
            protocol_max: 1,
            agent_version: "0.1.0".into(),
            capabilities: vec!["exec".into()],
            epoch: 0x0123_4567_89ab_cdef,
            facts: facts(),
            policy: Policy::default(),
        }),
        "Inventory": AgentOpening::Inventory => AgentOpening::Inventory,
        "Records": AgentOpening::Records => AgentOpening::Records,
    });
    examples!(all, Result<Welcome, Refusal> as "Welcome" {
        "Ok": Ok(_) => Ok(Welcome {
            protocol: 1,
            node: node(),
            manager_version: "0.1.0".into(),
            server_time: Timestamp(1_790_000_000_000),
            acked: 4711,
            sample_period_ms: 10_000,
            certificate_until: Timestamp(1_790_600_000_000),
        }),
        "Err": Err(_) => Err(Refusal::NotAdmitted { why: "version".into() }),
    });
    examples!(all, AgentWord as "AgentWord" {
        "Renew": AgentWord::Renew { .. } => AgentWord::Renew { csr: vec![0x30] },
        "Goodbye": AgentWord::Goodbye { .. } => AgentWord::Goodbye { why: "stopping".into() },
        "Policy": AgentWord::Policy(_) => AgentWord::Policy(Policy::deny_all()),
        "Leave": AgentWord::Leave => AgentWord::Leave,
        "Generation": AgentWord::Generation { .. } => AgentWord::Generation { generation: 4711 },
    });
    examples!(all, ManagerWord as "ManagerWord" {
        "Renewed": ManagerWord::Renewed { .. } => ManagerWord::Renewed {
            chain: vec![vec![1]],
            until: Timestamp(1_790_600_000_000),
        },
        "Refused": ManagerWord::Refused(_) => ManagerWord::Refused(Refusal::NotFound { what: "x".into() }),
        "Goodbye": ManagerWord::Goodbye { .. } => ManagerWord::Goodbye { spread_ms: 3_000 },
        "Removed": ManagerWord::Removed => ManagerWord::Removed,
        "Generation": ManagerWord::Generation { .. } => ManagerWord::Generation { generation: 4712 },
    });
}

fn reporting(all: &mut Vec<Example>) {
    examples!(all, InventoryFrame as "InventoryFrame" {
        "SweepBegins": InventoryFrame::SweepBegins => InventoryFrame::SweepBegins,
        "Sweep": InventoryFrame::Sweep(_) => InventoryFrame::Sweep(vec![container()]),
        "SweepEnds": InventoryFrame::SweepEnds => InventoryFrame::SweepEnds,
        "Changed": InventoryFrame::Changed(_) => InventoryFrame::Changed(container()),
        "Removed": InventoryFrame::Removed(_) => InventoryFrame::Removed(container_id()),
        "Facts": InventoryFrame::Facts(_) => InventoryFrame::Facts(facts()),
        "SwarmChanged": InventoryFrame::SwarmChanged { .. } => InventoryFrame::SwarmChanged {
            kind: "service".into(),
            id: "a".repeat(25),
        },
        "EngineLost": InventoryFrame::EngineLost { .. } => InventoryFrame::EngineLost { why: "no socket".into() },
    });
    let batch = |body| RecordBatch {
        records: vec![Record { seq: 300, body }],
    };
    examples!(all, RecordBody as "RecordBody" {
        "Samples": RecordBody::Samples(_) => RecordBody::Samples(samples()),
        "Event": RecordBody::Event(_) => RecordBody::Event(Event {
            at_ns: 1_790_000_000_123_456_789,
            kind: "container".into(),
            action: "die".into(),
            subject: "a".repeat(64),
            attributes: BTreeMap::from([("exitCode".into(), "137".into())]),
        }),
        "Gap": RecordBody::Gap { .. } => RecordBody::Gap {
            from: 1,
            to: 300,
            since: Timestamp(1),
            until: Timestamp(2),
            bytes: 65_536,
        },
    });
    examples!(all, RecordBatch as "RecordBatch" {
        "-": RecordBatch { .. } => batch(RecordBody::Samples(samples())),
    });
    examples!(all, Ack as "Ack" { "-": Ack { .. } => Ack { seq: 300 } });
}

fn asking(all: &mut Vec<Example>) {
    examples!(all, ManagerOpening as "ManagerOpening" {
        "Ask": ManagerOpening::Ask(_) => ManagerOpening::Ask(DescribeHost {}.into()),
        "Logs": ManagerOpening::Logs(_) => ManagerOpening::Logs(LogQuery {
            container: container_id(),
            start: LogStart::Tail(100),
            follow: true,
        }),
        "Exec": ManagerOpening::Exec(_) => ManagerOpening::Exec(ExecSpec {
            container: container_id(),
            command: vec!["sh".into()],
            tty: true,
            user: String::new(),
            env: vec!["TERM=xterm".into()],
            working_dir: String::new(),
            columns: 120,
            rows: 40,
        }),
        "Stats": ManagerOpening::Stats(_) => ManagerOpening::Stats(StatsQuery {
            containers: vec![ContainerKey(7)],
            period_ms: 1_000,
        }),
        "Docker": ManagerOpening::Docker => ManagerOpening::Docker,
    });
    examples!(all, Request as "Request" {
        "DescribeHost": Request::DescribeHost(_) => DescribeHost {}.into(),
        "RunDoctor": Request::RunDoctor(_) => RunDoctor {}.into(),
    });
    examples!(all, Reply as "Reply" {
        "DescribeHost": Reply::DescribeHost(_) => Reply::DescribeHost(facts()),
        "RunDoctor": Reply::RunDoctor(_) => Reply::RunDoctor(vec![Finding {
            check: "docker.version".into(),
            severity: Severity::Warning,
            saw: "old".into(),
            next: "upgrade".into(),
        }]),
    });
    examples!(all, LogStart as "LogStart" {
        "Beginning": LogStart::Beginning => LogStart::Beginning,
        "Tail": LogStart::Tail(_) => LogStart::Tail(10),
        "Since": LogStart::Since(_) => LogStart::Since(1_790_000_000_000_000_000),
        "After": LogStart::After(_) => LogStart::After(LogCursor::File { inode: 12, offset: 3_456, at_ns: 789 }),
    });
    examples!(all, LogCursor as "LogCursor" {
        "File": LogCursor::File { .. } => LogCursor::File { inode: 12, offset: 3_456, at_ns: 789 },
        "Time": LogCursor::Time { .. } => LogCursor::Time { at_ns: 789, seen: 2 },
        "FileOpen": LogCursor::FileOpen { .. } => LogCursor::FileOpen {
            inode: 12, offset: 3_456, at_ns: 789, open_inode: 11, open_offset: 1_234,
        },
    });
}

fn streaming(all: &mut Vec<Example>) {
    examples!(all, LogFrame as "LogFrame" {
        "Lines": LogFrame::Lines { .. } => LogFrame::Lines {
            lines: vec![LogLine {
                at_ns: 1_790_000_000_000_000_001,
                source: LogSource::Stderr,
                bytes: b"\xff one".to_vec(),
                cut: false,
            }],
            cursor: LogCursor::Time { at_ns: 5, seen: 1 },
        },
        "Gap": LogFrame::Gap(_) => LogFrame::Gap(LogGap {
            bytes: 10,
            exact: true,
            after_ns: 1,
            before_ns: 2,
            why: "rotated".into(),
        }),
        "CaughtUp": LogFrame::CaughtUp => LogFrame::CaughtUp,
        "End": LogFrame::End { .. } => LogFrame::End { why: "the container stopped".into() },
    });
    examples!(all, ExecInput as "ExecInput" {
        "Bytes": ExecInput::Bytes(_) => ExecInput::Bytes(vec![3]),
        "Resize": ExecInput::Resize { .. } => ExecInput::Resize { columns: 80, rows: 24 },
        "End": ExecInput::End => ExecInput::End,
    });
    examples!(all, ExecOutput as "ExecOutput" {
        "Started": ExecOutput::Started => ExecOutput::Started,
        "Stdout": ExecOutput::Stdout(_) => ExecOutput::Stdout(b"out".to_vec()),
        "Stderr": ExecOutput::Stderr(_) => ExecOutput::Stderr(b"err".to_vec()),
        "Exited": ExecOutput::Exited { .. } => ExecOutput::Exited { code: 137 },
        "Refused": ExecOutput::Refused(_) => ExecOutput::Refused(Refusal::Busy { what: "shells".into(), limit: 8 }),
    });
    examples!(all, StatsFrame as "StatsFrame" {
        "-": StatsFrame { .. } => StatsFrame {
            at: Timestamp(1_790_000_000_000),
            host: HostLoad::default(),
            containers: vec![LiveSample {
                key: ContainerKey(7),
                usage: usage(),
                totals: Totals { cpu_ns: 1, rx: 2, tx: 3, read: 4, write: 5 },
                memory_limit: 1 << 30,
            }],
        },
    });
}

fn node() -> NodeId {
    NodeId::parse("00112233445566ff").unwrap()
}

fn container_id() -> ContainerId {
    ContainerId::parse("ab".repeat(32)).unwrap()
}

fn usage() -> Usage {
    Usage {
        cpu: 10_000,
        memory: 1 << 20,
        rx: 1,
        tx: 2,
        read: 3,
        write: 4,
        pids: 5,
    }
}

fn samples() -> SampleBatch {
    SampleBatch {
        at: Timestamp(1_790_000_000_000),
        period_ms: 10_000,
        host: HostLoad {
            cpu: 1_234,
            memory_total: 1 << 34,
            ..HostLoad::default()
        },
        containers: vec![ContainerSample {
            key: ContainerKey(7),
            usage: usage(),
        }],
    }
}

fn facts() -> HostFacts {
    HostFacts {
        hostname: "node-a".into(),
        os: "Debian GNU/Linux 12 (bookworm)".into(),
        kernel: "6.1.0".into(),
        arch: "x86_64".into(),
        cpus: 4,
        memory: 1 << 33,
        boot_id: "0b5c".into(),
        cgroup_version: 2,
        addresses: vec!["10.0.0.2".into()],
        engine: Some(Engine {
            version: "20.10.24".into(),
            api_version: "1.41".into(),
            api_minimum: "1.12".into(),
            storage_driver: "overlay2".into(),
            logging_driver: "json-file".into(),
            cgroup_driver: "systemd".into(),
            root_dir: "/var/lib/docker".into(),
            runtimes: vec!["runc".into()],
            swarm: Some(SwarmMembership {
                node_id: SwarmNodeId::parse("n".repeat(25)).unwrap(),
                cluster_id: "c".repeat(25),
                state: "active".into(),
                address: "10.0.0.2".into(),
                manager: true,
            }),
        }),
    }
}

fn container() -> Container {
    Container {
        id: container_id(),
        name: "web.1.x".into(),
        image: "nginx:1.27".into(),
        image_id: "sha256:00".into(),
        command: "nginx -g 'daemon off;'".into(),
        created: Timestamp(1),
        started: Some(Timestamp(2)),
        finished: None,
        state: ContainerState::Running,
        health: Health::Healthy,
        exit_code: None,
        oom_killed: false,
        restarts: 1,
        labels: BTreeMap::from([("a".into(), "b".into())]),
        task: Some(SwarmTask {
            id: TaskId::parse("t".repeat(25)).unwrap(),
            name: "web.1.x".into(),
            service_id: ServiceId::parse("s".repeat(25)).unwrap(),
            service_name: "web".into(),
            stack: Some("shop".into()),
        }),
        ports: vec![Port {
            container_port: 80,
            protocol: "tcp".into(),
            published: Some(("0.0.0.0".into(), 8080)),
        }],
        networks: vec!["ingress".into()],
        mounts: vec![Mount {
            kind: "volume".into(),
            source: "data".into(),
            destination: "/data".into(),
            read_only: false,
        }],
        tty: false,
        log_driver: "json-file".into(),
        memory_limit: 0,
    }
}
