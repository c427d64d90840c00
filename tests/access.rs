//! Permission groups, profiles, licences, lockdown, the account's owner, roles that expire, and why.

use chrono::TimeDelta;
use styr_sdk::Client;
use styr_sdk::types::{self, AccessEntity, Obstacle, Right};
use uuid::Uuid;

use crate::people::{assign, client, role, user};
use crate::support::{TestApp, noon, on_both, problem};

on_both! {
    the_eleven_permission_groups_change_members_and_nothing_else
    a_permission_group_of_a_branch_gives_nothing_outside_it
    nobody_gives_by_a_group_what_they_lack
    a_profile_narrows_every_list_of_the_landscape
    a_licence_limits_what_a_role_gives
    a_locked_down_account_is_closed_to_all_but_those_with_the_right
    a_locked_down_organisation_is_closed_with_all_below_it
    whoever_would_lock_themself_out_may_not_lock_down
    the_owner_hands_the_account_over
    a_role_ends_at_the_second_it_expires
    what_belongs_to_another_account_is_given_to_nobody
    an_organisation_does_not_lie_below_itself
    why_names_the_role_or_what_is_missing
    why_answers_what_if
    why_is_told_of_others_only_to_those_who_may_know
    of_two_who_take_each_others_rights_at_once_one_keeps_theirs
    what_was_lost_in_one_place_is_lost_though_another_place_remains
}

async fn own_role(app: &TestApp, name: &str, rights: &[Right]) -> Uuid {
    let body = |body: types::builder::RoleBody| body.name(name).rights(rights.to_vec());
    app.owner().role_create().body_map(body).send().await.unwrap().id
}

async fn give(app: &TestApp, user: Uuid, role: Uuid) {
    let reach = types::DefaultReach::Account;
    app.owner()
        .user_role_assign()
        .id(user)
        .body_map(|body| body.role_id(role).reach(reach))
        .send()
        .await
        .unwrap();
}

/// A user with these rights in the whole account, and a client that acts as them.
async fn with(app: &TestApp, name: &str, rights: &[Right]) -> (Uuid, Client) {
    let id = user(app, name, None).await;
    give(app, id, own_role(app, name, rights).await).await;
    (id, client(app, id).await.0)
}

async fn plain(app: &TestApp, name: &str) -> (Uuid, Client) {
    let id = user(app, name, None).await;
    (id, client(app, id).await.0)
}

async fn organisation(app: &TestApp, name: &str, parent: Option<Uuid>) -> Uuid {
    app.owner()
        .organisation_create()
        .body_map(|body| body.name(name).parent_id(parent))
        .send()
        .await
        .unwrap()
        .id
}

async fn branch(app: &TestApp, title: &str, parent: Option<Uuid>) -> Uuid {
    app.owner()
        .process_group_create()
        .body_map(|body| body.title(title).parent_id(parent))
        .send()
        .await
        .unwrap()
        .id
}

/// A live process for all to see.
async fn process(app: &TestApp, title: &str, group: Option<Uuid>) -> Uuid {
    let body = |body: types::builder::ProcessBody| body.title(title).group_id(group);
    let id = app.owner().process_create().body_map(body).send().await.unwrap().id;
    app.owner().process_publish().id(id).send().await.unwrap();
    id
}

async fn join(app: &TestApp, group: Uuid, user: Uuid) {
    app.owner()
        .permission_group_member_add()
        .id(group)
        .body_map(|body| body.user_id(user))
        .send()
        .await
        .unwrap();
}

async fn set_profile(app: &TestApp, user: Uuid, profile: Option<Uuid>) {
    let owner = app.owner();
    let set = owner.user_profile_replace().id(user).if_match("*").body_map(|body| body.profile_id(profile));
    set.send().await.unwrap();
}

async fn the_eleven_permission_groups_change_members_and_nothing_else(app: &TestApp) {
    let owner = app.owner();
    let groups = owner.permission_group_list().limit(50).send().await.unwrap().into_inner().items;
    assert_eq!(groups.len(), 11);
    assert!(groups.iter().all(|group| group.predefined && group.rights.len() == 1));
    let (id, client) = plain(app, "anna").await;
    let groups_of = |right: Right| groups.iter().find(|group| group.rights == [right]).unwrap().id;
    let users = groups_of(Right::UserManage);

    assert_eq!(problem(client.user_list().send().await).code, "forbidden");
    join(app, users, id).await;
    join(app, users, id).await;
    client.user_list().send().await.unwrap();
    let members = owner.permission_group_member_list().id(users).send().await.unwrap().into_inner().items;
    assert_eq!(members.iter().map(|user| user.id).collect::<Vec<_>>(), [id]);
    owner.permission_group_member_remove().id(users).user_id(id).send().await.unwrap();
    assert_eq!(problem(client.user_list().send().await).code, "forbidden");
    assert_eq!(
        problem(owner.permission_group_member_remove().id(users).user_id(id).send().await).status,
        404
    );

    let body = |body: types::builder::PermissionGroupBody| body.name("Ours").rights(vec![Right::UserManage]);
    let changed = owner.permission_group_replace().id(users).if_match("*").body_map(body).send().await;
    assert_eq!(problem(changed).code, "permission_group_predefined");
    let deleted = owner.permission_group_delete().id(users).if_match("*").send().await;
    assert_eq!(problem(deleted).code, "permission_group_predefined");

    // A group of one's own gives any of the eleven, and nothing else.
    let wrong =
        |body: types::builder::PermissionGroupBody| body.name("Wrong").rights(vec![Right::CaseSearchAll]);
    let fault = problem(owner.permission_group_create().body_map(wrong).send().await);
    assert_eq!((fault.status, fault.errors[0].code.as_str()), (422, "right_not_possible"));
    let own = owner.permission_group_create().body_map(body).send().await.unwrap().id;
    join(app, own, id).await;
    client.user_list().send().await.unwrap();
    owner.permission_group_delete().id(own).if_match("*").send().await.unwrap();
    assert_eq!(problem(client.user_list().send().await).code, "forbidden");
}

async fn a_permission_group_of_a_branch_gives_nothing_outside_it(app: &TestApp) {
    let (here, there) = (branch(app, "Here", None).await, branch(app, "There", None).await);
    let below = branch(app, "Below", Some(here)).await;
    let (inside, outside) =
        (process(app, "Inside", Some(below)).await, process(app, "Outside", Some(there)).await);
    let body = |rights: Vec<Right>| {
        move |body: types::builder::PermissionGroupBody| {
            body.name("Editors").rights(rights).process_group_ids(vec![here])
        }
    };
    let wide = app.owner().permission_group_create().body_map(body(vec![Right::LabelManage])).send().await;
    assert_eq!(problem(wide).errors[0].code, "right_not_possible");
    let rights = vec![Right::ProcessCreate, Right::ProcessManageAll];
    let group = app.owner().permission_group_create().body_map(body(rights)).send().await.unwrap().id;
    let (id, client) = plain(app, "anna").await;
    join(app, group, id).await;

    let create = async |group: Option<Uuid>| {
        client.process_create().body_map(|body| body.title("New").group_id(group)).send().await
    };
    create(Some(below)).await.unwrap();
    for place in [Some(there), None] {
        assert_eq!(problem(create(place).await).code, "forbidden");
    }
    let rename = async |id: Uuid, group: Uuid| {
        let body = |body: types::builder::ProcessBody| body.title("Renamed").group_id(group);
        client.process_replace().id(id).if_match("*").body_map(body).send().await
    };
    rename(inside, below).await.unwrap();
    assert_eq!(problem(rename(outside, there).await).code, "forbidden");

    // An unknown branch is refused; one that goes takes what it gave with it.
    let owner = app.owner();
    let unknown = owner.permission_group_create().body_map(|body| {
        body.name("Unknown").rights(vec![Right::ProcessCreate]).process_group_ids(vec![Uuid::nil()])
    });
    assert_eq!(problem(unknown.send().await).errors[0].pointer.as_deref(), Some("/process_group_ids/0"));
}

async fn nobody_gives_by_a_group_what_they_lack(app: &TestApp) {
    let (_, manager) = with(app, "manager", &[Right::UserManagePermissions]).await;
    let (id, _) = plain(app, "anna").await;
    let body =
        |right: Right| move |body: types::builder::PermissionGroupBody| body.name("G").rights(vec![right]);
    let fault = problem(manager.permission_group_create().body_map(body(Right::AccountManage)).send().await);
    assert_eq!(fault.code, "rights_not_held");
    assert_eq!(fault.missing_rights, ["account.manage"]);
    manager.permission_group_create().body_map(body(Right::UserManagePermissions)).send().await.unwrap();
    let groups = manager.permission_group_list().limit(50).send().await.unwrap().into_inner().items;
    let account = groups.iter().find(|group| group.rights == [Right::AccountManage]).unwrap().id;
    let joined =
        manager.permission_group_member_add().id(account).body_map(|body| body.user_id(id)).send().await;
    assert_eq!(problem(joined).code, "rights_not_held");
}

async fn a_profile_narrows_every_list_of_the_landscape(app: &TestApp) {
    let owner = app.owner();
    let (shown, hidden) = (branch(app, "Shown", None).await, branch(app, "Hidden", None).await);
    let below = branch(app, "Below", Some(shown)).await;
    let inside = process(app, "Inside", Some(below)).await;
    let outside = process(app, "Outside", Some(hidden)).await;
    let rootless = process(app, "Rootless", None).await;
    let (id, client) = with(app, "anna", &[Right::ProcessManageAll]).await;
    let profile = |ids: Vec<Uuid>| {
        move |body: types::builder::ProfileBody| body.name("Newcomers").process_group_ids(ids)
    };
    let made = owner.profile_create().body_map(profile(vec![below])).send().await.unwrap().id;
    set_profile(app, id, Some(made)).await;

    let processes = async || {
        let page = client.process_list().send().await.unwrap().into_inner().items;
        page.iter().map(|process| process.id).collect::<Vec<_>>()
    };
    let groups = async || {
        let page = client.process_group_list().send().await.unwrap().into_inner().items;
        page.iter().map(|group| group.id).collect::<Vec<_>>()
    };
    assert_eq!(processes().await, [inside]);
    // The group above is there, so that the tree hangs together.
    assert_eq!(groups().await, [shown, below]);
    let level = client.landscape_get().send().await.unwrap().into_inner();
    assert_eq!(level.groups.iter().map(|group| group.id).collect::<Vec<_>>(), [shown]);
    assert!(level.processes.is_empty());
    for id in [outside, rootless] {
        assert_eq!(problem(client.process_get().id(id).send().await).status, 404);
        assert_eq!(problem(client.process_diagram().id(id).send().await).status, 404);
        assert_eq!(problem(client.process_bpmn().id(id).send().await).status, 404);
    }
    assert_eq!(problem(client.process_group_get().id(hidden).send().await).status, 404);
    assert_eq!(problem(client.landscape_get().group_id(hidden).send().await).status, 404);

    // What one has a part in is shown whatever the profile.
    let body =
        |body: types::builder::ProcessBody| body.title("Outside").group_id(hidden).member_ids(vec![id]);
    owner.process_replace().id(outside).if_match("*").body_map(body).send().await.unwrap();
    assert_eq!(processes().await, [inside, outside]);

    let deleted = owner.profile_delete().id(made).if_match("*").send().await;
    assert_eq!(problem(deleted).code, "profile_in_use");
    owner.profile_replace().id(made).if_match("*").body_map(profile(vec![])).send().await.unwrap();
    assert_eq!(processes().await, [outside]);
    set_profile(app, id, None).await;
    assert_eq!(processes().await, [inside, outside, rootless]);
    owner.profile_delete().id(made).if_match("*").send().await.unwrap();
}

async fn a_licence_limits_what_a_role_gives(app: &TestApp) {
    let rights = [Right::ProcessCreate, Right::CaseStart];
    let (id, client) = with(app, "anna", &rights).await;
    let licence = async |licence: types::Licence| {
        let body =
            |body: types::builder::UserBody| body.name("Anna").email("anna@example.org").licence(licence);
        app.owner().user_replace().id(id).if_match("*").body_map(body).send().await.unwrap();
    };
    let held = async || {
        let rights = client.me_get().send().await.unwrap().into_inner().rights;
        let held = |right: Right| rights.iter().any(|held| held.right == right);
        [held(Right::ProcessSee), held(Right::TaskWork), held(Right::CaseStart), held(Right::ProcessCreate)]
    };
    licence(types::Licence::Starter).await;
    assert_eq!(held().await, [true, false, false, false]);
    let fault = problem(client.process_create().body_map(|body| body.title("New")).send().await);
    assert!(fault.code == "forbidden" && fault.detail.contains("licence"), "{fault}");
    licence(types::Licence::Basic).await;
    assert_eq!(held().await, [true, true, true, false]);
    licence(types::Licence::Pro).await;
    assert_eq!(held().await, [true, true, true, true]);
    client.process_create().body_map(|body| body.title("New")).send().await.unwrap();
}

async fn a_locked_down_account_is_closed_to_all_but_those_with_the_right(app: &TestApp) {
    let owner = app.owner();
    let (_, closed_out) = with(app, "anna", &[Right::UserManage, Right::AdminEnter]).await;
    let (_, let_in) = with(app, "bo", &[Right::UserManage, Right::AdminEnter, Right::LockdownEnter]).await;
    let stranger = app.stranger();
    closed_out.user_list().send().await.unwrap();

    let locked = owner.account_lockdown().send().await.unwrap();
    assert!(locked.locked_down_at.is_some());
    let again = owner.account_lockdown().send().await.unwrap();
    assert_eq!(again.locked_down_at, locked.locked_down_at);
    let fault = problem(closed_out.user_list().send().await);
    assert_eq!((fault.status, fault.code.as_str()), (403, "locked_down"));
    assert_eq!(fault.missing_rights, ["lockdown.enter"]);
    let made = closed_out.token_create().body_map(|body| body.name("Way in")).send().await;
    assert_eq!(problem(made).code, "locked_down");
    let me = closed_out.me_get().send().await.unwrap().into_inner();
    assert!(me.locked_down && me.rights.is_empty());
    assert!(closed_out.account_get().send().await.unwrap().locked_down_at.is_some());
    let_in.user_list().send().await.unwrap();
    // A token without the right in its scopes is kept out, the owner's too.
    let narrow = owner.token_create().body_map(|body| body.name("Narrow").scopes(vec![Right::UserSearch]));
    let narrow = app.client(&narrow.send().await.unwrap().secret);
    assert_eq!(problem(narrow.user_list().send().await).code, "locked_down");
    // Another account does not notice.
    stranger.user_list().send().await.unwrap();

    owner.account_unlock().send().await.unwrap();
    closed_out.user_list().send().await.unwrap();
    narrow.user_list().send().await.unwrap();
    let kinds =
        owner.event_list().entity(types::EntityKind::Account).send().await.unwrap().into_inner().items;
    let kinds: Vec<_> = kinds.iter().map(|event| event.kind.as_str()).collect();
    assert!(kinds.contains(&"account.locked_down") && kinds.contains(&"account.unlocked"), "{kinds:?}");
}

async fn a_locked_down_organisation_is_closed_with_all_below_it(app: &TestApp) {
    let owner = app.owner();
    let school = organisation(app, "School", None).await;
    let library = organisation(app, "Library", Some(school)).await;
    let pupil = user(app, "pupil", Some(library)).await;
    let (pupil, _) = (client(app, pupil).await.0, pupil);
    let (_, manager) = with(app, "manager", &[Right::UserManage, Right::TokenManage]).await;
    let body = |body: types::builder::GroupBody| body.name("Staff").organisation_id(library);
    let group = owner.group_create().body_map(body).send().await.unwrap().id;
    let inside = user(app, "inside", Some(library)).await;
    let emails = async |client: &Client| {
        let users = client.user_list().organisation_id(library).send().await.unwrap().into_inner().items;
        users.len()
    };
    assert_eq!(emails(&manager).await, 2);
    pupil.process_list().send().await.unwrap();

    owner.organisation_lockdown().id(school).send().await.unwrap();
    // Its people can do nothing; others neither see nor change what is there.
    assert_eq!(problem(pupil.process_list().send().await).code, "locked_down");
    assert_eq!(emails(&manager).await, 0);
    assert_eq!(problem(manager.user_get().id(inside).send().await).status, 404);
    assert_eq!(problem(manager.user_deactivate().id(inside).send().await).status, 404);
    let body =
        |body: types::builder::UserBody| body.name("New").email("new@example.org").organisation_id(library);
    assert_eq!(problem(manager.user_create().body_map(body).send().await).code, "locked_down");
    assert_eq!(problem(manager.group_get().id(group).send().await).status, 404);
    let me = manager.me_get().send().await.unwrap().into_inner();
    assert!(!me.locked_down);
    let mut closed = me.closed_organisation_ids;
    closed.sort_unstable();
    assert_eq!(closed, [school, library]);
    // The owner goes on, and so does everybody elsewhere.
    assert_eq!(emails(&owner).await, 2);
    let (_, elsewhere) = plain(app, "elsewhere").await;
    elsewhere.process_list().send().await.unwrap();

    owner.organisation_unlock().id(school).send().await.unwrap();
    assert_eq!(emails(&manager).await, 2);
    pupil.process_list().send().await.unwrap();
}

async fn whoever_would_lock_themself_out_may_not_lock_down(app: &TestApp) {
    let school = organisation(app, "School", None).await;
    let (_, settings) = with(app, "settings", &[Right::AdminEnter, Right::OrganisationChangeSettings]).await;
    let fault = problem(settings.organisation_lockdown().id(school).send().await);
    assert_eq!(
        (fault.code.as_str(), &fault.missing_rights[..]),
        ("forbidden", &["lockdown.enter".to_owned()][..])
    );
    let (_, account) = with(app, "account", &[Right::AccountManage]).await;
    assert_eq!(problem(account.account_lockdown().send().await).missing_rights, ["lockdown.enter"]);
}

async fn the_owner_hands_the_account_over(app: &TestApp) {
    let owner = app.owner();
    let me = owner.me_get().send().await.unwrap().into_inner().user.id;
    let (next, client) = plain(app, "next").await;
    let (_, system) = plain(app, "system").await;
    let id = system.me_get().send().await.unwrap().user.id;
    assign(app, id, role(app, "system_administrator").await).await;
    let transfer = async |client: &Client, to: Uuid| {
        client.account_transfer().body_map(|body| body.user_id(to)).send().await
    };

    assert_eq!(problem(transfer(&system, id).await).code, "forbidden");
    // Even with the right itself, one who lacks others could so give themself more than they have.
    give(app, id, own_role(app, "Transfer", &[Right::AccountTransfer]).await).await;
    assert_eq!(problem(transfer(&system, id).await).code, "rights_not_held");
    let gone = user(app, "gone", None).await;
    owner.user_deactivate().id(gone).send().await.unwrap();
    for wrong in [gone, Uuid::nil()] {
        let fault = problem(transfer(&owner, wrong).await);
        assert_eq!(fault.errors[0].pointer.as_deref(), Some("/user_id"), "{fault}");
    }

    assert!(transfer(&owner, next).await.unwrap().owner);
    assert!(!owner.me_get().send().await.unwrap().user.owner);
    assert_eq!(problem(owner.user_list().send().await).code, "forbidden");
    assert!(client.me_get().send().await.unwrap().user.owner);
    client.user_deactivate().id(me).send().await.unwrap();
    assert_eq!(problem(owner.me_get().send().await).status, 401);
    assert_eq!(problem(client.user_deactivate().id(next).send().await).code, "user_owns_account");
}

async fn a_role_ends_at_the_second_it_expires(app: &TestApp) {
    let (id, client) = plain(app, "anna").await;
    let role = own_role(app, "Temporary", &[Right::UserSearch]).await;
    let end = noon() + TimeDelta::hours(1);
    let assign = async |at: chrono::DateTime<chrono::Utc>| {
        app.owner().user_role_assign().id(id).body_map(|body| body.role_id(role).expires_at(at)).send().await
    };
    assert_eq!(problem(assign(noon()).await).errors[0].pointer.as_deref(), Some("/expires_at"));
    let given = assign(end).await.unwrap();
    assert_eq!((given.expires_at, given.provenance), (Some(end), types::Provenance::Hand));
    assert_eq!(problem(assign(end).await).code, "role_already_assigned");

    app.clock.set(end - TimeDelta::seconds(1));
    client.user_list().send().await.unwrap();
    app.clock.set(end);
    assert_eq!(problem(client.user_list().send().await).code, "forbidden");
    // It can be given again.
    assign(end + TimeDelta::hours(1)).await.unwrap();
    client.user_list().send().await.unwrap();
}

async fn what_belongs_to_another_account_is_given_to_nobody(app: &TestApp) {
    let (owner, stranger) = (app.owner(), app.stranger());
    let (id, _) = plain(app, "anna").await;
    let theirs = stranger.role_list().send().await.unwrap().into_inner().items[0].id;
    let home = stranger.me_get().send().await.unwrap().organisation.id;
    let ours = own_role(app, "Ours", &[Right::UserSearch]).await;

    let given = owner.user_role_assign().id(id).body_map(|body| body.role_id(theirs)).send().await;
    assert_eq!(problem(given).errors[0].pointer.as_deref(), Some("/role_id"));
    let given = owner
        .user_role_assign()
        .id(id)
        .body_map(|body| body.role_id(ours).organisation_id(home))
        .send()
        .await;
    assert_eq!(problem(given).errors[0].pointer.as_deref(), Some("/organisation_id"));
    let given = stranger.user_role_assign().id(id).body_map(|body| body.role_id(theirs)).send().await;
    assert_eq!(problem(given).status, 404);
    let groups = stranger.permission_group_list().send().await.unwrap().into_inner().items;
    let joined = stranger.permission_group_member_add().id(groups[0].id).body_map(|body| body.user_id(id));
    assert_eq!(problem(joined.send().await).errors[0].pointer.as_deref(), Some("/user_id"));
    let joined = owner.permission_group_member_add().id(groups[0].id).body_map(|body| body.user_id(id));
    assert_eq!(problem(joined.send().await).status, 404);
    assert_eq!(problem(owner.organisation_lockdown().id(home).send().await).status, 404);
    let body = |body: types::builder::AccountOwnerBody| body.user_id(id);
    let fault = problem(stranger.account_transfer().body_map(body).send().await);
    assert_eq!(fault.errors[0].pointer.as_deref(), Some("/user_id"));
    let profile = stranger.profile_create().body_map(|body| body.name("Theirs")).send().await.unwrap().id;
    let set = owner.user_profile_replace().id(id).if_match("*").body_map(|body| body.profile_id(profile));
    assert_eq!(problem(set.send().await).errors[0].pointer.as_deref(), Some("/profile_id"));
}

async fn an_organisation_does_not_lie_below_itself(app: &TestApp) {
    let owner = app.owner();
    let school = organisation(app, "School", None).await;
    let library = organisation(app, "Library", Some(school)).await;
    for below in [school, library] {
        let body = |body: types::builder::OrganisationBody| body.name("School").parent_id(below);
        let moved = owner.organisation_replace().id(school).if_match("*").body_map(body).send().await;
        assert_eq!(problem(moved).code, "organisation_below_itself");
    }
    assert_ne!(owner.organisation_get().id(school).send().await.unwrap().parent_id, Some(library));
}

struct Question<'a> {
    asker: &'a Client,
    user: Uuid,
}

impl Question<'_> {
    async fn ask(&self, right: Right, thing: Option<(AccessEntity, Uuid)>) -> types::AccessExplanationView {
        self.supposing(right, thing, &[], &[]).await
    }

    async fn supposing(
        &self,
        right: Right,
        thing: Option<(AccessEntity, Uuid)>,
        with: &[Uuid],
        without: &[Uuid],
    ) -> types::AccessExplanationView {
        let with: Vec<types::SupposedRoleBody> =
            with.iter().map(|id| types::SupposedRoleBody { role_id: *id, organisation_id: None }).collect();
        let body = |body: types::builder::AccessQuestionBody| {
            body.user_id(self.user)
                .right(right)
                .entity(thing.map(|(entity, _)| entity))
                .id(thing.filter(|(entity, _)| *entity != AccessEntity::Account).map(|(_, id)| id))
                .with_roles(with)
                .without_role_ids(without.to_vec())
        };
        self.asker.access_explain().body_map(body).send().await.unwrap().into_inner()
    }
}

async fn why_names_the_role_or_what_is_missing(app: &TestApp) {
    let owner = app.owner();
    let school = organisation(app, "School", None).await;
    let local = role(app, "local_administrator").await;
    let id = user(app, "anna", Some(school)).await;
    assign(app, id, local).await;
    let pupil = user(app, "pupil", Some(school)).await;
    let other = user(app, "other", None).await;
    let why = Question { asker: &owner, user: id };

    let answer = why.ask(Right::UserManageLocal, Some((AccessEntity::User, pupil))).await;
    assert!(answer.allowed && answer.obstacles.is_empty());
    assert_eq!(
        (answer.grounds[0].id, answer.grounds[0].name.as_deref()),
        (Some(local), Some("Local administrator"))
    );
    let answer = why.ask(Right::UserManageLocal, Some((AccessEntity::User, other))).await;
    assert_eq!((answer.allowed, &answer.obstacles[..]), (false, &[Obstacle::Elsewhere][..]));
    assert!(answer.sufficient_rights.contains(&Right::UserManageLocal), "{answer:?}");
    let answer = why.ask(Right::AccountManage, Some((AccessEntity::Account, Uuid::nil()))).await;
    assert!(!answer.allowed);
}

async fn why_answers_what_if(app: &TestApp) {
    let owner = app.owner();
    let (id, client) = plain(app, "anna").await;
    let searcher = own_role(app, "Searcher", &[Right::UserSearch]).await;
    let why = Question { asker: &owner, user: id };

    let answer = why.ask(Right::UserSearch, None).await;
    assert_eq!((answer.allowed, &answer.obstacles[..]), (false, &[Obstacle::NotGiven][..]));
    assert_eq!(answer.sufficient_rights, [Right::UserSearch]);
    assert!(why.supposing(Right::UserSearch, None, &[searcher], &[]).await.allowed);
    assert_eq!(problem(client.user_list().send().await).code, "forbidden");
    give(app, id, searcher).await;
    assert!(why.ask(Right::UserSearch, None).await.allowed);
    assert!(!why.supposing(Right::UserSearch, None, &[], &[searcher]).await.allowed);
    client.user_list().send().await.unwrap();

    // Of a process: its rules, the part one has, and the licence.
    let process = process(app, "Buy", None).await;
    let thing = Some((AccessEntity::Process, process));
    let answer = why.ask(Right::ProcessEdit, thing).await;
    assert_eq!((answer.allowed, &answer.obstacles[..]), (false, &[Obstacle::Rules][..]));
    assert!(answer.sufficient_rights.contains(&Right::ProcessManageAll), "{answer:?}");
    let mine = Question { asker: &client, user: id };
    assert!(mine.ask(Right::ProcessSee, thing).await.allowed);
    let body = |body: types::builder::ProcessBody| body.title("Buy").editor_ids(vec![id]);
    owner.process_replace().id(process).if_match("*").body_map(body).send().await.unwrap();
    let answer = mine.ask(Right::ProcessEdit, thing).await;
    assert_eq!((answer.allowed, &answer.parts[..]), (true, &[types::AccessPart::Editor][..]));
}

async fn why_is_told_of_others_only_to_those_who_may_know(app: &TestApp) {
    let (id, anna) = plain(app, "anna").await;
    let (_, bo) = with(app, "bo", &[Right::UserSearch]).await;
    let secret = app.owner().process_create().body_map(|body| body.title("Secret")).send().await.unwrap().id;
    let ask = async |client: &Client, user: Uuid, thing: Option<(AccessEntity, Uuid)>| {
        let body = |body: types::builder::AccessQuestionBody| {
            body.user_id(user)
                .right(Right::ProcessSee)
                .entity(thing.map(|(entity, _)| entity))
                .id(thing.map(|(_, id)| id))
        };
        client.access_explain().body_map(body).send().await
    };
    assert_eq!(problem(ask(&bo, id, None).await).code, "forbidden");
    let me = bo.me_get().send().await.unwrap().user.id;
    assert_eq!(problem(ask(&anna, me, None).await).errors[0].pointer.as_deref(), Some("/user_id"));
    ask(&anna, id, None).await.unwrap();
    // A thing that the asker may not see is not there, whomever they ask about.
    for hidden in [secret, Uuid::nil()] {
        let fault = problem(ask(&anna, id, Some((AccessEntity::Process, hidden))).await);
        assert_eq!((fault.status, fault.errors[0].pointer.as_deref()), (422, Some("/id")));
    }
    let elsewhere = organisation(app, "Elsewhere", None).await;
    let local = |body: types::builder::GroupBody| body.name("Local").organisation_id(elsewhere);
    let local = app.owner().group_create().body_map(local).send().await.unwrap().id;
    let fault = problem(ask(&anna, id, Some((AccessEntity::Group, local))).await);
    assert_eq!((fault.status, fault.errors[0].pointer.as_deref()), (422, Some("/id")));
    let owner = app.owner();
    let half =
        owner.access_explain().body_map(|body| body.right(Right::ProcessSee).entity(AccessEntity::Process));
    assert_eq!(problem(half.send().await).errors[0].code, "entity_without_id");
    assert_eq!(problem(ask(&app.stranger(), id, None).await).status, 422);
}

async fn of_two_who_take_each_others_rights_at_once_one_keeps_theirs(app: &TestApp) {
    let system = role(app, "system_administrator").await;
    for round in 0..5 {
        let (one, two) = (plain(app, &format!("one{round}")).await, plain(app, &format!("two{round}")).await);
        let mut given = Vec::new();
        for id in [one.0, two.0] {
            assign(app, id, system).await;
            given.push(app.owner().user_role_list().id(id).send().await.unwrap().into_inner().items[0].id);
        }
        // Both are remembered as administrators.
        one.1.user_list().send().await.unwrap();
        two.1.user_list().send().await.unwrap();
        let (first, second) = tokio::join!(
            one.1.user_role_revoke().id(two.0).assignment_id(given[1]).send(),
            two.1.user_role_revoke().id(one.0).assignment_id(given[0]).send(),
        );
        assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|done| **done).count(), 1);
        let refused = if let Err(error) = first { Err(error) } else { second };
        assert_eq!(problem(refused).code, "forbidden");
    }
}

/// Another replica hears of it a moment later, and decides its writes by what is true.
async fn what_was_lost_in_one_place_is_lost_though_another_place_remains(app: &TestApp) {
    let rights = vec![Right::UserManage, Right::AdminEnter];
    let body = |body: types::builder::RoleBody| body.name("Manager").rights(rights);
    let manager = app.owner().role_create().body_map(body).send().await.unwrap().id;
    let (here, there) = (organisation(app, "Here", None).await, organisation(app, "There", None).await);
    let (id, _) = plain(app, "manager").await;
    let mut given = Vec::new();
    for place in [here, there] {
        let body = |body: types::builder::RoleAssignmentBody| body.role_id(manager).organisation_id(place);
        given.push(app.owner().user_role_assign().id(id).body_map(body).send().await.unwrap().id);
    }
    let token =
        app.owner().token_create().body_map(|body| body.name("Test").user_id(id)).send().await.unwrap();
    let replica = app.replica().await;
    let elsewhere = replica.client(&token.secret);
    for round in 0..5 {
        let name = format!("colleague{round}");
        let colleague = crate::people::user(app, &name, Some(here)).await;
        elsewhere.user_get().id(colleague).send().await.unwrap(); // remembered with both places
        app.owner().user_role_revoke().id(id).assignment_id(given[0]).send().await.unwrap();
        let fault = problem(elsewhere.user_deactivate().id(colleague).send().await);
        assert!(["forbidden", "not_found"].contains(&fault.code.as_str()), "{}", fault.code);
        let body = |body: types::builder::RoleAssignmentBody| body.role_id(manager).organisation_id(here);
        given[0] = app.owner().user_role_assign().id(id).body_map(body).send().await.unwrap().id;
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await; // until the replica has heard
    }
    replica.stop().await;
}
