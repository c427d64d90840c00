//! Users: what is sent comes back, what ends ends.

use serde_json::{Value, json};
use styr_sdk::reqwest::Method;
use styr_sdk::reqwest::header::{ETAG, LOCATION};
use uuid::Uuid;

use super::{Directory, ENTERPRISE, USER};
use crate::people;
use crate::support::{TestApp, on_both, problem};

on_both! {
    a_user_comes_back_as_sent
    a_user_is_kept_as_entra_writes
    a_patch_happens_whole_or_not_at_all
    what_ends_in_the_directory_ends_in_styr
    people_made_by_hand_are_taken_over
    a_directory_places_people_in_organisations
    what_a_directory_says_is_found
}

async fn a_user_comes_back_as_sent(app: &TestApp) {
    let directory = Directory::new(app);
    let sent = json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": "0a21f0f2",
        "userName": "Anna.Berg@nordby.onmicrosoft.com",
        "name": { "formatted": "Anna K. Berg", "familyName": "Berg", "givenName": "Anna" },
        "displayName": "Anna Berg",
        "title": "Sagsbehandler",
        "active": true,
        "emails": [{ "value": "anna.berg@nordby.dk", "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": "+45 33 33 33 33", "type": "work" }],
        "roles": [{ "value": "employee", "primary": true }],
        ENTERPRISE: { "department": "Teknik og Miljø", "organization": "Nordby Kommune" }
    });
    let mut more = sent.clone();
    // What Styr does not keep is passed over.
    more["preferredLanguage"] = json!("da-DK");
    more["addresses"] = json!([{ "type": "work", "locality": "Nordby" }]);
    more["password"] = json!("secret");
    more["nonsense"] = json!({ "a": [1, null] });
    more["id"] = json!("mine");
    more["meta"] = json!({ "resourceType": "User" });
    more["emails"].as_array_mut().unwrap().push(json!({ "value": "anna@home.dk", "type": "home" }));
    more[ENTERPRISE]["manager"] = json!({ "value": "7" });
    let made = directory.response(Method::POST, "/Users", &[], Some(more)).await;
    assert_eq!(made.status(), 201);
    let (etag, location) = (made.headers()[ETAG].clone(), made.headers()[LOCATION].clone());
    let made: Value = made.json().await.unwrap();
    let id = made["id"].as_str().unwrap();
    assert_eq!(location.to_str().unwrap(), format!("/scim/v2/Users/{id}"));
    assert_eq!(
        made["meta"],
        json!({
            "resourceType": "User", "created": "2026-06-01T12:00:00Z", "lastModified": "2026-06-01T12:00:00Z",
            "location": location.to_str().unwrap(), "version": etag.to_str().unwrap(),
        })
    );
    assert_eq!(etag, "W/\"1\"");
    for shown in [&made, &directory.get(&format!("/Users/{id}")).await] {
        let mut shown = shown.clone();
        for own in ["id", "meta"] {
            shown.as_object_mut().unwrap().remove(own);
        }
        assert_eq!(shown, sent);
    }
    // And it is a user like any other, with the role where it usually holds.
    let user = app.owner().user_get().id(id.parse::<Uuid>().unwrap()).send().await.unwrap().into_inner();
    assert_eq!((user.name.as_str(), user.email.as_deref()), ("Anna Berg", Some("anna.berg@nordby.dk")));
    assert_eq!((user.title.as_deref(), user.active), (Some("Sagsbehandler"), true));
    assert_eq!(user.provenance, styr_sdk::types::Provenance::Scim);
    let held = app.owner().user_role_list().id(user.id).send().await.unwrap().into_inner().items;
    assert_eq!((held.len(), held[0].organisation_id), (1, Some(user.organisation_id)));

    // The least that can be sent; a userName that is an address serves as one.
    let made = directory.create("/Users", json!({ "userName": "bo@nordby.dk" })).await;
    assert_eq!(made["emails"], json!([{ "value": "bo@nordby.dk", "type": "work" }]));
    assert_eq!((&made["active"], &made["displayName"]), (&json!(true), &Value::Null));
    // A PUT clears what it leaves out.
    let path = format!("/Users/{id}");
    let body = json!({ "userName": "anna2", "active": "True", "displayName": "A" });
    let (status, replaced) = directory.send(Method::PUT, &path, Some(body)).await;
    assert_eq!(status, 200, "{replaced}");
    for cleared in ["externalId", "name", "title", "emails", "phoneNumbers", "roles", ENTERPRISE] {
        assert_eq!(replaced[cleared], Value::Null, "{cleared}");
    }
    assert_eq!((&replaced["userName"], &replaced["displayName"]), (&json!("anna2"), &json!("A")));
    assert!(app.owner().user_role_list().id(user.id).send().await.unwrap().items.is_empty());
    // Renamed in Styr, that is the name.
    let body = |body: styr_sdk::types::builder::UserBody| body.name("Anna B").email("a@nordby.dk");
    app.owner().user_replace().id(user.id).if_match("*").body_map(body).send().await.unwrap();
    let shown = directory.get(&path).await;
    assert_eq!((&shown["displayName"], &shown["userName"]), (&json!("Anna B"), &json!("anna2")));
    assert_eq!(shown["emails"][0]["value"], "a@nordby.dk");
}

/// The requests of Microsoft's "Develop and plan provisioning for a SCIM endpoint in Microsoft Entra ID" and of its list
/// of departures from SCIM.
async fn a_user_is_kept_as_entra_writes(app: &TestApp) {
    let directory = Directory::new(app);
    assert!(directory.found("/Users", "userName eq \"Test_User_ab6490ee\"").await.is_empty());
    let made = directory
        .create(
            "/Users",
            json!({
                "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
                "userName": "Test_User_ab6490ee",
                "active": "True",
                "emails": [{ "primary": "True", "type": "work", "value": "ab6490ee@testuser.com" }],
                "meta": { "resourceType": "User" },
                "name": { "formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName" },
                "roles": []
            }),
        )
        .await;
    assert_eq!((&made["active"], &made["emails"][0]["primary"]), (&json!(true), &json!(true)));
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    assert_eq!(directory.found("/Users", "userName eq \"TEST_user_ab6490ee\"").await.len(), 1);
    assert_eq!(
        directory.found("/Users", "emails[type eq \"work\"].value eq \"AB6490ee@testuser.com\"").await.len(),
        1
    );
    let shown = directory
        .patch(
            &path,
            json!([
                { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updatedEmail@microsoft.com" },
                { "op": "Replace", "path": "name.familyName", "value": "updatedFamilyName" },
                { "op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "12345678" },
                { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "87654321" },
                { "op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Redmond" },
                { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Salg" },
                { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "2819c223" },
                { "op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": { "value": "2819c223" } },
                { "op": "Remove", "path": format!("{ENTERPRISE}:manager") },
                { "op": "Replace", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "7" },
                { "op": "Add", "path": "roles[primary eq \"True\"].value", "value": "standard" }
            ]),
        )
        .await;
    assert_eq!(shown["emails"][0]["value"], "updatedEmail@microsoft.com");
    assert_eq!(shown["name"]["familyName"], "updatedFamilyName");
    assert_eq!(shown["phoneNumbers"], json!([{ "type": "work", "value": "12345678" }]));
    assert_eq!(shown["roles"], json!([{ "primary": true, "value": "standard" }]));
    assert_eq!(shown[ENTERPRISE], json!({ "department": "Salg" }));
    // The main role changes, and others stay.
    let shown = directory
        .patch(
            &path,
            json!([
                { "op": "Add", "path": "roles", "value": [{ "value": "{\"id\":\"7\",\"value\":\"local_administrator\"}" }] },
                { "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "employee" }
            ]),
        )
        .await;
    let role = |shown: &Value| {
        let roles = shown["roles"].as_array().unwrap().iter();
        roles.map(|role| role["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(role(&shown).len(), 2, "{shown}");
    let shown = directory
        .patch(
            &path,
            json!([{ "op": "Remove", "path": "roles", "value": [{ "value": "local_administrator" }] }]),
        )
        .await;
    assert_eq!(role(&shown), ["employee"]);
    let shown = directory
        .patch(
            &path,
            json!([{ "op": "replace", "value": {
                "displayName": "Bjfe", "name.givenName": "nfe", "active": "False",
                (format!("{ENTERPRISE}:department")): "IT", "phoneNumbers[type eq \"work\"].value": "1"
            } }]),
        )
        .await;
    assert_eq!((&shown["displayName"], &shown["active"]), (&json!("Bjfe"), &json!(false)));
    assert_eq!(
        (&shown["name"]["givenName"], &shown[ENTERPRISE]["department"]),
        (&json!("nfe"), &json!("IT"))
    );
    assert_eq!(shown["phoneNumbers"][0]["value"], "1");
    // An Entra tenant URL may end in a flag.
    assert_eq!(directory.get(&format!("{path}?aadOptscim062020")).await["id"], made["id"]);
    let (status, body) = directory.send(Method::DELETE, &path, None).await;
    assert_eq!((status.as_u16(), body), (204, Value::Null));
    assert_eq!(directory.send(Method::GET, &path, None).await.0, 404);
}

async fn a_patch_happens_whole_or_not_at_all(app: &TestApp) {
    let directory = Directory::new(app);
    let (anna, bo) = (directory.user("anna@b.dk").await, directory.user("bo@b.dk").await);
    let path = format!("/Users/{anna}");
    let before = directory.get(&path).await;
    let events = async || app.owner().event_list().send().await.unwrap().into_inner().items.len();
    let count = events().await;
    let good = json!({ "op": "Add", "path": "title", "value": "x" });
    let cases = [
        (json!({ "op": "Add", "path": "id", "value": "x" }), 400, "mutability"),
        (json!({ "op": "Remove", "path": "userName" }), 400, "mutability"),
        (json!({ "op": "Remove" }), 400, "noTarget"),
        (
            json!({ "op": "Replace", "path": "emails[type eq \"home\"].value", "value": "x@y.dk" }),
            400,
            "noTarget",
        ),
        (json!({ "op": "Add", "path": "nonsense", "value": "x" }), 400, "invalidPath"),
        (json!({ "op": "Add", "path": "urn:x:y:department", "value": "x" }), 400, "invalidPath"),
        (json!({ "op": "Add", "path": "emails[type", "value": "x" }), 400, "invalidFilter"),
        (json!({ "op": "Add", "path": "emails", "value": [{ "value": "no address" }] }), 400, "invalidValue"),
        (json!({ "op": "Add", "path": "active", "value": "perhaps" }), 400, "invalidValue"),
        (json!({ "op": "Add", "path": "title", "value": "x".repeat(201) }), 400, "invalidValue"),
        (json!({ "op": "Add", "path": "roles", "value": [{ "value": "no_such" }] }), 400, "invalidValue"),
        (json!({ "op": "Replace", "path": "userName", "value": "BO@b.dk" }), 409, "uniqueness"),
        (json!({ "op": "Replace", "path": "emails", "value": [{ "value": "Bo@b.dk" }] }), 409, "uniqueness"),
    ];
    for (bad, expected, scim_type) in cases {
        let (status, body) = directory.try_patch(&path, json!([good, bad])).await;
        assert_eq!((status.as_u16(), &body["scimType"]), (expected, &json!(scim_type)), "{bad}: {body}");
        assert_eq!((&body["status"], body["detail"].is_string()), (&json!(expected.to_string()), true));
    }
    assert_eq!(directory.get(&path).await, before);
    let group =
        directory.create("/Groups", json!({ "displayName": "G", "members": [{ "value": anna }] })).await;
    let group = format!("/Groups/{}", group["id"].as_str().unwrap());
    let shown = directory.get(&group).await;
    let half = json!([
        { "op": "Add", "path": "members", "value": [{ "value": bo }] },
        { "op": "Add", "path": "members", "value": [{ "value": Uuid::nil() }] }
    ]);
    assert_eq!(directory.try_patch(&group, half).await.1["scimType"], "invalidValue");
    assert_eq!(directory.get(&group).await, shown);
    let made = events().await;
    // What changes nothing says nothing.
    let same = directory.patch(&path, json!([{ "op": "Replace", "path": "active", "value": true }])).await;
    assert_eq!(same["userName"], before["userName"]);
    directory.patch(&group, json!([{ "op": "Add", "path": "members", "value": [{ "value": anna }] }])).await;
    assert_eq!(directory.get(&group).await, shown);
    assert_eq!(events().await, made);
    assert!(made > count);
}

async fn what_ends_in_the_directory_ends_in_styr(app: &TestApp) {
    let directory = Directory::new(app);
    let id = directory.user("leaver@b.dk").await;
    let (uuid, path): (Uuid, _) = (id.parse().unwrap(), format!("/Users/{id}"));
    let (client, _) = people::client(app, uuid).await;
    client.me_get().send().await.unwrap();
    let group =
        directory.create("/Groups", json!({ "displayName": "G", "members": [{ "value": id }] })).await;
    let shown =
        directory.patch(&path, json!([{ "op": "Replace", "path": "active", "value": "False" }])).await;
    assert_eq!(shown["active"], false);
    assert_eq!(problem(client.me_get().send().await).status, 401, "at once");
    let user = app.owner().user_get().id(uuid).send().await.unwrap().into_inner();
    assert!(!user.active && user.deactivated_at.is_some());
    directory.patch(&path, json!([{ "op": "Add", "value": { "active": true } }])).await;
    assert_eq!(problem(client.me_get().send().await).status, 401, "the old token stays dead");
    assert!(app.owner().user_get().id(uuid).send().await.unwrap().active);

    let (client, _) = people::client(app, uuid).await;
    directory
        .patch(
            &path,
            json!([
                { "op": "Add", "path": "roles", "value": [{ "value": "employee" }] },
                { "op": "Add", "path": "externalId", "value": "7" }
            ]),
        )
        .await;
    assert_eq!(directory.send(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(problem(client.me_get().send().await).status, 401);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(directory.send(method, &path, None).await.0, 404);
    }
    assert_eq!(
        directory.try_patch(&path, json!([{ "op": "Add", "path": "title", "value": "x" }])).await.0,
        404
    );
    assert!(directory.found("/Users", "userName eq \"leaver@b.dk\" or externalId eq \"7\"").await.is_empty());
    let group = format!("/Groups/{}", group["id"].as_str().unwrap());
    assert_eq!(directory.get(&group).await["members"], Value::Null);
    let add = json!([{ "op": "Add", "path": "members", "value": [{ "value": id }] }]);
    assert_eq!(directory.try_patch(&group, add).await.0, 400);
    // In Styr they are there still, for what they did.
    let user = app.owner().user_get().id(uuid).send().await.unwrap().into_inner();
    assert_eq!((user.active, user.external_id, user.email.as_deref()), (false, None, Some("leaver@b.dk")));
    assert!(app.owner().user_role_list().id(uuid).send().await.unwrap().items.is_empty());
    // Whoever comes with the same address is somebody new, and has nothing of theirs.
    let new = directory.user("leaver@b.dk").await;
    assert_ne!(new, id);
    assert_eq!(app.owner().user_get().id(uuid).send().await.unwrap().email, None);
    // Taken up again by hand, they are there for the directory too.
    app.owner().user_reactivate().id(uuid).send().await.unwrap();
    assert_eq!(directory.get(&path).await["active"], true);
}

async fn people_made_by_hand_are_taken_over(app: &TestApp) {
    let directory = Directory::new(app);
    let id = people::user(app, "hand", None).await;
    let path = format!("/Users/{id}");
    // Entra ID looks for them by their userName before it makes anybody.
    assert_eq!(directory.found("/Users", "userName eq \"Hand@example.org\"").await, ["hand@example.org"]);
    let shown = directory.get(&path).await;
    assert_eq!((&shown["displayName"], &shown["name"]), (&json!("hand"), &json!({ "formatted": "hand" })));
    let change = json!([
        { "op": "Add", "path": "externalId", "value": "abc" },
        { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@example.org" }
    ]);
    let shown = directory.patch(&path, change).await;
    assert_eq!((&shown["userName"], &shown["displayName"]), (&json!("hand@example.org"), &json!("hand")));
    assert_eq!(directory.found("/Users", "userName eq \"hand@example.org\"").await.len(), 1);
    assert!(directory.found("/Users", "userName eq \"new@example.org\"").await.is_empty());
    let user = app.owner().user_get().id(id).send().await.unwrap().into_inner();
    assert_eq!((user.email.as_deref(), user.external_id.as_deref()), (Some("new@example.org"), Some("abc")));
    // What the directory knows somebody by is not free for others, in either place.
    for taken in ["hand@example.org", "NEW@example.org"] {
        let made = directory.send(Method::POST, "/Users", Some(json!({ "userName": taken }))).await;
        assert_eq!(made.0, 409, "{taken}");
        let body = |body: styr_sdk::types::builder::UserBody| body.name("x").email(taken);
        assert_eq!(problem(app.owner().user_create().body_map(body).send().await).code, "email_taken");
    }
}

async fn a_directory_places_people_in_organisations(app: &TestApp) {
    let directory = Directory::new(app);
    let organisation = async |name: &str| {
        app.owner().organisation_create().body_map(|body| body.name(name)).send().await.unwrap().id
    };
    let (park, school) = (organisation("Park").await, organisation("School").await);
    for _ in 0..2 {
        organisation("Twin").await;
    }
    let home = app.owner().me_get().send().await.unwrap().into_inner().organisation.id;
    let body = json!({
        "userName": "anna", "roles": [{ "value": "employee" }],
        ENTERPRISE: { "department": "park", "organization": "Elsewhere" }
    });
    let made = directory.create("/Users", body).await;
    let (id, path): (Uuid, _) =
        (made["id"].as_str().unwrap().parse().unwrap(), format!("/Users/{}", made["id"].as_str().unwrap()));
    let place = async || {
        let role = app.owner().user_role_list().id(id).send().await.unwrap().into_inner().items;
        let user = app.owner().user_get().id(id).send().await.unwrap().into_inner();
        assert_eq!(role[0].organisation_id, Some(user.organisation_id), "the role goes along");
        user.organisation_id
    };
    assert_eq!(place().await, park);
    let department = async |name: &str| {
        let path_of = format!("{ENTERPRISE}:department");
        let shown =
            directory.patch(&path, json!([{ "op": "Replace", "path": path_of, "value": name }])).await;
        assert_eq!(shown[ENTERPRISE]["department"], name);
        place().await
    };
    assert_eq!(department("School").await, school);
    assert_eq!(department("Nowhere").await, school, "what names none changes nothing");
    assert_eq!(department("Twin").await, school, "nor does what names two");
    // Somebody moved in Styr stays there until the directory says something new.
    let body =
        |body: styr_sdk::types::builder::UserBody| body.name("anna").email("anna@b.dk").organisation_id(home);
    app.owner().user_replace().id(id).if_match("*").body_map(body).send().await.unwrap();
    directory.patch(&path, json!([{ "op": "Add", "path": "title", "value": "x" }])).await;
    assert_eq!(place().await, home);
    let other = directory.create("/Users", json!({ "userName": "bo" })).await;
    let other: Uuid = other["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.owner().user_get().id(other).send().await.unwrap().organisation_id, home);
}

async fn what_a_directory_says_is_found(app: &TestApp) {
    let directory = Directory::new(app);
    let body = json!({
        "userName": "xq7@tenant.example", "displayName": "Q", "name": { "formatted": "Quintana Rooseveltina" },
        "emails": [{ "value": "q@example.org" }]
    });
    let made = directory.create("/Users", body).await;
    let id: Uuid = made["id"].as_str().unwrap().parse().unwrap();
    let found = async |text: &str| {
        let body = |body: styr_sdk::types::builder::PersonSearchBody| body.query(text);
        let found = app.owner().person_search().body_map(body).send().await.unwrap().into_inner();
        serde_json::to_string(&found).unwrap().contains(&id.to_string())
    };
    assert!(found("Rooseveltina").await);
    assert!(found("xq7@tenant.example").await);
    let events = app.owner().event_list().kind("user.created").send().await.unwrap().into_inner();
    assert!(serde_json::to_string(&events).unwrap().contains("Rooseveltina"));
}
