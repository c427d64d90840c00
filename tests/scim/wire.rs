//! Entity tags, faults, and what SCIM says of itself.

use chrono::TimeDelta;
use serde_json::{Value, json};
use styr_sdk::reqwest::Method;
use styr_sdk::reqwest::header::{ALLOW, CONTENT_TYPE, ETAG};

use super::{Directory, MEDIA_TYPE, USER};
use crate::support::{TestApp, on_both};

on_both! {
    entity_tags_guard_against_lost_changes
    what_is_wrong_is_said_in_scim
    it_describes_itself
}

async fn entity_tags_guard_against_lost_changes(app: &TestApp) {
    let directory = Directory::new(app);
    let id = directory.user("anna@b.dk").await;
    let group = directory.create("/Groups", json!({ "displayName": "G" })).await;
    let group = format!("/Groups/{}", group["id"].as_str().unwrap());
    let user = format!("/Users/{id}");
    let title = json!({ "Operations": [{ "op": "Add", "path": "title", "value": "x" }] });
    let role =
        json!({ "Operations": [{ "op": "Add", "path": "roles", "value": [{ "value": "employee" }] }] });
    let member = json!({ "Operations": [{ "op": "Add", "path": "members", "value": [{ "value": id }] }] });
    for (path, change) in [(&user, title), (&user, role), (&group, member)] {
        let etag = directory.response(Method::GET, path, &[], None).await.headers()[ETAG].clone();
        let etag = etag.to_str().unwrap();
        assert!(etag.starts_with("W/\""));
        let same = directory.response(Method::GET, path, &[("if-none-match", etag)], None).await;
        assert_eq!(same.status(), 304);
        app.clock.advance(TimeDelta::minutes(1));
        let changed =
            directory.response(Method::PATCH, path, &[("if-match", etag)], Some(change.clone())).await;
        assert!(changed.status().is_success());
        assert_ne!(changed.headers()[ETAG].to_str().unwrap(), etag, "{change}");
        let shown = directory.response(Method::GET, path, &[("if-none-match", etag)], None).await;
        assert_eq!(shown.status(), 200, "{change}");
        let shown: Value = shown.json().await.unwrap();
        assert_ne!(shown["meta"]["lastModified"], shown["meta"]["created"]);
        for method in [Method::PATCH, Method::PUT, Method::DELETE] {
            let body = (method != Method::DELETE).then(|| change.clone());
            let body = if method == Method::PUT {
                Some(json!({ "userName": "x", "displayName": "x" }))
            } else {
                body
            };
            let late = directory.response(method, path, &[("if-match", etag)], body).await;
            assert_eq!(late.status(), 412);
            let late: Value = late.json().await.unwrap();
            assert_eq!(late["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
        }
    }
    let any = directory.response(Method::DELETE, &user, &[("if-match", "*")], None).await;
    assert_eq!(any.status(), 204);
}

async fn what_is_wrong_is_said_in_scim(app: &TestApp) {
    let directory = Directory::new(app);
    directory.user("anna@b.dk").await;
    let user = |body: Value| (Method::POST, "/Users", Some(body));
    let cases = [
        (user(json!([])), 400, json!("invalidSyntax")),
        (user(json!({})), 400, json!("invalidValue")),
        (user(json!({ "userName": "" })), 400, json!("invalidValue")),
        (user(json!({ "userName": "åse@b.dk" })), 400, json!("invalidValue")),
        (user(json!({ "userName": "x", "active": 7 })), 400, json!("invalidValue")),
        (user(json!({ "userName": "x", "name": "Anna" })), 400, json!("invalidValue")),
        (user(json!({ "userName": "x", "emails": [{ "value": "x" }] })), 400, json!("invalidValue")),
        (user(json!({ "userName": "x\u{0}" })), 400, json!("invalidValue")),
        ((Method::GET, "/Users?filter=title%20eq%20%22%5Cu0000%22", None), 400, json!("invalidFilter")),
        (user(json!({ "userName": "ANNA@B.DK" })), 409, json!("uniqueness")),
        (user(json!({ "userName": "x", "emails": [{ "value": "Anna@b.dk" }] })), 409, json!("uniqueness")),
        ((Method::POST, "/Groups", Some(json!({}))), 400, json!("invalidValue")),
        (
            (Method::POST, "/Groups", Some(json!({ "displayName": "x".repeat(201) }))),
            400,
            json!("invalidValue"),
        ),
        ((Method::GET, "/Users/nobody", None), 404, Value::Null),
        ((Method::GET, "/Nothing", None), 404, Value::Null),
        ((Method::GET, "", None), 404, Value::Null),
        ((Method::GET, "/Users?filter=%00", None), 400, json!("invalidValue")),
        ((Method::GET, "/Me", None), 501, Value::Null),
        ((Method::POST, "/Bulk", Some(json!({}))), 501, Value::Null),
    ];
    for ((method, path, body), expected, scim_type) in cases {
        let shown = format!("{method} {path} {body:?}");
        let (status, body) = directory.send(method, path, body).await;
        assert_eq!((status.as_u16(), &body["scimType"]), (expected, &scim_type), "{shown}: {body}");
        assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{shown}");
        assert_eq!(body["status"], expected.to_string());
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
    let send = async |content_type: Option<&str>, body: &'static str| {
        let mut request = app.raw(Method::POST, "/scim/v2/Users").bearer_auth(&app.owner_token).body(body);
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], MEDIA_TYPE);
        response.status().as_u16()
    };
    assert_eq!(send(Some("application/json; charset=utf-8"), r#"{"userName": "json"}"#).await, 201);
    assert_eq!(send(Some("text/plain"), r#"{"userName": "text"}"#).await, 415);
    assert_eq!(send(None, r#"{"userName": "none"}"#).await, 415);
    assert_eq!(send(Some(MEDIA_TYPE), r#"{"userName": "#).await, 400);
    assert_eq!(send(Some(MEDIA_TYPE), r#"{"userName": "twice", "userName": "twice"}"#).await, 400);
    let wrong = directory.response(Method::PUT, "/Users", &[], Some(json!({}))).await;
    assert_eq!((wrong.status().as_u16(), wrong.headers()[ALLOW].to_str().unwrap()), (405, "GET, POST"));
}

async fn it_describes_itself(app: &TestApp) {
    let directory = Directory::new(app);
    let config = directory.get("/ServiceProviderConfig").await;
    for (feature, supported) in [
        ("patch", true),
        ("bulk", false),
        ("filter", true),
        ("changePassword", false),
        ("sort", true),
        ("etag", true),
    ] {
        assert_eq!(config[feature]["supported"], supported, "{feature}");
    }
    let types = directory.get("/ResourceTypes").await;
    assert_eq!((&types["totalResults"], &types["Resources"][0]["endpoint"]), (&json!(2), &json!("/Users")));
    assert_eq!(directory.get("/ResourceTypes/Group").await["name"], "Group");
    let schemas = directory.get("/Schemas").await;
    for schema in schemas["Resources"].as_array().unwrap() {
        assert_eq!(&directory.get(&format!("/Schemas/{}", schema["id"].as_str().unwrap())).await, schema);
    }
    let user = &directory.get(&format!("/Schemas/{USER}")).await["attributes"];
    let name = user.as_array().unwrap().iter().find(|attribute| attribute["name"] == "userName").unwrap();
    assert_eq!((&name["required"], &name["uniqueness"]), (&json!(true), &json!("server")));
    assert_eq!(directory.send(Method::GET, "/Schemas?filter=id%20pr", None).await.0, 403);
    assert_eq!(directory.send(Method::GET, "/Schemas/urn:none", None).await.0, 404);
    // Metrics know its operations by name.
    let (_, metrics) = crate::support::answer(app.raw(Method::GET, "/metrics")).await;
    assert_eq!(metrics, Value::Null);
    let metrics = app.raw(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("operation=\"scim_schemas\""));
    // It is no part of the document.
    let document = app.raw(Method::GET, "/openapi.json").send().await.unwrap().text().await.unwrap();
    assert!(!document.contains("/scim/"));
}
