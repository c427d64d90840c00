//! The one decision about a right: everything that can stand in its way, and everything that gives it.
//!
//! Roles, permission groups, reach, token scopes, licences, the door to administration and lockdown meet here and
//! nowhere else. The rules on things (processes, cases, templates) and the filters of lists ask this of each right that
//! they name; refusals and explanations are its words.

use serde::{Deserialize, Serialize};

use super::actor::{Actor, Grant, Reach};
use super::right::{Part, Right};
use crate::id::{AssignmentId, OrganisationId, PermissionGroupId, ProcessGroupId, RoleId};

/// Where a right is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Anywhere at all, before a thing is known.
    Anywhere,
    /// Over what this organisation owns; none is what no organisation owns.
    Organisation(Option<OrganisationId>),
    /// Over processes of this group; none is the root of the landscape.
    ProcessGroup(Option<ProcessGroupId>),
}

/// What gives somebody a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ground {
    /// They own the account.
    Owner,
    /// Every user has it.
    Everyone,
    /// A role that they have.
    Role {
        /// The giving of it; none for one that is only supposed.
        assignment_id: Option<AssignmentId>,
        /// The role.
        role_id: RoleId,
    },
    /// A permission group that they are in.
    PermissionGroup(PermissionGroupId),
}

/// What keeps somebody from using a right in a place. The first that applies is what a refusal tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The place is locked down, and they may not enter during lockdown.
    Lockdown,
    /// No role and no permission group of theirs gives it.
    NotGiven,
    /// Their token's scopes leave it out.
    TokenScopes,
    /// Their licence leaves it out.
    Licence,
    /// It is a right of administration, and they, or their token, may not enter that.
    Administration,
    /// It is never about such a place: it is about local things only, or about shared things only.
    OtherKind,
    /// They were given it elsewhere.
    Elsewhere,
    /// Their profile does not show it, and they have no part in it.
    Profile,
    /// The rules on the thing itself do not open it to them: its state, who it is for, their part in it.
    Rules,
}

impl Obstacle {
    /// Those that a right can meet in a place; the others are of things.
    const OF_PLACE: [Self; 7] = [
        Self::Lockdown,
        Self::NotGiven,
        Self::TokenScopes,
        Self::Licence,
        Self::Administration,
        Self::OtherKind,
        Self::Elsewhere,
    ];
}

impl Actor {
    /// Everything that keeps them from using the right in the place. They hold it there exactly when nothing does.
    pub fn obstacles(&self, right: Right, place: Place) -> impl Iterator<Item = Obstacle> {
        Obstacle::OF_PLACE.into_iter().filter(move |obstacle| match obstacle {
            Obstacle::NotGiven => !self.given(right),
            Obstacle::TokenScopes => !self.within_scopes(right),
            Obstacle::Licence => !self.licensed(right),
            Obstacle::Administration => right.part() == Part::Admin && !self.enters_administration(),
            Obstacle::Lockdown => self.lockdown.closes_place(place),
            Obstacle::OtherKind => !right.is_about(place),
            Obstacle::Elsewhere => {
                self.given(right) && right.is_about(place) && self.grounds(right, place).next().is_none()
            }
            Obstacle::Profile | Obstacle::Rules => false,
        })
    }

    /// Whether they hold the right in the place.
    #[must_use]
    pub fn holds_at(&self, right: Right, place: Place) -> bool {
        self.obstacles(right, place).next().is_none()
    }

    /// Everything that gives them the right in the place, whatever may stand in its way.
    pub fn grounds(&self, right: Right, place: Place) -> impl Iterator<Item = Ground> {
        let about = right.is_about(place);
        let owner = (about && self.owner).then_some(Ground::Owner);
        let everyone = (about && self.is_common(right)).then_some(Ground::Everyone);
        let grants = self.grants.iter().filter(move |grant| about && grant.gives_in(right, place));
        owner.into_iter().chain(everyone).chain(grants.map(|grant| grant.ground))
    }

    /// Whether they were given the right anywhere, whatever then stands in its way.
    pub(super) fn given(&self, right: Right) -> bool {
        self.everywhere(right) || self.grants.iter().any(|grant| grant.gives(right))
    }

    /// Whether they have the right wherever it can hold.
    pub(super) fn everywhere(&self, right: Right) -> bool {
        self.owner || self.is_common(right)
    }

    const fn is_common(&self, right: Right) -> bool {
        if self.external { Right::COMMON_EXTERNAL.contains(right) } else { Right::COMMON.contains(right) }
    }

    /// Whether the scopes and the door to administration leave room for the right.
    pub(super) fn admitted(&self, right: Right) -> bool {
        self.within_scopes(right) && (right.part() != Part::Admin || self.enters_administration())
    }

    fn within_scopes(&self, right: Right) -> bool {
        self.scopes.is_none_or(|scopes| scopes.contains(right))
    }

    fn licensed(&self, right: Right) -> bool {
        self.owner || self.external || self.licence >= right.licence()
    }

    fn enters_administration(&self) -> bool {
        self.within_scopes(Right::AdminEnter) && self.given(Right::AdminEnter)
    }
}

impl Grant {
    fn gives_in(&self, right: Right, place: Place) -> bool {
        self.gives(right)
            && match (&self.reach, place) {
                (_, Place::Anywhere) | (Reach::Account, _) => true,
                (Reach::Organisations(ids), Place::Organisation(Some(id))) => ids.contains(&id),
                (Reach::Organisations(_), Place::Organisation(None)) => right.reaches_shared(),
                (Reach::ProcessGroups(ids), Place::ProcessGroup(group)) => {
                    group.is_some_and(|id| ids.contains(&id))
                }
                (Reach::Organisations(_), Place::ProcessGroup(_))
                | (Reach::ProcessGroups(_), Place::Organisation(_)) => false,
            }
    }
}

impl Right {
    fn is_about(self, place: Place) -> bool {
        match place {
            Place::Organisation(organisation) => self.speaks_of(organisation),
            Place::Anywhere | Place::ProcessGroup(_) => true,
        }
    }
}
