use bollard::errors::Error;
use crane_shared::protocol::Refusal;

/// What bollard's errors mean to us.
#[must_use]
pub fn refusal(err: Error) -> Refusal {
    match err {
        Error::DockerResponseServerError { status_code, message } => said(status_code, message),
        Error::RequestTimeoutError => unavailable("it did not answer in time"),
        Error::IOError { err } => unavailable(&err.to_string()),
        Error::HyperResponseError { err } => unavailable(&err.to_string()),
        other => Refusal::Docker {
            status: 502,
            message: format!("its answer can't be understood: {other}"),
        },
    }
}

/// An answer with an error status; `message` is the engine's or the agent's own sentence.
pub(super) fn said(status: u16, message: String) -> Refusal {
    Refusal::Docker { status, message }
}

pub(super) fn unavailable(why: &str) -> Refusal {
    Refusal::Unavailable {
        what: "the Docker Engine".into(),
        why: why.to_owned(),
    }
}
