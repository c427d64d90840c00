//! The landscape: process groups and processes, and what they share.

mod activity;
mod attachment;
mod code;
mod comment;
mod drawing;
mod folder;
mod library;
mod person;
pub mod search;
mod share;
pub mod skeleton;

pub use activity::{Activity, ActivityContent};
pub use attachment::Attachment;
pub use code::{codes_above, compare_codes};
pub use comment::Comment;
pub use drawing::{Drawing, DrawingShape};
pub use folder::{FileName, file_name};
pub use library::{Component, Label, ProcessRole};
pub use person::{ProcessPart, ProcessPerson};
pub use share::{Share, ShareElement};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::{ProcessState, ProcessVisibility};
use crate::flow::Flow;
use crate::id::{AccountId, ProcessGroupId, ProcessId, UserId};

/// How many characters a process's title has at most.
pub const MAX_TITLE: usize = 500;

/// How many characters a process's purpose has at most.
pub const MAX_PURPOSE: usize = 20_000;

/// A branch of the landscape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessGroup {
    /// Its id.
    pub id: ProcessGroupId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The group above it; none at the top.
    pub parent_id: Option<ProcessGroupId>,
    /// Its classification code, such as `6.2.3`.
    pub code: Option<String>,
    /// Its title.
    pub title: String,
    /// Its place among its siblings, from 0.
    pub position: i32,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A process, without its flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub id: ProcessId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The group it lies in; none while it is not placed.
    pub group_id: Option<ProcessGroupId>,
    /// Its classification code, such as `6.2.3.1`.
    pub code: Option<String>,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// Whether it is in the making, in force, or set aside.
    pub state: ProcessState,
    /// Whether all may see it, or only its owner, editors and members.
    pub visibility: ProcessVisibility,
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

/// What a version of a process holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProcessContent {
    /// Its title.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// Its flow.
    pub flow: Flow,
}
