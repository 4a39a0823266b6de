//! What Crane costs, beside what Docker's own tools cost for the same, on the same machine in the same run.
//!
//! Brings up a bed of one host with Crane on it, measures each pair in turn several times and prints medians and
//! ratios; `reference/performance.md` has the targets. CPU time counts, not wall time, and all of it: the engine's,
//! containerd's and the shims' too, above what they cost when nobody looks.

mod cpu;
mod keys;
mod logs;
mod report;
mod stats;

use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};
use crane_tests::{Bed, Binaries, Panel};
use report::Report;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(about = "Crane's costs beside Docker's own, in one run")]
struct Arguments {
    /// Where the three programs are; cargo's own directory when left out.
    #[arg(long, env = "CRANE_BIN_DIR")]
    bin_dir: Option<PathBuf>,
    /// How often each pair is measured.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// How long each measurement of CPU lasts, in seconds.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(5..=600))]
    seconds: u64,
    /// Containers that are watched; every fifth is busy.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    containers: u32,
    /// Lines of the log that is read.
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u32).range(1000..=5_000_000))]
    lines: u32,
    /// Keystrokes in each round.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(20..=10_000))]
    keys: u32,
    /// Only these.
    #[arg(long)]
    only: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Stats,
    Logs,
    Keys,
}

/// The bed with Crane on it.
struct Place {
    // Dropped in this order: the manager first, then the host.
    panel: Panel,
    bed: Bed,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let bed = Bed::up(1)?;
        let panel = Panel::start(&bed, Binaries::find(arguments.bin_dir.as_deref())?).await?;
        panel.join(bed.host(0)).await?;
        let place = Place { panel, bed };
        let mut report = Report::default();
        let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
        // The log first: its container is gone before others are counted.
        if wanted(Part::Logs) {
            logs::measure(&place, &arguments, &mut report).await?;
        }
        if wanted(Part::Keys) {
            keys::measure(&place, &arguments, &mut report).await?;
        }
        if wanted(Part::Stats) {
            stats::measure(&place, &arguments, &mut report).await?;
        }
        report.print();
        if report.is_empty() {
            bail!("nothing was measured");
        }
        Ok(ExitCode::SUCCESS)
    })
}
