use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who did what to what, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Counts up without holes.
    pub seq: u64,
    pub at: String,
    /// E-mail of the user, `token <name>`, or `nobody` before sign-in.
    pub actor: String,
    /// Address the request came from.
    pub from: String,
    /// e.g. `session.open`, `node.remove`, `container.exec`.
    pub action: String,
    /// e.g. `node a1b2…`, `container web.1`.
    pub target: String,
    /// `done`, `refused`, `failed`.
    pub outcome: String,
    /// More to know, e.g. exit code or reason.
    pub detail: String,
}
