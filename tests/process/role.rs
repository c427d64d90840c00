//! Process roles and members: named once, shown everywhere, merged, and given work.

use serde_json::json;
use styr_sdk::{Client, types};
use uuid::Uuid;

use crate::people::{assign, client, role as account_role, user};
use crate::support::{TestApp, on_both, problem};

on_both! {
    a_role_is_renamed_in_every_lane
    a_role_is_merged_into_another
    members_hold_roles
    work_is_set_up_from_a_process
}

async fn role(client: &Client, name: &str) -> Uuid {
    client.process_role_create().body_map(|body| body.name(name)).send().await.unwrap().id
}

fn flow(role: Uuid) -> types::Flow {
    serde_json::from_value(json!({
        "lanes": [{ "id": "lane", "name": "Old", "process_role_id": role }, { "id": "free", "name": "Free" }],
        "nodes": [
            { "id": "s", "type": "start_event", "lane": "free" },
            { "id": "t", "type": "user_task", "name": "Do", "lane": "lane" },
            { "id": "e", "type": "end_event", "lane": "free" },
        ],
        "sequence_flows": [
            { "id": "a", "source": "s", "target": "t" }, { "id": "b", "source": "t", "target": "e" },
        ],
    }))
    .unwrap()
}

async fn process(client: &Client, role: Uuid) -> Uuid {
    let id = client.process_create().body_map(|body| body.title("Buy")).send().await.unwrap().id;
    client.process_flow_replace().id(id).if_match("*").body(flow(role)).send().await.unwrap();
    id
}

/// The name and role of the first lane.
async fn lane(client: &Client, id: Uuid) -> (Option<String>, Option<Uuid>) {
    let flow = client.process_flow_get().id(id).send().await.unwrap().into_inner();
    (flow.lanes[0].name.clone(), flow.lanes[0].process_role_id)
}

async fn a_role_is_renamed_in_every_lane(app: &TestApp) {
    let owner = app.owner();
    let buyer = role(&owner, "Buyer").await;
    let id = process(&owner, buyer).await;
    assert_eq!(lane(&owner, id).await, (Some("Buyer".to_owned()), Some(buyer)));
    let rename = owner.process_role_replace().id(buyer).if_match("*").body_map(|body| body.name("Purchaser"));
    rename.send().await.unwrap();
    assert_eq!(lane(&owner, id).await.0.as_deref(), Some("Purchaser"));
    for path in ["bpmn", "diagram.svg"] {
        let request = app.raw(styr_sdk::reqwest::Method::GET, &format!("/v1/processes/{id}/{path}"));
        let text = request.bearer_auth(&app.owner_token).send().await.unwrap().text().await.unwrap();
        assert!(text.contains("Purchaser"), "{path}");
    }
    let unknown = owner.process_flow_replace().id(id).if_match("*").body(flow(Uuid::nil())).send().await;
    let fault = problem(unknown);
    assert_eq!(
        (fault.errors[0].code.as_str(), fault.errors[0].element.as_deref()),
        ("not_found", Some("lane"))
    );

    let used = problem(owner.process_role_delete().id(buyer).if_match("*").send().await);
    assert_eq!(used.code, "process_role_in_use");
    let usage = owner.process_role_usage().id(buyer).send().await.unwrap().into_inner().items;
    assert_eq!(usage.iter().map(|process| process.id).collect::<Vec<_>>(), [id]);
    owner.process_flow_replace().id(id).if_match("*").body(types::Flow::default()).send().await.unwrap();
    owner.process_role_delete().id(buyer).if_match("*").send().await.unwrap();
    // A version that named it keeps the lane's name, and can be brought back.
    owner.process_version_restore().id(id).number(2).send().await.unwrap();
    assert_eq!(lane(&owner, id).await, (Some("Buyer".to_owned()), None));
}

async fn a_role_is_merged_into_another(app: &TestApp) {
    let owner = app.owner();
    let (first, second, third) =
        (role(&owner, "First").await, role(&owner, "Second").await, role(&owner, "Third").await);
    let id = process(&owner, first).await;
    let (both, one) = (user(app, "both", None).await, user(app, "one", None).await);
    for (member, role) in [(both, first), (both, second), (one, first)] {
        let body = |body: types::builder::MemberBody| body.user_id(member).process_role_id(role);
        owner.process_member_create().id(id).body_map(body).send().await.unwrap();
    }
    let merge =
        |from: Uuid, into: Uuid| owner.process_role_merge().id(from).body_map(move |body| body.into_id(into));
    let itself = problem(merge(first, first).send().await);
    assert_eq!(itself.errors[0].code, "role_in_itself");
    assert_eq!(
        problem(merge(first, Uuid::nil()).send().await).errors[0].pointer.as_deref(),
        Some("/into_id")
    );

    assert_eq!(merge(first, second).send().await.unwrap().name, "Second");
    assert_eq!(lane(&owner, id).await, (Some("Second".to_owned()), Some(second)));
    let holders = |id: Uuid| owner.process_role_holders().id(id);
    let mut held: Vec<Uuid> =
        holders(second).send().await.unwrap().into_inner().items.iter().map(|held| held.user_id).collect();
    held.sort();
    let mut expected = vec![both, one];
    expected.sort();
    assert_eq!(held, expected, "each once");
    // A chain leads to its end, and the old name is free.
    merge(second, third).send().await.unwrap();
    assert_eq!(lane(&owner, id).await.0.as_deref(), Some("Third"));
    let old = owner.process_role_get().id(first).send().await.unwrap();
    assert_eq!(old.merged_into_id, Some(third));
    assert_eq!(holders(first).send().await.unwrap().items.len(), 2);
    let names: Vec<String> = owner
        .process_role_list()
        .send()
        .await
        .unwrap()
        .into_inner()
        .items
        .into_iter()
        .map(|role| role.name)
        .collect();
    assert_eq!(names, ["Third"]);
    role(&owner, "First").await;
    for refused in [merge(first, third).send().await.map(drop), merge(third, first).send().await.map(drop)] {
        let fault = problem(refused);
        assert!(
            fault.code == "process_role_merged" || fault.errors[0].code == "role_in_itself",
            "{}",
            fault.code
        );
    }
    let narrowed = owner.process_list().process_role_id(first).send().await.unwrap().into_inner().items;
    assert_eq!(narrowed.len(), 1);
}

async fn members_hold_roles(app: &TestApp) {
    let owner = app.owner();
    let (buyer, payer) = (role(&owner, "Buyer").await, role(&owner, "Payer").await);
    let id = owner.process_create().body_map(|body| body.title("Buy")).send().await.unwrap().id;
    let (member, heir) = (user(app, "member", None).await, user(app, "heir", None).await);
    let add = |role: Option<Uuid>| {
        let body = move |body: types::builder::MemberBody| body.user_id(member).process_role_id(role);
        owner.process_member_create().id(id).body_map(body)
    };
    add(None).send().await.unwrap();
    assert_eq!(problem(add(None).send().await).code, "member_exists");
    add(Some(buyer)).send().await.unwrap();
    let second = add(Some(payer)).send().await.unwrap().id;
    assert_eq!(problem(add(Some(payer)).send().await).code, "member_exists");
    assert_eq!(
        problem(add(Some(Uuid::nil())).send().await).errors[0].pointer.as_deref(),
        Some("/process_role_id")
    );
    let roles = async || {
        let items = owner.process_member_list().id(id).send().await.unwrap().into_inner().items;
        items.iter().map(|member| (member.user_id, member.process_role_id)).collect::<Vec<_>>()
    };
    assert_eq!(roles().await, [(member, Some(buyer)), (member, Some(payer))]);
    assert_eq!(owner.process_get().id(id).send().await.unwrap().member_ids.as_deref(), Some(&[member][..]));
    let taken = owner.process_member_delete().id(id).member_id(second).send().await;
    taken.unwrap();
    assert_eq!(
        problem(owner.process_member_delete().id(id).member_id(second).send().await).code,
        "not_found"
    );

    // A reader cannot change them; whoever takes over takes the role.
    owner.process_publish().id(id).send().await.unwrap();
    let (reader, _) = client(app, heir).await;
    let refused = reader.process_member_create().id(id).body_map(|body| body.user_id(heir)).send().await;
    assert_eq!(problem(refused).code, "forbidden");
    owner.user_reassign().id(member).body_map(|body| body.to_user_id(heir)).send().await.unwrap();
    assert_eq!(roles().await, [(heir, Some(buyer))]);
    let events = owner.event_list().kind("process.members_changed").send().await.unwrap().into_inner().items;
    assert!(events.len() >= 4);
}

async fn work_is_set_up_from_a_process(app: &TestApp) {
    let owner = app.owner();
    let clerk = role(&owner, "Clerk").await;
    let id = process(&owner, clerk).await;
    let (planner, worker) = (user(app, "planner", None).await, user(app, "worker", None).await);
    let basic = |body: types::builder::UserBody| {
        body.name("worker").email("worker@example.org".to_owned()).licence(types::Licence::Basic)
    };
    owner.user_replace().id(worker).if_match("*").body_map(basic).send().await.unwrap();
    for user in [planner, worker] {
        assign(app, user, account_role(app, "employee").await).await;
    }
    let (plans, _) = client(app, planner).await;
    let (works, _) = client(app, worker).await;
    async fn set_up(client: &Client, id: Uuid) -> Result<types::WorkflowView, styr_sdk::Error> {
        Ok(client.process_workflow_create().id(id).body_map(|body| body).send().await?.into_inner())
    }
    assert_eq!(problem(set_up(&owner, id).await).code, "process_unpublished");
    owner.process_publish().id(id).send().await.unwrap();
    // A process that one only reads is not for setting up work from.
    assert_eq!(problem(set_up(&plans, id).await).code, "forbidden");
    for (user, role) in [(planner, None), (worker, Some(clerk))] {
        let body = |body: types::builder::MemberBody| body.user_id(user).process_role_id(role);
        owner.process_member_create().id(id).body_map(body).send().await.unwrap();
    }
    // That takes a PRO licence.
    assert_eq!(problem(set_up(&works, id).await).code, "forbidden");
    let made = set_up(&plans, id).await.unwrap();
    assert_eq!((made.process_id, made.active), (Some(id), true));
    let listed = plans.workflow_list().process_id(id).send().await.unwrap().into_inner().items;
    assert_eq!(listed.iter().map(|workflow| workflow.id).collect::<Vec<_>>(), [made.id]);
    assert!(plans.workflow_list().process_id(made.id).send().await.unwrap().items.is_empty());

    // The lane's role is held by one member: the task is theirs, and BASIC is enough to complete it.
    let case =
        plans.case_start().body_map(|body| body.workflow_id(made.id)).send().await.unwrap().into_inner();
    let task = case.open_tasks.unwrap()[0].id;
    assert_eq!(crate::case::waiting(&works).await, [task]);
    works.task_complete().id(task).send().await.unwrap();
    let case = plans.case_get().id(case.id).send().await.unwrap();
    assert_eq!(case.status, types::CaseStatus::Completed);
}
