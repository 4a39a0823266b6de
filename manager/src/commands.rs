//! What `crane-manager` does besides serving: small commands for whoever owns its machine.

use crate::app::{SETUP_LINK, URL, say};
use crate::audit::{Audit, Entry, Outcome};
use crate::backup::{self, STORE};
use crate::cli::{BackupArgs, DoctorArgs, JoinArgs, RestoreArgs};
use crate::control::{self, Ask, Reply};
use crate::doctor;
use crate::enrolment::{self, Keys, Registry};
use crate::http::openapi;
use crate::link::Agents;
use crate::store::Store;
use anyhow::{Context as _, bail};
use crane_shared::api::JoinTokenWish;
use crane_shared::model::Severity;
use crane_shared::secret::Secret;
use crane_shared::tasks::Tasks;
use crane_shared::time::Clock;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Prints the link to the dashboard, with a set-up code while there is no administrator. The manager that runs makes a
/// new code when the last one does not hold any more.
///
/// # Errors
/// When no manager ran here yet.
pub async fn link(data: &Path) -> anyhow::Result<()> {
    match ask(data, &Ask::Link).await? {
        Some(Reply::Link { link }) => {
            say(&link);
            return Ok(());
        }
        Some(other) => return Err(unexpected(other)),
        None => {}
    }
    for name in [SETUP_LINK, URL] {
        match std::fs::read_to_string(data.join(name)) {
            Ok(link) => {
                say(link.trim());
                return Ok(());
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("{} can't be read", data.join(name).display())),
        }
    }
    bail!("no manager has run with --data {} yet", data.display())
}

/// Prints the pin of the web server's key.
///
/// # Errors
/// When the keys can't be read or made.
pub fn pin(data: &Path) -> anyhow::Result<()> {
    backup::make_private(data)?;
    say(&Keys::open(data, &Clock::Real)?.web_pin()?.to_string());
    Ok(())
}

/// Makes a join token and prints it: with the manager if it runs, else in its store.
///
/// # Errors
/// When the wish is not valid, or the store belongs to somebody else.
pub async fn join_token(args: &JoinArgs) -> anyhow::Result<()> {
    let data = &args.data.data;
    let wish = JoinTokenWish {
        minutes: args.minutes,
        hostname: args.hostname.clone(),
    };
    match ask(data, &Ask::JoinToken(wish.clone())).await? {
        Some(Reply::JoinToken(made)) if args.line => say(&made.command),
        Some(Reply::JoinToken(made)) => say(&made.secret),
        Some(other) => return Err(unexpected(other)),
        None if args.line => bail!(
            "no manager runs with --data {}; its address is not known",
            data.display()
        ),
        None => say(make_join_token(data, &wish).await?.expose()),
    }
    Ok(())
}

/// The same as the manager would do, in a store that nobody uses.
async fn make_join_token(data: &Path, wish: &JoinTokenWish) -> anyhow::Result<Secret<String>> {
    backup::make_private(data)?;
    let clock = Clock::Real;
    let store = Store::open(&data.join(STORE))?;
    let keys = Arc::new(Keys::open(data, &clock)?);
    let agents = Agents::new(&Tasks::new());
    let registry = Registry::open(store.clone(), clock.clone(), keys, agents, enrolment::Config::default())?;
    let (token, secret) = registry.make_join_token(wish).await?;
    let entry = Entry {
        actor: "owner of the manager's machine".to_owned(),
        from: "command line".to_owned(),
        action: "join-token.make",
        target: format!("join token {}", token.id),
        outcome: Outcome::Done,
        detail: format!("until {}", token.expires),
    };
    Audit::open(store, clock)?.record(entry).await?;
    Ok(secret)
}

/// Copies everything, through the manager if it runs.
///
/// # Errors
/// When the target exists or can't be written.
pub async fn backup(args: &BackupArgs) -> anyhow::Result<()> {
    let data = &args.data.data;
    let to = std::path::absolute(&args.to)?;
    match ask(data, &Ask::Backup { to: to.clone() }).await? {
        Some(Reply::Done) => {}
        Some(other) => return Err(unexpected(other)),
        None => {
            anyhow::ensure!(
                data.join(STORE).is_dir(),
                "{} is not a manager's data directory",
                data.display()
            );
            backup::backup(&Store::open(&data.join(STORE))?, data, &to)?;
        }
    }
    say(&format!(
        "backup written to {}; it holds the manager's keys, keep it safe",
        to.display()
    ));
    Ok(())
}

/// Puts a backup back.
///
/// # Errors
/// When the data directory is not empty or the backup is not whole.
pub fn restore(args: &RestoreArgs) -> anyhow::Result<()> {
    backup::restore(&args.from, &args.data.data)?;
    say(&format!(
        "restored to {}; start the manager with it",
        args.data.data.display()
    ));
    Ok(())
}

/// Prints what is wrong and what to do; false when something is.
///
/// # Errors
/// When the answer can't be written.
pub fn doctor(args: &DoctorArgs) -> anyhow::Result<bool> {
    let findings = doctor::examine(&args.data.data);
    if args.json {
        say(&serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            let sign = match finding.severity {
                Severity::Ok => "ok     ",
                Severity::Warning => "warning",
                Severity::Error => "error  ",
            };
            say(&format!("{sign}  {:<16} {}", finding.check, finding.saw));
            if !finding.next.is_empty() {
                say(&format!("{:27}-> {}", "", finding.next));
            }
        }
    }
    Ok(findings.iter().all(|finding| finding.severity < Severity::Error))
}

/// Prints the OpenAPI document.
///
/// # Errors
/// When it can't be written.
pub fn openapi() -> anyhow::Result<()> {
    use std::io::Write as _;
    std::io::stdout().lock().write_all(openapi::text()?.as_bytes())?;
    Ok(())
}

/// Asks the manager that runs; `None` when none does.
async fn ask(data: &Path, what: &Ask) -> anyhow::Result<Option<Reply>> {
    match control::ask(data, what).await {
        Ok(reply) => Ok(Some(reply)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => Ok(None),
        Err(error) => Err(error).context("the manager's control socket can't be used"),
    }
}

fn unexpected(reply: Reply) -> anyhow::Error {
    match reply {
        Reply::Failed { why } => anyhow::Error::msg(why),
        _ => anyhow::anyhow!("the manager gave another answer; is it of another version?"),
    }
}
