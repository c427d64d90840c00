//! Workflow templates.

use poem_openapi::OpenApi;

use super::Tag;

/// The operations of this area.
pub(crate) struct WorkflowApi;

#[OpenApi(tag = "Tag::Workflow")]
impl WorkflowApi {}
