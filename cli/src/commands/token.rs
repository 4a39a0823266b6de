use crate::args::{Format, TokenCommand};
use crate::client::Client;
use crate::output::{self, ago};
use crane_shared::api::{ApiToken, Authorization, List};

pub(super) async fn run(client: &Client, format: Format, command: TokenCommand) -> anyhow::Result<u8> {
    match command {
        TokenCommand::Ls => {
            let tokens: List<ApiToken> = client.all("/api/v1/tokens", &[]).await?;
            output::list(format, &tokens, table)?;
        }
        TokenCommand::Rm { id } => {
            client
                .delete(&format!("/api/v1/tokens/{}", super::segment(&id)))
                .await?;
            output::note("The token is revoked.");
        }
    }
    Ok(0)
}

fn table(tokens: &[ApiToken]) -> String {
    let rows = tokens.iter().map(|token| {
        let role = match token.role {
            Authorization::Viewer => "viewer",
            Authorization::Operator => "operator",
            Authorization::Admin => "admin",
        };
        vec![
            token.id.to_string(),
            token.name.clone(),
            role.into(),
            token.expires.clone(),
            token
                .last_used
                .as_deref()
                .map_or("never".into(), |at| format!("{} ago", ago(at))),
        ]
    });
    output::table(&["ID", "NAME", "ROLE", "EXPIRES", "LAST USED"], &[], rows.collect())
}
