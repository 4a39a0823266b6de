//! What a test may ask for: a real Swarm of several Docker Engines on this machine, Crane on top of it, and ways
//! to hurt both.
//!
//! `bed` is the hosts (namespaces, engines, Swarm), `panel` the manager and agents on them, `client` a browser's
//! and a script's view of the API, `fault` what can happen to a host. Nothing here stands in for an engine.
//! Everything that is started carries the mark [`bed::MARK`], so that a run which crashed is found and
//! cleared by the next one; nothing without the mark is ever touched.
//! `machine` is something else: one whole emulated machine, for what a bed can't show.

pub mod bed;
pub mod client;
pub mod eventually;
pub mod fault;
pub mod machine;
pub mod measure;
pub mod mutate;
pub mod panel;
pub mod peer;
pub mod promises;
pub mod recording_engine;
pub mod run;
pub mod workload;

pub use bed::{Bed, Host};
pub use client::Client;
pub use eventually::eventually;
pub use panel::{Binaries, Panel};
