use serde::{Deserialize, Serialize};

/// One line of a container's log: bytes, because a container may print anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When the engine took it, in nanoseconds since 1970. Not monotonic between stdout and stderr.
    pub at_ns: i64,
    pub source: LogSource,
    /// Without the line end; at most 64 KiB, then `cut` is set.
    #[serde(with = "at_once")]
    pub bytes: Vec<u8>,
    /// The rest of the line was too long and is not here.
    pub cut: bool,
}

/// Which of the two streams a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LogSource {
    Stdout,
    Stderr,
}

/// A place in a container's log, right behind the last line that was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogCursor {
    /// A byte position in the engine's own file: exact over rotation and restarts.
    File {
        inode: u64,
        offset: u64,
        /// Time of the last line, to name the hole if that file is gone when we come back.
        at_ns: i64,
    },
    /// For drivers without a readable file: the time of the last line, and how many lines with just this time were handed out.
    Time { at_ns: i64, seen: u32 },
    /// Like `File`, but when that line was handed out a line of the other stream had begun and not ended: its pieces
    /// lie from `open_offset` of the file `open_inode` on, and none of them was handed out.
    FileOpen {
        inode: u64,
        offset: u64,
        at_ns: i64,
        open_inode: u64,
        open_offset: u64,
    },
}

/// Bytes as one piece. On the wire they look like a list of numbers, which is what serde makes of them by itself; but a list
/// is written and read one by one, and a log is many.
mod at_once {
    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserializer, Serializer};
    use std::fmt::{Formatter, Result as Written};

    /// Memory is taken for so many before they have come.
    const AHEAD: usize = 4 << 10;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        from.deserialize_byte_buf(Bytes)
    }

    struct Bytes;

    impl<'de> Visitor<'de> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, to: &mut Formatter<'_>) -> Written {
            to.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }

        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u8>, A::Error> {
            let mut bytes = Vec::with_capacity(list.size_hint().unwrap_or(0).min(AHEAD));
            while let Some(byte) = list.next_element()? {
                bytes.push(byte);
            }
            Ok(bytes)
        }
    }
}
