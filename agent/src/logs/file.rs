//! A log that is read from Docker's own file.

use super::chain::Chain;
use super::ear::Listener;
use super::reader::{Reader, Step};
use super::watch::{self, Bell};
use crate::stream::{Gone, Outlet};
use crane_shared::protocol::{LogFrame, LogStart};
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// A file that can be read.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) tty: bool,
    /// Whether more can come.
    pub(super) running: bool,
}

/// Blocks of history that are read for one change of threads: together at most 1 MiB, which waits in memory until it is sent.
const AT_ONCE: u32 = 4;
const ALL_SENT: &str = "everything was sent";

/// Sends what is asked for. `ended` resolves with the reason when the container has ended; only then everything that
/// it printed is in the file.
pub(super) async fn serve(
    source: Source,
    start: LogStart,
    follow: bool,
    ended: impl Future<Output = String> + Send,
    out: &mut impl Outlet<LogFrame>,
) -> Result<(), Gone> {
    let follow = follow && source.running;
    let bell = Arc::new(Bell::new());
    // Before the files are listed: no rotation falls between the two.
    let listener = follow.then(|| Arc::new(Listener::new(&source.path, Arc::clone(&bell))));
    let opened = {
        let (source, listener) = (source.clone(), listener.clone());
        blocking(move || open(source, &start, listener.as_deref())).await
    };
    let reader = match opened {
        Ok(reader) => reader,
        Err(why) => return end(out, format!("the log file can't be read: {why}")).await,
    };
    let Some(listener) = listener else {
        let Ok(mut reader) = history(reader, out).await? else {
            return Ok(());
        };
        if !source.running {
            reader.end();
        }
        send(&mut reader, out).await?;
        return end(out, ALL_SENT.to_owned()).await;
    };
    // The watcher goes on while the reader waits for a slow network.
    tokio::select! {
        result = follow_on(reader, &listener, &bell, ended, out) => result,
        () = watch::run(&listener, &bell) => Err(Gone),
    }
}

/// New files are held from the moment of the listing, however long the search for the place takes.
fn open(source: Source, start: &LogStart, listener: Option<&Listener>) -> std::io::Result<Reader> {
    let (chain, files) = Chain::open(source.path, &mut || listener?.begun())?;
    let chain = Arc::new(Mutex::new(chain));
    if let Some(listener) = listener {
        listener.attach(&chain);
    }
    Reader::new(chain, files, source.tty, start, listener.is_some())
}

/// Sends what is there, then what comes, until the container ends.
async fn follow_on(
    reader: Reader,
    listener: &Listener,
    bell: &Bell,
    ended: impl Future<Output = String> + Send,
    out: &mut impl Outlet<LogFrame>,
) -> Result<(), Gone> {
    let Ok(mut reader) = history(reader, out).await? else {
        return Ok(());
    };
    out.send(&LogFrame::CaughtUp).await?;
    let mut ended = std::pin::pin!(ended);
    let mut why = None;
    loop {
        let before = why.is_some();
        match drain(&mut reader, out).await {
            Ok(0) => {}
            Ok(bytes) => bell.came(bytes),
            Err(Stop::Gone) => return Err(Gone),
            Err(Stop::Unreadable(problem)) => return end(out, problem).await,
        }
        // Everything was read after the end was known.
        if before {
            reader.end();
            send(&mut reader, out).await?;
            return end(out, why.unwrap_or_default()).await;
        }
        tokio::select! {
            () = bell.wait() => {}
            reason = &mut ended => {
                why = Some(reason);
                // A rotation that nobody has looked at yet.
                listener.look();
            }
            () = out.gone() => return Err(Gone),
        }
    }
}

enum Stop {
    Gone,
    Unreadable(String),
}

/// Reads and sends to the end of what is there; says how many bytes of file that was. What was written just now is in
/// memory, so this does not leave the thread.
async fn drain(reader: &mut Reader, out: &mut impl Outlet<LogFrame>) -> Result<usize, Stop> {
    let mut bytes = 0;
    loop {
        let step = reader
            .step()
            .map_err(|err| Stop::Unreadable(format!("the log file can't be read: {err}")))?;
        send(reader, out).await.map_err(|Gone| Stop::Gone)?;
        match step {
            Step::Read(count) => bytes += count,
            Step::AtEnd => return Ok(bytes),
        }
        // A log that grows faster than it is read must not keep others from their turn.
        tokio::task::yield_now().await;
    }
}

/// Reads and sends what is there. Old files may have to come from the disk, so they are read on a thread for blocking
/// work. Gives the reader back, or `Err(())` when the conversation was ended for a file that can't be read.
async fn history(mut reader: Reader, out: &mut impl Outlet<LogFrame>) -> Result<Result<Reader, ()>, Gone> {
    loop {
        let step;
        (reader, step) = match blocking(move || {
            let mut step = reader.step();
            for _ in 1..AT_ONCE {
                if matches!(step, Ok(Step::Read(_))) {
                    step = reader.step();
                }
            }
            Ok((reader, step))
        })
        .await
        {
            Ok(both) => both,
            Err(why) => return end(out, why).await.map(|()| Err(())),
        };
        send(&mut reader, out).await?;
        match step {
            Ok(Step::Read(_)) => {}
            Ok(Step::AtEnd) => return Ok(Ok(reader)),
            Err(err) => {
                return end(out, format!("the log file can't be read: {err}"))
                    .await
                    .map(|()| Err(()));
            }
        }
    }
}

async fn send(reader: &mut Reader, out: &mut impl Outlet<LogFrame>) -> Result<(), Gone> {
    for frame in reader.frames() {
        out.send(&frame).await?;
    }
    Ok(())
}

async fn end(out: &mut impl Outlet<LogFrame>, why: String) -> Result<(), Gone> {
    out.send(&LogFrame::End { why }).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, String> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|err| err.to_string()),
        Err(err) => Err(err.to_string()),
    }
}

#[cfg(test)]
mod tests;
