//! Reports: that they say of a past time what Styr said at that time, and to each caller only what concerns them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt as _;
use styr_sdk::types::{self, Licence, Right};
use styr_sdk::{Client, read};
use uuid::Uuid;

use crate::people::{assign, client, role, user};
use crate::privacy::{anonymize, ended_runs, rule};
use crate::support::{TestApp, noon, on_both, problem};

on_both! {
    the_report_says_what_was_said_then
    a_role_counts_until_the_second_it_expires
    who_is_deleted_stays_in_the_past_and_erased_names_do_not
    a_time_to_come_is_refused_and_before_the_account_there_is_nobody
    a_local_administrator_sees_who_was_theirs_then
    changes_are_told_with_names
    the_files_have_the_same_rows
}

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

/// What Styr says of a user, now or in a report.
#[derive(Debug, PartialEq)]
struct Said {
    name: String,
    organisation: Uuid,
    active: bool,
    licence: Licence,
    roles: BTreeSet<(Uuid, String, Option<Uuid>, Vec<Right>)>,
    groups: BTreeSet<(Uuid, String)>,
    permission_groups: BTreeSet<(Uuid, String, Vec<Right>, Option<Vec<Uuid>>)>,
    profile: Option<Uuid>,
    rights: BTreeSet<Right>,
}

/// The pages of the report at a time, three users each.
async fn report(client: &Client, at: DateTime<Utc>) -> Vec<types::PastAccessView> {
    let mut users: Vec<types::PastAccessView> =
        client.access_report().at(at).limit(3).stream().try_collect().await.unwrap();
    assert!(users.is_sorted_by_key(|user| user.user_id));
    users.dedup_by_key(|user| user.user_id);
    users
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
        let now = styr_persistence::Ambient::now(&*self.app.clock);
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
                let end = styr_persistence::Ambient::now(&*self.app.clock) + TimeDelta::seconds(40);
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

async fn the_report_says_what_was_said_then(app: &TestApp) {
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
        let now = styr_persistence::Ambient::now(&*app.clock);
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

async fn one(client: &Client, at: DateTime<Utc>, user: Uuid) -> Option<types::PastAccessView> {
    client.access_report().at(at).user_id(user).send().await.unwrap().into_inner().items.pop()
}

async fn a_role_counts_until_the_second_it_expires(app: &TestApp) {
    let owner = app.owner();
    let holder = user(app, "holder", None).await;
    let (role, end) = (role(app, "employee").await, noon() + TimeDelta::hours(1));
    let body = |body: types::builder::RoleAssignmentBody| body.role_id(role).expires_at(end);
    owner.user_role_assign().id(holder).body_map(body).send().await.unwrap();
    app.clock.set(end + TimeDelta::hours(1));
    let before = one(&owner, end - TimeDelta::microseconds(1), holder).await.unwrap();
    assert_eq!((before.roles.len(), before.roles[0].expires_at), (1, Some(end)));
    assert!(before.rights.contains(&Right::CaseStart));
    let after = one(&owner, end, holder).await.unwrap();
    assert!(after.roles.is_empty() && !after.rights.contains(&Right::CaseStart), "{after:?}");
    let by_role = |at| owner.access_report().at(at).role_id(role).send();
    assert_eq!(by_role(end - TimeDelta::microseconds(1)).await.unwrap().into_inner().items.len(), 1);
    assert!(by_role(end).await.unwrap().into_inner().items.is_empty());
}

async fn who_is_deleted_stays_in_the_past_and_erased_names_do_not(app: &TestApp) {
    let owner = app.owner();
    let (deleted, erased) = (user(app, "dora", None).await, user(app, "erik", None).await);
    let group = owner.group_create().body_map(|body| body.name("Board")).send().await.unwrap().id;
    for member in [deleted, erased] {
        assign(app, member, role(app, "employee").await).await;
        owner.group_member_add().id(group).body_map(|body| body.user_id(member)).send().await.unwrap();
    }
    let then = noon();
    app.clock.advance(TimeDelta::hours(1));
    owner.user_delete().id(deleted).if_match("*").send().await.unwrap();
    owner.group_delete().id(group).if_match("*").send().await.unwrap();
    owner.user_deactivate().id(erased).send().await.unwrap();
    let of = async |id: Uuid| one(&owner, then, id).await.unwrap();
    let dora = of(deleted).await;
    assert_eq!((dora.name.as_deref(), dora.active), (Some("dora"), true));
    assert_eq!((dora.roles.len(), dora.groups[0].name.as_str()), (1, "Board"));
    assert!(dora.rights.contains(&Right::CaseStart));
    assert!(one(&owner, noon() + TimeDelta::hours(1), deleted).await.is_none(), "the very instant counts");

    anonymize(app, erased, 1).await;
    let erik = of(erased).await;
    assert_eq!((erik.name.as_deref(), erik.active, erik.roles.len()), (Some("Anonymiserad"), true, 1));
    let erik = one(&owner, noon() + TimeDelta::hours(1), erased).await.unwrap();
    assert!(!erik.active && erik.rights.is_empty() && erik.groups.is_empty(), "{erik:?}");

    rule(&owner, types::RetentionTarget::User, types::RetentionStart::Deletion, 0, true).await.unwrap();
    let frida = user(app, "frida", None).await;
    let made = styr_persistence::Ambient::now(&*app.clock);
    app.clock.advance(TimeDelta::hours(1));
    owner.user_delete().id(frida).if_match("*").send().await.unwrap();
    ended_runs(app, 2).await;
    let frida = one(&owner, made, frida).await.unwrap();
    assert_eq!((frida.name, frida.active), (None, true));
    let changes = owner.access_change_list().limit(200).send().await.unwrap().into_inner().items;
    let about =
        |id| changes.iter().find(|change| change.entity_id == id && change.kind == "user.deleted").unwrap();
    assert_eq!(about(frida.user_id).subject.as_ref().unwrap().name, None);
    let all = format!("{changes:?}");
    assert!(!all.contains("frida") && !all.contains("erik") && all.contains("Anonymiserad"), "{all}");
}

async fn a_time_to_come_is_refused_and_before_the_account_there_is_nobody(app: &TestApp) {
    let owner = app.owner();
    let late = problem(owner.access_report().at(noon() + TimeDelta::microseconds(1)).send().await);
    assert_eq!((late.status, late.errors[0].pointer.as_deref()), (422, Some("?at")));
    let late =
        problem(owner.access_report_xlsx().at(noon() + TimeDelta::seconds(1)).send().await.map(|_| ()));
    assert_eq!((late.status, late.errors[0].code.as_str()), (422, "time_to_come"));
    assert!(report(&owner, noon() - TimeDelta::microseconds(1)).await.is_empty());
    assert_eq!(report(&owner, noon()).await.len(), 1, "its owner");
    let now = owner.access_report().send().await.unwrap().into_inner();
    assert_eq!(now.items[0].rights.len(), owner.me_get().send().await.unwrap().rights.len());
    // Another account's users and changes are not there.
    let me = owner.me_get().send().await.unwrap().into_inner().user.id;
    assert!(one(&app.stranger(), noon(), me).await.is_none());
    let changes = app.stranger().access_change_list().limit(200).send().await.unwrap().into_inner().items;
    assert!(changes.iter().all(|change| change.entity_id != me), "{changes:?}");
}

/// A client of who sees reports in one organisation.
async fn reporter(app: &TestApp, name: &str, organisation: Uuid) -> (Uuid, Client) {
    let owner = app.owner();
    let rights = vec![Right::AdminEnter, Right::ReportSeeLocal];
    let name = name.to_owned();
    let role = owner.role_create().body_map(|body| body.name(&name).rights(rights)).send().await.unwrap().id;
    let id = user(app, &name, Some(organisation)).await;
    let body = |body: types::builder::RoleAssignmentBody| body.role_id(role).organisation_id(organisation);
    owner.user_role_assign().id(id).body_map(body).send().await.unwrap();
    (id, client(app, id).await.0)
}

async fn a_local_administrator_sees_who_was_theirs_then(app: &TestApp) {
    let owner = app.owner();
    let organisation = async |name: &str| {
        owner.organisation_create().body_map(|body| body.name(name)).send().await.unwrap().id
    };
    let (here, there) = (organisation("Here").await, organisation("There").await);
    let (me, reader) = reporter(app, "reader", here).await;
    let (mover, gone, other) = (
        user(app, "mover", Some(here)).await,
        user(app, "gone", Some(here)).await,
        user(app, "other", Some(there)).await,
    );
    let employee = role(app, "employee").await;
    assign(app, other, employee).await;
    let local = async |place: Option<Uuid>, name: &str| {
        let body = |body: types::builder::GroupBody| body.name(name).organisation_id(place);
        owner.group_create().body_map(body).send().await.unwrap().id
    };
    let (ours, theirs, shared) =
        (local(Some(here), "Ours").await, local(Some(there), "Theirs").await, local(None, "Shared").await);
    let step = || app.clock.advance(TimeDelta::hours(1));
    let put = async |place: Uuid| {
        let body = |body: types::builder::UserBody| {
            body.name("mover").email("mover@example.org").organisation_id(place)
        };
        owner.user_replace().id(mover).if_match("*").body_map(body).send().await.unwrap();
    };
    step();
    put(there).await;
    step();
    assign(app, mover, employee).await;
    owner.user_delete().id(gone).if_match("*").send().await.unwrap();
    owner.group_delete().id(ours).if_match("*").send().await.unwrap();
    owner.group_delete().id(theirs).if_match("*").send().await.unwrap();
    step();
    put(here).await;

    let seen = async |hours| -> BTreeSet<Uuid> {
        report(&reader, noon() + TimeDelta::hours(hours)).await.into_iter().map(|user| user.user_id).collect()
    };
    assert_eq!(seen(0).await, BTreeSet::from([me, mover, gone]));
    assert_eq!(seen(1).await, BTreeSet::from([me, gone]), "who had left is not theirs");
    assert_eq!(seen(2).await, BTreeSet::from([me]));
    assert_eq!(seen(3).await, BTreeSet::from([me, mover]));
    assert!(one(&reader, noon(), other).await.is_none());
    assert!(one(&reader, noon() + TimeDelta::hours(2), mover).await.is_none());

    let paged: Vec<types::AccessChangeView> =
        reader.access_change_list().limit(2).stream().try_collect().await.unwrap();
    let all = reader.access_change_list().limit(200).send().await.unwrap().into_inner().items;
    assert_eq!(paged.len(), all.len());
    assert!(all.is_sorted_by(|one, other| one.at >= other.at), "newest first");
    let kinds = |id: Uuid| -> Vec<(&str, DateTime<Utc>)> {
        let about = all.iter().filter(|change| {
            change.entity_id == id || change.subject.as_ref().is_some_and(|subject| subject.id == id)
        });
        about.map(|change| (change.kind.as_str(), change.at)).collect()
    };
    let at = |hours| noon() + TimeDelta::hours(hours);
    assert_eq!(
        kinds(mover),
        [("user.changed", at(3)), ("user.changed", at(1)), ("user.created", at(0))],
        "leaving and coming are seen, and nothing in between"
    );
    assert_eq!(kinds(gone), [("user.deleted", at(2)), ("user.created", at(0))]);
    assert_eq!(kinds(ours), [("group.deleted", at(2)), ("group.created", at(0))]);
    assert_eq!((kinds(theirs), kinds(other)), (vec![], vec![]));
    assert_eq!(kinds(shared), [("group.created", at(0))]);
    assert_eq!(kinds(employee), [("role.created", at(0))], "what a role is concerns everyone");
    let changes = owner.access_change_list().limit(200).send().await.unwrap().into_inner().items;
    assert!(changes.iter().any(|change| change.entity_id == theirs));
    assert!(changes.len() > all.len());
}

async fn changes_are_told_with_names(app: &TestApp) {
    let owner = app.owner();
    let (anna, employee) = (user(app, "anna", None).await, role(app, "employee").await);
    let me = owner.me_get().send().await.unwrap().into_inner();
    let made =
        owner.role_create().body_map(|body| body.name("Starter").rights(vec![Right::CaseStart])).send();
    let made = made.await.unwrap().id;
    app.clock.advance(TimeDelta::hours(1));
    let from = noon() + TimeDelta::hours(1);
    let body = |body: types::builder::RoleBody| body.name("Parker").rights(vec![Right::CasePark]);
    owner.role_replace().id(made).if_match("*").body_map(body).send().await.unwrap();
    assign(app, anna, made).await;
    owner.role_delete().id(made).if_match("*").replacement_id(employee).send().await.unwrap();
    // What says nothing of who may do what is no change of it.
    let body = |body: types::builder::UserBody| {
        body.name("Anna").email("anna@example.org").licence(Licence::Pro).title("Head".to_owned())
    };
    owner.user_replace().id(anna).if_match("*").body_map(body).send().await.unwrap();
    owner.user_deactivate().id(anna).send().await.unwrap();
    app.clock.advance(TimeDelta::hours(1));
    let until = noon() + TimeDelta::hours(2);
    owner.user_reactivate().id(anna).send().await.unwrap();

    let asked = owner.access_change_list().since(from).until(until).send().await.unwrap();
    let changes = asked.into_inner().items;
    let told: Vec<_> = changes.iter().rev().map(|change| change.kind.as_str()).collect();
    let wanted = [
        "role.changed",
        "role_assignment.created",
        "role_assignment.changed",
        "role.deleted",
        "user.deactivated",
    ];
    assert_eq!(told, wanted);
    let [deactivated, deleted, moved, given, changed] = &changes[..] else { panic!("{changes:?}") };
    for change in &changes {
        let actor = change.actor.as_ref().unwrap();
        assert_eq!((actor.id, actor.name.as_deref()), (me.user.id, Some("Owner")));
    }
    let field = |change: &types::AccessChangeView, name: &str| {
        change
            .changes
            .iter()
            .find(|one| one.field == name)
            .cloned()
            .unwrap_or_else(|| panic!("{name}: {change:?}"))
    };
    let rights = field(changed, "rights");
    assert_eq!((rights.removed, rights.added), (vec!["case.start".to_owned()], vec!["case.park".to_owned()]));
    let name = field(changed, "name");
    assert_eq!((name.before.as_deref(), name.after.as_deref()), (Some("Starter"), Some("Parker")));
    assert_eq!(given.subject.as_ref().unwrap().name.as_deref(), Some("Anna"));
    assert_eq!(field(given, "role_id").after.as_deref(), Some("Parker"));
    assert_eq!(field(given, "organisation_id").after.as_deref(), Some(me.organisation.name.as_str()));
    let role = field(moved, "role_id");
    assert_eq!(role.before.as_deref(), Some("Parker"), "also once the role is deleted");
    assert_ne!(role.after, None);
    assert_eq!(deleted.entity_name.as_deref(), Some("Parker"));
    let active = field(deactivated, "active");
    assert_eq!((active.before.as_deref(), active.after.as_deref()), (Some("true"), Some("false")));
    let next = user(app, "bo", None).await;
    let bo = client(app, next).await.0;
    app.clock.advance(TimeDelta::hours(1));
    owner.account_transfer().body_map(|body| body.user_id(next)).send().await.unwrap();
    let owned = async |hours: i64| {
        let users = report(&bo, noon() + TimeDelta::hours(hours)).await;
        users.into_iter().find(|user| user.owner).unwrap().name.unwrap()
    };
    assert_eq!([owned(2).await, owned(3).await], ["Owner", "bo"]);
    let transferred = bo.access_change_list().since(noon() + TimeDelta::hours(3)).send().await.unwrap();
    let transferred = transferred.into_inner().items;
    assert_eq!(transferred.iter().filter(|change| change.kind == "account.transferred").count(), 2);
    let later = bo
        .access_change_list()
        .since(until)
        .until(until + TimeDelta::microseconds(1))
        .send()
        .await
        .unwrap()
        .into_inner()
        .items;
    assert_eq!(
        later.iter().map(|change| change.kind.as_str()).collect::<Vec<_>>(),
        ["token.created", "user.created", "user.reactivated"]
    );
}

/// The rows of an Excel file's only sheet.
fn rows(file: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).unwrap();
    assert_eq!(book.sheet_names().len(), 1);
    assert!(book.worksheet_formula(&book.sheet_names()[0]).unwrap().is_empty(), "no formula");
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().map(<[Data]>::to_vec).collect()
}

async fn the_files_have_the_same_rows(app: &TestApp) {
    let owner = app.owner();
    let email = "f@example.org";
    let body = |body: types::builder::UserBody| body.name("=HYPERLINK(\"http://x\")").email(email);
    let formula = owner.user_create().body_map(body).send().await.unwrap().id;
    let end = noon() + TimeDelta::days(30);
    for name in ["employee", "standard"] {
        let role = role(app, name).await;
        let body = |body: types::builder::RoleAssignmentBody| body.role_id(role).expires_at(end);
        owner.user_role_assign().id(formula).body_map(body).send().await.unwrap();
    }
    let gone = user(app, "gone", None).await;
    app.clock.advance(TimeDelta::hours(1));
    owner.user_delete().id(gone).if_match("*").send().await.unwrap();

    let text = |cell: &Data| match cell {
        Data::String(text) => text.clone(),
        Data::Empty => String::new(),
        other => panic!("not a text: {other:?}"),
    };
    let answer = owner.access_report_xlsx().at(noon()).send().await.unwrap();
    let disposition = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(disposition, "attachment; filename=\"access-2026-06-01T120000Z.xlsx\"");
    let rows_of_report = rows(read(answer).await.unwrap());
    assert_eq!(text(&rows_of_report[0][0]), "User");
    let mut wanted = Vec::new();
    for user in report(&owner, noon()).await {
        let all = user.rights.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let name = user.name.unwrap();
        if user.roles.is_empty() {
            wanted.push([name.clone(), user.user_id.to_string(), String::new(), String::new(), all.clone()]);
        }
        for role in user.roles {
            let rights = role.rights.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            wanted.push([name.clone(), user.user_id.to_string(), role.name, rights, all.clone()]);
        }
    }
    assert_eq!(wanted.len(), 4, "the owner, who has no role; two roles of one; who is gone");
    let is: Vec<_> = rows_of_report[1..]
        .iter()
        .map(|row| [0, 1, 10, 14, 15].map(|column| row.get(column).map(text).unwrap_or_default()))
        .collect();
    assert_eq!(is, wanted);
    let ends = rows_of_report[1..].iter().filter_map(|row| match &row[13] {
        Data::DateTime(time) => time.as_datetime(),
        _ => None,
    });
    assert_eq!(ends.collect::<Vec<_>>(), [end.naive_utc(); 2], "dates are dates");

    let answer = owner.access_change_xlsx().send().await.unwrap();
    let rows_of_changes = rows(read(answer).await.unwrap());
    let changes: Vec<types::AccessChangeView> =
        owner.access_change_list().stream().try_collect().await.unwrap();
    let wanted: Vec<[String; 3]> = changes
        .iter()
        .flat_map(|change| {
            let fields = change.changes.iter().map(|one| one.field.clone());
            let fields = if change.changes.is_empty() { vec![String::new()] } else { fields.collect() };
            fields.into_iter().map(|field| [change.kind.clone(), change.entity_id.to_string(), field])
        })
        .collect();
    let is: Vec<[String; 3]> = rows_of_changes[1..]
        .iter()
        .map(|row| [3, 5, 9].map(|column| row.get(column).map(text).unwrap_or_default()))
        .collect();
    assert_eq!(is, wanted);
    let request =
        app.raw(styr_sdk::reqwest::Method::GET, "/v1/access/changes.xlsx").bearer_auth(&app.owner_token);
    let danish = request.header("Accept-Language", "da").send().await.unwrap().bytes().await.unwrap();
    assert_eq!(text(&rows(danish.to_vec())[0][7]), "Vedrører");
}
