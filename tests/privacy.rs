//! Personal data: how it is found, when it is anonymized, and that nothing remembers it afterwards.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};
use styr_api::jobs;
use styr_domain::crypto::{self, PublicKey};
use styr_domain::id::AccountId;
use styr_persistence::Scope;
use styr_sdk::{Client, types};
use uuid::Uuid;

use crate::people::{client, user};
use crate::support::{TestApp, noon, on_both, problem};

on_both! {
    automatic_rules_run_each_day_and_once
    what_is_deleted_is_anonymized_at_once_by_a_rule
    only_who_approves_anonymization_makes_a_rule_automatic
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

async fn complete(app: &TestApp, case: &types::CaseView) {
    let task = case.open_tasks.as_ref().unwrap()[0].id;
    app.owner().task_complete().id(task).send().await.unwrap();
}

pub(crate) async fn rule(
    client: &Client,
    applies_to: types::RetentionTarget,
    starts_at: types::RetentionStart,
    days: u32,
    automatic: bool,
) -> Result<Uuid, styr_sdk::Error> {
    let body = |body: types::builder::RetentionRuleBody| {
        body.name("Rule").applies_to(applies_to).starts_at(starts_at).days(days).automatic(automatic)
    };
    Ok(client.retention_rule_create().body_map(body).send().await?.id)
}

async fn runs(app: &TestApp) -> Vec<types::AnonymizationRunView> {
    app.owner().anonymization_run_list().send().await.unwrap().into_inner().items
}

/// Waits until there are this many runs and all have ended.
pub(crate) async fn ended_runs(app: &TestApp, count: usize) -> Vec<types::AnonymizationRunView> {
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

/// Has both replicas run what is due.
async fn run_due(one: &TestApp, two: &TestApp) {
    let (_goes_on, stop) = tokio::sync::watch::channel(false);
    let (one, two) = tokio::join!(jobs::run_due(one.app(), &stop), jobs::run_due(two.app(), &stop));
    one.and(two).unwrap();
}

async fn automatic_rules_run_each_day_and_once(app: &TestApp) {
    let replica = app.replica().await;
    let owner = app.owner();
    let completed = start(app, "For Vilhelmina").await;
    complete(app, &completed).await;
    let cancelled = start(app, "For Torvald").await;
    owner.case_cancel().id(cancelled.id).send().await.unwrap();
    let going_on = start(app, "For Gerda").await;
    let leaver = user(app, "vilhelmina", None).await;
    owner.user_deactivate().id(leaver).send().await.unwrap();
    let stays = user(app, "gerda", None).await;

    use types::{RetentionStart, RetentionTarget};
    rule(&owner, RetentionTarget::Case, RetentionStart::Completion, 30, true).await.unwrap();
    rule(&owner, RetentionTarget::User, RetentionStart::Deactivation, 30, true).await.unwrap();
    rule(&owner, RetentionTarget::Case, RetentionStart::Cancellation, 30, false).await.unwrap();
    app.clock.set(noon() + TimeDelta::days(30) - TimeDelta::seconds(1));
    run_due(app, &replica).await;
    assert!(runs(app).await.is_empty(), "nothing is due yet");

    app.clock.set(noon() + TimeDelta::days(31));
    run_due(app, &replica).await;
    let run = ended_runs(app, 1).await.remove(0);
    assert_eq!(run.started_by, None);
    assert_eq!((run.counts.targets, run.counts.done, run.counts.passed_over), (2, 2, 0));
    assert!(owner.case_get().id(completed.id).send().await.unwrap().anonymized_at.is_some());
    assert!(owner.user_get().id(leaver).send().await.unwrap().anonymized_at.is_some());
    for case in [cancelled.id, going_on.id] {
        assert!(owner.case_get().id(case).send().await.unwrap().anonymized_at.is_none());
    }
    assert!(owner.user_get().id(stays).send().await.unwrap().anonymized_at.is_none());
    owner.anonymization_receipt().id(run.id).send().await.unwrap();

    complete(app, &going_on).await;
    app.clock.set(noon() + TimeDelta::days(62));
    run_due(app, &replica).await;
    assert_eq!(ended_runs(app, 2).await[0].counts.targets, 1);
    replica.stop().await;
}

async fn search(app: &TestApp, query: &str) -> Vec<types::PersonHitView> {
    app.owner().person_search().body_map(|body| body.query(query)).send().await.unwrap().into_inner().items
}

/// The searches made so far, newest first.
async fn searches(app: &TestApp) -> Vec<types::EventView> {
    app.owner().event_list().kind("person_search.ran").send().await.unwrap().into_inner().items
}

async fn what_is_deleted_is_anonymized_at_once_by_a_rule(app: &TestApp) {
    use types::{RetentionStart, RetentionTarget};
    let owner = app.owner();
    let case = start(app, "For Hjalmar").await;
    let person = user(app, "eskil", None).await;
    for target in [RetentionTarget::Case, RetentionTarget::User] {
        rule(&owner, target, RetentionStart::Deletion, 0, true).await.unwrap();
    }
    for name in ["Hjalmar", "eskil"] {
        assert_eq!(search(app, name).await.len(), 1);
    }
    owner.case_delete().id(case.id).if_match("*").send().await.unwrap();
    ended_runs(app, 1).await;
    owner.user_delete().id(person).if_match("*").send().await.unwrap();
    let runs = ended_runs(app, 2).await;
    assert!(runs.iter().all(|run| run.started_by.is_none() && run.counts.done == 1), "{runs:?}");
    for id in [case.id, person] {
        let events = owner.event_list().entity_id(id).send().await.unwrap().into_inner().items;
        assert!(events.len() >= 3 && events.iter().all(|event| event.personal.is_none()), "{events:?}");
    }
    let searches = searches(app).await;
    assert_eq!(searches.len(), 2);
    assert!(searches.iter().all(|search| search.erased), "{searches:?}");
}

async fn only_who_approves_anonymization_makes_a_rule_automatic(app: &TestApp) {
    use types::{RetentionStart, RetentionTarget, Right};
    let owner = app.owner();
    let manager = user(app, "manager", None).await;
    let rights = vec![Right::AdminEnter, Right::RetentionRuleManage];
    let role =
        owner.role_create().body_map(|body| body.name("Rules").rights(rights)).send().await.unwrap().id;
    let account = types::DefaultReach::Account;
    owner
        .user_role_assign()
        .id(manager)
        .body_map(|body| body.role_id(role).reach(account))
        .send()
        .await
        .unwrap();
    let manager = client(app, manager).await.0;
    let make = async |client: &Client, automatic: bool| {
        rule(client, RetentionTarget::Case, RetentionStart::Completion, 0, automatic).await
    };
    let fault = problem(make(&manager, true).await);
    assert_eq!(fault.missing_rights, ["anonymization.approve"], "{fault}");
    make(&manager, false).await.unwrap();

    let automatic = make(&owner, true).await.unwrap();
    let replace = async |days: u32, automatic_after: bool| {
        let body = |body: types::builder::RetentionRuleBody| {
            let body = body.name("Rule").applies_to(RetentionTarget::Case).days(days);
            body.starts_at(RetentionStart::Completion).automatic(automatic_after)
        };
        manager.retention_rule_replace().id(automatic).if_match("*").body_map(body).send().await
    };
    assert_eq!(problem(replace(1, true).await).status, 403);
    assert!(!replace(1, false).await.unwrap().automatic);
}

/// Anonymizes a user, and waits until that is done.
pub(crate) async fn anonymize(app: &TestApp, user: Uuid, runs: usize) -> Uuid {
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
    let note = |body: types::builder::PublishEditionInput| body.note("Approved by Leopoldina".to_owned());
    let note_of_workflow =
        |body: types::builder::PublishInput| body.note("Approved by Leopoldina".to_owned());
    owner.process_publish().id(process).body_map(note).send().await.unwrap();
    let case = start(app, "For nobody").await;
    owner.workflow_publish().id(case.workflow_id).body_map(note_of_workflow).send().await.unwrap();
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
