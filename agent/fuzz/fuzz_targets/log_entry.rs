//! One entry of Docker's json-file log: a container writes the text, and a crash may have cut it anywhere.
#![no_main]
use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "the parser is taken as it is; not all of it is asked here")]
#[path = "../../src/logs/entry.rs"]
mod entry;

fuzz_target!(|bytes: &[u8]| {
    if let Some(entry) = entry::parse(bytes) {
        assert!(entry.text.len() <= bytes.len() * 3, "replaced characters are the only growth");
        entry.ends();
    }
    assert!(entry::zeros(bytes) <= bytes.len());
    if let Ok(text) = std::str::from_utf8(bytes) {
        entry::nanoseconds(text);
    }
});
