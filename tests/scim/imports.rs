//! A directory and a file that speak of the same people.

use serde_json::{Value, json};
use styr_sdk::reqwest::Method;

use super::Directory;
use crate::support::{TestApp, answer, on_both};

on_both! {
    a_file_takes_no_name_that_a_directory_knows_somebody_by
    a_file_brings_back_whom_a_directory_deleted
}

async fn import(app: &TestApp, file: &str) -> (u16, Value) {
    let import = app.raw(Method::POST, "/v1/user-imports?max_deactivated_percent=100");
    let import = import.bearer_auth(&app.owner_token).header("Content-Type", "text/csv");
    let (status, body) = answer(import.body(file.to_owned())).await;
    (status.as_u16(), body)
}

fn user(name: &str, address: &str, external_id: &str) -> Value {
    json!({ "userName": name, "externalId": external_id, "emails": [{ "value": address }] })
}

async fn a_file_takes_no_name_that_a_directory_knows_somebody_by(app: &TestApp) {
    let directory = Directory::new(app);
    let bo = directory.create("/Users", user("bo@x.dk", "bo.berg@x.dk", "bo")).await;
    let path = format!("/Users/{}", bo["id"].as_str().unwrap());
    let (status, refused) = import(app, "external_id,name,email\n7,Another Bo,BO@x.dk\n").await;
    assert_eq!(status, 422, "{refused}");
    assert_eq!(refused["errors"][0]["code"], "email_taken", "{refused}");
    // Whatever else comes by the name, the directory ends what it began.
    let off = json!([{ "op": "Replace", "path": "active", "value": false }]);
    assert_eq!(directory.patch(&path, off).await["active"], false);
}

async fn a_file_brings_back_whom_a_directory_deleted(app: &TestApp) {
    let directory = Directory::new(app);
    let bo = directory.create("/Users", user("bo@x.dk", "bo@x.dk", "same")).await;
    let path = format!("/Users/{}", bo["id"].as_str().unwrap());
    assert_eq!(directory.send(Method::DELETE, &path, None).await.0, 204);
    let (status, done) = import(app, "external_id,name,email\nsame,Bo,bo@x.dk\n").await;
    assert_eq!(status, 201, "{done}");
    let list = app.raw(Method::GET, "/v1/users?email=bo@x.dk").bearer_auth(&app.owner_token);
    let found = answer(list).await.1["items"][0].clone();
    assert_eq!(found["active"], true, "{found}");
    // Deleted once more, they leave the id to whoever comes next.
    let (status, _) = import(app, "external_id,name,email\n").await;
    assert_eq!(status, 201);
    let (status, body) =
        directory.send(Method::POST, "/Users", Some(user("bo2@x.dk", "bo2@x.dk", "same"))).await;
    assert_eq!(status, 409, "the file's person keeps it: {body}");
}
