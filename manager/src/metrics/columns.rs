//! Which number of a sample is which column of a table. Append only: blocks on disk know positions, not names.

use super::Subject;
use crane_shared::model::{HostLoad, Usage};

/// Columns of a container's table.
pub(super) const CONTAINER: usize = 7;
/// Columns of a machine's table.
pub(super) const MACHINE: usize = 10;

pub(super) const CPU: usize = 0;
pub(super) const MEMORY: usize = 1;
pub(super) const RX: usize = 2;
pub(super) const TX: usize = 3;
/// Of containers only, like the two below: a machine has other numbers there.
pub(super) const READ: usize = 4;
pub(super) const WRITE: usize = 5;
pub(super) const PIDS: usize = 6;

pub(super) fn of_container(usage: &Usage) -> [u64; CONTAINER] {
    [
        usage.cpu.into(),
        usage.memory,
        usage.rx,
        usage.tx,
        usage.read,
        usage.write,
        usage.pids.into(),
    ]
}

pub(super) fn of_machine(load: &HostLoad) -> [u64; MACHINE] {
    [
        load.cpu.into(),
        load.memory_used,
        load.rx,
        load.tx,
        load.load1.into(),
        load.memory_total,
        load.swap_used,
        load.disk_used,
        load.disk_total,
        load.uptime,
    ]
}

/// How many columns the subject's table has.
pub(super) const fn width(subject: &Subject) -> usize {
    match subject {
        Subject::Node(_) => MACHINE,
        Subject::Container(..) => CONTAINER,
    }
}
