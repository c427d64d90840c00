//! Files that are kept for what refers to them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, FileId, UserId};

/// A file, without its content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its name, as whoever brought it called it.
    pub name: String,
    /// What it holds, as its first bytes say (RFC 6838).
    pub media_type: String,
    /// How many bytes it has.
    pub size: i64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Who brought it.
    pub author_id: UserId,
    /// When it was brought.
    pub created_at: DateTime<Utc>,
}
