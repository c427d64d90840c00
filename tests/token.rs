//! API tokens: rotation, networks, and when they were last used.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use styr_api::config::{Proxies, ProxyHeader};
use styr_sdk::reqwest::{Method, StatusCode};
use styr_sdk::types::{self, Right};
use uuid::Uuid;

use crate::people::{assign, client, role, user};
use crate::support::{TestApp, answer, noon, on_both, problem};

on_both! {
    a_rotated_token_works_by_both_secrets_for_the_overlap
    a_second_rotation_ends_the_oldest_secret
    what_has_ended_is_not_rotated
    a_repeated_rotation_is_answered_with_the_same_secret
    nobody_rotates_what_they_could_not_make
    a_token_works_from_its_networks_only
    a_trusted_proxy_says_where_a_request_comes_from
    a_limited_token_makes_no_wider_one
    the_last_use_is_known_while_a_token_is_used
}

async fn made(app: &TestApp, body: Value) -> (Uuid, String) {
    let request = app.raw(Method::POST, "/v1/tokens").bearer_auth(&app.owner_token).json(&body);
    let (status, made) = answer(request).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    (id(&made["token"]), made["secret"].as_str().unwrap().to_owned())
}

fn id(thing: &Value) -> Uuid {
    thing["id"].as_str().unwrap().parse().unwrap()
}

async fn rotate(app: &TestApp, id: Uuid, overlap: u32) -> types::NewTokenView {
    let rotated =
        app.owner().token_rotate().id(id).body_map(|body| body.overlap_seconds(overlap)).send().await;
    rotated.unwrap().into_inner()
}

/// What a token is told: nothing when it works.
async fn told(app: &TestApp, secret: &str) -> Option<(u16, String)> {
    let (status, told) = answer(app.raw(Method::GET, "/v1/me").bearer_auth(secret)).await;
    (status != StatusCode::OK)
        .then(|| (status.as_u16(), told["code"].as_str().unwrap_or_default().to_owned()))
}

fn refused(code: &str) -> Option<(u16, String)> {
    Some((401, code.to_owned()))
}

async fn a_rotated_token_works_by_both_secrets_for_the_overlap(app: &TestApp) {
    let end = noon() + TimeDelta::days(2);
    let body =
        json!({ "name": "Job", "scopes": ["process.see"], "networks": ["127.0.0.0/8"], "expires_at": end });
    let (id, old) = made(app, body).await;
    assert_eq!(told(app, &old).await, None);
    let types::NewTokenView { token, secret: new } = rotate(app, id, 3600).await;
    assert_ne!(new, old);
    assert_eq!((token.id, &token.scopes), (id, &Some(vec![Right::ProcessSee])));
    assert_eq!((&token.networks, token.expires_at), (&Some(vec!["127.0.0.0/8".to_owned()]), Some(end)));
    assert_eq!(token.previous_until, Some(noon() + TimeDelta::hours(1)));
    assert!(new.starts_with(&token.hint));
    app.clock.set(noon() + TimeDelta::seconds(3599));
    assert_eq!((told(app, &old).await, told(app, &new).await), (None, None));
    app.clock.set(noon() + TimeDelta::seconds(3600));
    assert_eq!((told(app, &old).await, told(app, &new).await), (refused("token_rotated"), None));

    let events =
        answer(app.raw(Method::GET, "/v1/events?kind=token.rotated").bearer_auth(&app.owner_token)).await.1;
    assert_eq!(events["items"][0]["entity_id"], json!(id), "{events}");
    let text = events.to_string();
    assert!(!text.contains(&new[9..]) && !text.contains(&old[9..]) && !text.contains("hash"), "{text}");

    // Without an overlap, at once; and the end holds for the new secret and an overlap beyond it.
    let newest = rotate(app, id, 0).await.secret;
    assert_eq!(told(app, &new).await, refused("token_rotated"));
    let last = rotate(app, id, 2_592_000).await.secret;
    app.clock.set(end - TimeDelta::seconds(1));
    assert_eq!((told(app, &newest).await, told(app, &last).await), (None, None));
    app.clock.set(end);
    assert_eq!(told(app, &newest).await, refused("token_expired"));
    assert_eq!(told(app, &last).await, refused("token_expired"));

    let request = app.raw(Method::POST, &format!("/v1/tokens/{id}/rotate")).bearer_auth(&app.owner_token);
    let (status, fault) = answer(request.json(&json!({ "overlap_seconds": 2_592_001 }))).await;
    assert_eq!((status.as_u16(), &fault["errors"][0]["pointer"]), (422, &json!("/overlap_seconds")));
}

async fn a_second_rotation_ends_the_oldest_secret(app: &TestApp) {
    let (id, first) = made(app, json!({ "name": "Job" })).await;
    let second = rotate(app, id, 3600).await.secret;
    let third = rotate(app, id, 3600).await.secret;
    assert_eq!(told(app, &first).await, refused("token_invalid"));
    assert_eq!((told(app, &second).await, told(app, &third).await), (None, None));
    // A revocation ends them all, in the middle of an overlap.
    app.owner().token_delete().id(id).if_match("*").send().await.unwrap();
    assert_eq!(told(app, &second).await, refused("token_revoked"));
    assert_eq!(told(app, &third).await, refused("token_revoked"));
}

async fn what_has_ended_is_not_rotated(app: &TestApp) {
    let owner = app.owner();
    let rotate = async |id: Uuid| problem(owner.token_rotate().id(id).body_map(|body| body).send().await);
    let (id, _) = made(app, json!({ "name": "Revoked" })).await;
    owner.token_delete().id(id).if_match("*").send().await.unwrap();
    let fault = rotate(id).await;
    assert_eq!((fault.status, fault.code.as_str()), (409, "token_revoked"));
    let end = noon() + TimeDelta::hours(1);
    let (id, _) = made(app, json!({ "name": "Short", "expires_at": end })).await;
    app.clock.set(end);
    let fault = rotate(id).await;
    assert_eq!((fault.status, fault.code.as_str()), (409, "token_expired"));
    assert_eq!(rotate(Uuid::nil()).await.code, "not_found");
}

async fn a_repeated_rotation_is_answered_with_the_same_secret(app: &TestApp) {
    let (id, old) = made(app, json!({ "name": "Job" })).await;
    let rotate = async |secret: &str| {
        let request = app.raw(Method::POST, &format!("/v1/tokens/{id}/rotate")).bearer_auth(secret);
        answer(request.header("Idempotency-Key", "rotate").json(&json!({ "overlap_seconds": 60 }))).await
    };
    let (status, rotated) = rotate(&old).await;
    assert_eq!(status, StatusCode::OK, "{rotated}");
    assert_eq!(rotate(&old).await, (status, rotated.clone()));
    // The new secret is the same token's.
    assert_eq!(rotate(rotated["secret"].as_str().unwrap()).await, (status, rotated));
    assert_eq!(told(app, &old).await, None, "it was rotated once");
}

async fn nobody_rotates_what_they_could_not_make(app: &TestApp) {
    let (id, _) = made(app, json!({ "name": "Owner's" })).await;
    let helper = user(app, "helper", None).await;
    assign(app, helper, role(app, "system_administrator").await).await;
    let (helper, _) = client(app, helper).await;
    let fault = problem(helper.token_rotate().id(id).body_map(|body| body).send().await);
    assert_eq!((fault.status, fault.code.as_str()), (403, "rights_not_held"));
    let (_, narrow) = made(app, json!({ "name": "Narrow", "scopes": ["process.see"] })).await;
    let fault = problem(app.client(&narrow).token_rotate().id(id).body_map(|body| body).send().await);
    assert_eq!(fault.code, "token_scopes_wider");
    let end = noon() + TimeDelta::hours(1);
    let (own, short) = made(app, json!({ "name": "Short", "expires_at": end })).await;
    let fault = problem(app.client(&short).token_rotate().id(id).body_map(|body| body).send().await);
    assert_eq!(fault.code, "token_outlives_own");
    app.client(&short).token_rotate().id(own).body_map(|body| body).send().await.unwrap();
}

async fn a_token_works_from_its_networks_only(app: &TestApp) {
    let (_, here) = made(app, json!({ "name": "Here", "networks": ["192.0.2.0/24", "127.0.0.0/8"] })).await;
    let (id, there) =
        made(app, json!({ "name": "There", "networks": ["192.0.2.0/24", "2001:db8::/32"] })).await;
    assert_eq!(told(app, &here).await, None);
    for _ in 0..2 {
        assert_eq!(told(app, &there).await, refused("token_network_refused"));
    }
    // Nobody says where they are by themselves.
    for (name, value) in [("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.1")] {
        let (status, _) =
            answer(app.raw(Method::GET, "/v1/me").bearer_auth(&there).header(name, value)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}");
    }
    let last_used_at = async || app.owner().token_get().id(id).send().await.unwrap().last_used_at;
    app.app().store().note_token_use(&app.app().sessions().take_used()).await.unwrap();
    assert_eq!(last_used_at().await, None, "a refusal is no use");

    let replace = async |body: Value| {
        let request = app.raw(Method::PUT, &format!("/v1/tokens/{id}")).bearer_auth(&app.owner_token);
        answer(request.header("If-Match", "*").json(&body)).await
    };
    let (status, kept) = replace(json!({ "name": "Renamed" })).await;
    assert_eq!((status, &kept["networks"]), (StatusCode::OK, &json!(["192.0.2.0/24", "2001:db8::/32"])));
    assert_eq!(told(app, &there).await, refused("token_network_refused"));
    let (status, kept) = replace(json!({ "name": "Anywhere", "networks": ["0.0.0.0/0", "::/0"] })).await;
    assert_eq!(status, StatusCode::OK, "{kept}");
    assert_eq!(told(app, &there).await, None);

    let (status, fault) = replace(json!({ "name": "Wrong", "networks": ["::/0", "10.0.0.1/8", "a"] })).await;
    let pointers: Vec<_> =
        fault["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!((status.as_u16(), pointers), (422, vec![&json!("/networks/1"), &json!("/networks/2")]));
    assert_eq!(replace(json!({ "name": "None", "networks": [] })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn a_trusted_proxy_says_where_a_request_comes_from(app: &TestApp) {
    let (_, there) = made(app, json!({ "name": "There", "networks": ["192.0.2.0/24"] })).await;
    let trusted = vec!["127.0.0.0/8".parse().unwrap()];
    let replica = app.replica_behind(Proxies { trusted, header: ProxyHeader::XForwardedFor }).await;
    let from = async |name: &str, value: &str| {
        let request = replica.raw(Method::GET, "/v1/me").bearer_auth(&there).header(name, value);
        answer(request).await.0.as_u16()
    };
    assert_eq!(from("X-Forwarded-For", "192.0.2.1").await, 200);
    assert_eq!(from("X-Forwarded-For", "192.0.2.1, 198.51.100.1").await, 401, "only the last is the proxy's");
    assert_eq!(from("X-Forwarded-For", "unknown").await, 401);
    assert_eq!(from("Forwarded", "for=192.0.2.1").await, 401, "the proxy writes the other header");
    replica.stop().await;
}

async fn a_limited_token_makes_no_wider_one(app: &TestApp) {
    let (id, limited) = made(app, json!({ "name": "Here", "networks": ["127.0.0.0/8"] })).await;
    let (other, _) = made(app, json!({ "name": "Anywhere" })).await;
    let send = async |method: Method, path: String, body: Value| {
        let request = app.raw(method, &path).bearer_auth(&limited).header("If-Match", "*");
        let (status, told) = answer(request.json(&body)).await;
        (status.as_u16(), told["code"].as_str().unwrap_or_default().to_owned())
    };
    let wider = (403, "token_networks_wider".to_owned());
    let create = async |networks: Option<&str>| {
        let mut body = json!({ "name": "Heir" });
        if let Some(network) = networks {
            body["networks"] = json!([network]);
        }
        send(Method::POST, "/v1/tokens".to_owned(), body).await
    };
    assert_eq!(create(None).await, wider);
    assert_eq!(create(Some("127.0.0.0/7")).await.0, 422);
    assert_eq!(create(Some("126.0.0.0/7")).await, wider);
    assert_eq!(create(Some("127.0.0.0/16")).await.0, 201);
    let replace = json!({ "name": "Here", "networks": ["0.0.0.0/0"] });
    assert_eq!(send(Method::PUT, format!("/v1/tokens/{id}"), replace).await, wider);
    assert_eq!(send(Method::POST, format!("/v1/tokens/{other}/rotate"), json!({})).await, wider);
    assert_eq!(send(Method::POST, format!("/v1/tokens/{id}/rotate"), json!({})).await.0, 200);
}

async fn the_last_use_is_known_while_a_token_is_used(app: &TestApp) {
    let (id, secret) = made(app, json!({ "name": "Busy" })).await;
    let used = async |at: DateTime<Utc>| {
        app.clock.set(at);
        assert_eq!(told(app, &secret).await, None);
        let used = app.app().sessions().take_used();
        app.app().store().note_token_use(&used).await.unwrap();
        let seen = app.owner().token_get().id(id).send().await.unwrap().last_used_at;
        (used.iter().any(|(_, token, _)| token.0 == id), seen)
    };
    assert_eq!(used(noon()).await, (true, Some(noon())));
    assert_eq!(used(noon() + TimeDelta::seconds(299)).await, (false, Some(noon())), "not for each request");
    // Nobody's rights have changed, so that it is still remembered.
    let later = noon() + TimeDelta::minutes(5);
    assert_eq!(used(later).await, (true, Some(later)));
}
