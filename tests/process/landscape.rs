//! The landscape as callers arrange, search and fill it.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use styr_sdk::reqwest::Method;
use styr_sdk::{Client, types};
use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::people::{client, user};
use crate::support::{TestApp, answer, on_both, problem};

on_both! {
    groups_are_moved_among_their_siblings
    codes_are_ordered_as_people_order_them
    the_list_of_processes_is_narrowed
    a_search_finds_what_the_caller_may_see
    a_search_goes_on_where_it_ended
    a_search_shows_the_flow_in_force_to_readers
    a_manager_finds_no_drafts_of_what_their_profile_hides
    a_skeleton_becomes_a_landscape
    a_folder_becomes_a_landscape
    a_folder_that_attacks_is_refused
    what_cannot_be_asked_for_is_refused
}

pub(super) async fn group(client: &Client, title: &str, code: &str, parent: Option<Uuid>) -> Uuid {
    let body =
        |body: types::builder::ProcessGroupBody| body.title(title).code(code.to_owned()).parent_id(parent);
    client.process_group_create().body_map(body).send().await.unwrap().id
}

async fn titles(client: &Client, group: Option<Uuid>) -> Vec<String> {
    let mut request = client.landscape_get();
    if let Some(group) = group {
        request = request.group_id(group);
    }
    let level = request.send().await.unwrap().into_inner();
    let groups = level.groups.into_iter().map(|group| group.title);
    groups.chain(level.processes.into_iter().map(|process| process.title)).collect()
}

async fn groups_are_moved_among_their_siblings(app: &TestApp) {
    let owner = app.owner();
    let top = group(&owner, "Top", "1", None).await;
    let mut below = Vec::new();
    for title in ["a", "b", "c"] {
        let id = group(&owner, title, title, Some(top)).await;
        owner.process_group_move().id(id).body_map(|body| body.parent_id(top)).send().await.unwrap();
        below.push(id);
    }
    assert_eq!(titles(&owner, Some(top)).await, ["a", "b", "c"]);
    let moved = owner.process_group_move().id(below[2]);
    moved.body_map(|body| body.parent_id(top).before_id(below[0])).send().await.unwrap();
    assert_eq!(titles(&owner, Some(top)).await, ["c", "a", "b"]);
    let moved = owner.process_group_move().id(below[2]);
    let moved = moved.body_map(|body| body.parent_id(top).position(1_u32)).send().await.unwrap();
    assert_eq!(moved.position, 1);
    assert_eq!(titles(&owner, Some(top)).await, ["a", "c", "b"]);
    owner.process_group_move().id(below[0]).body_map(|body| body.parent_id(below[1])).send().await.unwrap();
    assert_eq!(titles(&owner, Some(below[1])).await, ["a"]);

    for (id, parent, before, code) in [
        (top, Some(below[0]), None, "group_in_itself"),
        (top, Some(top), None, "group_in_itself"),
        (below[1], Some(Uuid::nil()), None, "not_found"),
        (below[1], Some(top), Some(below[0]), "not_found"),
    ] {
        let body = |body: types::builder::ProcessGroupMoveBody| body.parent_id(parent).before_id(before);
        let fault = problem(owner.process_group_move().id(id).body_map(body).send().await);
        assert_eq!(fault.errors[0].code, code);
    }
    let mut deep = group(&owner, "1", "1", None).await;
    for level in 2..=19 {
        deep = group(&owner, &level.to_string(), &level.to_string(), Some(deep)).await;
    }
    // Two levels, of which only one has room.
    let fault =
        problem(owner.process_group_move().id(below[1]).body_map(|body| body.parent_id(deep)).send().await);
    assert_eq!(fault.errors[0].code, "too_deep");
    owner.process_group_move().id(below[0]).body_map(|body| body.parent_id(deep)).send().await.unwrap();
    let kinds = ["process_group.moved", "process_group.reordered"];
    for kind in kinds {
        assert!(!owner.event_list().kind(kind).send().await.unwrap().items.is_empty(), "{kind}");
    }

    // Who may make processes in one branch does not move into another.
    let (theirs, other) = (group(&owner, "Theirs", "7", None).await, group(&owner, "Other", "8", None).await);
    let mover = user(app, "mover", None).await;
    let body = json!({ "name": "Branch", "rights": ["process.create"], "process_group_ids": [theirs] });
    let request = app.raw(Method::POST, "/v1/permission-groups").bearer_auth(&app.owner_token);
    let (_, permission) = answer(request.json(&body)).await;
    let permission: Uuid = permission["id"].as_str().unwrap().parse().unwrap();
    let member = owner.permission_group_member_add().id(permission);
    member.body_map(|body| body.user_id(mover)).send().await.unwrap();
    let (mover, _) = client(app, mover).await;
    let own = group(&mover, "Own", "7.1", Some(theirs)).await;
    // What was just made lies in the branch too.
    let inner = group(&mover, "Inner", "7.1.1", Some(own)).await;
    let there = mover.process_group_move().id(inner).body_map(|body| body.parent_id(other)).send().await;
    assert_eq!(problem(there).code, "forbidden");
    mover.process_group_move().id(inner).body_map(|body| body.parent_id(theirs)).send().await.unwrap();
}

async fn codes_are_ordered_as_people_order_them(app: &TestApp) {
    let owner = app.owner();
    let top = group(&owner, "Top", "2", None).await;
    for code in ["2.10", "2.9", "2.1"] {
        group(&owner, code, code, Some(top)).await;
        let body = |body: types::builder::ProcessBody| body.title(code).code(code.to_owned()).group_id(top);
        owner.process_create().body_map(body).send().await.unwrap();
    }
    assert_eq!(titles(&owner, Some(top)).await, ["2.1", "2.9", "2.10", "2.1", "2.9", "2.10"]);
}

async fn the_list_of_processes_is_narrowed(app: &TestApp) {
    let owner = app.owner();
    let (member, editor) = (user(app, "member", None).await, user(app, "editor", None).await);
    let label = owner.label_create().body_map(|body| body.name("Quality").colour("#00aA11".to_owned()));
    let label = label.send().await.unwrap().id;
    let component = owner.component_create().body_map(|body| body.name("Archive")).send().await.unwrap().id;
    let role = owner.process_role_create().body_map(|body| body.name("Buyer")).send().await.unwrap().id;
    let place = group(&owner, "Place", "4", None).await;
    let body = |body: types::builder::ProcessBody| {
        body.title("One")
            .code("4.1".to_owned())
            .group_id(place)
            .visibility(types::ProcessVisibility::Private)
            .editor_ids(vec![editor])
            .label_ids(vec![label])
            .component_ids(vec![component])
    };
    let one = owner.process_create().body_map(body).send().await.unwrap().into_inner();
    assert_eq!((one.label_ids.as_slice(), one.component_ids.as_slice()), (&[label][..], &[component][..]));
    let body = |body: types::builder::MemberBody| body.user_id(member).process_role_id(role);
    owner.process_member_create().id(one.id).body_map(body).send().await.unwrap();
    owner.process_create().body_map(|body| body.title("Two").code("4.10".to_owned())).send().await.unwrap();

    let list = || owner.process_list();
    let later = "2026-06-01T12:00:01Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    for (name, request) in [
        ("group", list().group_id(place)),
        ("visibility", list().visibility(types::ProcessVisibility::Private)),
        ("label", list().label_id(label)),
        ("component", list().component_id(component)),
        ("role", list().process_role_id(role)),
        ("member", list().member_id(member)),
        ("editor", list().editor_id(editor)),
    ] {
        let found = request.send().await.unwrap().into_inner().items;
        assert_eq!(found.iter().map(|process| process.title.as_str()).collect::<Vec<_>>(), ["One"], "{name}");
        assert_eq!(found[0].label_ids, [label], "{name}");
    }
    let groups = owner.process_group_list().code("4".to_owned()).send().await.unwrap().into_inner().items;
    assert_eq!(groups.iter().map(|group| group.id).collect::<Vec<_>>(), [place]);
    let by_code = list().code("4.1".to_owned()).send().await.unwrap().into_inner().items;
    assert_eq!(by_code.len(), 2);
    assert!(list().updated_since(later).send().await.unwrap().items.is_empty());
    assert_eq!(list().state(types::ProcessState::Draft).send().await.unwrap().items.len(), 2);

    // What is not named stays, and an empty list takes all.
    let replace =
        |body: types::builder::ProcessBody| body.title("One").group_id(place).editor_ids(vec![editor]);
    let kept = owner.process_replace().id(one.id).if_match("*").body_map(replace).send().await.unwrap();
    assert_eq!((kept.label_ids.len(), kept.member_ids.as_ref().unwrap().len()), (1, 1));
    owner.label_delete().id(label).if_match("*").send().await.unwrap();
    assert!(owner.process_get().id(one.id).send().await.unwrap().label_ids.is_empty());
    let none = |body: types::builder::ProcessBody| body.title("One").component_ids(vec![]).member_ids(vec![]);
    let none = owner.process_replace().id(one.id).if_match("*").body_map(none).send().await.unwrap();
    assert!(none.component_ids.is_empty() && none.member_ids.as_ref().unwrap().is_empty());
    let unknown = |body: types::builder::ProcessBody| body.title("One").label_ids(vec![label]);
    let refused = owner.process_replace().id(one.id).if_match("*").body_map(unknown).send().await;
    assert_eq!(problem(refused).errors[0].pointer.as_deref(), Some("/label_ids"));
    for kind in ["process.tags_changed", "label.deleted", "process.members_changed"] {
        assert!(!owner.event_list().kind(kind).send().await.unwrap().items.is_empty(), "{kind}");
    }
}

/// The kinds and titles of what is found.
async fn found(client: &Client, q: &str) -> Vec<(types::SearchKind, String)> {
    let page = client.landscape_search().q(q).limit(200_u64).send().await.unwrap().into_inner();
    assert!(page.next_cursor.is_none());
    page.items.into_iter().map(|hit| (hit.kind, hit.title)).collect()
}

async fn process(client: &Client, title: &str, purpose: &str, group: Option<Uuid>, live: bool) -> Uuid {
    let body =
        |body: types::builder::ProcessBody| body.title(title).purpose(purpose.to_owned()).group_id(group);
    let id = client.process_create().body_map(body).send().await.unwrap().id;
    if live {
        client.process_publish().id(id).send().await.unwrap();
    }
    id
}

async fn a_search_finds_what_the_caller_may_see(app: &TestApp) {
    use types::SearchKind as Kind;
    let owner = app.owner();
    let it = group(&owner, "Drift af it", "8", None).await;
    let roll_out = group(&owner, "Udrulning", "8.7", Some(it)).await;
    let body = |body: types::builder::ProcessBody| {
        body.title("Sæt i drift")
            .code("8.7.4".to_owned())
            .purpose("At det nye virker. Årsag: »ændringer«".to_owned())
            .group_id(roll_out)
    };
    let live = owner.process_create().body_map(body).send().await.unwrap().id;
    owner.process_publish().id(live).send().await.unwrap();
    let hidden = process(&owner, "Hemmelig drift", "", None, false).await;
    owner.process_role_create().body_map(|body| body.name("Driftsleder")).send().await.unwrap();
    let label = owner.label_create().body_map(|body| body.name("Drift")).send().await.unwrap().id;
    owner
        .component_create()
        .body_map(|body| body.name("Server").description("Til drift".to_owned()))
        .send()
        .await
        .unwrap();

    let all = vec![
        (Kind::ProcessGroup, "Drift af it".to_owned()),
        (Kind::Process, "Sæt i drift".to_owned()),
        (Kind::Process, "Hemmelig drift".to_owned()),
        (Kind::ProcessRole, "Driftsleder".to_owned()),
        (Kind::Label, "Drift".to_owned()),
        (Kind::Component, "Server".to_owned()),
    ];
    assert_eq!(found(&owner, "drift").await, all);
    assert_eq!(found(&owner, "DRIF").await, all);
    let reader = user(app, "reader", None).await;
    let (reader, _) = client(app, reader).await;
    let seen: Vec<_> = all.iter().filter(|(_, title)| title != "Hemmelig drift").cloned().collect();
    assert_eq!(found(&reader, "drift").await, seen);
    assert_eq!(found(&app.stranger(), "drift").await, []);

    // Each word counts, in any field; spellings meet, and codes are found by how they begin.
    let live_one = vec![(Kind::Process, "Sæt i drift".to_owned())];
    for q in ["drift virker", "saet", "sät aarsag", "ændr drift", "aendringer", "8.7.4", "8.7.4 drift"] {
        assert_eq!(found(&reader, q).await, live_one, "{q}");
    }
    assert_eq!(found(&reader, "8.7").await.len(), 2);
    for q in ["7.4", "drift zebra", "rift", "8.7.40"] {
        assert_eq!(found(&reader, q).await, [], "{q}");
    }
    let labels = owner.landscape_search().q("drift").kind(Kind::Label).send().await.unwrap().into_inner();
    assert_eq!(labels.items.iter().map(|hit| hit.id).collect::<Vec<_>>(), [label]);

    let hits = reader.landscape_search().q("drift vir").send().await.unwrap().into_inner();
    let hit = &hits.items[0];
    assert_eq!((hit.id, hit.process_id), (live, Some(live)));
    assert_eq!(
        hit.path.iter().map(|group| group.title.as_str()).collect::<Vec<_>>(),
        ["Drift af it", "Udrulning"]
    );
    let shown: Vec<String> = hit
        .highlights
        .iter()
        .flat_map(|highlight| {
            let text: Vec<char> = highlight.text.chars().collect();
            let part = |found: &types::MatchView| {
                let part = &text[usize::try_from(found.start).unwrap()..usize::try_from(found.end).unwrap()];
                format!("{}: {}", highlight.field, part.iter().collect::<String>())
            };
            highlight.matches.iter().map(part).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(shown, ["title: drift", "purpose: vir"]);

    // A profile hides what lies outside its branches, in results and in paths.
    let outside = group(&owner, "Udenfor", "9", None).await;
    let profile = json!({ "name": "Narrow", "process_group_ids": [outside] });
    let (_, profile) =
        answer(app.raw(Method::POST, "/v1/profiles").bearer_auth(&app.owner_token).json(&profile)).await;
    let narrow = user(app, "narrow", None).await;
    let body = json!({ "profile_id": profile["id"] });
    let request = app.raw(Method::PUT, &format!("/v1/users/{narrow}/profile")).bearer_auth(&app.owner_token);
    assert!(answer(request.header("If-Match", "*").json(&body)).await.0.is_success());
    let member = owner.process_member_create().id(live).body_map(|body| body.user_id(narrow));
    let (narrow, _) = client(app, narrow).await;
    assert_eq!(found(&narrow, "8.7").await, []);
    member.send().await.unwrap();
    let hits = narrow.landscape_search().q("saet").send().await.unwrap().into_inner();
    assert_eq!((hits.items.len(), hits.items[0].path.len()), (1, 0));

    // What is renamed or gone is no longer found by its old name.
    owner.process_replace().id(live).if_match("*").body_map(|body| body.title("Andet")).send().await.unwrap();
    owner.process_delete().id(hidden).if_match("*").send().await.unwrap();
    owner.label_delete().id(label).if_match("*").send().await.unwrap();
    assert_eq!(found(&owner, "drift").await.len(), 3);
}

async fn a_search_goes_on_where_it_ended(app: &TestApp) {
    let owner = app.owner();
    let mut ids = BTreeSet::new();
    for number in 0..7 {
        // Each is found by several words, and in two fields.
        ids.insert(process(&owner, &format!("Sag sager {number}"), "Sagen er en sag", None, true).await);
    }
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut request = owner.landscape_search().q("s").limit(2_u64);
        if let Some(cursor) = &cursor {
            request = request.cursor(cursor.clone());
        }
        let page = request.send().await.unwrap().into_inner();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.iter().map(|hit| hit.id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 7, "each once");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), ids);
}

async fn a_search_shows_the_flow_in_force_to_readers(app: &TestApp) {
    let owner = app.owner();
    let reader = user(app, "reader", None).await;
    let (reader, _) = client(app, reader).await;
    let id = process(&owner, "Indkøb", "", None, false).await;
    let set = async |name: &str| {
        let flow = json!({ "nodes": [{ "id": "a", "type": "user_task", "name": name }] });
        let flow: types::Flow = serde_json::from_value(flow).unwrap();
        owner.process_flow_replace().id(id).if_match("*").body(flow).send().await.unwrap();
    };
    set("Bestil varen").await;
    owner.process_publish().id(id).send().await.unwrap();
    set("Kasser varen").await;
    for (client, q, count) in [
        (&reader, "bestil", 1),
        (&reader, "kasser", 0),
        (&owner, "bestil", 1),
        (&owner, "kasser", 1),
        (&reader, "indkøb kasser", 0),
    ] {
        assert_eq!(found(client, q).await.len(), count, "{q}");
    }
    let hits = owner.landscape_search().q("kasser").send().await.unwrap().into_inner();
    assert_eq!(hits.items[0].highlights[0].text, "Kasser varen");
    owner.process_publish().id(id).send().await.unwrap();
    assert_eq!(found(&reader, "kasser").await.len(), 1);
    assert_eq!(found(&reader, "bestil").await.len(), 0);
}

/// As a member they see it all the same, and what is in force of it.
async fn a_manager_finds_no_drafts_of_what_their_profile_hides(app: &TestApp) {
    let owner = app.owner();
    let hidden = group(&owner, "Hidden", "9", None).await;
    let manager = user(app, "manager", None).await;
    let rights = vec![types::Right::ProcessManageAll, types::Right::AdminEnter];
    let body = |body: types::builder::RoleBody| body.name("Manager").rights(rights);
    let role = owner.role_create().body_map(body).send().await.unwrap().id;
    let everywhere =
        |body: types::builder::RoleAssignmentBody| body.role_id(role).reach(types::DefaultReach::Account);
    owner.user_role_assign().id(manager).body_map(everywhere).send().await.unwrap();
    let id = process(&owner, "Indkøb", "", Some(hidden), false).await;
    let set = async |name: &str| {
        let flow = json!({ "nodes": [{ "id": "a", "type": "user_task", "name": name }] });
        let flow: types::Flow = serde_json::from_value(flow).unwrap();
        owner.process_flow_replace().id(id).if_match("*").body(flow).send().await.unwrap();
    };
    set("Bestil varen").await;
    owner.process_publish().id(id).send().await.unwrap();
    set("Kasser varen").await;
    owner.process_member_create().id(id).body_map(|body| body.user_id(manager)).send().await.unwrap();
    let (manager_client, _) = client(app, manager).await;
    assert_eq!(found(&manager_client, "kasser").await.len(), 1, "who manages all works on drafts");

    let body = |body: types::builder::ProfileBody| body.name("Nothing").process_group_ids(Vec::new());
    let profile = owner.profile_create().body_map(body).send().await.unwrap().id;
    let set = owner.user_profile_replace().id(manager).if_match("*");
    set.body_map(|body| body.profile_id(profile)).send().await.unwrap();
    let flow = manager_client.process_flow_get().id(id).send().await.unwrap();
    assert_eq!(flow.nodes[0].name.as_deref(), Some("Bestil varen"), "what is in force");
    assert_eq!(found(&manager_client, "bestil").await.len(), 1);
    assert_eq!(found(&manager_client, "kasser").await.len(), 0, "a draft that they do not work on");
    let hits = manager_client.landscape_search().q("varen").send().await.unwrap().into_inner();
    let texts: Vec<_> = hits.items[0].highlights.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["Bestil varen"]);
}

async fn a_skeleton_becomes_a_landscape(app: &TestApp) {
    let owner = app.owner();
    let skeletons = owner.landscape_skeleton_list().send().await.unwrap().into_inner().items;
    assert_eq!(skeletons.len(), 2);
    for skeleton in skeletons {
        let parent = group(&owner, &skeleton.name, "0", None).await;
        let body =
            |body: types::builder::SkeletonBody| body.parent_id(parent).language(types::LanguageName::Sv);
        let apply = || owner.landscape_skeleton_apply().name(skeleton.name.clone()).body_map(body);
        let made = apply().send().await.unwrap().into_inner();
        assert_eq!(
            (made.groups, made.processes),
            (u64::from(skeleton.groups), u64::from(skeleton.processes))
        );
        let level = owner.landscape_get().group_id(parent).send().await.unwrap().into_inner();
        assert_eq!(level.groups.iter().map(|group| group.id).collect::<Vec<_>>(), made.group_ids);
        assert_eq!(problem(apply().send().await).code, "codes_taken");
    }
    assert!(!found(&owner, "processer").await.is_empty());
    let unknown = owner.landscape_skeleton_apply().name("none").send().await;
    assert_eq!(problem(unknown).code, "not_found");
}

pub(super) fn model(name: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:test"><process id="p"><startEvent id="s"/><userTask id="t" name="{name}"/><endEvent id="e"/><sequenceFlow id="a" sourceRef="s" targetRef="t"/><sequenceFlow id="b" sourceRef="t" targetRef="e"/></process></definitions>"#
    )
}

pub(super) fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(super) async fn take_in(app: &TestApp, query: &str, archive: Vec<u8>) -> (u16, Value) {
    let request =
        app.raw(Method::POST, &format!("/v1/landscape/import{query}")).bearer_auth(&app.owner_token);
    let (status, body) = answer(request.header("Content-Type", "application/zip").body(archive)).await;
    (status.as_u16(), body)
}

fn outcomes(answer: &Value) -> Vec<(&str, &str)> {
    let files = answer["files"].as_array().unwrap_or_else(|| panic!("{answer}"));
    files.iter().map(|file| (file["path"].as_str().unwrap(), file["outcome"].as_str().unwrap())).collect()
}

async fn a_folder_becomes_a_landscape(app: &TestApp) {
    let owner = app.owner();
    let there = group(&owner, "It", "8", None).await;
    let (install, deploy) = (model("Installér"), model("Deploy"));
    let files = [
        ("8.7 Udrulning/8.7.4. Sæt i drift.bpmn", install.as_str()),
        ("8.7 Udrulning/8.7.10. Ryd op.bpmn", deploy.as_str()),
        ("8.7 Udrulning/broken.bpmn", "<definitions"),
        ("9.1. Betal.bpmn", deploy.as_str()),
        ("Uden kode.bpmn", deploy.as_str()),
        ("__MACOSX/._x.bpmn", ""),
        ("readme.txt", "hello"),
    ];
    let (status, taken) = take_in(app, "", archive(&files)).await;
    assert_eq!(status, 200, "{taken}");
    let made = [
        ("8.7 Udrulning/8.7.4. Sæt i drift.bpmn", "made"),
        ("8.7 Udrulning/8.7.10. Ryd op.bpmn", "made"),
        ("8.7 Udrulning/broken.bpmn", "unread"),
        ("9.1. Betal.bpmn", "made"),
        ("Uden kode.bpmn", "made"),
    ];
    assert_eq!(outcomes(&taken), made);
    assert!(taken["files"][2]["reason"].as_str().is_some_and(|reason| reason.len() > 10));
    let groups: Vec<_> = taken["groups"].as_array().unwrap().iter().map(|group| &group["code"]).collect();
    assert_eq!(groups, ["8.7", "9"]);
    assert_eq!(titles(&owner, Some(there)).await, ["Udrulning"]);
    let below = owner.landscape_get().group_id(there).send().await.unwrap().groups[0].id;
    assert_eq!(titles(&owner, Some(below)).await, ["Sæt i drift", "Ryd op"]);
    assert_eq!(titles(&owner, None).await, ["It", "9", "Uden kode"]);
    assert_eq!(found(&owner, "installer").await.len(), 1);

    // Again it leaves what is there, or replaces it.
    let (_, again) = take_in(app, "", archive(&files)).await;
    assert_eq!(outcomes(&again)[0].1, "skipped");
    assert!(again["groups"].as_array().unwrap().is_empty());
    let id: Uuid = again["files"][0]["processes"][0]["id"].as_str().unwrap().parse().unwrap();
    let renamed = [("8.7.4. Sæt i gang.bpmn", deploy.as_str())];
    let (_, replaced) = take_in(app, "?existing=replace", archive(&renamed)).await;
    assert_eq!(outcomes(&replaced)[0].1, "replaced", "{replaced}");
    let process = owner.process_get().id(id).send().await.unwrap();
    assert_eq!((process.title.as_str(), process.version), ("Sæt i gang", 2));
    owner.process_publish().id(id).send().await.unwrap();
    owner.process_freeze().id(id).send().await.unwrap();
    let (_, frozen) = take_in(app, "?existing=replace", archive(&renamed)).await;
    assert_eq!(outcomes(&frozen)[0].1, "skipped", "{frozen}");
    let twice = [("6.1. A.bpmn", deploy.as_str()), ("6.1 B.bpmn", deploy.as_str())];
    let (_, twice) = take_in(app, "", archive(&twice)).await;
    assert_eq!(outcomes(&twice).iter().map(|(_, outcome)| *outcome).collect::<Vec<_>>(), ["made", "skipped"]);
    let named = ["6.1. A.bpmn", "6.1 B.bpmn"].map(|name| (name, deploy.as_str()));
    let (_, replaced) = take_in(app, "?existing=replace", archive(&named)).await;
    let replaced: Vec<_> = outcomes(&replaced).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(replaced, ["replaced", "skipped"], "neither takes the other's place");

    // A key that comes again gets the same answer.
    let keyed = async |code: &str| {
        let request = app.raw(Method::POST, "/v1/landscape/import").bearer_auth(&app.owner_token);
        let request = request.header("Content-Type", "application/zip").header("Idempotency-Key", "folder-1");
        answer(request.body(archive(&[(&format!("{code} X.bpmn"), &deploy)]))).await
    };
    let (first, second) = (keyed("5.5").await, keyed("5.5").await);
    assert_eq!(first.1, second.1);
    assert_eq!(outcomes(&second.1)[0].1, "made");
    assert_eq!(keyed("5.6").await.1["code"], "idempotency_key_reused");

    // More than one write's worth.
    let many: Vec<(String, String)> =
        (1..=230).map(|number| (format!("3.{}.{number}. Many.bpmn", number % 3), model("Many"))).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, xml)| (name.as_str(), xml.as_str())).collect();
    let (_, many) = take_in(app, "", archive(&many)).await;
    assert!(outcomes(&many).iter().all(|(_, outcome)| *outcome == "made"), "{many}");
    assert_eq!(many["groups"].as_array().unwrap().len(), 4);
}

async fn a_folder_that_attacks_is_refused(app: &TestApp) {
    let before = app.owner().process_list().send().await.unwrap().items.len();
    let (inside, large) = (model("x"), " ".repeat(21 << 20));
    for (archive, code) in [
        (b"no archive at all".to_vec(), "archive_unreadable"),
        (Vec::new(), "archive_unreadable"),
        (archive(&[("../1. Out.bpmn", &inside)]), "archive_name_unsafe"),
        (archive(&[("/etc/1. Out.bpmn", &inside)]), "archive_name_unsafe"),
        (archive(&[("C:\\1. Out.bpmn", &inside)]), "archive_name_unsafe"),
        (claiming(600 << 20, archive(&[("1. Large.bpmn", &inside)])), "archive_too_large"),
    ] {
        let (status, problem) = take_in(app, "", archive).await;
        assert_eq!((status, problem["errors"][0]["code"].as_str()), (422, Some(code)), "{problem}");
    }
    let (status, bomb) = take_in(app, "", archive(&[("1. Bomb.bpmn", &large)])).await;
    assert_eq!((status, outcomes(&bomb)), (200, vec![("1. Bomb.bpmn", "unread")]));
    let after = app.owner().process_list().send().await.unwrap().items.len();
    assert_eq!(before, after, "nothing is left behind");
}

/// An archive that says in its directory how large its file is (APPNOTE 6.3.10, section 4.3.12).
fn claiming(size: u32, mut archive: Vec<u8>) -> Vec<u8> {
    let at = archive.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    archive[at + 24..at + 28].copy_from_slice(&size.to_le_bytes());
    archive
}

async fn what_cannot_be_asked_for_is_refused(app: &TestApp) {
    let get = async |path: &str, q: &str| {
        let request = app.raw(Method::GET, path).bearer_auth(&app.owner_token).query(&[("q", q)]);
        answer(request).await
    };
    for q in ["", "  ", "-", "\"'`%_*", "…!?"] {
        let (status, problem) = get("/v1/landscape/search", q).await;
        assert_eq!(status, 422, "{q}: {problem}");
        assert_eq!(problem["errors"][0]["code"], "query_empty", "{q}");
    }
    for (q, status) in [("a".repeat(10_000), 422), ("a\0b".to_owned(), 400)] {
        let (got, problem) = get("/v1/landscape/search", &q).await;
        assert!(got.is_client_error() && problem["code"].is_string(), "{status} {problem}");
    }
    for q in ["'; DROP TABLE term; --", "\"drift\"", "a%' OR 1=1", &"ord ".repeat(100)] {
        let (status, page) = get("/v1/landscape/search", q).await;
        assert_eq!(status, 200, "{q}: {page}");
    }
    for cursor in ["x", "AAAA", "e30"] {
        let (status, problem) = get(&format!("/v1/landscape/search?cursor={cursor}"), "a").await;
        assert_eq!((status.as_u16(), problem["code"].as_str()), (400, Some("cursor_invalid")), "{problem}");
    }
    let post = async |path: &str, body: Value| {
        answer(app.raw(Method::POST, path).bearer_auth(&app.owner_token).json(&body)).await
    };
    for colour in ["red", "#12345", "#1234567", "#gggggg", "", "#12345\u{0661}"] {
        let (status, problem) = post("/v1/labels", json!({ "name": "Label", "colour": colour })).await;
        assert_eq!(
            (status.as_u16(), problem["errors"][0]["pointer"].as_str()),
            (422, Some("/colour")),
            "{colour}"
        );
    }
    for url in ["javascript:alert(1)", "ftp://x", "https://a b"] {
        let (status, problem) = post("/v1/components", json!({ "name": "Component", "url": url })).await;
        assert_eq!((status.as_u16(), problem["errors"][0]["pointer"].as_str()), (422, Some("/url")), "{url}");
    }
    for path in ["/v1/labels", "/v1/components", "/v1/process-roles"] {
        assert_eq!(post(path, json!({ "name": "Twice" })).await.0, 201, "{path}");
        assert_eq!(post(path, json!({ "name": "Twice" })).await.1["code"], "name_taken", "{path}");
    }
}
