//! What the whole machine does right now, from a handful of files in `/proc`. Only these are read, nothing is listed.

use crate::cgroup::{Interface, grown, interfaces, per, per_second};
use crane_shared::model::HostLoad;
use std::path::Path;
use std::time::Instant;

/// Names of interfaces that carry traffic a second time: bridges and the ends of containers' cables.
const NOT_REAL: [&str; 12] = [
    "lo", "veth", "docker", "br-", "cni", "flannel", "cali", "virbr", "lxc", "vxlan", "dummy", "tunl",
];

/// One look at the machine: counters to compare with the next look, and levels.
#[derive(Debug, Clone, Copy)]
pub struct HostReading {
    at: Instant,
    cpu: CpuTime,
    rx: u64,
    tx: u64,
    levels: HostLoad,
}

/// Clock ticks since boot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct CpuTime {
    busy: u64,
    all: u64,
}

/// Looks at the machine. What can't be read is 0. `docker_root` lies on the file system that is measured. Blocks for
/// as long as that file system takes to answer.
#[must_use]
pub fn read(proc: &Path, docker_root: &Path) -> HostReading {
    let text = |name: &str| std::fs::read_to_string(proc.join(name)).unwrap_or_default();
    let at = Instant::now();
    let cpu = cpu_time(&text("stat"));
    let (memory_used, memory_total, swap_used) = memory(&text("meminfo"));
    let (disk_used, disk_total) = disk(docker_root);
    let (rx, tx) = traffic(&text("net/dev"), |name| {
        Path::new("/sys/class/net").join(name).join("device").exists()
    });
    HostReading {
        at,
        cpu,
        rx,
        tx,
        levels: HostLoad {
            load1: load1(&text("loadavg")),
            memory_used,
            memory_total,
            swap_used,
            disk_used,
            disk_total,
            uptime: uptime(&text("uptime")),
            ..HostLoad::default()
        },
    }
}

/// What happened between two looks.
#[must_use]
pub fn load(before: &HostReading, now: &HostReading) -> HostLoad {
    let ns = now.at.saturating_duration_since(before.at).as_nanos();
    let all = grown(before.cpu.all, now.cpu.all);
    HostLoad {
        cpu: u32::try_from(per(grown(before.cpu.busy, now.cpu.busy), 10_000, u128::from(all)))
            .unwrap_or(u32::MAX)
            .min(10_000),
        rx: per_second(before.rx, now.rx, ns),
        tx: per_second(before.tx, now.tx, ns),
        ..now.levels
    }
}

impl HostReading {
    /// When it was taken.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// A look at nothing: what follows it has no rates.
    pub(crate) fn nothing() -> Self {
        Self {
            at: Instant::now(),
            cpu: CpuTime::default(),
            rx: 0,
            tx: 0,
            levels: HostLoad::default(),
        }
    }

    /// Bytes of memory that the machine has.
    #[must_use]
    pub const fn memory_total(&self) -> u64 {
        self.levels.memory_total
    }
}

fn cpu_time(stat: &str) -> CpuTime {
    let ticks: Vec<u64> = stat
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("cpu "))
        .unwrap_or_default()
        .split_ascii_whitespace()
        // user nice system idle iowait irq softirq steal; guest time is inside user already.
        .take(8)
        .map(|part| part.parse().unwrap_or(0))
        .collect();
    let all = ticks.iter().sum();
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    CpuTime { busy: all - idle, all }
}

/// Used without caches, total, and used swap, in bytes.
fn memory(meminfo: &str) -> (u64, u64, u64) {
    let field = |name: &str| {
        meminfo
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
            .unwrap_or(0)
            .saturating_mul(1024)
    };
    let total = field("MemTotal");
    (
        total.saturating_sub(field("MemAvailable")),
        total,
        field("SwapTotal").saturating_sub(field("SwapFree")),
    )
}

fn load1(loadavg: &str) -> u32 {
    let (whole, hundredths) = loadavg
        .split_ascii_whitespace()
        .next()
        .and_then(|first| first.split_once('.'))
        .unwrap_or_default();
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    number(whole).saturating_mul(100).saturating_add(number(hundredths))
}

fn uptime(text: &str) -> u64 {
    text.split(['.', ' '])
        .next()
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or(0)
}

fn disk(root: &Path) -> (u64, u64) {
    // Before Docker was installed its directory is not there; its parent's file system is where it will be.
    root.ancestors()
        .find_map(|path| nix::sys::statvfs::statvfs(path).ok())
        .map_or((0, 0), |fs| {
            let block = fs.fragment_size();
            (
                fs.blocks().saturating_sub(fs.blocks_free()).saturating_mul(block),
                fs.blocks().saturating_mul(block),
            )
        })
}

/// Where there are network cards, they carry everything once; bonds and bridges on top carry it again. A machine
/// without any (a container, a network namespace) has cables with other names: then all that is not known to be
/// the engine's counts.
fn traffic(net_dev: &str, is_card: impl Fn(&str) -> bool) -> (u64, u64) {
    let add = |(rx, tx): (u64, u64), one: Interface<'_>| (rx.saturating_add(one.rx), tx.saturating_add(one.tx));
    let cards: Vec<_> = interfaces(net_dev).filter(|one| is_card(one.name)).collect();
    if cards.is_empty() {
        interfaces(net_dev)
            .filter(|one| !NOT_REAL.iter().any(|prefix| one.name.starts_with(prefix)))
            .fold((0, 0), add)
    } else {
        cards.into_iter().fold((0, 0), add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NET: &str = "lo: 9 0 0 0 0 0 0 0 9 0\n eth0: 100 0 0 0 0 0 0 0 10 0\nbond0: 100 0 0 0 0 0 0 0 10 0\nveth1a2b: 70 0 0 0 0 0 0 0 7 0\ndocker0: 70 0 0 0 0 0 0 0 7 0\n";

    #[test]
    fn cards_are_counted_once() {
        assert_eq!(traffic(NET, |name| name == "eth0"), (100, 10));
    }

    #[test]
    fn without_cards_the_engines_own_cables_are_left_out() {
        assert_eq!(traffic(NET, |_| false), (200, 20));
    }

    #[test]
    fn waiting_for_the_disk_is_not_busy() {
        let time = cpu_time("cpu  100 10 50 800 40 5 5 0 70 0\ncpu0 1 1 1 1\n");
        assert_eq!(time, CpuTime { busy: 170, all: 1010 });
    }

    #[test]
    fn memory_is_what_is_not_available() {
        let text =
            "MemTotal:       1000 kB\nMemFree: 100 kB\nMemAvailable:    600 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\n";
        assert_eq!(memory(text), (400 << 10, 1000 << 10, 30 << 10));
    }

    #[test]
    fn small_texts_are_read() {
        assert_eq!(load1("12.07 3.00 1.00 1/100 4242\n"), 1207);
        assert_eq!(uptime("3600.55 100.00\n"), 3600);
        assert_eq!((load1(""), uptime("")), (0, 0));
    }

    #[test]
    fn half_the_cores_busy_is_half_of_ten_thousand() {
        let reading = |seconds, busy, all, rx| HostReading {
            at: START.with(|start| *start + Duration::from_secs(seconds)),
            cpu: CpuTime { busy, all },
            rx,
            tx: 0,
            levels: HostLoad::default(),
        };
        let load = load(&reading(0, 100, 1000, 0), &reading(2, 200, 1200, 3000));
        assert_eq!((load.cpu, load.rx), (5_000, 1_500));
    }

    thread_local! { static START: Instant = Instant::now(); }

    #[test]
    fn this_machine_has_memory_a_disk_and_an_age() {
        let here = read(Path::new("/proc"), Path::new("/var/lib/docker"));
        assert!(here.memory_total() > 0 && here.levels.disk_total > 0 && here.levels.uptime > 0);
        assert!(here.levels.memory_used < here.levels.memory_total);
    }
}
