//! The terminal we sit at: raw while a shell runs, always given back as it was.

use std::io::Read as _;
use tokio::sync::mpsc;

/// Puts the terminal into raw mode until dropped, also when we panic.
pub(super) struct Raw;

impl Raw {
    pub(super) fn enter() -> std::io::Result<Self> {
        crossterm::terminal::enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        drop(crossterm::terminal::disable_raw_mode());
    }
}

/// Columns and rows; 80 by 24 where there is no terminal, or one that does not know its size (`script`, some CI).
pub(super) fn size() -> (u16, u16) {
    crossterm::terminal::size()
        .ok()
        .filter(|(columns, rows)| *columns > 0 && *rows > 0)
        .unwrap_or((80, 24))
}

/// Standard input in pieces; the channel ends with it. A thread of its own, because a read of the keyboard
/// can't be taken back.
pub(super) fn input() -> mpsc::Receiver<Vec<u8>> {
    let (tx, rx) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut piece = [0; 16 << 10];
        while let Ok(count) = stdin.read(&mut piece) {
            let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else {
                return;
            };
            if tx.blocking_send(bytes.to_vec()).is_err() {
                return;
            }
        }
    });
    rx
}
