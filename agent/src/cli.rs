//! The command line: `join`, `run`, `doctor`, `leave`. Words in, values out; does nothing itself.

use crate::config::DEFAULT_POLICY;
use crate::docker::{DEFAULT_SOCKET, socket_path};
use crate::membership::DEFAULT_HOME;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The agent of Crane: connects this host's Docker Engine to the panel. It dials out and opens no port.
#[derive(Debug, Parser)]
#[command(name = "crane-agent", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Join a manager: make a key, have it certified, remember the manager.
    Join(Join),
    /// Run the agent until it is told to end.
    Run(Run),
    /// Look for what is wrong with this host.
    Doctor(Doctor),
    /// Take this host out of the panel and forget its key.
    Leave(Leave),
}

#[derive(Debug, Args)]
pub struct Join {
    /// Where the manager listens; repeat it for further addresses of the same manager.
    #[arg(long, value_name = "HOST:PORT", required = true)]
    pub manager: Vec<String>,
    #[command(flatten)]
    pub token: TokenFrom,
    /// The agent's directory.
    #[arg(long, value_name = "DIR", default_value = DEFAULT_HOME, env = "CRANE_AGENT_STATE")]
    pub state: PathBuf,
    /// The Docker Engine's socket.
    #[arg(long, value_name = "unix:///PATH", default_value = DEFAULT_SOCKET, value_parser = socket)]
    pub docker: String,
    /// Where cgroups are mounted.
    #[arg(long, value_name = "DIR", default_value = "/sys/fs/cgroup")]
    pub cgroup_root: PathBuf,
    /// Give up the identity that this host has.
    #[arg(long)]
    pub force: bool,
}

/// Where the join token comes from. Others on the host can read a command line, so prefer the file or standard input.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct TokenFrom {
    /// The join token itself.
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// A file that holds the join token.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Read the join token from standard input.
    #[arg(long)]
    pub token_stdin: bool,
}

#[derive(Debug, Args)]
pub struct Run {
    /// The agent's directory.
    #[arg(long, value_name = "DIR", default_value = DEFAULT_HOME, env = "CRANE_AGENT_STATE")]
    pub state: PathBuf,
    /// The owner's file.
    #[arg(long, value_name = "FILE", default_value = DEFAULT_POLICY, env = "CRANE_AGENT_POLICY")]
    pub policy: PathBuf,
    /// How log lines are written.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, env = "CRANE_AGENT_LOG_FORMAT")]
    pub log_format: LogFormat,
    /// What is logged, e.g. `info,crane_agent=debug`.
    #[arg(long, value_name = "FILTER", default_value = "info", env = "CRANE_AGENT_LOG")]
    pub log: String,
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// The agent's directory.
    #[arg(long, value_name = "DIR", default_value = DEFAULT_HOME, env = "CRANE_AGENT_STATE")]
    pub state: PathBuf,
    /// The owner's file.
    #[arg(long, value_name = "FILE", default_value = DEFAULT_POLICY, env = "CRANE_AGENT_POLICY")]
    pub policy: PathBuf,
    /// The Docker Engine's socket; normally that of `join`.
    #[arg(long, value_name = "unix:///PATH", value_parser = socket)]
    pub docker: Option<String>,
    /// Where cgroups are mounted; normally that of `join`.
    #[arg(long, value_name = "DIR")]
    pub cgroup_root: Option<PathBuf>,
    /// Print a JSON list of findings.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Leave {
    /// The agent's directory.
    #[arg(long, value_name = "DIR", default_value = DEFAULT_HOME, env = "CRANE_AGENT_STATE")]
    pub state: PathBuf,
    /// Forget the key even when the manager can't be told; remove the node in the panel then.
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

fn socket(text: &str) -> Result<String, String> {
    socket_path(text)
        .map(|_| text.to_owned())
        .ok_or_else(|| "only a local socket like unix:///var/run/docker.sock".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_token_comes_from_exactly_one_place() {
        let join = |more: &[&str]| {
            let line = ["crane-agent", "join", "--manager", "m:7443"].iter().chain(more);
            Cli::try_parse_from(line).is_ok()
        };
        assert!(join(&["--token", "crane1_x"]) && join(&["--token-stdin"]));
        assert!(!join(&[]) && !join(&["--token", "x", "--token-stdin"]));
        assert!(!join(&["--token-stdin", "--docker", "tcp://1.2.3.4:2375"]));
    }
}
