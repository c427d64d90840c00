//! An account that changes at random, and whether the reports say of each step what Styr said at it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt as _;
use styr_persistence::Ambient as _;
use styr_sdk::Client;
use styr_sdk::types::{self, Licence, Right};
use uuid::Uuid;

use super::report;
use crate::people::{client, user};
use crate::support::TestApp;

/// A random number below `end`, the same in every run (Knuth's MMIX generator).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }
}

/// Its id, name, rights and branches.
type PermissionGroup = (Uuid, String, Vec<Right>, Option<Vec<Uuid>>);

/// What Styr says of a user, now or in a report.
#[derive(Debug, PartialEq)]
struct Said {
    name: String,
    organisation: Uuid,
    active: bool,
    licence: Licence,
    roles: BTreeSet<(Uuid, String, Option<Uuid>, Vec<Right>)>,
    groups: BTreeSet<(Uuid, String)>,
    permission_groups: BTreeSet<PermissionGroup>,
    profile: Option<Uuid>,
    rights: BTreeSet<Right>,
}

async fn reported(client: &Client, at: DateTime<Utc>) -> BTreeMap<Uuid, Said> {
    let said = report(client, at).await.into_iter().map(|user| {
        let roles =
            user.roles.into_iter().map(|role| (role.role_id, role.name, role.organisation_id, role.rights));
        let said = Said {
            name: user.name.unwrap(),
            organisation: user.organisation_id,
            active: user.active,
            licence: user.licence,
            roles: roles.collect(),
            groups: user.groups.into_iter().map(|group| (group.id, group.name)).collect(),
            permission_groups: user
                .permission_groups
                .into_iter()
                .map(|group| (group.id, group.name, group.rights, group.process_group_ids))
                .collect(),
            profile: user.profile_id,
            rights: user.rights.into_iter().collect(),
        };
        (user.user_id, said)
    });
    said.collect()
}

/// An account that changes, and what is known of it.
struct World<'a> {
    app: &'a TestApp,
    owner: Client,
    random: Random,
    number: usize,
    tokens: BTreeMap<Uuid, Client>,
    organisations: Vec<Uuid>,
    branch: Uuid,
    profile: Uuid,
}

impl World<'_> {
    fn name(&mut self) -> String {
        self.number += 1;
        format!("name{}", self.number)
    }

    async fn users(&self) -> Vec<types::UserView> {
        self.owner.user_list().limit(200).send().await.unwrap().into_inner().items
    }

    async fn others(&self) -> Vec<types::UserView> {
        self.users().await.into_iter().filter(|user| !user.owner).collect()
    }

    async fn roles(&self) -> Vec<types::RoleView> {
        self.owner.role_list().limit(200).send().await.unwrap().into_inner().items
    }

    async fn groups(&self) -> Vec<types::GroupView> {
        self.owner.group_list().limit(200).send().await.unwrap().into_inner().items
    }

    async fn permission_groups(&self) -> Vec<types::PermissionGroupView> {
        self.owner.permission_group_list().limit(200).send().await.unwrap().into_inner().items
    }

    async fn now(&mut self) -> BTreeMap<Uuid, Said> {
        let roles: BTreeMap<_, _> = self.roles().await.into_iter().map(|role| (role.id, role)).collect();
        let mut groups: BTreeMap<Uuid, BTreeSet<(Uuid, String)>> = BTreeMap::new();
        for group in self.groups().await {
            for member in self.owner.group_member_list().id(group.id).send().await.unwrap().into_inner().items
            {
                groups.entry(member.id).or_default().insert((group.id, group.name.clone()));
            }
        }
        let mut permission_groups: BTreeMap<Uuid, BTreeSet<_>> = BTreeMap::new();
        for group in self.permission_groups().await {
            let members = self.owner.permission_group_member_list().id(group.id).send().await.unwrap();
            for member in members.into_inner().items {
                let group = group.clone();
                permission_groups.entry(member.id).or_default().insert((
                    group.id,
                    group.name,
                    group.rights,
                    group.process_group_ids,
                ));
            }
        }
        let now = self.app.clock.now();
        let mut all = BTreeMap::new();
        for user in self.users().await {
            let held = self.owner.user_role_list().id(user.id).send().await.unwrap().into_inner().items;
            let held =
                held.into_iter().filter(|held| held.expires_at.is_none_or(|end| end > now)).map(|held| {
                    let role = &roles[&held.role_id];
                    (role.id, role.name.clone(), held.organisation_id, role.rights.clone())
                });
            let roles = held.collect();
            let mut rights = BTreeSet::new();
            if user.active {
                if !self.tokens.contains_key(&user.id) {
                    self.tokens.insert(user.id, client(self.app, user.id).await.0);
                }
                let me = self.tokens[&user.id].me_get().send().await.unwrap().into_inner();
                rights = me.rights.into_iter().map(|held| held.right).collect();
            } else {
                self.tokens.remove(&user.id);
            }
            let said = Said {
                name: user.name,
                organisation: user.organisation_id,
                active: user.active,
                licence: user.licence,
                roles,
                groups: groups.remove(&user.id).unwrap_or_default(),
                permission_groups: permission_groups.remove(&user.id).unwrap_or_default(),
                profile: user.profile_id,
                rights,
            };
            all.insert(user.id, said);
        }
        all
    }

    /// One change of any kind, or none where there is nothing to change.
    async fn change(&mut self) {
        let (others, roles, groups) = (self.others().await, self.roles().await, self.groups().await);
        let own: Vec<_> = roles.iter().filter(|role| !role.predefined).cloned().collect();
        let name = self.name();
        // Each kind in its turn: 21 and 8 have no common factor.
        let kind = self.number * 8 % 21;
        if others.is_empty() || kind == 0 {
            user(self.app, &name, Some(*self.random.of(&self.organisations))).await;
            return;
        }
        let someone = self.random.of(&others).clone();
        let rights: Vec<Right> = (0..self.random.below(12))
            .map(|_| {
                *self.random.of(&[
                    Right::AdminEnter,
                    Right::ReportSeeLocal,
                    Right::CaseStart,
                    Right::ProcessCreate,
                    Right::TaskWork,
                    Right::RoleManage,
                    Right::LockdownEnter,
                    Right::LogSee,
                    Right::UserManageLocal,
                    Right::GroupManageShared,
                ])
            })
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        match kind {
            1..4 => {
                let among = if own.is_empty() || self.random.below(3) == 0 { &roles } else { &own };
                let (role, place) = (self.random.of(among).id, *self.random.of(&self.organisations));
                let whole = self.random.below(2) == 0;
                let end = self.app.clock.now() + TimeDelta::seconds(40);
                let ends = self.random.below(2) == 0;
                let body = |body: types::builder::RoleAssignmentBody| {
                    let body = body.role_id(role).expires_at(ends.then_some(end));
                    if whole { body.reach(types::DefaultReach::Account) } else { body.organisation_id(place) }
                };
                // The same role twice in a place is refused.
                let _given = self.owner.user_role_assign().id(someone.id).body_map(body).send().await;
            }
            4 => {
                let held =
                    self.owner.user_role_list().id(someone.id).send().await.unwrap().into_inner().items;
                if !held.is_empty() {
                    let one = self.random.of(&held).id;
                    self.owner.user_role_revoke().id(someone.id).assignment_id(one).send().await.unwrap();
                }
            }
            5 => {
                let body = |body: types::builder::RoleBody| body.name(name).rights(rights);
                self.owner.role_create().body_map(body).send().await.unwrap();
            }
            6 | 7 => {
                let role = self.random.of(&roles).id;
                let body = |body: types::builder::RoleBody| body.name(name).rights(rights);
                self.owner.role_replace().id(role).if_match("*").body_map(body).send().await.unwrap();
            }
            8 if own.len() > 2 => {
                // The oldest has most likely been given to somebody.
                let (gone, instead) = (own[0].id, roles[0].id);
                self.owner.role_delete().id(gone).if_match("*").replacement_id(instead).send().await.unwrap();
            }
            9 => {
                let place = *self.random.of(&self.organisations);
                let licence = *self.random.of(&[Licence::Starter, Licence::Basic, Licence::Pro]);
                let external = self.random.below(4) == 0;
                let email = format!("{name}@example.org");
                let body = |body: types::builder::UserBody| {
                    body.name(someone.name)
                        .email(email)
                        .licence(licence)
                        .organisation_id(place)
                        .external(external)
                };
                self.owner.user_replace().id(someone.id).if_match("*").body_map(body).send().await.unwrap();
            }
            10 if someone.active => {
                self.owner.user_deactivate().id(someone.id).send().await.unwrap();
            }
            10 => {
                self.owner.user_reactivate().id(someone.id).send().await.unwrap();
            }
            11 if others.len() > 2 => {
                self.owner.user_delete().id(someone.id).if_match("*").send().await.unwrap();
            }
            12 if groups.len() < 3 => {
                self.owner.group_create().body_map(|body| body.name(name)).send().await.unwrap();
            }
            12 => {
                self.owner.group_delete().id(groups[0].id).if_match("*").send().await.unwrap();
            }
            13 | 14 if !groups.is_empty() => {
                let group = self.random.of(&groups).id;
                let members =
                    self.owner.group_member_list().id(group).send().await.unwrap().into_inner().items;
                if members.is_empty() || self.random.below(3) > 0 {
                    let body = |body: types::builder::GroupMemberBody| body.user_id(someone.id);
                    self.owner.group_member_add().id(group).body_map(body).send().await.unwrap();
                } else {
                    let member = members[0].id;
                    self.owner.group_member_remove().id(group).user_id(member).send().await.unwrap();
                }
            }
            15..18 => self.change_permission_groups(name, someone.id).await,
            18 => {
                let profile = (someone.profile_id.is_none()).then_some(self.profile);
                let body = |body: types::builder::UserProfileBody| body.profile_id(profile);
                let request = self.owner.user_profile_replace().id(someone.id).if_match("*").body_map(body);
                request.send().await.unwrap();
            }
            19 => self.lock_or_unlock().await,
            20 => {
                // The lowest organisation hangs now below one, now below the other.
                let [top, beside, lowest] = self.organisations[..] else { panic!("three organisations") };
                let now = self.owner.organisation_get().id(lowest).send().await.unwrap().parent_id;
                let above = if now == Some(top) { beside } else { top };
                let body = |body: types::builder::OrganisationBody| body.name(name).parent_id(above);
                self.owner
                    .organisation_replace()
                    .id(lowest)
                    .if_match("*")
                    .body_map(body)
                    .send()
                    .await
                    .unwrap();
            }
            _ => {}
        }
    }

    async fn change_permission_groups(&mut self, name: String, someone: Uuid) {
        let groups = self.permission_groups().await;
        let own: Vec<_> = groups.iter().filter(|group| !group.predefined).collect();
        let branches = (self.random.below(2) == 0).then(|| vec![self.branch]);
        let rights = vec![Right::ProcessCreate];
        match self.random.below(6) {
            0 => {
                let body = |body: types::builder::PermissionGroupBody| {
                    body.name(name).rights(rights).process_group_ids(branches)
                };
                self.owner.permission_group_create().body_map(body).send().await.unwrap();
            }
            1 if !own.is_empty() => {
                let id = self.random.of(&own).id;
                let body = |body: types::builder::PermissionGroupBody| {
                    body.name(name).rights(rights).process_group_ids(branches)
                };
                let request = self.owner.permission_group_replace().id(id).if_match("*").body_map(body);
                request.send().await.unwrap();
            }
            2 if !own.is_empty() => {
                let id = own[0].id;
                self.owner.permission_group_delete().id(id).if_match("*").send().await.unwrap();
            }
            _ => {
                let group = if own.is_empty() { &groups[0] } else { *self.random.of(&own) };
                let members = self.owner.permission_group_member_list().id(group.id).send().await.unwrap();
                if let Some(member) = members.into_inner().items.first() {
                    let request = self.owner.permission_group_member_remove().id(group.id).user_id(member.id);
                    request.send().await.unwrap();
                } else {
                    let body = |body: types::builder::PermissionGroupMemberBody| body.user_id(someone);
                    self.owner
                        .permission_group_member_add()
                        .id(group.id)
                        .body_map(body)
                        .send()
                        .await
                        .unwrap();
                }
            }
        }
    }

    async fn lock_or_unlock(&mut self) {
        let account = self.owner.account_get().send().await.unwrap().into_inner();
        let place = *self.random.of(&self.organisations);
        let organisation = self.owner.organisation_get().id(place).send().await.unwrap().into_inner();
        if account.locked_down_at.is_some() {
            self.owner.account_unlock().send().await.unwrap();
        } else if organisation.locked_down_at.is_some() {
            self.owner.organisation_unlock().id(place).send().await.unwrap();
        } else if self.random.below(3) == 0 {
            self.owner.account_lockdown().send().await.unwrap();
        } else {
            self.owner.organisation_lockdown().id(place).send().await.unwrap();
        }
    }
}

pub(super) async fn the_report_says_what_was_said_then(app: &TestApp) {
    let owner = app.owner();
    let home = owner.me_get().send().await.unwrap().into_inner().organisation.id;
    let organisation = async |name: &str, above: Uuid| {
        let body = |body: types::builder::OrganisationBody| body.name(name).parent_id(above);
        owner.organisation_create().body_map(body).send().await.unwrap().id
    };
    let beside = organisation("Beside", home).await;
    let organisations = vec![home, beside, organisation("Lowest", home).await];
    let branch = owner.process_group_create().body_map(|body| body.title("Branch")).send().await.unwrap().id;
    let profile = owner.profile_create().body_map(|body| body.name("Narrow")).send().await.unwrap().id;
    let (random, tokens) = (Random(2026), BTreeMap::new());
    let owner = app.owner();
    let mut world = World { app, owner, random, number: 0, tokens, organisations, branch, profile };
    let mut said = Vec::new();
    for _ in 0..160 {
        app.clock
            .advance(TimeDelta::microseconds(i64::try_from(world.random.below(30_000_000)).unwrap() + 1));
        world.change().await;
        let now = app.clock.now();
        said.push((now, world.now().await));
    }
    let changes = world.owner.access_change_list().limit(200).stream();
    let kinds: BTreeSet<String> = changes.map_ok(|change| change.kind).try_collect().await.unwrap();
    for (entity, done) in [
        ("user", ["created", "changed", "deactivated", "reactivated", "deleted"].as_slice()),
        ("role", &["created", "changed", "deleted"]),
        ("role_assignment", &["created", "changed", "deleted"]),
        ("group", &["created", "deleted", "member_added", "member_removed"]),
        ("permission_group", &["created", "changed", "deleted", "member_added", "member_removed"]),
        ("organisation", &["changed", "locked_down", "unlocked"]),
        ("account", &["locked_down", "unlocked"]),
    ] {
        let kind = |done: &&str| kinds.contains(&format!("{entity}.{done}"));
        assert!(done.iter().all(kind), "the random changes leave some of {entity} out: {kinds:?}");
    }
    for (at, then) in &said {
        let is = reported(&world.owner, *at).await;
        assert_eq!(&is, then, "{at}");
    }
    for (at, then) in said.iter().step_by(7) {
        let of_role: BTreeSet<Uuid> =
            then.values().flat_map(|said| said.roles.iter().map(|role| role.0)).collect();
        for role in of_role {
            let asked = world.owner.access_report().at(*at).role_id(role).limit(1).stream();
            let is: Vec<Uuid> = asked.map_ok(|user| user.user_id).try_collect().await.unwrap();
            let held = then.iter().filter(|(_, said)| said.roles.iter().any(|held| held.0 == role));
            assert_eq!(is, held.map(|(id, _)| *id).collect::<Vec<_>>(), "{at} {role}");
        }
    }
}
