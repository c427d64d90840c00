//! The account's libraries: what processes name in common.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ComponentId, LabelId, ProcessRoleId};

/// A job function in processes, such as a buyer. It gives no rights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessRole {
    /// Its id.
    pub id: ProcessRoleId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// What who holds it does.
    pub description: String,
    /// The role that it was merged into: wherever this one is named, that one is meant.
    pub merged_into_id: Option<ProcessRoleId>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A word that processes are sorted and found by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// Its colour, as `#` and six hexadecimal digits.
    pub colour: Option<String>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Something that processes make use of: a system, a machine, a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Its id.
    pub id: ComponentId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where it is found.
    pub url: Option<String>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
