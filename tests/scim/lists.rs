//! Lists: filters, order, parts, attributes.

use chrono::TimeDelta;
use serde_json::{Value, json};
use styr_sdk::reqwest::Method;

use super::{Directory, USER, names, percent};
use crate::support::{TestApp, on_both};

on_both! {
    lists_are_filtered_sorted_and_paged
    a_filter_is_never_sql
    callers_get_the_attributes_they_want
}

async fn lists_are_filtered_sorted_and_paged(app: &TestApp) {
    let directory = Directory::new(app);
    for (number, name) in ["carla", "anna", "bo"].into_iter().enumerate() {
        app.clock.advance(TimeDelta::hours(1));
        let mut body = json!({
            "userName": format!("{name}@scim.dk"), "externalId": format!("Ext-{name}"),
            "displayName": format!("{name} Ås"), "active": name != "bo",
        });
        if name != "carla" {
            body["title"] = json!(format!("Title {number}"));
            body["roles"] = json!([{ "value": "employee" }]);
        }
        directory.create("/Users", body).await;
    }
    let anna = directory.get(&format!("/Users?filter={}", percent("externalId eq \"Ext-anna\""))).await;
    let (anna, version) = (&anna["Resources"][0]["id"], &anna["Resources"][0]["meta"]["created"]);
    let group = json!({ "displayName": "Scim group", "members": [{ "value": anna }] });
    let group = directory.create("/Groups", group).await;
    let group = group["id"].as_str().unwrap();
    let of = |names: &[&str]| names.iter().map(|name| format!("{name}@scim.dk")).collect::<Vec<_>>();
    let cases: Vec<(String, &[&str])> = vec![
        ("userName eq \"ANNA@scim.dk\"".into(), &["anna"]),
        ("userName ne \"anna@scim.dk\" and externalId pr".into(), &["carla", "bo"]),
        ("userName co \"N@SCIM\"".into(), &[]),
        ("userName co \"A@SCIM\"".into(), &["carla", "anna"]),
        ("userName sw \"AN\"".into(), &["anna"]),
        ("userName ew \"o@scim.dk\"".into(), &["bo"]),
        ("userName ge \"anna@scim.dk\" and userName lt \"c\"".into(), &["anna", "bo"]),
        ("userName gt \"anna@scim.dk\" and userName le \"carla@scim.dk\"".into(), &["carla", "bo"]),
        ("externalId eq \"ext-anna\"".into(), &[]),
        ("externalId sw \"Ext-a\" or externalId ew \"-bo\"".into(), &["anna", "bo"]),
        ("externalId co \"xt-b\"".into(), &["bo"]),
        ("displayName eq \"Anna Ås\"".into(), &["anna"]),
        ("externalId pr and not (title pr)".into(), &["carla"]),
        ("externalId pr and title ne \"title 1\"".into(), &["carla", "bo"]),
        ("externalId pr and title eq null".into(), &["carla"]),
        ("externalId pr and active eq false".into(), &["bo"]),
        ("externalId pr and not (active eq \"False\")".into(), &["carla", "anna"]),
        ("emails.value eq \"bo@scim.dk\"".into(), &["bo"]),
        ("emails[type eq \"work\" and value sw \"bo@\"]".into(), &["bo"]),
        ("externalId pr and not (emails[value sw \"bo@\"])".into(), &["carla", "anna"]),
        ("emails[type eq \"home\"]".into(), &[]),
        ("roles.value eq \"employee\"".into(), &["anna", "bo"]),
        ("externalId pr and not (roles[value eq \"employee\"])".into(), &["carla"]),
        (format!("groups.value eq \"{group}\""), &["anna"]),
        (format!("id eq {anna}"), &["anna"]),
        ("id eq \"nobody\"".into(), &[]),
        (format!("meta.created eq {version}"), &["anna"]),
        ("meta.lastModified gt \"2026-06-01T14:30:00Z\" and externalId pr".into(), &["bo"]),
        (
            "meta.resourceType eq \"User\" and externalId pr and (title pr and active eq true)".into(),
            &["anna"],
        ),
        (format!("{USER}:userName eq \"bo@scim.dk\""), &["bo"]),
    ];
    for (filter, expected) in cases {
        assert_eq!(directory.found("/Users", &filter).await, of(expected), "{filter}");
    }
    for filter in [
        "displayName eq \"SCIM group\"".to_owned(),
        format!("members eq {anna}"),
        format!("id eq \"{group}\" and members.value eq {anna}"),
        "members[type eq \"User\"]".to_owned(),
        "not (externalId pr)".to_owned(),
    ] {
        assert_eq!(directory.found("/Groups", &filter).await, ["Scim group"], "{filter}");
    }
    // What would take reading all users is refused, with what can be asked instead.
    for filter in ["name.givenName eq \"A\"", "nickName eq \"x\"", "roles[primary eq true]", "userName eq 7"]
    {
        directory.refused("/Users", filter).await;
    }
    let detail = directory.refused("/Users", "password eq \"x\"").await["detail"].to_string();
    assert!(detail.contains("userName, externalId, displayName"), "{detail}");
    directory.refused("/Groups", "userName eq \"x\"").await;

    let list = async |query: &str| {
        let list = directory.get(&format!("/Users?filter=externalId%20pr&{query}")).await;
        (names(&list), list["totalResults"].as_u64().unwrap(), list["startIndex"].as_u64().unwrap())
    };
    let sorted = |names: &[&str], start| (of(names), 3, start);
    assert_eq!(list("").await, sorted(&["carla", "anna", "bo"], 1));
    assert_eq!(list("sortBy=userName").await, sorted(&["anna", "bo", "carla"], 1));
    assert_eq!(list("sortBy=userName&sortOrder=descending").await, sorted(&["carla", "bo", "anna"], 1));
    assert_eq!(list("sortBy=title").await, sorted(&["anna", "bo", "carla"], 1));
    assert_eq!(list("sortBy=title&sortOrder=descending").await, sorted(&["carla", "bo", "anna"], 1));
    assert_eq!(list("sortBy=meta.lastModified&sortOrder=descending&count=1").await, sorted(&["bo"], 1));
    assert_eq!(list("startIndex=2&count=1").await, sorted(&["anna"], 2));
    assert_eq!(list("startIndex=-7&count=2").await, sorted(&["carla", "anna"], 1));
    assert_eq!(list("startIndex=9").await, sorted(&[], 9));
    assert_eq!(list("count=0").await, sorted(&[], 1));
    assert_eq!(list("count=-1").await, sorted(&[], 1));
    for bad in ["count=x", "startIndex=1.5", "sortBy=roles", "sortBy=nonsense"] {
        assert_eq!(directory.send(Method::GET, &format!("/Users?{bad}"), None).await.0, 400, "{bad}");
    }
    let asked = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "externalId pr",
        "sortBy": "userName", "startIndex": 2, "count": 1, "attributes": ["userName"]
    });
    let (status, list) = directory.send(Method::POST, "/Users/.search", Some(asked)).await;
    assert_eq!((status.as_u16(), names(&list)), (200, of(&["bo"])));
    assert_eq!(list["Resources"][0]["emails"], Value::Null);
    let everything =
        |start: u64| json!({ "filter": "displayName co \"s\"", "startIndex": start, "count": 3 });
    let (_, list) = directory.send(Method::POST, "/.search", Some(everything(1))).await;
    assert_eq!((names(&list).len(), &list["totalResults"]), (3, &json!(4)), "{list}");
    let (_, list) = directory.send(Method::POST, "/.search", Some(everything(4))).await;
    assert_eq!((names(&list), &list["totalResults"]), (vec!["Scim group".to_owned()], &json!(4)), "{list}");
}

async fn a_filter_is_never_sql(app: &TestApp) {
    let directory = Directory::new(app);
    let odd = "o'brien\" OR 1=1; -- %_\\ å";
    let path = format!("/Users/{}", directory.user("a'b\"%_@c").await);
    directory.patch(&path, json!([{ "op": "Add", "path": "title", "value": odd }])).await;
    let quoted = Value::from(odd).to_string();
    assert_eq!(directory.found("/Users", &format!("title eq {quoted}")).await, ["a'b\"%_@c"]);
    assert_eq!(directory.found("/Users", "userName eq \"a'b\\\"%_@c\"").await, ["a'b\"%_@c"]);
    // Wildcards are letters like others.
    for pattern in ["co \"o%b\"", "co \"____\"", "sw \"%\"", "ew \"%\"", "eq \"%\""] {
        assert!(directory.found("/Users", &format!("title {pattern}")).await.is_empty(), "{pattern}");
    }
    assert_eq!(directory.found("/Users", "title co \"%_\\\\\"").await.len(), 1);
    for harmless in
        ["userName eq \"x' OR '1'='1\"", "title co \"'; DROP TABLE user; --\"", "id eq \"1' OR 1=1\""]
    {
        assert!(directory.found("/Users", harmless).await.is_empty(), "{harmless}");
    }
    for broken in [
        "userName eq \"x\" OR 1=1",
        "userName eq 'x'",
        "1 eq 1",
        "userName eq \"x\"; DROP TABLE user",
        "lower(userName) eq \"x\"",
        "userName eq \"x\" -- ",
        "user.userName eq \"x\"",
        "userName; eq \"x\"",
    ] {
        directory.refused("/Users", broken).await;
    }
    for (name, value) in
        [("sortBy", "userName; DROP TABLE user"), ("sortBy", "1"), ("count", "1; DROP TABLE user")]
    {
        let path = format!("/Users?{name}={}", percent(value));
        assert_eq!(directory.send(Method::GET, &path, None).await.0, 400);
    }
    // Columns that are nobody's to ask about.
    for hidden in ["person_number pr", "personNumber pr", "hash pr", "account_id pr"] {
        directory.refused("/Users", hidden).await;
    }
    assert_eq!(directory.get("/Users").await["totalResults"], 2);
}

async fn callers_get_the_attributes_they_want(app: &TestApp) {
    let directory = Directory::new(app);
    let body =
        json!({ "userName": "anna@b.dk", "title": "T", "name": { "givenName": "A", "familyName": "B" } });
    let id = directory.create("/Users?attributes=title", body).await;
    assert_eq!((&id["title"], &id["userName"]), (&json!("T"), &Value::Null));
    let path = format!("/Users/{}", id["id"].as_str().unwrap());
    let keys = async |query: &str| {
        let shown = directory.get(&format!("{path}?{query}")).await;
        shown.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let sorted = |mut keys: Vec<String>| {
        keys.sort_unstable();
        keys
    };
    assert_eq!(
        sorted(keys("attributes=USERNAME,name.givenName").await),
        ["id", "name", "schemas", "userName"]
    );
    let shown = directory.get(&format!("{path}?attributes=name.givenName")).await;
    assert_eq!(shown["name"], json!({ "givenName": "A" }));
    assert_eq!(
        sorted(keys("excludedAttributes=id,schemas,meta,emails,name.familyName,active").await),
        ["id", "name", "schemas", "title", "userName"]
    );
    let list = directory.get("/Users?attributes=userName&filter=title%20pr").await;
    assert_eq!(
        sorted(list["Resources"][0].as_object().unwrap().keys().cloned().collect()),
        ["id", "schemas", "userName"]
    );
}
