//! People and rights groups.

use poem_openapi::OpenApi;

use super::Tag;

/// The operations of this area.
pub(crate) struct UserApi;

#[OpenApi(tag = "Tag::User")]
impl UserApi {}
