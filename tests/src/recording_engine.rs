//! A socket that looks like Docker's and writes down everything it is asked. It stands in for the engine only where
//! the question is *what reaches an engine at all*; whatever needs answers runs on the bed's real ones.

use anyhow::Result;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

/// How often each `METHOD /path?query` was asked.
type Asked = Arc<Mutex<BTreeMap<String, u64>>>;

/// The socket. Dropped, it hangs up on everybody.
#[derive(Debug)]
pub struct RecordingEngine {
    path: PathBuf,
    asked: Asked,
    _server: JoinSet<()>,
}

/// The one container that it says it has.
pub const CONTAINER: &str = "feedfacefeedfacefeedfacefeedfacefeedfacefeedfacefeedfacefeedface";

impl RecordingEngine {
    /// Listens at `path`, which must not exist.
    ///
    /// # Errors
    /// When it can't.
    pub fn listen(path: &Path) -> Result<Self> {
        let listener = UnixListener::bind(path)?;
        let asked = Asked::default();
        let mut server = JoinSet::new();
        let notes = Arc::clone(&asked);
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&notes)));
            }
        });
        Ok(Self {
            path: path.to_owned(),
            asked,
            _server: server,
        })
    }

    /// `unix://…`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// Every different request so far, and how often it came.
    #[must_use]
    pub fn asked(&self) -> BTreeMap<String, u64> {
        self.asked.lock().map(|asked| asked.clone()).unwrap_or_default()
    }
}

async fn serve(stream: UnixStream, asked: Asked) {
    let service = service_fn(move |request| std::future::ready(answer(&request, &asked)));
    // An agent that hangs up in the middle is no fault of this socket.
    drop(
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

fn answer(request: &Request<Incoming>, asked: &Asked) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let target = request
        .uri()
        .path_and_query()
        .map_or_else(String::new, ToString::to_string);
    if let Ok(mut asked) = asked.lock() {
        *asked.entry(format!("{} {target}", request.method())).or_default() += 1;
    }
    let path = without_version(request.uri().path());
    if path == "/events" {
        // The answer begins at once; its events never come.
        let silence = futures_util::stream::pending::<Result<Frame<Bytes>, Infallible>>();
        return Ok(Response::new(BodyExt::boxed(StreamBody::new(silence))));
    }
    let (status, body) = match path {
        "/_ping" => (200, "OK".to_owned()),
        "/version" => (
            200,
            r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}"#.to_owned(),
        ),
        "/info" => (
            200,
            r#"{"ID":"X","Driver":"overlay2","LoggingDriver":"json-file","CgroupDriver":"cgroupfs","CgroupVersion":"1","DockerRootDir":"/nowhere","ServerVersion":"20.10.24","Swarm":{"LocalNodeState":"inactive","NodeID":""}}"#.to_owned(),
        ),
        "/containers/json" => (200, format!(r#"[{{"Id":"{CONTAINER}","Names":["/hostile"],"State":"exited"}}]"#)),
        _ if path == format!("/containers/{CONTAINER}/json") => (200, container()),
        "/images/json" | "/networks" => (200, "[]".to_owned()),
        "/volumes" => (200, r#"{"Volumes":[],"Warnings":[]}"#.to_owned()),
        _ => (404, r#"{"message":"no such thing"}"#.to_owned()),
    };
    let mut answer = Response::new(Full::new(Bytes::from(body)).boxed());
    *answer.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let headers = answer.headers_mut();
    headers.insert("content-type", http::HeaderValue::from_static("application/json"));
    headers.insert("api-version", http::HeaderValue::from_static("1.41"));
    Ok(answer)
}

/// `/v1.41/info` → `/info`.
#[must_use]
pub fn without_version(path: &str) -> &str {
    match path.strip_prefix("/v1.").and_then(|rest| rest.find('/')) {
        Some(end) => &path["/v1.".len() + end..],
        None => path,
    }
}

fn container() -> String {
    format!(
        r#"{{"Id":"{CONTAINER}","Name":"/hostile","Created":"2026-01-01T00:00:00Z","Path":"sh","Args":[],"Image":"sha256:00",
        "State":{{"Status":"exited","Running":false,"ExitCode":0,"StartedAt":"2026-01-01T00:00:00Z","FinishedAt":"2026-01-01T00:00:01Z"}},
        "Config":{{"Image":"busybox","Tty":false,"Labels":{{}}}},"HostConfig":{{"LogConfig":{{"Type":"json-file","Config":{{}}}}}},
        "NetworkSettings":{{"Networks":{{}},"Ports":{{}}}},"Mounts":[],"LogPath":"","RestartCount":0}}"#
    )
}
