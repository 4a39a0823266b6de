//! Terminals: shells inside containers, for people.
//!
//! A terminal belongs to somebody: at most eight at a time for each, closed after a quarter of an hour without a
//! key or a byte of output, and asked again every few seconds whether its owner still may. Whoever opens one is
//! told of its end once, with the exit code and how much went through.
//!
//! It starts nothing by itself and looks at no byte that passes.

mod limits;
mod session;

pub use limits::Terminals;
pub use session::{Ending, Keys, Screen, Witness};
