use super::Closing;
use super::listener::House;
use crane_shared::identity::exporter;
use crane_shared::protocol::{JoinReply, JoinRequest, Refusal};
use crane_shared::wire::{Limit, Receiver, Sender};
use tracing::{debug, info};

/// One join: a request, an answer, the end. The caller holds the deadline.
pub(super) async fn converse(house: &House, connection: &quinn::Connection) {
    let from = connection.remote_address();
    let Ok((send, recv)) = connection.accept_bi().await else {
        return;
    };
    let request = match Receiver::<JoinRequest>::new(recv, Limit::Join).recv().await {
        Ok(Some(request)) => request,
        Ok(None) => return Closing::Misbehaved.close(connection),
        Err(err) => {
            debug!(%from, %err, "no join request");
            return Closing::Misbehaved.close(connection);
        }
    };
    let answer = decide(house, connection, request).await;
    match &answer {
        Ok(reply) => info!(node = %reply.node, %from, "node joined"),
        Err(refusal) => info!(%from, %refusal, "join refused"),
    }
    let mut sender = Sender::<Result<JoinReply, Refusal>>::new(send, Limit::Join);
    if sender.send(&answer).await.is_ok() {
        sender.finish_and_wait().await;
    }
    Closing::Done.close(connection);
}

async fn decide(house: &House, connection: &quinn::Connection, request: JoinRequest) -> Result<JoinReply, Refusal> {
    let from = connection.remote_address().ip();
    if !house.door.may_join(from, house.clock.now()) {
        return Err(Refusal::NotAdmitted {
            why: "too many failed joins from this address; wait a minute".into(),
        });
    }
    let exporter = exporter(connection).map_err(|_| Refusal::NotAdmitted {
        why: "this TLS session gives no keying material".into(),
    })?;
    let answer = house.gate.join(request, exporter, from).await;
    if answer.is_err() {
        house.door.join_failed(from, house.clock.now());
    }
    answer
}
