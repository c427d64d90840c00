//! Styr's integration tests: through the SDK against the real server, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

mod access;
mod authz_matrix;
mod bad_input;
mod case;
mod clients;
mod demo;
#[expect(dead_code, reason = "an example has a main")]
#[path = "../examples/landscape_publish.rs"]
mod landscape_publish_example;
mod lists;
mod people;
mod platform;
mod privacy;
mod process;
#[expect(dead_code, reason = "an example has a main")]
#[path = "../examples/quickstart.rs"]
mod quickstart;
mod replicas;
mod report;
mod responsibility;
mod roles;
mod scim;
mod shared_data;
mod spec;
mod substitute;
mod thread;
mod token;
mod user_import;
#[expect(dead_code, reason = "an example has a main")]
#[path = "../examples/user_import.rs"]
mod user_import_example;
