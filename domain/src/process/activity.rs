//! Activities: steps that processes share.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ActivityId, UserId};

/// A step with a work instruction, which any number of processes use: it is changed once, and changed in all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its title.
    pub title: String,
    /// Who answers for it.
    pub owner_id: UserId,
    /// The number of its newest version.
    pub version: i32,
    /// The number of the version in force, if one is published.
    pub published_version: Option<i32>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a version of an activity holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ActivityContent {
    /// Its title.
    pub title: String,
    /// How the work is done, in Markdown (CommonMark).
    pub instruction: String,
}
