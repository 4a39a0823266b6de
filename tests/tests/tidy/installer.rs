//! What `install/install.sh` does when its download is cut off: nothing.

use crate::sources::root;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// A directory in which every command the script may name writes its name down and fails.
fn recorders(directory: &Path, script: &str) {
    let words: std::collections::BTreeSet<&str> = script
        .split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit()))
        .filter(|word| word.len() > 1 && !["sh", "if", "then", "fi", "do", "done", "in", "esac", "case"].contains(word))
        .collect();
    for word in words {
        let path = directory.join(word);
        // `sh` itself is named by its path: this directory is the whole PATH.
        fs::write(
            &path,
            format!("#!/bin/sh\necho {word} >>{}/ran\nexit 1\n", directory.display()),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// What ran of `script`, given the token.
fn ran(directory: &Path, script: &[u8]) -> String {
    let path = directory.join("script.cut");
    fs::write(&path, script).unwrap();
    let status = Command::new("/bin/sh")
        .arg(&path)
        .arg("crane1_token")
        .env_clear()
        .env("PATH", directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.unwrap();
    let record = directory.join("ran");
    let ran = fs::read_to_string(&record).unwrap_or_default();
    drop(fs::remove_file(record));
    ran
}

#[test]
fn an_installer_that_was_cut_off_anywhere_runs_nothing() {
    let script = fs::read_to_string(root().join("install/install.sh")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    recorders(directory.path(), &script);
    let whole = ran(directory.path(), script.as_bytes());
    assert!(
        whole.contains("id"),
        "the whole script must get as far as asking who runs it: {whole:?}"
    );
    // The last byte is a line break; without it the script is whole all the same.
    for length in 0..script.len() - 1 {
        let ran = ran(directory.path(), &script.as_bytes()[..length]);
        assert_eq!(ran, "", "cut off after {length} of {} bytes", script.len());
    }
}
