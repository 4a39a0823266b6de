//! What an agent says after the welcome.
#![no_main]
use crane_shared::protocol::{AgentWord};
use crane_shared::wire::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = decode::<AgentWord>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<AgentWord>(&again).expect("what was written can be read"), message);
    }
});
