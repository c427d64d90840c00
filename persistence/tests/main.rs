//! The store's tests, each on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../tests/support/postgres.rs"]
mod postgres;
mod world;

mod cases;
mod erasure;
mod jobs;
mod killed;
mod records;
mod schema;
mod search;
mod trouble;
mod writes;
