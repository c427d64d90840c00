//! Activities, what of them and of processes is in force, and what changed.

use chrono::TimeDelta;
use serde_json::{Value, json};
use styr_sdk::{Client, WithEtag, types};
use uuid::Uuid;

use super::landscape::{archive, take_in};
use crate::people::{assign, client, role, user};
use crate::support::{TestApp, noon, on_both, problem};

on_both! {
    an_activity_is_changed_once_and_shows_everywhere
    an_activity_is_kept_while_a_flow_in_force_or_in_the_making_uses_it
    readers_see_what_is_in_force_and_editors_what_is_drafted
    what_was_in_force_on_a_date_is_answered_with_its_instructions
    an_activity_is_edited_by_who_may_edit_all_processes_with_it
    a_flow_names_only_what_is_there_to_see
    what_was_deleted_since_is_unlinked_when_a_version_is_restored
    a_difference_is_said_in_words_and_as_a_patch
    of_two_who_save_at_once_one_is_told
    what_a_flow_shows_travels_in_bpmn
}

/// A flow of these nodes in lanes, without lines.
pub(super) fn flow(nodes: Value, lanes: Value) -> types::Flow {
    serde_json::from_value(json!({
        "nodes": nodes, "lanes": lanes, "sequence_flows": [], "artifacts": [], "associations": [], "data": [],
        "message_flows": [], "pools": [],
    }))
    .unwrap()
}

/// A flow of one task that shows an activity.
pub(super) fn showing(activity: Uuid) -> types::Flow {
    flow(json!([{ "id": "check", "type": "task", "activity_id": activity }]), json!([]))
}

pub(super) async fn activity(client: &Client, title: &str, instruction: &str) -> Uuid {
    let made =
        client.activity_create().body_map(|body| body.title(title).instruction(instruction.to_owned()));
    made.send().await.unwrap().id
}

pub(super) async fn process(client: &Client, title: &str, flow: types::Flow) -> Uuid {
    let id = client.process_create().body_map(|body| body.title(title)).send().await.unwrap().id;
    client.process_flow_replace().id(id).if_match("*").body(flow).send().await.unwrap();
    id
}

/// A process that the user owns, who may not make one themself.
pub(super) async fn process_of(app: &TestApp, owner_id: Uuid, title: &str) -> Uuid {
    let owner = app.owner();
    let made = owner.process_create().body_map(|body| body.title(title).owner_id(owner_id));
    made.send().await.unwrap().id
}

pub(super) async fn publish(client: &Client, id: Uuid) {
    client.process_publish().id(id).send().await.unwrap();
}

async fn rewrite(client: &Client, id: Uuid, title: &str, instruction: &str) {
    let change = client.activity_replace().id(id).if_match("*");
    let change = change.body_map(|body| body.title(title).instruction(instruction.to_owned()));
    change.send().await.unwrap();
}

/// A user with the role of employees, who reads processes.
pub(super) async fn reader(app: &TestApp, name: &str) -> (Uuid, Client) {
    let id = user(app, name, None).await;
    assign(app, id, role(app, "employee").await).await;
    (id, client(app, id).await.0)
}

/// Somebody who makes processes in one branch of the landscape, and reads elsewhere.
pub(super) async fn maker(app: &TestApp, branch: Uuid) -> (Client, String) {
    let owner = app.owner();
    let id = user(app, "maker", None).await;
    assign(app, id, role(app, "employee").await).await;
    let body = |body: types::builder::PermissionGroupBody| {
        body.name("Makers").rights(vec![types::Right::ProcessCreate]).process_group_ids(vec![branch])
    };
    let group = owner.permission_group_create().body_map(body).send().await.unwrap().id;
    owner.permission_group_member_add().id(group).body_map(|body| body.user_id(id)).send().await.unwrap();
    let (client, token) = client(app, id).await;
    (client, token.secret)
}

async fn named(client: &Client, id: Uuid) -> String {
    client.process_flow_get().id(id).send().await.unwrap().nodes[0].name.clone().unwrap_or_default()
}

async fn an_activity_is_changed_once_and_shows_everywhere(app: &TestApp) {
    let owner = app.owner();
    let checking = activity(&owner, "Check the bill", "Look at the *sum*.").await;
    let unused = activity(&owner, "Unused", "").await;
    let (buy, sell) =
        (process(&owner, "Buy", showing(checking)).await, process(&owner, "Sell", showing(checking)).await);
    assert_eq!(named(&owner, buy).await, "Check the bill");
    rewrite(&owner, checking, "Check it", "Look at the *sum* [here](https://contoso.sharepoint.com/a).")
        .await;
    for id in [buy, sell] {
        assert_eq!(named(&owner, id).await, "Check it");
    }
    let got = owner.activity_get().id(checking).send().await.unwrap();
    assert_eq!(got.version, 2);
    let html = got.instruction_html.clone().unwrap();
    assert!(html.contains("<em>sum</em>") && html.contains("rel=\"noopener noreferrer\""), "{html}");

    let usage = owner.activity_usage().id(checking).limit(1_u64).send().await.unwrap();
    assert_eq!((usage.items[0].id, usage.next_cursor.is_some()), (buy, true));
    let listed = async |used: Option<bool>, process_id: Option<Uuid>| {
        let mut request = owner.activity_list();
        if let Some(used) = used {
            request = request.used(used);
        }
        if let Some(id) = process_id {
            request = request.process_id(id);
        }
        let page = request.send().await.unwrap().into_inner();
        page.items.iter().map(|activity| activity.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, None).await, [checking, unused]);
    assert_eq!(listed(Some(true), None).await, [checking]);
    assert_eq!(listed(Some(false), None).await, [unused]);
    assert_eq!(listed(None, Some(sell)).await, [checking]);
    assert_eq!(listed(None, Some(Uuid::nil())).await, [] as [Uuid; 0]);

    let bpmn = styr_sdk::read(owner.process_bpmn().id(buy).send().await.unwrap()).await.unwrap();
    assert!(String::from_utf8(bpmn).unwrap().contains("Check it"));
}

async fn an_activity_is_kept_while_a_flow_in_force_or_in_the_making_uses_it(app: &TestApp) {
    let owner = app.owner();
    let id = activity(&owner, "Check", "").await;
    let process_id = process(&owner, "Buy", showing(id)).await;
    let delete = async || owner.activity_delete().id(id).if_match("*").send().await;
    let refused = problem(delete().await);
    assert_eq!(refused.code, "activity_in_use");
    assert!(refused.detail.contains(" 1 "), "{}", refused.detail);

    publish(&owner, process_id).await;
    let empty = flow(json!([]), json!([]));
    owner.process_flow_replace().id(process_id).if_match("*").body(empty).send().await.unwrap();
    assert_eq!(problem(delete().await).code, "activity_in_use", "the flow in force shows it");
    publish(&owner, process_id).await;
    assert_eq!(problem(delete().await).code, "activity_was_in_force", "what was in force is still told of");
    owner.process_delete().id(process_id).if_match("*").send().await.unwrap();
    delete().await.unwrap();
    assert_eq!(problem(owner.activity_get().id(id).send().await).code, "not_found");
}

async fn readers_see_what_is_in_force_and_editors_what_is_drafted(app: &TestApp) {
    let owner = app.owner();
    let (_, reader) = reader(app, "reader").await;
    let checking = activity(&owner, "Check", "First.").await;
    owner.activity_publish().id(checking).send().await.unwrap();
    let id = process(&owner, "Buy", showing(checking)).await;
    assert_eq!(problem(reader.activity_get().id(checking).send().await).code, "not_found");
    assert_eq!(problem(reader.process_flow_get().id(id).send().await).code, "not_found");
    publish(&owner, id).await;
    rewrite(&owner, checking, "Check twice", "Second.").await;
    owner.process_flow_replace().id(id).if_match("*").body(flow(json!([]), json!([]))).send().await.unwrap();

    assert!(owner.process_flow_get().id(id).send().await.unwrap().nodes.is_empty());
    let seen = reader.process_flow_get().id(id).send().await.unwrap();
    assert_eq!(seen.nodes[0].name.as_deref(), Some("Check"), "as it is in force");
    let read = async |client: &Client| {
        let got = client.activity_get().id(checking).send().await.unwrap().into_inner();
        (got.title, got.instruction.unwrap())
    };
    assert_eq!(read(&reader).await, ("Check".to_owned(), "First.".to_owned()));
    assert_eq!(read(&owner).await, ("Check twice".to_owned(), "Second.".to_owned()));
    let listed = reader.activity_list().send().await.unwrap();
    assert_eq!(listed.items[0].title, "Check");

    let versions = async |client: &Client| {
        let page = client.process_version_list().id(id).send().await.unwrap().into_inner();
        page.items.iter().map(|version| version.number).collect::<Vec<_>>()
    };
    assert_eq!(versions(&owner).await, [3, 2, 1]);
    assert_eq!(versions(&reader).await, [2]);
    for number in [1, 3] {
        assert!(owner.process_flow_get().id(id).version(number).send().await.is_ok());
        let hidden = reader.process_flow_get().id(id).version(number).send().await;
        assert_eq!(problem(hidden).code, "not_found");
        assert_eq!(
            problem(reader.process_version_get().id(id).number(number).send().await).code,
            "not_found"
        );
        assert_eq!(problem(reader.process_bpmn().id(id).version(number).send().await).code, "not_found");
        assert_eq!(problem(reader.process_diagram().id(id).version(number).send().await).code, "not_found");
    }
    let changes = reader.process_version_compare().id(id).number(2).send().await.unwrap();
    assert_eq!(changes.elements.len(), 1, "from nothing, since nothing before it was in force");
    let numbers = reader.activity_version_list().id(checking).send().await.unwrap();
    assert_eq!(numbers.items.iter().map(|version| version.number).collect::<Vec<_>>(), [1]);
    assert_eq!(problem(reader.activity_version_get().id(checking).number(2).send().await).code, "not_found");
}

async fn what_was_in_force_on_a_date_is_answered_with_its_instructions(app: &TestApp) {
    let owner = app.owner();
    let (_, reader) = reader(app, "reader").await;
    let checking = activity(&owner, "Check", "First.").await;
    owner.activity_publish().id(checking).send().await.unwrap();
    let id = process(&owner, "Buy", showing(checking)).await;
    publish(&owner, id).await;

    app.clock.set(noon() + TimeDelta::days(1));
    rewrite(&owner, checking, "Check twice", "Second.").await;
    app.clock.set(noon() + TimeDelta::days(2));
    owner.activity_publish().id(checking).send().await.unwrap();
    app.clock.set(noon() + TimeDelta::days(3));
    let mut wider = showing(checking);
    wider.nodes[0].documentation = Some("Both pages".to_owned());
    owner.process_flow_replace().id(id).if_match("*").body(wider).send().await.unwrap();
    let small = owner.process_publish().id(id);
    small.body_map(|body| body.new_edition(false).note("a slip".to_owned())).send().await.unwrap();
    let again = owner.process_publish().id(id).send().await;
    assert_eq!(problem(again).code, "already_published");

    let at = async |days: i64| {
        let request = reader.process_in_force().id(id).at(noon() + TimeDelta::days(days));
        request.send().await.map(styr_sdk::ResponseValue::into_inner)
    };
    let none = problem(reader.process_in_force().id(id).at(noon() - TimeDelta::seconds(1)).send().await);
    assert_eq!((none.code.as_str(), none.status), ("not_in_force", 404));
    let table = [(0, 2, "Check", "First."), (1, 2, "Check", "First."), (2, 2, "Check twice", "Second.")];
    for (days, version, title, instruction) in table {
        let was = at(days).await.unwrap();
        assert_eq!((was.version.number, was.version.edition), (version, Some(1)), "day {days}");
        assert_eq!(was.flow.nodes[0].name.as_deref(), Some(title), "day {days}");
        assert_eq!(was.flow.nodes[0].documentation, None);
        let activity = &was.activities[0];
        assert_eq!(
            (activity.title.as_str(), activity.instruction.as_str()),
            (title, instruction),
            "day {days}"
        );
    }
    owner.process_freeze().id(id).send().await.unwrap();
    let now = owner.process_in_force().id(id).send().await.unwrap();
    assert_eq!((now.version.number, now.version.edition), (3, Some(1)), "the same edition");
    assert_eq!((now.title.as_str(), now.version.note.as_str()), ("Buy", "a slip"));
    let old = owner.process_flow_get().id(id).version(2).send().await.unwrap();
    assert_eq!(old.nodes[0].name.as_deref(), Some("Check"), "as when it came into force");
    let to_come = owner.process_in_force().id(id).at(noon() + TimeDelta::days(9)).send().await;
    assert_eq!(problem(to_come).errors[0].code, "time_to_come");

    // What changes in an activity changes in frozen processes too.
    rewrite(&owner, checking, "Check thrice", "Third.").await;
    owner.activity_publish().id(checking).send().await.unwrap();
    let now = owner.process_in_force().id(id).send().await.unwrap();
    assert_eq!((now.version.number, now.activities[0].title.as_str()), (3, "Check thrice"));
}

async fn an_activity_is_edited_by_who_may_edit_all_processes_with_it(app: &TestApp) {
    let owner = app.owner();
    let (editor_id, editor) = reader(app, "editor").await;
    let (_, reader) = reader(app, "reader").await;
    let checking = activity(&owner, "Check", "First.").await;
    let editing = async |id: Uuid| {
        let change = owner.process_replace().id(id).if_match("*");
        change.body_map(|body| body.title("Process").editor_ids(vec![editor_id])).send().await.unwrap();
    };
    let save = async |client: &Client| {
        let change = client.activity_replace().id(checking).if_match("*");
        change.body_map(|body| body.title("Check").instruction("Mine.".to_owned())).send().await
    };
    assert_eq!(problem(save(&editor).await).code, "not_found", "no process of theirs uses it");
    let first = process(&owner, "First", showing(checking)).await;
    editing(first).await;
    publish(&owner, first).await;
    save(&editor).await.unwrap();
    assert_eq!(problem(save(&reader).await).code, "forbidden");

    let second = process(&owner, "Second", showing(checking)).await;
    assert_eq!(problem(save(&editor).await).code, "forbidden", "another process shows it too");
    editing(second).await;
    save(&editor).await.unwrap();
    assert_eq!(problem(save(&app.stranger()).await).code, "not_found");

    let own = activity(&editor, "Their own", "").await;
    assert_eq!(problem(reader.activity_get().id(own).send().await).code, "not_found");
    assert_eq!(
        owner.activity_get().id(own).send().await.unwrap().title,
        "Their own",
        "the account's owner sees all"
    );
}

async fn a_flow_names_only_what_is_there_to_see(app: &TestApp) {
    let owner = app.owner();
    let (other_id, other) = reader(app, "other").await;
    let secret = activity(&owner, "Secret", "").await;
    let hidden = process(&owner, "Hidden", flow(json!([]), json!([]))).await;
    let id = process_of(app, other_id, "Theirs").await;
    let save =
        async |flow: types::Flow| other.process_flow_replace().id(id).if_match("*").body(flow).send().await;
    for nodes in [
        json!([{ "id": "check", "type": "task", "activity_id": secret }]),
        json!([{ "id": "check", "type": "task", "activity_id": Uuid::from_u128(7) }]),
        json!([{ "id": "check", "type": "call_activity", "process_id": hidden }]),
    ] {
        let refused = problem(save(flow(nodes, json!([]))).await);
        let error = &refused.errors[0];
        assert_eq!((error.code.as_str(), error.element.as_deref()), ("not_found", Some("check")));
    }
    let lanes = json!([{ "id": "buyer", "process_role_id": Uuid::from_u128(7) }]);
    assert_eq!(problem(save(flow(json!([]), lanes)).await).errors[0].element.as_deref(), Some("buyer"));

    // Whoever edits a process goes on with what its flow shows already.
    let theirs = process(&owner, "Shared", showing(secret)).await;
    let (editor_id, editor) = reader(app, "editor").await;
    let change = owner.process_replace().id(theirs).if_match("*");
    change.body_map(|body| body.title("Shared").editor_ids(vec![editor_id])).send().await.unwrap();
    editor.process_flow_replace().id(theirs).if_match("*").body(showing(secret)).send().await.unwrap();
}

async fn what_was_deleted_since_is_unlinked_when_a_version_is_restored(app: &TestApp) {
    let owner = app.owner();
    let checking = activity(&owner, "Check the bill", "").await;
    let id = process(&owner, "Buy", showing(checking)).await;
    owner.process_flow_replace().id(id).if_match("*").body(flow(json!([]), json!([]))).send().await.unwrap();
    owner.activity_delete().id(checking).if_match("*").send().await.unwrap();
    owner.process_version_restore().id(id).number(2).send().await.unwrap();
    let flow = owner.process_flow_get().id(id).send().await.unwrap();
    let node = &flow.nodes[0];
    assert_eq!((node.name.as_deref(), node.activity_id), (Some("Check the bill"), None));
    let version = owner.process_version_get().id(id).number(4).send().await.unwrap();
    assert_eq!(version.version.restored_from, Some(2));
    assert!(version.version.note.contains("check"), "{}", version.version.note);
    let old = owner.process_flow_get().id(id).version(2).send().await.unwrap();
    assert_eq!(old.nodes[0].name.as_deref(), Some("Check the bill"), "and it is still read as it was");
}

async fn a_difference_is_said_in_words_and_as_a_patch(app: &TestApp) {
    let owner = app.owner();
    let lanes = json!([{ "id": "buyer", "name": "Buyer" }, { "id": "accounts", "name": "Accounts" }]);
    let of = |lane: &str, x: f64| {
        let bounds = json!({ "x": x, "y": 0.0, "width": 100.0, "height": 80.0 });
        json!([
            { "id": "check", "type": "task", "name": "Check the bill", "lane": lane },
            { "id": "pay", "type": "task", "name": "Pay", "lane": "accounts", "bounds": bounds },
        ])
    };
    let id = process(&owner, "Buy", flow(of("buyer", 0.0), lanes.clone())).await;
    let after = flow(of("accounts", 50.0), lanes);
    owner.process_flow_replace().id(id).if_match("*").body(after).send().await.unwrap();
    let changes = owner.process_version_compare().id(id).number(3).send().await.unwrap();
    let said: Vec<_> = changes
        .elements
        .iter()
        .map(|one| (one.kind, one.element.as_str(), one.element_type.as_str(), one.text.as_str()))
        .collect();
    let moved = types::DifferenceKind::Moved;
    assert_eq!(
        said,
        [
            (moved, "check", "task", "Task “Check the bill” was moved from lane “Buyer” to “Accounts”"),
            (moved, "pay", "task", "Task “Pay” was moved on the drawing"),
        ]
    );
    let swedish = Client::builder(&app.base_url).token(&*app.owner_token).language("sv").build().unwrap();
    let changes = swedish.process_version_compare().id(id).number(3).send().await.unwrap();
    assert!(changes.elements[1].text.contains("har flyttats på ritningen"));

    let content = async |number: i32| {
        let version = owner.process_version_get().id(id).number(number).send().await.unwrap().into_inner();
        json!({ "title": version.title, "purpose": version.purpose, "flow": version.flow })
    };
    let mut document = content(2).await;
    for operation in &changes.patch {
        assert_eq!(operation.op, "replace", "{operation:?}");
        *document.pointer_mut(&operation.path).unwrap() = operation.value.clone().unwrap();
    }
    assert_eq!(document, content(3).await);
    let since_nothing = owner.process_version_compare().id(id).number(3).since(0).send().await.unwrap();
    assert_eq!(since_nothing.elements.len(), 4);
}

async fn of_two_who_save_at_once_one_is_told(app: &TestApp) {
    let owner = app.owner();
    let id = activity(&owner, "Check", "").await;
    let known = WithEtag::try_from(owner.activity_get().id(id).send().await.unwrap()).unwrap();
    let save = async |instruction: &str| {
        let change = owner.activity_replace().id(id).if_match(&*known.etag);
        change.body_map(|body| body.title("Check").instruction(instruction.to_owned())).send().await
    };
    let (one, two) = tokio::join!(save("One"), save("Two"));
    assert!(one.is_ok() != two.is_ok());
    let lost = if one.is_ok() { two } else { one };
    assert_eq!(problem(lost).code, "revision_changed");
    assert_eq!(owner.activity_get().id(id).send().await.unwrap().version, 2);
}

async fn what_a_flow_shows_travels_in_bpmn(app: &TestApp) {
    let owner = app.owner();
    let checking = activity(&owner, "Check", "").await;
    let next = process(&owner, "Next", flow(json!([]), json!([]))).await;
    let buyer = owner.process_role_create().body_map(|body| body.name("Buyer")).send().await.unwrap().id;
    let all = flow(
        json!([
            { "id": "check", "type": "task", "activity_id": checking, "lane": "desk" },
            { "id": "on", "type": "call_activity", "name": "Go on", "process_id": next, "lane": "desk" },
        ]),
        json!([{ "id": "desk", "process_role_id": buyer }]),
    );
    let id = process(&owner, "Buy", all).await;
    let before = owner.process_flow_get().id(id).send().await.unwrap().into_inner();
    let xml = styr_sdk::read(owner.process_bpmn().id(id).send().await.unwrap()).await.unwrap();
    let file = String::from_utf8(xml.clone()).unwrap();
    let taken = owner.process_import().body(xml.clone()).send().await.unwrap();
    assert!(taken.not_carried.is_empty(), "{taken:?}");
    let (_, folder) = take_in(app, "", archive(&[("1.1. Buy.bpmn", &file)])).await;
    let of_folder: Uuid = folder["files"][0]["processes"][0]["id"].as_str().unwrap().parse().unwrap();
    for made in [taken.processes[0].id, of_folder] {
        let after = owner.process_flow_get().id(made).send().await.unwrap().into_inner();
        let shown = |flow: &types::Flow| {
            let nodes = flow.nodes.iter().map(|node| (node.name.clone(), node.activity_id, node.process_id));
            let lanes = flow.lanes.iter().map(|lane| (lane.name.clone(), lane.process_role_id));
            (nodes.collect::<Vec<_>>(), lanes.collect::<Vec<_>>())
        };
        assert_eq!(shown(&after), shown(&before));
    }
    assert_eq!(owner.activity_usage().id(checking).send().await.unwrap().items.len(), 3);
    let (_, again) = take_in(app, "?existing=replace", archive(&[("1.1. Buy.bpmn", &file)])).await;
    assert_eq!(again["files"][0]["outcome"], "replaced");
    assert_eq!(owner.activity_usage().id(checking).send().await.unwrap().items.len(), 3);

    // Who may not see them gets their names.
    let branch = owner.process_group_create().body_map(|body| body.title("Theirs")).send().await.unwrap().id;
    let maker = maker(app, branch).await.0;
    let taken = maker.process_import().group_id(branch).body(xml).send().await.unwrap();
    let lost: Vec<_> = taken.not_carried.iter().map(|lost| (lost.element.as_str(), lost.kept)).collect();
    assert_eq!(lost, [("check", false), ("on", false)]);
    let after = maker.process_flow_get().id(taken.processes[0].id).send().await.unwrap();
    let nodes: Vec<_> =
        after.nodes.iter().map(|node| (node.name.as_deref(), node.activity_id, node.process_id)).collect();
    assert_eq!(nodes, [(Some("Check"), None, None), (Some("Go on"), None, None)]);
    assert_eq!(after.lanes[0].process_role_id, Some(buyer), "roles are everybody's");
}
