//! What a cluster is made of: plain values without I/O. They travel on the wire between agent and
//! manager; what browsers see is in `api`, and what lies on disk in the manager's `store`.

mod container;
mod event;
mod finding;
mod host;
mod log;
mod sample;

pub use container::{Container, ContainerState, Health, Mount, Port, SwarmTask};
pub use event::Event;
pub use finding::{Finding, Severity};
pub use host::{Engine, HostFacts, HostLoad, Policy, SwarmMembership};
pub use log::{LogCursor, LogLine, LogSource};
pub use sample::{ContainerSample, LiveSample, SampleBatch, Totals, Usage};
