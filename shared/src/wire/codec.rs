//! The only file that names bincode.
//!
//! bincode 2.0.1 is finished and unmaintained (RUSTSEC-2025-0141), which is why it stays behind these two
//! functions. With a size limit and the check for left-over bytes it is safe for flat messages:
//! no message may contain itself, and no list may hold elements without bytes.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// No frame of any class is larger, so no decoder ever takes more: 1 MiB.
pub(super) const LARGEST: usize = 1 << 20;

const WIRE: Configuration<LittleEndian, Varint, Limit<LARGEST>> = bincode::config::standard().with_limit::<LARGEST>();

/// Why bytes and message do not fit each other.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    #[error("the message can't be written: {0}")]
    Encode(String),
    #[error("the bytes are no such message: {0}")]
    Decode(String),
    #[error("{left} bytes are left over behind the message")]
    LeftOver { left: usize },
}

/// Writes a message.
///
/// # Errors
/// When it would be larger than the largest frame.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    encode_onto(message, &mut bytes)?;
    Ok(bytes)
}

/// Writes a message behind what is in `bytes`.
pub(super) fn encode_onto<T: Serialize>(message: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    let count = bincode::serde::encode_into_std_write(message, bytes, WIRE)
        .map_err(|err| CodecError::Encode(err.to_string()))?;
    // bincode applies its limit to decoding only.
    if count > LARGEST {
        return Err(CodecError::Encode(format!(
            "{count} bytes are more than any frame holds"
        )));
    }
    Ok(())
}

/// Reads a message that fills `bytes` exactly.
///
/// # Errors
/// When the bytes are no such message, claim too much, or go on behind it.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (message, used) =
        bincode::serde::decode_from_slice(bytes, WIRE).map_err(|err| CodecError::Decode(err.to_string()))?;
    if used == bytes.len() {
        Ok(message)
    } else {
        Err(CodecError::LeftOver {
            left: bytes.len() - used,
        })
    }
}
