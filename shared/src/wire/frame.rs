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

/// Room for the length before a body.
pub(super) const HEAD: usize = 4;

/// Puts a length before `body`: `None` when it breaks the limit.
#[must_use]
pub fn pack(body: &[u8], limit: Limit) -> Option<Vec<u8>> {
    let mut frame = Vec::with_capacity(HEAD + body.len());
    frame.extend_from_slice(&[0; HEAD]);
    frame.extend_from_slice(body);
    seal(&mut frame, limit).ok()?;
    Some(frame)
}

/// Writes the length of what stands behind the head into it: `Err(length)` when it breaks the limit.
pub(super) fn seal(frame: &mut [u8], limit: Limit) -> Result<(), usize> {
    let length = frame.len().saturating_sub(HEAD);
    match (frame.first_chunk_mut::<HEAD>(), u32::try_from(length)) {
        (Some(head), Ok(claim)) if length <= limit.bytes() => {
            *head = claim.to_be_bytes();
            Ok(())
        }
        _ => Err(length),
    }
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
