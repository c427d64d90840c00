//! Every operation against every kind of caller: what each is answered with.
//!
//! An operation without a row fails the test, and so does a row without an operation. When an answer is meant to change,
//! change its row; the failure prints the table as it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use styr_sdk::reqwest::Method;

use crate::support::{TestApp, answer, on_both};

on_both! {
    every_operation_answers_every_caller_as_the_table_says
}

/// Of each operation, the status for a request
/// - `anonymous`: without a token;
/// - `stranger`: with the token of another account's owner;
/// - `nobody`: of a user whose token has no scopes;
/// - `exact`: of a user whose role gives exactly the rights it needs, in the whole account;
/// - `elsewhere`: of one who holds them only in an organisation that the thing does not belong to;
/// - `group`: of one who holds those that permission groups can give, by being in these groups, and no role;
/// - `starter`: of one like `exact` with the least licence;
/// - `substitute`: of one without roles who stands in for one like `exact`;
/// - `profile`: of one like `exact` whose profile shows nothing of the landscape;
/// - `lockdown`: of one like `exact` while the account is locked down.
const TABLE: &str = include_str!("authz_matrix.txt");

/// Callers other than the owner, by their tokens.
struct Callers {
    nobody: String,
    user_id: String,
    organisation_id: String,
    profile_id: String,
    /// The predefined permission groups by the right that each gives.
    permission_groups: BTreeMap<String, String>,
}

async fn post(app: &TestApp, path: &str, body: Value) -> Value {
    let (status, made) = answer(app.raw(Method::POST, path).bearer_auth(&app.owner_token).json(&body)).await;
    assert!(status.is_success(), "{path}: {status} {made}");
    made
}

async fn get(app: &TestApp, path: &str) -> Value {
    answer(app.raw(Method::GET, path).bearer_auth(&app.owner_token)).await.1
}

fn id(made: &Value) -> String {
    made["id"].as_str().expect("an id").to_owned()
}

/// A new user.
async fn user(app: &TestApp, number: usize, licence: &str) -> String {
    let body = json!({ "name": format!("User {number}"), "email": format!("user{number}@example.org"), "licence": licence });
    id(&post(app, "/v1/users", body).await)
}

async fn token(app: &TestApp, user_id: &str, scopes: Option<Value>) -> String {
    let mut body = json!({ "user_id": user_id, "name": "Test" });
    if let Some(scopes) = scopes {
        body["scopes"] = scopes;
    }
    post(app, "/v1/tokens", body).await["secret"].as_str().expect("a secret").to_owned()
}

/// Gives a user these rights in the whole account, or only in one organisation.
async fn give(app: &TestApp, user_id: &str, rights: &[&str], organisation_id: Option<&str>) {
    if rights.is_empty() {
        return;
    }
    let role =
        post(app, "/v1/roles", json!({ "name": format!("Role of {user_id}"), "rights": rights })).await;
    let mut body = json!({ "role_id": id(&role) });
    match organisation_id {
        Some(organisation) => body["organisation_id"] = json!(organisation),
        None => body["reach"] = json!("account"),
    }
    post(app, &format!("/v1/users/{user_id}/roles"), body).await;
}

const CALLERS: [&str; 10] = [
    "anonymous",
    "stranger",
    "nobody",
    "exact",
    "elsewhere",
    "group",
    "starter",
    "substitute",
    "profile",
    "lockdown",
];

/// The token of a kind of caller for an operation that needs one of these rights.
async fn caller(
    app: &TestApp,
    kind: &str,
    number: usize,
    needed: &[&str],
    callers: &Callers,
) -> Option<String> {
    match kind {
        "anonymous" => return None,
        "stranger" => return Some(app.stranger_token.clone()),
        "nobody" => return Some(callers.nobody.clone()),
        _ => {}
    }
    let user_id = user(app, number, if kind == "starter" { "starter" } else { "pro" }).await;
    let mut rights = needed.to_vec();
    if !rights.is_empty() {
        rights.push("admin.enter");
    }
    match kind {
        "elsewhere" => give(app, &user_id, &rights, Some(&callers.organisation_id)).await,
        "group" => {
            for group in needed.iter().filter_map(|right| callers.permission_groups.get(*right)) {
                let member = json!({ "user_id": user_id });
                let members = format!("/v1/permission-groups/{group}/members");
                let request = app.raw(Method::POST, &members).bearer_auth(&app.owner_token).json(&member);
                assert_eq!(request.send().await.expect("an answer").status().as_u16(), 204);
            }
        }
        "substitute" => {
            let holder = user(app, 300_000 + number, "pro").await;
            give(app, &holder, &rights, None).await;
            let body = json!({ "substitute_user_id": user_id, "ends_at": "2026-07-01T00:00:00Z" });
            post(app, &format!("/v1/users/{holder}/substitutes"), body).await;
        }
        "profile" => {
            give(app, &user_id, &rights, None).await;
            let body = json!({ "profile_id": callers.profile_id });
            let request = app.raw(Method::PUT, &format!("/v1/users/{user_id}/profile"));
            let request = request.bearer_auth(&app.owner_token).header("If-Match", "*").json(&body);
            assert_eq!(request.send().await.expect("an answer").status().as_u16(), 200);
        }
        _ => give(app, &user_id, &rights, None).await,
    }
    Some(token(app, &user_id, None).await)
}

/// New things of the owner's for one request: what its path and body name.
async fn things(
    app: &TestApp,
    path: &str,
    number: usize,
    callers: &Callers,
) -> BTreeMap<&'static str, String> {
    let area = path.split('/').nth(2).unwrap_or_default();
    let mut things = BTreeMap::from([
        ("number", "1".to_owned()),
        ("user_id", callers.user_id.clone()),
        ("assignment_id", uuid::Uuid::nil().to_string()),
    ]);
    let form = async || {
        let fields =
            json!({ "fields": [{ "key": "note", "type": "short_text", "label": { "en": "Note" } }] });
        let form = id(&post(app, "/v1/forms", json!({ "title": "Form", "definition": fields })).await);
        post(app, &format!("/v1/forms/{form}/publish"), json!({})).await;
        form
    };
    let workflow = async || {
        let flow = json!({
            "nodes": [{ "id": "start", "type": "start_event" }, { "id": "do", "type": "user_task", "name": "Do" }, { "id": "end", "type": "end_event" }],
            "sequence_flows": [{ "id": "a", "source": "start", "target": "do" }, { "id": "b", "source": "do", "target": "end" }],
        });
        let workflow = id(&post(app, "/v1/workflows", json!({ "title": "Workflow", "flow": flow })).await);
        post(app, &format!("/v1/workflows/{workflow}/publish"), json!({})).await;
        post(app, &format!("/v1/workflows/{workflow}/activate"), json!({})).await;
        workflow
    };
    let made = match area {
        "organisations" => id(&post(app, "/v1/organisations", json!({ "name": "Unit" })).await),
        "users" => user(app, 100_000 + number, "pro").await,
        "permission-groups" => {
            id(&post(app, "/v1/permission-groups", json!({ "name": "Group", "rights": [] })).await)
        }
        "profiles" => id(&post(app, "/v1/profiles", json!({ "name": "Profile" })).await),
        "groups" => id(&post(app, "/v1/groups", json!({ "name": format!("Group {number}") })).await),
        "tokens" => id(&post(app, "/v1/tokens", json!({ "name": "Token" })).await["token"]),
        "roles" => {
            id(&post(app, "/v1/roles", json!({ "name": format!("Thing {number}"), "rights": [] })).await)
        }
        "process-roles" | "labels" | "components" => {
            id(&post(app, &format!("/v1/{area}"), json!({ "name": format!("Thing {number}") })).await)
        }
        "drawings" => id(&post(app, "/v1/drawings", json!({ "title": "Drawing" })).await),
        "landscape" | "process-groups" => {
            id(&post(app, "/v1/process-groups", json!({ "title": "Group" })).await)
        }
        "processes" => {
            let process = id(&post(app, "/v1/processes", json!({ "title": "Process" })).await);
            post(app, &format!("/v1/processes/{process}/publish"), json!({})).await;
            let belongings = format!("/v1/processes/{process}");
            if path.contains("{comment_id}") {
                let comment = post(app, &format!("{belongings}/comments"), json!({ "text": "Why?" })).await;
                things.insert("comment_id", id(&comment));
            }
            if path.contains("{attachment_id}") {
                let link = json!({ "title": "Plan", "url": "https://example.org/" });
                let attachment = post(app, &format!("{belongings}/attachments"), link).await;
                things.insert("attachment_id", id(&attachment));
            }
            if path.contains("{share_id}") {
                let share = post(app, &format!("{belongings}/shares"), json!({})).await;
                things.insert("share_id", id(&share["share"]));
            }
            process
        }
        "shared" => {
            let process = id(&post(app, "/v1/processes", json!({ "title": "Process" })).await);
            post(app, &format!("/v1/processes/{process}/publish"), json!({})).await;
            if path.contains("{file_id}") {
                let file = app.raw(Method::POST, "/v1/files?name=plan.txt").bearer_auth(&app.owner_token);
                let file = id(&answer(file.body("a plan")).await.1);
                let attached = json!({ "title": "Plan", "file_id": file });
                post(app, &format!("/v1/processes/{process}/attachments"), attached).await;
                things.insert("file_id", file);
            }
            let shows = json!({ "shows": ["diagram", "bpmn", "attachments"] });
            let share = post(app, &format!("/v1/processes/{process}/shares"), shows).await;
            let secret = share["path"].as_str().and_then(|path| path.rsplit('/').next()).expect("a secret");
            things.insert("secret", secret.to_owned());
            process
        }
        "activities" => {
            let activity = id(&post(app, "/v1/activities", json!({ "title": "Activity" })).await);
            let process = id(&post(app, "/v1/processes", json!({ "title": "Process" })).await);
            let nodes = json!([{ "id": "do", "type": "task", "activity_id": activity }]);
            let flow = app.raw(Method::PUT, &format!("/v1/processes/{process}/flow"));
            let flow = flow.bearer_auth(&app.owner_token).header("If-Match", "*");
            assert!(answer(flow.json(&json!({ "nodes": nodes }))).await.0.is_success());
            post(app, &format!("/v1/processes/{process}/publish"), json!({})).await;
            if path.contains("{attachment_id}") {
                let link = json!({ "title": "Plan", "url": "https://example.org/" });
                let attachments = format!("/v1/activities/{activity}/attachments");
                things.insert("attachment_id", id(&post(app, &attachments, link).await));
            }
            activity
        }
        "files" if path.contains("{id}") => {
            let process = id(&post(app, "/v1/processes", json!({ "title": "Process" })).await);
            let file = app.raw(Method::POST, "/v1/files?name=plan.txt").bearer_auth(&app.owner_token);
            let file = id(&answer(file.body("a plan")).await.1);
            let attached = json!({ "title": "Plan", "file_id": file });
            post(app, &format!("/v1/processes/{process}/attachments"), attached).await;
            post(app, &format!("/v1/processes/{process}/publish"), json!({})).await;
            file
        }
        "forms" => form().await,
        "submissions" => {
            let form = form().await;
            id(&post(app, &format!("/v1/forms/{form}/submissions"), json!({ "values": { "note": "a" } }))
                .await)
        }
        "workflows" => workflow().await,
        "cases" if path != "/v1/cases" => {
            id(&post(app, "/v1/cases", json!({ "workflow_id": workflow().await })).await)
        }
        "cases" => workflow().await,
        "tasks" => {
            let case = id(&post(app, "/v1/cases", json!({ "workflow_id": workflow().await })).await);
            id(&get(app, &format!("/v1/tasks?case_id={case}")).await["items"][0])
        }
        "user-imports" if path.contains("{id}") => {
            let file = "external_id,name,email\n";
            let import = app.raw(Method::POST, "/v1/user-imports").bearer_auth(&app.owner_token);
            let import = import.query(&[("max_deactivated_percent", "100")]);
            id(&answer(import.header("Content-Type", "text/csv").body(file)).await.1)
        }
        "retention-rules" => {
            let rule = json!({ "name": "Rule", "applies_to": "case", "starts_at": "completion", "days": 3650, "active": true });
            id(&post(app, "/v1/retention-rules", rule).await)
        }
        "anonymization-runs" if path.contains("{id}") => {
            id(&post(app, "/v1/anonymization-runs", json!({})).await)
        }
        _ => uuid::Uuid::nil().to_string(),
    };
    if path.contains("{member_id}") {
        let member = json!({ "user_id": callers.user_id });
        things.insert("member_id", id(&post(app, &format!("/v1/processes/{made}/members"), member).await));
    }
    if path.contains("{name}") {
        things.insert("name", "supply_chain".to_owned());
    }
    if path.ends_with("/merge") {
        let other = json!({ "name": format!("Other {number}") });
        things.insert("into_id", id(&post(app, "/v1/process-roles", other).await));
    }
    if path.contains("substitutes") {
        things.insert("substitute_user_id", user(app, 400_000 + number, "pro").await);
    }
    if path.contains("{substitute_id}") {
        let ends_at = "2026-07-01T00:00:00Z";
        let body =
            json!({ "substitute_user_id": user(app, 200_000 + number, "pro").await, "ends_at": ends_at });
        things.insert("substitute_id", id(&post(app, &format!("/v1/users/{made}/substitutes"), body).await));
    }
    things.insert("id", made);
    things
}

/// What an operation is sent: the document's example, but for what must name real things.
fn body(
    operation: &str,
    example: Option<&Value>,
    things: &BTreeMap<&'static str, String>,
    number: usize,
) -> Option<Value> {
    Some(match operation {
        "user_create" => json!({ "name": "New", "email": format!("new{number}@example.org") }),
        "user_replace" => json!({ "name": "New", "email": format!("other{number}@example.org") }),
        "group_create" | "group_replace" => json!({ "name": format!("Renamed {number}") }),
        "user_reassign" => json!({ "to_user_id": things["user_id"] }),
        "group_member_add" => json!({ "user_id": things["user_id"] }),
        "organisation_create" | "organisation_replace" => json!({ "name": "Unit" }),
        "substitute_create" | "substitute_replace" => {
            json!({ "substitute_user_id": things["substitute_user_id"], "ends_at": "2026-07-01T00:00:00Z" })
        }
        "role_create" | "role_replace" => json!({ "name": format!("Other {number}"), "rights": [] }),
        "token_create" | "token_replace" => json!({ "name": "Token" }),
        "token_rotate" => json!({}),
        "permission_group_create" | "permission_group_replace" => json!({ "name": "Group", "rights": [] }),
        "permission_group_member_add" | "account_transfer" => json!({ "user_id": things["user_id"] }),
        "profile_create" | "profile_replace" => json!({ "name": "Profile" }),
        "user_profile_replace" => json!({}),
        "access_explain" => json!({ "right": "process.see" }),
        "process_create"
        | "process_replace"
        | "process_group_create"
        | "process_group_replace"
        | "activity_create"
        | "activity_replace" => {
            json!({ "title": "Title" })
        }
        "process_comment_create" => json!({ "text": "Why?" }),
        "process_attachment_create" | "activity_attachment_create" => {
            json!({ "title": "Plan", "url": "https://example.org/" })
        }
        "process_publish" | "activity_publish" => json!({}),
        "process_group_move" | "process_workflow_create" => json!({}),
        "process_role_create"
        | "process_role_replace"
        | "label_create"
        | "label_replace"
        | "component_create"
        | "component_replace" => json!({ "name": format!("Named {number}") }),
        "process_role_merge" => json!({ "into_id": things["into_id"] }),
        "process_member_create" => json!({ "user_id": things["user_id"] }),
        "drawing_create" | "drawing_replace" => json!({ "title": "Drawing" }),
        "landscape_skeleton_apply" => json!({ "parent_id": things["id"] }),
        "account_copy_processes" => {
            json!({ "process_ids": [uuid::Uuid::nil()], "target_token": "styr_unknown" })
        }
        "process_share" => json!({}),
        "process_bulk_change" => json!({ "process_ids": [things["id"]], "visibility": "private" }),
        "process_flow_replace" => json!({ "nodes": [], "sequence_flows": [] }),
        "case_start" => json!({ "workflow_id": things["id"] }),
        "submission_create" | "submission_replace" | "form_validate" => json!({ "values": { "note": "b" } }),
        "task_save" => json!({ "values": {} }),
        "person_search" => json!({ "query": "Somebody" }),
        "anonymization_run_preview" | "anonymization_run_start" => json!({}),
        "retention_rule_create" | "retention_rule_replace" => {
            json!({ "name": "Rule", "applies_to": "case", "starts_at": "completion", "days": 3650, "active": true })
        }
        _ => example?.clone(),
    })
}

async fn every_operation_answers_every_caller_as_the_table_says(app: &TestApp) {
    let user_id = user(app, 0, "pro").await;
    let groups = get(app, "/v1/permission-groups").await;
    let groups = groups["items"].as_array().expect("items").iter();
    let by_right = |group: &Value| Some((group["rights"][0].as_str()?.to_owned(), id(group)));
    let callers = Callers {
        nobody: token(app, &user_id, Some(json!([]))).await,
        user_id,
        profile_id: id(
            &post(app, "/v1/profiles", json!({ "name": "Nothing", "process_group_ids": [] })).await
        ),
        permission_groups: groups.filter_map(by_right).collect(),
        organisation_id: id(&post(app, "/v1/organisations", json!({ "name": "Elsewhere" })).await),
    };
    let document = styr_api::document();
    let mut actual = String::new();
    let mut number = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let name = operation["operationId"].as_str().expect("an id");
            let needed = match &operation["x-required-right"] {
                Value::Null => Vec::new(), // for anybody
                Value::String(right) if right == "signed_in" => Vec::new(),
                Value::String(right) => vec![right.as_str()],
                several => several.as_array().expect("rights").iter().filter_map(Value::as_str).collect(),
            };
            let mut row = format!("{name:36}");
            for kind in CALLERS {
                number += 1;
                let token = caller(app, kind, number, &needed, &callers).await;
                let things = things(app, path, number, &callers).await;
                let mut address = path.clone();
                for (name, value) in &things {
                    address = address.replace(&format!("{{{name}}}"), value);
                }
                let method: Method = method.to_uppercase().parse().expect("a method");
                let mut request = app.raw(method, &address).header("If-Match", "*");
                if let Some(token) = token {
                    request = request.bearer_auth(token);
                }
                if name == "landscape_search" {
                    request = request.query(&[("q", "process")]);
                }
                let content = &operation["requestBody"]["content"];
                if content["application/xml"].is_object() {
                    request = request.header("Content-Type", "application/xml").body(MODEL);
                } else if content["application/zip"].is_object() {
                    request = request.header("Content-Type", "application/zip").body(EMPTY_ARCHIVE);
                } else if content["text/csv"].is_object() {
                    let line = format!("{number},New,imported{number}@example.org");
                    let file = format!("external_id,name,email\n{line}\n");
                    // Whoever came by the imports before is gone from this one.
                    request = request.query(&[("max_deactivated_percent", "100")]);
                    request = request.header("Content-Type", "text/csv").body(file);
                } else if content["application/octet-stream"].is_object() {
                    request = request.query(&[("name", "plan.txt")]).body("a plan");
                } else if content.is_object() {
                    let example = content["application/json"].get("example");
                    request = request.json(&body(name, example, &things, number).expect("a body"));
                }
                if kind == "lockdown" {
                    post(app, "/v1/account/lockdown", json!({})).await;
                }
                let status = request.send().await.expect("an answer").status();
                if kind == "lockdown" {
                    post(app, "/v1/account/unlock", json!({})).await;
                }
                // A run may have ended by itself before it is cancelled, which says of the caller's rights what 200 does.
                let ended = name == "anonymization_run_cancel" && status.as_u16() == 409;
                write!(row, " {}", if ended { 200 } else { status.as_u16() }).expect("it is written");
            }
            actual.push_str(&row);
            actual.push('\n');
        }
    }
    let sorted = |table: &str| {
        let mut rows: Vec<String> = table
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        rows.sort();
        rows
    };
    let (wanted, is) = (sorted(TABLE), sorted(&actual));
    let wrong: Vec<_> = is.iter().filter(|row| !wanted.contains(row)).collect();
    let gone: Vec<_> = wanted.iter().filter(|row| !is.contains(row)).collect();
    assert!(
        wanted == is,
        "answers that the table does not say: {wrong:#?}\nrows that do not hold: {gone:#?}\nthe table as it is:\n{actual}"
    );
}

/// A ZIP archive without files (APPNOTE 6.3.10, section 4.3.16).
const EMPTY_ARCHIVE: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

const MODEL: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:test"><process id="p"><startEvent id="s"/><userTask id="t"/><endEvent id="e"/><sequenceFlow id="a" sourceRef="s" targetRef="t"/><sequenceFlow id="b" sourceRef="t" targetRef="e"/></process></definitions>"#;
