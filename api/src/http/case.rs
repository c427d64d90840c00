//! Cases and tasks.

use poem_openapi::OpenApi;

use super::Tag;

/// The operations of this area.
pub(crate) struct CaseApi;

#[OpenApi(tag = "Tag::Case")]
impl CaseApi {}
