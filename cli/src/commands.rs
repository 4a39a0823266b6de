//! One file per noun. Each takes what was typed and a [`Client`], and returns the exit code.

mod audit;
mod exec;
mod keyboard;
mod login;
mod logs;
mod node;
mod ps;
mod service;
mod token;
mod top;

use crate::args::{Args, Command, Format};
use crate::client::Client;
use crate::output;
use clap::CommandFactory as _;
use crane_shared::api::SystemInfo;

/// Does what was typed.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    match &args.command {
        Command::Completion { shell } => {
            clap_complete::generate(*shell, &mut Args::command(), "crane", &mut std::io::stdout());
            return Ok(0);
        }
        Command::Login {
            url,
            email,
            password_stdin,
            days,
        } => {
            return login::login(&args, url.as_deref(), email.as_deref(), *password_stdin, *days).await;
        }
        _ => {}
    }
    let client = Client::from_args(&args)?;
    let format = args.format;
    match args.command {
        Command::Login { .. } | Command::Completion { .. } => Ok(0),
        Command::Logout => login::logout(&client).await,
        Command::Whoami => login::whoami(&client, format).await,
        Command::Node(command) => node::run(&client, format, command).await,
        Command::Ps(wish) => ps::run(&client, format, wish).await,
        Command::Logs(wish) => logs::run(&client, format, wish).await,
        Command::Top(wish) => top::run(&client, format, wish).await,
        Command::Exec(wish) => exec::run(&client, wish).await,
        Command::Service(command) => service::run(&client, format, command).await,
        Command::Token(command) => token::run(&client, format, command).await,
        Command::Audit { limit } => audit::run(&client, format, limit).await,
        Command::Info => info(&client, format).await,
    }
}

async fn info(client: &Client, format: Format) -> anyhow::Result<u8> {
    let info: SystemInfo = client.get("/api/v1/system", &[]).await?;
    if format == Format::Json {
        output::json(&info)?;
        return Ok(0);
    }
    output::line(&format!("version   {}", info.version))?;
    output::line(&format!("started   {}", info.started))?;
    output::line(&format!(
        "cluster   {}",
        info.swarm_cluster_id.as_deref().unwrap_or("no Swarm yet")
    ))?;
    output::line(&format!("pin       {}", info.pin))?;
    output::line(&format!("addresses {}", info.addresses.join(", ")))?;
    output::line(&format!("store     {}", output::bytes(info.store_bytes)))?;
    Ok(0)
}

/// A path segment from what somebody typed: everything but plain characters is escaped.
fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_typed_name_stays_one_segment() {
        assert_eq!(segment("web.1"), "web.1");
        assert_eq!(segment("../a?b"), "..%2Fa%3Fb");
    }
}
