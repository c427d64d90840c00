//! Rights, roles and who has them.

use poem_openapi::OpenApi;

use super::Tag;

/// The operations of this area.
pub(crate) struct AccessApi;

#[OpenApi(tag = "Tag::Access")]
impl AccessApi {}
