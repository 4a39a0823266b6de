use super::bed::{Bed, Visit, container_id, soon};
use crate::terminal::{Ending, Terminals, Witness};
use crane_shared::protocol::{ExecInput, ExecOutput, ExecSpec, ManagerOpening, Refusal};
use crane_shared::wire::{Limit, Receiver, Sender};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
struct Watcher {
    forbidden: AtomicBool,
    endings: Mutex<Vec<Ending>>,
}

impl Witness for Watcher {
    fn still_allowed(&self) -> bool {
        !self.forbidden.load(Ordering::SeqCst)
    }

    fn ended(&self, ending: &Ending) {
        self.endings.lock().unwrap().push(ending.clone());
    }
}

fn spec() -> ExecSpec {
    ExecSpec {
        container: container_id(1),
        command: vec!["sh".into()],
        tty: true,
        user: String::new(),
        env: Vec::new(),
        working_dir: String::new(),
        columns: 80,
        rows: 24,
    }
}

/// The agent's side of the next terminal.
async fn asked(visit: &Visit) -> (Receiver<ExecInput>, Sender<ExecOutput>) {
    let (send, recv) = soon(visit.connection.accept_bi()).await.unwrap();
    let mut opening = Receiver::<ManagerOpening>::new(recv, Limit::Control);
    assert!(matches!(opening.recv().await, Ok(Some(ManagerOpening::Exec(_)))));
    (opening.becomes(Limit::Bulk), Sender::new(send, Limit::Bulk))
}

#[tokio::test]
async fn keys_go_in_the_screen_comes_out_and_the_exit_code_is_written_down_once() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let visit = host.visit(&bed).await.unwrap();
    bed.until_connected(&host.node, true).await;
    let watcher = Arc::new(Watcher::default());
    let terminals = Terminals::new(bed.agents.clone());
    let witness: Arc<dyn Witness> = Arc::clone(&watcher) as _;
    let (mut keys, mut screen) = terminals.open("ada", &host.node, spec(), witness).await.unwrap();
    assert_eq!(terminals.count(), 1);
    let (mut typed, mut shown) = asked(&visit).await;
    shown.send(&ExecOutput::Started).await.unwrap();
    assert_eq!(soon(screen.recv()).await, Ok(Some(ExecOutput::Started)));
    keys.send(&ExecInput::Bytes(b"ls\n".to_vec())).await.unwrap();
    assert_eq!(
        soon(typed.recv()).await.unwrap(),
        Some(ExecInput::Bytes(b"ls\n".to_vec()))
    );
    shown.send(&ExecOutput::Stdout(b"web\n".to_vec())).await.unwrap();
    shown.send(&ExecOutput::Exited { code: 3 }).await.unwrap();
    shown.finish();
    assert_eq!(
        soon(screen.recv()).await,
        Ok(Some(ExecOutput::Stdout(b"web\n".to_vec())))
    );
    assert_eq!(soon(screen.recv()).await, Ok(Some(ExecOutput::Exited { code: 3 })));
    assert_eq!(soon(screen.recv()).await, Ok(None));
    drop(screen);
    assert!(watcher.endings.lock().unwrap().is_empty(), "half of it is still open");
    drop(keys);
    let ending = Ending {
        code: Some(3),
        why: "the process ended".into(),
        bytes_in: 3,
        bytes_out: 4,
    };
    assert_eq!(*watcher.endings.lock().unwrap(), [ending]);
    assert_eq!(terminals.count(), 0);
}

#[tokio::test]
async fn a_right_that_is_taken_away_and_a_lost_agent_both_end_it() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let visit = host.visit(&bed).await.unwrap();
    bed.until_connected(&host.node, true).await;
    let terminals = Terminals::new(bed.agents.clone());
    let watcher = Arc::new(Watcher::default());

    let witness: Arc<dyn Witness> = Arc::clone(&watcher) as _;
    let (keys, mut screen) = terminals.open("ada", &host.node, spec(), witness).await.unwrap();
    let (mut typed, mut shown) = asked(&visit).await;
    watcher.forbidden.store(true, Ordering::SeqCst);
    // A process that never stops printing hides nothing.
    let flood = async { while shown.send(&ExecOutput::Stdout(vec![b'x'; 1000])).await.is_ok() {} };
    let watch = async {
        loop {
            if let Err(refusal) = screen.recv().await {
                break refusal;
            }
        }
    };
    let refusal = soon(async {
        tokio::select! { () = flood => panic!("the flood ended first"), refusal = watch => refusal }
    })
    .await;
    assert!(matches!(refusal, Refusal::Unavailable { .. }));
    drop((keys, screen));
    // The host hears that both halves are gone: it hangs up the process.
    assert!(soon(typed.recv()).await.is_err());
    assert_eq!(watcher.endings.lock().unwrap()[0].why, "the right to it was taken away");

    watcher.forbidden.store(false, Ordering::SeqCst);
    let witness: Arc<dyn Witness> = Arc::clone(&watcher) as _;
    let (_keys, mut screen) = terminals.open("ada", &host.node, spec(), witness).await.unwrap();
    visit.connection.close(0u8.into(), b"");
    let refusal = soon(async {
        loop {
            if let Err(refusal) = screen.recv().await {
                break refusal;
            }
        }
    })
    .await;
    assert!(matches!(refusal, Refusal::Unavailable { .. }));
}
