//! Styr's storage on SQLite and PostgreSQL.
//!
//! [`Store`] is opened once. Reading goes through [`Store::read`], changing through [`Store::write`], which is
//! the only way to change anything: it holds the transaction, the idempotency key, the events and the jobs
//! together, so that either all of a write is there or none of it. The entities behind the area modules are
//! private; what comes out are the domain's types.

mod ambient;
mod beside;
mod coverage;
mod crypto;
mod doc;
mod entity;
mod error;
mod migration;
mod page;
mod record;
mod store;
mod tree;
mod tx;
mod ways;

pub mod access;
pub mod account;
pub mod activity;
pub mod actor;
pub mod attachment;
pub mod case;
pub mod comment;
pub mod event;
pub mod file;
pub mod flow;
pub mod form;
pub mod history;
pub mod job;
pub mod landscape;
pub mod library;
pub mod member;
pub mod notification;
pub mod privacy;
pub mod process;
pub mod responsibility;
pub mod scim;
pub mod search;
pub mod share;
pub mod token;
pub mod user;
pub mod version;
pub mod workflow;

pub use ambient::{Ambient, Pinned, System};
pub use crypto::AccountKeys;
pub use error::{Error, Result};
pub use page::{Page, PageRequest};
pub use record::{MaySave, Record, find, find_many, get};
pub use store::{Database, Idempotency, Read, Scope, Source, Store};
pub use tree::{LandscapeTree, OrganisationTree, Tree};
pub use tx::{Change, Tx};
