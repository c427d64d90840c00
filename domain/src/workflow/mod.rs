//! Workflow templates: versioned flows that run as cases.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::flow::Flow;
use crate::id::{AccountId, FormId, OrganisationId, ProcessId, WorkflowId};

/// A workflow template, without its flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The organisation it is local to; none when every organisation may use it.
    pub organisation_id: Option<OrganisationId>,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Whether cases may be started from it.
    pub active: bool,
    /// Whether external users may start it.
    pub external_start: bool,
    /// The process that it was set up from, if it was.
    pub process_id: Option<ProcessId>,
    /// The number of its newest version.
    pub version: i32,
    /// The number of the version that cases are started from, if one is published.
    pub published_version: Option<i32>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a version of a workflow template holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkflowContent {
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Its flow.
    pub flow: Flow,
    /// The version of each form that its steps name, fixed when this version was published: cases keep them to their end.
    #[serde(default)]
    pub form_versions: BTreeMap<FormId, i32>,
}
