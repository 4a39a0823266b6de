use super::{Patient, error, ok, warning};
use crane_shared::model::{Engine, Finding};
use crane_shared::protocol::Refusal;
use nix::sys::statvfs::statvfs;
use std::path::Path;

/// Drivers whose logs this agent reads from the engine's own files, exactly.
const EXACT: [&str; 2] = ["json-file", "local"];
/// Drivers that the engine itself can't read back.
const BLIND: [&str; 1] = ["none"];
/// Free space on the engine's disk below which it is time to act, in percent.
const LITTLE: u64 = 10;
/// …and below which containers will fail soon.
const TOO_LITTLE: u64 = 3;

pub(super) async fn examine(patient: &Patient) -> Vec<Finding> {
    let socket = patient.engine.socket().display().to_string();
    let engine = match patient.engine.describe().await {
        Ok(engine) => engine,
        Err(refusal @ Refusal::Unsupported { .. }) => {
            let next = "upgrade the Docker Engine to 20.10 or newer";
            return vec![
                ok("docker.socket", format!("{socket} answers")),
                error("docker.version", refusal.to_string(), next),
            ];
        }
        Err(refusal) => {
            let next = format!("start the engine, or name its socket with `--docker` (this one is {socket}), as root");
            return vec![error("docker.socket", refusal.to_string(), next)];
        }
    };
    vec![
        ok("docker.socket", format!("{socket} answers")),
        ok(
            "docker.version",
            format!("Docker {} with API {}", engine.version, engine.api_version),
        ),
        log_driver(&engine.logging_driver),
        swarm(&engine),
        disk(&engine.root_dir),
    ]
}

fn log_driver(driver: &str) -> Finding {
    let check = "docker.log_driver";
    if EXACT.contains(&driver) {
        return ok(check, format!("new containers log with {driver}"));
    }
    let next = "set \"log-driver\": \"json-file\" (with max-size and max-file) in /etc/docker/daemon.json";
    if BLIND.contains(&driver) {
        return error(
            check,
            format!("new containers log with {driver}: their logs can't be shown"),
            next,
        );
    }
    let saw = format!("new containers log with {driver}: their logs are read through the engine, as far as it can");
    warning(check, saw, next)
}

fn swarm(engine: &Engine) -> Finding {
    let check = "swarm.state";
    match &engine.swarm {
        None => warning(
            check,
            "this engine is in no Swarm",
            "containers are shown all the same; `docker swarm init` or `docker swarm join` for services",
        ),
        Some(swarm) if swarm.state == "active" => {
            let role = if swarm.manager { "manager" } else { "worker" };
            ok(
                check,
                format!("this engine is an active Swarm {role} at {}", swarm.address),
            )
        }
        Some(swarm) => error(
            check,
            format!("this engine's place in its Swarm is {}", swarm.state),
            if swarm.state == "locked" {
                "run `docker swarm unlock`"
            } else {
                "see `docker info` and the engine's log"
            },
        ),
    }
}

fn disk(root: &str) -> Finding {
    let check = "docker.disk";
    let Ok(stat) = statvfs(Path::new(root)) else {
        return warning(
            check,
            format!("the free space of {root} can't be read"),
            "run the doctor as root, on the engine's own host",
        );
    };
    space(check, root, stat.blocks_available(), stat.blocks())
}

/// A finding about `free` of `total` blocks.
pub(super) fn space(check: &str, path: &str, free: u64, total: u64) -> Finding {
    let percent = free.saturating_mul(100) / total.max(1);
    let saw = format!("{percent} % of the disk of {path} is free");
    let next = "remove what is not needed (`docker system df` shows it) or enlarge the disk";
    if percent < TOO_LITTLE {
        error(check, saw, next)
    } else if percent < LITTLE {
        warning(check, saw, next)
    } else {
        ok(check, saw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crane_shared::model::Severity;

    #[test]
    fn a_full_disk_is_an_error_before_it_is_full() {
        let of = |free| space("x", "/", free, 1000).severity;
        assert_eq!(
            (of(500), of(99), of(29)),
            (Severity::Ok, Severity::Warning, Severity::Error)
        );
        assert_eq!(space("x", "/", 0, 0).severity, Severity::Error);
    }

    #[test]
    fn a_driver_without_readable_logs_is_named() {
        assert_eq!(log_driver("local").severity, Severity::Ok);
        assert_eq!(log_driver("journald").severity, Severity::Warning);
        assert_eq!(log_driver("none").severity, Severity::Error);
    }
}
