//! HTTP: for browsers, scripts and the CLI. (the server itself comes next)

pub mod openapi;
mod origin;
mod table;
