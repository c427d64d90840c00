//! The whole thread, from a drawing to an anonymized case, and that nothing of the citizen is left after it.

use std::path::Path;

use serde_json::{Value, json};
use styr_sdk::reqwest::{Method, StatusCode};
use styr_sdk::types;

use crate::quickstart::{self, Citizen, Summary};
use crate::support::{TestApp, answer, on_both};

on_both! {
    from_a_drawing_to_an_anonymized_case
}

async fn from_a_drawing_to_an_anonymized_case(app: &TestApp) {
    let out = tempfile::tempdir().unwrap();
    let Summary { workflow_id, case_id, submission_id, citizen, .. } =
        quickstart::run(&app.base_url, &app.owner_token, out.path()).await.unwrap();
    let svg = std::fs::read_to_string(out.path().join("process.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("Decide"), "{svg}");
    let receipt = std::fs::read_to_string(out.path().join("receipt.json")).unwrap();
    let receipt: Value = serde_json::from_str(&receipt).unwrap();
    assert_eq!(receipt["receipt"].as_str().unwrap().split('.').count(), 3, "{receipt}");

    let owner = app.owner();
    let submission = owner.submission_get().id(submission_id).send().await.unwrap().into_inner();
    assert!(submission.anonymized_at.is_some());
    assert_eq!(submission.values["amount"], 25_000, "what is not personal stays");
    assert_eq!(traces(app, case_id, &citizen).await, Vec::<String>::new());

    // Another citizen's, by requests with keys, so that their answers are kept.
    let citizen = Citizen::of(case_id);
    let start = json!({ "workflow_id": workflow_id, "title": format!("For {}", citizen.name) });
    let (status, case) = post(app, "/v1/cases", "start", &start).await;
    assert_eq!(status, StatusCode::CREATED, "{case}");
    let case_id = case["id"].as_str().unwrap().parse().unwrap();
    let task = format!("/v1/tasks/{}/complete", case["open_tasks"][0]["id"].as_str().unwrap());
    let body = json!({ "values": citizen.application(500) });
    let (status, done) = post(app, &task, "complete", &body).await;
    assert_eq!((status, &done["case"]["status"]), (StatusCode::OK, &json!("completed")), "{done}");
    assert_eq!(post(app, &task, "complete", &body).await, (status, done), "the answer is kept");
    assert!(!search(app, &citizen.name).await.is_empty());
    assert!(traces(app, case_id, &citizen).await.len() > 3, "before, there is much to be found");

    quickstart::anonymize(&owner, case_id, out.path()).await.unwrap();
    for (path, key, body) in [("/v1/cases", "start", &start), (task.as_str(), "complete", &body)] {
        let (status, problem) = post(app, path, key, body).await;
        assert_eq!((status, &problem["code"]), (StatusCode::GONE, &json!("idempotency_answer_erased")));
    }
    assert_eq!(traces(app, case_id, &citizen).await, Vec::<String>::new());
    let proof = owner.event_verify().send().await.unwrap().into_inner();
    assert!(proof.first_fault.is_none() && proof.erased > 0, "{proof:?}");
}

async fn post(app: &TestApp, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
    let request = app.raw(Method::POST, path).bearer_auth(&app.owner_token).header("Idempotency-Key", key);
    answer(request.json(body)).await
}

async fn search(app: &TestApp, query: &str) -> Vec<types::PersonHitView> {
    app.owner().person_search().body_map(|body| body.query(query)).send().await.unwrap().into_inner().items
}

/// Where anything of the citizen still is: in what the API shows, and on SQLite in any of the database's files.
async fn traces(app: &TestApp, case_id: uuid::Uuid, citizen: &Citizen) -> Vec<String> {
    let owner = app.owner();
    let Citizen { name, email, phone, cpr } = citizen;
    let mut needles: Vec<String> = [name, email, phone, cpr].map(|text| text.to_lowercase()).to_vec();
    needles.extend(name.split(' ').map(str::to_lowercase));
    needles.extend([phone[3..].to_owned(), format!("{}-{}", &cpr[..6], &cpr[6..])]);

    let mut shown = Vec::new();
    let case = owner.case_get().id(case_id).send().await.unwrap().into_inner();
    shown.push(("case".to_owned(), json!(case).to_string()));
    let history = owner.case_history().id(case_id).limit(200_u64).send().await.unwrap().into_inner();
    shown.push(("history".to_owned(), json!(history.items).to_string()));
    for task in owner.task_list().case_id(case_id).send().await.unwrap().into_inner().items {
        let task = owner.task_get().id(task.id).send().await.unwrap().into_inner();
        shown.push(("task".to_owned(), json!(task).to_string()));
    }
    for submission in owner.submission_list().case_id(case_id).send().await.unwrap().into_inner().items {
        let submission = owner.submission_get().id(submission.id).send().await.unwrap().into_inner();
        shown.push(("submission".to_owned(), json!(submission).to_string()));
    }
    let mut cursor = None;
    loop {
        let mut page = owner.event_list().limit(200_u64);
        if let Some(cursor) = cursor {
            page = page.cursor(cursor);
        }
        let page = page.send().await.unwrap().into_inner();
        shown.extend(
            page.items.iter().map(|event| (format!("event {}", event.kind), json!(event).to_string())),
        );
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let mut traces = Vec::new();
    for query in [name, email, phone, cpr] {
        traces.extend(search(app, query).await.iter().map(|hit| format!("search: {hit:?}")));
    }
    app.app().store().checkpoint().await.unwrap();
    for file in files(app.folder()) {
        let content = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        shown.push((file.display().to_string(), content));
    }
    for (place, text) in shown {
        let text = text.to_lowercase();
        traces.extend(
            needles.iter().filter(|needle| text.contains(*needle)).map(|needle| format!("{place}: {needle}")),
        );
    }
    traces
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).collect()
}
