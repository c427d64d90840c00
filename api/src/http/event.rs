//! The audit trail.

use poem_openapi::OpenApi;

use super::Tag;

/// The operations of this area.
pub(crate) struct EventApi;

#[OpenApi(tag = "Tag::Event")]
impl EventApi {}
