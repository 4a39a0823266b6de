//! The commands, put together from the rooms: built bottom-up, stopped top-down.

mod join;
mod run;

pub use join::{join, leave};
pub use run::{Outcome, run};

use crate::cli;
use crate::docker::{Engine, socket_path};
use crate::doctor::{self, Patient};
use crate::membership::{Home, HomeError};
use crane_shared::model::{Finding, Severity};
use crane_shared::time::Clock;
use std::path::PathBuf;

/// `crane-agent doctor`: what it prints, and the worst finding.
///
/// # Errors
/// When the state can't be read for another reason than that there is none.
pub async fn doctor(args: &cli::Doctor) -> anyhow::Result<(String, Severity)> {
    let home = Home::new(&args.state);
    let membership = match home.load() {
        Ok(membership) => Some(membership),
        Err(HomeError::NotJoined(_)) => None,
        Err(err) => return Err(err.into()),
    };
    let socket = args.docker.clone().or(membership.as_ref().map(|m| m.docker.clone()));
    let socket = socket.unwrap_or_else(|| crate::docker::DEFAULT_SOCKET.to_owned());
    let cgroup_root = args
        .cgroup_root
        .clone()
        .or(membership.as_ref().map(|m| m.cgroup_root.clone()));
    let patient = Patient {
        engine: engine(&socket)?,
        cgroup_root: cgroup_root.unwrap_or_else(|| PathBuf::from("/sys/fs/cgroup")),
        proc_root: PathBuf::from("/proc"),
        home,
        standing: None,
        policy: args.policy.clone(),
        clock: Clock::Real,
    };
    let findings = doctor::examine(&patient).await;
    let text = if args.json {
        serde_json::to_string_pretty(&findings)? + "\n"
    } else {
        in_words(&findings)
    };
    Ok((text, doctor::verdict(&findings)))
}

fn engine(socket: &str) -> anyhow::Result<Engine> {
    let path = socket_path(socket).ok_or_else(|| anyhow::anyhow!("{socket:?} is no local socket"))?;
    Ok(Engine::new(path))
}

fn in_words(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let mark = match finding.severity {
            Severity::Ok => "ok     ",
            Severity::Warning => "warning",
            Severity::Error => "error  ",
        };
        text.push_str(&format!("{mark}  {}: {}\n", finding.check, finding.saw));
        if !finding.next.is_empty() {
            text.push_str(&format!("         → {}\n", finding.next));
        }
    }
    text
}
