//! The records of roles and of who has them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::RightSet;
use crate::id::{AccountId, AssignmentId, OrganisationId, RoleId, UserId};

/// A role: a named bundle of rights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its name for machines, unique in the account.
    pub api_name: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it lets its holders do.
    pub rights: RightSet,
    /// Whether it came with Styr: it can be changed and reset, but not deleted.
    pub predefined: bool,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// One giving of a role to a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoleAssignment {
    /// Its id.
    pub id: AssignmentId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Who has the role.
    pub user_id: UserId,
    /// The role.
    pub role_id: RoleId,
    /// The organisation in which, with all below it, the role's rights hold; none for the whole account.
    pub organisation_id: Option<OrganisationId>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}
