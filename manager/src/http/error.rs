use crate::access::AccessError;
use crate::enrolment::EnrolmentError;
use crate::store::StoreError;
use crane_shared::api::Problem;
use crane_shared::protocol::Refusal;
use http::{HeaderValue, StatusCode, header};
use warp::reply::{Reply, Response};

/// A problem on its way to a client: the one place where the ways to fail become status codes.
#[derive(Debug, Clone)]
pub(super) struct ApiError(Box<Facts>);

/// Boxed: a problem is rare, and every `Result` on the way would be as large as it.
#[derive(Debug, Clone)]
struct Facts {
    status: StatusCode,
    code: &'static str,
    detail: String,
    hint: String,
    field: Option<String>,
    /// Seconds, for `Retry-After`.
    retry: Option<u64>,
    /// For `Allow`.
    allow: Option<String>,
}

/// What every handler answers.
pub(super) type Answer = Result<Response, ApiError>;

impl ApiError {
    /// A problem with a stable code and a sentence for people.
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Facts {
            status,
            code,
            detail: detail.into(),
            hint: String::new(),
            field: None,
            retry: None,
            allow: None,
        }))
    }

    /// A request that says something that can't be.
    pub(super) fn invalid(field: &str, why: impl std::fmt::Display) -> Self {
        let mut error = Self::new(
            StatusCode::BAD_REQUEST,
            "invalid",
            format!("{field} is not valid: {why}"),
        );
        error.0.field = Some(field.to_owned());
        error
    }

    /// Something that is not there.
    pub(super) fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("{what} does not exist"))
    }

    /// No credential that holds.
    pub(super) fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "you are not signed in")
            .hint("Sign in, or send an API token as `Authorization: Bearer crane_pat_…`.")
    }

    /// Something of ours broke. The reason is in the log, not in the answer.
    pub(super) fn broken(why: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %why, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong inside the manager",
        )
        .hint("The manager's log says what.")
    }

    /// Says what to do next.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = hint.into();
        self
    }

    /// Says when to come back.
    #[must_use]
    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry = Some(seconds);
        self
    }

    /// Says which methods there are.
    #[must_use]
    pub(super) fn allow(mut self, methods: &[&str]) -> Self {
        self.0.allow = Some(methods.join(", "));
        self
    }

    /// The status it becomes.
    #[cfg(test)]
    pub(super) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// As the API shows it.
    #[must_use]
    pub(super) fn problem(&self) -> Problem {
        Problem {
            kind: "about:blank".to_owned(),
            title: self.0.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.0.status.as_u16(),
            code: self.0.code.to_owned(),
            detail: self.0.detail.clone(),
            hint: self.0.hint.clone(),
            field: self.0.field.clone(),
        }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}: {}", self.0.status.as_u16(), self.0.code, self.0.detail)
    }
}

impl Reply for ApiError {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = Response::new(body.into());
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.0.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.0.retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.0.allow.and_then(|methods| HeaderValue::try_from(methods).ok()) {
            headers.insert(header::ALLOW, allow);
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::new(StatusCode::CONFLICT, "conflict", "it was changed by someone else")
                .hint("Load it again and repeat the change."),
            StoreError::Closed => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the manager is stopping").retry_after(5)
            }
            other => Self::broken(&other),
        }
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        let text = error.to_string();
        match error {
            AccessError::NotSignedIn => Self::not_signed_in(),
            AccessError::WrongLogin => Self::new(StatusCode::UNAUTHORIZED, "wrong_login", text),
            AccessError::TooMany(wait) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", text).retry_after(wait.as_secs().max(1))
            }
            AccessError::Busy => Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", text)
                .hint("Try again in a few seconds.")
                .retry_after(2),
            AccessError::SetUpDone => {
                Self::new(StatusCode::GONE, "setup_done", text).hint("Sign in with that account.")
            }
            AccessError::WrongCode => Self::new(StatusCode::FORBIDDEN, "wrong_code", text)
                .hint("A link holds for 15 minutes; `crane-manager link` on the manager's host prints one that does."),
            AccessError::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "forbidden", text),
            AccessError::Invalid { field, why } => Self::invalid(field, why),
            AccessError::NotFound(what) => Self::not_found(what),
            AccessError::Store(error) => error.into(),
            AccessError::Broken(why) => Self::broken(&why),
        }
    }
}

impl From<EnrolmentError> for ApiError {
    fn from(error: EnrolmentError) -> Self {
        match error {
            EnrolmentError::NotFound { what } => Self::not_found(what),
            EnrolmentError::Invalid { field, why } => Self::invalid(field, why),
            other => Self::broken(&other),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", text),
            Refusal::OwnerForbids { .. } => Self::new(StatusCode::FORBIDDEN, "owner_forbids", text)
                .hint("The owner of the host decides this in /etc/crane/agent.toml there."),
            Refusal::Unsupported { .. } => {
                Self::new(StatusCode::NOT_IMPLEMENTED, "unsupported", text).hint("Update the agent on that host.")
            }
            Refusal::Invalid { .. } => Self::new(StatusCode::BAD_REQUEST, "invalid", text),
            Refusal::Busy { .. } => Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", text).retry_after(2),
            Refusal::Docker { status, .. } => {
                let status = match status {
                    404 => StatusCode::NOT_FOUND,
                    409 => StatusCode::CONFLICT,
                    400 | 406 => StatusCode::BAD_REQUEST,
                    _ => StatusCode::BAD_GATEWAY,
                };
                Self::new(status, "docker", text)
            }
            Refusal::Unavailable { .. } => Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", text)
                .hint("Look whether the host is up and its agent runs: `crane-agent doctor` there says why not.")
                .retry_after(5),
            Refusal::NotAdmitted { .. } => Self::new(StatusCode::FORBIDDEN, "not_admitted", text),
        }
    }
}
