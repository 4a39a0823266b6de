//! What a new host downloads: the script, the agent's program, its checksum.

use super::{open, text};
use crate::http::Rooms;
use crate::http::call::Call;
use crate::http::error::{Answer, ApiError};
use crate::http::table::Name;
use http::{HeaderValue, StatusCode, header};
use ring::digest::{Context, SHA256};
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio_util::io::ReaderStream;
use warp::Filter as _;
use warp::filters::BoxedFilter;
use warp::reply::Reply as _;

const SCRIPT: &str = include_str!("../../../../install/install.sh");
/// Piece of the program that is in memory for each download.
const PIECE: usize = 64 * 1024;

/// The checksum of the agent's program, as long as the file is the same.
type Known = Arc<Mutex<Option<(u64, SystemTime, String)>>>;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    let known = Known::default();
    let remember = warp::any().map(move || Arc::clone(&known));
    let script = open(rooms, Name::InstallScript).and(remember.clone()).then(script);
    let binary = open(rooms, Name::AgentBinary).then(binary);
    let checksum = open(rooms, Name::AgentChecksum).and(remember).then(checksum);
    script.or(binary).unify().or(checksum).unify().boxed()
}

async fn script(rooms: Arc<Rooms>, call: Arc<Call>, known: Known) -> Answer {
    let host = call.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let filled = SCRIPT
        .replace("@ADDRESS@", &addresses(host, &rooms.about.addresses))
        .replace("@PIN@", &rooms.about.pin.to_string())
        .replace("@SHA256@", &digest(&rooms, known).await?);
    text("text/x-shellscript; charset=utf-8", filled)
}

async fn binary(rooms: Arc<Rooms>, _call: Arc<Call>) -> Answer {
    let path = &rooms.about.agent_binary;
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|error| missing(path, &error))?;
    let length = file.metadata().await.map_err(|error| missing(path, &error))?.len();
    let mut response = warp::reply::stream(ReaderStream::with_capacity(file, PIECE)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

async fn checksum(rooms: Arc<Rooms>, _call: Arc<Call>, known: Known) -> Answer {
    let digest = digest(&rooms, known).await?;
    text("text/plain; charset=utf-8", format!("{digest}  linux-amd64\n"))
}

/// The addresses that the script tries, best first: the one it was fetched from, because that one works from
/// there, then those that this manager is known by. They become part of a program, so what a stranger's header
/// says is taken only if it looks like an address.
fn addresses(host: Option<&str>, known: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let asked = host.filter(|host| host.len() <= 255 && host.contains(':') && host.chars().all(plain));
    let others = known
        .iter()
        .map(String::as_str)
        .filter(|address| Some(*address) != asked);
    asked.into_iter().chain(others).collect::<Vec<_>>().join(" ")
}

async fn digest(rooms: &Rooms, known: Known) -> Result<String, ApiError> {
    let path = rooms.about.agent_binary.clone();
    let work = tokio::task::spawn_blocking(move || -> Result<String, ApiError> {
        let file = std::fs::File::open(&path).map_err(|error| missing(&path, &error))?;
        let facts = file.metadata().map_err(|error| missing(&path, &error))?;
        let changed = facts.modified().map_err(|error| missing(&path, &error))?;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((length, at, digest)) = known.as_ref()
            && (*length, *at) == (facts.len(), changed)
        {
            return Ok(digest.clone());
        }
        let digest = hash(file).map_err(|error| missing(&path, &error))?;
        *known = Some((facts.len(), changed, digest.clone()));
        Ok(digest)
    });
    work.await.map_err(|error| ApiError::broken(&error))?
}

fn hash(mut file: std::fs::File) -> std::io::Result<String> {
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; PIECE];
    loop {
        let count = file.read(&mut piece)?;
        match piece.get(..count) {
            None | Some([]) => return Ok(hex::encode(context.finish())),
            Some(bytes) => context.update(bytes),
        }
    }
}

/// The path stays in the log: who asks here has shown no credential.
fn missing(path: &Path, error: &std::io::Error) -> ApiError {
    tracing::warn!(path = %path.display(), %error, "agent's program can't be read");
    ApiError::new(
        StatusCode::NOT_FOUND,
        "no_agent_binary",
        "this manager has no agent program to give",
    )
    .hint("Start the manager with `--agent-binary PATH`, or put `crane-agent` beside `crane-manager`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_goes_on_with_the_address_it_came_from() {
        let known = ["10.0.0.1:7443".to_owned(), "panel:7443".to_owned()];
        for (host, expected) in [
            (Some("panel:7443"), "panel:7443 10.0.0.1:7443"),
            (
                Some("[2001:db8::1]:7443"),
                "[2001:db8::1]:7443 10.0.0.1:7443 panel:7443",
            ),
            (None, "10.0.0.1:7443 panel:7443"),
            (Some("x:1'; reboot; '"), "10.0.0.1:7443 panel:7443"),
            (Some("x:1`reboot`"), "10.0.0.1:7443 panel:7443"),
            (Some("x:1 y"), "10.0.0.1:7443 panel:7443"),
            (Some("no-port"), "10.0.0.1:7443 panel:7443"),
        ] {
            assert_eq!(addresses(host, &known), expected);
        }
    }

    #[test]
    fn the_script_has_every_placeholder() {
        for place in ["@ADDRESS@", "@PIN@", "@SHA256@"] {
            assert!(SCRIPT.contains(place), "{place} is missing");
        }
        assert!(SCRIPT.starts_with("#!/bin/sh\n"));
    }
}
