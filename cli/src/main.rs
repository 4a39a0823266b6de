//! `crane`: everything the dashboard does, from a terminal.
//!
//! It knows the manager's HTTP API and nothing else. Exit codes: 0 done, 1 refused or failed, 2 usage,
//! 3 a deploy did not converge; `crane exec` passes on the exit code of what it ran.

mod args;
mod client;
mod commands;
mod config;
mod output;
mod pinned;
mod socket;
mod sse;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = args::Args::parse();
    crane_shared::identity::install_crypto();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(err) => return output::failed(&anyhow::anyhow!("no runtime: {err}")),
    };
    let result = runtime.block_on(commands::run(args));
    // A thread may still wait for a key; it must not hold the process.
    runtime.shutdown_background();
    match result {
        Ok(code) => ExitCode::from(code),
        Err(err) => output::failed(&err),
    }
}
