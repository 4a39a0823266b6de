use super::agents::Live;
use super::listener::House;
use super::session::MOST_UNKNOWN;
use crane_shared::protocol::{Ack, AgentOpening, InventoryFrame, RecordBatch, Refusal};
use crane_shared::wire::{Limit, Receiver, Sender, WireError};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::time::Duration;
use tokio::sync::Mutex;
use tracing::{debug, warn};

/// Whoever opens a stream says at once what for.
const OPENING_DEADLINE: Duration = Duration::from_secs(10);
/// Records in one batch. An agent that was away sends 256 KiB of them at a time, and the smallest has some twenty
/// bytes; the frame's own limit bounds the memory.
const MOST_RECORDS: usize = 1 << 16;

/// How a stream of the agent ended.
enum End {
    /// It ended or was cut; the agent opens another when it wants.
    Quiet,
    /// Its peer can't be borne any longer.
    Misbehaved(String),
}

/// One stream of a kind at a time is read: a second one waits until the first is over.
#[derive(Default)]
struct Turns {
    inventory: Mutex<()>,
    records: Mutex<()>,
}

/// Serves the streams that the agent opens, all in the task of its session; gives back why that ended.
pub(super) async fn serve(house: &House, live: &Live) -> String {
    let turns = Turns::default();
    let mut open = FuturesUnordered::new();
    loop {
        tokio::select! {
            bi = live.connection.accept_bi() => match bi {
                Ok((send, recv)) => open.push(converse(house, live, &turns, send, recv)),
                Err(err) => return err.to_string(),
            },
            Some(end) = open.next() => if let End::Misbehaved(why) = end {
                warn!(node = %live.session.node, %why, "agent claims too much; disconnected");
                super::Closing::Misbehaved.close(&live.connection);
                return why;
            },
        }
    }
}

async fn converse(house: &House, live: &Live, turns: &Turns, send: quinn::SendStream, recv: quinn::RecvStream) -> End {
    // Dropped unfinished it resets, which is the refusal of an opening that is not known here.
    let sender = Sender::<Ack>::new(send, Limit::Control);
    let mut receiver = Receiver::<AgentOpening>::new(recv, Limit::Control);
    let opening = match tokio::time::timeout(OPENING_DEADLINE, receiver.recv()).await {
        Ok(Ok(Some(opening))) => opening,
        Ok(Ok(None) | Err(WireError::Codec(_) | WireError::CutOff(_) | WireError::Torn)) | Err(_) => return End::Quiet,
        Ok(Err(err @ WireError::TooLarge { .. })) => return End::Misbehaved(err.to_string()),
    };
    match opening {
        AgentOpening::Inventory => {
            let _turn = turns.inventory.lock().await;
            inventory(house, live, receiver.becomes(Limit::Bulk)).await
        }
        AgentOpening::Records => {
            let _turn = turns.records.lock().await;
            records(house, live, receiver.becomes(Limit::Bulk), sender).await
        }
        AgentOpening::Hello(_) => End::Misbehaved("it said hello twice".into()),
    }
}

async fn inventory(house: &House, live: &Live, mut frames: Receiver<InventoryFrame>) -> End {
    let mut unknown = 0;
    loop {
        let frame = match frames.recv().await {
            Ok(Some(frame)) => frame,
            Ok(None) => return End::Quiet,
            Err(err) => match bear(live, &err, &mut unknown) {
                Some(end) => return end,
                None => continue,
            },
        };
        if let InventoryFrame::Facts(facts) = &frame {
            live.learn(facts);
        }
        if let Err(refusal) = house.reports.inventory(&live.session, frame) {
            return End::Misbehaved(refusal.to_string());
        }
    }
}

async fn records(house: &House, live: &Live, mut batches: Receiver<RecordBatch>, mut acks: Sender<Ack>) -> End {
    let mut unknown = 0;
    loop {
        let batch = match batches.recv().await {
            Ok(Some(batch)) => batch,
            Ok(None) => {
                acks.finish();
                return End::Quiet;
            }
            Err(err) => match bear(live, &err, &mut unknown) {
                Some(end) => return end,
                None => continue,
            },
        };
        if let Err(why) = plausible(&batch) {
            return End::Misbehaved(why);
        }
        match house.reports.records(&live.session, batch).await {
            Ok(seq) => {
                if acks.send(&Ack { seq }).await.is_err() {
                    return End::Quiet;
                }
            }
            Err(refusal @ Refusal::Invalid { .. }) => return End::Misbehaved(refusal.to_string()),
            Err(refusal) => {
                // The stream is reset, so the agent keeps its records and sends them again.
                warn!(node = %live.session.node, %refusal, "records can't be kept; the agent sends them again");
                return End::Quiet;
            }
        }
    }
}

/// What a bad frame means: `None` when the stream goes on behind it.
fn bear(live: &Live, err: &WireError, unknown: &mut u32) -> Option<End> {
    match err {
        WireError::Codec(err) => {
            *unknown += 1;
            debug!(node = %live.session.node, %err, "a frame that nobody understands");
            (*unknown > MOST_UNKNOWN).then(|| End::Misbehaved("too many frames that nobody understands".into()))
        }
        WireError::TooLarge { .. } => Some(End::Misbehaved(err.to_string())),
        WireError::CutOff(_) | WireError::Torn => Some(End::Quiet),
    }
}

/// Numbers that go up; whether they fit what is on disk is for the keeper of records to say.
fn plausible(batch: &RecordBatch) -> Result<(), String> {
    if batch.records.is_empty() || batch.records.len() > MOST_RECORDS {
        return Err(format!("a batch of {} records", batch.records.len()));
    }
    let ascending = batch.records.is_sorted_by(|a, b| a.seq < b.seq);
    let positive = batch.records.first().is_some_and(|record| record.seq > 0);
    if ascending && positive {
        Ok(())
    } else {
        Err("records out of order".into())
    }
}
