//! Rooms have names, and fit on a few screens.

use crate::sources::{files, is_test, read, shown};

const PLACES: [&str; 7] = ["shared", "agent", "manager", "cli", "tests", "web", "install"];

#[test]
fn every_room_has_a_name() {
    let nameless = ["utils", "util", "helpers", "helper", "common", "misc", "support", "mod"];
    let found: Vec<_> = PLACES
        .iter()
        .flat_map(|place| files(place, &[".rs", ".ts", ".tsx"]))
        .filter(|path| {
            path.with_extension("")
                .components()
                .any(|part| nameless.contains(&part.as_os_str().to_string_lossy().as_ref()))
        })
        .map(|path| shown(&path))
        .collect();
    assert!(found.is_empty(), "name the room by what it is: {found:?}");
}

/// Of shipped code, without the tests at its end; a file of tests may be half as long again.
const LONGEST: usize = 400;

#[test]
fn every_file_fits_on_a_few_screens() {
    let long: Vec<_> = PLACES
        .iter()
        .flat_map(|place| files(place, &[".rs", ".ts", ".tsx", ".sh", ".css"]))
        .filter(|path| !path.ends_with("schema.d.ts"))
        .map(|path| {
            let text = read(&path);
            let shipped = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default()
                .lines()
                .count();
            let most = if is_test(&path) { LONGEST * 3 / 2 } else { LONGEST };
            (shipped, most, shown(&path))
        })
        .filter(|(lines, most, _)| lines > most)
        .collect();
    assert!(long.is_empty(), "a room to split: {long:?}");
}

#[test]
fn every_room_has_a_door_plate() {
    let bare: Vec<_> = ["shared", "agent", "manager", "cli", "tests"]
        .iter()
        .flat_map(|place| files(&format!("{place}/src"), &[".rs"]))
        .filter(|path| path.with_extension("").is_dir() && path.parent().is_some_and(|parent| parent.ends_with("src")))
        .filter(|path| !read(path).starts_with("//!"))
        .map(|path| shown(&path))
        .collect();
    assert!(bare.is_empty(), "say in the first line what the room is: {bare:?}");
}
