//! Names and ids, checked once when they are made and never again.
//!
//! Docker's client library pastes ids into URLs without escaping them (`../../swarm/leave` would
//! reach another endpoint), so nothing that is only a `str` may come near it. The character sets
//! follow the engine's own: <https://github.com/moby/moby/blob/master/daemon/names/names.go>.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Why a text is not a valid id or name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct BadId {
    /// What kind of id was wanted, e.g. `container id`.
    pub what: &'static str,
    /// What such an id looks like.
    pub rule: &'static str,
}

/// Declares a checked text type: `Name, "kind", "rule", |text| is_valid`.
macro_rules! checked {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks `text`.
            ///
            /// # Errors
            /// [`BadId`] when `text` breaks the rule.
            pub fn parse(text: impl Into<String>) -> Result<Self, BadId> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok(Self(text)) } else { Err(BadId { what: $what, rule: $rule }) }
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> { Self::parse(text) }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self { id.0 }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> { Self::parse(text) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result { out.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result { write!(out, "{}({})", stringify!($name), self.0) }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> { String::schema() }
        }
        impl utoipa::ToSchema for $name {}
    };
}

fn lower_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn base36(text: &str) -> bool {
    text.len() == 25 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z'))
}

/// `[a-zA-Z0-9][a-zA-Z0-9_.-]*`, at most `max` bytes, never `.`-only.
fn docker_name(text: &str, max: usize) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        && text.len() <= max
}

checked!(
    /// One machine that runs an agent; made by the manager when it joins.
    NodeId, "node id", "16 lower-case hexadecimal digits", |t| lower_hex(t, 16)
);
checked!(
    /// Docker's full container id.
    ContainerId, "container id", "64 lower-case hexadecimal digits", |t| lower_hex(t, 64)
);
checked!(
    /// One `exec` inside a container.
    ExecId, "exec id", "64 lower-case hexadecimal digits", |t| lower_hex(t, 64)
);
checked!(
    /// A Swarm service.
    ServiceId, "service id", "25 digits and lower-case letters", base36
);
checked!(
    /// A Swarm task.
    TaskId, "task id", "25 digits and lower-case letters", base36
);
checked!(
    /// A machine as the Swarm knows it.
    SwarmNodeId, "Swarm node id", "25 digits and lower-case letters", base36
);
checked!(
    /// A container's name, without the slash that the engine puts before it.
    ContainerName, "container name", "letters, digits, `_`, `.` and `-`, at most 255", |t| docker_name(t, 255)
);
checked!(
    /// Someone who signs in.
    UserId, "user id", "16 lower-case hexadecimal digits", |t| lower_hex(t, 16)
);
checked!(
    /// An API token or a join token, by its public half.
    TokenId, "token id", "16 lower-case hexadecimal digits", |t| lower_hex(t, 16)
);

/// The first 64 bits of a container's id: enough within one node, and an eighth of its size in every sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContainerKey(pub u64);

impl From<&ContainerId> for ContainerKey {
    fn from(id: &ContainerId) -> Self {
        // A checked id is 64 hexadecimal digits, so the first sixteen always parse.
        Self(u64::from_str_radix(id.as_str().get(..16).unwrap_or("0"), 16).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_becomes_a_container_id() {
        for bad in [
            "",
            "web/../../secrets?x=",
            "ABCDEF",
            "%2f",
            &"a".repeat(63),
            &"g".repeat(64),
            &format!("{}\n", "a".repeat(63)),
        ] {
            assert!(ContainerId::parse(bad).is_err(), "{bad:?} was accepted");
        }
        assert!(ContainerId::parse("a".repeat(64)).is_ok());
    }

    #[test]
    fn a_name_starts_with_a_letter_or_digit() {
        assert!(ContainerName::parse("web.1-a_b").is_ok());
        for bad in ["", ".", "..", "-a", "a/b", "a b", "a\0", "ä"] {
            assert!(ContainerName::parse(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn a_key_is_the_head_of_the_id() {
        let id = ContainerId::parse(format!("{}{}", "00000000000000ff", "a".repeat(48))).unwrap();
        assert_eq!(ContainerKey::from(&id), ContainerKey(255));
    }
}
