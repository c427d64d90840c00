//! API tokens.

use poem_openapi::OpenApi;

use super::Tag;

/// The operations of this area.
pub(crate) struct TokenApi;

#[OpenApi(tag = "Tag::Token")]
impl TokenApi {}
