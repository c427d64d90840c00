//! Who has which part in a process, besides owning it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ProcessId, ProcessPersonId, ProcessRoleId, UserId};

/// A part that a user has in a process. Members may have several: one for each role they hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessPerson {
    /// Its id.
    pub id: ProcessPersonId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The process.
    pub process_id: ProcessId,
    /// The user.
    pub user_id: UserId,
    /// Which part.
    pub part: ProcessPart,
    /// The process role that a member holds; none for a member without a role, and for editors.
    pub process_role_id: Option<ProcessRoleId>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// A part in a process, besides owning it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ProcessPart {
    /// May change it.
    Editor,
    /// Holds a process role in it.
    Member,
}
