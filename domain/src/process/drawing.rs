//! Drawings of the landscape.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::flow::Bounds;
use crate::id::{AccountId, DrawingId, ProcessGroupId, ProcessId};

/// A picture of the landscape that somebody arranged: what stands where in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    /// Its id.
    pub id: DrawingId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its title.
    pub title: String,
    /// What it shows.
    pub description: String,
    /// What stands in it, from the back to the front.
    pub shapes: Vec<DrawingShape>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// One box of a drawing: a process group, a process, or a text of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct DrawingShape {
    /// The process group that it stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_group_id: Option<ProcessGroupId>,
    /// The process that it stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_id: Option<ProcessId>,
    /// The text on it, where it is not the group's or the process's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its colour, as `#` and six hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// Where it stands.
    pub bounds: Bounds,
}
