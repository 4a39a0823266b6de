use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// The programs under test.
#[derive(Debug, Clone)]
pub struct Binaries {
    pub manager: PathBuf,
    pub agent: PathBuf,
    pub cli: PathBuf,
}

impl Binaries {
    /// Looks in `directory`, or where cargo has put this very test program.
    ///
    /// # Errors
    /// Names the programs that are missing and how to build them.
    pub fn find(directory: Option<&Path>) -> Result<Self> {
        let directory = match directory {
            Some(directory) => directory.to_owned(),
            None => Self::beside_this_program()?,
        };
        let found = Self {
            manager: directory.join("crane-manager"),
            agent: directory.join("crane-agent"),
            cli: directory.join("crane"),
        };
        let missing: Vec<_> = [&found.manager, &found.agent, &found.cli]
            .into_iter()
            .filter(|path| !path.is_file())
            .map(|path| path.display().to_string())
            .collect();
        if missing.is_empty() {
            Ok(found)
        } else {
            bail!("build them first (`make build`): {}", missing.join(", "))
        }
    }

    /// `target/release`, from `target/release/bed` or `target/release/deps/cluster-0123`.
    ///
    /// # Errors
    /// When the system does not say what program this is.
    pub fn beside_this_program() -> Result<PathBuf> {
        let program = std::env::current_exe()?;
        let directory = program.parent().unwrap_or(Path::new("/"));
        Ok(match directory.parent() {
            Some(above) if directory.ends_with("deps") => above.to_owned(),
            _ => directory.to_owned(),
        })
    }
}
