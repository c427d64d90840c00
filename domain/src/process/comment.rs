//! Comments of those who read a process.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, CommentId, ProcessId, UserId};

/// A comment on a process or on an element of its flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The process it is on.
    pub process_id: ProcessId,
    /// The id of the element of the flow that it is about; none when it is about the whole.
    pub element: Option<String>,
    /// Who wrote it.
    pub author_id: UserId,
    /// What they wrote.
    pub text: String,
    /// When it was resolved.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Who resolved it.
    pub resolved_by: Option<UserId>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}
