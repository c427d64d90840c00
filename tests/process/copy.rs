//! Copying processes to another account.

use styr_sdk::types;
use uuid::Uuid;

use super::{MODEL, import};
use crate::people::{assign, client, role, user};
use crate::support::{TestApp, on_both, problem};

on_both! {
    a_process_is_copied_with_what_it_uses
    who_may_not_in_either_account_copies_nothing
}

/// A process with an activity, a role in a lane, a label, and a task with a form for somebody.
async fn equipped(app: &TestApp) -> Uuid {
    let owner = app.owner();
    let (_, made) = import(app, MODEL).await;
    let id: Uuid = made["processes"][0]["id"].as_str().unwrap().parse().unwrap();
    let activity =
        |body: types::builder::ActivityBody| body.title("Ask well").instruction("Say **why**.".to_owned());
    let activity = owner.activity_create().body_map(activity).send().await.unwrap().id;
    let buyer = owner.process_role_create().body_map(|body| body.name("Buyer")).send().await.unwrap().id;
    let label = owner.label_create().body_map(|body| body.name("Money")).send().await.unwrap().id;
    let form = owner.form_create().body_map(|body| body.title("Application")).send().await.unwrap().id;
    let me = owner.me_get().send().await.unwrap().user.id;
    let flow = owner.process_flow_get().id(id).send().await.unwrap().into_inner();
    let mut flow = serde_json::to_value(flow).unwrap();
    flow["nodes"][1]["activity_id"] = serde_json::json!(activity);
    flow["lanes"] = serde_json::json!([{ "id": "lane", "name": "?", "process_role_id": buyer }]);
    flow["nodes"][1]["lane"] = serde_json::json!("lane");
    let assignee = serde_json::json!({ "type": "user", "user_id": me });
    flow["nodes"][3]["step"] = serde_json::json!({ "form_id": form, "assignee": assignee });
    let flow: types::Flow = serde_json::from_value(flow).unwrap();
    owner.process_flow_replace().id(id).if_match("*").body(flow).send().await.unwrap();
    let body =
        |body: types::builder::ProcessBody| body.title("Buy").code("4.2".to_owned()).label_ids(vec![label]);
    owner.process_replace().id(id).if_match("*").body_map(body).send().await.unwrap();
    id
}

async fn a_process_is_copied_with_what_it_uses(app: &TestApp) {
    let id = equipped(app).await;
    let (owner, stranger) = (app.owner(), app.stranger());
    let body = |body: types::builder::CopyBody| body.process_ids(vec![id]).target_token(&app.stranger_token);
    let copied = owner.account_copy_processes().body_map(body).send().await.unwrap().into_inner();
    assert_eq!(copied.processes.len(), 1);
    let copy = copied.processes[0].copy_id;
    let left: Vec<_> = copied.left_out.iter().map(|left| left.element.as_deref()).collect();
    assert_eq!(left, [Some("decide")], "the receiver stays behind: {:?}", copied.left_out);
    assert!(owner.process_get().id(copy).send().await.is_err(), "it is the other account's");

    let process = stranger.process_get().id(copy).send().await.unwrap();
    assert_eq!((process.title.as_str(), process.code.as_deref()), ("Buy", Some("4.2")));
    assert_eq!(process.state, types::ProcessState::Draft);
    let flow = stranger.process_flow_get().id(copy).send().await.unwrap().into_inner();
    let activity = flow.nodes[1].activity_id.unwrap();
    let activity = stranger.activity_get().id(activity).send().await.unwrap();
    assert_eq!(
        (activity.title.as_str(), activity.instruction.as_deref()),
        ("Ask well", Some("Say **why**."))
    );
    assert_eq!(flow.lanes[0].name.as_deref(), Some("Buyer"));
    let step = flow.nodes[3].step.clone().unwrap();
    assert!(step.assignee.is_none());
    let form = stranger.form_get().id(step.form_id.unwrap()).send().await.unwrap();
    assert_eq!(form.title, "Application");
    let labels = stranger.label_list().send().await.unwrap().into_inner().items;
    assert_eq!(labels.iter().map(|label| label.name.as_str()).collect::<Vec<_>>(), ["Money"]);

    // Once more takes the role and the label that are there now.
    owner.account_copy_processes().body_map(body).send().await.unwrap();
    assert_eq!(stranger.label_list().send().await.unwrap().items.len(), 1);
    assert_eq!(stranger.process_role_list().send().await.unwrap().items.len(), 1);
    let history = owner.process_history().id(id).send().await.unwrap().into_inner().items;
    assert!(history.iter().any(|event| event.kind == "process.copied"), "it is noted what left");
}

async fn who_may_not_in_either_account_copies_nothing(app: &TestApp) {
    let id = equipped(app).await;
    let to =
        |token: String| move |body: types::builder::CopyBody| body.process_ids(vec![id]).target_token(token);
    let owner = app.owner();
    let fault = problem(owner.account_copy_processes().body_map(to(app.owner_token.clone())).send().await);
    assert_eq!(fault.errors[0].code, "same_account");
    let fault = problem(owner.account_copy_processes().body_map(to("styr_guess".to_owned())).send().await);
    assert_eq!((fault.status, fault.errors[0].pointer.as_deref()), (422, Some("/target_token")));
    let reader = user(app, "reader", None).await;
    assign(app, reader, role(app, "employee").await).await;
    let (reader, token) = client(app, reader).await;
    let copy = reader.account_copy_processes().body_map(to(app.stranger_token.clone())).send().await;
    assert_eq!(problem(copy).status, 403, "may not copy from here");
    let stranger = app.stranger();
    let theirs = stranger.process_create().body_map(|body| body.title("Theirs")).send().await.unwrap().id;
    let body = |body: types::builder::CopyBody| body.process_ids(vec![theirs]).target_token(&token.secret);
    assert_eq!(problem(stranger.account_copy_processes().body_map(body).send().await).status, 403);
    let body = |body: types::builder::CopyBody| {
        body.process_ids(vec![id, Uuid::nil()]).target_token(&app.stranger_token)
    };
    let fault = problem(owner.account_copy_processes().body_map(body).send().await);
    assert_eq!(fault.errors[0].pointer.as_deref(), Some("/process_ids/1"));
    assert_eq!(stranger.process_list().send().await.unwrap().items.len(), 1, "nothing came");
}
