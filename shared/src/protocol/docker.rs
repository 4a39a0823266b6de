//! The table of Docker endpoints: which right each one needs. Unknown is refused.

/// What a Docker call may do to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Look, without seeing secrets' values (the engine never gives them).
    Read,
    /// Change containers, networks, volumes.
    Change,
    /// Pull and delete images.
    Images,
    /// Change the Swarm.
    Swarm,
}

/// Segment patterns: `*` is one segment of checked characters, everything else is literal.
const TABLE: &[(&str, &str, Right)] = &[
    ("GET", "_ping", Right::Read),
    ("HEAD", "_ping", Right::Read),
    ("GET", "version", Right::Read),
    ("GET", "info", Right::Read),
    ("GET", "system/df", Right::Read),
    ("GET", "containers/json", Right::Read),
    ("GET", "containers/*/json", Right::Read),
    ("GET", "containers/*/changes", Right::Read),
    ("GET", "containers/*/top", Right::Read),
    ("GET", "images/json", Right::Read),
    ("GET", "images/*/json", Right::Read),
    ("GET", "images/*/history", Right::Read),
    ("GET", "networks", Right::Read),
    ("GET", "networks/*", Right::Read),
    ("GET", "volumes", Right::Read),
    ("GET", "volumes/*", Right::Read),
    ("GET", "swarm", Right::Swarm),
    ("GET", "nodes", Right::Read),
    ("GET", "nodes/*", Right::Read),
    ("GET", "services", Right::Read),
    ("GET", "services/*", Right::Read),
    ("GET", "tasks", Right::Read),
    ("GET", "tasks/*", Right::Read),
    ("POST", "containers/*/start", Right::Change),
    ("POST", "containers/*/stop", Right::Change),
    ("POST", "containers/*/restart", Right::Change),
    ("POST", "containers/*/kill", Right::Change),
    ("POST", "containers/*/pause", Right::Change),
    ("POST", "containers/*/unpause", Right::Change),
    ("DELETE", "containers/*", Right::Change),
];

/// The right that a call needs; `None` refuses it. `path` is the request's path without query, with or
/// without `/v1.NN`. Escaped or dotted segments never match, so a path means the same here and in the engine.
#[must_use]
pub fn right_for(method: &str, path: &str) -> Option<Right> {
    let path = path.strip_prefix('/')?;
    let path = match path.split_once('/') {
        Some((version, rest)) if is_version(version) => rest,
        _ => path,
    };
    TABLE
        .iter()
        .find(|(m, pattern, _)| *m == method && matches(pattern, path))
        .map(|(_, _, right)| *right)
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix("v1.")
        .is_some_and(|minor| !minor.is_empty() && minor.len() <= 3 && minor.bytes().all(|b| b.is_ascii_digit()))
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some("*"), Some(segment)) if is_plain(segment) => {}
            (Some(want), Some(segment)) if want != "*" && want == segment => {}
            _ => return false,
        }
    }
}

/// `:` for `sha256:…` image ids; no `%`, so nothing is decoded twice.
fn is_plain(segment: &str) -> bool {
    !segment.is_empty()
        && segment.len() <= 255
        && !segment.starts_with('.')
        && segment
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_endpoints_have_their_right() {
        assert_eq!(right_for("GET", "/v1.41/containers/json"), Some(Right::Read));
        assert_eq!(right_for("GET", "/containers/abc/json"), Some(Right::Read));
        assert_eq!(right_for("DELETE", "/v1.43/containers/abc"), Some(Right::Change));
    }

    #[test]
    fn everything_else_is_refused() {
        for (method, path) in [
            ("POST", "/containers/create"),
            ("GET", "/containers/../secrets"),
            ("GET", "/containers/%2e%2e/json"),
            ("GET", "/containers/a%2fb/json"),
            ("GET", "//containers/json"),
            ("GET", "/containers/json/"),
            ("GET", "/v1.41/v1.41/containers/json"),
            ("POST", "/swarm/leave"),
            ("GET", "/plugins"),
            ("GET", "containers/json"),
            ("GET", ""),
        ] {
            assert_eq!(right_for(method, path), None, "{method} {path}");
        }
    }
}
