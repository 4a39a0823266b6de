use super::hierarchy::{Hierarchy, Version};
use super::{Reading, RunningContainer, net, v1, v2};
use nix::libc;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A container's files, kept open: a read costs a tenth of an open. Five descriptors a container.
#[derive(Debug)]
pub struct Probe {
    version: Version,
    /// Version 1: `cpuacct.usage`; version 2: `cpu.stat`.
    cpu: File,
    memory: File,
    memory_stat: File,
    /// Missing when the kernel was built without block accounting.
    block_io: Option<File>,
    pids: Option<File>,
    /// Opened at each read: held open it would keep the network namespace alive after its container.
    /// `None` for a container on the host's network.
    net: Option<PathBuf>,
}

/// Why a container can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// It ended; its cgroup is gone.
    #[error("the container is gone")]
    Gone,
    #[error("{what}: {error}")]
    Io { what: &'static str, error: io::Error },
    #[error("{what} holds no number")]
    Text { what: &'static str },
}

impl Probe {
    /// Opens the files of a container that runs.
    ///
    /// # Errors
    /// [`ProbeError::Gone`] when it has no cgroup (any more).
    pub fn open(hierarchy: &Hierarchy, container: &RunningContainer) -> Result<Self, ProbeError> {
        let directory = |controller| hierarchy.directory(&container.id, container.pid, controller);
        let version = hierarchy.version();
        let (cpu, memory, stat, io, pids) = match version {
            Version::V1 => {
                let memory = directory("memory").ok_or(ProbeError::Gone)?;
                (
                    directory("cpuacct").ok_or(ProbeError::Gone)?.join("cpuacct.usage"),
                    memory.join("memory.usage_in_bytes"),
                    memory.join("memory.stat"),
                    directory("blkio").and_then(|blkio| {
                        [
                            "blkio.throttle.io_service_bytes_recursive",
                            "blkio.throttle.io_service_bytes",
                        ]
                        .iter()
                        .map(|name| blkio.join(name))
                        .find(|path| path.exists())
                    }),
                    directory("pids").map(|pids| pids.join("pids.current")),
                )
            }
            Version::V2 => {
                let all = directory("").ok_or(ProbeError::Gone)?;
                (
                    all.join("cpu.stat"),
                    all.join("memory.current"),
                    all.join("memory.stat"),
                    Some(all.join("io.stat")),
                    Some(all.join("pids.current")),
                )
            }
        };
        Ok(Self {
            version,
            cpu: open(&cpu, "cpu")?,
            memory: open(&memory, "memory")?,
            memory_stat: open(&stat, "memory.stat")?,
            block_io: io.and_then(|path| open(&path, "block io").ok()),
            pids: pids.and_then(|path| open(&path, "pids").ok()),
            net: (container.network_mode != "host").then(|| {
                let process = hierarchy.proc().join(container.pid.to_string());
                process.join("net/dev")
            }),
        })
    }

    /// Reads everything once. `buffer` is lent so that a round over all containers needs one.
    ///
    /// # Errors
    /// [`ProbeError::Gone`] when the container ended in between.
    pub fn read(&self, buffer: &mut Vec<u8>) -> Result<Reading, ProbeError> {
        // The CPU counter comes first and right behind the clock: it is the fastest one.
        let at = Instant::now();
        let text = pread(&self.cpu, buffer, "cpu")?;
        let cpu_ns = match self.version {
            Version::V1 => v1::number(text),
            Version::V2 => v2::cpu_ns(text),
        }
        .ok_or(ProbeError::Text { what: "cpu" })?;
        let used = v1::number(pread(&self.memory, buffer, "memory")?).ok_or(ProbeError::Text { what: "memory" })?;
        let stat = pread(&self.memory_stat, buffer, "memory.stat")?;
        let memory = match self.version {
            Version::V1 => v1::memory(used, stat),
            Version::V2 => v2::memory(used, stat),
        };
        let (read, write) = match &self.block_io {
            Some(file) => {
                let text = pread(file, buffer, "block io")?;
                match self.version {
                    Version::V1 => v1::block_io(text),
                    Version::V2 => v2::block_io(text),
                }
            }
            None => (0, 0),
        };
        let pids = match &self.pids {
            Some(file) => v1::number(pread(file, buffer, "pids")?).unwrap_or(0),
            None => 0,
        };
        let (rx, tx) = match &self.net {
            Some(path) => net::traffic(pread(&open(path, "net")?, buffer, "net")?),
            None => (0, 0),
        };
        Ok(Reading {
            at,
            cpu_ns,
            rx,
            tx,
            read,
            write,
            memory,
            pids: u32::try_from(pids).unwrap_or(u32::MAX),
        })
    }
}

fn open(path: &Path, what: &'static str) -> Result<File, ProbeError> {
    File::open(path).map_err(|error| failed(what, error))
}

/// A cgroup that was removed answers ENODEV on descriptors that are still open, a process that ended ENOENT or ESRCH.
fn failed(what: &'static str, error: io::Error) -> ProbeError {
    match error.raw_os_error() {
        Some(libc::ENODEV | libc::ENOENT | libc::ESRCH | libc::EINVAL) => ProbeError::Gone,
        _ => ProbeError::Io { what, error },
    }
}

/// Reads a whole file of the kernel from its beginning. The kernel makes the text at each read from offset 0.
fn pread<'a>(file: &File, buffer: &'a mut Vec<u8>, what: &'static str) -> Result<&'a str, ProbeError> {
    buffer.resize(buffer.capacity().max(8 << 10), 0);
    let mut filled = 0;
    loop {
        match file.read_at(&mut buffer[filled..], filled as u64) {
            Ok(0) => break,
            Ok(count) => {
                filled += count;
                if filled < buffer.len() {
                    // Cheap files fit into the first read; /proc/PID/net/dev may come in parts, so ask again only there.
                    if what != "net" {
                        break;
                    }
                } else if filled >= 1 << 20 {
                    break;
                } else {
                    buffer.resize(filled * 2, 0);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(what, error)),
        }
    }
    std::str::from_utf8(&buffer[..filled]).map_err(|_| ProbeError::Text { what })
}

#[cfg(test)]
mod tests;
