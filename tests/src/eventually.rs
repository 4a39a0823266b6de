//! Waiting for a fact. Tests never sleep and hope: they say what must become true, and for how long they are
//! willing to wait. The deadline is generous on purpose; it is no measurement.

use anyhow::{Result, anyhow};
use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks `look` until it gives a value, for at most `deadline`. `look` says why it is not yet so: the last such reason
/// is in the error.
///
/// # Errors
/// When the deadline passes first.
pub async fn eventually<T, F, L>(what: &str, deadline: Duration, mut look: L) -> Result<T>
where
    L: FnMut() -> F,
    F: Future<Output = Result<T>>,
{
    let end = Instant::now() + deadline;
    loop {
        match look().await {
            Ok(value) => return Ok(value),
            Err(why) if Instant::now() >= end => {
                return Err(anyhow!(
                    "not within {} s: {what}; last seen: {why:#}",
                    deadline.as_secs()
                ));
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// The same for code that does not wait otherwise.
///
/// # Errors
/// When the deadline passes first.
pub fn eventually_blocking<T>(what: &str, deadline: Duration, mut look: impl FnMut() -> Result<T>) -> Result<T> {
    let end = Instant::now() + deadline;
    loop {
        match look() {
            Ok(value) => return Ok(value),
            Err(why) if Instant::now() >= end => {
                return Err(anyhow!(
                    "not within {} s: {what}; last seen: {why:#}",
                    deadline.as_secs()
                ));
            }
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}
