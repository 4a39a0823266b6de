use serde::{Deserialize, Serialize};

/// What one check of the doctor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable name of the check, e.g. `docker.version`.
    pub check: String,
    pub severity: Severity,
    /// What was seen, in one sentence.
    pub saw: String,
    /// What to do; empty when all is well.
    pub next: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Ok,
    Warning,
    Error,
}
