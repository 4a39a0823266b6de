use crate::args::{Args, Format};
use crate::client::{ApiError, Client, Credential};
use crate::config::{self, Login};
use crate::{output, pinned};
use anyhow::Context as _;
use crane_shared::api::{self, Authorization, NewApiToken, Session};
use crane_shared::identity::Pin;
use std::io::{BufRead as _, IsTerminal as _, Write as _};

/// Signs in with a password, makes an API token for this machine and keeps it.
pub(super) async fn login(
    args: &Args,
    url: Option<&str>,
    email: Option<&str>,
    password_stdin: bool,
    days: u16,
) -> anyhow::Result<u8> {
    let server = url
        .or(args.server.as_deref())
        .context("which manager? `crane login https://MANAGER:7443`")?
        .trim_end_matches('/')
        .to_owned();
    let server = if server.contains("://") {
        server
    } else {
        format!("https://{server}")
    };
    let pin = match &args.pin {
        Some(pin) => pin.parse().context("--pin")?,
        None => ask_pin(&server).await?,
    };
    let email = match email {
        Some(email) => email.to_owned(),
        None => ask("E-mail: ")?,
    };
    let password = if password_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        rpassword::prompt_password("Password: ")?
    };

    let mut client = Client::new(&server, pin, Credential::None)?;
    let wish = api::Login { email, password };
    let response = client
        .call(reqwest::Method::POST, "/api/v1/login", &[], Some(&wish))
        .await?;
    let cookie = response
        .headers()
        .get("set-cookie")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .context("the manager gave no session")?
        .to_owned();
    client.credential = Credential::Cookie(cookie);
    let session: Session = client.get("/api/v1/session", &[]).await?;
    let wish = api::ApiTokenWish {
        name: token_name(),
        role: session.user.role,
        days: Some(days),
    };
    let made: NewApiToken = client.post("/api/v1/tokens", &wish).await?;
    // The browser's kind of session is not needed any more; if this fails it ends by itself.
    drop(
        client
            .call(
                reqwest::Method::POST,
                "/api/v1/logout",
                &[],
                Some(&serde_json::json!({})),
            )
            .await,
    );
    let kept = Login {
        server: server.clone(),
        pin: pin.to_string(),
        token: made.secret,
    };
    config::save(&config::here()?, Some(&kept))?;
    output::note(&format!(
        "Signed in to {server} as {} until {}.",
        session.user.email, made.token.expires
    ));
    Ok(0)
}

/// Revokes the kept token and forgets it; a manager that is gone for good doesn't stop us.
pub(super) async fn logout(client: &Client) -> anyhow::Result<u8> {
    let path = config::here()?;
    let id = match &client.credential {
        Credential::Token(token) => token.split('_').nth(2).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let revoked = client.delete(&format!("/api/v1/tokens/{}", super::segment(&id))).await;
    config::save(&path, None)?;
    match revoked {
        Ok(()) => output::note("Signed out; the token is revoked."),
        Err(err) => output::note(&format!("Signed out here, but the token could not be revoked: {err:#}")),
    }
    Ok(0)
}

/// Says who we are to the manager.
pub(super) async fn whoami(client: &Client, format: Format) -> anyhow::Result<u8> {
    let session: Session = client.get("/api/v1/session", &[]).await?;
    if format == Format::Json {
        output::json(&session)?;
    } else {
        let role = match session.user.role {
            Authorization::Viewer => "viewer",
            Authorization::Operator => "operator",
            Authorization::Admin => "admin",
        };
        output::line(&format!(
            "{} ({role}) on {} until {}",
            session.user.email, client.server, session.expires
        ))?;
    }
    Ok(0)
}

/// Shows the manager's key and lets the operator decide, once, like ssh does.
async fn ask_pin(server: &str) -> anyhow::Result<Pin> {
    let (tls, seen) = pinned::tls(None)?;
    let http = reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .no_proxy()
        .build()?;
    // The handshake is refused on purpose; all we want is the key.
    let refused = http.get(format!("{server}/healthz")).send().await;
    let pin = seen.lock().ok().and_then(|seen| *seen);
    let Some(pin) = pin else {
        let why = refused.err().map_or_else(|| "no TLS".into(), |err| err.to_string());
        return Err(ApiError::Unreachable {
            server: server.into(),
            why,
        }
        .into());
    };
    anyhow::ensure!(
        std::io::stdin().is_terminal(),
        "the key of {server} is not known yet. Compare it with the dashboard (Settings → System), then give --pin '{pin}'"
    );
    output::note(&format!(
        "The key of {server} is\n  {pin}\nCompare it with the dashboard (Settings → System)."
    ));
    anyhow::ensure!(
        ask("Is it the same? [y/N] ")?.eq_ignore_ascii_case("y"),
        "not signed in"
    );
    Ok(pin)
}

fn ask(question: &str) -> anyhow::Result<String> {
    let mut err = std::io::stderr();
    write!(err, "{question}")?;
    err.flush()?;
    let mut line = String::new();
    anyhow::ensure!(
        std::io::stdin().lock().read_line(&mut line)? > 0,
        "nobody answered: {question}"
    );
    Ok(line.trim().to_owned())
}

fn token_name() -> String {
    let host = nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok())
        .unwrap_or_default();
    format!("crane CLI on {host}").chars().take(64).collect()
}
