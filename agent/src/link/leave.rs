use super::dial::{DialError, closed, dial, hang_up};
use super::session::hello;
use crate::membership::Membership;
use crane_shared::identity::quic_client;
use crane_shared::model::{HostFacts, Policy};
use crane_shared::protocol::{AgentOpening, AgentWord, ManagerWord, Refusal, Welcome};
use crane_shared::wire::{Limit, Receiver, Sender};
use std::time::Duration;

/// The manager forgets a key at once or says why not.
const DEADLINE: Duration = Duration::from_secs(15);

/// Asks the manager to forget this node. Its first reachable address decides.
///
/// # Errors
/// When no manager answers or it refuses; the node is then still known there.
pub async fn leave(membership: &Membership, facts: HostFacts) -> Result<(), DialError> {
    let config = quic_client(&membership.pin, &membership.chain, &membership.key()?)?;
    let mut last = DialError::Lost("no address of a manager is known".to_owned());
    for address in &membership.managers {
        let (endpoint, connection) = match dial(address, &config).await {
            Ok(connected) => connected,
            Err(err) => {
                last = err;
                continue;
            }
        };
        let parted = tokio::time::timeout(DEADLINE, part(&connection, facts.clone())).await;
        let parted = match parted {
            Ok(Err(DialError::Lost(why))) => {
                // The reason may arrive a moment after the stream's end.
                let reason = tokio::time::timeout(Duration::from_secs(1), connection.closed()).await;
                Err(reason.map_or(DialError::Lost(why), |reason| closed(address, &reason)))
            }
            Ok(parted) => parted,
            Err(_) => Err(DialError::Lost(format!("no answer within {} s", DEADLINE.as_secs()))),
        };
        connection.close(0_u8.into(), b"done");
        hang_up(&endpoint).await;
        return match parted {
            Err(DialError::Removed) => Ok(()),
            parted => parted,
        };
    }
    Err(last)
}

async fn part(connection: &quinn::Connection, facts: HostFacts) -> Result<(), DialError> {
    let lost = |err: quinn::ConnectionError| DialError::Lost(err.to_string());
    let (send, recv) = connection.open_bi().await.map_err(lost)?;
    let mut sender = Sender::<AgentOpening>::new(send, Limit::Control);
    // Epoch 0 is no spool's: nothing is reported in this session.
    sender
        .send(&AgentOpening::Hello(hello(0, facts, Policy::deny_all())))
        .await?;
    let mut receiver = Receiver::<Result<Welcome, Refusal>>::new(recv, Limit::Control);
    match receiver.recv().await? {
        Some(welcome) => drop(welcome?),
        None => return Err(DialError::Lost("it hung up without a welcome".to_owned())),
    }
    let mut sender = sender.becomes::<AgentWord>(Limit::Control);
    sender.send(&AgentWord::Leave).await?;
    let mut receiver = receiver.becomes::<ManagerWord>(Limit::Control);
    loop {
        match receiver.recv().await? {
            Some(ManagerWord::Removed) => return Ok(()),
            Some(ManagerWord::Refused(refusal)) => return Err(refusal.into()),
            Some(_) => {}
            None => return Err(DialError::Lost("it hung up".to_owned())),
        }
    }
}
