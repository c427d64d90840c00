//! Links by which anybody reads a process.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::access::ProcessState;
use crate::id::{AccountId, ProcessId, ShareId, UserId};
use crate::process::Process;

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

impl Share {
    /// The secret in a link's address, of 32 random bytes, which must come from a cryptographic generator.
    #[must_use]
    pub fn secret(random: &[u8; 32]) -> String {
        URL_SAFE_NO_PAD.encode(random)
    }

    /// What is stored of a secret, and what a link is found by.
    #[must_use]
    pub fn hash_of(secret: &str) -> [u8; 32] {
        Sha256::digest(secret).into()
    }

    /// Whether it shows the process at a time: in force, neither a draft nor set aside, and not after its end.
    #[must_use]
    pub fn shows_at(&self, process: &Process, now: DateTime<Utc>) -> bool {
        process.id == self.process_id
            && process.state == ProcessState::Live
            && process.published_version.is_some()
            && self.expires_at.is_none_or(|at| now < at)
    }
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
    /// How its activities are done, with what is attached to them.
    Instructions,
    /// The links and files attached to the process itself.
    Attachments,
}
