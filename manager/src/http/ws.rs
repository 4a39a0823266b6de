//! Bridges: a browser's socket on one side, a room on the other.
//!
//! A bridge is one task with two loops that are raced as wholes: the first that ends, ends both. It ends as well
//! when the caller's credential does and when the process stops. Nothing is queued between the two sides: a slow
//! browser slows the room down, and the room the host.

mod exec;
mod line;
mod logs;

use super::Rooms;
use super::error::Answer;
use std::sync::Arc;
use warp::Filter as _;
use warp::filters::BoxedFilter;

/// Largest message from a browser, in bytes; typed input comes in far smaller pieces.
const MESSAGE: usize = 64 * 1024;
/// Bytes that may wait for a slow browser before the bridge waits.
const WRITE_BUFFER: usize = 1024 * 1024;

pub(super) fn routes(rooms: &Arc<Rooms>) -> BoxedFilter<(Answer,)> {
    logs::routes(rooms).or(exec::routes(rooms)).unify().boxed()
}

/// The limits of every socket.
fn limited(ws: warp::ws::Ws) -> warp::ws::Ws {
    ws.max_message_size(MESSAGE)
        .max_frame_size(MESSAGE)
        .max_write_buffer_size(WRITE_BUFFER)
}
