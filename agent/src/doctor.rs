//! Is anything wrong with this host? The same list locally (`crane-agent doctor`) and over the wire.
//!
//! Each check looks at one thing and says what it saw and what to do next. It changes nothing, and one check that
//! can't be made hides no other.

mod docker;
mod host;
mod manager;

use crate::docker::Engine;
use crate::membership::{Home, Standing};
use crane_shared::model::{Finding, Severity};
use crane_shared::time::Clock;
use std::path::PathBuf;
use tokio::sync::watch;

/// Who is examined.
#[derive(Debug, Clone)]
pub struct Patient {
    pub engine: Engine,
    pub cgroup_root: PathBuf,
    pub proc_root: PathBuf,
    pub home: Home,
    /// How the link of this very process stands; `None` in the command, which asks the network itself.
    pub standing: Option<watch::Receiver<Standing>>,
    /// The owner's file, for its mistakes.
    pub policy: PathBuf,
    pub clock: Clock,
}

/// Makes every check, the most basic first.
pub async fn examine(patient: &Patient) -> Vec<Finding> {
    let mut findings = docker::examine(patient).await;
    findings.extend(host::examine(patient));
    findings.extend(manager::examine(patient).await);
    findings
}

/// The worst of them.
#[must_use]
pub fn verdict(findings: &[Finding]) -> Severity {
    findings
        .iter()
        .map(|finding| finding.severity)
        .max()
        .unwrap_or(Severity::Ok)
}

fn ok(check: &str, saw: impl Into<String>) -> Finding {
    finding(check, Severity::Ok, saw, "")
}

fn warning(check: &str, saw: impl Into<String>, next: impl Into<String>) -> Finding {
    finding(check, Severity::Warning, saw, next)
}

fn error(check: &str, saw: impl Into<String>, next: impl Into<String>) -> Finding {
    finding(check, Severity::Error, saw, next)
}

fn finding(check: &str, severity: Severity, saw: impl Into<String>, next: impl Into<String>) -> Finding {
    Finding {
        check: check.to_owned(),
        severity,
        saw: saw.into(),
        next: next.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_finding_is_the_verdict() {
        assert_eq!(verdict(&[]), Severity::Ok);
        assert_eq!(
            verdict(&[ok("a", ""), error("b", "", ""), warning("c", "", "")]),
            Severity::Error
        );
    }

    #[tokio::test]
    async fn a_host_without_docker_and_manager_is_told_both() {
        let dir = tempfile::tempdir().unwrap();
        let patient = Patient {
            engine: Engine::new(dir.path().join("docker.sock")),
            cgroup_root: PathBuf::from("/sys/fs/cgroup"),
            proc_root: PathBuf::from("/proc"),
            home: Home::new(dir.path().join("state")),
            standing: None,
            policy: dir.path().join("agent.toml"),
            clock: Clock::Real,
        };
        let findings = examine(&patient).await;
        let of = |check: &str| findings.iter().find(|f| f.check == check).map(|f| f.severity);
        assert_eq!(of("docker.socket"), Some(Severity::Error));
        assert_eq!(of("manager.joined"), Some(Severity::Error));
        assert!(of("host.cgroup").is_some());
        assert!(
            findings
                .iter()
                .all(|f| (f.severity == Severity::Ok) == f.next.is_empty())
        );
    }
}
