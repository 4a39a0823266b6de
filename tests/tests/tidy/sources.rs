//! The text of the project, as the tidy tests read it.

use std::fs;
use std::path::{Path, PathBuf};

/// The project's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Files below `directory` of the root with one of the endings, sorted; nothing that a tool has made.
pub(crate) fn files(directory: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root().join(directory), endings, &mut found);
    found.sort();
    found
}

fn collect(directory: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "node_modules" | "target" | "dist" | "fixtures") && !name.starts_with('.') {
                collect(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
}

/// The path as people write it: from the root.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", shown(path)))
}

/// Rust without comments and without the tests at the end of a file, so that only what ships is judged.
pub(crate) fn code(path: &Path) -> String {
    let text = read(path);
    let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
    shipped
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether a file is tests only.
pub(crate) fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests")
}

/// Shipped Rust files of a crate.
pub(crate) fn rust(krate: &str) -> Vec<PathBuf> {
    let mut files = files(&format!("{krate}/src"), &[".rs"]);
    let source = root().join(krate).join("src");
    files.retain(|path| !is_test(path.strip_prefix(&source).unwrap()));
    files
}

/// The room of a file: `store` for `manager/src/store.rs` and everything in `manager/src/store/`.
pub(crate) fn room(krate: &str, path: &Path) -> String {
    let inside = path.strip_prefix(root().join(krate).join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}
