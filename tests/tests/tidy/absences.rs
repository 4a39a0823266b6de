//! What must not be there.

use crate::sources::{code, files, is_test, root, rust, shown};
use std::process::Command;

/// Files of shipped code that name `word`.
fn naming(word: &str) -> Vec<String> {
    ["shared", "agent", "manager", "cli"]
        .into_iter()
        .flat_map(rust)
        .filter(|path| {
            let code = code(path);
            code.match_indices(word).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            })
        })
        .map(|path| shown(&path))
        .collect()
}

/// Names of everything a crate is built from.
fn packages_of(krate: &str) -> Vec<String> {
    let said = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "-p",
            krate,
            "-e",
            "normal",
            "--prefix",
            "none",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8(said.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.split_whitespace().next().map(ToOwned::to_owned))
        .collect()
}

#[test]
fn the_agent_carries_no_store_and_no_web_server() {
    let packages = packages_of("crane-agent");
    assert!(
        packages.iter().any(|name| name == "quinn"),
        "cargo tree said nothing useful"
    );
    for absent in [
        "rocksdb",
        "librocksdb-sys",
        "warp",
        "argon2",
        "rust-embed",
        "crane-manager",
    ] {
        assert!(
            !packages.iter().any(|name| name == absent),
            "the agent is built with {absent}"
        );
    }
}

#[test]
fn the_command_line_client_carries_neither_agent_nor_manager() {
    let packages = packages_of("crane");
    assert!(
        packages.iter().any(|name| name == "crane-shared"),
        "cargo tree said nothing useful"
    );
    for absent in ["rocksdb", "warp", "bollard", "crane-manager", "crane-agent"] {
        assert!(
            !packages.iter().any(|name| name == absent),
            "the client is built with {absent}"
        );
    }
}

#[test]
fn one_file_knows_the_encoding() {
    assert_eq!(naming("bincode"), ["shared/src/wire/codec.rs"]);
}

#[test]
fn few_rooms_know_dockers_client() {
    let allowed = [
        "agent/src/docker",
        "agent/src/logs",
        "agent/src/exec",
        "manager/src/docker",
    ];
    let strangers: Vec<_> = naming("bollard")
        .into_iter()
        .filter(|path| !allowed.iter().any(|room| path.starts_with(room)))
        .collect();
    assert!(strangers.is_empty(), "bollard is named in {strangers:?}");
}

#[test]
fn one_room_knows_the_store() {
    let strangers: Vec<_> = naming("rocksdb")
        .into_iter()
        .filter(|path| !path.starts_with("manager/src/store"))
        .collect();
    assert!(strangers.is_empty(), "rocksdb is named in {strangers:?}");
}

#[test]
fn manager_and_agent_start_no_other_program() {
    let starting: Vec<_> = naming("Command::new")
        .into_iter()
        .chain(naming("process::Command"))
        .filter(|path| path.starts_with("manager/") || path.starts_with("agent/") || path.starts_with("shared/"))
        .collect();
    assert!(
        starting.is_empty(),
        "a program is started in {starting:?}: no shell, no surprises"
    );
}

#[test]
fn no_decoder_is_without_a_limit() {
    for word in ["with_no_limit", "config::legacy"] {
        let found = naming(word);
        assert!(found.is_empty(), "{word} in {found:?}");
    }
}

#[test]
fn nothing_is_left_for_later() {
    let mark = ["TO", "DO"].concat();
    let left: Vec<_> = ["shared", "agent", "manager", "cli", "tests", "web/src", "install"]
        .into_iter()
        .flat_map(|directory| files(directory, &[".rs", ".ts", ".tsx", ".sh"]))
        .filter(|path| {
            let text = crate::sources::read(path);
            text.contains(&mark) || (!is_test(path) && text.contains("unimplemented!("))
        })
        .map(|path| shown(&path))
        .collect();
    assert!(left.is_empty(), "unfinished: {left:?}");
}
