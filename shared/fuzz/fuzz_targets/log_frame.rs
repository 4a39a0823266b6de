//! Lines of a log.
#![no_main]
use crane_shared::protocol::{LogFrame};
use crane_shared::wire::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = decode::<LogFrame>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<LogFrame>(&again).expect("what was written can be read"), message);
    }
});
