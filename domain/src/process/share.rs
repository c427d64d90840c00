//! Links by which anybody reads a process.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ProcessId, ShareId, UserId};

/// A link that shows parts of a process in force to whoever has it, until it is revoked or expires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Its id.
    pub id: ShareId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The process.
    pub process_id: ProcessId,
    /// The SHA-256 of the link's secret.
    pub hash: Vec<u8>,
    /// What it shows besides the title.
    pub shows: BTreeSet<ShareElement>,
    /// From when on it shows nothing.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who made it.
    pub created_by: UserId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A part of a process that a link can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ShareElement {
    /// What it is for.
    Purpose,
    /// The drawing of its flow.
    Diagram,
    /// The flow as BPMN.
    Bpmn,
    /// The work instructions of its activities.
    Instructions,
    /// Its links and files.
    Attachments,
}
