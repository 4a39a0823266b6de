//! The text that people paste: whatever is taken for a token is written the same way again.
#![no_main]
use crane_shared::identity::{JoinToken, Pin};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(token) = JoinToken::parse(text) {
        let again = JoinToken::parse(token.to_text().expose()).expect("what was written can be read");
        assert_eq!((again.id, again.expires), (token.id, token.expires));
    }
    drop(text.parse::<Pin>());
});
