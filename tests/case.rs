//! Cases and their tasks: who gets them, and what waits for whom.

use serde_json::json;
use styr_api::app::form::compiled;
use styr_domain::Fault;
use styr_domain::access::Permit;
use styr_domain::form::{Form, FormContent, FormDefinition};
use styr_domain::id::{AccountId, FormId, UserId};
use styr_persistence::Scope;
use styr_persistence::version::{self, NewVersion};
use styr_sdk::{read, types};
use uuid::Uuid;

use crate::people::{assign, client, role, user};
use crate::support::{TestApp, noon, on_both, problem};

on_both! {
    a_task_for_somebody_deleted_falls_to_the_cases_owner
    a_task_is_not_lost_when_nobody_is_left_to_have_it
    a_parked_cases_tasks_wait_for_nobody
    an_organisation_hides_its_cases_from_those_without_a_part
    a_cases_diagram_shows_the_way_it_went
    what_an_undone_write_read_is_not_remembered
}

/// A published workflow of tasks one after another, each for the assignee given.
pub(crate) async fn workflow(app: &TestApp, assignees: &[serde_json::Value]) -> Uuid {
    let mut nodes = vec![json!({ "id": "start", "type": "start_event" })];
    let mut flows = Vec::new();
    for (number, assignee) in assignees.iter().enumerate() {
        let (id, before) = (format!("do{number}"), nodes[number]["id"].clone());
        flows.push(json!({ "id": format!("to_{id}"), "source": before, "target": id }));
        nodes.push(json!({ "id": id, "type": "user_task", "name": "Do", "step": { "assignee": assignee } }));
    }
    flows.push(json!({ "id": "to_end", "source": nodes[assignees.len()]["id"], "target": "end" }));
    nodes.push(json!({ "id": "end", "type": "end_event" }));
    let flow: types::Flow = serde_json::from_value(json!({
        "nodes": nodes, "sequence_flows": flows,
        "artifacts": [], "associations": [], "data": [], "lanes": [], "message_flows": [], "pools": [],
    }))
    .unwrap();
    let owner = app.owner();
    let id = owner.workflow_create().body_map(|body| body.title("Work").flow(flow)).send().await.unwrap().id;
    owner.workflow_publish().id(id).send().await.unwrap();
    owner.workflow_activate().id(id).send().await.unwrap();
    id
}

pub(crate) async fn start(client: &styr_sdk::Client, workflow: Uuid) -> types::CaseView {
    client.case_start().body_map(|body| body.workflow_id(workflow)).send().await.unwrap().into_inner()
}

pub(crate) async fn waiting(client: &styr_sdk::Client) -> Vec<Uuid> {
    let tasks = client.me_task_list().send().await.unwrap().into_inner().items;
    tasks.iter().map(|task| task.id).collect()
}

async fn a_task_for_somebody_deleted_falls_to_the_cases_owner(app: &TestApp) {
    let owner = app.owner();
    let me = owner.me_get().send().await.unwrap().into_inner().user.id;
    let gone = user(app, "gone", None).await;
    let left = user(app, "left", None).await;
    let group = owner.group_create().body_map(|body| body.name("Gone")).send().await.unwrap().id;
    let workflow = workflow(
        app,
        &[
            json!({ "type": "user", "user_id": gone }),
            json!({ "type": "group", "group_id": group }),
            json!({ "type": "user", "user_id": left }),
        ],
    )
    .await;
    owner.user_delete().id(gone).if_match("*").send().await.unwrap();
    owner.group_delete().id(group).if_match("*").send().await.unwrap();
    owner.user_deactivate().id(left).send().await.unwrap();

    let case = start(&owner, workflow).await;
    let mut task = case.open_tasks.unwrap().remove(0);
    for named in [gone, group, left] {
        assert_eq!((task.assignee_id, task.group_id), (Some(me), None));
        assert_eq!(waiting(&owner).await, [task.id]);
        let history = owner.case_history().id(case.id).send().await.unwrap().into_inner().items;
        let event =
            history.iter().find(|event| event.entity_id == task.id && event.kind == "task.receiver_gone");
        let detail = json!(event.expect("an event says why")).to_string();
        assert!(detail.contains(&named.to_string()), "{detail}");
        let mut done = owner.task_complete().id(task.id).send().await.unwrap().into_inner();
        match done.next_tasks.pop() {
            Some(next) => task = next,
            None => assert_eq!(done.case.status, types::CaseStatus::Completed),
        }
    }
    // Publishing it anew says what is wrong with it.
    let fault = problem(owner.workflow_publish().id(workflow).send().await);
    let mut codes: Vec<_> = fault.errors.iter().map(|error| error.code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["not_found", "not_found", "user_inactive"], "{fault}");
}

async fn an_organisation_hides_its_cases_from_those_without_a_part(app: &TestApp) {
    let owner = app.owner();
    let me = owner.me_get().send().await.unwrap().into_inner().user;
    let root = me.organisation_id;
    let role = async |name: &str, right: &str| {
        let rights = vec![right.parse().unwrap()];
        let body = |body: types::builder::RoleBody| body.name(name).rights(rights);
        app.owner().role_create().body_map(body).send().await.unwrap().id
    };
    let all = role("All cases", "case.search_all").await;
    let hidden = role("Hidden cases", "case.see_hidden").await;
    let (reader, worker) = (user(app, "reader", None).await, user(app, "worker", None).await);
    assign(app, reader, all).await;
    let (reader_client, worker_client) = (client(app, reader).await.0, client(app, worker).await.0);
    let workflow = workflow(app, &[json!({ "type": "user", "user_id": worker })]).await;
    let case = start(&owner, workflow).await.id;
    let sees = async |client: &styr_sdk::Client| {
        let listed = client.case_list().send().await.unwrap().items.iter().any(|item| item.id == case);
        let got = client.case_get().id(case).send().await.is_ok();
        assert_eq!(listed, got);
        got
    };
    assert!(sees(&reader_client).await && sees(&worker_client).await);

    let hide = async |hides: bool| {
        let body = |body: types::builder::OrganisationBody| body.name("Hiding").hides_cases(hides);
        app.owner().organisation_replace().id(root).if_match("*").body_map(body).send().await.unwrap()
    };
    assert!(hide(true).await.hides_cases);
    assert!(!sees(&reader_client).await, "hidden from who searches all");
    assert!(sees(&worker_client).await, "a task shows it");
    assert!(sees(&owner).await);
    assign(app, reader, hidden).await;
    assert!(sees(&reader_client).await, "the right shows it");
    assert!(!hide(false).await.hides_cases);
    assert!(sees(&reader_client).await);
}

async fn a_task_is_not_lost_when_nobody_is_left_to_have_it(app: &TestApp) {
    let starter = user(app, "starter", None).await;
    let worker = user(app, "worker", None).await;
    let employee = role(app, "employee").await;
    assign(app, starter, employee).await;
    assign(app, worker, employee).await;
    let to_worker = json!({ "type": "user", "user_id": worker });
    let workflow = workflow(app, &[to_worker, json!({ "type": "starter" })]).await;
    let case = start(&client(app, starter).await.0, workflow).await;
    app.owner().user_deactivate().id(starter).send().await.unwrap();
    let task = case.open_tasks.unwrap()[0].id;
    let done = client(app, worker).await.0.task_complete().id(task).send().await.unwrap().into_inner();
    let next = &done.next_tasks[0];
    assert_eq!((next.assignee_id, next.group_id), (None, None));
    app.owner().task_take_over().id(next.id).send().await.unwrap();
    let done = app.owner().task_complete().id(next.id).send().await.unwrap().into_inner();
    assert_eq!(done.case.status, types::CaseStatus::Completed);
}

async fn a_parked_cases_tasks_wait_for_nobody(app: &TestApp) {
    let owner = app.owner();
    let workflow = workflow(app, &[json!({ "type": "starter" })]).await;
    let (parked, other) = (start(&owner, workflow).await, start(&owner, workflow).await);
    let task = |case: &types::CaseView| case.open_tasks.as_ref().unwrap()[0].id;
    owner.case_park().id(parked.id).send().await.unwrap();
    assert_eq!(waiting(&owner).await, [task(&other)]);
    let case = owner.case_get().id(parked.id).send().await.unwrap().into_inner();
    assert_eq!(case.open_tasks.unwrap().len(), 1, "the case still shows it");
    owner.case_resume().id(parked.id).send().await.unwrap();
    assert_eq!(waiting(&owner).await, [task(&parked), task(&other)]);
}

async fn a_cases_diagram_shows_the_way_it_went(app: &TestApp) {
    let owner = app.owner();
    let node = |id: &str, kind: &str| json!({ "id": id, "type": kind, "name": id });
    let way = |id: &str, source: &str, target: &str| json!({ "id": id, "source": source, "target": target });
    let mut choice = node("choice", "exclusive_gateway");
    choice["default_flow"] = json!("to_two");
    let mut to_never = way("to_never", "choice", "never");
    to_never["condition"] = json!("1 > 2");
    let flow: types::Flow = serde_json::from_value(json!({
        "nodes": [
            node("start", "start_event"), node("one", "user_task"), choice, node("two", "user_task"),
            node("never", "user_task"), node("end", "end_event"), node("other_end", "end_event"),
        ],
        "sequence_flows": [
            way("to_one", "start", "one"), way("to_choice", "one", "choice"), way("to_two", "choice", "two"),
            to_never, way("to_end", "two", "end"), way("to_other_end", "never", "other_end"),
        ],
        "artifacts": [], "associations": [], "data": [], "lanes": [], "message_flows": [], "pools": [],
    }))
    .unwrap();
    let id = owner.workflow_create().body_map(|body| body.title("Ways").flow(flow)).send().await.unwrap().id;
    owner.workflow_publish().id(id).send().await.unwrap();
    owner.workflow_activate().id(id).send().await.unwrap();
    let mut case = start(&owner, id).await;
    let marked = async |state: &str| {
        let svg = read(owner.case_diagram().id(case.id).send().await.unwrap()).await.unwrap();
        let svg = String::from_utf8(svg).unwrap();
        let mark = format!(" styr-{state}\" data-element=\"");
        let mut marked: Vec<String> = svg
            .split(mark.as_str())
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
            .collect();
        marked.sort_unstable();
        marked
    };
    assert_eq!(marked("done").await, ["start", "to_one"]);
    assert_eq!(marked("current").await, ["one"]);
    let first = case.open_tasks.take().unwrap()[0].id;
    let next = owner.task_complete().id(first).send().await.unwrap().into_inner().next_tasks;
    assert_eq!(marked("done").await, ["choice", "one", "start", "to_choice", "to_one", "to_two"]);
    assert_eq!(marked("current").await, ["two"]);
    owner.task_complete().id(next[0].id).send().await.unwrap();
    let all = ["choice", "end", "one", "start", "to_choice", "to_end", "to_one", "to_two", "two"];
    assert_eq!(marked("done").await, all);
    assert_eq!(marked("current").await, Vec::<String>::new());
}

async fn what_an_undone_write_read_is_not_remembered(app: &TestApp) {
    let me = app.owner().me_get().send().await.unwrap().into_inner();
    let account_id = AccountId(me.account.id);
    let now = noon();
    let form = Form {
        id: FormId(Uuid::from_u128(1)),
        account_id,
        organisation_id: None,
        title: "Form".to_owned(),
        description: String::new(),
        version: 1,
        published_version: Some(1),
        revision: 1,
        created_at: now,
        updated_at: now,
    };
    let (styr, form) = (app.app(), &form);
    let save = async |key: &str, undone: bool| {
        let definition: FormDefinition = serde_json::from_value(json!({
            "fields": [{ "key": key, "type": "short_text", "label": { "en": key } }],
        }))
        .unwrap();
        let content = &FormContent { title: form.title.clone(), description: String::new(), definition };
        let write = styr.store().write(Scope::of_styr(account_id), |tx| async move {
            let permit = Permit::for_styr();
            tx.insert(&permit, form, "form.created").await?;
            let author_id = UserId(me.user.id);
            let new = NewVersion { number: 1, note: "", author_id, restored_from: None, content };
            version::insert(&tx, &permit, form, new).await?;
            compiled(styr, &*tx, account_id, form.id, 1).await?;
            if undone { Err(Fault::not_found().into()) } else { Ok(()) }
        });
        write.await
    };
    save("first", true).await.unwrap_err();
    save("second", false).await.unwrap();
    let known = compiled(styr, &styr.store().read(), account_id, form.id, 1).await.unwrap();
    assert_eq!(known.definition().fields[0].key, "second");
}
