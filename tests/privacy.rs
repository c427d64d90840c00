//! Personal data: how it is found, when it is anonymized, and that nothing remembers it afterwards.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use styr_domain::crypto::{self, PublicKey};
use styr_domain::id::AccountId;
use styr_persistence::Scope;
use styr_sdk::types;
use uuid::Uuid;

use crate::people::user;
use crate::support::{TestApp, on_both};

on_both! {
    searches_for_whom_they_name_are_forgotten_with_any_of_them
    free_text_and_phone_numbers_are_found
    a_new_key_leaves_what_older_ones_made_in_force
}

/// A case of one task without a form, started by the owner.
async fn start(app: &TestApp, title: &str) -> types::CaseView {
    let owner = app.owner();
    let flow: types::Flow = serde_json::from_value(json!({
        "nodes": [{ "id": "start", "type": "start_event" }, { "id": "do", "type": "user_task", "name": "Do" }, { "id": "end", "type": "end_event" }],
        "sequence_flows": [{ "id": "a", "source": "start", "target": "do" }, { "id": "b", "source": "do", "target": "end" }],
        "artifacts": [], "associations": [], "data": [], "lanes": [], "message_flows": [], "pools": [],
    }))
    .unwrap();
    let id = owner.workflow_create().body_map(|body| body.title("One").flow(flow)).send().await.unwrap().id;
    owner.workflow_publish().id(id).send().await.unwrap();
    owner.workflow_activate().id(id).send().await.unwrap();
    let start = owner.case_start().body_map(|body| body.workflow_id(id).title(title.to_owned()));
    start.send().await.unwrap().into_inner()
}

async fn runs(app: &TestApp) -> Vec<types::AnonymizationRunView> {
    app.owner().anonymization_run_list().send().await.unwrap().into_inner().items
}

/// Waits until there are this many runs and all have ended.
async fn ended_runs(app: &TestApp, count: usize) -> Vec<types::AnonymizationRunView> {
    let start = Instant::now();
    loop {
        let runs = runs(app).await;
        if runs.len() == count && runs.iter().all(|run| run.status == types::RunStatus::Completed) {
            return runs;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{runs:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn search(app: &TestApp, query: &str) -> Vec<types::PersonHitView> {
    app.owner().person_search().body_map(|body| body.query(query)).send().await.unwrap().into_inner().items
}

/// The searches made so far, newest first.
async fn searches(app: &TestApp) -> Vec<types::EventView> {
    app.owner().event_list().kind("person_search.ran").send().await.unwrap().into_inner().items
}

/// Anonymizes a user, and waits until that is done.
async fn anonymize(app: &TestApp, user: Uuid, runs: usize) -> Uuid {
    let target = types::TargetBody { entity: types::TargetKind::User, id: user };
    let owner = app.owner();
    let run = owner.anonymization_run_start().body_map(|body| body.targets(Some(vec![target])));
    let id = run.send().await.unwrap().id;
    ended_runs(app, runs).await;
    id
}

async fn searches_for_whom_they_name_are_forgotten_with_any_of_them(app: &TestApp) {
    let owner = app.owner();
    let (anna, _) = (user(app, "anna", None).await, user(app, "bo", None).await);
    let renamed = user(app, "ottilia", None).await;
    assert_eq!(search(app, "anna@example.org, bo@example.org").await.len(), 2);
    assert_eq!(search(app, "ottilia").await.len(), 1);
    let body = |body: types::builder::UserBody| body.name("Petra").email("petra@example.org");
    owner.user_replace().id(renamed).if_match("*").body_map(body).send().await.unwrap();
    assert!(searches(app).await.iter().all(|search| search.personal.is_some()));
    anonymize(app, anna, 1).await;
    let erased: Vec<bool> = searches(app).await.iter().map(|search| search.erased).collect();
    assert_eq!(erased, [false, true], "the one that names both is gone");
    anonymize(app, renamed, 2).await;
    assert!(searches(app).await.iter().all(|search| search.erased), "also one by a name had before");
}

/// A published form with a phone number and an encrypted CPR number.
async fn form(app: &TestApp) -> Uuid {
    let owner = app.owner();
    let field = |key: &str, kind: &str, class: &str, encrypted: bool| {
        json!({
            "key": key, "type": kind, "label": { "en": key }, "class": class, "required": false,
            "encrypted": encrypted, "multiple": false, "choices": [],
        })
    };
    let definition: types::FormDefinition = serde_json::from_value(json!({
        "country": "dk",
        "fields": [
            field("mobile", "phone", "personal", false),
            field("cpr", "danish_person_number", "person_number", true),
        ],
    }))
    .unwrap();
    let form = owner
        .form_create()
        .body_map(|body| body.title("Contact").description("By Thorvalda".to_owned()).definition(definition));
    let id = form.send().await.unwrap().id;
    owner.form_publish().id(id).send().await.unwrap();
    id
}

async fn fill_in(app: &TestApp, form: Uuid, mobile: &str, cpr: &str) -> Uuid {
    let Value::Object(values) = json!({ "mobile": mobile, "cpr": cpr }) else { unreachable!() };
    app.owner().submission_create().id(form).body_map(|body| body.values(values)).send().await.unwrap().id
}

async fn free_text_and_phone_numbers_are_found(app: &TestApp) {
    let owner = app.owner();
    let form = form(app).await;
    let process = owner
        .process_create()
        .body_map(|body| body.title("Rosamunda's complaint").purpose("As Ferdinanda wants it".to_owned()))
        .send()
        .await
        .unwrap()
        .id;
    let note = |body: types::builder::PublishInput| body.note("Approved by Leopoldina".to_owned());
    owner.process_publish().id(process).body_map(note).send().await.unwrap();
    let case = start(app, "For nobody").await;
    owner.workflow_publish().id(case.workflow_id).body_map(note).send().await.unwrap();
    let found = async |query: &str| {
        let hits = search(app, query).await.into_iter();
        hits.map(|hit| (hit.entity_id, hit.fields.join(" "))).collect::<Vec<_>>()
    };
    assert_eq!(found("Rosamunda").await, [(process, "title".to_owned())]);
    assert_eq!(found("ferdinanda").await, [(process, "purpose".to_owned())]);
    assert_eq!(found("Thorvalda").await, [(form, "description".to_owned())]);
    let noted = [(process, "note".to_owned()), (case.workflow_id, "note".to_owned())];
    assert_eq!(found("Leopoldina").await, noted);
    let body = |body: types::builder::ProcessBody| body.title("A complaint");
    owner.process_replace().id(process).if_match("*").body_map(body).send().await.unwrap();
    assert_eq!(found("Rosamunda").await, []);
    assert_eq!(found("Leopoldina").await, noted, "the note is still there");
    owner.process_delete().id(process).if_match("*").send().await.unwrap();
    assert_eq!(found("Leopoldina").await, noted[1..]);

    let submission = fill_in(app, form, "+45 20 12 34 56", "0101701234").await;
    assert_eq!(found("20123456").await, [(submission, "mobile".to_owned())]);
    assert_eq!(found("452012").await, [], "a phone number is no word, of which a part would do");
}

async fn a_new_key_leaves_what_older_ones_made_in_force(app: &TestApp) {
    let replica = app.replica().await;
    let owner = app.owner();
    let form = form(app).await;
    let (one, two) = (user(app, "one", None).await, user(app, "two", None).await);
    let older = fill_in(app, form, "+45 20 12 34 56", "0101701234").await;
    let mut runs = vec![anonymize(app, one, 1).await];
    // The replica knows the first key now.
    let values = async |app: &TestApp, id: Uuid| {
        app.owner().submission_get().id(id).send().await.unwrap().into_inner().values
    };
    assert_eq!(values(&replica, older).await["cpr"], "0101701234");

    let account = AccountId(owner.me_get().send().await.unwrap().into_inner().account.id);
    let make = app.app().store().write(Scope::of_styr(account), |tx| async move { tx.make_key().await });
    make.await.unwrap();
    let newer = fill_in(app, form, "+45 20 65 43 21", "0101701234").await;
    runs.push(anonymize(app, two, 2).await);
    for app in [&replica, app] {
        for id in [older, newer] {
            assert_eq!(values(app, id).await["cpr"], "0101701234");
        }
        let mut kids = Vec::new();
        for run in &runs {
            let receipt = app.owner().anonymization_receipt().id(*run).send().await.unwrap().into_inner();
            let key: PublicKey = serde_json::from_value(json!(receipt.key)).unwrap();
            assert_eq!(crypto::verify(&key, &receipt.receipt).unwrap()["run_id"], json!(run));
            kids.push(key.kid);
        }
        assert_ne!(kids[0], kids[1]);
        let found = async |query: &str| {
            let hits = search(app, query).await.into_iter();
            hits.map(|hit| hit.entity_id).collect::<Vec<_>>()
        };
        assert_eq!(found("20 12 34 56").await, [older]);
        assert_eq!(found("20 65 43 21").await, [newer]);
        assert_eq!(found("010170-1234").await, [older, newer]);
    }
    replica.stop().await;
}
