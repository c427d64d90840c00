//! Styr's integration tests: through the SDK against the real server, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

mod authz_matrix;
mod bad_input;
mod clients;
mod people;
mod platform;
mod process;
#[expect(dead_code, reason = "an example has a main")]
#[path = "../examples/quickstart.rs"]
mod quickstart;
mod replicas;
mod spec;
mod thread;
