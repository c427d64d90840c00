//! The changes that an import makes, told to people.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{OrganisationId, RoleId, UserId};
use crate::user::User;
use crate::user::import::file::Person;

/// One change that an import makes, for people to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportChange {
    /// What is done.
    pub action: ImportAction,
    /// Why.
    pub reason: ImportReason,
    /// The line of the file that it comes from; none for who is not in it.
    pub line: Option<u64>,
    /// The user; one who is to be added has no id yet that lasts.
    pub user_id: Option<UserId>,
    /// What the user is known by in the system that the file comes from.
    pub external_id: Option<String>,
    /// The user's name, after the change.
    pub name: String,
    /// The columns that change, of the user.
    pub fields: Vec<&'static str>,
    /// The role, for a change of roles.
    pub role_id: Option<RoleId>,
    /// The role's API name.
    pub role: Option<String>,
    /// The organisation in which, with all below it, the role holds; none for the whole account or no role.
    pub organisation_id: Option<OrganisationId>,
    /// When the role stops holding, after the change; none when never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What an import does, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ImportAction {
    /// A user is active no more, and their tokens end.
    Deactivate,
    /// A role is taken.
    TakeRole,
    /// A role is given.
    GiveRole,
    /// A role gets another end, or is from now on the import's.
    ChangeRole,
    /// A user is active again.
    Reactivate,
    /// A user is changed.
    Change,
    /// A user is added.
    Add,
}

/// Why an import does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ImportReason {
    /// The file has no such user, or gives them no such role.
    NotInFile,
    /// The file has the user, or gives them the role.
    InFile,
    /// The file says that the user is not active.
    InactiveInFile,
    /// The file says something else than Styr.
    DiffersInFile,
    /// Somebody made by hand has the person's e-mail address, and is theirs from now on.
    KnownByEmail,
    /// The time until which the role was given is past.
    Expired,
}

/// A change of a user, told.
pub(super) fn told(
    user: &User,
    person: Option<&Person>,
    action: ImportAction,
    reason: ImportReason,
) -> ImportChange {
    ImportChange {
        action,
        reason,
        line: person.map(|person| person.line),
        user_id: Some(user.id),
        external_id: user.external_id.clone(),
        name: user.name.clone(),
        fields: Vec::new(),
        role_id: None,
        role: None,
        organisation_id: None,
        expires_at: None,
    }
}

/// The columns by which two states of a user differ, but for those that say when they became so.
pub(super) fn differences(before: &User, after: &User) -> Vec<&'static str> {
    let each = [
        ("organisation_id", before.organisation_id != after.organisation_id),
        ("name", before.name != after.name),
        ("email", before.email != after.email),
        ("phone", before.phone != after.phone),
        ("title", before.title != after.title),
        ("person_number", before.person_number != after.person_number),
        ("external_id", before.external_id != after.external_id),
        ("provenance", before.provenance != after.provenance),
        ("licence", before.licence != after.licence),
        ("active", before.active != after.active),
    ];
    each.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}
