//! The records of roles, permission groups and profiles, and of who has them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::RightSet;
use crate::id::{
    AccountId, AssignmentId, DrawingId, OrganisationId, PermissionGroupId, ProcessGroupId, ProfileId, RoleId,
    UserId,
};

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
    /// How it came about.
    pub provenance: Provenance,
    /// When it stops holding; from that very time on it gives nothing. None when never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}

/// How a user, or what a user has, came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Somebody did it, one at a time.
    #[default]
    Hand,
    /// A file of users was imported.
    Import,
    /// A directory provisioned it by SCIM.
    Scim,
}

/// A permission group: its members hold its rights in the whole account, or in branches of the landscape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PermissionGroup {
    /// Its id.
    pub id: PermissionGroupId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What its members may do.
    pub rights: RightSet,
    /// The branches of the landscape in which, with all below them, its rights hold; none for the whole account.
    pub process_group_ids: Option<BTreeSet<ProcessGroupId>>,
    /// Whether it came with Styr: its members change, and nothing else.
    pub predefined: bool,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A profile: what of the landscape its users see, besides the processes that they have a part in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Its id.
    pub id: ProfileId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// Who it is for.
    pub description: String,
    /// The branches of the landscape that are shown, with all below them; none for the whole landscape.
    pub process_group_ids: Option<BTreeSet<ProcessGroupId>>,
    /// The drawings of the landscape that are shown; none for all of them.
    pub drawing_ids: Option<BTreeSet<DrawingId>>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
