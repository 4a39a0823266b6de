//! Lengths and limits: a frame is whole, waits, or is refused; a claim never reaches behind the bytes.
#![no_main]
use crane_shared::wire::{Limit, unpack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for limit in [Limit::Join, Limit::Control, Limit::Bulk] {
        match unpack(bytes, limit) {
            Ok(Some(length)) => assert!(length <= limit.bytes() && 4 + length <= bytes.len()),
            Ok(None) => {}
            Err(claimed) => assert!(claimed > limit.bytes()),
        }
    }
});
