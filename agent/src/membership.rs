//! What makes this host a node: its key, its certificate, its manager's pin and addresses, in one file that only
//! root can read. Without this file there is no node.
//!
//! Written as a whole or not at all: under another name, synced, then renamed. Knows no network.

use crane_shared::identity::{IdentityError, NodeKey, Pin};
use crane_shared::ids::NodeId;
use crane_shared::secret::Secret;
use crane_shared::time::Timestamp;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Where an agent keeps its things unless `--state` says otherwise.
pub const DEFAULT_HOME: &str = "/var/lib/crane-agent";
const FILE: &str = "identity.json";
const STATUS: &str = "status.json";
const LOCK: &str = "lock";

/// Why the file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    #[error("{path}: {err}")]
    Io { path: PathBuf, err: std::io::Error },
    #[error("this host has not joined a manager yet ({0} does not exist); run `crane-agent join` first")]
    NotJoined(PathBuf),
    #[error("this host is a node already ({0} exists); `crane-agent leave` first, or join with --force")]
    Joined(PathBuf),
    #[error("{path} is damaged: {why}")]
    Damaged { path: PathBuf, why: String },
    #[error("another crane-agent runs on {0}; two would spoil each other's spool")]
    InUse(PathBuf),
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// What a node knows of itself and its manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    pub node: NodeId,
    /// `host:port`, tried in turn. The pin is the identity, so they may all change.
    pub managers: Vec<String>,
    /// The manager's authority.
    pub pin: Pin,
    /// The node's certificate and its issuer, DER.
    pub chain: Vec<Vec<u8>>,
    /// PKCS#8, PEM.
    pub key: Secret<String>,
    /// The engine's socket, as given to `join`.
    pub docker: String,
    pub cgroup_root: PathBuf,
    /// When the manager took this node out of the panel; the agent does not try again.
    pub removed: Option<Timestamp>,
    /// Counts this node's sessions. A second machine with a copy of this file falls behind and is found by it.
    pub generation: u64,
}

impl Membership {
    /// The node's key, ready for use.
    ///
    /// # Errors
    /// When the file was damaged.
    pub fn key(&self) -> Result<NodeKey, IdentityError> {
        NodeKey::from_pem(self.key.expose())
    }
}

/// The membership as it is written; secrets only leave through here.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDisk {
    node: NodeId,
    managers: Vec<String>,
    pin: Pin,
    /// Hexadecimal DER.
    chain: Vec<String>,
    key: String,
    docker: String,
    cgroup_root: PathBuf,
    #[serde(default)]
    removed: Option<Timestamp>,
    #[serde(default)]
    generation: u64,
}

/// How the running agent stands with its manager, for `crane-agent doctor`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// When this was written.
    pub at: Timestamp,
    pub connected: bool,
    /// The address that answered, or was tried last.
    pub address: String,
    /// Why it is not connected; empty when it is.
    pub why: String,
    /// The manager's clock minus this host's, in milliseconds, from the last welcome; half the round trip is in it.
    pub clock_ahead_ms: Option<i64>,
}

/// The agent's directory.
#[derive(Debug, Clone)]
pub struct Home {
    dir: PathBuf,
}

impl Home {
    /// The directory, which need not exist yet.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Where the spool lives.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.dir.join("spool")
    }

    /// Where processes in containers are noted.
    #[must_use]
    pub fn execs(&self) -> PathBuf {
        self.dir.join("execs")
    }

    /// Makes this process the only agent that runs on the directory, until the lock is dropped or the process ends.
    ///
    /// # Errors
    /// When another one does, or the directory can't be written.
    pub fn lock(&self) -> Result<Flock<File>, HomeError> {
        let path = self.dir.join(LOCK);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let file = file.map_err(|err| HomeError::Io {
            path: path.clone(),
            err,
        })?;
        Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, err)| match err {
            Errno::EWOULDBLOCK => HomeError::InUse(self.dir.clone()),
            err => HomeError::Io { path, err: err.into() },
        })
    }

    /// Whether this host is a node.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        self.file().exists()
    }

    /// The file that makes it one.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.dir.join(FILE)
    }

    /// Reads it.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn load(&self) -> Result<Membership, HomeError> {
        let path = self.file();
        let text = Secret::new(match std::fs::read(&path) {
            Ok(text) => text,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Err(HomeError::NotJoined(path)),
            Err(err) => return Err(HomeError::Io { path, err }),
        });
        let damaged = |why: String| HomeError::Damaged {
            path: path.clone(),
            why,
        };
        let raw: OnDisk = serde_json::from_slice(text.expose()).map_err(|err| damaged(err.to_string()))?;
        let chain: Result<Vec<_>, _> = raw.chain.iter().map(hex::decode).collect();
        Ok(Membership {
            node: raw.node,
            managers: raw.managers,
            pin: raw.pin,
            chain: chain.map_err(|err| damaged(err.to_string()))?,
            key: Secret::new(raw.key),
            docker: raw.docker,
            cgroup_root: raw.cgroup_root,
            removed: raw.removed,
            generation: raw.generation,
        })
    }

    /// Writes it, mode 0600, all or nothing.
    ///
    /// # Errors
    /// When the directory can't be written.
    pub fn save(&self, membership: &Membership) -> Result<(), HomeError> {
        let raw = OnDisk {
            node: membership.node.clone(),
            managers: membership.managers.clone(),
            pin: membership.pin,
            chain: membership.chain.iter().map(hex::encode).collect(),
            key: membership.key.expose().clone(),
            docker: membership.docker.clone(),
            cgroup_root: membership.cgroup_root.clone(),
            removed: membership.removed,
            generation: membership.generation,
        };
        let text = serde_json::to_vec_pretty(&raw).map(Secret::new);
        let path = self.file();
        let text = text.map_err(|err| HomeError::Damaged {
            path: path.clone(),
            why: err.to_string(),
        })?;
        self.write(&path, text.expose())
    }

    /// Forgets that this host was a node: key, spool, everything.
    ///
    /// # Errors
    /// When the directory can't be written.
    pub fn forget(&self) -> Result<(), HomeError> {
        for path in [self.file(), self.dir.join(STATUS)] {
            match std::fs::remove_file(&path) {
                Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(HomeError::Io { path, err }),
                _ => {}
            }
        }
        let spool = self.spool();
        match std::fs::remove_dir_all(&spool) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(HomeError::Io { path: spool, err }),
            _ => Ok(()),
        }
    }

    /// Leaves a note for the doctor. Losing one harms nothing, so failures are silent.
    pub fn note(&self, standing: &Standing) {
        if let Ok(text) = serde_json::to_vec(standing) {
            drop(std::fs::write(self.dir.join(STATUS), text));
        }
    }

    /// The last note; `None` when no agent ever ran here.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        serde_json::from_slice(&std::fs::read(self.dir.join(STATUS)).ok()?).ok()
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
        let io = |err| HomeError::Io {
            path: path.to_owned(),
            err,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .map_err(io)?;
        let fresh = path.with_extension("new");
        // A leftover of a crash goes first: the mode of an existing file would stay as it was.
        drop(std::fs::remove_file(&fresh));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)
            .map_err(io)?;
        file.write_all(bytes).map_err(io)?;
        file.sync_all().map_err(io)?;
        std::fs::rename(&fresh, path).map_err(io)?;
        File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(io)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    pub(crate) fn membership() -> Membership {
        Membership {
            node: NodeId::parse("00112233445566aa").unwrap(),
            managers: vec!["manager.example:7443".to_owned()],
            pin: Pin([7; 32]),
            chain: vec![vec![1, 2], vec![3]],
            key: NodeKey::make().unwrap().to_pem(),
            docker: "unix:///run/docker.sock".to_owned(),
            cgroup_root: PathBuf::from("/sys/fs/cgroup"),
            removed: None,
            generation: 0,
        }
    }

    #[test]
    fn what_is_saved_is_loaded_and_only_root_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("agent"));
        assert!(matches!(home.load(), Err(HomeError::NotJoined(_))));
        let saved = membership();
        home.save(&saved).unwrap();
        home.save(&saved).unwrap();
        assert_eq!(home.load().unwrap(), saved);
        assert_eq!(home.load().unwrap().key().unwrap().pin(), saved.key().unwrap().pin());
        let mode = std::fs::metadata(home.file()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        home.forget().unwrap();
        assert!(!home.is_joined());
    }

    #[test]
    fn two_agents_never_run_on_one_directory() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        let first = home.lock().unwrap();
        assert!(matches!(home.lock(), Err(HomeError::InUse(_))));
        drop(first);
        home.lock().unwrap();
    }

    #[test]
    fn a_file_from_before_there_were_generations_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        home.save(&membership()).unwrap();
        let text = std::fs::read_to_string(home.file()).unwrap();
        let mut raw: serde_json::Value = serde_json::from_str(&text).unwrap();
        raw.as_object_mut().unwrap().remove("generation").unwrap();
        std::fs::write(home.file(), raw.to_string()).unwrap();
        assert_eq!(home.load().unwrap().generation, 0);
    }

    #[test]
    fn a_damaged_file_is_no_node_and_says_which() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        std::fs::write(home.file(), b"{\"node\":").unwrap();
        assert!(matches!(home.load(), Err(HomeError::Damaged { .. })));
    }

    #[test]
    fn the_key_is_not_in_debug_output() {
        let text = format!("{:?}", membership());
        assert!(!text.contains("PRIVATE"), "{text}");
    }
}
