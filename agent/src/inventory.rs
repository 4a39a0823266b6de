//! What this node holds: the engine's events and a sweep now and then become a picture, and the picture's changes
//! become frames for the manager and the list of what the sampler measures.
//!
//! `watch` follows the engine, `picture` is what is known, `feed` is one reader of it. Events also go to the spool,
//! as history. Only what an event named is inspected; everything is inspected when the engine comes back, and the
//! list is compared every [`RESYNC`] because an event can be lost.
//!
//! Asks the engine, never changes it; knows no wire.

mod feed;
mod picture;
mod watch;

pub use feed::Feed;

use crate::cgroup::Running;
use crate::docker::Engine;
use crate::spool::Spool;
use crane_shared::model::HostFacts;
use crane_shared::tasks::Tasks;
use picture::Picture;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, watch as value};

/// A lost event is made good after this long at most.
pub const RESYNC: Duration = Duration::from_secs(300);
/// A reader that is this many changes behind gets the whole picture again instead.
const BEHIND: usize = 256;

/// Where the inventory gets its news from.
#[derive(Debug)]
pub struct Sources {
    pub engine: Engine,
    pub spool: Spool,
    pub proc_root: PathBuf,
    pub cgroup_root: PathBuf,
}

/// The picture of this node. Clones share it.
#[derive(Debug, Clone)]
pub struct Inventory {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    picture: Mutex<Picture>,
    news: broadcast::Sender<News>,
    facts: value::Sender<HostFacts>,
    running: Running,
}

/// What changed; readers look the rest up, so that a burst of changes of one container is one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
enum News {
    /// Look at everything again.
    All,
    Changed(crane_shared::ids::ContainerKey),
    Removed(crane_shared::ids::ContainerId),
    Facts,
    Swarm {
        kind: String,
        id: String,
    },
    Lost {
        why: String,
    },
}

impl Inventory {
    /// Begins to watch the engine, and goes on when it is away. What runs is kept up to date in `running`.
    #[must_use]
    pub fn start(tasks: &Tasks, sources: Sources, running: Running) -> Self {
        let facts = crate::host::facts::read(&sources.proc_root, &sources.cgroup_root);
        let inventory = Self::new(facts, running);
        tasks.spawn("inventory", watch::run(inventory.clone(), sources));
        inventory
    }

    fn new(facts: HostFacts, running: Running) -> Self {
        Self {
            inner: Arc::new(Inner {
                picture: Mutex::default(),
                news: broadcast::Sender::new(BEHIND),
                facts: value::Sender::new(facts),
                running,
            }),
        }
    }

    /// The host as it was seen last.
    #[must_use]
    pub fn facts(&self) -> HostFacts {
        self.inner.facts.borrow().clone()
    }

    /// The host, and every later change of it.
    #[must_use]
    pub fn watch_facts(&self) -> value::Receiver<HostFacts> {
        self.inner.facts.subscribe()
    }

    /// A reader that gets everything first and then the changes.
    #[must_use]
    pub fn feed(&self) -> Feed {
        Feed::new(self.clone())
    }

    fn picture(&self) -> MutexGuard<'_, Picture> {
        // Each change of the picture is one insert or remove, so a panic elsewhere leaves it whole.
        self.inner.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, news: News) {
        // Fails only when nobody listens: the next reader begins with the whole picture.
        drop(self.inner.news.send(news));
    }

    fn set_facts(&self, facts: HostFacts) {
        let changed = self.inner.facts.send_if_modified(|known| {
            let changed = *known != facts;
            *known = facts;
            changed
        });
        if changed {
            self.tell(News::Facts);
        }
    }
}

#[cfg(test)]
mod tests;
