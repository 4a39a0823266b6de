//! Hears that log files are begun and written, for all followers of this process with one inotify instance: a user has only
//! 128 of them.
//!
//! Its thread does nothing else. A container at full speed rotates five small files away within 20 ms, and who has not opened
//! a file by then has lost it; a task would wait there for its turn behind the readers. How many files were begun is counted,
//! so that nobody has to guess whether one was missed.

use super::chain::Chain;
use super::reader::lock;
use super::watch::Bell;
use inotify::{EventMask, Inotify, WatchDescriptor, WatchMask};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use thread_priority::ThreadPriority;
use thread_priority::unix::{
    RealtimeThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
};
use tracing::{debug, warn};

/// The one of this process. Its thread sleeps while nobody follows.
static EAR: Mutex<Option<Arc<Ear>>> = Mutex::new(None);

/// How many files of one log were begun, as far as was heard. Figures of two spans can't be compared: a new one begins when
/// events were lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) span: u64,
    pub(super) files: u64,
}

impl Begun {
    /// How many since `before`; `None` when that can't be known.
    pub(super) fn since(self, before: Self) -> Option<u64> {
        (self.span == before.span)
            .then(|| self.files.checked_sub(before.files))
            .flatten()
    }
}

#[derive(Debug)]
struct Ear {
    shared: Mutex<Shared>,
}

#[derive(Debug)]
struct Shared {
    inotify: Inotify,
    logs: HashMap<WatchDescriptor, Vec<Arc<Log>>>,
    buffer: Vec<u8>,
}

/// One follower's log.
#[derive(Debug)]
struct Log {
    directory: PathBuf,
    name: OsString,
    writes: AtomicBool,
    begun: Mutex<Begun>,
    /// Files were begun that the chain has not seen.
    news: AtomicBool,
    chain: OnceLock<Arc<Mutex<Chain>>>,
    bell: Arc<Bell>,
}

/// One follower's share of the ear; without inotify it hears nothing and somebody has to look.
#[derive(Debug)]
pub(super) struct Listener {
    log: Arc<Log>,
    ear: Option<(Arc<Ear>, WatchDescriptor)>,
}

impl Listener {
    /// Listens to the log that is written at `path`, and rings `bell` for news.
    pub(super) fn new(path: &Path, bell: Arc<Bell>) -> Self {
        let log = Arc::new(Log {
            directory: path.parent().unwrap_or(Path::new("/")).to_owned(),
            name: path.file_name().unwrap_or_default().to_owned(),
            writes: AtomicBool::new(true),
            begun: Mutex::default(),
            news: AtomicBool::new(false),
            chain: OnceLock::new(),
            bell,
        });
        let ear = Ear::of_this_process().and_then(|ear| {
            let watch = ear.shared().add(&log)?;
            Ok((ear, watch))
        });
        let ear = ear
            .inspect_err(|err| warn!(directory = %log.directory.display(), %err, "no inotify here; polling"))
            .ok();
        Self { log, ear }
    }

    pub(super) const fn hears(&self) -> bool {
        self.ear.is_some()
    }

    /// From now on new files are opened for `chain`.
    pub(super) fn attach(&self, chain: &Arc<Mutex<Chain>>) {
        // A listener serves one reader.
        drop(self.log.chain.set(Arc::clone(chain)));
        self.look();
    }

    /// How many files were begun up to this moment; `None` when nobody counts.
    pub(super) fn begun(&self) -> Option<Begun> {
        let (ear, _) = self.ear.as_ref()?;
        ear.shared().hear();
        Some(self.log.begun())
    }

    /// Opens new files and rings the bell if there is anything new, also what was not heard. Says whether there was.
    pub(super) fn look(&self) -> bool {
        match &self.ear {
            Some((ear, _)) => self.log.look(&mut ear.shared()),
            None => self.log.told(|chain| chain.look(&mut || None)),
        }
    }

    /// Whether the file that is written has grown; a new one is the ear's own business. Rings the bell.
    pub(super) fn glance(&self) -> bool {
        match &self.ear {
            Some(_) => self.log.told(Chain::glance),
            None => self.look(),
        }
    }

    /// Whether each write is an event, or only each new file.
    pub(super) fn listen_to_writes(&self, writes: bool) {
        self.log.writes.store(writes, Ordering::Relaxed);
        if let Some((ear, watch)) = &self.ear
            && let Err(err) = ear.shared().tune(watch)
        {
            // The directory is gone with its container, whose end is noticed elsewhere.
            debug!(%err, "the watch can't be changed");
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some((ear, watch)) = &self.ear {
            ear.shared().remove(watch, &self.log);
        }
    }
}

impl Ear {
    fn of_this_process() -> io::Result<Arc<Self>> {
        let mut ear = EAR.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ear) = &*ear {
            return Ok(Arc::clone(ear));
        }
        let inotify = Inotify::init()?;
        let events = inotify.as_fd().try_clone_to_owned()?;
        let made = Arc::new(Self {
            shared: Mutex::new(Shared {
                inotify,
                logs: HashMap::new(),
                buffer: vec![0; 16 << 10],
            }),
        });
        more_descriptors();
        let mine = Arc::clone(&made);
        std::thread::Builder::new()
            .name("log-files".to_owned())
            .spawn(move || mine.run(&events))?;
        *ear = Some(Arc::clone(&made));
        Ok(made)
    }

    /// For ever.
    fn run(&self, events: &OwnedFd) {
        first_of_all();
        loop {
            let mut waiting = [PollFd::new(events.as_fd(), PollFlags::POLLIN)];
            if let Err(err) = poll(&mut waiting, PollTimeout::NONE) {
                // Only interrupted: a look too many.
                debug!(%err, "waiting for events");
            }
            let mut shared = self.shared();
            shared.hear();
            let logs: Vec<_> = shared.logs.values().flatten().map(Arc::clone).collect();
            for log in logs {
                if log.news.load(Ordering::Relaxed) {
                    log.look(&mut shared);
                }
            }
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn add(&mut self, log: &Arc<Log>) -> io::Result<WatchDescriptor> {
        let watch = self.inotify.watches().add(&log.directory, mask(true))?;
        self.logs.entry(watch.clone()).or_default().push(Arc::clone(log));
        Ok(watch)
    }

    fn remove(&mut self, watch: &WatchDescriptor, log: &Arc<Log>) {
        let Some(logs) = self.logs.get_mut(watch) else { return };
        logs.retain(|other| !Arc::ptr_eq(other, log));
        if logs.is_empty() {
            self.logs.remove(watch);
            // Fails when the directory is gone, and the watch with it.
            drop(self.inotify.watches().remove(watch.clone()));
        }
    }

    /// Hears as much as the most curious follower of this directory wants.
    fn tune(&self, watch: &WatchDescriptor) -> io::Result<()> {
        let logs = self.logs.get(watch).map_or(&[][..], Vec::as_slice);
        let writes = logs.iter().any(|log| log.writes.load(Ordering::Relaxed));
        let Some(log) = logs.first() else { return Ok(()) };
        let same = self.inotify.watches().add(&log.directory, mask(writes))?;
        if same != *watch {
            // Another directory has this name now.
            self.inotify.watches().remove(same)?;
        }
        Ok(())
    }

    /// Takes in all that has happened so far.
    fn hear(&mut self) {
        while let Ok(events) = self.inotify.read_events(&mut self.buffer) {
            for event in events {
                if event.mask.contains(EventMask::Q_OVERFLOW) {
                    self.logs.values().flatten().for_each(|log| log.lost_count());
                    continue;
                }
                for log in self.logs.get(&event.wd).map_or(&[][..], Vec::as_slice) {
                    log.heard(event.mask, event.name);
                }
            }
        }
    }
}

impl Log {
    fn begun(&self) -> Begun {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self, what: EventMask, name: Option<&OsStr>) {
        if name != Some(&self.name) {
            return;
        }
        if what.contains(EventMask::CREATE) {
            self.begun.lock().unwrap_or_else(PoisonError::into_inner).files += 1;
            self.news.store(true, Ordering::Relaxed);
        }
        self.bell.written();
    }

    fn lost_count(&self) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).span += 1;
        self.news.store(true, Ordering::Relaxed);
        self.bell.written();
    }

    fn look(&self, shared: &mut Shared) -> bool {
        self.news.store(false, Ordering::Relaxed);
        self.told(|chain| {
            chain.look(&mut || {
                shared.hear();
                Some(self.begun())
            })
        })
    }

    /// Rings when there is anything new.
    fn told(&self, look: impl FnOnce(&mut Chain) -> io::Result<bool>) -> bool {
        let Some(chain) = self.chain.get() else { return false };
        let found = look(&mut lock(chain));
        let found = found.inspect_err(|err| debug!(%err, "the log's files can't be listed"));
        let new = found.unwrap_or(false);
        if new {
            self.bell.ring();
        }
        new
    }
}

/// New names are heard so that new files can be counted: of events that are the same the kernel keeps one, and between two
/// `CREATE` of one name there is always a renaming.
fn mask(writes: bool) -> WatchMask {
    let files = WatchMask::CREATE | WatchMask::MOVED_TO;
    if writes { files | WatchMask::MODIFY } else { files }
}

/// Puts this thread before all that are not of its kind. It works some microseconds for each new file; on a machine with more
/// to do than processors it waited 20 to 100 ms for them, and five files of 64 KiB are gone by then.
fn first_of_all() {
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    if let Err(err) = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy) {
        // Without the right to it: what is missed then is counted.
        debug!(?err, "new log files are opened when it is this thread's turn");
    }
}

/// Files that wait are held by descriptors, and systemd's soft limit of 1024 is for programs that `select`.
fn more_descriptors() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && let Err(err) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        debug!(%err, "the limit of descriptors stays at {soft}");
    }
}
