//! Cases and their tasks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::flow::run::State;
use crate::id::{
    AccountId, CaseId, FormId, GroupId, OrganisationId, SubmissionId, TaskId, UserId, WorkflowId,
};

/// One run of a workflow template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The organisation it was started in.
    pub organisation_id: OrganisationId,
    /// The template it runs.
    pub workflow_id: WorkflowId,
    /// The template's version that it runs; later versions do not touch it.
    pub workflow_version: i32,
    /// What it is about, for lists.
    pub title: String,
    /// Where it stands.
    pub status: CaseStatus,
    /// Who started it.
    pub starter_id: UserId,
    /// Who answers for it.
    pub owner_id: UserId,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was completed or cancelled.
    pub ended_at: Option<DateTime<Utc>>,
    /// When its personal data were anonymized.
    pub anonymized_at: Option<DateTime<Utc>>,
    /// The interpreter's state.
    pub state: State,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// Its tasks can be worked on.
    Running,
    /// Set aside: its tasks wait until it is resumed.
    Parked,
    /// Its flow has come to its end.
    Completed,
    /// Ended before its flow was.
    Cancelled,
}

/// A step of a case that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The case it is a step of.
    pub case_id: CaseId,
    /// The organisation of its case.
    pub organisation_id: OrganisationId,
    /// The id of the flow's node.
    pub node: String,
    /// The interpreter's number for this piece of work.
    pub work: i64,
    /// The node's name, for lists.
    pub name: String,
    /// The form to fill in, if any.
    pub form_id: Option<FormId>,
    /// The form's version, fixed when the case started.
    pub form_version: Option<i32>,
    /// Whether the person may send the case back to the step before.
    pub may_send_back: bool,
    /// Where it stands.
    pub status: TaskStatus,
    /// Who has it; none while it waits for a member of its group.
    pub assignee_id: Option<UserId>,
    /// The rights group it was routed to, if any.
    pub group_id: Option<GroupId>,
    /// What has been saved of the form without completing it.
    pub draft: Option<Map<String, Value>>,
    /// What was filled in, once completed.
    pub submission_id: Option<SubmissionId>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it came to wait.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was completed, sent back or cancelled.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Waits for its person, or for a member of its group.
    Open,
    /// Done.
    Completed,
    /// Returned to the step before.
    SentBack,
    /// No longer needed.
    Cancelled,
}
