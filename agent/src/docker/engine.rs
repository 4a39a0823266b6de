use super::call::{Answer, CallError, call, collect, refusal};
use super::container::{self, Inspected, Listed};
use super::error::unavailable;
use super::events::Events;
use super::{error, info};
use bollard::{ClientVersion, Docker};
use bytes::Bytes;
use crane_shared::ids::ContainerId;
use crane_shared::model;
use crane_shared::protocol::Refusal;
use http::{Request, Response};
use http_body_util::Empty;
use hyper::body::Body;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Where the engine listens unless `--docker` says otherwise.
pub const DEFAULT_SOCKET: &str = "unix:///var/run/docker.sock";
/// Docker 20.10. Older engines lack what services and tasks need here.
pub const OLDEST_API: (usize, usize) = (1, 41);
/// A question whose answer takes longer is given up; `inspect` of a wedged container hangs for ever otherwise.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// A host with thousands of containers lists them in a few MiB; more than this is not believed.
const LARGEST_ANSWER: usize = 32 << 20;
/// How long the client library waits for the head of an answer, in seconds.
const CLIENT_TIMEOUT: u64 = 120;

/// Turns `unix:///path` or a plain path into a path; `None` when it names anything else.
#[must_use]
pub fn socket_path(text: &str) -> Option<PathBuf> {
    let path = text.strip_prefix("unix://").unwrap_or(text);
    path.starts_with('/').then(|| PathBuf::from(path))
}

/// The engine behind one socket. Cheap to clone; every clone shares what was negotiated.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    socket: PathBuf,
    agreed: Mutex<Option<Agreed>>,
}

/// What agent and engine agreed on.
#[derive(Debug, Clone)]
struct Agreed {
    client: Docker,
    version: info::Version,
    api: (usize, usize),
}

impl Engine {
    /// The engine behind `socket`, which need not answer yet.
    #[must_use]
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self {
            inner: Arc::new(Inner {
                socket: socket.into(),
                agreed: Mutex::new(None),
            }),
        }
    }

    /// The socket's path.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.inner.socket
    }

    /// The client library, at the API version that both sides speak. Every call opens a connection of its
    /// own, so the client survives restarts of the engine.
    ///
    /// # Errors
    /// When the engine does not answer or is too old.
    pub async fn client(&self) -> Result<Docker, Refusal> {
        Ok(self.agreed().await?.client)
    }

    /// Negotiates again at the next call: the engine was away and may be another version now.
    pub async fn forget(&self) {
        *self.inner.agreed.lock().await = None;
    }

    /// Everything about one container.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is gone; others when the engine does not answer.
    pub async fn inspect_container(&self, id: &ContainerId) -> Result<Inspected, Refusal> {
        let raw = self
            .get(&format!("containers/{id}/json"), &format!("container {id}"))
            .await?;
        container::to_model(id, raw)
    }

    /// All containers, running or not, with what tells whether one has changed.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn list_containers(&self) -> Result<Vec<Listed>, Refusal> {
        let raw: Vec<container::RawListed> = self.get("containers/json?all=true", "the list of containers").await?;
        Ok(raw.into_iter().filter_map(container::RawListed::checked).collect())
    }

    /// The engine's versions, drivers and place in its Swarm.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn describe(&self) -> Result<model::Engine, Refusal> {
        let agreed = self.agreed().await?;
        let raw: info::Info = self.get("info", "the engine's info").await?;
        Ok(info::to_model(raw, agreed.version, agreed.api))
    }

    /// The event stream from now on, or from `since_ns` (nanoseconds since 1970, inclusive) as far as the engine remembers
    /// (it keeps 256 events and forgets them when it restarts).
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn events(&self, since_ns: Option<i64>) -> Result<Events, Refusal> {
        let api = self.agreed().await?.api;
        let since = since_ns
            .map(|ns| format!("?since={}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000))
            .unwrap_or_default();
        let answer = self.open(&format!("/v{}.{}/events{since}", api.0, api.1)).await?;
        let code = answer.status();
        if !code.is_success() {
            let body = collect(answer.into_body(), 64 << 10).await?;
            return Err(refusal("the event stream", code.as_u16(), &body));
        }
        Ok(Events::new(answer.into_body()))
    }

    /// Hands one request through as it is and waits at most `head` for the answer's head.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn call<B>(&self, request: Request<B>, head: Duration) -> Result<Response<Answer<B>>, CallError>
    where
        B: Body + Unpin + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        call(&self.inner.socket, request, head).await
    }

    async fn agreed(&self) -> Result<Agreed, Refusal> {
        let mut agreed = self.inner.agreed.lock().await;
        if let Some(agreed) = agreed.as_ref() {
            return Ok(agreed.clone());
        }
        let version: info::Version = self.fetch("/version", "the engine's version").await?;
        let api = agree(&version)?;
        let path = self
            .inner
            .socket
            .to_str()
            .ok_or_else(|| unavailable("the socket's path is not UTF-8"))?;
        let client = Docker::connect_with_unix(
            path,
            CLIENT_TIMEOUT,
            &ClientVersion {
                major_version: api.0,
                minor_version: api.1,
            },
        )
        .map_err(|err| error::refused("the Docker Engine", err))?;
        Ok(agreed.insert(Agreed { client, version, api }).clone())
    }

    /// A question at the agreed version.
    async fn get<T: DeserializeOwned>(&self, path: &str, what: &str) -> Result<T, Refusal> {
        let api = self.agreed().await?.api;
        self.fetch(&format!("/v{}.{}/{path}", api.0, api.1), what).await
    }

    async fn fetch<T: DeserializeOwned>(&self, path: &str, what: &str) -> Result<T, Refusal> {
        let read = async {
            let answer = self.open(path).await?;
            let code = answer.status();
            let body = collect(answer.into_body(), LARGEST_ANSWER).await?;
            Ok::<_, Refusal>((code, body))
        };
        let (code, body) = tokio::time::timeout(ANSWER_TIMEOUT, read)
            .await
            .map_err(|_| CallError::Deadline(ANSWER_TIMEOUT))??;
        if !code.is_success() {
            return Err(refusal(what, code.as_u16(), &body));
        }
        serde_json::from_slice(&body).map_err(|err| Refusal::Docker {
            status: code.as_u16(),
            message: format!("{what} is not understood: {err}"),
        })
    }

    async fn open(&self, path: &str) -> Result<Response<Answer<Empty<Bytes>>>, Refusal> {
        let request = Request::get(path)
            .body(Empty::new())
            .map_err(|err| unavailable(&err.to_string()))?;
        Ok(self.call(request, ANSWER_TIMEOUT).await?)
    }
}

/// The newest version that both sides speak.
fn agree(engine: &info::Version) -> Result<(usize, usize), Refusal> {
    let ours = bollard::API_DEFAULT_VERSION;
    let newest = (ours.major_version, ours.minor_version);
    let offered = info::api_version(&engine.api_version)
        .ok_or_else(|| unavailable(&format!("it offers API version {:?}", engine.api_version)))?;
    let minimum = info::api_version(&engine.minimum).unwrap_or((1, 0));
    let unsupported = |why: String| Refusal::Unsupported { what: why };
    if offered < OLDEST_API {
        return Err(unsupported(format!(
            "a Docker Engine with API {} (older than {}.{})",
            engine.api_version, OLDEST_API.0, OLDEST_API.1
        )));
    }
    if minimum > newest {
        return Err(unsupported(format!(
            "a Docker Engine that wants at least API {} (newer than {}.{})",
            engine.minimum, newest.0, newest.1
        )));
    }
    Ok(offered.min(newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(newest: &str, minimum: &str) -> Result<(usize, usize), Refusal> {
        agree(&info::Version {
            version: "x".to_owned(),
            api_version: newest.to_owned(),
            minimum: minimum.to_owned(),
        })
    }

    #[test]
    fn the_newest_common_version_is_spoken() {
        assert_eq!(offers("1.41", "1.12").unwrap(), (1, 41));
        assert_eq!(offers("1.45", "1.24").unwrap(), (1, 45));
        assert_eq!(
            offers("1.999", "1.44").unwrap().1,
            bollard::API_DEFAULT_VERSION.minor_version
        );
    }

    #[test]
    fn an_engine_out_of_reach_by_version_is_refused() {
        assert!(matches!(offers("1.40", "1.12"), Err(Refusal::Unsupported { .. })));
        assert!(matches!(offers("1.999", "1.998"), Err(Refusal::Unsupported { .. })));
        assert!(matches!(offers("new", ""), Err(Refusal::Unavailable { .. })));
    }

    #[test]
    fn a_socket_is_a_path() {
        assert_eq!(socket_path("unix:///run/d.sock"), Some(PathBuf::from("/run/d.sock")));
        assert_eq!(socket_path("/run/d.sock"), Some(PathBuf::from("/run/d.sock")));
        assert_eq!(socket_path("tcp://1.2.3.4:2375"), None);
    }

    #[tokio::test]
    async fn a_missing_socket_is_an_engine_that_can_not_be_reached() {
        let engine = Engine::new("/nonexistent/docker.sock");
        assert!(matches!(engine.client().await, Err(Refusal::Unavailable { .. })));
        assert!(matches!(
            engine.list_containers().await,
            Err(Refusal::Unavailable { .. })
        ));
    }
}
