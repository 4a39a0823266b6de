//! First frame of a stream that an agent opens.
#![no_main]
use crane_shared::protocol::{AgentOpening};
use crane_shared::wire::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = decode::<AgentOpening>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<AgentOpening>(&again).expect("what was written can be read"), message);
    }
});
