//! What every request can count on, whatever it asks for.

use styr_sdk::reqwest::{Method, StatusCode};

use crate::support::{TestApp, answer, on_both};

on_both! {
    whatever_goes_wrong_is_a_problem
    a_repeated_post_is_carried_out_once
    nobody_overwrites_a_change_unseen
    pages_go_through_everything_once
    answers_come_in_the_callers_language
    a_body_larger_than_the_limit_is_refused
    health_metrics_and_documents_need_no_token
}

async fn whatever_goes_wrong_is_a_problem(app: &TestApp) {
    let deep = "[".repeat(100_000);
    let json = "application/json";
    /// The method and path, the token, the body's media type and the body; and the status and code.
    type Case<'a> = (Method, &'a str, Option<&'a str>, &'a str, &'a str, u16, &'a str);
    let cases: [Case<'_>; 14] = [
        (Method::GET, "/v1/nowhere", None, "", "", 404, "route_not_found"),
        (Method::GET, "/nowhere", None, "", "", 404, "route_not_found"),
        (Method::PATCH, "/v1/processes", None, "", "", 405, "method_not_allowed"),
        (Method::GET, "/v1/processes", None, "", "", 401, "token_missing"),
        (Method::GET, "/v1/processes", Some("styr_wrong"), "", "", 401, "token_invalid"),
        (Method::GET, "/v1/processes?limit=0", Some("owner"), "", "", 400, "parameter_invalid"),
        (Method::GET, "/v1/processes?limit=many", Some("owner"), "", "", 400, "parameter_invalid"),
        (Method::GET, "/v1/processes?cursor=%21%21", Some("owner"), "", "", 400, "cursor_invalid"),
        (Method::GET, "/v1/processes/no-id", Some("owner"), "", "", 400, "parameter_invalid"),
        (Method::POST, "/v1/processes", Some("owner"), "text/plain", "{}", 415, "media_type_unsupported"),
        (Method::POST, "/v1/processes", Some("owner"), json, "{\"title\":", 400, "json_malformed"),
        (Method::POST, "/v1/processes", Some("owner"), json, &deep, 400, "json_malformed"),
        (Method::POST, "/v1/processes", Some("owner"), json, "{\"title\":\"\"}", 422, "invalid"),
        (Method::POST, "/v1/processes", Some("owner"), json, "{\"title\":\"a\",\"x\":1}", 422, "invalid"),
    ];
    for (method, path, token, media_type, body, status, code) in cases {
        let mut request = app.raw(method.clone(), path).header("X-Request-Id", "test-1");
        if let Some(token) = token {
            request = request.bearer_auth(if token == "owner" { &app.owner_token } else { token });
        }
        if !media_type.is_empty() {
            request = request.header("Content-Type", media_type).body(body.to_owned());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{method} {path}");
        assert_eq!(response.headers()["x-request-id"], "test-1");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
        if status == 405 {
            assert_eq!(response.headers()["allow"], "GET, HEAD, POST");
        }
        let problem: serde_json::Value = response.json().await.unwrap();
        assert_eq!(problem["code"], code, "{method} {path}: {problem}");
        assert_eq!(problem["request_id"], "test-1");
        assert_eq!(problem["status"], status);
    }
}

async fn a_repeated_post_is_carried_out_once(app: &TestApp) {
    let post = |key: &'static str, title: &'static str| {
        let request = app.raw(Method::POST, "/v1/processes").bearer_auth(&app.owner_token);
        answer(request.header("Idempotency-Key", key).json(&serde_json::json!({ "title": title })))
    };
    let (status, first) = post("one", "Buy").await;
    assert_eq!(status, StatusCode::CREATED);
    let (again, same) = post("one", "Buy").await;
    assert_eq!((again, &same), (StatusCode::CREATED, &first));
    let (_, other) = post("two", "Buy").await;
    assert_ne!(other["id"], first["id"]);
    let (status, problem) = post("one", "Sell").await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &"idempotency_key_reused".into()));

    let at_once = futures_util::future::join_all((0..8).map(|_| post("three", "Buy"))).await;
    assert!(at_once.iter().all(|(_, made)| made["id"] == at_once[0].1["id"] && made["id"].is_string()));
    let processes = app.owner().process_list().send().await.unwrap();
    assert_eq!(processes.items.len(), 3);
}

async fn nobody_overwrites_a_change_unseen(app: &TestApp) {
    let made = app.owner().process_create().body_map(|body| body.title("Buy")).send().await.unwrap();
    let etag = made.headers()["etag"].to_str().unwrap().to_owned();
    let put = |if_match: Option<String>| {
        let mut request =
            app.raw(Method::PUT, &format!("/v1/processes/{}", made.id)).bearer_auth(&app.owner_token);
        if let Some(if_match) = if_match {
            request = request.header("If-Match", if_match);
        }
        answer(request.json(&serde_json::json!({ "title": "Buy well" })))
    };
    let (status, problem) = put(None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (428, &"if_match_required".into()));
    let (status, problem) = put(Some(String::new())).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &"if_match_malformed".into()));
    assert_eq!(put(Some(etag.clone())).await.0, StatusCode::OK);
    let (status, problem) = put(Some(etag.clone())).await;
    assert_eq!((status.as_u16(), &problem["code"]), (412, &"revision_changed".into()));
    assert_eq!(put(Some("*".to_owned())).await.0, StatusCode::OK);

    let both =
        futures_util::future::join_all([put(Some("\"3\"".to_owned())), put(Some("\"3\"".to_owned()))]).await;
    let mut statuses: Vec<u16> = both.iter().map(|(status, _)| status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);

    let get = app.raw(Method::GET, &format!("/v1/processes/{}", made.id)).bearer_auth(&app.owner_token);
    let response = get.header("If-None-Match", "\"4\"").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(response.bytes().await.unwrap().len(), 0);
}

async fn pages_go_through_everything_once(app: &TestApp) {
    for number in 0..7 {
        app.owner().process_create().body_map(|body| body.title(format!("{number}"))).send().await.unwrap();
    }
    let client = app.owner();
    let mut titles = Vec::new();
    let mut cursor = None;
    loop {
        let mut request = client.process_list().limit(3);
        if let Some(cursor) = cursor {
            request = request.cursor(cursor);
        }
        let page = request.send().await.unwrap().into_inner();
        assert!(page.items.len() <= 3);
        titles.extend(page.items.into_iter().map(|process| process.title.clone()));
        // What is added meanwhile comes at the end, and nothing comes twice.
        if titles.len() == 3 {
            app.owner().process_create().body_map(|body| body.title("late")).send().await.unwrap();
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(titles, ["0", "1", "2", "3", "4", "5", "6", "late"]);
}

async fn answers_come_in_the_callers_language(app: &TestApp) {
    let detail = async |language: &str| {
        let request = app.raw(Method::GET, "/v1/processes").header("Accept-Language", language);
        let response = request.send().await.unwrap();
        let tag = response.headers()["content-language"].to_str().unwrap().to_owned();
        let problem: serde_json::Value = response.json().await.unwrap();
        (tag, problem["detail"].as_str().unwrap().to_owned())
    };
    let (tag, danish) = detail("da, en;q=0.5").await;
    assert_eq!(tag, "da");
    assert!(danish.starts_with("Anmodningen"), "{danish}");
    let (tag, swedish) = detail("sv-SE").await;
    assert_eq!(tag, "sv");
    assert!(swedish.starts_with("Begäran"), "{swedish}");
    assert_eq!(detail("fr").await.0, "en");
}

async fn a_body_larger_than_the_limit_is_refused(app: &TestApp) {
    let large = format!("{{\"title\":\"{}\"}}", "x".repeat(5 << 20));
    let request = app.raw(Method::POST, "/v1/processes").bearer_auth(&app.owner_token);
    let (status, problem) = answer(request.header("Content-Type", "application/json").body(large)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (413, &"body_too_large".into()));
}

async fn health_metrics_and_documents_need_no_token(app: &TestApp) {
    for path in ["/health/live", "/health/ready", "/metrics", "/openapi.json", "/openapi.yaml", "/docs"] {
        let response = app.raw(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(!response.text().await.unwrap().is_empty(), "{path}");
    }
}
