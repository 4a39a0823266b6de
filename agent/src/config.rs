//! The owner's file, `/etc/crane/agent.toml`: what the panel may do on this host, and how much disk the agent takes.
//!
//! No message of the wire ever changes it. A file that can't be understood denies everything: a typo must not
//! open what the owner wanted shut.
//!
//! ```toml
//! [policy]
//! exec = false      # shells in containers
//! logs = true
//! images = true     # pull and delete
//! docker = true     # every other call to the engine, reads included
//!
//! [spool]
//! megabytes = 64    # what waits on disk while the manager is away
//! ```

use crate::spool::DEFAULT_LIMIT;
use crane_shared::model::Policy;
use std::path::Path;
use toml::{Table, Value};

/// Where the owner's file is unless `--policy` says otherwise.
pub const DEFAULT_POLICY: &str = "/etc/crane/agent.toml";
/// Sensible sizes of the spool, in MiB.
const SPOOL_MIB: std::ops::RangeInclusive<i64> = 1..=65_536;

/// What the owner decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub policy: Policy,
    /// Bytes.
    pub spool_limit: u64,
}

impl Default for Owner {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            spool_limit: DEFAULT_LIMIT,
        }
    }
}

/// Reads the owner's file: no file means everything is allowed, a bad one that nothing is. The mistakes are for
/// the log and the doctor.
#[must_use]
pub fn read(path: &Path) -> (Owner, Vec<String>) {
    let deny = |mistakes| {
        let owner = Owner {
            policy: Policy::deny_all(),
            ..Owner::default()
        };
        (owner, mistakes)
    };
    match std::fs::read_to_string(path) {
        Ok(text) => match parse(&text) {
            Ok(owner) => (owner, Vec::new()),
            Err(mistakes) => deny(mistakes),
        },
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => (Owner::default(), Vec::new()),
        Err(err) => deny(vec![err.to_string()]),
    }
}

/// All mistakes at once, so that they are mended at once.
fn parse(text: &str) -> Result<Owner, Vec<String>> {
    let table: Table = text.parse().map_err(|err: toml::de::Error| vec![err.to_string()])?;
    let mut owner = Owner::default();
    let mut mistakes = Vec::new();
    for (section, value) in &table {
        let Value::Table(keys) = value else {
            mistakes.push(format!("`{section}` is no section; there are [policy] and [spool]"));
            continue;
        };
        for (key, value) in keys {
            if let Err(mistake) = take(&mut owner, section, key, value) {
                mistakes.push(mistake);
            }
        }
        if !matches!(section.as_str(), "policy" | "spool") && keys.is_empty() {
            mistakes.push(format!("there is no section [{section}]"));
        }
    }
    if mistakes.is_empty() { Ok(owner) } else { Err(mistakes) }
}

fn take(owner: &mut Owner, section: &str, key: &str, value: &Value) -> Result<(), String> {
    let policy = &mut owner.policy;
    let switch = match (section, key) {
        ("policy", "exec") => &mut policy.exec,
        ("policy", "logs") => &mut policy.logs,
        ("policy", "images") => &mut policy.images,
        ("policy", "docker") => &mut policy.docker,
        ("spool", "megabytes") => {
            let size = value.as_integer().filter(|size| SPOOL_MIB.contains(size));
            let size = size.ok_or_else(|| format!("spool.megabytes is {value}; it must be from 1 to 65536"))?;
            owner.spool_limit = u64::try_from(size).unwrap_or(0) << 20;
            return Ok(());
        }
        _ => return Err(format!("there is no key `{key}` in [{section}]")),
    };
    *switch = value
        .as_bool()
        .ok_or_else(|| format!("{section}.{key} is {value}; it must be true or false"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_switches_things_off_one_by_one() {
        let owner = parse("[policy]\nexec = false\n[spool]\nmegabytes = 8\n").unwrap();
        assert!(!owner.policy.exec && owner.policy.logs && owner.policy.docker);
        assert_eq!(owner.spool_limit, 8 << 20);
        assert_eq!(parse("").unwrap(), Owner::default());
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let mistakes = parse("[policy]\nexecc = false\nlogs = \"no\"\n[spool]\nmegabytes = 0\n[extra]\n").unwrap_err();
        assert_eq!(mistakes.len(), 4, "{mistakes:?}");
        assert!(parse("policy = true").is_err());
        assert!(parse("[policy").is_err());
    }

    #[test]
    fn a_file_that_can_not_be_understood_denies_everything() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.toml");
        assert_eq!(read(&path).0.policy, Policy::default());
        std::fs::write(&path, "[policy]\nexec = maybe\n").unwrap();
        assert_eq!(read(&path).0.policy, Policy::deny_all());
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert_eq!(read(&path).0.policy, Policy::deny_all());
        // A directory in its place can't be read either.
        assert_eq!(read(dir.path()).0.policy, Policy::deny_all());
    }
}
