//! The command line of `crane-manager`: what can be said, not what it means.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The manager of Crane: agents dial in, browsers and scripts ask.
#[derive(Debug, Parser)]
#[command(name = "crane-manager", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the manager.
    Serve(Box<ServeArgs>),
    /// Print the link to the dashboard: with the one-time set-up code while there is no administrator.
    #[command(alias = "setup-link")]
    Link(DataArgs),
    /// Print the pin of the web server's key, as `curl --pinnedpubkey` takes it. Makes the keys when there are none.
    Pin(DataArgs),
    /// Make a join token and print it, whether the manager runs or not.
    JoinToken(JoinArgs),
    /// Copy everything to an empty place, also while the manager runs.
    Backup(BackupArgs),
    /// Put a backup back into an empty data directory. The manager must not run.
    Restore(RestoreArgs),
    /// Look whether anything is wrong: files, rights, ports, the database, the audit record.
    Doctor(DoctorArgs),
    /// Print the OpenAPI document.
    Openapi,
}

/// Where the data lie.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// The manager's data directory.
    #[arg(long, default_value = "/var/lib/crane-manager", value_name = "DIR")]
    pub data: PathBuf,
}

/// How to run.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// Address for browsers and scripts (TCP) and for agents (UDP, the same port).
    #[arg(long, default_value = "0.0.0.0:7443", value_name = "ADDR:PORT")]
    pub listen: SocketAddr,
    /// How browsers and agents reach this manager; may be given several times, the best first. Found out when left out.
    #[arg(long, value_name = "HOST:PORT")]
    pub advertise: Vec<String>,
    /// Makes this first administrator when there is none, without a link.
    #[arg(long, value_name = "EMAIL", requires = "admin_password_file")]
    pub admin_email: Option<String>,
    /// File with the first administrator's password; nobody else may be able to read it.
    #[arg(long, value_name = "FILE", requires = "admin_email")]
    pub admin_password_file: Option<PathBuf>,
    /// The agent's program, for hosts that join. `crane-agent` beside this program when left out.
    #[arg(long, value_name = "PATH")]
    pub agent_binary: Option<PathBuf>,
    /// How often agents measure, in milliseconds.
    #[arg(long, default_value_t = 10_000, value_name = "MS", value_parser = clap::value_parser!(u32).range(1000..=60_000))]
    pub sample_period: u32,
    /// How log lines look.
    #[arg(long, value_enum, default_value = "text")]
    pub log_format: LogStyle,
    /// Which log lines, e.g. `info,crane_manager=debug`.
    #[arg(long, default_value = "info", value_name = "FILTER")]
    pub log: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogStyle {
    Text,
    Json,
}

/// Which token.
#[derive(Debug, Args)]
pub struct JoinArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// How long it holds; 1 to 1440.
    #[arg(long, value_name = "MINUTES")]
    pub minutes: Option<u16>,
    /// Only a host of this name may use it.
    #[arg(long, value_name = "NAME")]
    pub hostname: Option<String>,
    /// Print the whole line to paste on a host, not the token alone. Only with a manager that runs.
    #[arg(long)]
    pub line: bool,
}

/// Where to.
#[derive(Debug, Args)]
pub struct BackupArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// A directory that does not exist yet.
    #[arg(value_name = "DIR")]
    pub to: PathBuf,
}

/// Where from.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// What `backup` wrote.
    #[arg(value_name = "DIR")]
    pub from: PathBuf,
}

/// How to tell.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_fits_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_first_administrator_needs_both_halves() {
        assert!(Cli::try_parse_from(["crane-manager", "serve", "--admin-email", "a@b.c"]).is_err());
        let both = [
            "crane-manager",
            "serve",
            "--admin-email",
            "a@b.c",
            "--admin-password-file",
            "/x",
        ];
        assert!(Cli::try_parse_from(both).is_ok());
    }
}
