//! Who could do what at a past time, from the events up to then.
//!
//! Nothing is kept of how things were: what their events add up to is what they were, also for what is long gone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::actor::{Actor, Grant, Reach};
use super::decision::Ground;
use super::lockdown::Lockdown;
use super::record::Provenance;
use super::right::{Licence, RightSet};
use crate::event::{EntityKind, Event};
use crate::id::{
    AccountId, AssignmentId, GroupId, OrganisationId, PermissionGroupId, ProcessGroupId, ProfileId, RoleId,
    UserId,
};

/// The kinds of thing that a user holds rights or places by. Their events name the user as whom they concern.
pub const HELD: [EntityKind; 3] =
    [EntityKind::RoleAssignment, EntityKind::PermissionGroup, EntityKind::Group];

/// What events add up to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    things: BTreeMap<Uuid, Thing>,
    members: BTreeSet<(EntityKind, Uuid, UserId)>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Thing {
    fields: Map<String, Value>,
    deleted: bool,
}

/// Something by its id, with the name it had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named<I> {
    /// Its id.
    pub id: I,
    /// Its name; empty when nothing is known of it.
    pub name: String,
}

/// A role that a user held.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldRole {
    /// The giving of the role.
    pub assignment_id: AssignmentId,
    /// The role.
    pub role: Named<RoleId>,
    /// Its name for machines.
    pub api_name: String,
    /// What it let its holders do.
    pub rights: RightSet,
    /// The organisation in which, with all below it, it held; none for the whole account.
    pub organisation: Option<Named<OrganisationId>>,
    /// How it came about.
    pub provenance: Provenance,
    /// When it was to stop holding; none when never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A permission group that a user was a member of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldPermissionGroup {
    /// The permission group.
    pub group: Named<PermissionGroupId>,
    /// What it let its members do.
    pub rights: RightSet,
    /// The branches of the landscape in which its rights held; none for the whole account.
    pub process_groups: Option<Vec<Named<ProcessGroupId>>>,
}

/// What a user was and held at a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PastAccess {
    /// The user.
    pub user_id: UserId,
    /// The organisation they belonged to.
    pub organisation: Named<OrganisationId>,
    /// Whether they could sign in and use tokens.
    pub active: bool,
    /// Whether they owned the account.
    pub owner: bool,
    /// Whether they came from outside.
    pub external: bool,
    /// Their licence.
    pub licence: Licence,
    /// Their profile; none for all that the rules open to them.
    pub profile: Option<Named<ProfileId>>,
    /// Their roles that had not expired, in the order in which they were given.
    pub roles: Vec<HeldRole>,
    /// Their permission groups.
    pub permission_groups: Vec<HeldPermissionGroup>,
    /// Their rights groups.
    pub groups: Vec<Named<GroupId>>,
    /// Every right that they could make use of somewhere, without a token's limits; none while they were not active, or a
    /// lockdown kept them out.
    pub rights: RightSet,
}

impl History {
    /// What these events add up to. They must come in the order of their sequence, and be all of the things asked for
    /// later, from the first one on.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut history = Self::default();
        events.into_iter().for_each(|event| history.add(event));
        history
    }

    /// Adds the next events.
    pub fn add(&mut self, event: &Event) {
        let Event { entity, entity_id, subject_id, kind, detail, .. } = event;
        match (kind.rsplit_once('.').map(|(_, done)| done), subject_id) {
            (Some("member_added"), Some(user)) => {
                self.members.insert((*entity, *entity_id, UserId(*user)));
                return;
            }
            (Some("member_removed"), Some(user)) => {
                self.members.remove(&(*entity, *entity_id, UserId(*user)));
                return;
            }
            _ => {}
        }
        let thing = self.things.entry(*entity_id).or_default();
        thing.deleted |= *kind == format!("{}.deleted", entity.as_str());
        for (name, change) in detail.as_object().into_iter().flatten() {
            let Some(change) = change.as_object() else { continue };
            match change.get("after").filter(|value| !value.is_null()) {
                Some(value) => thing.fields.insert(name.clone(), value.clone()),
                // What a thing was when it was deleted stays known.
                None if thing.deleted => None,
                None => thing.fields.remove(name),
            };
        }
        if kind == "user.anonymized" {
            thing.fields.insert("active".to_owned(), false.into());
        }
    }

    /// What the user was and held at this time, of which these are the events up to then; none when there was no such
    /// user. Of the account and of each thing that they held the events must be there, too.
    #[must_use]
    pub fn access(&self, account_id: AccountId, user_id: UserId, at: DateTime<Utc>) -> Option<PastAccess> {
        let user = self.present(user_id.0)?;
        let roles = self.roles(user_id, at);
        let permission_groups: Vec<_> = self
            .memberships(EntityKind::PermissionGroup, user_id)
            .map(|(id, group)| HeldPermissionGroup {
                group: self.named(PermissionGroupId(id)),
                rights: group.rights(),
                process_groups: group
                    .get::<Vec<ProcessGroupId>>("process_group_ids")
                    .map(|ids| ids.into_iter().map(|id| self.named(id)).collect()),
            })
            .collect();
        let organisation_id: OrganisationId = user.get("organisation_id")?;
        let groups: Vec<Named<GroupId>> =
            self.memberships(EntityKind::Group, user_id).map(|(id, _)| self.named(GroupId(id))).collect();
        let above = self.with_all_above(organisation_id);
        let of_roles = roles.iter().map(|role| Grant {
            rights: role.rights,
            reach: role.organisation.as_ref().map_or(Reach::Account, |there| {
                // Of what lies below, only the user's own organisation matters here.
                let own = above.contains(&there.id).then_some(organisation_id);
                Reach::Organisations([there.id].into_iter().chain(own).collect::<BTreeSet<_>>().into())
            }),
            ground: Ground::Role { assignment_id: Some(role.assignment_id), role_id: role.role.id },
        });
        let of_groups = permission_groups.iter().map(|held| Grant {
            rights: held.rights,
            reach: held.process_groups.as_ref().map_or(Reach::Account, |groups| {
                Reach::ProcessGroups(groups.iter().map(|group| group.id).collect::<BTreeSet<_>>().into())
            }),
            ground: Ground::PermissionGroup(held.group.id),
        });
        let mut actor = Actor {
            account_id,
            user_id,
            token_id: None,
            organisation_id,
            ancestor_ids: above.clone(),
            groups: groups.iter().map(|group| group.id).collect(),
            substitute_for: BTreeSet::new(),
            grants: of_roles.chain(of_groups).collect(),
            scopes: None,
            owner: user.get("owner").unwrap_or_default(),
            licence: user.get("licence").unwrap_or_default(),
            external: user.get("external").unwrap_or_default(),
            shown: None,
            drawings: None,
            lockdown: Lockdown::default(),
            hiding: std::sync::Arc::default(),
        };
        let closed = above.iter().any(|id| self.locked_down(id.0)).then_some(organisation_id);
        actor.lockdown = Lockdown::of(&actor, self.locked_down(account_id.0), closed);
        let active = user.get("active").unwrap_or_default();
        Some(PastAccess {
            user_id,
            organisation: self.named(organisation_id),
            active,
            owner: actor.owner,
            external: actor.external,
            licence: actor.licence,
            profile: user.get("profile_id").map(|id: ProfileId| self.named(id)),
            rights: if active { actor.rights() } else { RightSet::EMPTY },
            roles,
            permission_groups,
            groups,
        })
    }

    /// The ids that the fields of things and the places of users name: of what else the events are needed.
    #[must_use]
    pub fn mentioned(&self) -> BTreeSet<Uuid> {
        let fields = self.things.values().flat_map(|thing| thing.fields.values());
        let listed =
            fields.flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
        let named = listed.filter_map(|value| value.as_str()?.parse().ok());
        named.chain(self.members.iter().map(|(_, id, _)| *id)).collect()
    }

    /// The name that a thing has, or had when it was deleted.
    #[must_use]
    pub fn name(&self, id: Uuid) -> Option<&str> {
        let thing = self.things.get(&id)?;
        ["name", "title"].iter().find_map(|field| thing.fields.get(*field)?.as_str())
    }

    fn roles(&self, user_id: UserId, at: DateTime<Utc>) -> Vec<HeldRole> {
        let assignments = self.things.iter().filter(|(_, thing)| !thing.deleted);
        let held = assignments.filter_map(|(id, thing)| {
            let role_id: RoleId = thing.get("role_id")?;
            let expires_at: Option<DateTime<Utc>> = thing.get("expires_at");
            if thing.get::<UserId>("user_id")? != user_id || expires_at.is_some_and(|end| end <= at) {
                return None;
            }
            let role = self.present(role_id.0)?;
            Some(HeldRole {
                assignment_id: AssignmentId(*id),
                role: self.named(role_id),
                api_name: role.get("api_name").unwrap_or_default(),
                rights: role.rights(),
                organisation: thing.get("organisation_id").map(|id: OrganisationId| self.named(id)),
                provenance: thing.get("provenance").unwrap_or_default(),
                expires_at,
            })
        });
        held.collect()
    }

    fn memberships(&self, kind: EntityKind, user_id: UserId) -> impl Iterator<Item = (Uuid, &Thing)> {
        let member =
            move |(entity, _, user): &&(EntityKind, Uuid, UserId)| (*entity, *user) == (kind, user_id);
        self.members.iter().filter(member).filter_map(|(_, id, _)| Some((*id, self.present(*id)?)))
    }

    /// The organisation and all above it, as they lay.
    fn with_all_above(&self, id: OrganisationId) -> BTreeSet<OrganisationId> {
        let (mut found, mut next) = (BTreeSet::new(), Some(id));
        while let Some(id) = next
            && found.insert(id)
        {
            next = self.present(id.0).and_then(|organisation| organisation.get("parent_id"));
        }
        found
    }

    fn locked_down(&self, id: Uuid) -> bool {
        self.present(id).is_some_and(|thing| thing.fields.contains_key("locked_down_at"))
    }

    fn present(&self, id: Uuid) -> Option<&Thing> {
        self.things.get(&id).filter(|thing| !thing.deleted)
    }

    fn named<I: Into<Uuid> + Copy>(&self, id: I) -> Named<I> {
        Named { id, name: self.name(id.into()).unwrap_or_default().to_owned() }
    }
}

impl Thing {
    fn get<T: DeserializeOwned>(&self, field: &str) -> Option<T> {
        T::deserialize(self.fields.get(field)?).ok()
    }

    /// Codes that are no longer in the catalogue gave what nobody can do any more.
    fn rights(&self) -> RightSet {
        let codes = self.fields.get("rights").and_then(Value::as_array).into_iter().flatten();
        RightSet::from_stored_codes(codes.filter_map(Value::as_str))
    }
}

/// Which events of a kind of thing change who may do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessChange {
    /// The kind of thing.
    pub entity: EntityKind,
    /// The fields of which a change counts; empty when every event does.
    pub fields: &'static [&'static str],
    /// The kinds of event that count whatever they changed.
    pub kinds: &'static [&'static str],
}

/// All events that change who may do what.
pub const ACCESS_CHANGES: &[AccessChange] = &[
    AccessChange::every(EntityKind::Role),
    AccessChange::every(EntityKind::RoleAssignment),
    AccessChange::every(EntityKind::PermissionGroup),
    AccessChange::every(EntityKind::Profile),
    AccessChange::every(EntityKind::Group),
    AccessChange::every(EntityKind::Token),
    AccessChange {
        entity: EntityKind::User,
        fields: &["organisation_id", "profile_id", "licence", "external", "owner", "active"],
        kinds: &["user.anonymized"],
    },
    // Where an organisation lies decides which roles reach it.
    AccessChange { entity: EntityKind::Organisation, fields: &["parent_id", "locked_down_at"], kinds: &[] },
    AccessChange { entity: EntityKind::Account, fields: &["locked_down_at"], kinds: &[] },
];

impl AccessChange {
    const fn every(entity: EntityKind) -> Self {
        Self { entity, fields: &[], kinds: &[] }
    }
}

/// A field that an event changed, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// What it was; none when it had no value, and for lists.
    pub before: Option<String>,
    /// What it became; none when it has no value any more, and for lists.
    pub after: Option<String>,
    /// What was taken out of a list.
    pub removed: Vec<String>,
    /// What was added to a list.
    pub added: Vec<String>,
}

/// The ids that the values of an event's fields name.
pub fn ids_in(detail: &Value) -> impl Iterator<Item = Uuid> {
    let sides = detail.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_object);
    let values = sides.flat_map(|sides| ["before", "after"].into_iter().filter_map(|side| sides.get(side)));
    let each = values.flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
    each.filter_map(|value| value.as_str()?.parse().ok())
}

/// What an event changed. Ids are shown as the names that are known of them; personal values are left out.
#[must_use]
pub fn field_changes(detail: &Value, name: impl Fn(Uuid) -> Option<String>) -> Vec<FieldChange> {
    let show = |value: &Value| match value {
        Value::String(text) => text.parse().ok().and_then(&name).unwrap_or_else(|| text.clone()),
        other => other.to_string(),
    };
    let list = |value: Option<&Value>| -> Vec<String> {
        value.and_then(Value::as_array).into_iter().flatten().map(show).collect()
    };
    let mut changes = Vec::new();
    for (field, change) in detail.as_object().into_iter().flatten() {
        let side = |side| change.get(side).filter(|value| !value.is_null());
        let (before, after) = (side("before"), side("after"));
        if before.is_none() && after.is_none() {
            continue;
        }
        let (old, new) = (list(before), list(after));
        let one = |value: Option<&Value>| value.filter(|value| !value.is_array()).map(show);
        changes.push(FieldChange {
            field: field.clone(),
            before: one(before),
            after: one(after),
            removed: old.iter().filter(|value| !new.contains(value)).cloned().collect(),
            added: new.iter().filter(|value| !old.contains(value)).cloned().collect(),
        });
    }
    changes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(sequence: u64, entity: EntityKind, id: u128, kind: &str, detail: Value) -> Event {
        let subject = detail.get("user_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        Event {
            id: crate::id::EventId(Uuid::nil()),
            account_id: AccountId(Uuid::nil()),
            sequence,
            at: DateTime::UNIX_EPOCH,
            actor: None,
            on_behalf_of: None,
            token_id: None,
            entity,
            entity_id: Uuid::from_u128(id),
            subject_id: subject,
            kind: kind.to_owned(),
            request_id: None,
            detail,
            commitment: None,
            previous: [0; 32],
            hash: [0; 32],
        }
    }

    fn uuid(id: u128) -> String {
        Uuid::from_u128(id).to_string()
    }

    #[test]
    fn a_branch_gives_rights_over_the_landscape_and_no_others() {
        let (user, group, branch, there) = (uuid(1), uuid(2), uuid(3), uuid(4));
        let rights = json!(["process.create", "label.manage", "gone.from_the_catalogue"]);
        let events = [
            event(
                1,
                EntityKind::User,
                1,
                "user.created",
                json!({ "organisation_id": { "after": there },
                "active": { "after": true }, "licence": { "after": "pro" }, "name": {} }),
            ),
            event(
                2,
                EntityKind::PermissionGroup,
                2,
                "permission_group.created",
                json!({ "name": { "after": "Branch" },
                "rights": { "after": rights }, "process_group_ids": { "after": [branch] } }),
            ),
            event(
                3,
                EntityKind::PermissionGroup,
                2,
                "permission_group.member_added",
                json!({ "user_id": user }),
            ),
            event(
                4,
                EntityKind::PermissionGroup,
                2,
                "permission_group.changed",
                json!({ "process_group_ids": { "before": [branch], "after": null } }),
            ),
            event(
                5,
                EntityKind::PermissionGroup,
                2,
                "permission_group.deleted",
                json!({ "name": { "before": "Branch" },
                "rights": { "before": rights } }),
            ),
        ];
        let at = |count: usize| {
            let history = History::of(&events[..count]);
            let access =
                history.access(AccountId(Uuid::nil()), UserId(Uuid::from_u128(1)), DateTime::UNIX_EPOCH);
            (access, history)
        };
        assert_eq!(at(0).0, None);
        let codes = |count| {
            let access = at(count).0.unwrap();
            let own = access.rights.difference(super::super::Right::COMMON).codes();
            (own, access.permission_groups.len())
        };
        assert_eq!(codes(2), (vec![], 0));
        assert_eq!(codes(3), (vec!["process.create"], 1));
        assert_eq!(codes(4), (vec!["process.create", "label.manage"], 1));
        assert_eq!(codes(5), (vec![], 0), "a deleted group takes its members along");
        assert!(at(3).1.mentioned().contains(&branch.parse().unwrap()));
        assert_eq!(at(5).1.name(group.parse().unwrap()), Some("Branch"), "its name stays known");
    }

    #[test]
    fn an_anonymized_user_can_do_nothing() {
        let created = json!({ "organisation_id": { "after": uuid(4) }, "active": { "after": true },
            "owner": { "after": true }, "licence": { "after": "pro" } });
        let mut events = vec![event(1, EntityKind::User, 1, "user.created", created)];
        let rights = |events: &[Event]| {
            let history = History::of(events);
            history
                .access(AccountId(Uuid::nil()), UserId(Uuid::from_u128(1)), DateTime::UNIX_EPOCH)
                .unwrap()
                .rights
        };
        assert_eq!(rights(&events), RightSet::ALL);
        events.push(event(2, EntityKind::User, 1, "user.anonymized", json!({ "run_id": uuid(9) })));
        assert_eq!(rights(&events), RightSet::EMPTY);
    }

    #[test]
    fn a_change_is_shown_with_names_and_without_personal_values() {
        let detail = json!({ "role_id": { "before": uuid(1), "after": uuid(2) }, "email": {}, "owner": { "after": true },
            "rights": { "before": ["a", "b"], "after": ["b", "c"] }, "user_id": uuid(7) });
        let name = |id: Uuid| (id.as_u128() == 1).then(|| "Old".to_owned());
        let one = |field: &str, before: Option<&str>, after: Option<&str>| FieldChange {
            field: field.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            removed: Vec::new(),
            added: Vec::new(),
        };
        let rights = FieldChange {
            removed: vec!["a".to_owned()],
            added: vec!["c".to_owned()],
            ..one("rights", None, None)
        };
        let wanted = [one("owner", None, Some("true")), rights, one("role_id", Some("Old"), Some(&uuid(2)))];
        let mut actual = field_changes(&detail, name);
        actual.sort_by(|one, other| one.field.cmp(&other.field));
        assert_eq!(actual, wanted);
        assert_eq!(ids_in(&detail).count(), 2);
    }
}
