//! Logs of containers, exact over cuts: what a follower has seen ends at a cursor, and whatever breaks the stream,
//! it goes on right behind it.
//!
//! [`follow`] asks the container's own node, waits when the node is away, and asks again with the cursor when it is
//! back. Nothing is stored and nothing is queued here: a reader that stops reading stops the reader on the host, and
//! the engine's log file is the buffer. A hole is told as a hole.

mod cursor;
mod follower;
mod rows;

pub use cursor::cursor_from_text;
pub use follower::follow;
