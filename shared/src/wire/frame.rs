use super::codec::LARGEST;

/// How large a frame of a class may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Openings, words, questions: 64 KiB.
    Control,
    /// Enrolment, before anyone is known: 8 KiB.
    Join,
    /// Logs, terminals, records, inventories: 1 MiB.
    Bulk,
}

impl Limit {
    /// In bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Control => 64 << 10,
            Self::Join => 8 << 10,
            Self::Bulk => LARGEST,
        }
    }
}

/// Puts a length before `body`: `None` when it breaks the limit.
#[must_use]
pub fn pack(body: &[u8], limit: Limit) -> Option<Vec<u8>> {
    if body.len() > limit.bytes() {
        return None;
    }
    let mut frame = Vec::with_capacity(4 + body.len());
    frame.extend_from_slice(&u32::try_from(body.len()).ok()?.to_be_bytes());
    frame.extend_from_slice(body);
    Some(frame)
}

/// Looks for one frame at the head of `buffer`: `Ok(Some(length of body))` when it is whole, `Ok(None)` when
/// more bytes are needed, `Err(claimed length)` when it breaks the limit. The body begins at byte 4.
pub fn unpack(buffer: &[u8], limit: Limit) -> Result<Option<usize>, usize> {
    let Some(head) = buffer.first_chunk::<4>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(*head) as usize;
    if length > limit.bytes() {
        return Err(length);
    }
    Ok((buffer.len() - 4 >= length).then_some(length))
}
