//! API tokens.

mod record;

pub use record::Token;
