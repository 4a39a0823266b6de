//! Both directions of a shell.
#![no_main]
use crane_shared::protocol::{ExecInput, ExecOutput};
use crane_shared::wire::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = decode::<ExecInput>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<ExecInput>(&again).expect("what was written can be read"), message);
    }
    if let Ok(message) = decode::<ExecOutput>(bytes) {
        let again = encode(&message).expect("what was read can be written");
        assert_eq!(decode::<ExecOutput>(&again).expect("what was written can be read"), message);
    }
});
