//! `crane-manager`: the program.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 usage.

use clap::Parser as _;
use crane_manager::cli::{Cli, Command};
use crane_manager::config::Config;
use crane_manager::{app, commands};
use crane_shared::telemetry;
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(args) => match Config::read(*args) {
            Ok(config) => {
                telemetry::start(config.log_format, &config.log_filter);
                wait_for(app::serve(config)).map(|()| true)
            }
            Err(mistakes) => {
                for mistake in mistakes {
                    complain(&mistake);
                }
                return ExitCode::from(2);
            }
        },
        Command::Link(args) => wait_for(commands::link(&args.data)).map(|()| true),
        Command::Pin(args) => commands::pin(&args.data).map(|()| true),
        Command::JoinToken(args) => wait_for(commands::join_token(&args)).map(|()| true),
        Command::Backup(args) => wait_for(commands::backup(&args)).map(|()| true),
        Command::Restore(args) => commands::restore(&args).map(|()| true),
        Command::Doctor(args) => commands::doctor(&args),
        Command::Openapi => commands::openapi().map(|()| true),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn wait_for<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

fn complain(what: &dyn std::fmt::Display) {
    // Nobody listens on standard error: then there is nobody to tell that either.
    drop(writeln!(std::io::stderr().lock(), "crane-manager: {what}"));
}
