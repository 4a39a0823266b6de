//! Server-sent events: lines of `data:` with an empty line behind each event.

use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;

/// No event of ours is larger; more is a broken stream.
const LARGEST: usize = 4 << 20;

/// Events of one type from a response.
pub(crate) struct Events {
    body: futures_util::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    buffer: Vec<u8>,
}

impl Events {
    pub(crate) fn new(response: reqwest::Response) -> Self {
        Self {
            body: response.bytes_stream().boxed(),
            buffer: Vec::new(),
        }
    }

    /// The next event; `None` when the stream ended.
    pub(crate) async fn next<T: DeserializeOwned>(&mut self) -> anyhow::Result<Option<T>> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(data) = data_of(&String::from_utf8_lossy(&event)) {
                    return Ok(Some(serde_json::from_str(&data)?));
                }
            }
            anyhow::ensure!(self.buffer.len() <= LARGEST, "an event of the manager is too large");
            match self.body.next().await {
                Some(chunk) => self.buffer.extend_from_slice(&chunk?),
                None => return Ok(None),
            }
        }
    }
}

/// The joined `data:` lines; `None` for comments and heartbeats.
fn data_of(event: &str) -> Option<String> {
    let lines: Vec<&str> = event
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(str::trim_start)
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::data_of;

    #[test]
    fn only_data_lines_count() {
        assert_eq!(data_of(": heartbeat\n\n"), None);
        assert_eq!(
            data_of("id: 4\nevent: x\ndata: {\"a\":\ndata: 1}\n\n").as_deref(),
            Some("{\"a\":\n1}")
        );
    }
}
