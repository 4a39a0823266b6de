//! A bed for hands and browsers: `bed up 3`, `bed down`, and `bed run 3 -- COMMAND…` for the browser tests.

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use crane_tests::panel::{EMAIL, PASSWORD};
use crane_tests::{Bed, Binaries, Panel, workload};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

#[derive(Debug, Parser)]
#[command(about = "A real Swarm of several hosts on this machine, with Crane on it")]
struct Arguments {
    /// Where the three programs are; cargo's own directory when left out.
    #[arg(long, env = "CRANE_BIN_DIR", global = true)]
    bin_dir: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Brings it up and leaves it up.
    Up {
        #[arg(default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
        hosts: u8,
        /// Only the engines and their Swarm.
        #[arg(long)]
        bare: bool,
    },
    /// Takes it down, also after a crash.
    Down,
    /// Brings it up, runs a command with CRANE_URL, CRANE_EMAIL, CRANE_PASSWORD, CRANE_TOKEN and CRANE_PIN, and takes it down.
    Run {
        #[arg(value_parser = clap::value_parser!(u8).range(1..=9))]
        hosts: u8,
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    match arguments.verb {
        Verb::Down => Bed::down().map(|()| ExitCode::SUCCESS),
        Verb::Up { hosts, bare } => {
            let mut bed = Bed::up(hosts)?;
            if !bare {
                let panel = runtime.block_on(furnish(&bed, arguments.bin_dir))?;
                describe(&panel);
                panel.keep();
            }
            for host in bed.hosts() {
                say(&format!("{}  docker -H {} ps", host.name(), host.engine_address()));
            }
            bed.keep()?;
            Ok(ExitCode::SUCCESS)
        }
        Verb::Run { hosts, command } => {
            let bed = Bed::up(hosts)?;
            let panel = runtime.block_on(furnish(&bed, arguments.bin_dir))?;
            let Some((program, rest)) = command.split_first() else {
                bail!("no command");
            };
            let ended = Command::new(program)
                .args(rest)
                .env("CRANE_URL", panel.url())
                .env("CRANE_EMAIL", EMAIL)
                .env("CRANE_PASSWORD", PASSWORD)
                .env("CRANE_TOKEN", panel.token())
                .env("CRANE_PIN", panel.admin().pin().unwrap_or_default())
                .status()
                .with_context(|| format!("can't start {program}"))?;
            Ok(if ended.success() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

/// Crane on every host, and something to look at.
async fn furnish(bed: &Bed, bin_dir: Option<PathBuf>) -> Result<Panel> {
    let panel = Panel::start(bed, Binaries::find(bin_dir.as_deref())?).await?;
    for host in bed.hosts() {
        panel.join(host).await?;
    }
    workload::show(bed)?;
    Ok(panel)
}

fn describe(panel: &Panel) {
    say(&format!("dashboard  {}", panel.url()));
    say(&format!("sign in    {EMAIL}  {PASSWORD}"));
    say(&format!("token      {}", panel.token()));
    say(&format!("pin        {}", panel.admin().pin().unwrap_or_default()));
}

#[expect(clippy::print_stdout, reason = "this program is for people at a terminal")]
fn say(line: &str) {
    println!("{line}");
}
