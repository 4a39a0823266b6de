use super::call::Answer;
use bytes::{Bytes, BytesMut};
use crane_shared::model::Event;
use crane_shared::protocol::Refusal;
use http_body_util::{BodyExt, Empty};
use serde::Deserialize;
use std::collections::BTreeMap;

use super::container::or_default;
use super::error::unavailable;

/// One event is a few hundred bytes; a longer line than this is skipped.
const LONGEST_LINE: usize = 256 << 10;
/// An event keeps this many attributes…
const MOST_ATTRIBUTES: usize = 64;
/// …each at most this long, in bytes, so that a huge label does not fill the spool.
const LONGEST_ATTRIBUTE: usize = 1024;

/// Whether a thing belongs to this engine or to its Swarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Local,
    /// Only Swarm managers hear of these.
    Swarm,
}

/// One event with its reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEvent {
    pub event: Event,
    pub scope: Scope,
}

/// The engine's event stream; dropping it ends it.
#[derive(Debug)]
pub struct Events {
    body: Answer<Empty<Bytes>>,
    buffer: BytesMut,
    /// Inside a line that is too long: everything up to its end is thrown away.
    skipping: bool,
    skipped: u64,
}

impl Events {
    pub(super) fn new(body: Answer<Empty<Bytes>>) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            skipping: false,
            skipped: 0,
        }
    }

    /// The next event; an error is the end of the stream. Cancel-safe: half a line waits in the buffer.
    ///
    /// # Errors
    /// When the engine went away.
    pub async fn next(&mut self) -> Result<EngineEvent, Refusal> {
        loop {
            while let Some(line) = self.line() {
                match parse(&line) {
                    Some(event) => return Ok(event),
                    None if line.iter().all(u8::is_ascii_whitespace) => {}
                    None => self.skipped += 1,
                }
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(err)) => return Err(unavailable(&format!("the event stream broke off: {err}"))),
                None => return Err(unavailable("the event stream ended")),
            }
        }
    }

    /// Lines that were no events or too long, since the stream began.
    #[must_use]
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Takes one whole line out of the buffer.
    fn line(&mut self) -> Option<BytesMut> {
        loop {
            let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') else {
                if self.buffer.len() > LONGEST_LINE {
                    self.skipped += u64::from(!self.skipping);
                    self.skipping = true;
                    self.buffer.clear();
                }
                return None;
            };
            let line = self.buffer.split_to(at + 1);
            if !std::mem::take(&mut self.skipping) {
                return Some(line);
            }
        }
    }
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "Type", default, deserialize_with = "or_default")]
    kind: String,
    #[serde(rename = "Action", default, deserialize_with = "or_default")]
    action: String,
    #[serde(rename = "Actor", default, deserialize_with = "or_default")]
    actor: Actor,
    #[serde(default, deserialize_with = "or_default")]
    scope: String,
    #[serde(rename = "timeNano", default, deserialize_with = "or_default")]
    at_ns: i64,
}

#[derive(Default, Deserialize)]
struct Actor {
    #[serde(rename = "ID", default, deserialize_with = "or_default")]
    id: String,
    #[serde(rename = "Attributes", default, deserialize_with = "or_default")]
    attributes: BTreeMap<String, String>,
}

/// One line of the stream; `None` when it is no event.
fn parse(line: &[u8]) -> Option<EngineEvent> {
    let raw: Raw = serde_json::from_slice(line).ok()?;
    if raw.kind.is_empty() || raw.action.is_empty() {
        return None;
    }
    let attributes = raw
        .actor
        .attributes
        .into_iter()
        .take(MOST_ATTRIBUTES)
        .map(|(name, value)| (cut(name), cut(value)))
        .collect();
    Some(EngineEvent {
        scope: if raw.scope == "swarm" {
            Scope::Swarm
        } else {
            Scope::Local
        },
        event: Event {
            at_ns: raw.at_ns,
            kind: cut(raw.kind),
            action: cut(raw.action),
            subject: cut(raw.actor.id),
            attributes,
        },
    })
}

fn cut(mut text: String) -> String {
    if text.len() > LONGEST_ATTRIBUTE {
        let mut end = LONGEST_ATTRIBUTE;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_a_container_is_read() {
        let line = br#"{"status":"die","id":"abc","from":"busybox","Type":"container","Action":"die","Actor":{"ID":"abc",
            "Attributes":{"exitCode":"137","image":"busybox","name":"web"}},"scope":"local","time":1700000000,"timeNano":1700000000123456789}"#;
        let got = parse(line).unwrap();
        assert_eq!(got.scope, Scope::Local);
        assert_eq!(got.event.at_ns, 1_700_000_000_123_456_789);
        assert_eq!(got.event.attributes["exitCode"], "137");
    }

    #[test]
    fn a_kind_that_nobody_has_heard_of_is_still_an_event() {
        let line = br#"{"Type":"teleporter","Action":"beam","Actor":null,"scope":"swarm","timeNano":1}"#;
        assert_eq!(parse(line).unwrap().scope, Scope::Swarm);
        assert!(parse(b"{}").is_none());
        assert!(parse(b"not json").is_none());
    }

    #[test]
    fn a_huge_label_is_cut_between_characters() {
        let long = "ä".repeat(2000);
        let line =
            format!(r#"{{"Type":"container","Action":"start","Actor":{{"ID":"a","Attributes":{{"l":"{long}"}}}}}}"#);
        let got = parse(line.as_bytes()).unwrap();
        assert_eq!(got.event.attributes["l"].len(), LONGEST_ATTRIBUTE);
    }
}
