use crate::args::Format;
use crate::client::Client;
use crate::output;
use crane_shared::api::{AuditEntry, List};

pub(super) async fn run(client: &Client, format: Format, limit: u32) -> anyhow::Result<u8> {
    let limit = limit.to_string();
    let entries: List<AuditEntry> = client.get("/api/v1/audit", &[("limit", &limit)]).await?;
    output::list(format, &entries, |entries| {
        let rows = entries.iter().map(|entry| {
            vec![
                entry.seq.to_string(),
                entry.at.clone(),
                entry.actor.clone(),
                entry.from.clone(),
                entry.action.clone(),
                entry.target.clone(),
                entry.outcome.clone(),
                entry.detail.clone(),
            ]
        });
        output::table(
            &["SEQ", "AT", "WHO", "FROM", "ACTION", "TARGET", "OUTCOME", "DETAIL"],
            &[0],
            rows.collect(),
        )
    })?;
    Ok(0)
}
