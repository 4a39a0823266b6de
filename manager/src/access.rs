//! Access: who may do what. (the desk itself comes next)

mod role;

pub use role::{Action, allows};
