//! Log lines of our own programs: text for eyes, JSON for machines, always on standard error.

use tracing_subscriber::EnvFilter;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One readable line per fact.
    Text,
    /// One JSON object per fact.
    Json,
}

/// Starts logging for this process. `filter` is `tracing`'s syntax, e.g. `info,quinn=warn`;
/// a filter that can't be read falls back to `info`, so that a typo never silences a program.
/// Calling it twice is harmless: the first call wins.
pub fn start(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    // `try_init` only fails when logging has been started already.
    drop(match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    });
}
