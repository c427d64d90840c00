//! Bad input: each is answered soon, with a problem that says what is wrong and where, and leaves nothing behind.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};
use styr_sdk::reqwest::{Method, RequestBuilder};
use styr_sdk::types;
use uuid::Uuid;

use crate::support::{TestApp, noon, on_both};

on_both! {
    a_token_that_will_not_do_is_refused
    what_belongs_to_another_account_cannot_be_named
    json_that_is_not_sound_is_refused
    a_nul_in_an_address_is_refused
    numbers_out_of_range_are_refused
    flows_that_cannot_be_are_refused
    models_that_attack_are_refused
    conditions_that_will_not_do_are_refused
    a_condition_that_cannot_be_decided_changes_nothing
    person_numbers_that_cannot_be_are_refused
}

/// The problem that a request is answered with, which is the caller's fault and not long in coming.
async fn refused(request: RequestBuilder) -> Value {
    let begun = Instant::now();
    let response = request.send().await.unwrap();
    let elapsed = begun.elapsed();
    let status = response.status();
    let media_type = response.headers()["content-type"].clone();
    let text = response.text().await.unwrap();
    let shown: String = text.chars().take(2_000).collect();
    assert!(status.is_client_error(), "{status}: {shown}");
    assert_eq!(media_type, "application/problem+json", "{shown}");
    // What is refused in milliseconds by a release is in at most a second or two by a debug build.
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}: {shown}");
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert!(problem["detail"].as_str().is_some_and(|text| text.len() > 10), "{shown}");
    assert_eq!(problem["status"], status.as_u16());
    problem
}

/// The status, the code, and the first error's code and place.
fn gist(problem: &Value) -> String {
    let error = &problem["errors"][0];
    let place = ["element", "pointer", "parameter"].iter().find_map(|name| error[*name].as_str());
    let texts = [problem["code"].as_str(), error["code"].as_str(), place];
    texts
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .fold(problem["status"].to_string(), |gist, text| gist + " " + text)
}

fn owner(app: &TestApp, method: Method, path: &str) -> RequestBuilder {
    app.raw(method, path).bearer_auth(&app.owner_token)
}

fn json_of(request: RequestBuilder, body: impl Into<Vec<u8>>) -> RequestBuilder {
    request.header("Content-Type", "application/json").body(body.into())
}

async fn a_token_that_will_not_do_is_refused(app: &TestApp) {
    let made = |name: &'static str| async move {
        app.owner().token_create().body_map(|body| body.name(name)).send().await.unwrap().into_inner()
    };
    let revoked = made("Revoked").await;
    app.owner().token_delete().id(revoked.token.id).if_match("*").send().await.unwrap();
    let end = noon() + TimeDelta::minutes(1);
    let expired = app
        .owner()
        .token_create()
        .body_map(|body| body.name("Expired").expires_at(end))
        .send()
        .await
        .unwrap();
    app.clock.set(end);
    let cut = &app.owner_token[..app.owner_token.len() - 1];
    let turned: String = app.owner_token.chars().map(|c| if c == 'a' { 'b' } else { c }).collect();
    let long = format!("styr_{}", "a".repeat(8_000));
    let tokens = [
        (format!("Bearer {cut}"), "token_invalid"),
        (format!("Bearer {turned}x"), "token_invalid"),
        (format!("Bearer {long}"), "token_invalid"),
        ("Bearer styr_ÅÄÖ".to_owned(), "token_invalid"),
        ("Bearer".to_owned(), "token_invalid"),
        ("Bearer ' OR 1=1 --".to_owned(), "token_invalid"),
        ("Basic b3duZXI6b3duZXI=".to_owned(), "token_missing"),
        (format!("Bearer {}", revoked.secret), "token_revoked"),
        (format!("Bearer {}", expired.secret), "token_expired"),
    ];
    for (header, code) in tokens {
        for (method, path) in [(Method::GET, "/v1/me"), (Method::POST, "/v1/processes")] {
            let request = app.raw(method, path).header("Authorization", header.as_bytes());
            let request = request.header("Idempotency-Key", "k").json(&json!({ "title": "Buy" }));
            assert_eq!(gist(&refused(request).await), format!("401 {code}"), "{header}");
        }
    }
    assert!(app.owner().process_list().send().await.unwrap().items.is_empty());
}

async fn what_belongs_to_another_account_cannot_be_named(app: &TestApp) {
    let stranger = app.stranger();
    let theirs = stranger.me_get().send().await.unwrap().into_inner().user.id;
    let organisation =
        stranger.organisation_create().body_map(|body| body.name("Theirs")).send().await.unwrap().id;
    let group = stranger.group_create().body_map(|body| body.name("Theirs")).send().await.unwrap().id;
    let workflow = stranger.workflow_create().body_map(|body| body.title("Theirs")).send().await.unwrap().id;
    let form = stranger.form_create().body_map(|body| body.title("Theirs")).send().await.unwrap().id;
    let step = json!({ "nodes": [
        { "id": "start", "type": "start_event" },
        { "id": "do", "type": "user_task", "step": { "form_id": form, "assignee": { "type": "group", "group_id": group } } },
        { "id": "end", "type": "end_event" },
    ], "sequence_flows": [{ "id": "a", "source": "start", "target": "do" }, { "id": "b", "source": "do", "target": "end" }] });
    let ours = app.owner().workflow_create().body_map(|body| body.title("Ours")).send().await.unwrap().id;
    for (path, body) in [
        ("/v1/tokens", json!({ "name": "Theirs", "user_id": theirs })),
        ("/v1/users", json!({ "name": "New", "email": "new@example.org", "organisation_id": organisation })),
        ("/v1/cases", json!({ "workflow_id": workflow })),
        ("/v1/process-groups", json!({ "title": "Ours", "parent_id": group })),
        ("/v1/workflows", json!({ "title": "Theirs", "organisation_id": organisation })),
        ("/v1/groups", json!({ "name": "Ours", "organisation_id": organisation })),
        ("/v1/roles", json!({ "name": "Ours", "rights": ["no.such"] })),
    ] {
        let problem = refused(owner(app, Method::POST, path).json(&body)).await;
        assert!(problem["status"] == 404 || problem["status"] == 422, "{path}: {problem}");
    }
    // Saved or not, it never runs.
    let replaced = owner(app, Method::PUT, &format!("/v1/workflows/{ours}")).header("If-Match", "*");
    let replaced = replaced.json(&json!({ "title": "Ours", "flow": step })).send().await.unwrap();
    assert!(replaced.status().is_success() || replaced.status() == 422);
    let problem =
        refused(owner(app, Method::POST, &format!("/v1/workflows/{ours}/publish")).json(&json!({}))).await;
    assert_eq!(problem["status"], 422, "{problem}");
    for path in ["/v1/cases?workflow_id=", "/v1/tasks?case_id=", "/v1/submissions?case_id="] {
        let response = owner(app, Method::GET, &format!("{path}{workflow}")).send().await.unwrap();
        let items: Value = response.json().await.unwrap();
        assert!(items["items"].as_array().is_none_or(Vec::is_empty), "{path}: {items}");
    }
}

async fn json_that_is_not_sound_is_refused(app: &TestApp) {
    let nested =
        |open: &str, close: &str| [open.repeat(100_000), close.repeat(100_000)].concat().into_bytes();
    let of = |text: &str| text.as_bytes().to_vec();
    let bodies: Vec<(Vec<u8>, &str)> = vec![
        (of(""), "400 json_malformed"),
        (of("{\"title\":\"a\"} {}"), "400 json_malformed"),
        (b"{\"title\":\"\xff\xfe\"}".to_vec(), "400 json_malformed"),
        (b"{\"title\":\"\xed\xa0\x80\"}".to_vec(), "400 json_malformed"),
        (of(r#"{"title":"\ud800"}"#), "400 json_malformed"),
        (of(r#"{"title":"\udc00a"}"#), "400 json_malformed"),
        (of("{\"title\":\"a\nb\"}"), "400 json_malformed"),
        (of("{\"title\":NaN}"), "400 json_malformed"),
        (of("{\"title\":1e999}"), "400 json_malformed"),
        (nested("[", "]"), "400 json_malformed"),
        (nested("{\"a\":", "}"), "400 json_malformed"),
        (nested("[{\"title\":", "}]"), "400 json_malformed"),
        (of(r#"{"title":"Buy","title":"Sell"}"#), "422 invalid duplicate_key /title"),
        (of(r#"{"title":"Buy","purpose":"a\u0000b"}"#), "422 invalid nul_character /purpose"),
        (of(r#"{"title":"Buy","a\u0000/~":1}"#), "422 invalid nul_character /a\u{0}~1~0"),
        (of("[]"), "422 invalid wrong_type"),
        (of("null"), "422 invalid wrong_type"),
        (of(r#"{"title":7}"#), "422 invalid wrong_type /title"),
        (of(r#"{"title":null}"#), "422 invalid wrong_type /title"),
        (of(r#"{"title":"Buy","group_id":"7"}"#), "422 invalid wrong_format /group_id"),
    ];
    for (body, expected) in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let problem = refused(json_of(owner(app, Method::POST, "/v1/processes"), body)).await;
        assert_eq!(gist(&problem), expected, "{shown}: {problem}");
    }
    // Where the keys are the caller's own, too.
    let form = form(app, json!([field("note", "short_text")])).await;
    for (body, code, pointer) in [
        (r#"{"values":{"note":"a","note":"b"}}"#, "duplicate_key", "/values/note"),
        (r#"{"values":{"note":"a\u0000"}}"#, "nul_character", "/values/note"),
        (r#"{"values":{"note":["a",{"b":"\u0000"}]}}"#, "nul_character", "/values/note/1/b"),
    ] {
        let request = owner(app, Method::POST, &format!("/v1/forms/{form}/submissions"));
        let problem = refused(json_of(request, body)).await;
        assert_eq!(gist(&problem), format!("422 invalid {code} {pointer}"), "{problem}");
    }
    assert!(app.owner().process_list().send().await.unwrap().items.is_empty());
    assert!(app.owner().submission_list().send().await.unwrap().items.is_empty());
}

async fn a_nul_in_an_address_is_refused(app: &TestApp) {
    for path in [
        "/v1/processes?cursor=%00",
        "/v1/cases?status=%00",
        "/v1/events?kind=a%00",
        "/v1/events?entity_id=%00",
        "/v1/processes/%00",
        "/v1/users?organisation_id=a%00b",
        "/v1/processes?limit=%FF%FE",
        "/v1/processes?cursor=%ED%A0%80",
    ] {
        let problem = refused(owner(app, Method::GET, path)).await;
        assert_eq!(problem["status"], 400, "{path}: {problem}");
    }
}

async fn numbers_out_of_range_are_refused(app: &TestApp) {
    let process = app.owner().process_create().body_map(|body| body.title("Buy")).send().await.unwrap().id;
    let large =
        ["99999999999999999999999999", "-1", "1e3", "0x10", "2147483648", "9223372036854775808", "1.5", " 1"];
    for number in large {
        for path in [
            format!("/v1/processes?limit={number}"),
            format!("/v1/processes/{process}/versions/{number}"),
            format!("/v1/processes/{process}/versions/1/changes?since={number}"),
        ] {
            let problem = refused(owner(app, Method::GET, &path)).await;
            assert!(problem["status"] == 400 || problem["status"] == 404, "{path}: {problem}");
        }
    }
    let flow = |number: &str| {
        format!(
            r#"{{"nodes":[{{"id":"a","type":"user_task","bounds":{{"x":{number},"y":0,"width":1,"height":1}}}}]}}"#
        )
    };
    for number in ["1e300", "-1e300", "1e999", "99999999999999999999999999999999999999999", "\"1\""] {
        let request =
            owner(app, Method::PUT, &format!("/v1/processes/{process}/flow")).header("If-Match", "*");
        refused(json_of(request, flow(number))).await;
    }
    let form = form(app, json!([field("count", "integer"), field("share", "decimal")])).await;
    for values in [
        r#"{"count":1e30}"#,
        r#"{"count":1.5}"#,
        r#"{"count":99999999999999999999999999999999999999999}"#,
        r#"{"count":"1"}"#,
        r#"{"count":1,"share":1e300}"#,
        r#"{"count":1,"share":"99999999999999999999999999999999999999999"}"#,
    ] {
        let request = owner(app, Method::POST, &format!("/v1/forms/{form}/submissions"));
        let problem = refused(json_of(request, format!(r#"{{"values":{values}}}"#))).await;
        assert_eq!(problem["status"], 422, "{values}: {problem}");
    }
    assert!(app.owner().submission_list().send().await.unwrap().items.is_empty());
}

/// A flow of nodes by id and type, and of arrows.
fn flow(nodes: &[(&str, &str)], arrows: &[(&str, &str)]) -> Value {
    let nodes: Vec<Value> = nodes.iter().map(|(id, kind)| json!({ "id": id, "type": kind })).collect();
    let arrows: Vec<Value> = arrows
        .iter()
        .enumerate()
        .map(|(number, (source, target))| json!({ "id": format!("f{number}"), "source": source, "target": target }))
        .collect();
    json!({ "nodes": nodes, "sequence_flows": arrows })
}

async fn workflow(app: &TestApp, flow: &Value) -> RequestBuilder {
    let body = json!({ "title": "Workflow", "flow": flow });
    let request = owner(app, Method::POST, "/v1/workflows").json(&body);
    let made: Value = request.send().await.unwrap().json().await.unwrap();
    let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}"));
    owner(app, Method::POST, &format!("/v1/workflows/{id}/publish")).json(&json!({}))
}

async fn flows_that_cannot_be_are_refused(app: &TestApp) {
    let process = app.owner().process_create().body_map(|body| body.title("Buy")).send().await.unwrap().id;
    let mut nodes = String::new();
    for number in 0..100_000 {
        write!(nodes, "{{\"id\":\"n{number}\",\"type\":\"task\"}},").unwrap();
    }
    let many = format!("{{\"nodes\":[{}]}}", nodes.trim_end_matches(','));
    let place = format!("/v1/processes/{process}/flow");
    let request = owner(app, Method::PUT, &place).header("If-Match", "*");
    let problem = refused(json_of(request, many.clone())).await;
    assert_eq!(problem["status"], 422, "{problem}");
    let body = format!("{{\"title\":\"Large\",\"flow\":{many}}}");
    let problem = refused(json_of(owner(app, Method::POST, "/v1/workflows"), body)).await;
    assert_eq!(problem["status"], 422, "{problem}");

    // Nodes within nodes in a circle, and without end.
    let mut inside = flow(&[("a", "sub_process"), ("b", "sub_process")], &[]);
    inside["nodes"][0]["parent"] = json!("b");
    inside["nodes"][1]["parent"] = json!("a");
    let request = owner(app, Method::PUT, &place).header("If-Match", "*").json(&inside);
    let problem = refused(request).await;
    assert_eq!(problem["status"], 422, "{problem}");
    let request = owner(app, Method::PUT, &place).header("If-Match", "*");
    let deep: Vec<Value> = (0..5_000)
        .map(|number: u32| match number.checked_sub(1) {
            Some(parent) => {
                json!({ "id": format!("n{number}"), "type": "sub_process", "parent": format!("n{parent}") })
            }
            None => json!({ "id": "n0", "type": "sub_process" }),
        })
        .collect();
    let problem = refused(request.json(&json!({ "nodes": deep }))).await;
    assert_eq!(problem["status"], 422, "{problem}");

    // What may be drawn, but not run.
    let unfit = [
        ("a circle", flow(&[("a", "user_task"), ("b", "user_task")], &[("a", "b"), ("b", "a")])),
        ("nothing", flow(&[], &[])),
        (
            "an endless loop",
            flow(
                &[
                    ("s", "start_event"),
                    ("g", "exclusive_gateway"),
                    ("h", "exclusive_gateway"),
                    ("e", "end_event"),
                ],
                &[("s", "g"), ("g", "h"), ("h", "g")],
            ),
        ),
    ];
    for (name, flow) in unfit {
        let problem = refused(workflow(app, &flow).await).await;
        assert_eq!(problem["status"], 422, "{name}: {problem}");
        assert!(problem["errors"][0]["detail"].is_string(), "{name}: {problem}");
    }
    let stored = app.owner().process_flow_get().id(process).send().await.unwrap();
    assert!(stored.nodes.is_empty());

    // Without an end event, a case ends where no way leads on (BPMN 2.0.2, clause 13.5.3).
    let endless = flow(&[("s", "start_event"), ("t", "user_task")], &[("s", "t")]);
    let case = case(app, &endless).await;
    let task = case.open_tasks.unwrap()[0].id;
    app.owner().task_complete().id(task).send().await.unwrap();
    assert_eq!(app.owner().case_get().id(case.id).send().await.unwrap().status, types::CaseStatus::Completed);
}

async fn models_that_attack_are_refused(app: &TestApp) {
    let mut laughs = "<!DOCTYPE definitions [<!ENTITY a \"ha\">".to_owned();
    for (name, of) in ('b'..='k').zip('a'..='j') {
        write!(laughs, "<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10)).unwrap();
    }
    laughs += "]><definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"p\" name=\"&k;\"/></definitions>";
    let file = "<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"p\" name=\"&x;\"/></definitions>";
    let remote = file.replace("file:///etc/passwd", "http://127.0.0.1:9/");
    let parameter = "<!DOCTYPE d [<!ENTITY % x SYSTEM \"http://127.0.0.1:9/x.dtd\"> %x;]><definitions/>";
    let undeclared = "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"p\" name=\"&x;\"/></definitions>";
    let nul = undeclared.replace("&x;", "&#0;");
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let many = format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"p\">{}</process></definitions>",
        (0..100_000).map(|n| format!("<task id=\"t{n}\"/>")).collect::<String>()
    );
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=\"\"")).collect();
    let wide = format!("<definitions{attributes}/>");
    let mut bodies: Vec<Vec<u8>> = [&laughs, file, &remote, parameter, undeclared, &nul, &deep, &many, &wide]
        .map(|xml| xml.as_bytes().to_vec())
        .into();
    bodies.push(b"<definitions name=\"\xff\"/>".to_vec());
    bodies.push(b"\xff\xfe<\0a\0/\0>\0".to_vec());
    bodies.push(vec![0; 100]);
    for path in ["/v1/processes/import", "/v1/workflows/import"] {
        for xml in &bodies {
            let shown = String::from_utf8_lossy(&xml[..xml.len().min(60)]).into_owned();
            let request =
                owner(app, Method::POST, path).header("Content-Type", "application/xml").body(xml.clone());
            let problem = refused(request).await;
            assert!(problem["status"] == 400 || problem["status"] == 422, "{shown}: {problem}");
            assert!(!problem["errors"][0]["detail"].is_null(), "{shown}: {problem}");
            assert!(!problem.to_string().contains("root:"), "{problem}");
        }
    }
    assert!(app.owner().process_list().send().await.unwrap().items.is_empty());
    assert!(app.owner().workflow_list().send().await.unwrap().items.is_empty());
}

/// A workflow that decides by the condition before its end.
fn deciding(condition: &str) -> Value {
    let mut flow = flow(
        &[
            ("s", "start_event"),
            ("t", "user_task"),
            ("g", "exclusive_gateway"),
            ("e", "end_event"),
            ("d", "end_event"),
        ],
        &[("s", "t"), ("t", "g"), ("g", "e"), ("g", "d")],
    );
    flow["sequence_flows"][2]["condition"] = json!(condition);
    flow["nodes"][2]["default_flow"] = json!("f3");
    flow
}

async fn conditions_that_will_not_do_are_refused(app: &TestApp) {
    let brackets = format!("{}1{}", "(".repeat(900), ")".repeat(900));
    let chain = "1+".repeat(900) + "1 > 0";
    let choices = "true ? true : ".repeat(130) + "true";
    let long = format!("\"{}\" == \"\"", "a".repeat(5_000));
    let loops = "[1,2,3].all(a, [1,2,3].all(b, [1,2,3].all(c, [1,2,3].all(d, a == b))))";
    for condition in [
        "amount >",
        "amount > > 1",
        "\"open",
        "nothing(amount)",
        "amount.matches(\"(a+)+$(\")",
        "\u{1}",
        "1 +* 2",
        "timestamp(\"2020-01-01\")",
        "a ? b",
        &brackets,
        &chain,
        &choices,
        &long,
        loops,
    ] {
        let body = json!({ "title": "Workflow", "flow": deciding(condition) });
        let response = owner(app, Method::POST, "/v1/workflows").json(&body).send().await.unwrap();
        let problem = if response.status().is_success() {
            refused(workflow(app, &deciding(condition)).await).await
        } else {
            refused(owner(app, Method::POST, "/v1/workflows").json(&body)).await
        };
        let shown: String = condition.chars().take(40).collect();
        assert_eq!(problem["status"], 422, "{shown}: {problem}");
        assert_eq!(problem["errors"][0]["element"], "f2", "{shown}: {problem}");
    }
    // A rule of a form is refused as early.
    let mut field = field("note", "short_text");
    field["show_if"] = json!("amount >");
    let body = json!({ "title": "Form", "definition": { "fields": [field] } });
    let problem = refused(owner(app, Method::POST, "/v1/forms").json(&body)).await;
    assert_eq!(gist(&problem), "422 invalid expression_syntax /definition/fields/0/show_if", "{problem}");
}

/// A case of a workflow with this flow.
async fn case(app: &TestApp, flow: &Value) -> types::CaseView {
    let made: Value = workflow(app, flow).await.send().await.unwrap().json().await.unwrap();
    let id: Uuid = made["id"].as_str().unwrap_or_else(|| panic!("{made}")).parse().unwrap();
    app.owner().workflow_activate().id(id).send().await.unwrap();
    app.owner().case_start().body_map(|body| body.workflow_id(id)).send().await.unwrap().into_inner()
}

async fn a_condition_that_cannot_be_decided_changes_nothing(app: &TestApp) {
    let mut list = field("list", "choice");
    list["multiple"] = json!(true);
    list["choices"] =
        (0..1_000).map(|n| json!({ "value": format!("{n}"), "label": { "en": format!("{n}") } })).collect();
    let form = form(app, json!([field("amount", "integer"), list])).await;
    let list: Vec<String> = (0..1_000).map(|number| format!("{number}")).collect();
    for (condition, values, code) in [
        ("amount", json!({ "amount": 7 }), "expression_not_condition"),
        ("amount > \"a\"", json!({ "amount": 7 }), "expression_type"),
        ("1 / (amount - 7) > 0", json!({ "amount": 7 }), "expression_number"),
        ("list.all(a, list.all(b, a + b != \"\"))", json!({ "list": list }), "expression_too_much_work"),
    ] {
        let mut flow = deciding(condition);
        flow["nodes"][1]["step"] = json!({ "form_id": form });
        let case = case(app, &flow).await;
        let task = case.open_tasks.unwrap()[0].id;
        let request = owner(app, Method::POST, &format!("/v1/tasks/{task}/complete"));
        let problem = refused(request.json(&json!({ "values": values }))).await;
        assert_eq!(gist(&problem), format!("409 condition_failed {code} f2"), "{condition}: {problem}");
        let case = app.owner().case_get().id(case.id).send().await.unwrap().into_inner();
        assert_eq!(case.status, types::CaseStatus::Running);
        assert_eq!(case.open_tasks.unwrap()[0].id, task);
        assert!(app.owner().submission_list().send().await.unwrap().items.is_empty());
    }
}

fn field(key: &str, kind: &str) -> Value {
    json!({ "key": key, "type": kind, "label": { "en": key } })
}

/// A published form.
async fn form(app: &TestApp, fields: Value) -> Uuid {
    let body = json!({ "title": "Form", "definition": { "fields": fields } });
    let made: Value =
        owner(app, Method::POST, "/v1/forms").json(&body).send().await.unwrap().json().await.unwrap();
    let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}")).parse().unwrap();
    app.owner().form_publish().id(id).send().await.unwrap();
    id
}

async fn person_numbers_that_cannot_be_are_refused(app: &TestApp) {
    let cpr = json!({ "key": "cpr", "type": "danish_person_number", "label": { "en": "CPR" }, "class": "person_number" });
    let form = form(app, json!([cpr])).await;
    for number in [
        "3102904000",
        "310290-4000",
        "2902990000",
        "0001904000",
        "1200904000",
        "3213994000",
        "010190",
        "01019040000",
        "010190400a",
        "０１０１９０４０００",
        "0101 90 4000",
        "-",
        "abcdefghij",
    ] {
        let request = owner(app, Method::POST, &format!("/v1/forms/{form}/submissions"));
        let problem = refused(request.json(&json!({ "values": { "cpr": number } }))).await;
        assert_eq!(problem["status"], 422, "{number}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"], "/values/cpr", "{number}: {problem}");
        assert!(
            number.len() < 6 || !problem.to_string().contains(number),
            "it repeats the number: {problem}"
        );
    }
    assert!(app.owner().submission_list().send().await.unwrap().items.is_empty());
    let good = json!({ "values": { "cpr": "0101904000" } });
    let made =
        owner(app, Method::POST, &format!("/v1/forms/{form}/submissions")).json(&good).send().await.unwrap();
    assert_eq!(made.status(), 201);
}
