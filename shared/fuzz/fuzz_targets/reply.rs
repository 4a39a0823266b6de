//! Answers to questions, and live figures.
#![no_main]
use crane_shared::protocol::{Refusal, Reply, StatsFrame};
use crane_shared::wire::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = decode::<Result<Reply, Refusal>>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<Result<Reply, Refusal>>(&again).expect("what was written can be read"), message);
    }
    if let Ok(message) = decode::<StatsFrame>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<StatsFrame>(&again).expect("what was written can be read"), message);
    }
});
