use super::{Finding, Patient, error, ok, warning};
use crate::cgroup::Hierarchy;
use crate::config;
use crate::host::facts::cgroup_version;
use std::path::Path;

/// One watch per followed log file, and other programs want some too.
const WATCHES: u64 = 8192;
/// One for all followed logs; other programs of root want some too.
const INSTANCES: u64 = 16;

pub(super) fn examine(patient: &Patient) -> Vec<Finding> {
    vec![
        cgroup(patient),
        inotify(&patient.proc_root, "max_user_instances", INSTANCES),
        inotify(&patient.proc_root, "max_user_watches", WATCHES),
        policy(patient),
    ]
}

fn cgroup(patient: &Patient) -> Finding {
    let check = "host.cgroup";
    let root = patient.cgroup_root.display();
    match Hierarchy::find(&patient.cgroup_root, &patient.proc_root) {
        Ok(_) => {
            let version = cgroup_version(&patient.cgroup_root);
            ok(check, format!("cgroups of version {version} at {root} can be read"))
        }
        Err(err) => error(
            check,
            format!("cgroups at {root} can't be read: {err}"),
            "containers are not measured; run the agent as root, and name the place with `join --cgroup-root`",
        ),
    }
}

fn inotify(proc_root: &Path, limit: &str, wanted: u64) -> Finding {
    let check = format!("host.inotify.{limit}");
    let text = std::fs::read_to_string(proc_root.join("sys/fs/inotify").join(limit)).unwrap_or_default();
    match text.trim().parse::<u64>() {
        Ok(have) if have >= wanted => ok(&check, format!("fs.inotify.{limit} is {have}")),
        Ok(have) => warning(
            &check,
            format!("fs.inotify.{limit} is {have}: following many logs at once will be slow"),
            format!("sysctl -w fs.inotify.{limit}={wanted}"),
        ),
        Err(_) => warning(
            &check,
            format!("fs.inotify.{limit} can't be read"),
            "run the doctor on the host itself",
        ),
    }
}

fn policy(patient: &Patient) -> Finding {
    let check = "host.policy";
    let (owner, mistakes) = config::read(&patient.policy);
    let path = patient.policy.display();
    if !mistakes.is_empty() {
        return error(
            check,
            format!(
                "{path} is not understood, so everything is forbidden: {}",
                mistakes.join("; ")
            ),
            format!("mend {path} and restart the agent (or send it SIGHUP)"),
        );
    }
    let policy = owner.policy;
    let forbidden: Vec<_> = [
        ("exec", policy.exec),
        ("logs", policy.logs),
        ("images", policy.images),
        ("docker", policy.docker),
    ]
    .into_iter()
    .filter_map(|(name, allowed)| (!allowed).then_some(name))
    .collect();
    if forbidden.is_empty() {
        ok(check, "the owner allows everything")
    } else {
        ok(check, format!("the owner forbids {}", forbidden.join(", ")))
    }
}
