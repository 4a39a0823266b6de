//! `make up` on a machine with systemd: everything of install/up.sh but compiling, with the programs that are under test.

use crate::world::{World, connected};
use anyhow::{Context, Result, ensure};
use crane_shared::api;
use crane_tests::Client;
use crane_tests::client::Trust;
use crane_tests::eventually;
use crane_tests::machine::{EMAIL, INSIDE, PASSWORD, PATIENCE, WEB};
use http::{Method, StatusCode};
use std::time::{Duration, Instant};

const UNIT: &str = "crane-manager";
/// More often than systemd's own limit of five starts in ten seconds would let pass.
const KILLS: usize = 7;
const HOME: &str = "/root/crane";

/// What install/crane-manager.service says, as systemd understood it.
const LOCKED: &[(&str, &str)] = &[
    ("ProtectSystem", "strict"),
    ("StateDirectory", "crane-manager"),
    ("ProtectHome", "yes"),
    ("PrivateTmp", "yes"),
    ("PrivateDevices", "yes"),
    ("NoNewPrivileges", "yes"),
    ("CapabilityBoundingSet", ""),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("ProtectControlGroups", "yes"),
    ("RestrictNamespaces", "yes"),
    ("MemoryDenyWriteExecute", "yes"),
    ("SystemCallArchitectures", "native"),
    ("Restart", "always"),
];

/// A script of the clone, inside, as `make` calls it.
fn script(name: &str) -> String {
    format!("cd {HOME} && HOME=/root CRANE_CACHE=/root/.cache CARGO_TARGET_DIR={HOME}/target install/{name} 2>&1")
}

fn client(world: &World) -> Result<Client> {
    Client::new(&world.machine.web(), Trust::default())
}

async fn ready(world: &World) -> Result<()> {
    let anyone = client(world)?;
    eventually("the manager answers /readyz", PATIENCE, || async {
        anyone.send(Method::GET, "/readyz", None).await?.ok().map(drop)
    })
    .await
}

/// The first administrator of the manager inside, made through the API when there is none. A password hash takes seconds of
/// emulated CPU: on a busy host longer than the manager lets anybody wait, and then it is asked again.
async fn signed_in(world: &World) -> Result<Client> {
    let anyone = client(world)?;
    let state: api::SetupState = anyone.get("/api/v1/setup").await?;
    if state.needed {
        let code = world.machine.shell("sed 's/.*#//' /var/lib/crane-manager/setup-link")?;
        let wish = serde_json::json!({ "code": code.trim(), "email": EMAIL, "password": PASSWORD });
        let answer = anyone.send(Method::POST, "/api/v1/setup", Some(&wish)).await?;
        if answer.status != StatusCode::GATEWAY_TIMEOUT {
            answer.ok()?;
        }
    }
    eventually("the administrator can sign in", PATIENCE, || {
        anyone.sign_in(EMAIL, PASSWORD)
    })
    .await
}

/// Runs `make up`; the second time it changes nothing. A node of the outer panel would be left there: `make up` keeps what
/// has joined.
async fn up(world: &World) -> Result<String> {
    crate::unit::remove(world).await?;
    let unpack = format!("test -e {HOME}/Cargo.lock || {{ mkdir -p {HOME} && tar -C {HOME} -xf /dev/vdb; }}");
    world.machine.shell(&unpack)?;
    world.machine.shell(&script("up.sh"))
}

pub(crate) async fn the_manager_runs_as_a_unit(world: &mut World) -> Result<()> {
    let start = Instant::now();
    let said = up(world).await?;
    let took = start.elapsed();
    ensure!(said.contains(&format!("https://{INSIDE}:{WEB}/")), "no link: {said}");
    let arguments = world.machine.shell("cat /etc/crane/manager.env")?;
    ensure!(
        arguments
            == format!(
                "CRANE_ARGS=serve --data /var/lib/crane-manager --listen 0.0.0.0:{WEB} --advertise {INSIDE}:{WEB}"
            ),
        "{arguments}"
    );
    world.expect(
        UNIT,
        &[
            ("ActiveState", "active"),
            ("UnitFileState", "enabled"),
            ("NRestarts", "0"),
        ],
    )?;
    ready(world).await?;
    // A second `make up` leaves alone what runs.
    let before = (world.pid(UNIT)?, world.pid("crane-agent")?);
    up(world).await?;
    ensure!(
        (world.pid(UNIT)?, world.pid("crane-agent")?) == before,
        "the second `make up` restarted something"
    );
    world.note(format!(
        "`make up` without compiling: {:.0} s; {arguments}",
        took.as_secs_f64()
    ));
    for line in said.lines().filter(|line| !line.trim().is_empty()) {
        world.note(format!("up.sh said: {}", line.trim()));
    }
    Ok(())
}

/// argon2, RocksDB, QUIC, the control socket: each touches system calls and memory that a filter may forbid.
pub(crate) async fn its_sandbox_breaks_nothing(world: &mut World) -> Result<()> {
    up(world).await?;
    world.expect(UNIT, LOCKED)?;
    let pid = world.pid(UNIT)?;
    let status = world.machine.shell(&format!("cat /proc/{pid}/status"))?;
    for line in ["CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
        ensure!(status.contains(line), "no {line:?} in\n{status}");
    }
    let start = Instant::now();
    let browser = signed_in(world).await?;
    let took = start.elapsed();
    let wrong = client(world)?.sign_in(EMAIL, "a wrong password, surely").await;
    ensure!(wrong.is_err(), "a wrong password was taken");
    let node = connected(&browser).await?;
    let doctor = world
        .machine
        .shell("crane-manager doctor --data /var/lib/crane-manager 2>&1; true")?;
    let backup = "rm -rf /var/lib/crane-manager/copy && crane-manager backup --data /var/lib/crane-manager /var/lib/crane-manager/copy";
    world.machine.shell(backup)?;
    world.machine.shell("rm -rf /var/lib/crane-manager/copy")?;
    let denied = world.machine.shell(&format!(
        "journalctl --no-pager -u {UNIT} | grep -iE 'denied|not permitted|read-only|panicked|ERROR' || true"
    ))?;
    ensure!(denied.is_empty(), "the manager ran into its sandbox:\n{denied}");
    let exposure = world.exposure(UNIT)?;
    world.note(exposure);
    world.note(format!(
        "set up through the API and signed in, two password hashes: {:.0} s; {} is connected, a backup was made",
        took.as_secs_f64(),
        node.name
    ));
    for line in doctor.lines() {
        world.note(format!("doctor: {line}"));
    }
    Ok(())
}

pub(crate) async fn a_killed_manager_comes_back_however_often(world: &mut World) -> Result<()> {
    up(world).await?;
    let node = connected(&signed_in(world).await?).await?;
    let before = world.pid(UNIT)?;
    let start = Instant::now();
    world.machine.shell(&format!("kill -9 {before}"))?;
    eventually("systemd has started it again", PATIENCE, || {
        std::future::ready(world.pid(UNIT).and_then(|now| {
            ensure!(now != before, "the killed process {now} is still there");
            Ok(())
        }))
    })
    .await?;
    ready(world).await?;
    let took = start.elapsed();
    // As fast as systemd starts it: inside, without the way through ssh, and with a tenth of the pause, since the machine
    // needs for a start ten times as long as others.
    let quick = format!("/run/systemd/system/{UNIT}.service.d");
    world.machine.shell(&format!(
        "mkdir -p {quick} && printf '[Service]\\nRestartSec=100ms\\n' >{quick}/quick.conf && systemctl daemon-reload"
    ))?;
    let volley = format!(
        "n=0; last=0; while [ $n -lt {KILLS} ]; do p=$(systemctl show -p MainPID --value {UNIT}); \
         if [ \"$p\" != 0 ] && [ \"$p\" != $last ]; then kill -9 $p; last=$p; n=$((n+1)); fi; \
         ! systemctl is-failed --quiet {UNIT} || exit 1; done"
    );
    let volleyed = Instant::now();
    world
        .machine
        .shell(&volley)
        .context("it was killed too often for systemd")?;
    let volleyed = volleyed.elapsed();
    world
        .machine
        .shell(&format!("rm -r {quick} && systemctl daemon-reload"))?;
    ready(world).await?;
    let again = connected(&signed_in(world).await?).await?;
    ensure!(again.id == node.id, "the store came back with another node");
    world.note(format!(
        "after kill -9 /readyz answered in {:.1} s; {KILLS} more kills within {:.0} s, and it is back; account and node are still there",
        took.as_secs_f64(),
        volleyed.as_secs_f64()
    ));
    Ok(())
}

pub(crate) async fn it_stops_when_asked(world: &mut World) -> Result<()> {
    up(world).await?;
    ready(world).await?;
    let start = Instant::now();
    world.machine.shell(&format!("systemctl stop {UNIT}"))?;
    let took = start.elapsed();
    let clean = [
        ("ActiveState", "inactive"),
        ("Result", "success"),
        ("ExecMainStatus", "0"),
    ];
    world.expect(UNIT, &clean)?;
    world.machine.shell(&format!("systemctl start {UNIT}"))?;
    ready(world).await?;
    let said = world.machine.shell(&script("down.sh"))?;
    world.expect(UNIT, &clean)?;
    world.expect("crane-agent", &clean)?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    world.expect(UNIT, &clean)?;
    world.note(format!(
        "systemctl stop: {:.1} s, Result success, exit 0",
        took.as_secs_f64()
    ));
    world.note(format!("`make down` said: {}", said.lines().last().unwrap_or_default()));
    Ok(())
}
