//! What a process has cost, from `/proc`.

use anyhow::{Context, Result};
use std::fs;

/// Jiffies in a second, as `/proc` counts them on every Linux that we know.
const TICKS: f64 = 100.0;

/// CPU seconds of a process so far, with those of its children that have ended.
///
/// # Errors
/// When it is gone.
pub fn cpu_seconds(pid: i32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name stands in parentheses and may hold anything.
    let fields: Vec<&str> = stat
        .rsplit_once(") ")
        .context("no such stat")?
        .1
        .split_whitespace()
        .collect();
    let ticks: f64 = fields
        .get(11..15)
        .context("a short stat")?
        .iter()
        .map(|field| field.parse::<f64>())
        .sum::<Result<f64, _>>()?;
    Ok(ticks / TICKS)
}

/// CPU nanoseconds of all threads of a process so far, from the scheduler: finer than [`cpu_seconds`], without children.
///
/// # Errors
/// When it is gone.
pub fn cpu_nanoseconds(pid: i32) -> Result<u64> {
    let mut sum = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        let spent = text.split(' ').next().context("an empty schedstat")?;
        sum += spent.parse::<u64>()?;
    }
    Ok(sum)
}

/// Resident memory of a process in bytes.
///
/// # Errors
/// When it is gone.
pub fn resident(pid: i32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib << 10)
}
