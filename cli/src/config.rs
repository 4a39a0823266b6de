//! Where the last login is kept: `~/.config/crane/config.toml`, mode 0600.

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// One manager, and the token for it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    pub(crate) server: String,
    pub(crate) pin: String,
    pub(crate) token: String,
}

/// `$XDG_CONFIG_HOME/crane/config.toml`, else below the home directory.
pub(crate) fn path(xdg: Option<&Path>, home: Option<&Path>) -> Option<PathBuf> {
    xdg.map(Path::to_path_buf)
        .or_else(|| home.map(|home| home.join(".config")))
        .map(|dir| dir.join("crane/config.toml"))
}

/// The path for this process.
pub(crate) fn here() -> anyhow::Result<PathBuf> {
    let var = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    path(var("XDG_CONFIG_HOME").as_deref(), var("HOME").as_deref()).context("neither HOME nor XDG_CONFIG_HOME is set")
}

/// The last login; `None` when there is none.
pub(crate) fn load(path: &Path) -> anyhow::Result<Option<Login>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(toml::from_str(&text).with_context(|| {
            format!("{} can't be read; run `crane login` again", path.display())
        })?)),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(err).with_context(|| format!("{} can't be read", path.display())),
    }
}

/// Keeps `login`, or forgets it. The file is replaced as a whole, so a crash leaves the old or the new one.
pub(crate) fn save(path: &Path, login: Option<&Login>) -> anyhow::Result<()> {
    let Some(login) = login else {
        return match std::fs::remove_file(path) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(err.into()),
            _ => Ok(()),
        };
    };
    let dir = path.parent().context("the configuration has no folder")?;
    std::fs::create_dir_all(dir).with_context(|| format!("{} can't be made", dir.display()))?;
    let fresh = path.with_extension("toml.new");
    drop(std::fs::remove_file(&fresh));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(toml::to_string(login)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path).with_context(|| format!("{} can't be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_login_is_kept_for_its_owner_alone_and_forgotten_on_request() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(Some(dir.path()), None).unwrap();
        let login = Login {
            server: "https://m:7443".into(),
            pin: "sha256//x".into(),
            token: "t".into(),
        };
        save(&path, Some(&login)).unwrap();
        save(&path, Some(&login)).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(load(&path).unwrap() == Some(login));
        save(&path, None).unwrap();
        assert!(load(&path).unwrap().is_none());
    }
}
