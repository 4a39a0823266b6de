//! Enrolment: what reaches the manager before anyone is known, and its answer.
#![no_main]
use crane_shared::protocol::{JoinReply, JoinRequest, Refusal};
use crane_shared::wire::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = decode::<JoinRequest>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<JoinRequest>(&again).expect("what was written can be read"), message);
    }
    if let Ok(message) = decode::<Result<JoinReply, Refusal>>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<Result<JoinReply, Refusal>>(&again).expect("what was written can be read"), message);
    }
});
