//! The manager: lives once, knows the cluster. Floors, lowest first:
//!
//! 1. `store` (disk), `link` (agents), `docker` (the Engine API through an agent)
//! 2. `cluster` (the picture), `access`, `enrolment`, `audit`
//! 3. `metrics`, `logs`, `terminal`
//! 4. `ingest` (switchboard of what agents send)
//! 5. `http` (browsers and scripts)
//! 6. `app`, `cli`, `config`
//!
//! A room knows only rooms on lower floors; `tests/tests/tidy` says so.

pub mod access;
pub mod audit;
pub mod cluster;
pub mod config;
pub mod docker;
pub mod enrolment;
pub mod http;
pub mod ingest;
pub mod link;
pub mod logs;
pub mod metrics;
pub mod store;
pub mod terminal;
