//! The manager: lives once, knows the cluster. Floors, lowest first:
//!
//! 1. `store` (disk), `docker` (the Engine API over an agent's connection)
//! 2. `link` (agents)
//! 3. `enrolment` (who belongs to the cluster), `access`, `audit`
//! 4. `cluster` (the picture)
//! 5. `metrics`, `logs`, `terminal`
//! 6. `ingest` (switchboard of what agents send)
//! 7. `http` (browsers and scripts)
//! 8. `cli` (what can be said on the command line), `backup`
//! 9. `config`, `control` (the back door on this machine), `doctor`
//! 10. `app` (builds it all)
//! 11. `commands` (what the owner of the machine does besides serving)
//!
//! A room knows only rooms on lower floors; `tests/tests/tidy` says so.

pub mod access;
pub mod app;
pub mod audit;
pub mod backup;
pub mod cli;
pub mod cluster;
pub mod commands;
pub mod config;
pub mod control;
pub mod docker;
pub mod doctor;
pub mod enrolment;
pub mod http;
pub mod ingest;
pub mod link;
pub mod logs;
pub mod metrics;
pub mod store;
pub mod terminal;

#[cfg(test)]
mod tests;
