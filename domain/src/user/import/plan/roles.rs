//! What becomes of the roles of a file's people.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::lookup::Organisations;
use super::{Faults, Present};
use crate::access::{Actor, Provenance, Reach, Role, RoleAssignment, may_give};
use crate::id::{AccountId, AssignmentId, OrganisationId, RoleId, UserId};
use crate::user::import::file::{Column, Person, RolePlace};
use crate::{Fault, Text};

/// A role and where it holds.
type Key = (RoleId, Option<OrganisationId>);
/// The roles that somebody is to have, each until when.
type Wanted = BTreeMap<Key, Option<DateTime<Utc>>>;

/// Whose roles are settled.
#[derive(Clone, Copy)]
pub(super) struct Holder {
    pub(super) id: UserId,
    pub(super) organisation_id: OrganisationId,
    pub(super) account_id: AccountId,
}

/// The account's roles, and who has which.
pub(super) struct Roles<'a> {
    by_name: HashMap<&'a str, &'a Role>,
    by_id: HashMap<RoleId, &'a Role>,
    by_user: HashMap<UserId, Vec<&'a RoleAssignment>>,
    reach: &'a dyn Fn(Option<OrganisationId>) -> Reach,
    reaches: HashMap<Option<OrganisationId>, Reach>,
    may_give: HashMap<Key, Result<(), Fault>>,
}

/// What becomes of somebody's roles.
#[derive(Default)]
pub(super) struct Settled {
    pub(super) given: Vec<RoleAssignment>,
    pub(super) changed: Vec<(RoleAssignment, RoleAssignment)>,
    pub(super) taken: Vec<RoleAssignment>,
}

impl<'a> Roles<'a> {
    pub(super) fn of(present: &'a Present, reach: &'a dyn Fn(Option<OrganisationId>) -> Reach) -> Self {
        let mut by_user: HashMap<UserId, Vec<&RoleAssignment>> = HashMap::new();
        for assignment in &present.assignments {
            by_user.entry(assignment.user_id).or_default().push(assignment);
        }
        Self {
            by_name: present.roles.iter().map(|role| (&*role.api_name, role)).collect(),
            by_id: present.roles.iter().map(|role| (role.id, role)).collect(),
            by_user,
            reach,
            reaches: HashMap::new(),
            may_give: HashMap::new(),
        }
    }

    /// A role's API name.
    pub(super) fn name(&self, id: RoleId) -> Option<String> {
        self.by_id.get(&id).map(|role| role.api_name.clone())
    }

    /// The roles that a user has.
    pub(super) fn held(&self, user: UserId) -> Vec<&'a RoleAssignment> {
        self.by_user.get(&user).cloned().unwrap_or_default()
    }

    /// The roles that the file's person is to have; none when the file names what is not there.
    pub(super) fn wanted(
        &self,
        person: &Person,
        user: Holder,
        organisations: &Organisations<'_>,
        faults: &mut Faults,
    ) -> Option<Wanted> {
        let mut wanted = Wanted::new();
        let mut sound = true;
        let mut wrong = |code, text| {
            sound = false;
            faults.at(person.line, Column::Roles.name(), code, text);
        };
        for cell in &person.roles {
            let Some(role) = self.by_name.get(&*cell.role) else {
                wrong("role_unknown", UNKNOWN);
                continue;
            };
            let place = match &cell.place {
                RolePlace::Account => Ok(None),
                RolePlace::Organisation(name) => organisations.named(name).map(Some),
                RolePlace::Usual => Ok(role.usual_place(user.organisation_id)),
            };
            match place {
                Ok(place) => {
                    wanted.insert((role.id, place), person.roles_expire_at);
                }
                Err((code, text)) => wrong(code, text),
            }
        }
        sound.then_some(wanted)
    }

    /// Whether the actor may give a role where it is to hold.
    pub(super) fn may_give(&mut self, actor: &Actor, assignment: &RoleAssignment) -> Result<(), Fault> {
        let place = assignment.organisation_id;
        let Some(role) = self.by_id.get(&assignment.role_id) else { return Err(Fault::not_found()) };
        let reach = self.reaches.entry(place).or_insert_with(|| (self.reach)(place));
        let decided = self.may_give.entry((role.id, place));
        decided.or_insert_with(|| may_give(actor, role.rights, reach)).clone()
    }
}

/// Compares what somebody is to have with what they have. What has ended by `now` is not given, and goes.
pub(super) fn settle(
    mut wanted: Wanted,
    held: Vec<&RoleAssignment>,
    user: Holder,
    now: DateTime<Utc>,
    new_id: &mut dyn FnMut() -> Uuid,
) -> Settled {
    wanted.retain(|_, expires_at| expires_at.is_none_or(|at| at > now));
    let mut settled = Settled::default();
    for before in held {
        let Some(expires_at) = wanted.remove(&(before.role_id, before.organisation_id)) else {
            settled.taken.push(before.clone());
            continue;
        };
        let after = RoleAssignment { provenance: Provenance::Import, expires_at, ..before.clone() };
        if after != *before {
            settled.changed.push((before.clone(), after));
        }
    }
    settled.given.extend(wanted.into_iter().map(|((role_id, organisation_id), expires_at)| RoleAssignment {
        id: AssignmentId(new_id()),
        account_id: user.account_id,
        user_id: user.id,
        role_id,
        organisation_id,
        provenance: Provenance::Import,
        expires_at,
        created_at: now,
    }));
    settled
}

/// Whether a changed role holds longer than it did.
pub(super) fn lasts_longer(before: &RoleAssignment, after: &RoleAssignment) -> bool {
    match (before.expires_at, after.expires_at) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(before), Some(after)) => after > before,
    }
}

const UNKNOWN: Text = Text::fixed(
    "Der er ingen rolle med dette api_name. Roller skrives med deres api_name og | imellem.",
    "Det finns ingen roll med detta api_name. Roller skrivs med sitt api_name och | emellan.",
    "There is no role with this api_name. Roles are written by their api_name, with | between.",
);
