//! The account (the tenant) and its tree of organisations.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, OrganisationId};

/// A tenant. Everything belongs to exactly one account, and nothing crosses it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The name shown to people.
    pub name: String,
    /// What anonymization writes in place of a personal text, such as "Anonymiserad".
    pub anonymized_word: String,
    /// Since when it is closed to all without the right to enter during lockdown; none while it is open.
    pub locked_down_at: Option<DateTime<Utc>>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A unit in the account's tree: a municipality's school, a department.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The organisation above it; none at the top.
    pub parent_id: Option<OrganisationId>,
    /// Its name.
    pub name: String,
    /// Whether its cases are hidden from those who have no part in them, unless they hold `case.see_hidden`.
    pub hides_cases: bool,
    /// Since when it is closed, with all below it, to all without the right to enter during lockdown; none while it is
    /// open.
    pub locked_down_at: Option<DateTime<Utc>>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
