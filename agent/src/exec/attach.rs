//! Takes over the streams of an exec: `POST /exec/ID/start` with an upgrade, then raw bytes both ways.
//!
//! Not through the client library: it takes the output of a terminal for framed when a chunk happens to begin with a
//! byte below 3, and then waits for ever.

use bytes::{Buf, BytesMut};
use crane_shared::ids::ExecId;
use crane_shared::protocol::Refusal;
use std::io;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// The head of an answer is a few hundred bytes.
const LONGEST_HEAD: usize = 16 << 10;
/// A message carries at most this much output.
const LARGEST_CHUNK: usize = 32 << 10;

/// A piece of output, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chunk {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
}

/// The output of a process.
#[derive(Debug)]
pub(super) struct Chunks {
    stream: OwnedReadHalf,
    demux: Demux,
    buffer: BytesMut,
}

/// Starts the exec and takes its streams.
pub(super) async fn attach(
    socket: &Path,
    exec: &ExecId,
    tty: bool,
    size: Option<(u16, u16)>,
) -> Result<(Chunks, OwnedWriteHalf), Refusal> {
    let lost = |err: io::Error| Refusal::Unavailable {
        what: "the Docker Engine".to_owned(),
        why: err.to_string(),
    };
    let mut stream = UnixStream::connect(socket).await.map_err(lost)?;
    let mut body = serde_json::json!({ "Detach": false, "Tty": tty });
    if let Some((columns, rows)) = size {
        // Engines before 23 leave it out; they are told the size once more when the process runs.
        body["ConsoleSize"] = serde_json::json!([rows, columns]);
    }
    let body = body.to_string();
    let request = format!(
        "POST /exec/{exec}/start HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.map_err(lost)?;
    let mut buffer = BytesMut::with_capacity(4 << 10);
    let (status, length) = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = head(&buffer[..end]).ok_or_else(|| lost(io::ErrorKind::InvalidData.into()))?;
            buffer.advance(end + 4);
            break head;
        }
        if buffer.len() > LONGEST_HEAD {
            return Err(lost(io::ErrorKind::InvalidData.into()));
        }
        if stream.read_buf(&mut buffer).await.map_err(lost)? == 0 {
            return Err(lost(io::ErrorKind::UnexpectedEof.into()));
        }
    };
    // 101 with an upgrade; 200 from engines that hijack without one.
    if status != 101 && status != 200 {
        while buffer.len() < length.min(LONGEST_HEAD) {
            if stream.read_buf(&mut buffer).await.map_err(lost)? == 0 {
                break;
            }
        }
        return Err(refused(status, &buffer));
    }
    let (read, write) = stream.into_split();
    let demux = if tty { Demux::Raw } else { Demux::Head };
    let chunks = Chunks {
        stream: read,
        demux,
        buffer,
    };
    Ok((chunks, write))
}

impl Chunks {
    /// The next output; `None` at the end. Cancel-safe.
    pub(super) async fn next(&mut self) -> io::Result<Option<Chunk>> {
        loop {
            if let Some(chunk) = self.demux.next(&mut self.buffer)? {
                return Ok(Some(chunk));
            }
            self.buffer.reserve(4 << 10);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

/// Where in the engine's framing we are: 8 bytes `[stream, 0, 0, 0, length]`, then that many of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demux {
    /// A terminal has one stream and no framing.
    Raw,
    Head,
    Body {
        stderr: bool,
        left: usize,
    },
}

impl Demux {
    /// What is there goes out at once, also half a frame.
    fn next(&mut self, buffer: &mut BytesMut) -> io::Result<Option<Chunk>> {
        loop {
            match *self {
                Self::Raw if buffer.is_empty() => return Ok(None),
                Self::Raw => {
                    let bytes = buffer.split_to(buffer.len().min(LARGEST_CHUNK));
                    return Ok(Some(Chunk::Stdout(bytes.to_vec())));
                }
                Self::Head => {
                    let Some(&[stream, _, _, _, a, b, c, d]) = buffer.first_chunk::<8>() else {
                        return Ok(None);
                    };
                    if stream > 2 {
                        return Err(io::ErrorKind::InvalidData.into());
                    }
                    buffer.advance(8);
                    *self = Self::Body {
                        stderr: stream == 2,
                        left: u32::from_be_bytes([a, b, c, d]) as usize,
                    };
                }
                Self::Body { left: 0, .. } => *self = Self::Head,
                Self::Body { .. } if buffer.is_empty() => return Ok(None),
                Self::Body { stderr, left } => {
                    let bytes = buffer.split_to(buffer.len().min(left).min(LARGEST_CHUNK)).to_vec();
                    *self = Self::Body {
                        stderr,
                        left: left - bytes.len(),
                    };
                    return Ok(Some(if stderr {
                        Chunk::Stderr(bytes)
                    } else {
                        Chunk::Stdout(bytes)
                    }));
                }
            }
        }
    }
}

/// Status and length of the body.
fn head(head: &[u8]) -> Option<(u16, usize)> {
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse().ok())
        .unwrap_or(0);
    Some((status, length))
}

fn refused(status: u16, body: &[u8]) -> Refusal {
    #[derive(serde::Deserialize)]
    struct Problem {
        message: String,
    }
    let message = serde_json::from_slice::<Problem>(body).map_or_else(
        |_| String::from_utf8_lossy(body).trim().to_owned(),
        |problem| problem.message,
    );
    match status {
        404 => Refusal::NotFound {
            what: "the exec".to_owned(),
        },
        _ => Refusal::Docker { status, message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_head_is_read() {
        assert_eq!(head(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade"), Some((101, 0)));
        assert_eq!(head(b"HTTP/1.1 409 Conflict\r\nContent-length: 12"), Some((409, 12)));
        assert_eq!(head(b"nonsense"), None);
    }

    #[test]
    fn a_terminal_may_print_any_byte_first() {
        let mut buffer = BytesMut::from(&b"\x01\x00\x00\x00\xff\xff\xff\xffrest"[..]);
        let chunk = Demux::Raw.next(&mut buffer).unwrap().unwrap();
        assert_eq!(chunk, Chunk::Stdout(b"\x01\x00\x00\x00\xff\xff\xff\xffrest".to_vec()));
    }

    proptest! {
        #[test]
        fn frames_come_apart_however_they_are_torn(
            frames in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..20),
            tears in proptest::collection::vec(1_usize..30, 1..200),
        ) {
            let mut wire = Vec::new();
            let mut want = (Vec::new(), Vec::new());
            for (stderr, bytes) in &frames {
                wire.extend_from_slice(&[if *stderr { 2 } else { 1 }, 0, 0, 0]);
                wire.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
                wire.extend_from_slice(bytes);
                if *stderr { &mut want.1 } else { &mut want.0 }.extend_from_slice(bytes);
            }
            let mut got = (Vec::new(), Vec::new());
            let (mut demux, mut buffer, mut rest) = (Demux::Head, BytesMut::new(), &wire[..]);
            for tear in tears.iter().cycle() {
                let (now, later) = rest.split_at(rest.len().min(*tear));
                buffer.extend_from_slice(now);
                while let Some(chunk) = demux.next(&mut buffer).unwrap() {
                    match chunk {
                        Chunk::Stdout(bytes) => got.0.extend(bytes),
                        Chunk::Stderr(bytes) => got.1.extend(bytes),
                    }
                }
                rest = later;
                if rest.is_empty() { break; }
            }
            prop_assert_eq!(got, want);
        }
    }
}
