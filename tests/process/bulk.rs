//! Changing many processes at once.

use styr_sdk::types;
use styr_sdk::types::ProcessBulkAction as Action;
use uuid::Uuid;

use crate::people::{assign, client, role, user};
use crate::support::{TestApp, on_both, problem};

on_both! {
    many_processes_change_together
    one_in_the_way_stops_all
}

async fn make(client: &styr_sdk::Client, count: usize) -> Vec<Uuid> {
    let mut made = Vec::new();
    for number in 0..count {
        let body = |body: types::builder::ProcessBody| body.title(format!("Process {number}"));
        made.push(client.process_create().body_map(body).send().await.unwrap().id);
    }
    made
}

async fn label(client: &styr_sdk::Client, name: &str) -> Uuid {
    client.label_create().body_map(|body| body.name(name)).send().await.unwrap().id
}

async fn many_processes_change_together(app: &TestApp) {
    let owner = app.owner();
    let ids = make(&owner, 3).await;
    let group = owner.process_group_create().body_map(|body| body.title("Group")).send().await.unwrap().id;
    let (next, editor) = (user(app, "next", None).await, user(app, "editor", None).await);
    let body = |body: types::builder::ProcessBulkBody| {
        let body = body.process_ids(ids.clone()).group_id(group).owner_id(next).add_editor_ids(vec![editor]);
        body.visibility(types::ProcessVisibility::Private).action(Action::Publish)
    };
    let done = owner.process_bulk_change().body_map(body).send().await.unwrap();
    assert_eq!(done.count, 3);
    for id in &ids {
        let process = owner.process_get().id(*id).send().await.unwrap();
        assert_eq!((process.group_id, process.owner_id), (Some(group), next));
        assert_eq!(process.editor_ids.as_deref(), Some(&[editor][..]));
        assert_eq!((process.state, process.published_version), (types::ProcessState::Live, Some(1)));
    }
    let (asked, gone) = (label(&owner, "Asked").await, label(&owner, "Gone").await);
    let tag = async |add: Vec<Uuid>, remove: Vec<Uuid>| {
        let body = |body: types::builder::ProcessBulkBody| {
            body.process_ids(ids.clone()).add_label_ids(add).remove_label_ids(remove)
        };
        owner.process_bulk_change().body_map(body).send().await
    };
    tag(vec![gone], vec![]).await.unwrap();
    tag(vec![asked], vec![gone]).await.unwrap();
    assert_eq!(
        problem(tag(vec![Uuid::nil()], vec![]).await).errors[0].pointer.as_deref(),
        Some("/add_label_ids")
    );
    for id in &ids {
        let process = owner.process_get().id(*id).send().await.unwrap();
        assert_eq!(process.label_ids, [asked]);
    }
    let act = async |action| {
        let body = |body: types::builder::ProcessBulkBody| body.process_ids(ids.clone()).action(action);
        owner.process_bulk_change().body_map(body).send().await
    };
    act(Action::Freeze).await.unwrap();
    let fault = problem(act(Action::Publish).await);
    assert_eq!((fault.code.as_str(), fault.errors.len()), ("bulk_refused", 3));
    assert_eq!(fault.errors[2].code, "process_frozen");
    act(Action::Unfreeze).await.unwrap();
    assert_eq!(owner.process_get().id(ids[0]).send().await.unwrap().state, types::ProcessState::Live);
    act(Action::Publish).await.unwrap();
    let versions = owner.process_version_list().id(ids[0]).send().await.unwrap().into_inner().items;
    assert_eq!((versions.len(), versions[0].edition), (1, Some(1)), "what is in force stays as it is");
    act(Action::Delete).await.unwrap();
    assert!(owner.process_list().send().await.unwrap().items.is_empty());
}

async fn one_in_the_way_stops_all(app: &TestApp) {
    let owner = app.owner();
    let editor = user(app, "editor", None).await;
    assign(app, editor, role(app, "employee").await).await;
    let client = client(app, editor).await.0;
    let mut ids = make(&owner, 2).await;
    for id in &ids {
        let body = |body: types::builder::ProcessBody| body.title("Theirs").editor_ids(vec![editor]);
        owner.process_replace().id(*id).if_match("*").body_map(body).send().await.unwrap();
    }
    ids.extend(make(&owner, 1).await);
    owner.process_publish().id(ids[2]).send().await.unwrap();
    let body = |body: types::builder::ProcessBulkBody| body.process_ids(ids.clone()).owner_id(editor);
    let fault = problem(client.process_bulk_change().body_map(body).send().await);
    assert_eq!((fault.status, fault.errors.len()), (403, 1));
    assert_eq!(fault.errors[0].pointer.as_deref(), Some("/process_ids/2"));
    let mut unknown = ids[..2].to_vec();
    unknown.push(Uuid::nil());
    let body = |body: types::builder::ProcessBulkBody| body.process_ids(unknown.clone()).owner_id(editor);
    let fault = problem(client.process_bulk_change().body_map(body).send().await);
    assert_eq!((fault.status, fault.errors[0].code.as_str()), (422, "not_found"));
    assert_ne!(owner.process_get().id(ids[0]).send().await.unwrap().owner_id, editor, "nothing was changed");
    let group = owner.process_group_create().body_map(|body| body.title("Group")).send().await.unwrap().id;
    let body = |body: types::builder::ProcessBulkBody| body.process_ids(ids[..2].to_vec()).group_id(group);
    assert_eq!(
        problem(client.process_bulk_change().body_map(body).send().await).status,
        403,
        "not theirs to fill"
    );
}
