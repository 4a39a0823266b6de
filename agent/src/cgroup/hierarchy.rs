use super::locate::{Place, names, places, usual};
use crane_shared::ids::ContainerId;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// A search of the whole tree looks at no more directories than this; the usual places and `/proc` come first.
const SEARCH_LIMIT: usize = 4096;

/// The kernel's accounting, found once at start.
#[derive(Debug, Clone)]
pub struct Hierarchy {
    root: PathBuf,
    proc: PathBuf,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// One tree per controller under the root; a `unified` tree beside them carries no controllers.
    V1,
    /// One tree.
    V2,
}

/// Why nothing can be measured.
#[derive(Debug, thiserror::Error)]
pub enum HierarchyError {
    #[error("{root} holds neither cgroup.controllers (version 2) nor memory/ and cpuacct/ (version 1)")]
    NotCgroups { root: PathBuf },
}

impl Hierarchy {
    /// Looks what is mounted at `root`, normally `/sys/fs/cgroup`. `proc` is normally `/proc`.
    ///
    /// # Errors
    /// When neither version is there.
    pub fn find(root: &Path, proc: &Path) -> Result<Self, HierarchyError> {
        let version = if root.join("cgroup.controllers").is_file() {
            Version::V2
        } else if tree(root, "memory").is_some() && tree(root, "cpuacct").is_some() {
            Version::V1
        } else {
            return Err(HierarchyError::NotCgroups { root: root.to_owned() });
        };
        Ok(Self {
            root: root.to_owned(),
            proc: proc.to_owned(),
            version,
        })
    }

    /// 1 or 2.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self.version {
            Version::V1 => 1,
            Version::V2 => 2,
        }
    }

    pub(super) const fn version(&self) -> Version {
        self.version
    }

    pub(super) fn proc(&self) -> &Path {
        &self.proc
    }

    /// The container's directory for `controller`; the controller does not matter in version 2. `None` when it has none (any more).
    pub(super) fn directory(&self, id: &ContainerId, pid: u32, controller: &str) -> Option<PathBuf> {
        let tree = match self.version {
            Version::V1 => tree(&self.root, controller)?,
            Version::V2 => self.root.clone(),
        };
        let text = std::fs::read_to_string(self.proc.join(pid.to_string()).join("cgroup")).unwrap_or_default();
        places(&text, id)
            .iter()
            .find(|place| self.is_for(place, controller))
            .map(|place| tree.join(&place.path))
            .filter(|path| path.is_dir())
            .or_else(|| usual(id).iter().map(|path| tree.join(path)).find(|path| path.is_dir()))
            .or_else(|| search(&tree, id))
    }

    fn is_for(&self, place: &Place, controller: &str) -> bool {
        match self.version {
            Version::V1 => place.controllers.split(',').any(|name| name == controller),
            Version::V2 => place.controllers.is_empty(),
        }
    }
}

/// The mount of one controller of version 1. Controllers that are mounted together are linked under each name, but not
/// on every distribution.
fn tree(root: &Path, controller: &str) -> Option<PathBuf> {
    let together: &[&str] = match controller {
        "cpuacct" => &["cpuacct", "cpu,cpuacct", "cpuacct,cpu"],
        other => &[other],
    };
    together.iter().map(|name| root.join(name)).find(|path| path.is_dir())
}

/// For an agent that does not see the container's `/proc`, with a parent of the owner's choice: breadth first.
fn search(tree: &Path, id: &ContainerId) -> Option<PathBuf> {
    let mut left = VecDeque::from([tree.to_owned()]);
    let mut seen = 0;
    while let Some(directory) = left.pop_front() {
        // A directory that went away in the meantime ends nothing but itself: other containers stop all the time.
        let Ok(entries) = std::fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries.flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            if entry.file_name().to_str().is_some_and(|name| names(name, id)) {
                return Some(entry.path());
            }
            seen += 1;
            if seen > SEARCH_LIMIT {
                return None;
            }
            left.push_back(entry.path());
        }
    }
    None
}
