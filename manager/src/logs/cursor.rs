use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crane_shared::ids::{ContainerId, ContainerKey};
use crane_shared::model::LogCursor;
use crane_shared::protocol::Refusal;
use crane_shared::wire::{decode, encode};

/// A cursor's text is about 50 characters; nothing longer is looked at.
const LONGEST: usize = 200;

/// What a client gives back as `after`. It is bound to the container, so that a place in one log is never taken for
/// a place in another.
pub(super) fn text(container: &ContainerId, cursor: &LogCursor) -> String {
    // A key and a cursor always fit a frame; a client that gets an empty text begins anew.
    let bytes = encode(&(ContainerKey::from(container), cursor)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what a client gave back as `after`.
///
/// # Errors
/// When it is no cursor, or one of another container.
pub fn cursor_from_text(container: &ContainerId, text: &str) -> Result<LogCursor, Refusal> {
    let invalid = |why: &str| Refusal::Invalid {
        what: "after".into(),
        why: why.to_owned(),
    };
    if text.len() > LONGEST {
        return Err(invalid("it is no cursor of a log"));
    }
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| invalid("it is no cursor of a log"))?;
    let (key, cursor): (ContainerKey, LogCursor) = decode(&bytes).map_err(|_| invalid("it is no cursor of a log"))?;
    if key == ContainerKey::from(container) {
        Ok(cursor)
    } else {
        Err(invalid("it belongs to the log of another container"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(digit: char) -> ContainerId {
        ContainerId::parse(digit.to_string().repeat(64)).unwrap()
    }

    #[test]
    fn a_cursor_comes_back_as_it_was_and_only_for_its_own_log() {
        let cursor = LogCursor::File {
            inode: u64::MAX,
            offset: u64::MAX,
            at_ns: i64::MIN,
        };
        let text = text(&container('a'), &cursor);
        assert!(text.len() < LONGEST);
        assert_eq!(cursor_from_text(&container('a'), &text), Ok(cursor));
        assert!(cursor_from_text(&container('b'), &text).is_err());
    }

    #[test]
    fn nothing_else_is_a_cursor() {
        for bad in ["", "=", "AAAA", "ä", &"A".repeat(201), "../../etc"] {
            assert!(cursor_from_text(&container('a'), bad).is_err(), "{bad:?} was taken");
        }
    }
}
