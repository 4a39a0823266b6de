//! The agent: lives on every node, knows Docker, decides nothing. Floors, lowest first:
//!
//! 1. `docker`, `host`, `cgroup`, `spool`
//! 2. `link`, `sampler`, `inventory`, `logs`, `exec`, `proxy`, `doctor`
//! 3. `answers` (switchboard)
//! 4. `app`, `cli`, `config`

pub mod answers;
pub mod app;
pub mod cgroup;
pub mod cli;
pub mod config;
pub mod docker;
pub mod doctor;
pub mod exec;
pub mod host;
pub mod inventory;
pub mod link;
pub mod logs;
pub mod membership;
pub mod proxy;
pub mod sampler;
pub mod spool;
pub mod stats;
pub mod stream;
