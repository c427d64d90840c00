//! The records of form templates and of filled-in forms.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::FormDefinition;
use crate::id::{AccountId, CaseId, FormId, OrganisationId, SubmissionId, UserId};

/// A form template, without its definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// Its id.
    pub id: FormId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The organisation it is local to; none when every organisation may use it.
    pub organisation_id: Option<OrganisationId>,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// The number of its newest version.
    pub version: i32,
    /// The number of the version that is filled in, if one is published.
    pub published_version: Option<i32>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a version of a form template holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FormContent {
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// What it asks for.
    pub definition: FormDefinition,
}

/// One filled-in form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// Its id.
    pub id: SubmissionId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The organisation it was filled in for.
    pub organisation_id: OrganisationId,
    /// The form that was filled in.
    pub form_id: FormId,
    /// The version of the form that was filled in.
    pub form_version: i32,
    /// The case it is part of, if any.
    pub case_id: Option<CaseId>,
    /// Who filled it in.
    pub author_id: UserId,
    /// The values by field key; those of encrypted fields as JWE (RFC 7516).
    pub values: Map<String, Value>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was filled in.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When its personal data were anonymized.
    pub anonymized_at: Option<DateTime<Utc>>,
}
