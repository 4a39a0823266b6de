//! The files of cgroup version 1, as text.

/// `cpuacct.usage`, `memory.usage_in_bytes`, `pids.current`: one number.
pub(super) fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// `memory.usage_in_bytes` without the cache that the kernel would give back, as `docker stats` counts.
pub(super) fn memory(usage: u64, stat: &str) -> u64 {
    match field(stat, "total_inactive_file") {
        // Docker shows the whole usage when the cache claims to be more than it: the two are read one after the other.
        Some(cache) if cache < usage => usage - cache,
        _ => usage,
    }
}

/// `blkio.throttle.io_service_bytes`: bytes read and written over all devices.
pub(super) fn block_io(text: &str) -> (u64, u64) {
    let (mut read, mut write) = (0_u64, 0_u64);
    for line in text.lines() {
        let mut parts = line.split_ascii_whitespace().skip(1);
        let (Some(operation), Some(bytes)) = (parts.next(), parts.next().and_then(|b| b.parse::<u64>().ok())) else {
            continue;
        };
        match operation {
            "Read" => read = read.saturating_add(bytes),
            "Write" => write = write.saturating_add(bytes),
            // Sync, Async, Discard and Total count the same bytes again.
            _ => {}
        }
    }
    (read, write)
}

/// One line of a `name value` file.
pub(super) fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(' ')?;
        if key == name { value.trim().parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_not_counted_as_used() {
        let stat = include_str!("../../fixtures/cgroup-v1/memory.stat");
        assert_eq!(memory(52_428_800, stat), 52_428_800 - 12_275_712);
    }

    #[test]
    fn a_cache_larger_than_the_usage_is_ignored() {
        assert_eq!(memory(10, "total_inactive_file 11\n"), 10);
        assert_eq!(memory(10, ""), 10);
    }

    #[test]
    fn reads_and_writes_of_all_devices_are_added_once() {
        let text = include_str!("../../fixtures/cgroup-v1/blkio.throttle.io_service_bytes");
        assert_eq!(block_io(text), (1_048_576 + 4_096, 2_097_152));
        assert_eq!(block_io("Total 0\n"), (0, 0));
        assert_eq!(block_io("8:0 Read x\n8:0\n\n"), (0, 0));
    }
}
