//! Ends what a terminal left behind. The engine keeps an exec running when its streams are closed.

use super::notes::Note;
use crane_shared::ids::ContainerId;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tracing::debug;

/// Shells and editors save their things when they are hung up; after this long they are killed.
const MERCY: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Between two looks a process may start another one; after so many rounds of killing, nothing can be left.
const ROUNDS: u32 = 20;

/// A process of ours in a container. Dropped without a word it is killed at once, with all that it started.
#[derive(Debug)]
pub(super) struct Leftover {
    leader: Option<u32>,
    container: ContainerId,
    /// Goes when the process has gone.
    _note: Option<Note>,
}

impl Leftover {
    pub(super) fn of(pid: u32, container: &ContainerId, note: Option<Note>) -> Self {
        Self {
            leader: Some(pid),
            container: container.clone(),
            _note: note,
        }
    }

    /// It ended by itself. What it left running in the background stays, as with `docker exec`.
    pub(super) fn ended(mut self) {
        self.leader = None;
    }

    /// Hangs up, waits a little, then kills.
    pub(super) async fn hang_up(mut self) {
        let Some(leader) = self.leader.take() else { return };
        let mut known = BTreeSet::from([leader]);
        signal(&mut known, &self.container, Signal::SIGHUP);
        // A stopped process takes no hang-up before it goes on.
        signal(&mut known, &self.container, Signal::SIGCONT);
        let mut waited = Duration::ZERO;
        while waited < MERCY && !living(&known, &self.container).is_empty() {
            tokio::time::sleep(LOOK_AGAIN).await;
            waited += LOOK_AGAIN;
        }
        for _ in 0..ROUNDS {
            if signal(&mut known, &self.container, Signal::SIGKILL) == 0 {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            let mut known = BTreeSet::from([leader]);
            signal(&mut known, &self.container, Signal::SIGHUP);
            signal(&mut known, &self.container, Signal::SIGKILL);
        }
    }
}

/// Signals the sessions and families of `known`, and adds them to it; says how many processes that were.
fn signal(known: &mut BTreeSet<u32>, container: &ContainerId, signal: Signal) -> usize {
    let found = living(known, container);
    for pid in &found {
        known.insert(*pid);
        if let Ok(pid) = i32::try_from(*pid)
            && let Err(err) = kill(Pid::from_raw(pid), signal)
        {
            debug!(pid, %signal, %err, "a process of a closed terminal can't be signalled");
        }
    }
    found.len()
}

/// The processes of the container that belong to `known`.
fn living(known: &BTreeSet<u32>, container: &ContainerId) -> Vec<u32> {
    let mut processes: Vec<Process> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(|pid| parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?))
        .collect();
    processes.retain(|process| !process.dead);
    belonging(&processes, known)
        .into_iter()
        // A pid may be another process's by now: only those in the container's own cgroup are touched.
        .filter(|pid| is_inside(*pid, container))
        .collect()
}

fn is_inside(pid: u32, container: &ContainerId) -> bool {
    let path = Path::new("/proc").join(pid.to_string()).join("cgroup");
    std::fs::read_to_string(path).is_ok_and(|text| text.contains(container.as_str()))
}

/// When the process began, in ticks since the machine did: with its number it names one process for ever.
pub(super) fn started(pid: u32) -> Option<u64> {
    parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).map(|process| process.started)
}

/// One line of `/proc/PID/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    pid: u32,
    parent: u32,
    session: u32,
    started: u64,
    dead: bool,
}

/// A program's name may hold spaces and brackets: the fields begin behind the last one.
fn parse(stat: &str) -> Option<Process> {
    let (head, tail) = stat.rsplit_once(')')?;
    let pid = head.split(' ').next()?.parse().ok()?;
    let mut fields = tail.split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let session = fields.nth(1)?.parse().ok()?;
    let started = fields.nth(15)?.parse().ok()?;
    Some(Process {
        pid,
        parent,
        session,
        started,
        dead: matches!(state, "Z" | "X" | "x"),
    })
}

/// All that are `known`, are in a session that one of them leads, or descend from any of these.
fn belonging(processes: &[Process], known: &BTreeSet<u32>) -> Vec<u32> {
    let mut ours = known.clone();
    loop {
        let before = ours.len();
        for process in processes {
            if ours.contains(&process.session) || ours.contains(&process.parent) {
                ours.insert(process.pid);
            }
        }
        if ours.len() == before {
            break;
        }
    }
    processes
        .iter()
        .map(|process| process.pid)
        .filter(|pid| ours.contains(pid))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_is_no_trap() {
        let process = parse("42 (a) b (c) S 7 42 40 34816 42 4194560 1 0 0 0 5 6 0 0 20 0 1 0 987654 1000 2").unwrap();
        assert_eq!(
            process,
            Process {
                pid: 42,
                parent: 7,
                session: 40,
                started: 987_654,
                dead: false
            }
        );
        assert!(
            parse("1 (x) Z 0 0 0 0 0 0 0 0 0 0 0 0 0 0 20 0 1 0 7 0 0")
                .unwrap()
                .dead
        );
        assert_eq!(parse("1 (x) S 0 0 0 0"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn sessions_and_families_belong_and_others_do_not() {
        let process = |pid, parent, session| Process {
            pid,
            parent,
            session,
            started: 0,
            dead: false,
        };
        let all = [
            process(1, 0, 1),
            process(10, 1, 10),
            process(11, 10, 10),
            // A new session, but a child.
            process(12, 11, 12),
            process(13, 1, 12),
            // Lost its parent, but is in the session.
            process(14, 1, 10),
            process(20, 1, 20),
        ];
        assert_eq!(belonging(&all, &BTreeSet::from([10])), [10, 11, 12, 13, 14]);
    }
}
