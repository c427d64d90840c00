//! Who may do what by SCIM.

use serde_json::{Value, json};
use styr_sdk::reqwest::Method;
use styr_sdk::types::Right;
use uuid::Uuid;

use super::{Directory, ENTERPRISE};
use crate::people;
use crate::support::{TestApp, on_both};

on_both! {
    the_owner_stays_in_charge
    no_more_is_given_than_the_caller_holds
    a_locked_down_organisation_is_closed_to_a_directory
    strangers_and_the_unentitled_learn_nothing
}

async fn the_owner_stays_in_charge(app: &TestApp) {
    let owner = app.owner().me_get().send().await.unwrap().into_inner().user.id;
    let (administrator, path) = (people::user(app, "admin", None).await, format!("/Users/{owner}"));
    people::assign(app, administrator, people::role(app, "system_administrator").await).await;
    let (_, token) = people::client(app, administrator).await;
    let directory = Directory::with(app, &token.secret);
    for operation in [
        json!({ "op": "Replace", "path": "active", "value": "False" }),
        json!({ "op": "Replace", "path": "userName", "value": "mine@b.dk" }),
        json!({ "op": "Add", "path": "emails[type eq \"work\"].value", "value": "mine@b.dk" }),
        json!({ "op": "Add", "path": "externalId", "value": "mine" }),
    ] {
        let (status, body) = directory.try_patch(&path, json!([operation])).await;
        assert_eq!(status, 409, "{operation} {body}");
        assert!(body["detail"].as_str().unwrap().contains("owner"), "{body}");
    }
    assert_eq!(directory.send(Method::DELETE, &path, None).await.0, 409);
    let body = json!({ "userName": "mine", "active": true });
    assert_eq!(directory.send(Method::PUT, &path, Some(body)).await.0, 409);
    let shown = directory.patch(&path, json!([{ "op": "Add", "path": "title", "value": "Boss" }])).await;
    assert_eq!((&shown["title"], &shown["active"]), (&json!("Boss"), &json!(true)));
    app.owner().me_get().send().await.unwrap();
}

async fn a_locked_down_organisation_is_closed_to_a_directory(app: &TestApp) {
    let owner = app.owner();
    let school = owner.organisation_create().body_map(|body| body.name("School")).send().await.unwrap().id;
    let scopes = vec![Right::AdminEnter, Right::UserProvision];
    let body = |body: styr_sdk::types::builder::TokenBody| body.name("SCIM").scopes(scopes);
    let token = owner.token_create().body_map(body).send().await.unwrap().into_inner().secret;
    let directory = Directory::with(app, &token);
    let outside = directory.user("outside").await;
    let body = json!({ "userName": "inside", ENTERPRISE: { "department": "School" } });
    let inside = directory.create("/Users", body).await["id"].as_str().unwrap().to_owned();
    let (inside, outside) = (format!("/Users/{inside}"), format!("/Users/{outside}"));
    let move_in = json!([{ "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "School" }]);
    let leave = json!([{ "op": "Replace", "path": "active", "value": false }]);

    owner.organisation_lockdown().id(school).send().await.unwrap();
    assert!(directory.found("/Users", "userName eq \"inside\"").await.is_empty());
    assert_eq!(directory.send(Method::GET, &inside, None).await.0, 404);
    assert_eq!(directory.try_patch(&inside, leave.clone()).await.0, 404);
    assert_eq!(directory.send(Method::DELETE, &inside, None).await.0, 404);
    let body = json!({ "userName": "new", ENTERPRISE: { "department": "School" } });
    assert_eq!(directory.send(Method::POST, "/Users", Some(body)).await.0, 403);
    assert_eq!(directory.try_patch(&outside, move_in.clone()).await.0, 403);
    // Leavers elsewhere go as ever, and the owner, who may enter, sees all.
    directory.patch(&outside, leave.clone()).await;
    assert_eq!(Directory::new(app).found("/Users", "userName eq \"inside\"").await, ["inside"]);

    owner.organisation_unlock().id(school).send().await.unwrap();
    directory.patch(&inside, leave).await;
    directory.patch(&outside, move_in).await;
}

async fn no_more_is_given_than_the_caller_holds(app: &TestApp) {
    let secret = async |scopes: Vec<Right>| {
        let body = |body: styr_sdk::types::builder::TokenBody| body.name("SCIM").scopes(scopes);
        app.owner().token_create().body_map(body).send().await.unwrap().into_inner().secret
    };
    let narrow = Directory::with(app, &secret(vec![Right::AdminEnter, Right::UserProvision]).await);
    let role = json!([{ "value": "system_administrator" }]);
    let (status, body) =
        narrow.send(Method::POST, "/Users", Some(json!({ "userName": "x", "roles": role }))).await;
    assert_eq!(status, 403, "{body}");
    assert!(narrow.found("/Users", "userName eq \"x\"").await.is_empty());
    let path = format!("/Users/{}", narrow.user("x").await);
    let (status, body) =
        narrow.try_patch(&path, json!([{ "op": "Add", "path": "roles", "value": role }])).await;
    assert_eq!(status, 403, "{body}");
    // What it may not give it may keep, and take.
    let wide = Directory::new(app);
    wide.patch(&path, json!([{ "op": "Add", "path": "roles", "value": role }])).await;
    let id: Uuid = path.rsplit('/').next().unwrap().parse().unwrap();
    people::assign(app, id, people::role(app, "standard").await).await;
    let shown = narrow.patch(&path, json!([{ "op": "Add", "path": "title", "value": "t" }])).await;
    assert_eq!(shown["roles"], role, "and what was given by hand is not the directory's");
    let shown = narrow.patch(&path, json!([{ "op": "Remove", "path": "roles" }])).await;
    assert_eq!(shown["roles"], Value::Null);
    let held = app.owner().user_role_list().id(id).send().await.unwrap().into_inner().items;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].role_id, people::role(app, "standard").await);
}

async fn strangers_and_the_unentitled_learn_nothing(app: &TestApp) {
    let directory = Directory::new(app);
    let id = directory.user("anna@b.dk").await;
    let group = directory.create("/Groups", json!({ "displayName": "G" })).await;
    let group = format!("/Groups/{}", group["id"].as_str().unwrap());
    let user = format!("/Users/{id}");
    // Another account's directory.
    let stranger = Directory::with(app, &app.stranger_token);
    let change = json!([{ "op": "Add", "path": "externalId", "value": "x" }]);
    for path in [&user, &group] {
        assert_eq!(stranger.send(Method::GET, path, None).await.0, 404);
        assert_eq!(stranger.send(Method::DELETE, path, None).await.0, 404);
        assert_eq!(stranger.try_patch(path, change.clone()).await.0, 404);
        let body = json!({ "userName": "x", "displayName": "x" });
        assert_eq!(stranger.send(Method::PUT, path, Some(body)).await.0, 404);
    }
    assert!(stranger.found("/Users", "userName eq \"anna@b.dk\"").await.is_empty());
    assert!(stranger.found("/Users", &format!("id eq \"{id}\"")).await.is_empty());
    assert_eq!(stranger.get("/Groups").await["totalResults"], 0);
    let theirs = json!({ "displayName": "T", "members": [{ "value": id }] });
    assert_eq!(stranger.send(Method::POST, "/Groups", Some(theirs)).await.0, 400);
    // The same name in another account is nobody's business.
    stranger.user("anna@b.dk").await;
    // No token, a wrong one, and one without the right.
    let employee = people::user(app, "employee", None).await;
    people::assign(app, employee, people::role(app, "local_administrator").await).await;
    let (_, token) = people::client(app, employee).await;
    for (token, expected) in [("", 401), ("styr_wrong", 401), (&*token.secret, 403)] {
        let directory = Directory::with(app, token);
        for path in ["/Users", &user, &group, "/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Me"] {
            let response = directory.response(Method::GET, path, &[], None).await;
            assert_eq!(response.status(), expected, "{path}");
            assert_eq!(response.headers().contains_key("www-authenticate"), expected == 401);
            let body: Value = response.json().await.unwrap();
            assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
            assert_eq!(body["status"], expected.to_string());
        }
        let made = directory.send(Method::POST, "/Users", Some(json!({ "userName": "y" }))).await;
        assert_eq!(made.0, expected);
    }
    let scopes = vec![Right::AdminEnter, Right::UserManage];
    let body = |body: styr_sdk::types::builder::TokenBody| body.name("Other").scopes(scopes);
    let narrow = app.owner().token_create().body_map(body).send().await.unwrap().into_inner();
    let (status, body) = Directory::with(app, &narrow.secret).send(Method::GET, "/Users", None).await;
    assert_eq!(status, 403);
    assert!(body["detail"].as_str().unwrap().contains("user.provision"), "{body}");
}
