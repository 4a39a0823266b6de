//! Rooms together: a manager's lower floors on a real loopback, and agents that are made of the wire alone.

pub(crate) mod bed;
mod docker;
mod enrolment;
mod identity;
mod logs;
mod picture;
mod session;
mod terminal;
