//! Files and links on processes and activities.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ActivityId, AttachmentId, FileId, ProcessId, UserId};

/// A file or a link on a process or an activity: of each two, one is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The process it is on.
    pub process_id: Option<ProcessId>,
    /// The activity it is on.
    pub activity_id: Option<ActivityId>,
    /// What it is called.
    pub title: String,
    /// Where a link leads, such as to SharePoint, OneDrive or Google Drive.
    pub url: Option<String>,
    /// The file.
    pub file_id: Option<FileId>,
    /// Who attached it.
    pub created_by: UserId,
    /// When it was attached.
    pub created_at: DateTime<Utc>,
}
