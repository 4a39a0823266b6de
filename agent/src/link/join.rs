use super::AGENT_VERSION;
use super::dial::{DialError, closed, dial, hang_up};
use crane_shared::identity::{IdentityError, JoinToken, NodeKey, exporter, quic_client_join};
use crane_shared::protocol::{JoinReply, JoinRequest, Refusal};
use crane_shared::wire::{Limit, Receiver, Sender};
use std::time::Duration;

/// The manager answers at once or not at all.
const DEADLINE: Duration = Duration::from_secs(15);

/// Asks the manager at `address` to enrol the holder of `key`. The token is spent by the first who succeeds.
///
/// # Errors
/// When nobody answers, it is another manager than the token's, or it does not accept the token.
pub async fn join(address: &str, token: &JoinToken, key: &NodeKey, hostname: &str) -> Result<JoinReply, DialError> {
    let (endpoint, connection) = dial(address, &quic_client_join(&token.pin)?).await?;
    let conversation = converse(&connection, token, key, hostname);
    let answer = match tokio::time::timeout(DEADLINE, conversation).await {
        Ok(Ok(answer)) => answer.map_err(DialError::Refused),
        Ok(Err(err)) => Err(connection.close_reason().map_or(err, |why| closed(address, &why))),
        Err(_) => Err(DialError::Lost(format!("no answer within {} s", DEADLINE.as_secs()))),
    };
    connection.close(0_u8.into(), b"done");
    hang_up(&endpoint).await;
    answer
}

async fn converse(
    connection: &quinn::Connection,
    token: &JoinToken,
    key: &NodeKey,
    hostname: &str,
) -> Result<Result<JoinReply, Refusal>, DialError> {
    let csr = key.csr()?;
    let proof = token.prove(&exporter(connection)?, &csr, hostname, AGENT_VERSION)?;
    let request = JoinRequest {
        token: token.id,
        csr,
        hostname: hostname.to_owned(),
        agent_version: AGENT_VERSION.to_owned(),
        proof,
    };
    let (send, recv) = connection
        .open_bi()
        .await
        .map_err(|err| DialError::Lost(err.to_string()))?;
    let mut sender = Sender::<JoinRequest>::new(send, Limit::Join);
    sender.send(&request).await?;
    sender.finish();
    let mut receiver = Receiver::<Result<JoinReply, Refusal>>::new(recv, Limit::Join);
    let answer = receiver
        .recv()
        .await?
        .ok_or_else(|| DialError::Lost("it hung up without an answer".to_owned()))?;
    if let Ok(reply) = &answer {
        // A certificate for another key would lock us out at the first dial; better to say it now.
        let leaf = reply
            .chain
            .first()
            .ok_or(IdentityError::Certificate("there is none".to_owned()))?;
        if crane_shared::identity::pin_of(leaf)? != key.pin() {
            return Err(IdentityError::Certificate("it is for another key".to_owned()).into());
        }
    }
    Ok(answer)
}
