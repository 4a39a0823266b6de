//! HTTP: for browsers, scripts and the CLI. `server` accepts, `guard` lets in, one file per resource under
//! `api` answers, `ws` bridges sockets to rooms, `static_web` is the dashboard.
//!
//! What may be asked, and by whom, is one table, `table`; the OpenAPI document is made from it. Handlers decide
//! nothing about rights and hold no state: they call rooms and turn what comes back into JSON.
//!
//! Only this room knows status codes, cookies and headers. A secret never comes in through a URL.

mod api;
mod call;
mod error;
mod front;
mod guard;
pub mod openapi;
mod origin;
mod rooms;
mod server;
mod static_web;
mod table;
mod ws;

pub use front::Front;
pub use rooms::{About, Rooms};
pub use server::Server;
pub(crate) use static_web::is_built_in as dashboard_is_built_in;

#[cfg(test)]
mod tests;
