//! The files of cgroup version 2, as text.

use super::v1::field;

/// `cpu.stat`: nanoseconds of CPU.
pub(super) fn cpu_ns(stat: &str) -> Option<u64> {
    field(stat, "usage_usec").map(|us| us.saturating_mul(1000))
}

/// `memory.current` without the cache that the kernel would give back, as `docker stats` counts.
pub(super) fn memory(current: u64, stat: &str) -> u64 {
    match field(stat, "inactive_file") {
        Some(cache) if cache < current => current - cache,
        _ => current,
    }
}

/// `io.stat`: bytes read and written over all devices.
pub(super) fn block_io(text: &str) -> (u64, u64) {
    let (mut read, mut write) = (0_u64, 0_u64);
    for part in text.split_ascii_whitespace() {
        match part.split_once('=') {
            Some(("rbytes", bytes)) => read = read.saturating_add(bytes.parse().unwrap_or(0)),
            Some(("wbytes", bytes)) => write = write.saturating_add(bytes.parse().unwrap_or(0)),
            _ => {}
        }
    }
    (read, write)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_become_nanoseconds() {
        assert_eq!(
            cpu_ns("usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n"),
            Some(1_500_000)
        );
        assert_eq!(cpu_ns("user_usec 1000\n"), None);
    }

    #[test]
    fn a_name_that_only_begins_alike_is_another_field() {
        // active_file and workingset lines come before and after it in the real file.
        assert_eq!(memory(100, "active_file 5\ninactive_file 30\ninactive_file_x 7\n"), 70);
    }

    #[test]
    fn devices_with_and_without_numbers_are_added() {
        let text = include_str!("../../fixtures/cgroup-v2/io.stat");
        assert_eq!(block_io(text), (8_192_000 + 4_096, 1_048_576));
        assert_eq!(block_io("253:0 \n"), (0, 0));
    }
}
