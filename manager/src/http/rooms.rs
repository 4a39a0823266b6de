use super::error::ApiError;
use crate::access::{Access, Caller};
use crate::audit::{Audit, Entry, Outcome};
use crate::cluster::Cluster;
use crate::enrolment::Registry;
use crate::link::Agents;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::terminal::Terminals;
use crane_shared::identity::Pin;
use crane_shared::tasks::Tasks;
use crane_shared::time::{Clock, Timestamp};
use std::path::PathBuf;
use std::time::Duration;

/// What handlers may call.
#[derive(Debug)]
pub struct Rooms {
    pub access: Access,
    pub audit: Audit,
    pub registry: Registry,
    pub agents: Agents,
    pub cluster: Cluster,
    pub metrics: Metrics,
    pub terminals: Terminals,
    pub store: Store,
    pub tasks: Tasks,
    pub clock: Clock,
    pub about: About,
}

/// What this manager says about itself.
#[derive(Debug, Clone)]
pub struct About {
    pub started: Timestamp,
    /// `host:port`, best first; never empty.
    pub addresses: Vec<String>,
    /// Of the web server's key.
    pub pin: Pin,
    pub agent_binary: PathBuf,
}

/// How often somebody who streams is asked whether they still may, at the latest. What is taken away on
/// purpose bites at once; this is for what runs out by itself.
const RECHECK: Duration = Duration::from_secs(15);

impl Rooms {
    /// Writes down what `caller` did. An act that can't be written down is not reported as done.
    pub(super) async fn note(
        &self,
        caller: &Caller,
        action: &'static str,
        target: String,
        outcome: Outcome,
        detail: String,
    ) -> Result<(), ApiError> {
        let entry = Entry {
            actor: caller.actor.clone(),
            from: caller.from.to_string(),
            action,
            target,
            outcome,
            detail,
        };
        self.audit.record(entry).await?;
        Ok(())
    }

    /// Waits until what `caller` showed does not hold any more.
    pub(super) async fn until_revoked(&self, caller: &Caller) {
        let mut changes = self.access.changes();
        loop {
            if !self.access.holds(caller) {
                return;
            }
            // A closed channel means that the process ends; the bridge ends with it.
            drop(tokio::time::timeout(RECHECK, changes.changed()).await);
        }
    }
}

impl About {
    /// The whole line to paste on a host. Both ends of the first download are pinned: by this line, which came
    /// through the signed-in page, and by the token in it.
    #[must_use]
    pub fn join_command(&self, token: &str) -> String {
        let address = self.addresses.first().map_or("", String::as_str);
        format!(
            "curl -fsSk --pinnedpubkey '{}' https://{address}/install.sh | sudo sh -s -- {token}",
            self.pin
        )
    }

    /// The address in a link for people.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("https://{}{path}", self.addresses.first().map_or("", String::as_str))
    }
}
