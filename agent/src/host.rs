//! The machine: what it is (`facts`) and what it does right now (`load`). Reads `/proc` and `/sys`, writes nothing.

pub mod facts;
pub mod load;
