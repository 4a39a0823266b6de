//! What two programs must agree on: the agent and the manager on the wire, the manager and its
//! clients over HTTP. If only one program needs a thing, it does not belong here.
//!
//! Floors, lowest first: `ids` and `time`; `model` (plain values); `protocol` (agent and manager)
//! and `api` (manager and its clients), which never know each other; `wire` carries any message
//! and `identity` guards any door. `backoff`, `tasks`, `secret` and `telemetry` serve every binary.

pub mod api;
pub mod backoff;
pub mod identity;
pub mod ids;
pub mod model;
pub mod protocol;
pub mod secret;
pub mod tasks;
pub mod telemetry;
pub mod time;
pub mod wire;
