//! The house rules that a compiler does not know. Seconds, no Docker: these run first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may unwrap; clippy knows that only inside of test functions"
)]

mod absences;
mod floors;
mod generated;
mod installer;
mod names;
mod protocol_doc;
mod sources;
