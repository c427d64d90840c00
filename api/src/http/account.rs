//! The account and its organisations.

use poem_openapi::OpenApi;

use super::Tag;

/// The operations of this area.
pub(crate) struct AccountApi;

#[OpenApi(tag = "Tag::Account")]
impl AccountApi {}
