//! Damage for bytes: what a broken or hostile peer may send. Repeatable, because the dice are passed in.

use fastrand::Rng;

/// Spoils `bytes` in one to four ways: flipped bits, changed lengths, cut tails, repeated or foreign pieces.
#[must_use]
pub fn mutated(bytes: &[u8], dice: &mut Rng) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..dice.u8(1..=4) {
        spoil(&mut out, dice);
    }
    out
}

fn spoil(out: &mut Vec<u8>, dice: &mut Rng) {
    if out.is_empty() {
        out.push(dice.u8(..));
        return;
    }
    let at = dice.usize(..out.len());
    match dice.u8(..8) {
        0 => out[at] ^= 1 << dice.u8(..8),
        1 => out[at] = dice.u8(..),
        2 => out.truncate(at),
        3 => out.insert(at, dice.u8(..)),
        // Values at which variable-length integers change their form.
        4 => out[at] = [0, 1, 250, 251, 252, 253, 254, 255][dice.usize(..8)],
        5 => {
            let piece: Vec<u8> = out[at..].iter().take(16).copied().collect();
            out.extend(piece);
        }
        6 => {
            // A length that claims up to 2⁶⁴ elements.
            let mut claim = vec![[251_u8, 252, 253][dice.usize(..3)]];
            claim.extend(dice.u64(..).to_le_bytes());
            out.splice(at..=at, claim);
        }
        _ => {
            let other = dice.usize(..out.len());
            out.swap(at, other);
        }
    }
}
