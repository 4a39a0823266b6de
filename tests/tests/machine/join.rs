//! The served line, on a machine with systemd.

use crate::world::World;
use anyhow::{Context, Result, ensure};
use crane_shared::api;
use crane_tests::machine::NAME;

/// What install.sh writes into the unit, as systemd understood it.
const LOCKED: &[(&str, &str)] = &[
    ("ProtectSystem", "strict"),
    ("ReadWritePaths", "/var/lib/crane-agent"),
    ("ProtectHome", "yes"),
    ("PrivateTmp", "yes"),
    ("NoNewPrivileges", "yes"),
    ("CapabilityBoundingSet", "cap_dac_read_search cap_kill cap_sys_ptrace"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("RestrictNamespaces", "yes"),
    ("LockPersonality", "yes"),
    ("MemoryDenyWriteExecute", "yes"),
    ("SystemCallArchitectures", "native"),
    ("MemoryMax", "268435456"),
    ("Restart", "always"),
    ("RestartPreventExitStatus", "78"),
];

pub(crate) async fn one_line_makes_the_machine_a_node(world: &mut World) -> Result<()> {
    world.expect(
        "crane-agent",
        &[
            ("ActiveState", "active"),
            ("UnitFileState", "enabled"),
            ("NRestarts", "0"),
        ],
    )?;
    let list: api::List<api::Node> = world.admin().get("/api/v1/nodes").await?;
    ensure!(list.complete && list.items.len() == 1, "the panel shows {list:?}");
    let node = &list.items[0];
    ensure!(node.name == NAME && node.connected && node.engine_ok, "{node:?}");
    let facts = node.facts.as_ref().context("no facts")?;
    let engine = facts.engine.as_ref().context("no engine")?;
    let info = |what: &str| world.machine.shell(&format!("docker info --format '{{{{.{what}}}}}'"));
    ensure!(facts.cgroup_version == 2 && info("CgroupVersion")? == "2", "{facts:?}");
    ensure!(
        engine.cgroup_driver == "systemd" && info("CgroupDriver")? == "systemd",
        "{engine:?}"
    );
    ensure!(engine.version == info("ServerVersion")? && facts.cpus.to_string() == info("NCPU")?);
    ensure!(facts.memory.to_string() == info("MemTotal")?);
    ensure!(facts.kernel == world.machine.shell("uname -r")?);
    let said = world.said.lines().map(ToOwned::to_owned).collect::<Vec<_>>();
    let what = format!(
        "{}, kernel {}, Docker {}, cgroup v{} under {}",
        facts.os, facts.kernel, engine.version, facts.cgroup_version, engine.cgroup_driver
    );
    world.note(what);
    for line in said {
        world.note(format!("the line said: {line}"));
    }
    Ok(())
}

/// What systemd was told, and what the kernel holds the process to.
pub(crate) async fn the_unit_is_locked_up_as_it_says(world: &mut World) -> Result<()> {
    world.expect("crane-agent", LOCKED)?;
    let pid = world.pid("crane-agent")?;
    let status = world.machine.shell(&format!("cat /proc/{pid}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim_start_matches(':').trim().to_owned())
            .with_context(|| format!("no {name}"))
    };
    // DAC_READ_SEARCH 2, KILL 5, SYS_PTRACE 19.
    let three = format!("{:016x}", 1_u64 << 2 | 1 << 5 | 1 << 19);
    for set in ["CapBnd", "CapEff", "CapPrm"] {
        ensure!(field(set)? == three, "{set} is {}", field(set)?);
    }
    ensure!(
        field("NoNewPrivs")? == "1" && field("Seccomp")? == "2",
        "the kernel does not hold it:\n{status}"
    );
    // The same view of the files, with all rights: what is read-only there is so for whoever is inside.
    for place in [
        "/etc/touched",
        "/usr/local/bin/touched",
        "/var/lib/docker/touched",
        "/root/touched",
    ] {
        let said = world
            .machine
            .try_shell(&format!("nsenter -t {pid} -m -- touch {place}"))?;
        ensure!(!said.status.success(), "{place} can be written in the agent's view");
    }
    world.machine.shell(&format!(
        "nsenter -t {pid} -m -- sh -c 'f=/var/lib/crane-agent/touched; touch $f && rm $f'"
    ))?;
    let exposure = world.exposure("crane-agent")?;
    world.note(exposure);
    world.note(format!(
        "CapEff {three}, NoNewPrivs 1, Seccomp 2; only /var/lib/crane-agent can be written"
    ));
    Ok(())
}

pub(crate) async fn a_token_is_good_for_one_join(world: &mut World) -> Result<()> {
    // The line once more: a node stays the node that it is, and the token is not even looked at.
    let before: api::List<api::Node> = world.admin().get("/api/v1/nodes").await?;
    let again = world.machine.shell(&format!("{{ {}; }} 2>&1", world.line.command))?;
    ensure!(again.contains("this host is a node already"), "{again}");
    let after = world.connected().await?;
    ensure!(before.items[0].id == after.id, "the node has got another identity");
    // As another node of this host: refused.
    let manager = &world.manager.outside_address();
    let said = world.machine.try_shell(&format!(
        "printf '%s\\n' {} | crane-agent join --manager {manager} --token-stdin --state /tmp/second",
        world.line.secret
    ))?;
    ensure!(!said.status.success(), "a used token was taken again: {said:?}");
    ensure!(
        world
            .machine
            .try_shell("test -e /tmp/second/identity.json")?
            .status
            .code()
            == Some(1),
        "a refused join left an identity"
    );
    world.note(format!(
        "the used token: exit {}, {}",
        said.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&said.stderr).trim()
    ));
    Ok(())
}
