//! Processes as callers meet them.

mod activity;
mod bulk;
mod comment;
mod copy;
mod drawing;
mod export;
mod file;
mod landscape;
mod rights;
mod role;
mod share;

use std::collections::BTreeMap;

use styr_sdk::reqwest::Method;
use styr_sdk::{WithEtag, types};

use crate::support::{TestApp, answer, on_both, problem};

on_both! {
    a_model_is_imported_changed_published_and_exported
    what_other_tools_say_is_kept_and_exported_again
    what_cannot_be_read_is_refused_with_reasons
    versions_are_compared_and_restored
    a_frozen_process_stays_as_it_is
    the_landscape_has_levels
    another_account_sees_nothing
}

pub(crate) const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:test">
  <process id="approve" name="Approve a purchase">
    <startEvent id="start"/>
    <userTask id="ask" name="Ask for it"/>
    <exclusiveGateway id="large" name="Large?" default="small"/>
    <userTask id="decide" name="Decide"/>
    <endEvent id="end"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="ask"/>
    <sequenceFlow id="b" sourceRef="ask" targetRef="large"/>
    <sequenceFlow id="yes" sourceRef="large" targetRef="decide"><conditionExpression>amount &gt; 1000</conditionExpression></sequenceFlow>
    <sequenceFlow id="small" sourceRef="large" targetRef="end"/>
    <sequenceFlow id="c" sourceRef="decide" targetRef="end"/>
  </process>
</definitions>"#;

pub(crate) async fn import(app: &TestApp, xml: &str) -> (u16, serde_json::Value) {
    let request = app.raw(Method::POST, "/v1/processes/import").bearer_auth(&app.owner_token);
    let (status, body) = answer(request.header("Content-Type", "application/xml").body(xml.to_owned())).await;
    (status.as_u16(), body)
}

async fn text(app: &TestApp, path: &str) -> String {
    let response = app.raw(Method::GET, path).bearer_auth(&app.owner_token).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

fn nodes(flow: &types::Flow) -> BTreeMap<String, Option<String>> {
    flow.nodes.iter().map(|node| (node.id.clone(), node.name.clone())).collect()
}

async fn a_model_is_imported_changed_published_and_exported(app: &TestApp) {
    let client = app.owner();
    let (status, made) = import(app, MODEL).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(made["not_carried"], serde_json::json!([]));
    let id: uuid::Uuid = made["processes"][0]["id"].as_str().unwrap().parse().unwrap();
    let process = client.process_get().id(id).send().await.unwrap();
    assert_eq!(process.title, "Approve a purchase");
    assert_eq!(process.state, types::ProcessState::Draft);

    let flow = WithEtag::try_from(client.process_flow_get().id(id).send().await.unwrap()).unwrap();
    assert_eq!(flow.nodes.len(), 5);
    let mut changed = flow.value.clone();
    changed.nodes[1].name = Some("Ask kindly".to_owned());
    let saved = client
        .process_flow_replace()
        .id(id)
        .if_match(&*flow.etag)
        .body(changed.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(nodes(&saved), nodes(&changed));
    let stale = client.process_flow_replace().id(id).if_match(&*flow.etag).body(changed).send().await;
    assert_eq!(problem(stale).code, "revision_changed");

    let published =
        client.process_publish().id(id).body_map(|body| body.note("first".to_owned())).send().await.unwrap();
    assert_eq!((published.state, published.published_version), (types::ProcessState::Live, Some(2)));

    let svg = text(app, &format!("/v1/processes/{id}/diagram.svg")).await;
    assert!(svg.starts_with("<svg") && svg.contains("Ask kindly") && !svg.contains("<script"));
    let xml = text(app, &format!("/v1/processes/{id}/bpmn")).await;
    let (_, again) = import(app, &xml).await;
    assert_eq!(again["not_carried"], serde_json::json!([]));
    let again: uuid::Uuid = again["processes"][0]["id"].as_str().unwrap().parse().unwrap();
    let copy = client.process_flow_get().id(again).send().await.unwrap();
    assert_eq!(nodes(&copy), nodes(&saved));
}

async fn what_other_tools_say_is_kept_and_exported_again(app: &TestApp) {
    let client = app.owner();
    let task = r#"<userTask id="ask" name="Ask for it" c:assignee="kim" xmlns:c="http://camunda.org/schema/1.0/bpmn">
        <extensionElements><c:formData>a &amp; b</c:formData></extensionElements></userTask>"#;
    let model = MODEL.replace(r#"<userTask id="ask" name="Ask for it"/>"#, task);
    let (_, made) = import(app, &model).await;
    let told: Vec<_> = made["not_carried"].as_array().unwrap().iter().map(|left| &left["kept"]).collect();
    assert_eq!(told, [true, true], "{made}");
    let id: uuid::Uuid = made["processes"][0]["id"].as_str().unwrap().parse().unwrap();
    let flow = WithEtag::try_from(client.process_flow_get().id(id).send().await.unwrap()).unwrap();
    let ask = flow.nodes.iter().position(|node| node.id == "ask").unwrap();
    let mut changed = flow.value.clone();
    changed.nodes[ask].name = Some("Ask kindly".to_owned());
    let replace =
        |body: types::Flow| client.process_flow_replace().id(id).if_match(&*flow.etag).body(body).send();
    for (xml, code) in [
        ("<userTask", "extension_invalid"),
        ("<!DOCTYPE a><a/>", "extension_invalid"),
        ("<a/>", "extension_misplaced"),
        (
            r#"<userTask xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" isForCompensation="true"/>"#,
            "extension_contradicts",
        ),
    ] {
        let mut bad = changed.clone();
        bad.nodes[ask].extensions = vec![xml.to_owned()];
        let fault = problem(replace(bad).await);
        let found: Vec<_> = fault.errors.iter().map(|e| (e.element.as_deref(), e.code.as_str())).collect();
        assert_eq!((fault.status, &found[..]), (422, &[(Some("ask"), code)][..]), "{xml}");
    }
    replace(changed).await.unwrap();
    let xml = text(app, &format!("/v1/processes/{id}/bpmn")).await;
    assert!(xml.contains(r#"id="ask" name="Ask kindly" c:assignee="kim">"#), "{xml}");
    assert!(xml.contains("<c:formData>a &amp; b</c:formData>"), "{xml}");
}

async fn what_cannot_be_read_is_refused_with_reasons(app: &TestApp) {
    let before = app.owner().process_list().send().await.unwrap().items.len();
    let bomb = "<!DOCTYPE lolz [<!ENTITY a \"ha\">]><definitions/>";
    let dangling = MODEL.replace("targetRef=\"decide\"", "targetRef=\"nowhere\"");
    for xml in ["", "<definitions", bomb, "<a/>", &dangling] {
        let (status, problem) = import(app, xml).await;
        assert_eq!(status, 422, "{xml}: {problem}");
        assert!(problem["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{problem}");
    }
    let (_, problem) = import(app, &dangling).await;
    assert_eq!(problem["errors"][0]["element"], "yes");
    let after = app.owner().process_list().send().await.unwrap().items.len();
    assert_eq!(before, after, "a refused file leaves nothing behind");
}

async fn versions_are_compared_and_restored(app: &TestApp) {
    let client = app.owner();
    let made = client.process_create().body_map(|body| body.title("Buy")).send().await.unwrap();
    let id = made.id;
    client
        .process_replace()
        .id(id)
        .if_match("*")
        .body_map(|body| body.title("Buy well").purpose("To have it".to_owned()))
        .send()
        .await
        .unwrap();
    let versions = client.process_version_list().id(id).send().await.unwrap();
    assert_eq!(versions.items.iter().map(|version| version.number).collect::<Vec<_>>(), [2, 1]);
    let changes = client.process_version_compare().id(id).number(2).send().await.unwrap();
    let pointers: Vec<_> = changes.changes.iter().map(|change| change.pointer.as_str()).collect();
    assert_eq!(pointers, ["/purpose", "/title"]);
    let restored = client.process_version_restore().id(id).number(1).send().await.unwrap();
    assert_eq!((restored.title.as_str(), restored.version), ("Buy", 3));
    let third = client.process_version_get().id(id).number(3).send().await.unwrap();
    assert_eq!(third.version.restored_from, Some(1));
    let missing = client.process_version_restore().id(id).number(9).send().await;
    assert_eq!(problem(missing).code, "not_found");
}

async fn a_frozen_process_stays_as_it_is(app: &TestApp) {
    let client = app.owner();
    let id = client.process_create().body_map(|body| body.title("Buy")).send().await.unwrap().id;
    client.process_publish().id(id).send().await.unwrap();
    client.process_freeze().id(id).send().await.unwrap();
    let change =
        client.process_replace().id(id).if_match("*").body_map(|body| body.title("Sell")).send().await;
    assert_eq!(problem(change).code, "process_frozen");
    let again = client.process_freeze().id(id).send().await;
    assert_eq!(problem(again).code, "process_frozen");
    let thawed = client.process_unfreeze().id(id).send().await.unwrap();
    assert_eq!(thawed.state, types::ProcessState::Live);
    assert_eq!(problem(client.process_unfreeze().id(id).send().await).code, "process_not_frozen");
}

async fn the_landscape_has_levels(app: &TestApp) {
    let client = app.owner();
    let top = client
        .process_group_create()
        .body_map(|body| body.title("Service").code("6".to_owned()))
        .send()
        .await
        .unwrap()
        .id;
    let below = client
        .process_group_create()
        .body_map(|body| body.title("Returns").parent_id(top))
        .send()
        .await
        .unwrap()
        .id;
    client.process_create().body_map(|body| body.title("Take back").group_id(below)).send().await.unwrap();
    let level = client.landscape_get().group_id(below).send().await.unwrap();
    assert_eq!((level.groups.len(), level.processes.len()), (0, 1));
    let level = client.landscape_get().send().await.unwrap();
    assert_eq!((level.groups.len(), level.processes.len()), (1, 0));

    let into_itself = client
        .process_group_replace()
        .id(top)
        .if_match("*")
        .body_map(|body| body.title("Service").parent_id(below))
        .send()
        .await;
    let fault = problem(into_itself);
    assert_eq!((fault.code.as_str(), fault.errors[0].code.as_str()), ("invalid", "group_in_itself"));
    assert_eq!(
        problem(client.process_group_delete().id(below).if_match("*").send().await).code,
        "process_group_not_empty"
    );
}

async fn another_account_sees_nothing(app: &TestApp) {
    let id = app.owner().process_create().body_map(|body| body.title("Secret")).send().await.unwrap().id;
    let stranger = app.stranger();
    assert!(stranger.process_list().send().await.unwrap().items.is_empty());
    assert_eq!(problem(stranger.process_get().id(id).send().await).code, "not_found");
    assert_eq!(problem(stranger.process_delete().id(id).if_match("*").send().await).code, "not_found");
    let group =
        app.owner().process_group_create().body_map(|body| body.title("Ours")).send().await.unwrap().id;
    let made = stranger.process_create().body_map(|body| body.title("Theirs").group_id(group)).send().await;
    assert_eq!(problem(made).code, "invalid");
}
