use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// RFC 9457: what happened, to what, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`; `code` is what programs look at.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// Stable, e.g. `not_found`, `not_signed_in`, `forbidden`, `owner_forbids`, `invalid`.
    pub code: String,
    /// One sentence for people.
    pub detail: String,
    /// What to do next; may be empty.
    pub hint: String,
    /// The field of the request that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}
