//! Person search and anonymization.

use poem_openapi::OpenApi;

use super::Tag;

/// The operations of this area.
pub(crate) struct PrivacyApi;

#[OpenApi(tag = "Tag::Privacy")]
impl PrivacyApi {}
