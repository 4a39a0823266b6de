use super::refusal::{said, unavailable};
use bollard::errors::Error;
use bollard::{BollardRequest, ClientVersion, Docker};
use bytes::Bytes;
use crane_shared::protocol::{ManagerOpening, Refusal};
use crane_shared::tasks::Tasks;
use crane_shared::wire::{Limit, Sender};
use http::header::{HOST, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Body, Incoming};
use hyper_util::rt::TokioIo;
use std::time::Duration;

/// A call that has no answer by then has none; the engine's own slow calls (disk usage) take seconds.
const ANSWER_DEADLINE: Duration = Duration::from_secs(30);
/// A whole conversation, body included, never lasts longer: an agent that trickles bytes pins nothing for ever.
const CONVERSATION: Duration = Duration::from_secs(300);
/// The largest answer that is taken into memory: 32 MiB are about 10,000 services.
const LARGEST_ANSWER: usize = 32 << 20;

/// The way to one engine.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    pub(crate) connection: quinn::Connection,
    pub(crate) version: ClientVersion,
    pub(crate) priority: i32,
    pub(crate) tasks: Tasks,
}

/// The newest version that both sides know: `agreed` is what agent and engine settled on. A text that is no
/// version counts as the oldest that we support.
pub(crate) fn version(agreed: &str) -> ClientVersion {
    let newest = bollard::API_DEFAULT_VERSION;
    let minor = agreed
        .strip_prefix("1.")
        .and_then(|minor| minor.parse::<usize>().ok())
        .map_or(41, |minor| minor.min(newest.minor_version));
    ClientVersion {
        major_version: 1,
        minor_version: minor,
    }
}

/// bollard over this engine.
pub(crate) fn client(engine: Engine) -> Result<Docker, Refusal> {
    let version = engine.version;
    let transport = move |request: BollardRequest| {
        let engine = engine.clone();
        async move { converse(&engine, request).await }
    };
    Docker::connect_with_custom_transport(transport, Some("http://docker"), ANSWER_DEADLINE.as_secs(), &version)
        .map_err(super::refusal)
}

/// One `GET`, answered with the engine's own bytes.
pub(crate) async fn get(engine: Engine, path: &str) -> Result<Bytes, Refusal> {
    let request = Request::get(path)
        .body(Empty::<Bytes>::new())
        .map_err(|err| Refusal::Invalid {
            what: "the Docker path".into(),
            why: err.to_string(),
        })?;
    let answer = async {
        let response = converse(&engine, request).await.map_err(super::refusal)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST_ANSWER)
            .collect()
            .await
            .map_err(|err| unavailable(&format!("its answer broke off: {err}")))?
            .to_bytes();
        if status.is_success() {
            Ok(body)
        } else {
            Err(said(status.as_u16(), message_in(&body)))
        }
    };
    tokio::time::timeout(ANSWER_DEADLINE, answer)
        .await
        .map_err(|_| unavailable("it did not answer in time"))?
}

/// One request on a stream of its own.
async fn converse<B>(engine: &Engine, mut request: Request<B>) -> Result<Response<Incoming>, Error>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let path = versioned(request.uri(), engine.version)?;
    *request.uri_mut() = path;
    request.headers_mut().insert(HOST, HeaderValue::from_static("docker"));

    let (send, recv) = engine.connection.open_bi().await.map_err(io_error)?;
    let mut opening = Sender::new(send, Limit::Control);
    opening.set_priority(engine.priority);
    opening.send(&ManagerOpening::Docker).await.map_err(io_error)?;
    let Some(send) = opening.into_raw() else {
        return Err(io_error("the stream is gone"));
    };
    let stream = TokioIo::new(tokio::io::join(recv, send));
    let (mut sender, driver) = hyper::client::conn::http1::handshake(stream).await?;
    engine.tasks.spawn("docker call", async move {
        // What goes wrong here, the reader of the answer sees as a broken body.
        drop(tokio::time::timeout(CONVERSATION, driver).await);
    });
    Ok(sender.send_request(request).await?)
}

/// Path and query alone, as HTTP/1.1 wants them towards an origin, with the version in front: bollard loses it
/// when it joins the path to its base.
fn versioned(uri: &Uri, version: ClientVersion) -> Result<Uri, Error> {
    let whole = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let prefix = format!("/v{}.{}/", version.major_version, version.minor_version);
    if whole.starts_with(&prefix) {
        return Ok(whole.parse()?);
    }
    Ok(format!("{}{whole}", prefix.trim_end_matches('/')).parse()?)
}

/// The engine answers errors as `{"message": "…"}`.
fn message_in(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Said {
        message: String,
    }
    serde_json::from_slice::<Said>(body).map_or_else(
        |_| String::from_utf8_lossy(body.get(..200).unwrap_or(body)).into_owned(),
        |said| said.message,
    )
}

fn io_error(err: impl ToString) -> Error {
    Error::IOError {
        err: std::io::Error::other(err.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_newest_that_both_know() {
        assert_eq!(version("1.41").minor_version, 41);
        assert_eq!(
            version("1.99").minor_version,
            bollard::API_DEFAULT_VERSION.minor_version
        );
        assert_eq!(version("2.0").minor_version, 41);
        assert_eq!(version("").minor_version, 41);
    }

    #[test]
    fn a_path_carries_its_version_once_and_no_authority() {
        let version = version("1.41");
        for given in [
            "http://docker/services?status=true",
            "http://docker/v1.41/services?status=true",
        ] {
            let path = versioned(&given.parse().unwrap(), version).unwrap();
            assert_eq!(path.to_string(), "/v1.41/services?status=true");
        }
    }
}
