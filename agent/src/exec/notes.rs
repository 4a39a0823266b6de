//! What runs in containers for us, noted on disk: an agent that was killed hangs nothing up, its successor does.

use super::leftover::{self, Leftover};
use crane_shared::ids::ContainerId;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use tracing::{info, warn};

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The directory of notes. Clones share it.
#[derive(Debug, Clone)]
pub struct Notes {
    dir: Arc<PathBuf>,
}

/// The note of one process; dropped with it.
#[derive(Debug)]
pub(super) struct Note {
    path: PathBuf,
}

impl Drop for Note {
    fn drop(&mut self) {
        // One that stays names a process that is gone, and is thrown away at the next start.
        drop(std::fs::remove_file(&self.path));
    }
}

impl Notes {
    /// Notes in `dir`, which need not exist yet.
    #[must_use]
    pub fn new(dir: PathBuf) -> Self {
        Self { dir: Arc::new(dir) }
    }

    /// Notes a process. Without a note it runs all the same; only a killed agent would leave it behind.
    pub(super) fn take(&self, pid: u32, container: &ContainerId) -> Option<Note> {
        let started = leftover::started(pid)?;
        let path = self.dir.join(format!("{pid}-{started}"));
        let written = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&*self.dir)
            .and_then(|()| {
                OpenOptions::new()
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .mode(0o600)
                    .open(&path)
            })
            .and_then(|mut file| write!(file, "{container} {}", boot_id()));
        match written {
            Ok(()) => Some(Note { path }),
            Err(err) => {
                warn!(path = %path.display(), %err, "a terminal can't be noted; if this agent is killed, it stays open");
                None
            }
        }
    }

    /// Hangs up what an agent before this one left running. What that is, is looked up at once and not when the work is
    /// done: a terminal that is opened meanwhile is ours.
    pub fn hang_up_left(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let entries = std::fs::read_dir(&*self.dir).into_iter().flatten().flatten();
        let left: Vec<_> = entries.map(|entry| entry.path()).collect();
        async move {
            for path in left {
                let note = Note { path };
                let text = std::fs::read_to_string(&note.path).unwrap_or_default();
                let name = note.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if let Some((pid, started, container)) = parse(name, &text, &boot_id())
                    && leftover::started(pid) == Some(started)
                {
                    info!(pid, %container, "a terminal of the agent before is hung up");
                    Leftover::of(pid, &container, Some(note)).hang_up().await;
                }
            }
        }
    }
}

/// Process, its start and its container, if the note is of this boot: afterwards numbers mean other processes.
fn parse(name: &str, text: &str, boot: &str) -> Option<(u32, u64, ContainerId)> {
    let (pid, started) = name.split_once('-')?;
    let (container, noted_at) = text.split_once(' ')?;
    if boot.is_empty() || noted_at != boot {
        return None;
    }
    Some((
        pid.parse().ok()?,
        started.parse().ok()?,
        ContainerId::parse(container).ok()?,
    ))
}

fn boot_id() -> String {
    std::fs::read_to_string(BOOT_ID).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container() -> ContainerId {
        ContainerId::parse("ab".repeat(32)).unwrap()
    }

    #[test]
    fn a_note_goes_with_its_process() {
        let dir = tempfile::tempdir().unwrap();
        let notes = Notes::new(dir.path().join("execs"));
        let note = notes.take(std::process::id(), &container()).unwrap();
        let name = note.path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&note.path).unwrap();
        let (pid, started, of) = parse(&name, &text, &boot_id()).unwrap();
        assert_eq!((pid, of), (std::process::id(), container()));
        assert_eq!(leftover::started(pid), Some(started));
        drop(note);
        assert_eq!(std::fs::read_dir(dir.path().join("execs")).unwrap().count(), 0);
    }

    #[test]
    fn a_note_of_another_boot_or_of_nothing_says_nothing() {
        let text = format!("{} before", container());
        assert!(parse("10-20", &text, "before").is_some());
        assert!(parse("10-20", &text, "now").is_none());
        assert!(parse("10-20", &format!("{} ", container()), "").is_none());
        assert!(parse("10", &text, "before").is_none());
        assert!(parse("10-20", "../../etc before", "before").is_none());
    }

    #[tokio::test]
    async fn a_process_that_is_not_in_the_container_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let notes = Notes::new(dir.path().to_owned());
        let note = notes.take(child.id(), &container()).unwrap();
        // As a killed agent would: the note stays.
        std::mem::forget(note);
        let hanging_up = notes.hang_up_left();
        let later = notes.take(std::process::id(), &container()).unwrap();
        hanging_up.await;
        assert!(
            later.path.exists(),
            "a terminal that was opened later is not the agent's before"
        );
        drop(later);
        assert!(child.try_wait().unwrap().is_none(), "a stranger was killed");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
