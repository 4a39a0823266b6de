//! Samples and events, and what acknowledges them.
#![no_main]
use crane_shared::protocol::{Ack, RecordBatch};
use crane_shared::wire::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = decode::<RecordBatch>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<RecordBatch>(&again).expect("what was written can be read"), message);
    }
    if let Ok(message) = decode::<Ack>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<Ack>(&again).expect("what was written can be read"), message);
    }
});
