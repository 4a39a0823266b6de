//! Where a container's cgroups are, from text.

use crane_shared::ids::ContainerId;

/// A container's directory in one hierarchy: which controllers it is for (empty in version 2) and the path under the mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) controllers: String,
    pub(super) path: String,
}

/// Reads `/proc/PID/cgroup` of a container's first process. The process may have moved below its container's cgroup
/// (an init system or a Docker inside does), so each path ends at the part that names the container; a path that
/// does not name it at all is left out.
pub(super) fn places(proc_cgroup: &str, id: &ContainerId) -> Vec<Place> {
    proc_cgroup
        .lines()
        .filter_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (controllers, path) = rest.split_once(':')?;
            Some(Place {
                controllers: controllers.to_owned(),
                path: up_to_container(path, id)?,
            })
        })
        .collect()
}

/// Whether a directory of this name is the container's: `ID` with the cgroupfs driver, `docker-ID.scope` with systemd's.
pub(super) fn names(directory: &str, id: &ContainerId) -> bool {
    directory == id.as_str()
        || directory
            .strip_suffix(".scope")
            .and_then(|name| name.rsplit_once('-'))
            .is_some_and(|(_, tail)| tail == id.as_str())
}

/// Where the engine puts containers unless it was told otherwise, most usual first.
pub(super) fn usual(id: &ContainerId) -> [String; 2] {
    [format!("docker/{id}"), format!("system.slice/docker-{id}.scope")]
}

fn up_to_container(path: &str, id: &ContainerId) -> Option<String> {
    let mut end = 0;
    for part in path.split('/') {
        end += part.len();
        if names(part, id) {
            return path.get(..end).map(|path| path.trim_start_matches('/').to_owned());
        }
        end += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> ContainerId {
        ContainerId::parse("5f".repeat(32)).unwrap()
    }

    #[track_caller]
    fn check(line: &str, want: Option<(&str, &str)>) {
        let id = id();
        let line = line.replace("ID", id.as_str());
        let found = places(&line, &id);
        let found = found
            .first()
            .map(|place| (place.controllers.clone(), place.path.replace(id.as_str(), "ID")));
        assert_eq!(found, want.map(|(c, p)| (c.to_owned(), p.to_owned())), "{line}");
    }

    #[test]
    fn both_drivers_and_both_versions_are_found() {
        check("9:memory:/docker/ID", Some(("memory", "docker/ID")));
        check(
            "4:cpu,cpuacct:/system.slice/docker-ID.scope",
            Some(("cpu,cpuacct", "system.slice/docker-ID.scope")),
        );
        check(
            "0::/system.slice/docker-ID.scope",
            Some(("", "system.slice/docker-ID.scope")),
        );
    }

    #[test]
    fn a_parent_of_the_owners_choice_is_followed() {
        check("9:memory:/limits/batch/ID", Some(("memory", "limits/batch/ID")));
        check(
            "0::/batch.slice/batch-night.slice/docker-ID.scope",
            Some(("", "batch.slice/batch-night.slice/docker-ID.scope")),
        );
    }

    #[test]
    fn a_process_that_moved_down_still_counts_for_its_container() {
        check("0::/docker/ID/init", Some(("", "docker/ID")));
        check(
            "0::/system.slice/docker-ID.scope/init.scope",
            Some(("", "system.slice/docker-ID.scope")),
        );
    }

    #[test]
    fn a_path_of_someone_else_is_not_taken() {
        check("9:memory:/user.slice", None);
        check("0::/", None);
        check("0::/docker/ID0", None);
        check("nonsense", None);
    }

    #[test]
    fn every_hierarchy_of_a_real_process_is_read() {
        let text = include_str!("../../fixtures/cgroup-v1/proc/4242/cgroup");
        let id = ContainerId::parse("3b7e1c0d9a8f4e5566778899aabbccddeeff00112233445566778899aabbccdd").unwrap();
        let found = places(text, &id);
        assert_eq!(found.len(), 10, "the unified mount of a hybrid host holds no container");
        assert!(found.iter().all(|place| place.path == format!("docker/{id}")));
    }
}
