//! What callers reach only as far as the rules go.

use serde_json::{Value, json};
use styr_sdk::types;
use styr_sdk::types::ProcessBulkAction as Action;
use uuid::Uuid;

use super::activity::{activity, flow, maker, process, process_of, publish, reader, showing};
use super::import;
use super::landscape::{archive, group, model};
use crate::support::{TestApp, answer, on_both, problem};

on_both! {
    an_editor_puts_a_process_only_where_they_may
    a_draft_does_not_open_its_activities_to_readers
    what_was_never_in_force_is_not_set_aside
    a_folder_finds_only_what_the_caller_sees
    a_folder_of_many_writes_goes_into_a_branch
    the_landscape_is_never_too_deep
    an_import_keeps_to_what_a_process_may_say
}

async fn an_editor_puts_a_process_only_where_they_may(app: &TestApp) {
    let owner = app.owner();
    let (editor_id, editor) = reader(app, "editor").await;
    let theirs = group(&owner, "Theirs", "1", None).await;
    let id = process_of(app, editor_id, "Buy").await;
    let put = async |client: &styr_sdk::Client, group: Option<Uuid>| {
        let body = |body: types::builder::ProcessBody| body.title("Buy").owner_id(editor_id).group_id(group);
        client.process_replace().id(id).if_match("*").body_map(body).send().await
    };
    assert_eq!(problem(put(&editor, Some(theirs)).await).code, "forbidden");
    put(&owner, Some(theirs)).await.unwrap();
    put(&editor, Some(theirs)).await.unwrap();
    assert_eq!(problem(put(&editor, None).await).code, "forbidden", "out of it neither");
}

async fn a_draft_does_not_open_its_activities_to_readers(app: &TestApp) {
    let owner = app.owner();
    let (_, reader) = reader(app, "reader").await;
    let id = process(&owner, "Buy", flow(json!([]), json!([]))).await;
    publish(&owner, id).await;
    let planned = activity(&owner, "Planned", "Secret").await;
    owner.process_flow_replace().id(id).if_match("*").body(showing(planned)).send().await.unwrap();
    assert_eq!(problem(reader.activity_get().id(planned).send().await).code, "not_found");
    for client in [&reader, &owner] {
        let used = client.activity_list().process_id(id).send().await.unwrap();
        let seen = client.activity_list().send().await.unwrap();
        assert_eq!(used.items.len(), seen.items.len());
    }
    assert!(reader.activity_list().send().await.unwrap().items.is_empty());
    publish(&owner, id).await;
    assert_eq!(reader.activity_get().id(planned).send().await.unwrap().title, "Planned");
    assert_eq!(reader.activity_list().process_id(id).send().await.unwrap().items.len(), 1);
    assert_eq!(reader.activity_usage().id(planned).send().await.unwrap().items.len(), 1);
    // What is drafted without it leaves it in force.
    owner.process_flow_replace().id(id).if_match("*").body(flow(json!([]), json!([]))).send().await.unwrap();
    reader.activity_get().id(planned).send().await.unwrap();
    publish(&owner, id).await;
    assert_eq!(problem(reader.activity_get().id(planned).send().await).code, "not_found");
}

async fn what_was_never_in_force_is_not_set_aside(app: &TestApp) {
    let owner = app.owner();
    let id = process(&owner, "Buy", flow(json!([]), json!([]))).await;
    assert_eq!(problem(owner.process_freeze().id(id).send().await).code, "process_unpublished");
    let all = |body: types::builder::ProcessBulkBody| body.process_ids(vec![id]).action(Action::Freeze);
    let fault = problem(owner.process_bulk_change().body_map(all).send().await);
    assert_eq!(fault.errors[0].code, "process_unpublished");
    publish(&owner, id).await;
    owner.process_freeze().id(id).send().await.unwrap();
}

async fn take_in(app: &TestApp, token: &str, files: &[(&str, &str)]) -> Value {
    let request = app.raw(styr_sdk::reqwest::Method::POST, "/v1/landscape/import?existing=replace");
    let request = request.bearer_auth(token).header("Content-Type", "application/zip").body(archive(files));
    let (status, body) = answer(request).await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn a_folder_finds_only_what_the_caller_sees(app: &TestApp) {
    let owner = app.owner();
    let branch = group(&owner, "Branch", "7", None).await;
    let body =
        |body: types::builder::ProcessBody| body.title("Lay off").code("7.1".to_owned()).group_id(branch);
    let hidden = owner.process_create().body_map(body).send().await.unwrap().id;
    let (_, token) = maker(app, branch).await;
    let xml = model("Try");
    let taken = take_in(app, &token, &[("7.1. Lay off.bpmn", &xml)]).await;
    assert_eq!(taken["files"][0]["outcome"], "made", "{taken}");
    assert_ne!(taken["files"][0]["processes"][0]["id"], json!(hidden));
    let again = take_in(app, &token, &[("7.1. Lay off.bpmn", &xml)]).await;
    assert_eq!(again["files"][0]["outcome"], "replaced", "{again}");
    assert_eq!(again["files"][0]["processes"], taken["files"][0]["processes"]);
    assert_eq!(owner.process_get().id(hidden).send().await.unwrap().version, 1);
}

async fn a_folder_of_many_writes_goes_into_a_branch(app: &TestApp) {
    let owner = app.owner();
    let branch = group(&owner, "Branch", "3", None).await;
    let (_, token) = maker(app, branch).await;
    let files: Vec<(String, String)> =
        (1..=330).map(|number| (format!("3.{}.{number}. Many.bpmn", number / 90), model("Many"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, xml)| (name.as_str(), xml.as_str())).collect();
    let taken = take_in(app, &token, &files).await;
    let refused: Vec<_> =
        taken["files"].as_array().unwrap().iter().filter(|file| file["outcome"] != "made").collect();
    assert!(refused.is_empty(), "{refused:?}");
}

async fn the_landscape_is_never_too_deep(app: &TestApp) {
    let owner = app.owner();
    let mut parent = group(&owner, "Top", "1", None).await;
    for _ in 1..18 {
        parent = group(&owner, "Below", "x", Some(parent)).await;
    }
    let deep = group(&owner, "Deep", "4", Some(parent)).await;
    let skeleton = &owner.landscape_skeleton_list().send().await.unwrap().items[0].name.clone();
    let apply = owner.landscape_skeleton_apply().name(skeleton).body_map(|body| body.parent_id(deep));
    assert_eq!(problem(apply.send().await).errors[0].code, "too_deep");
    let xml = model("Try");
    let taken =
        take_in(app, &app.owner_token, &[("4.1.1.1. Deep.bpmn", &xml), ("4.1.1. Fits.bpmn", &xml)]).await;
    let outcomes: Vec<_> = taken["files"].as_array().unwrap().iter().map(|file| &file["outcome"]).collect();
    assert_eq!(outcomes, ["skipped", "made"], "{taken}");
}

async fn an_import_keeps_to_what_a_process_may_say(app: &TestApp) {
    let long = format!("<process id=\"p\"><documentation>{}</documentation>", "x".repeat(20_001));
    let xml = model("Try").replace("<process id=\"p\">", &long);
    let (status, refused) = import(app, &xml).await;
    assert_eq!((status, &refused["errors"][0]["code"]), (422, &json!("too_long")), "{refused}");
    let taken = take_in(app, &app.owner_token, &[("1.1. Long.bpmn", &xml)]).await;
    assert_eq!(taken["files"][0]["outcome"], "unread", "{taken}");
    let named = model("Try")
        .replace("<process id=\"p\">", &format!("<process id=\"p\" name=\"{}\">", "x".repeat(501)));
    assert_eq!(import(app, &named).await.1["errors"][0]["code"], "too_long");
    let kept = xml.replace(&"x".repeat(20_001), &"x".repeat(20_000));
    let taken = take_in(app, &app.owner_token, &[("1.1. Long.bpmn", &kept)]).await;
    assert_eq!(taken["files"][0]["outcome"], "made", "{taken}");
    let id: Uuid = taken["files"][0]["processes"][0]["id"].as_str().unwrap().parse().unwrap();
    take_in(app, &app.owner_token, &[("1.1. Short.bpmn", &model("Try"))]).await;
    let process = app.owner().process_get().id(id).send().await.unwrap();
    let said = (process.title.as_str(), process.purpose.len());
    assert_eq!(said, ("Short", 20_000), "a file that says nothing of it leaves it");
}
