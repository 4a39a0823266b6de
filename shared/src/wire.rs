//! How a message becomes bytes: bincode inside length-delimited frames, over QUIC streams.
//!
//! Nothing outside `codec` knows the encoding. A frame's length is checked against its class before
//! memory is taken for it; a decoder that leaves bytes over refuses the frame.

mod codec;
mod frame;
mod stream;
pub mod transport;

pub use codec::{CodecError, decode, encode};
pub use frame::{Limit, pack, unpack};
pub use stream::{Receiver, Sender, WireError};

#[cfg(test)]
mod tests;
