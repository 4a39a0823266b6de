//! The manager's HTTP API, as `crane_shared::api` types it.

use crate::args::Args;
use crate::config::{self, Login};
use crate::pinned;
use anyhow::Context as _;
use crane_shared::api::{List, Problem};
use crane_shared::identity::Pin;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The manager said no, and why.
    #[error("{}", .0.detail)]
    Refused(Problem),
    /// The manager can't be reached.
    #[error("{server} can't be reached: {why}")]
    Unreachable { server: String, why: String },
}

/// A manager, and who we are to it.
pub(crate) struct Client {
    http: reqwest::Client,
    /// Without a slash at the end.
    pub(crate) server: String,
    pub(crate) tls: rustls::ClientConfig,
    pub(crate) credential: Credential,
}

/// What goes into each request.
pub(crate) enum Credential {
    None,
    Token(String),
    /// `name=value` of the sign-in cookie, only while logging in.
    Cookie(String),
}

impl Client {
    /// The manager that the arguments, the environment or the last login name.
    pub(crate) fn from_args(args: &Args) -> anyhow::Result<Self> {
        let kept = config::load(&config::here()?)?;
        let (server, pin, token) = choose(args, kept)?;
        Self::new(&server, pin.parse().context("--pin")?, Credential::Token(token))
    }

    /// A manager with a known key.
    pub(crate) fn new(server: &str, pin: Pin, credential: Credential) -> anyhow::Result<Self> {
        let (tls, _) = pinned::tls(Some(pin))?;
        let http = reqwest::Client::builder()
            .use_preconfigured_tls(tls.clone())
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("crane/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            http,
            server: server.trim_end_matches('/').to_owned(),
            tls,
            credential,
        })
    }

    /// Reads one thing.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<T> {
        self.call(reqwest::Method::GET, path, query, None::<&()>)
            .await?
            .json()
            .await
            .context("the answer can't be read")
    }

    /// Reads every page of a list.
    pub(crate) async fn all<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<List<T>> {
        let mut whole: List<T> = self.get(path, query).await?;
        while let Some(after) = whole.next.take() {
            let mut query = query.to_vec();
            query.push(("after", &after));
            let page: List<T> = self.get(path, &query).await?;
            whole.items.extend(page.items);
            whole.complete &= page.complete;
            whole.next = page.next;
        }
        Ok(whole)
    }

    /// Sends one thing and reads the answer.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        self.call(reqwest::Method::POST, path, &[], Some(body))
            .await?
            .json()
            .await
            .context("the answer can't be read")
    }

    /// Removes one thing.
    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.call(reqwest::Method::DELETE, path, &[], None::<&()>)
            .await
            .map(drop)
    }

    /// One call; anything but success is an [`ApiError`].
    pub(crate) async fn call(
        &self,
        method: reqwest::Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<reqwest::Response> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.server))
            .query(query)
            .header("X-Crane", "1");
        match &self.credential {
            Credential::None => {}
            Credential::Token(token) => request = request.bearer_auth(token),
            Credential::Cookie(cookie) => {
                request = request.header("Cookie", cookie).header("Origin", &self.server);
            }
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|err| ApiError::Unreachable {
            server: self.server.clone(),
            why: chain(&err),
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let text = response.text().await.unwrap_or_default();
        Err(ApiError::Refused(problem(status.as_u16(), &text)).into())
    }
}

/// The manager's own words, or the status when it had none.
pub(crate) fn problem(status: u16, body: &str) -> Problem {
    serde_json::from_str(body).unwrap_or_else(|_| Problem {
        kind: "about:blank".into(),
        title: "unexpected answer".into(),
        status,
        code: "unexpected".into(),
        detail: format!("the manager answered with status {status}"),
        hint: "Is this the address of a Crane manager?".into(),
        field: None,
    })
}

fn choose(args: &Args, kept: Option<Login>) -> anyhow::Result<(String, String, String)> {
    let hint = "run `crane login https://MANAGER:7443`, or set CRANE_SERVER, CRANE_PIN and CRANE_TOKEN";
    // What was kept belongs to one server: its pin and token are no use for another.
    let kept = kept.filter(|kept| {
        args.server
            .as_ref()
            .is_none_or(|server| server.trim_end_matches('/') == kept.server)
    });
    let (server, pin, token) = match kept {
        Some(login) => (Some(login.server), Some(login.pin), Some(login.token)),
        None => (None, None, None),
    };
    let server = args
        .server
        .clone()
        .or(server)
        .with_context(|| format!("no manager is known; {hint}"))?;
    let pin = args
        .pin
        .clone()
        .or(pin)
        .with_context(|| format!("the key of {server} is not known; {hint}"))?;
    let token = args
        .token
        .clone()
        .or(token)
        .with_context(|| format!("no token for {server}; {hint}"))?;
    Ok((server, pin, token))
}

/// An error with its causes, innermost last.
fn chain(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
