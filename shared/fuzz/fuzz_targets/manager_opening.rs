//! First frame of a stream that a manager opens.
#![no_main]
use crane_shared::protocol::{ManagerOpening};
use crane_shared::wire::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = decode::<ManagerOpening>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<ManagerOpening>(&again).expect("what was written can be read"), message);
    }
});
