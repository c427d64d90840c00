//! Models made by others, over HTTP: what our own tests did not think of.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use styr_sdk::{Client, read, types};
use uuid::Uuid;

use crate::support::{TestApp, problem};

/// The longest that any answer may take.
const LONGEST: Duration = Duration::from_secs(1);

/// The BPMN files in a folder of the shared data and below it, in order; none where there are no such data.
fn models(folder: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "bpmn") {
                found.push(path);
            }
        }
    }
    let Some(data) = std::env::var_os("STYR_SHARED_DATA") else {
        eprintln!("STYR_SHARED_DATA is not set: nothing is checked");
        return Vec::new();
    };
    let mut found = Vec::new();
    collect(&Path::new(&data).join(folder), &mut found);
    assert!(!found.is_empty(), "there are no models in {folder}");
    found.sort();
    found
}

/// What a request answers, which must not take long.
async fn soon<T>(file: &Path, request: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let answer = request.await;
    let took = start.elapsed();
    assert!(took < LONGEST, "{}: {took:?}", file.display());
    answer
}

async fn import(owner: &Client, file: &Path, xml: Vec<u8>) -> Result<types::ImportView, styr_sdk::Error> {
    soon(file, owner.process_import().body(xml).send()).await.map(styr_sdk::ResponseValue::into_inner)
}

async fn flow(owner: &Client, file: &Path, id: Uuid) -> types::Flow {
    soon(file, owner.process_flow_get().id(id).send()).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs models made by others, in the folder bpmn of STYR_SHARED_DATA"]
async fn shared_data_models_survive_an_export_over_http() {
    let app = TestApp::on_sqlite().await;
    let owner = app.owner();
    let (mut imported, mut refused) = (0, 0);
    for file in models("bpmn") {
        let made = match import(&owner, &file, std::fs::read(&file).unwrap()).await {
            Ok(made) => made,
            Err(error) => {
                let fault = problem::<()>(Err(error));
                let told = match fault.errors.as_slice() {
                    [] => false,
                    // What is wrong with the file as a whole has no place.
                    [only] if only.element.is_none() => {
                        ["encoding_broken", "no_process"].contains(&only.code.as_str())
                    }
                    errors => errors.iter().all(|error| error.element.is_some()),
                };
                assert!(fault.status == 422 && told, "{}: {fault}", file.display());
                refused += 1;
                continue;
            }
        };
        for process in made.processes {
            let before = flow(&owner, &file, process.id).await;
            let xml =
                read(soon(&file, owner.process_bpmn().id(process.id).send()).await.unwrap()).await.unwrap();
            let again = import(&owner, &file, xml).await.unwrap();
            let lost: Vec<_> = again.not_carried.iter().filter(|left| !left.kept).collect();
            assert!(lost.is_empty(), "{}: {lost:?}", file.display());
            let after = json!(flow(&owner, &file, again.processes[0].id).await);
            let drawn = before.nodes.iter().all(|node| node.bounds.is_some());
            let before = json!(before);
            if drawn {
                assert_eq!(after, before, "{}", file.display());
            } else {
                // What was not drawn the export lays out.
                assert_eq!(undrawn(after), undrawn(before), "{}", file.display());
            }
            imported += 1;
        }
    }
    eprintln!("{imported} processes imported, {refused} models refused");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs models made by others, in the folder bpmn of STYR_SHARED_DATA"]
async fn shared_data_apqc_models_run_as_cases_over_http() {
    let app = TestApp::on_sqlite().await;
    let owner = app.owner();
    let me = owner.me_get().send().await.unwrap().into_inner().user.id;
    let group = owner.group_create().body_map(|body| body.name("All")).send().await.unwrap().id;
    owner.group_member_add().id(group).body_map(|body| body.user_id(me)).send().await.unwrap();
    let mut run = 0;
    for file in models("bpmn/apqc") {
        for process in import(&owner, &file, std::fs::read(&file).unwrap()).await.unwrap().processes {
            let flow = for_group(flow(&owner, &file, process.id).await, group);
            let tasks =
                flow.nodes.iter().filter(|node| node.type_ == Some(types::NodeKind::UserTask)).count();
            let create = owner.workflow_create().body_map(|body| body.title("Model").flow(flow));
            let workflow = soon(&file, create.send()).await.unwrap().id;
            soon(&file, owner.workflow_publish().id(workflow).send()).await.unwrap();
            soon(&file, owner.workflow_activate().id(workflow).send()).await.unwrap();
            let start = owner.case_start().body_map(|body| body.workflow_id(workflow));
            let case = soon(&file, start.send()).await.unwrap().into_inner();
            let mut done = 0;
            loop {
                let waiting = soon(&file, owner.me_task_list().send()).await.unwrap().into_inner().items;
                let Some(task) = waiting.first() else { break };
                soon(&file, owner.task_claim().id(task.id).send()).await.unwrap();
                soon(&file, owner.task_complete().id(task.id).send()).await.unwrap();
                done += 1;
            }
            let ended = owner.case_get().id(case.id).send().await.unwrap();
            assert_eq!((ended.status, done), (types::CaseStatus::Completed, tasks), "{}", file.display());
            run += 1;
        }
    }
    eprintln!("{run} models ran as cases");
    app.stop().await;
}

/// A flow without where its elements are drawn.
fn undrawn(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(name, _)| !PLACES.contains(&name.as_str()));
            fields.map(|(name, field)| (name, undrawn(field))).collect()
        }
        Value::Array(items) => items.into_iter().map(undrawn).collect(),
        other => other,
    }
}

/// The fields that say where an element is drawn.
const PLACES: [&str; 3] = ["bounds", "waypoints", "label"];

/// The flow with its tasks for a group.
fn for_group(mut flow: types::Flow, group: Uuid) -> types::Flow {
    let kind = Some(types::AssigneeKind::Group);
    let assignee = types::Assignee { type_: kind, group_id: Some(group), user_id: None };
    for node in flow.nodes.iter_mut().filter(|node| node.type_ == Some(types::NodeKind::UserTask)) {
        let step = node.step.take().unwrap_or_default();
        node.step = Some(types::UserStep { assignee: Some(assignee.clone()), ..step });
    }
    flow
}
