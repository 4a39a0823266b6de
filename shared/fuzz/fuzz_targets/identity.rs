//! Certificates and signing requests from strangers.
#![no_main]
use crane_shared::identity::{NodeKey, pin_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    drop(pin_of(bytes));
    drop(NodeKey::pin_in(bytes));
});
