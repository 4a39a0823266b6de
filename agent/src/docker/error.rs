use bollard::errors::Error;
use crane_shared::protocol::Refusal;

/// What a failure of the client library means to who asked; `what` names the thing, e.g. `container 3f2a…`.
#[must_use]
pub fn refused(what: &str, err: Error) -> Refusal {
    match err {
        Error::DockerResponseServerError { status_code, message } => status(what, status_code, message),
        Error::RequestTimeoutError => unavailable("it does not answer in time"),
        Error::SocketNotFoundError(path) => unavailable(&format!("{path} does not exist")),
        Error::DockerStreamError { error } => Refusal::Docker {
            status: 500,
            message: error,
        },
        other => unavailable(&chain(&other)),
    }
}

/// An answer of the engine that is not a success.
pub(super) fn status(what: &str, status: u16, message: String) -> Refusal {
    match status {
        404 => Refusal::NotFound { what: what.to_owned() },
        _ => Refusal::Docker { status, message },
    }
}

/// The engine itself is out of reach.
pub(super) fn unavailable(why: &str) -> Refusal {
    Refusal::Unavailable {
        what: "the Docker Engine".to_owned(),
        why: why.to_owned(),
    }
}

/// The whole chain of causes in one line: hyper's own text alone is only `client error (Connect)`.
fn chain(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_thing_is_told_from_a_missing_engine() {
        let gone = refused(
            "container abc",
            Error::DockerResponseServerError {
                status_code: 404,
                message: "No such container".to_owned(),
            },
        );
        assert_eq!(
            gone,
            Refusal::NotFound {
                what: "container abc".to_owned()
            }
        );
        assert!(matches!(
            refused("container abc", Error::SocketNotFoundError("/nowhere".to_owned())),
            Refusal::Unavailable { .. }
        ));
        assert!(matches!(
            refused(
                "container abc",
                Error::DockerResponseServerError {
                    status_code: 409,
                    message: "is paused".to_owned()
                }
            ),
            Refusal::Docker { status: 409, .. }
        ));
    }
}
