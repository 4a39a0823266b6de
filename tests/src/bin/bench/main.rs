//! `make bench`: Crane beside Docker's own tools, on one machine in one run. What counts are the ratios: the figures
//! themselves are this machine's, under whatever else it does. Nothing here passes or fails.

mod keys;
mod logs;
mod numbers;

use anyhow::Result;
use clap::Parser;
use crane_tests::{Bed, Binaries, Panel};
use std::path::PathBuf;

#[derive(Debug, Parser)]
#[command(about = "Crane beside Docker's own tools: ratios of one run")]
struct Arguments {
    /// Where the three programs are; cargo's own directory when left out.
    #[arg(long, env = "CRANE_BIN_DIR")]
    bin_dir: Option<PathBuf>,
    /// Containers that are watched.
    #[arg(long, default_value_t = 50)]
    containers: u32,
    /// How long each way of watching is watched, in seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Lines of the log that is read.
    #[arg(long, default_value_t = 500_000)]
    lines: u32,
    /// Keystrokes of each round trip.
    #[arg(long, default_value_t = 500)]
    keys: u32,
}

/// What is compared, ours and theirs; smaller is better unless the unit says otherwise.
struct Row {
    what: &'static str,
    ours: f64,
    theirs: Option<f64>,
    unit: &'static str,
    than: &'static str,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    tokio::runtime::Runtime::new()?.block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<()> {
    let bed = Bed::up(1)?;
    let panel = Panel::start(&bed, Binaries::find(arguments.bin_dir.as_deref())?).await?;
    panel.join(bed.host(0)).await?;
    let mut rows = numbers::measure(&bed, &panel, arguments.containers, arguments.seconds).await?;
    rows.extend(keys::measure(&bed, &panel, arguments.keys).await?);
    rows.extend(logs::measure(&bed, &panel, arguments.lines)?);
    say(&format!(
        "\n{:<52} {:>12} {:>12} {:>10}  {}",
        "", "Crane", "Docker", "ratio", "against"
    ));
    for row in rows {
        let theirs = row.theirs.map_or(String::new(), |value| format!("{value:.1}"));
        let ratio = row
            .theirs
            .map_or(String::new(), |value| format!("{:.3}", row.ours / value));
        let what = format!("{} ({})", row.what, row.unit);
        say(&format!(
            "{what:<52} {:>12.1} {theirs:>12} {ratio:>10}  {}",
            row.ours, row.than
        ));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this program is for people at a terminal")]
fn say(line: &str) {
    println!("{line}");
}
