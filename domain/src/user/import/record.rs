//! The record of an import, and what it says of the next one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::{Provenance, RoleAssignment};
use crate::id::{AccountId, OrganisationId, UserId, UserImportId};
use crate::user::User;

/// An import of users that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserImport {
    /// Its id.
    pub id: UserImportId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Who ran it; none when it was run on the command line.
    pub started_by: Option<UserId>,
    /// The file's SHA-256, in lower-case hexadecimal.
    pub sha256: String,
    /// Whether the file had the column `roles`, and so said which roles its people have.
    pub with_roles: bool,
    /// The organisations that it reached, with all below them; none for the whole account.
    pub organisation_ids: Option<BTreeSet<OrganisationId>>,
    /// How much of those who had come by imports it was allowed to deactivate, in percent, 0 to 100.
    pub max_deactivated_percent: i32,
    /// What it did.
    pub counts: ImportCounts,
    /// When it was carried out.
    pub created_at: DateTime<Utc>,
}

/// What an import does, or would do, in numbers. A user counts once among the first five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Users who are new.
    pub added: u32,
    /// Users of whom something changes, and who stay as active as they were.
    pub changed: u32,
    /// Users who were not active and are again.
    pub reactivated: u32,
    /// Users who are active no more.
    pub deactivated: u32,
    /// Users in the file of whom nothing changes; their roles may.
    pub unchanged: u32,
    /// Roles given.
    pub roles_given: u32,
    /// Roles whose end, or whose provenance, changes.
    pub roles_changed: u32,
    /// Roles taken.
    pub roles_taken: u32,
    /// Active users within reach who came by an import, before this one: what the share of those deactivated is of.
    pub imported_before: u32,
}

impl ImportCounts {
    /// Whether more than this share, in percent, of those who came by imports would be deactivated. Never at 100.
    #[must_use]
    pub const fn brakes_at(&self, max_deactivated_percent: u8) -> bool {
        let (deactivated, of) = (self.deactivated as u64, self.imported_before as u64);
        max_deactivated_percent < 100 && deactivated * 100 > max_deactivated_percent as u64 * of
    }
}

/// What the next import would do to a role that a user has, if it were like the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum NextImport {
    /// It stays.
    Keep,
    /// It is taken: the import says which roles the user has, and this one was not given by it, or has expired.
    Remove,
}

/// What an import like the last one that reached the user's organisation would do to a role that they have. Imports
/// settle the roles of the users in their file, if it has the column `roles`; those are the active ones who came by an
/// import, so that of others nothing can be foreseen, and nothing is.
#[must_use]
pub fn next_import(
    user: &User,
    assignment: &RoleAssignment,
    last: Option<&UserImport>,
    now: DateTime<Utc>,
) -> NextImport {
    let settles = last.is_some_and(|last| last.with_roles && last.reaches(assignment.organisation_id));
    let in_file = user.active && user.provenance == Provenance::Import;
    let expired = assignment.expires_at.is_some_and(|at| at <= now);
    if settles && in_file && (expired || assignment.provenance != Provenance::Import) {
        NextImport::Remove
    } else {
        NextImport::Keep
    }
}

impl UserImport {
    /// Whether it reached an organisation; none stands for the account as a whole.
    #[must_use]
    pub fn reaches(&self, organisation: Option<OrganisationId>) -> bool {
        match (&self.organisation_ids, organisation) {
            (None, _) => true,
            (Some(ids), Some(id)) => ids.contains(&id),
            (Some(_), None) => false,
        }
    }
}
