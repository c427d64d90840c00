//! People who leave: what they were responsible for, and giving it to another.

use serde_json::json;
use styr_sdk::types::{self, ResponsibilityKind as Kind};
use styr_sdk::{Client, WithEtag};
use uuid::Uuid;

use crate::case::{start, waiting, workflow};
use crate::people::{assign, client, role, user};
use crate::support::{TestApp, on_both, problem};

on_both! {
    all_that_a_leaver_held_changes_hands
    what_the_caller_may_not_change_makes_the_whole_refused
}

/// What a user is responsible for, as a caller sees it, in pages of two.
async fn held(client: &Client, id: Uuid) -> Vec<(Kind, Uuid)> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut request = client.user_responsibilities().id(id).limit(2_u64);
        if let Some(cursor) = &cursor {
            request = request.cursor(cursor.clone());
        }
        let page = request.send().await.unwrap().into_inner();
        assert!(page.items.len() <= 2);
        found.extend(page.items.iter().map(|item| (item.kind, item.id)));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return found;
        }
    }
}

async fn process(
    app: &TestApp,
    people: impl FnOnce(types::builder::ProcessBody) -> types::builder::ProcessBody,
) -> Uuid {
    app.owner().process_create().body_map(|body| people(body.title("Process"))).send().await.unwrap().id
}

fn items(of: &[(Kind, Uuid)]) -> Option<Vec<types::ReassignItemBody>> {
    Some(of.iter().map(|(kind, id)| types::ReassignItemBody { kind: *kind, id: *id }).collect())
}

async fn all_that_a_leaver_held_changes_hands(app: &TestApp) {
    let owner = app.owner();
    let (leaver, heir) = (user(app, "leaver", None).await, user(app, "heir", None).await);
    for id in [leaver, heir] {
        assign(app, id, role(app, "employee").await).await;
    }
    let (theirs, _) = client(app, leaver).await;
    let (heirs, _) = client(app, heir).await;
    let owned = process(app, |body| body.owner_id(leaver)).await;
    let edited = process(app, |body| body.editor_ids(vec![leaver, heir])).await;
    let joined = process(app, |body| body.member_ids(vec![leaver])).await;
    let group = owner.group_create().body_map(|body| body.name("Group")).send().await.unwrap().id;
    owner.group_member_add().id(group).body_map(|body| body.user_id(leaver)).send().await.unwrap();
    let workflow = workflow(app, &[json!({ "type": "user", "user_id": leaver })]).await;
    let (running, parked) = (start(&theirs, workflow).await, start(&theirs, workflow).await);
    owner.case_park().id(parked.id).send().await.unwrap();
    let done = start(&theirs, workflow).await;
    theirs.task_complete().id(done.open_tasks.unwrap()[0].id).send().await.unwrap();
    let tasks = [running.open_tasks.unwrap()[0].id, parked.open_tasks.unwrap()[0].id];
    owner.user_deactivate().id(leaver).send().await.unwrap();

    let everything = [
        (Kind::ProcessOwner, owned),
        (Kind::ProcessEditor, edited),
        (Kind::ProcessMember, joined),
        (Kind::CaseOwner, running.id),
        (Kind::CaseOwner, parked.id),
        (Kind::Task, tasks[0]),
        (Kind::Task, tasks[1]),
        (Kind::GroupMember, group),
    ];
    assert_eq!(held(&owner, leaver).await, everything);

    let gone = user(app, "gone", None).await;
    owner.user_deactivate().id(gone).send().await.unwrap();
    for (to, code) in [(gone, "user_inactive"), (leaver, "same_user"), (Uuid::nil(), "not_found")] {
        let refused = owner.user_reassign().id(leaver).body_map(|body| body.to_user_id(to)).send().await;
        let fault = problem(refused);
        assert_eq!((fault.status, fault.errors[0].code.as_str()), (422, code));
        assert_eq!(fault.errors[0].pointer.as_deref(), Some("/to_user_id"));
    }

    let before = WithEtag::try_from(owner.process_get().id(edited).send().await.unwrap()).unwrap();
    let done = owner.user_reassign().id(leaver).body_map(|body| body.to_user_id(heir)).send().await.unwrap();
    let counts: Vec<_> = done.items.iter().map(|item| (item.kind, item.count)).collect();
    let expected = [
        (Kind::ProcessOwner, 1),
        (Kind::ProcessEditor, 1),
        (Kind::ProcessMember, 1),
        (Kind::CaseOwner, 2),
        (Kind::Task, 2),
        (Kind::GroupMember, 1),
    ];
    assert_eq!(counts, expected);
    assert_eq!(held(&owner, leaver).await, []);
    assert_eq!(held(&owner, heir).await, everything);
    assert_eq!(waiting(&heirs).await, [tasks[0]]);
    assert_eq!(heirs.case_get().id(parked.id).send().await.unwrap().owner_id, heir);
    heirs.task_complete().id(tasks[0]).send().await.unwrap();

    // Who knew the process as it was does not bring its editors back by chance, and its content has no new version.
    let stale = owner
        .process_replace()
        .id(edited)
        .if_match(&*before.etag)
        .body_map(|body| body.title("Process").editor_ids(vec![leaver, heir]))
        .send()
        .await;
    assert_eq!(problem(stale).code, "revision_changed");
    for id in [owned, edited] {
        assert_eq!(owner.process_version_list().id(id).send().await.unwrap().items.len(), 1);
    }
    // One event for each thing, besides those of its making.
    for (kind, count) in [
        ("process.owner_changed", 1),
        ("process.editors_changed", 2),
        ("process.members_changed", 2),
        ("case.owner_changed", 2),
        ("task.reassigned", 2),
        ("group.member_removed", 1),
        ("group.member_added", 2),
    ] {
        let events = owner.event_list().kind(kind).send().await.unwrap().into_inner().items;
        assert_eq!(events.len(), count, "{kind}");
    }
    assert!(owner.event_verify().send().await.unwrap().first_fault.is_none());
}

async fn what_the_caller_may_not_change_makes_the_whole_refused(app: &TestApp) {
    let owner = app.owner();
    let unit = owner.organisation_create().body_map(|body| body.name("Unit")).send().await.unwrap().id;
    let administrator = user(app, "administrator", Some(unit)).await;
    let rights = vec![types::Right::AdminEnter, types::Right::UserManageLocal, types::Right::GroupManage];
    let made = owner.role_create().body_map(|body| body.name("Local").rights(rights)).send().await.unwrap();
    assign(app, administrator, made.id).await;
    let (administrator, _) = client(app, administrator).await;
    let leaver = user(app, "leaver", Some(unit)).await;
    let heir = user(app, "heir", Some(unit)).await;
    let group = async |name: &str, unit: Option<Uuid>| {
        let body = |body: types::builder::GroupBody| body.name(name).organisation_id(unit);
        let id = owner.group_create().body_map(body).send().await.unwrap().id;
        owner.group_member_add().id(id).body_map(|body| body.user_id(leaver)).send().await.unwrap();
        id
    };
    let (local, shared) = (group("Local", Some(unit)).await, group("Shared", None).await);
    let private =
        process(app, |body| body.owner_id(leaver).visibility(types::ProcessVisibility::Private)).await;
    let everything = [(Kind::ProcessOwner, private), (Kind::GroupMember, local), (Kind::GroupMember, shared)];
    assert_eq!(held(&owner, leaver).await, everything);
    assert_eq!(held(&administrator, leaver).await, everything[1..]);

    let reassign = async |client: &Client, chosen: Option<Vec<types::ReassignItemBody>>| {
        let body = |body: types::builder::ReassignBody| body.to_user_id(heir).items(chosen);
        client.user_reassign().id(leaver).body_map(body).send().await
    };
    let fault = problem(reassign(&administrator, None).await);
    assert_eq!(fault.code, "forbidden");
    let codes: Vec<_> = fault.errors.iter().map(|error| error.code.as_str()).collect();
    assert_eq!(codes, ["forbidden", "not_found"], "{fault}");
    assert!(fault.errors[0].detail.contains(&shared.to_string()), "{fault}");
    assert!(!fault.to_string().contains(&private.to_string()), "{fault}");
    assert!(fault.missing_rights.contains(&"group.manage_shared".to_owned()), "{fault}");

    let fault = problem(reassign(&administrator, items(&everything[1..])).await);
    assert_eq!((fault.code.as_str(), fault.errors.len()), ("forbidden", 1));
    assert_eq!(fault.errors[0].pointer.as_deref(), Some("/items/1/id"));
    let fault = problem(reassign(&administrator, items(&[(Kind::Task, local)])).await);
    assert_eq!((fault.status, fault.errors[0].pointer.as_deref()), (422, Some("/items/0/id")));
    assert_eq!(held(&owner, leaver).await, everything);
    assert_eq!(held(&owner, heir).await, []);

    reassign(&administrator, items(&everything[1..2])).await.unwrap();
    assert_eq!(held(&owner, leaver).await, [everything[0], everything[2]]);
    assert_eq!(held(&owner, heir).await, [everything[1]]);

    // What is frozen stays as it is, whoever asks.
    owner.process_publish().id(private).send().await.unwrap();
    owner.process_freeze().id(private).send().await.unwrap();
    let fault = problem(reassign(&owner, None).await);
    assert_eq!((fault.status, fault.errors[0].code.as_str()), (409, "process_frozen"));
    owner.process_unfreeze().id(private).send().await.unwrap();
    reassign(&owner, None).await.unwrap();
    assert_eq!(held(&owner, leaver).await, []);
    assert_eq!(problem(app.stranger().user_responsibilities().id(leaver).send().await).code, "not_found");
    let foreign =
        app.stranger().user_reassign().id(leaver).body_map(|body| body.to_user_id(heir)).send().await;
    assert_eq!(problem(foreign).code, "not_found");
}
