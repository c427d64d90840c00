//! Drawings of the landscape, and which of them a profile shows.

use serde_json::{Value, json};
use styr_sdk::reqwest::Method;
use uuid::Uuid;

use crate::people::{client, user};
use crate::support::{TestApp, answer, on_both, problem};

on_both! {
    a_drawing_shows_what_its_reader_may_see
    a_profile_shows_its_drawings
}

async fn post(app: &TestApp, path: &str, body: Value) -> (u16, Value) {
    let (status, body) = answer(app.raw(Method::POST, path).bearer_auth(&app.owner_token).json(&body)).await;
    (status.as_u16(), body)
}

fn id(made: &(u16, Value)) -> Uuid {
    made.1["id"].as_str().unwrap_or_else(|| panic!("{made:?}")).parse().unwrap()
}

async fn picture(app: &TestApp, token: &str, id: Uuid) -> String {
    let request =
        app.raw(Method::GET, &format!("/v1/drawings/{id}/picture.svg?theme=dark")).bearer_auth(token);
    request.send().await.unwrap().text().await.unwrap()
}

async fn a_drawing_shows_what_its_reader_may_see(app: &TestApp) {
    let owner = app.owner();
    let public = owner.process_create().body_map(|body| body.title("Public")).send().await.unwrap().id;
    owner.process_publish().id(public).send().await.unwrap();
    let hidden = owner.process_create().body_map(|body| body.title("Hidden")).send().await.unwrap().id;
    let bounds = json!({ "x": 10, "y": 10, "width": 120, "height": 60 });
    let shape = |id: Uuid, text: Option<&str>| {
        let mut shape = json!({ "process_id": id, "bounds": bounds, "colour": "#AABBCC" });
        if let Some(text) = text {
            shape["text"] = json!(text);
        }
        shape
    };
    let shapes =
        json!([shape(public, None), shape(hidden, Some("Veiled")), { "text": "<Own>", "bounds": bounds }]);
    let made = post(app, "/v1/drawings", json!({ "title": "Map", "shapes": shapes })).await;
    assert_eq!(made.0, 201, "{made:?}");
    let drawing = id(&made);
    let svg = picture(app, &app.owner_token, drawing).await;
    for shown in ["<title>Map</title>", "Public", "Veiled", "&lt;Own&gt;", "#aabbcc", "styr-dark"] {
        assert!(svg.contains(shown), "{shown} in {svg}");
    }
    assert!(!svg.contains("<script"));
    let (reader, token) = client(app, user(app, "reader", None).await).await;
    let svg = picture(app, &token.secret, drawing).await;
    assert!(svg.contains("Public") && !svg.contains("Veiled") && !svg.contains(&hidden.to_string()), "{svg}");
    let seen = reader.drawing_get().id(drawing).send().await.unwrap().into_inner();
    assert_eq!((seen.shapes[1].process_id, seen.shapes[1].text.clone()), (None, None));
    let refused = reader.drawing_delete().id(drawing).if_match("*").send().await;
    assert_eq!(problem(refused).code, "forbidden");

    let flat = json!({ "x": 0, "y": 0, "width": 0, "height": 60 });
    for (shape, pointer) in [
        (json!({ "process_id": Uuid::nil(), "bounds": bounds }), "/shapes/0/process_id"),
        (json!({ "process_group_id": Uuid::nil(), "bounds": bounds }), "/shapes/0/process_group_id"),
        (json!({ "text": "Flat", "bounds": flat }), "/shapes/0/bounds"),
        (json!({ "colour": "blue", "bounds": bounds }), "/shapes/0/colour"),
        (
            json!({ "process_id": public, "process_group_id": public, "bounds": bounds }),
            "/shapes/0/process_id",
        ),
    ] {
        let (status, problem) = post(app, "/v1/drawings", json!({ "title": "Map", "shapes": [shape] })).await;
        assert_eq!((status, problem["errors"][0]["pointer"].as_str()), (422, Some(pointer)), "{problem}");
    }
    // What was in it may stay when it is gone: an empty box.
    owner.process_delete().id(hidden).if_match("*").send().await.unwrap();
    let request = app.raw(Method::PUT, &format!("/v1/drawings/{drawing}")).bearer_auth(&app.owner_token);
    let body = json!({ "title": "Map", "shapes": shapes });
    assert!(answer(request.header("If-Match", "*").json(&body)).await.0.is_success());
    assert!(!picture(app, &app.owner_token, drawing).await.contains("Veiled"));
}

async fn a_profile_shows_its_drawings(app: &TestApp) {
    let owner = app.owner();
    let first = id(&post(app, "/v1/drawings", json!({ "title": "First" })).await);
    let second = id(&post(app, "/v1/drawings", json!({ "title": "Second" })).await);
    let unknown = json!({ "name": "Some", "drawing_ids": [first, Uuid::nil()] });
    let refused = post(app, "/v1/profiles", unknown).await;
    assert_eq!(refused.1["errors"][0]["pointer"], "/drawing_ids/1");
    let profile = id(&post(app, "/v1/profiles", json!({ "name": "Some", "drawing_ids": [first] })).await);
    let reader = user(app, "reader", None).await;
    let (client, token) = client(app, reader).await;
    assert_eq!(client.drawing_list().send().await.unwrap().items.len(), 2);
    let request = app.raw(Method::PUT, &format!("/v1/users/{reader}/profile")).bearer_auth(&app.owner_token);
    let body = json!({ "profile_id": profile });
    assert!(answer(request.header("If-Match", "*").json(&body)).await.0.is_success());
    let shown = client.drawing_list().send().await.unwrap().into_inner().items;
    assert_eq!(shown.iter().map(|drawing| drawing.id).collect::<Vec<_>>(), [first]);
    assert_eq!(problem(client.drawing_get().id(second).send().await).code, "not_found");
    assert!(picture(app, &token.secret, second).await.contains("not_found"));
    // A drawing that is gone is gone from profiles, which can be replaced as they are.
    owner.drawing_delete().id(first).if_match("*").send().await.unwrap();
    assert!(client.drawing_list().send().await.unwrap().items.is_empty());
    let kept = owner.profile_get().id(profile).send().await.unwrap().into_inner();
    assert_eq!(kept.drawing_ids, Some(vec![]));
}
