//! The store's tests, each on SQLite and on PostgreSQL.

#[path = "../../tests/support/postgres.rs"]
mod postgres;
mod world;

mod erasure;
mod full;
mod jobs;
mod killed;
mod records;
mod schema;
mod search;
mod writes;
