//! Roles that are deleted while people have them, and giving roles, which nobody can take from everybody.

use styr_sdk::Client;
use styr_sdk::types::{self, Right};
use uuid::Uuid;

use crate::people::{assign, client, role, user};
use crate::support::{TestApp, on_both, problem};

on_both! {
    a_deleted_roles_holders_get_another
    nobody_moves_holders_to_what_they_may_not_give
    whoever_loses_giving_roles_the_owner_keeps_it
    two_administrators_who_remove_each_other_lock_nobody_out
}

async fn make(client: &Client, name: &str, rights: &[Right]) -> Uuid {
    let body = |body: types::builder::RoleBody| body.name(name).rights(rights.to_vec());
    client.role_create().body_map(body).send().await.unwrap().id
}

async fn roles_of(app: &TestApp, user: Uuid) -> Vec<(Uuid, Option<Uuid>)> {
    let roles = app.owner().user_role_list().id(user).send().await.unwrap().into_inner().items;
    roles.iter().map(|assignment| (assignment.role_id, assignment.organisation_id)).collect()
}

async fn a_deleted_roles_holders_get_another(app: &TestApp) {
    let owner = app.owner();
    let old = make(&owner, "Old", &[]).await;
    let new = make(&owner, "New", &[Right::CaseStart]).await;
    let (one, both) = (user(app, "one", None).await, user(app, "both", None).await);
    assign(app, one, old).await;
    assign(app, both, old).await;
    assign(app, both, new).await;
    let everywhere = types::DefaultReach::Account;
    owner
        .user_role_assign()
        .id(both)
        .body_map(|body| body.role_id(old).reach(everywhere))
        .send()
        .await
        .unwrap();
    let (client, _) = client(app, one).await;

    let fault = problem(owner.role_delete().id(old).if_match("*").send().await);
    assert_eq!((fault.status, fault.code.as_str()), (409, "role_in_use"));
    assert!(fault.detail.contains("2 users"), "{fault}");
    for wrong in [old, Uuid::nil()] {
        let fault = problem(owner.role_delete().id(old).if_match("*").replacement_id(wrong).send().await);
        assert_eq!((fault.status, fault.errors[0].pointer.as_deref()), (422, Some("/replacement_id")));
    }
    let may_start = async || {
        let rights = client.me_get().send().await.unwrap().into_inner().rights;
        rights.iter().any(|held| held.right == Right::CaseStart)
    };
    assert!(!may_start().await);
    let home = roles_of(app, one).await[0].1;
    owner.role_delete().id(old).if_match("*").replacement_id(new).send().await.unwrap();
    assert_eq!(roles_of(app, one).await, [(new, home)]);
    let mut theirs = roles_of(app, both).await;
    theirs.sort_unstable();
    assert_eq!(theirs, [(new, None), (new, home)]);
    assert!(may_start().await);
    assert_eq!(problem(owner.role_get().id(old).send().await).code, "not_found");
    // An own role that nobody has goes with or without a word about its holders.
    let unused = make(&owner, "Unused", &[]).await;
    owner.role_delete().id(unused).if_match("*").replacement_id(new).send().await.unwrap();
}

async fn nobody_moves_holders_to_what_they_may_not_give(app: &TestApp) {
    let owner = app.owner();
    let old = make(&owner, "Old", &[]).await;
    let strong = make(&owner, "Strong", &[Right::PersonSearchRun]).await;
    let weak = make(&owner, "Weak", &[]).await;
    let holder = user(app, "holder", None).await;
    assign(app, holder, old).await;
    let manager = async |name: &str, rights: &[Right]| {
        let role = make(&owner, name, rights).await;
        let id = user(app, name, None).await;
        let reach = types::DefaultReach::Account;
        owner
            .user_role_assign()
            .id(id)
            .body_map(|body| body.role_id(role).reach(reach))
            .send()
            .await
            .unwrap();
        client(app, id).await.0
    };
    let editor = manager("editor", &[Right::AdminEnter, Right::RoleManage]).await;
    let fault = problem(editor.role_delete().id(old).if_match("*").replacement_id(weak).send().await);
    assert_eq!(fault.missing_rights, ["role.assign"]);
    let giver = manager("giver", &[Right::AdminEnter, Right::RoleManage, Right::RoleAssign]).await;
    let fault = problem(giver.role_delete().id(old).if_match("*").replacement_id(strong).send().await);
    assert_eq!(fault.code, "rights_not_held");
    assert_eq!(roles_of(app, holder).await[0].0, old);
    giver.role_delete().id(old).if_match("*").replacement_id(weak).send().await.unwrap();
    assert_eq!(roles_of(app, holder).await[0].0, weak);
}

/// That the owner may give and take a role, and so let anybody in again.
async fn owner_gives_roles(app: &TestApp, name: &str) {
    let (id, employee) = (user(app, name, None).await, role(app, "employee").await);
    assign(app, id, employee).await;
    let given = app.owner().user_role_list().id(id).send().await.unwrap().into_inner().items;
    app.owner().user_role_revoke().id(id).assignment_id(given[0].id).send().await.unwrap();
}

async fn whoever_loses_giving_roles_the_owner_keeps_it(app: &TestApp) {
    let owner = app.owner();
    let me = owner.me_get().send().await.unwrap().into_inner().user.id;
    let system = role(app, "system_administrator").await;
    let administrator = user(app, "administrator", None).await;
    assign(app, administrator, system).await;
    let (client, _) = client(app, administrator).await;

    // The only administrator can neither put the owner out nor take the right from them in any way.
    assert_eq!(problem(client.user_deactivate().id(me).send().await).code, "user_owns_account");
    assert_eq!(problem(client.user_delete().id(me).if_match("*").send().await).code, "user_owns_account");
    let body = |body: types::builder::UserBody| {
        body.name("Owner").email("owner@example.org").licence(types::Licence::Starter)
    };
    let outside = client.user_replace().id(me).if_match("*").body_map(|given| body(given).external(true));
    assert_eq!(problem(outside.send().await).code, "user_owns_account");
    client.user_replace().id(me).if_match("*").body_map(body).send().await.unwrap();
    for given in owner.user_role_list().id(me).send().await.unwrap().into_inner().items {
        client.user_role_revoke().id(me).assignment_id(given.id).send().await.unwrap();
    }
    owner_gives_roles(app, "replaced").await;

    // Taking the role's rights, taking the role, deleting it, deactivating its holder and deleting them.
    let before = owner.role_get().id(system).send().await.unwrap().into_inner();
    let emptied = client
        .role_replace()
        .id(system)
        .if_match("*")
        .body_map(|body| body.name(before.name).rights(vec![]))
        .send();
    emptied.await.unwrap();
    let fault = problem(client.role_list().send().await);
    assert_eq!(fault.code, "forbidden");
    owner_gives_roles(app, "emptied").await;
    owner.role_reset().id(system).send().await.unwrap();
    let given = owner.user_role_list().id(administrator).send().await.unwrap().into_inner().items;
    client.user_role_revoke().id(administrator).assignment_id(given[0].id).send().await.unwrap();
    owner_gives_roles(app, "revoked").await;
    let own = make(&owner, "Own", &[Right::AdminEnter, Right::RoleManage, Right::RoleAssign]).await;
    let none = make(&owner, "None", &[]).await;
    let reach = types::DefaultReach::Account;
    owner
        .user_role_assign()
        .id(administrator)
        .body_map(|body| body.role_id(own).reach(reach))
        .send()
        .await
        .unwrap();
    client.role_delete().id(own).if_match("*").replacement_id(none).send().await.unwrap();
    assert_eq!(problem(client.role_list().send().await).code, "forbidden");
    owner_gives_roles(app, "deleted").await;
    owner.user_deactivate().id(administrator).send().await.unwrap();
    let fresh = user(app, "fresh", None).await;
    assign(app, fresh, system).await;
    owner.user_delete().id(fresh).if_match("*").send().await.unwrap();
    owner_gives_roles(app, "gone").await;
}

async fn two_administrators_who_remove_each_other_lock_nobody_out(app: &TestApp) {
    let owner = app.owner();
    let system = role(app, "system_administrator").await;
    let (one, two) = (user(app, "one", None).await, user(app, "two", None).await);
    let given = async |id: Uuid| {
        assign(app, id, system).await;
        owner.user_role_list().id(id).send().await.unwrap().into_inner().items[0].id
    };
    let (of_one, of_two) = (given(one).await, given(two).await);
    let (first, second) = (client(app, one).await.0, client(app, two).await.0);
    let (taken, given) = tokio::join!(
        first.user_role_revoke().id(two).assignment_id(of_two).send(),
        second.user_role_revoke().id(one).assignment_id(of_one).send(),
    );
    assert!(taken.is_ok() || given.is_ok());
    owner_gives_roles(app, "revived").await;
    assert!(owner.event_verify().send().await.unwrap().first_fault.is_none());
}
