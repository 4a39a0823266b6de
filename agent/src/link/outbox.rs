use super::dial::DialError;
use super::session::SessionEnd;
use crate::spool::Spool;
use crane_shared::protocol::{Ack, AgentOpening, RecordBatch};
use crane_shared::wire::{Limit, Receiver, Sender};
use quinn::Connection;

/// About so many bytes of records in a batch; a batch is also what a lost connection sends twice.
const BATCH: usize = 256 << 10;
/// Records are the least urgent: they are on disk and wait without harm.
const LEAST_URGENT: i32 = -2;

/// Brings the spool over, for as long as the session lives. `acked` is what the welcome said.
pub(super) async fn run(connection: &Connection, spool: &Spool, acked: u64) -> Result<SessionEnd, DialError> {
    forget(spool, acked).await?;
    let (send, recv) = connection
        .open_bi()
        .await
        .map_err(|err| DialError::Lost(err.to_string()))?;
    let mut sender = Sender::<AgentOpening>::new(send, Limit::Control);
    sender.set_priority(LEAST_URGENT);
    sender.send(&AgentOpening::Records).await?;
    let sender = sender.becomes::<RecordBatch>(Limit::Bulk);
    let receiver = Receiver::<Ack>::new(recv, Limit::Control);
    tokio::select! {
        end = feed(spool, sender, acked) => end,
        end = hear(spool, receiver) => end,
    }
}

/// Sends what is synced, in order; flow control holds it back when the manager is slow.
async fn feed(spool: &Spool, mut sender: Sender<RecordBatch>, acked: u64) -> Result<SessionEnd, DialError> {
    let mut synced = spool.synced();
    let mut sent = acked;
    loop {
        synced.borrow_and_update();
        let records = spool.read(sent, BATCH).await.map_err(lost)?;
        if let Some(last) = records.last() {
            sent = last.seq;
            sender.send(&RecordBatch { records }).await?;
        } else if synced.changed().await.is_err() {
            return Err(DialError::Lost("the spool is closed".to_owned()));
        }
    }
}

async fn hear(spool: &Spool, mut acks: Receiver<Ack>) -> Result<SessionEnd, DialError> {
    while let Some(Ack { seq }) = acks.recv().await? {
        forget(spool, seq).await?;
    }
    Err(DialError::Lost("the manager takes no more records".to_owned()))
}

async fn forget(spool: &Spool, acked: u64) -> Result<(), DialError> {
    spool.trim(acked).await.map_err(lost)
}

fn lost(err: crate::spool::SpoolError) -> DialError {
    DialError::Lost(err.to_string())
}
