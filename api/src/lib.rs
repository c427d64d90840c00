//! Styr's HTTP API, its use cases, and what runs without a request.
//!
//! A request enters at [`http`], where an operation's types are; passes the use case in [`app`], which loads,
//! authorizes, decides and saves in one transaction; and comes back the same way.

pub mod app;
pub mod config;
pub mod http;
pub mod jobs;
pub mod server;
pub mod trace;

pub use http::document::document;
