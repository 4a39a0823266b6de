//! What a manager says after the welcome, and the welcome itself.
#![no_main]
use crane_shared::protocol::{ManagerWord, Refusal, Welcome};
use crane_shared::wire::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = decode::<ManagerWord>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<ManagerWord>(&again).expect("what was written can be read"), message);
    }
    if let Ok(message) = decode::<Result<Welcome, Refusal>>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<Result<Welcome, Refusal>>(&again).expect("what was written can be read"), message);
    }
});
