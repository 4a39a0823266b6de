//! Is anything wrong with this manager's files? Looks, changes nothing, and says what to do.

use crate::audit::Audit;
use crate::backup::STORE;
use crate::http::dashboard_is_built_in;
use crate::store::{Store, StoreError};
use crane_shared::model::{Finding, Severity};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Below this the database may stop writing at any time, in bytes.
const LITTLE_ROOM: u64 = 1 << 30;

/// Everything that was looked at.
#[must_use]
pub fn examine(data: &Path) -> Vec<Finding> {
    let mut findings = vec![dashboard()];
    if !data.is_dir() {
        let next = "Start the manager once, or name its directory with --data.";
        findings.push(finding(
            "data",
            Severity::Error,
            format!("{} is not a directory", data.display()),
            next,
        ));
        return findings;
    }
    findings.push(private("data", data));
    for key in ["authority.pem", "authority.key", "manager.key"] {
        findings.push(private(key, &data.join(key)));
    }
    findings.push(room(data));
    findings.extend(store(data));
    findings
}

fn dashboard() -> Finding {
    if dashboard_is_built_in() {
        finding("dashboard", Severity::Ok, "it is part of this program", "")
    } else {
        finding(
            "dashboard",
            Severity::Warning,
            "this program was built without it",
            "Build `web` first, then the manager: `make` does both.",
        )
    }
}

fn private(check: &str, path: &Path) -> Finding {
    match std::fs::metadata(path) {
        Ok(facts) if facts.permissions().mode() & 0o077 == 0 => {
            finding(check, Severity::Ok, "nobody else may read it", "")
        }
        Ok(facts) => {
            let saw = format!(
                "others may use {} (mode {:03o})",
                path.display(),
                facts.permissions().mode() & 0o777
            );
            finding(check, Severity::Error, saw, &format!("chmod go= {}", path.display()))
        }
        Err(error) => {
            let saw = format!("{} can't be read: {error}", path.display());
            finding(
                check,
                Severity::Error,
                saw,
                "Restore it from a backup; without it no agent knows this manager.",
            )
        }
    }
}

fn room(data: &Path) -> Finding {
    match nix::sys::statvfs::statvfs(data) {
        Ok(facts) => {
            let free = facts.blocks_available().saturating_mul(facts.fragment_size());
            let saw = format!("{} MiB are free", free >> 20);
            if free < LITTLE_ROOM {
                finding(
                    "disk",
                    Severity::Warning,
                    saw,
                    "Make room: without any, nothing new can be kept.",
                )
            } else {
                finding("disk", Severity::Ok, saw, "")
            }
        }
        Err(error) => finding(
            "disk",
            Severity::Warning,
            format!("its room can't be seen: {error}"),
            "",
        ),
    }
}

fn store(data: &Path) -> Vec<Finding> {
    let path = data.join(STORE);
    if !path.is_dir() {
        let next = "Start the manager once, or restore a backup.";
        return vec![finding("store", Severity::Error, "there is no database", next)];
    }
    match Store::open(&path) {
        Ok(store) => vec![
            finding("store", Severity::Ok, "the database opens", ""),
            match Audit::verify(&store) {
                Ok(count) => finding("audit", Severity::Ok, format!("all {count} entries fit together"), ""),
                Err(error) => finding(
                    "audit",
                    Severity::Error,
                    error.to_string(),
                    "Somebody changed the record, or the disk did. Compare with a backup before you trust it.",
                ),
            },
        ],
        Err(StoreError::InUse { .. }) => {
            let next = "To verify the audit record, make a backup and examine that: crane-manager doctor --data BACKUP";
            vec![finding(
                "store",
                Severity::Ok,
                "a running manager uses the database",
                next,
            )]
        }
        Err(error) => {
            vec![finding(
                "store",
                Severity::Error,
                error.to_string(),
                "Restore a backup if this does not go away.",
            )]
        }
    }
}

fn finding(check: &str, severity: Severity, saw: impl Into<String>, next: &str) -> Finding {
    Finding {
        check: check.to_owned(),
        severity,
        saw: saw.into(),
        next: next.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrolment::Keys;
    use crane_shared::time::Clock;

    fn worst(data: &Path) -> Vec<String> {
        let findings = examine(data);
        findings
            .into_iter()
            .filter(|f| f.severity == Severity::Error)
            .map(|f| f.check)
            .collect()
    }

    #[test]
    fn a_healthy_directory_is_healthy_and_open_keys_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        assert_eq!(worst(&data), ["data"]);
        crate::backup::make_private(&data).unwrap();
        Keys::open(&data, &Clock::Real).unwrap();
        assert_eq!(worst(&data), ["store"]);
        drop(Store::open(&data.join(STORE)).unwrap());
        assert_eq!(worst(&data), Vec::<String>::new());
        let held = Store::open(&data.join(STORE)).unwrap();
        assert_eq!(worst(&data), Vec::<String>::new(), "a running manager is no fault");
        drop(held);
        std::fs::set_permissions(data.join("manager.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(worst(&data), ["manager.key"]);
    }
}
