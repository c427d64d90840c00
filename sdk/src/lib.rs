//! Rust client for Styr.
//!
//! The operations, their builders and their [`types`] are generated from `openapi.yaml`; an operation's builder is a
//! method of [`Client`] with the operation's name. Around them, the runtime sends the token, tries again what may be
//! sent twice, gives every POST an `Idempotency-Key`, and turns whatever goes wrong into an [`Error`].
//!
//! ```no_run
//! # async fn example() -> Result<(), styr_sdk::Error> {
//! let client = styr_sdk::Client::new("https://styr.example.org", std::env::var("STYR_TOKEN").unwrap_or_default())?;
//! let answer = client.execute(client.request(styr_sdk::reqwest::Method::GET, "/v1/me")).await;
//! match answer {
//!     Ok(answer) => println!("{}", answer.status()),
//!     Err(error) if error.is_unauthenticated() => println!("the token is not known (any more)"),
//!     Err(error) => return Err(error),
//! }
//! # Ok(()) }
//! ```
//!
//! - Lists come in pages. A list's builder has `stream()`, which gets page after page; [`pages`] does it for a call
//!   of your own.
//! - Replacing and deleting ask for the ETag of what you last saw: [`WithEtag`] keeps it beside the value.
//! - Answers that are not JSON (drawings, PDF, files, event streams) are a [`ByteStream`]; [`read`] collects one.

mod access;
mod body;
mod client;
mod error;
mod etag;
#[rustfmt::skip]
mod generated;
mod page;
mod retry;
#[cfg(test)]
mod tests;

pub use body::read;
pub use client::{ClientBuilder, Token};
pub use error::{Error, Problem, ProblemError};
pub use etag::WithEtag;
pub use generated::{Client, builder, types};
pub use page::{ItemStream, Page, pages};
pub use progenitor_client::{ByteStream, ResponseValue};
pub use reqwest;
pub use retry::Retry;
