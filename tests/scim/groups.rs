//! Groups and their members.

use serde_json::{Value, json};
use styr_sdk::reqwest::Method;

use super::Directory;
use crate::support::{TestApp, on_both};

on_both! {
    a_group_s_members_come_and_go_one_at_a_time
}

async fn a_group_s_members_come_and_go_one_at_a_time(app: &TestApp) {
    let directory = Directory::new(app);
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(directory.user(&format!("user{number}")).await);
    }
    let made = directory
        .create(
            "/Groups",
            json!({ "externalId": "8aa1a0c0", "displayName": "Team", "members": [{ "value": ids[0] }] }),
        )
        .await;
    let id = made["id"].as_str().unwrap();
    let member = |id: &str| json!({ "value": id, "$ref": format!("/scim/v2/Users/{id}"), "type": "User" });
    assert_eq!(made["members"], json!([member(&ids[0])]));
    let path = format!("/Groups/{id}");
    let members = async || {
        let shown = directory.get(&path).await;
        let members = shown["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|one| one["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let patch = async |operation: Value| {
        let (status, body) = directory.try_patch(&path, json!([operation])).await;
        assert_eq!((status.as_u16(), body), (204, Value::Null), "{operation}");
    };
    patch(json!({ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": ids[1] }] })).await;
    patch(json!({ "op": "add", "value": { "members": [{ "value": ids[2] }, { "value": ids[1] }] } })).await;
    assert_eq!(members().await, ids[..3]);
    // As Entra ID takes members out: these, and nobody else.
    patch(json!({ "op": "Remove", "path": "members", "value": [{ "value": ids[1] }] })).await;
    assert_eq!(members().await, [&*ids[0], &*ids[2]]);
    patch(json!({ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": ids[1] }] })).await;
    patch(json!({ "op": "Remove", "path": "members", "value": [] })).await;
    assert_eq!(members().await, [&*ids[0], &*ids[2]]);
    patch(json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", ids[0]) })).await;
    assert_eq!(members().await, [&*ids[2]]);
    patch(json!({ "op": "Replace", "path": "members", "value": [{ "value": ids[3] }, { "value": ids[2] }] }))
        .await;
    assert_eq!(members().await, ids[2..]);
    patch(json!({ "op": "Replace", "path": "displayName", "value": "1879db59" })).await;
    patch(json!({ "op": "Replace", "value": { "id": id, "displayName": "Crew" } })).await;
    let shown = directory.get(&format!("{path}?excludedAttributes=members")).await;
    assert_eq!((&shown["displayName"], &shown["members"]), (&json!("Crew"), &Value::Null));
    let named = directory.get(&format!("{path}?attributes=members.display,members.value")).await;
    assert_eq!(named["members"][0], json!({ "value": ids[2], "display": "user2" }));
    let user = directory.get(&format!("/Users/{}", ids[2])).await;
    let place =
        json!([{ "value": id, "$ref": format!("/scim/v2{path}"), "display": "Crew", "type": "direct" }]);
    assert_eq!(user["groups"], place);
    let asking = format!("{path}?excludedAttributes=members");
    let (status, body) = directory.try_patch(&asking, json!([{ "op": "Remove", "path": "members" }])).await;
    assert_eq!((status.as_u16(), &body["displayName"]), (200, &json!("Crew")));
    assert!(members().await.is_empty());

    let (status, body) =
        directory.send(Method::POST, "/Groups", Some(json!({ "displayName": "Crew" }))).await;
    assert_eq!((status.as_u16(), &body["scimType"]), (409, &json!("uniqueness")));
    let again = json!({ "displayName": "Other", "externalId": "8aa1a0c0" });
    assert_eq!(directory.send(Method::POST, "/Groups", Some(again)).await.1["scimType"], "uniqueness");
    let replaced = json!({ "displayName": "Crew 2", "members": [{ "value": ids[0] }] });
    let (status, body) = directory.send(Method::PUT, &path, Some(replaced)).await;
    assert_eq!((status.as_u16(), &body["externalId"]), (200, &Value::Null));
    assert_eq!(members().await, [&*ids[0]]);
    // Groups of one organisation are not the directory's.
    let organisation = app.owner().me_get().send().await.unwrap().into_inner().organisation.id;
    let body = |body: styr_sdk::types::builder::GroupBody| body.name("Local").organisation_id(organisation);
    let local = app.owner().group_create().body_map(body).send().await.unwrap().id;
    assert_eq!(directory.send(Method::GET, &format!("/Groups/{local}"), None).await.0, 404);
    assert_eq!(directory.get("/Groups").await["totalResults"], 1);
    assert_eq!(directory.send(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(directory.send(Method::GET, &path, None).await.0, 404);
}
