//! The house rules that a compiler does not know. Seconds, no Docker: these run first.

mod absences;
mod floors;
mod generated;
mod installer;
mod names;
mod protocol_doc;
mod sources;
