//! A room knows only rooms on lower floors. The table of floors is the door plate of each crate, `src/lib.rs`: what people
//! read is what is checked.

use crate::sources::{code, read, room, root, rust, shown};
use std::collections::{BTreeMap, BTreeSet};

/// Room → floor, from the numbered lines of `src/lib.rs`.
fn floors(krate: &str) -> BTreeMap<String, usize> {
    let text = read(&root().join(krate).join("src/lib.rs"));
    let mut floors = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("//! ")) {
        let Some((number, rooms)) = line.split_once(". ") else {
            continue;
        };
        let Ok(floor) = number.trim().parse::<usize>() else {
            continue;
        };
        // Names stand between backticks; everything else is for people.
        for name in rooms.split('`').skip(1).step_by(2) {
            assert!(
                floors.insert(name.to_owned(), floor).is_none(),
                "{krate}: `{name}` stands on two floors"
            );
        }
    }
    assert!(floors.len() > 3, "{krate}/src/lib.rs has lost its table of floors");
    floors
}

/// Every room that `text` names as `crate::room` or inside `use crate::{…}`.
fn known_rooms(text: &str, own_crate: &str) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for prefix in ["crate::", own_crate] {
        for (at, _) in text.match_indices(prefix) {
            let before = text[..at].chars().next_back();
            // `$crate::` and `some_crate::` are other words.
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            let rest = &text[at + prefix.len()..];
            if let Some(group) = rest.strip_prefix('{') {
                known.extend(heads_of_group(group));
            } else {
                known.insert(word(rest));
            }
        }
    }
    known
}

/// `a, b::{c, d}, e}` → a, b, e.
fn heads_of_group(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut heads) = (0, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.push(word(group[start..at].trim()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(word(group[start..at].trim()));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn check(krate: &str, library: &str, floors: &BTreeMap<String, usize>) {
    let mut wrong = Vec::new();
    for path in rust(krate) {
        let room = room(krate, &path);
        if matches!(room.as_str(), "lib" | "main") {
            continue;
        }
        let Some(floor) = floors.get(&room) else {
            wrong.push(format!(
                "{}: `{room}` stands on no floor of {krate}/src/lib.rs",
                shown(&path)
            ));
            continue;
        };
        for other in known_rooms(&code(&path), library) {
            if other != room && floors.get(&other).is_some_and(|below| below >= floor) {
                wrong.push(format!("{}: `{room}` must not know `{other}`", shown(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_manager_stands_on_its_floors() {
    check("manager", "crane_manager::", &floors("manager"));
}

#[test]
fn the_agent_stands_on_its_floors() {
    check("agent", "crane_agent::", &floors("agent"));
}

#[test]
fn what_is_shared_stands_on_its_floors() {
    let floors = [
        (1, &["ids", "time", "secret", "backoff", "tasks", "telemetry"][..]),
        (2, &["model", "wire"]),
        // `protocol` (agent and manager) and `api` (manager and its clients) never know each other.
        (3, &["protocol", "api"]),
        (4, &["identity"]),
    ];
    let floors = floors
        .into_iter()
        .flat_map(|(floor, rooms)| rooms.iter().map(move |room| ((*room).to_owned(), floor)))
        .collect();
    check("shared", "crane_shared::", &floors);
}

#[test]
fn a_group_is_read_to_its_end() {
    let known = known_rooms(
        "use crate::{a, b::{c, d}, e::f};\nx(crate::g::h, $crate::no, my_crate::no)",
        "me::",
    );
    assert_eq!(known.into_iter().collect::<Vec<_>>(), ["a", "b", "e", "g"]);
}
