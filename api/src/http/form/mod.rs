//! Form templates and what is filled in.

use poem_openapi::OpenApi;

use super::Tag;

/// The operations of this area.
pub(crate) struct FormApi;

#[OpenApi(tag = "Tag::Form")]
impl FormApi {}
