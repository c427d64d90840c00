//! Styr's integration tests: through the SDK against the real server, on SQLite and on PostgreSQL.

mod support;

mod authz_matrix;
mod platform;
mod process;
mod spec;
