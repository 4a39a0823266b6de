use crane_shared::model::{HostFacts, Policy};
use crane_shared::protocol::{Hello, VERSION, VERSION_MIN};

/// What an agent on the host `hostname` says first.
pub(crate) fn hello(hostname: &str) -> Hello {
    Hello {
        protocol_min: VERSION_MIN,
        protocol_max: VERSION,
        agent_version: "0.1.0".into(),
        capabilities: Vec::new(),
        epoch: 7,
        facts: HostFacts {
            hostname: hostname.into(),
            os: "Debian GNU/Linux 12 (bookworm)".into(),
            kernel: "6.1".into(),
            arch: "x86_64".into(),
            cpus: 2,
            memory: 4 << 30,
            boot_id: "b".into(),
            cgroup_version: 2,
            addresses: vec!["192.0.2.1".into()],
            engine: None,
        },
        policy: Policy::default(),
    }
}
