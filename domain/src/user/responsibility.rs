//! What names a user as responsible.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The ways in which a thing names a user as responsible. Rights are none of them: they end with the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ResponsibilityKind {
    /// Owns a process.
    ProcessOwner,
    /// May edit a process.
    ProcessEditor,
    /// Holds a role in a process.
    ProcessMember,
    /// Owns an activity.
    ActivityOwner,
    /// Owns a case that has not ended.
    CaseOwner,
    /// Has an open task.
    Task,
    /// Is in a rights group.
    GroupMember,
}

impl ResponsibilityKind {
    /// All of them, in the order of lists.
    pub const ALL: &[Self] = &[
        Self::ProcessOwner,
        Self::ProcessEditor,
        Self::ProcessMember,
        Self::ActivityOwner,
        Self::CaseOwner,
        Self::Task,
        Self::GroupMember,
    ];

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProcessOwner => "process_owner",
            Self::ProcessEditor => "process_editor",
            Self::ProcessMember => "process_member",
            Self::ActivityOwner => "activity_owner",
            Self::CaseOwner => "case_owner",
            Self::Task => "task",
            Self::GroupMember => "group_member",
        }
    }
}

/// One thing that names a user as responsible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Responsibility {
    /// In which way.
    pub kind: ResponsibilityKind,
    /// The id of the process, activity, case, task or rights group.
    pub id: Uuid,
    /// Its title or name, for people.
    pub title: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_uses_the_names() {
        for kind in ResponsibilityKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert!(ResponsibilityKind::ALL.is_sorted());
    }
}
