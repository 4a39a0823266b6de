//! What can be typed. Noun first, then verb; the five most used verbs stand alone.

use clap::{Parser, Subcommand, ValueEnum};

/// The panel for Docker Swarm, from a terminal.
#[derive(Debug, Parser)]
#[command(name = "crane", version, propagate_version = true, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// Manager's address, e.g. https://manager:7443 (default: the one you logged in to)
    #[arg(long, global = true, env = "CRANE_SERVER", value_name = "URL")]
    pub(crate) server: Option<String>,

    /// Pin of the manager's key, sha256//… (default: the one you logged in with)
    #[arg(long, global = true, env = "CRANE_PIN", value_name = "PIN")]
    pub(crate) pin: Option<String>,

    /// API token; better in the environment than here
    #[arg(
        long,
        global = true,
        env = "CRANE_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        hide = true
    )]
    pub(crate) token: Option<String>,

    /// Tables for people, JSON for programs
    #[arg(long, global = true, value_enum, default_value = "table", value_name = "FORMAT")]
    pub(crate) format: Format,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in and keep an API token in ~/.config/crane/config.toml
    Login {
        /// Manager's address, e.g. https://manager:7443
        url: Option<String>,
        #[arg(long)]
        email: Option<String>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
        /// Days that the token lives
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=365))]
        days: u16,
    },
    /// Revoke the kept token and forget it
    Logout,
    /// Who am I, and where
    Whoami,
    /// Nodes: the machines that run an agent
    #[command(subcommand)]
    Node(NodeCommand),
    /// List containers
    Ps(PsArgs),
    /// Show a container's log
    Logs(LogsArgs),
    /// Live CPU, memory, network and disk of containers
    Top(TopArgs),
    /// Run a program in a container
    Exec(ExecArgs),
    /// Swarm services
    #[command(subcommand)]
    Service(ServiceCommand),
    /// API tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Who did what
    Audit {
        /// How many of the newest entries
        #[arg(long, short = 'n', default_value_t = 50)]
        limit: u32,
    },
    /// About the manager
    Info,
    /// Print a completion script for your shell
    Completion { shell: clap_complete::Shell },
}

#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// List nodes
    Ls,
    /// Show one node
    Show { node: String },
    /// Make a join token and print the line to run on the new host
    Add {
        /// Minutes that the token lives
        #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=1440))]
        minutes: u16,
        /// Only a host of this name may use it
        #[arg(long)]
        hostname: Option<String>,
        /// Wait until the host has joined
        #[arg(long)]
        wait: bool,
    },
    /// Remove a node: its agent is cut off at once and for good
    Rm {
        node: String,
        /// Don't ask
        #[arg(long, short = 'y')]
        yes: bool,
    },
    /// Run a node's doctor
    Doctor { node: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    /// List services
    Ls,
    /// List a service's tasks
    Ps { service: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// List API tokens
    Ls,
    /// Revoke an API token
    Rm { id: String },
}

#[derive(Debug, clap::Args)]
pub(crate) struct PsArgs {
    /// Also those that don't run
    #[arg(long, short = 'a')]
    pub(crate) all: bool,
    /// Only on this node
    #[arg(long)]
    pub(crate) node: Option<String>,
    /// Only of this service
    #[arg(long)]
    pub(crate) service: Option<String>,
    /// Only of this stack
    #[arg(long)]
    pub(crate) stack: Option<String>,
    /// Only where name, image or id contain this
    pub(crate) search: Option<String>,
    /// Ids only
    #[arg(long, short = 'q')]
    pub(crate) quiet: bool,
    /// Whole ids
    #[arg(long)]
    pub(crate) no_trunc: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LogsArgs {
    /// Name, id or the beginning of an id
    pub(crate) container: String,
    /// Stay and show new lines
    #[arg(long, short = 'f')]
    pub(crate) follow: bool,
    /// Begin with the last N lines ("all" for everything)
    #[arg(long, short = 'n', default_value = "all", value_name = "N")]
    pub(crate) tail: String,
    /// Begin at this time (RFC 3339, or a span back such as 10m, 2h, 1d)
    #[arg(long)]
    pub(crate) since: Option<String>,
    /// Show each line's time
    #[arg(long, short = 't')]
    pub(crate) timestamps: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TopArgs {
    /// Containers by name or id; all when left out
    pub(crate) containers: Vec<String>,
    /// Only on this node
    #[arg(long)]
    pub(crate) node: Option<String>,
    /// Print one picture and end
    #[arg(long)]
    pub(crate) no_stream: bool,
    /// What to sort by
    #[arg(long, value_enum, default_value = "cpu")]
    pub(crate) sort: TopSort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TopSort {
    Cpu,
    Memory,
    Net,
    Disk,
    Name,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExecArgs {
    /// Keep standard input open
    #[arg(long, short = 'i')]
    pub(crate) interactive: bool,
    /// Give it a terminal
    #[arg(long, short = 't')]
    pub(crate) tty: bool,
    /// User or user:group
    #[arg(long, short = 'u', default_value = "")]
    pub(crate) user: String,
    /// KEY=value, may be given several times
    #[arg(long, short = 'e')]
    pub(crate) env: Vec<String>,
    /// Directory inside the container
    #[arg(long, short = 'w', default_value = "")]
    pub(crate) workdir: String,
    /// Name, id or the beginning of an id
    pub(crate) container: String,
    /// Program and arguments; a shell when left out
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) command: Vec<String>,
}
