use super::limits::Place;
use crane_shared::protocol::{ExecInput, ExecOutput, Refusal};
use crane_shared::wire::{Receiver, Sender, WireError};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// A terminal that nobody uses is closed after this long: a forgotten tab is an open door.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// How often the owner's right is looked at again; a right that was taken away bites within this time.
const RECHECK: Duration = Duration::from_millis(500);

/// Stands beside a terminal: says whether its owner still may, and writes down how it ended.
pub trait Witness: Send + Sync + std::fmt::Debug {
    /// Whether the owner still may. Asked twice a second, so it must answer from memory.
    fn still_allowed(&self) -> bool;
    /// The end; told exactly once for every terminal that was opened. It must not wait.
    fn ended(&self, ending: &Ending);
}

/// How a terminal ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The exit code, when the process ended by itself.
    pub code: Option<i64>,
    /// One sentence.
    pub why: String,
    /// Bytes typed, and bytes shown.
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// What both halves share.
#[derive(Debug)]
pub(super) struct Activity {
    _place: Place,
    witness: Arc<dyn Witness>,
    began: Instant,
    /// Milliseconds after `began` of the newest byte in either direction.
    last_ms: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    outcome: Mutex<Option<(Option<i64>, String)>>,
}

impl Activity {
    pub(super) fn new(place: Place, witness: Arc<dyn Witness>) -> Arc<Self> {
        Arc::new(Self {
            _place: place,
            witness,
            began: Instant::now(),
            last_ms: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            outcome: Mutex::new(None),
        })
    }

    fn touch(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(now, Ordering::Relaxed);
    }

    fn idle_for(&self) -> Duration {
        let last = Duration::from_millis(self.last_ms.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(last)
    }

    /// The first reason is the reason.
    fn settle(&self, code: Option<i64>, why: &str) {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.get_or_insert_with(|| (code, why.to_owned()));
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (code, why) = outcome.unwrap_or((None, "the user left".to_owned()));
        self.witness.ended(&Ending {
            code,
            why,
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
        });
    }
}

/// The way in.
#[derive(Debug)]
pub struct Keys {
    stream: Sender<ExecInput>,
    activity: Arc<Activity>,
}

impl Keys {
    pub(super) const fn new(stream: Sender<ExecInput>, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }

    /// Types. Waits while the process does not read; not cancel-safe, so it belongs into a loop of its own.
    ///
    /// # Errors
    /// When the terminal is over.
    pub async fn send(&mut self, input: &ExecInput) -> Result<(), Refusal> {
        if let ExecInput::Bytes(bytes) = input {
            self.activity.bytes_in.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        self.activity.touch();
        self.stream.send(input).await.map_err(|err| match err {
            WireError::TooLarge { .. } => Refusal::Invalid {
                what: "the input".into(),
                why: err.to_string(),
            },
            other => over(&other.to_string()),
        })
    }
}

/// The way out.
#[derive(Debug)]
pub struct Screen {
    stream: Receiver<ExecOutput>,
    activity: Arc<Activity>,
    recheck: Interval,
    finished: bool,
}

impl Screen {
    pub(super) fn new(stream: Receiver<ExecOutput>, activity: Arc<Activity>) -> Self {
        let mut recheck = interval(RECHECK);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            stream,
            activity,
            recheck,
            finished: false,
        }
    }

    /// What comes out next; `None` behind the exit code. Cancel-safe.
    ///
    /// # Errors
    /// When the terminal was cut off, nobody used it for 15 minutes, or its owner may no longer have it.
    pub async fn recv(&mut self) -> Result<Option<ExecOutput>, Refusal> {
        if self.finished {
            return Ok(None);
        }
        loop {
            tokio::select! {
                // A process that never stops printing must not hide a right that was taken away.
                biased;
                _ = self.recheck.tick() => self.check()?,
                output = self.stream.recv() => return self.take(output),
            }
        }
    }

    fn check(&mut self) -> Result<(), Refusal> {
        let why = if !self.activity.witness.still_allowed() {
            "the right to it was taken away"
        } else if self.activity.idle_for() >= IDLE {
            "nobody used it for 15 minutes"
        } else {
            return Ok(());
        };
        self.finished = true;
        self.activity.settle(None, why);
        Err(over(why))
    }

    fn take(&mut self, output: Result<Option<ExecOutput>, WireError>) -> Result<Option<ExecOutput>, Refusal> {
        let output = match output {
            Ok(Some(output)) => output,
            Ok(None) => return self.cut("the agent ended it without an exit code"),
            Err(err) => return self.cut(&err.to_string()),
        };
        self.activity.touch();
        match &output {
            ExecOutput::Stdout(bytes) | ExecOutput::Stderr(bytes) => {
                self.activity.bytes_out.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
            ExecOutput::Exited { code } => {
                self.finished = true;
                self.activity.settle(Some(*code), "the process ended");
            }
            ExecOutput::Refused(refusal) => {
                self.finished = true;
                self.activity.settle(None, &refusal.to_string());
            }
            ExecOutput::Started => {}
        }
        Ok(Some(output))
    }

    fn cut(&mut self, why: &str) -> Result<Option<ExecOutput>, Refusal> {
        self.finished = true;
        self.activity.settle(None, why);
        Err(over(why))
    }
}

fn over(why: &str) -> Refusal {
    Refusal::Unavailable {
        what: "the terminal".into(),
        why: why.to_owned(),
    }
}
