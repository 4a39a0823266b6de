use super::EnrolmentError;
use crane_shared::identity::{Authority, NodeKey, Pin};
use crane_shared::secret::Secret;
use crane_shared::time::Clock;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The manager's identity: the authority that agents pin, and the manager's own key. A backup of these two is what
/// lets agents come back to a manager on another machine.
#[derive(Debug)]
pub struct Keys {
    pub authority: Authority,
    /// PKCS#8 in PEM; the web server uses the same key.
    pub manager_key: Secret<String>,
}

impl Keys {
    /// Reads `authority.pem`, `authority.key` and `manager.key` in `dir`, or makes them when none of them exists.
    ///
    /// # Errors
    /// When one is unreadable or missing, or a key file can be read by others.
    pub fn open(dir: &Path, clock: &Clock) -> Result<Self, EnrolmentError> {
        let certificate = dir.join("authority.pem");
        let key = dir.join("authority.key");
        let manager = dir.join("manager.key");
        if !certificate.exists() {
            if key.exists() {
                // A new authority would lock out every agent, so nobody makes one by accident.
                return Err(EnrolmentError::File {
                    path: certificate,
                    why: "it is missing beside authority.key; restore it from a backup".into(),
                });
            }
            let (root, secret) = Authority::make(clock.now())?.to_pem();
            write_secret(&key, secret.expose())?;
            // Last on purpose: with this file the authority is complete.
            write_secret(&certificate, &root)?;
        }
        if !manager.exists() {
            write_secret(&manager, NodeKey::make()?.to_pem().expose())?;
        }
        Ok(Self {
            authority: Authority::from_pem(&read(&certificate)?, &read_secret(&key)?)?,
            manager_key: Secret::new(read_secret(&manager)?),
        })
    }

    /// The pin of the manager's own key, as `curl --pinnedpubkey` takes it.
    ///
    /// # Errors
    /// When the key is unreadable.
    pub fn web_pin(&self) -> Result<Pin, EnrolmentError> {
        Ok(NodeKey::from_pem(self.manager_key.expose())?.pin())
    }
}

fn read(path: &Path) -> Result<String, EnrolmentError> {
    fs::read_to_string(path).map_err(|err| file(path, &err))
}

fn read_secret(path: &Path) -> Result<String, EnrolmentError> {
    let mode = fs::metadata(path).map_err(|err| file(path, &err))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(EnrolmentError::File {
            path: path.to_owned(),
            why: format!("others may read it (mode {:03o}); make it 600", mode & 0o777),
        });
    }
    read(path)
}

/// Writes beside and renames, so that a crash leaves the whole file or none.
fn write_secret(path: &Path, text: &str) -> Result<(), EnrolmentError> {
    let beside = path.with_extension("new");
    let written = || -> std::io::Result<()> {
        if beside.exists() {
            fs::remove_file(&beside)?;
        }
        let mut out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(path.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
    };
    written().map_err(|err| file(path, &err))
}

fn file(path: &Path, err: &std::io::Error) -> EnrolmentError {
    EnrolmentError::File {
        path: path.to_owned(),
        why: err.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_survives_a_restart_and_its_keys_are_for_the_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::open(dir.path(), &Clock::Real).unwrap();
        let again = Keys::open(dir.path(), &Clock::Real).unwrap();
        assert_eq!(first.authority.pin(), again.authority.pin());
        assert_eq!(first.web_pin().unwrap(), again.web_pin().unwrap());
        for name in ["authority.key", "manager.key"] {
            let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        Keys::open(dir.path(), &Clock::Real).unwrap();
        fs::set_permissions(dir.path().join("authority.key"), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            Keys::open(dir.path(), &Clock::Real),
            Err(EnrolmentError::File { .. })
        ));
    }

    #[test]
    fn a_lost_certificate_never_becomes_a_new_authority() {
        let dir = tempfile::tempdir().unwrap();
        Keys::open(dir.path(), &Clock::Real).unwrap();
        fs::remove_file(dir.path().join("authority.pem")).unwrap();
        assert!(matches!(
            Keys::open(dir.path(), &Clock::Real),
            Err(EnrolmentError::File { .. })
        ));
    }
}
