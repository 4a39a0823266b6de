//! QUIC timers and windows, each with its consequence (`docs/protocol.md` lists them; the attacks behind the
//! numbers are in the security study: with quinn's defaults one peer can pin 262 MB).

use std::sync::Arc;
use std::time::Duration;

/// A host that was cut off is noticed after this long.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// The agent speaks at least this often, so that NAT boxes keep the path open (most forget UDP after 30 s).
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// What the manager allows one agent.
#[must_use]
pub fn manager() -> Arc<quinn::TransportConfig> {
    let mut config = quinn::TransportConfig::default();
    // The agent opens a handful of streams and never more; quinn allocates for each allowed one.
    config.max_concurrent_bidi_streams(8_u8.into());
    // Every conversation goes both ways; a stream that nobody reads would only pin a window.
    config.max_concurrent_uni_streams(0_u8.into());
    windows(&mut config);
    Arc::new(config)
}

/// What the agent allows its manager.
#[must_use]
pub fn agent() -> Arc<quinn::TransportConfig> {
    let mut config = quinn::TransportConfig::default();
    // One stream per log, shell and Docker call: the 101st waits for a free one.
    config.max_concurrent_bidi_streams(100_u8.into());
    config.max_concurrent_uni_streams(0_u8.into());
    config.keep_alive_interval(Some(KEEP_ALIVE));
    windows(&mut config);
    Arc::new(config)
}

fn windows(config: &mut quinn::TransportConfig) {
    // A reader that stalls holds back at most this much of one stream, and 4 MiB of a connection.
    config.stream_receive_window((256_u32 << 10).into());
    config.receive_window((4_u32 << 20).into());
    config.send_window(4 << 20);
    config.datagram_receive_buffer_size(None);
    // 20 s always fits the protocol's varint.
    config.max_idle_timeout(quinn::IdleTimeout::try_from(IDLE_TIMEOUT).ok());
}
