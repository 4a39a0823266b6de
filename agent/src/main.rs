use clap::Parser;
use crane_agent::app::{self, Outcome};
use crane_agent::cli::{Cli, Command, LogFormat};
use crane_shared::identity::install_crypto;
use crane_shared::model::Severity;
use crane_shared::telemetry;
use std::io::Write as _;
use std::process::ExitCode;

/// `EX_CONFIG`: starting again changes nothing. The systemd unit names it in `RestartPreventExitStatus`.
const NO_USE: u8 = 78;

/// Two workers: one may wait for a slow file while the other keeps the connection alive.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    install_crypto();
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(err) => {
            say_error(&format!("crane-agent: {err:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Join(args) => {
            telemetry::start(telemetry::LogFormat::Text, "warn");
            let node = app::join(&args).await?;
            say(&format!("{node}\n"))?;
        }
        Command::Run(args) => {
            let format = match args.log_format {
                LogFormat::Text => telemetry::LogFormat::Text,
                LogFormat::Json => telemetry::LogFormat::Json,
            };
            telemetry::start(format, &args.log);
            if app::run(&args).await? == Outcome::Removed {
                return Ok(ExitCode::from(NO_USE));
            }
        }
        Command::Doctor(args) => {
            let (text, verdict) = app::doctor(&args).await?;
            say(&text)?;
            if verdict == Severity::Error {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Leave(args) => {
            telemetry::start(telemetry::LogFormat::Text, "warn");
            let node = app::leave(&args).await?;
            say(&format!("node {node} has left\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Standard output, for people and scripts.
fn say(text: &str) -> std::io::Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes())
}

fn say_error(text: &str) {
    // There is nobody left to tell when standard error is gone.
    drop(writeln!(std::io::stderr(), "{text}"));
}
