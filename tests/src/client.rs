//! A browser's and a script's view of the manager: HTTPS with the server's key pinned, JSON, streams of lines,
//! WebSockets. It is written against the API's documents only and shares no code with the product's own client, so
//! the two can't be wrong together.

mod socket;
mod terminal;
mod trust;

pub use socket::{Socket, Word};
pub use terminal::Terminal;
pub use trust::Trust;

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsConnector, rustls};

/// How long a manager may take to begin an answer. A busy two-core machine with a whole Swarm on it is slow.
const DEADLINE: Duration = Duration::from_secs(40);

/// Talks to one manager as one caller.
#[derive(Debug, Clone)]
pub struct Client {
    /// `host:port`.
    address: String,
    trust: Trust,
    tls: Arc<rustls::ClientConfig>,
    headers: HeaderMap,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).with_context(|| format!("no such JSON: {}", self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Passes when the status is 2xx.
    ///
    /// # Errors
    /// Says status and body otherwise.
    pub fn ok(self) -> Result<Self> {
        if self.status.is_success() {
            Ok(self)
        } else {
            bail!("{}: {}", self.status, self.text())
        }
    }
}

impl Client {
    /// A caller without credentials.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(address: &str, trust: Trust) -> Result<Self> {
        Ok(Self {
            address: address.to_owned(),
            tls: trust.config()?,
            trust,
            headers: HeaderMap::new(),
        })
    }

    /// The same manager, another caller.
    ///
    /// # Errors
    /// When the token can't stand in a header.
    pub fn with_token(&self, token: &str) -> Result<Self> {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    /// The same caller with one more header.
    ///
    /// # Errors
    /// When the value can't stand in a header.
    pub fn with_header(&self, name: &'static str, value: &str) -> Result<Self> {
        let mut other = self.clone();
        other.headers.insert(name, value.parse()?);
        Ok(other)
    }

    /// The same manager without credentials.
    #[must_use]
    pub fn nobody(&self) -> Self {
        Self {
            headers: HeaderMap::new(),
            ..self.clone()
        }
    }

    /// Signs in and goes on with the session's cookie, as the dashboard does.
    ///
    /// # Errors
    /// When the manager refuses.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Self> {
        let origin = format!("https://{}", self.address);
        let browser = self.nobody().with_header("origin", &origin)?;
        let wish = serde_json::json!({ "email": email, "password": password });
        let answer = browser.send(Method::POST, "/api/v1/login", Some(&wish)).await?.ok()?;
        let cookie = answer
            .headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next())
            .find(|pair| pair.starts_with("__Host-crane="))
            .ok_or_else(|| anyhow!("signing in gave no cookie: {:?}", answer.headers))?
            .to_owned();
        browser.with_header("cookie", &cookie)
    }

    /// `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The server's key as it was seen; `None` before the first connection of a caller that trusts on first use.
    #[must_use]
    pub fn pin(&self) -> Option<String> {
        self.trust.pin()
    }

    /// A TLS connection, for tests that speak no proper HTTP.
    ///
    /// # Errors
    /// When the manager is away or shows another key.
    pub async fn connect(&self) -> Result<TlsStream<TcpStream>> {
        let tcp = tokio::time::timeout(Duration::from_secs(10), TcpStream::connect(&self.address))
            .await
            .context("no answer to a TCP connection")??;
        tcp.set_nodelay(true)?;
        let host = self
            .address
            .rsplit_once(':')
            .map_or(self.address.as_str(), |(host, _)| host);
        let name = rustls::pki_types::ServerName::try_from(host.to_owned())?;
        let tls = TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp);
        Ok(tokio::time::timeout(Duration::from_secs(10), tls)
            .await
            .context("no TLS handshake")??)
    }

    /// Sends one request on a connection of its own and takes the whole answer, whatever its status.
    ///
    /// # Errors
    /// When the manager is away or answers no HTTP.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let what = format!("{method} {path}");
        let whole = async {
            let mut stream = self.open(method, path, body).await?;
            let mut bytes = Vec::new();
            while let Some(chunk) = stream.chunk().await? {
                bytes.extend_from_slice(&chunk);
            }
            Ok(Answer {
                status: stream.status,
                headers: stream.headers.clone(),
                body: bytes.into(),
            })
        };
        tokio::time::timeout(DEADLINE, whole)
            .await
            .with_context(|| format!("{what} took longer than {} s", DEADLINE.as_secs()))?
            .map_err(|why: anyhow::Error| why.context(what))
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// When the answer is not 2xx or no such JSON.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.send(Method::GET, path, None).await?;
        answer.ok().with_context(|| format!("GET {path}"))?.json()
    }

    /// Posts JSON and reads JSON.
    ///
    /// # Errors
    /// When the answer is not 2xx or no such JSON.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let body = serde_json::to_value(body)?;
        let answer = self.send(Method::POST, path, Some(&body)).await?;
        answer.ok().with_context(|| format!("POST {path}"))?.json()
    }

    /// Deletes.
    ///
    /// # Errors
    /// When the answer is not 2xx.
    pub async fn delete(&self, path: &str) -> Result<()> {
        let answer = self.send(Method::DELETE, path, None).await?;
        answer.ok().with_context(|| format!("DELETE {path}")).map(drop)
    }

    /// Sends one request and gives the answer's beginning; its body follows in pieces.
    ///
    /// # Errors
    /// When the manager is away or answers no HTTP.
    pub async fn open(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Stream> {
        let tls = self.connect().await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tls)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move { connection.await.map_err(anyhow::Error::from) });
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.address);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let content = match body {
            Some(value) => {
                request = request.header("content-type", "application/json");
                serde_json::to_vec(value)?
            }
            None => Vec::new(),
        };
        let answer = sender
            .send_request(request.body(Full::new(Bytes::from(content)))?)
            .await?;
        Ok(Stream {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: answer.into_body(),
            rest: Vec::new(),
            _driver: driver,
        })
    }

    /// Opens a WebSocket.
    ///
    /// # Errors
    /// When the manager refuses.
    pub async fn socket(&self, path: &str) -> Result<Socket> {
        Socket::open(self.connect().await?, &self.address, path, &self.headers).await
    }
}

/// An answer that goes on. Dropped, it closes its connection.
#[derive(Debug)]
pub struct Stream {
    pub status: StatusCode,
    pub headers: HeaderMap,
    body: Incoming,
    /// Bytes of a line that is not whole yet.
    rest: Vec<u8>,
    _driver: JoinSet<Result<()>>,
}

impl Stream {
    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        while let Some(frame) = self.body.frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// The next line without its end; `None` at the end. Loses nothing when it is dropped early.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn line(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()));
            }
            match self.chunk().await? {
                Some(bytes) => self.rest.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }

    /// The next `data:` of a stream of server-sent events.
    ///
    /// # Errors
    /// When the connection breaks or the data is no such JSON.
    pub async fn event<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        while let Some(line) = self.line().await? {
            if let Some(data) = line.strip_prefix("data:") {
                return Ok(Some(serde_json::from_str(data.trim_start())?));
            }
        }
        Ok(None)
    }
}
