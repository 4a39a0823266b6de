//! The agent: lives on every node, knows Docker, decides nothing. Floors, lowest first:
//!
//! 1. `docker`, `cgroup`, `spool`, `membership`, `stream`
//! 2. `host`, `config`
//! 3. `inventory`, `sampler`, `logs`, `exec`, `proxy`
//! 4. `link`, `stats`
//! 5. `doctor`
//! 6. `answers` (the switchboard)
//! 7. `cli`
//! 8. `app`

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
