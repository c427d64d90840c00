//! People who use Styr, and the rights groups that tasks are routed to.

pub mod import;
mod responsibility;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::{Licence, Provenance};
use crate::id::{AccountId, GroupId, OrganisationId, ProfileId, SubstituteId, UserId};

pub use responsibility::{Responsibility, ResponsibilityKind};

/// A person who uses Styr.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Their id. It stays when the person is anonymized, so that history keeps its shape.
    pub id: UserId,
    /// The account they belong to.
    pub account_id: AccountId,
    /// The organisation they belong to.
    pub organisation_id: OrganisationId,
    /// Their name.
    pub name: String,
    /// Their e-mail address, unique in the account without regard to case; none after anonymization.
    pub email: Option<String>,
    /// Their phone number.
    pub phone: Option<String>,
    /// Their title at work.
    pub title: Option<String>,
    /// Their Danish CPR number or Swedish personnummer, digits only.
    pub person_number: Option<String>,
    /// What the system that they come from knows them by, such as an employee number; unique in the account.
    pub external_id: Option<String>,
    /// How they came into the account. An import deactivates those only who came by one.
    pub provenance: Provenance,
    /// What of the landscape they see; none for all that the rules open to them.
    pub profile_id: Option<ProfileId>,
    /// What their licence lets them do.
    pub licence: Licence,
    /// Whether they come from outside the organisation (signed in by MitID or e-mail).
    pub external: bool,
    /// Whether they own the account and hold every right. Exactly one user does.
    pub owner: bool,
    /// Whether they may sign in and use tokens.
    pub active: bool,
    /// Since when they are not active.
    pub deactivated_at: Option<DateTime<Utc>>,
    /// When their personal data were anonymized.
    pub anonymized_at: Option<DateTime<Utc>>,
    /// Their revision: grows by one with each change.
    pub revision: i64,
    /// When they were added.
    pub created_at: DateTime<Utc>,
    /// When they were last changed.
    pub updated_at: DateTime<Utc>,
}

/// A rights group: users that tasks are routed to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The organisation it is local to; none when every organisation may use it.
    pub organisation_id: Option<OrganisationId>,
    /// What the system that it comes from knows it by; unique in the account.
    pub external_id: Option<String>,
    /// Its name, unique in its organisation.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A substitute: one user who handles another's tasks for a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Substitute {
    /// Its id.
    pub id: SubstituteId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Who is stood in for.
    pub user_id: UserId,
    /// Who stands in.
    pub substitute_user_id: UserId,
    /// From when on.
    pub starts_at: DateTime<Utc>,
    /// Until when; no longer at that very time.
    pub ends_at: DateTime<Utc>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Substitute {
    /// The most substitutes of one user, and the most users whom one user stands in for, that have not ended.
    pub const MOST: u64 = 20;
}
