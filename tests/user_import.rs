//! People in and out by file.

use chrono::TimeDelta;
use styr_sdk::reqwest::{Method, StatusCode};
use styr_sdk::types::{self, ImportAction, ImportReason, NextImport, Provenance, Right};
use styr_sdk::{Client, Error};
use uuid::Uuid;

use crate::people::{assign, client, role, user};
use crate::support::{TestApp, answer, noon, on_both, problem};
use crate::user_import_example;

on_both! {
    the_same_file_again_changes_nothing
    people_change_and_move_and_leave
    a_leaver_is_out_at_once
    a_file_that_has_lost_people_is_stopped
    roles_become_the_files
    an_imported_role_ends_at_the_very_second
    who_was_made_by_hand_is_taken_over_by_their_address
    addresses_change_hands
    a_bad_file_changes_nothing
    a_file_that_is_too_large_is_refused
    a_repeated_key_imports_once
    a_local_import_stays_where_its_caller_may
    nobody_gives_by_file_what_they_lack
    imports_of_two_accounts_know_nothing_of_each_other
    the_example_shows_and_imports
}

const PEOPLE: &str = "external_id;name;email;organisation\n\
    1;Ida Holm;ida@nordby.example;Nordby\n\
    2;Bo Ek;bo@nordby.example;Nordby\n\
    3;Åse Lund;aase@nordby.example;Nordby\n";

async fn import(client: &Client, file: &str) -> Result<types::UserImportView, Error> {
    Ok(client.user_import_apply().body(file.to_owned()).send().await?.into_inner())
}

/// Without the brake, which a few people soon run into.
async fn import_all(client: &Client, file: &str) -> types::UserImportView {
    let apply = client.user_import_apply().max_deactivated_percent(100).body(file.to_owned());
    apply.send().await.unwrap().into_inner()
}

async fn preview(client: &Client, file: &str) -> types::UserImportPreviewView {
    client.user_import_preview().body(file.to_owned()).send().await.unwrap().into_inner()
}

async fn by_email(app: &TestApp, email: &str) -> Option<types::UserView> {
    app.owner().user_list().email(email).send().await.unwrap().into_inner().items.pop()
}

async fn known(app: &TestApp, email: &str) -> types::UserView {
    by_email(app, email).await.unwrap_or_else(|| panic!("{email} is not there"))
}

async fn everybody(app: &TestApp) -> Vec<types::UserView> {
    app.owner().user_list().limit(200).send().await.unwrap().into_inner().items
}

/// Changes of users: added, changed, reactivated, deactivated and unchanged.
fn users(counts: &types::UserImportCountsView) -> [u32; 5] {
    [counts.added, counts.changed, counts.reactivated, counts.deactivated, counts.unchanged]
}

/// Changes of roles: given, changed and taken.
fn roles(counts: &types::UserImportCountsView) -> [u32; 3] {
    [counts.roles_given, counts.roles_changed, counts.roles_taken]
}

/// Roles and where they hold, how they came about, and what is foreseen.
async fn roles_of(app: &TestApp, user: Uuid) -> Vec<(Uuid, Option<Uuid>, Provenance, NextImport)> {
    let items = app.owner().user_role_list().id(user).send().await.unwrap().into_inner().items;
    let mut roles: Vec<_> = items
        .iter()
        .map(|role| (role.role_id, role.organisation_id, role.provenance, role.next_import.unwrap()))
        .collect();
    roles.sort_unstable_by_key(|(role, place, ..)| (*role, *place));
    roles
}

async fn organisation(app: &TestApp, name: &str, parent: Option<Uuid>) -> Uuid {
    let make = app.owner();
    let make = make.organisation_create().body_map(|body| body.name(name).parent_id(parent));
    make.send().await.unwrap().id
}

/// Somebody of an organisation who may import there, and has these rights besides.
async fn importer(app: &TestApp, name: &str, place: Uuid, rights: &[Right]) -> Client {
    let rights = [&[Right::AdminEnter, Right::UserImport], rights].concat();
    let body = |body: types::builder::RoleBody| body.name(name).rights(rights);
    let role = app.owner().role_create().body_map(body).send().await.unwrap().id;
    let id = user(app, name, Some(place)).await;
    assign(app, id, role).await;
    client(app, id).await.0
}

async fn the_same_file_again_changes_nothing(app: &TestApp) {
    let owner = app.owner();
    let shown = preview(&owner, PEOPLE).await;
    assert_eq!((users(&shown.counts), shown.refused, shown.left_out), ([3, 0, 0, 0, 0], false, 0));
    let (first, last) = (&shown.changes[0], &shown.changes[2]);
    assert_eq!((first.action, first.reason, first.line), (ImportAction::Add, ImportReason::InFile, Some(2)));
    assert_eq!((last.external_id.as_deref(), last.name.as_str()), (Some("3"), "Åse Lund"));
    assert!(by_email(app, "ida@nordby.example").await.is_none(), "a preview makes nobody");
    assert!(owner.user_import_list().send().await.unwrap().items.is_empty());

    let done = import(&owner, PEOPLE).await.unwrap();
    assert_eq!(users(&done.counts), [3, 0, 0, 0, 0]);
    let ida = known(app, "ida@nordby.example").await;
    assert_eq!(
        (ida.external_id.as_deref(), ida.provenance, ida.active),
        (Some("1"), Provenance::Import, true)
    );

    let (before, revision) = (everybody(app).await, owner.event_verify().send().await.unwrap().events);
    let again = import(&owner, &format!("\u{feff}{}", PEOPLE.replace('\n', "\r\n"))).await.unwrap();
    assert_eq!((users(&again.counts), roles(&again.counts)), ([0, 0, 0, 0, 3], [0, 0, 0]));
    assert_eq!(again.counts.imported_before, 3);
    let after = everybody(app).await;
    assert_eq!(serde_json::to_value(after).unwrap(), serde_json::to_value(before).unwrap());
    let proof = owner.event_verify().send().await.unwrap().into_inner();
    assert_eq!(
        (proof.events, proof.first_fault.is_none()),
        (revision + 1, true),
        "the import alone is an event"
    );

    let listed = owner.user_import_list().send().await.unwrap().into_inner().items;
    assert_eq!(listed.iter().map(|import| import.id).collect::<Vec<_>>(), [again.id, done.id]);
    let me = owner.me_get().send().await.unwrap().into_inner().user.id;
    let got = owner.user_import_get().id(done.id).send().await.unwrap().into_inner();
    assert_eq!((got.started_by, got.with_roles, got.sha256.len()), (Some(me), false, 64));
    assert_ne!(got.sha256, again.sha256);
    let found = owner.person_search().body_map(|body| body.query("Åse Lund")).send().await.unwrap();
    assert_eq!(found.items.len(), 1, "who is imported is found");
}

async fn people_change_and_move_and_leave(app: &TestApp) {
    let owner = app.owner();
    let top = owner.me_get().send().await.unwrap().into_inner().organisation.id;
    let school = organisation(app, "Skole", Some(top)).await;
    import(&owner, PEOPLE).await.unwrap();
    let untouched = user(app, "by-hand", None).await;
    let second = "external_id;name;email;organisation;title\n\
        1;Ida Holm Berg;ida@nordby.example;Nordby;\n\
        2;Bo Ek;bo@nordby.example;Nordby/Skole;Lærer\n";
    let shown = preview(&owner, second).await;
    assert!(shown.refused && shown.refusal.unwrap().contains("1 of 3"));
    let what: Vec<_> =
        shown.changes.iter().map(|one| (one.action, one.reason, one.fields.concat())).collect();
    assert_eq!(
        what,
        [
            (ImportAction::Deactivate, ImportReason::NotInFile, "active".to_owned()),
            (ImportAction::Change, ImportReason::DiffersInFile, "name".to_owned()),
            (ImportAction::Change, ImportReason::DiffersInFile, "organisation_idtitle".to_owned()),
        ]
    );
    let done = import_all(&owner, second).await;
    assert_eq!(users(&done.counts), [0, 2, 0, 1, 0]);
    assert_eq!(known(app, "ida@nordby.example").await.name, "Ida Holm Berg");
    let bo = known(app, "bo@nordby.example").await;
    assert_eq!((bo.organisation_id, bo.title.as_deref()), (school, Some("Lærer")));
    let gone = known(app, "aase@nordby.example").await;
    assert_eq!((gone.active, gone.deactivated_at), (false, Some(noon())));
    assert!(owner.user_get().id(untouched).send().await.unwrap().active, "an import knows nothing of them");

    let back = import_all(&owner, PEOPLE).await;
    assert_eq!(users(&back.counts), [0, 2, 1, 0, 0]);
    let back = known(app, "aase@nordby.example").await;
    assert_eq!((back.active, back.deactivated_at, back.id), (true, None, gone.id));
}

async fn a_leaver_is_out_at_once(app: &TestApp) {
    let owner = app.owner();
    import(&owner, PEOPLE).await.unwrap();
    let leaver = known(app, "aase@nordby.example").await.id;
    let (theirs, token) = client(app, leaver).await;
    theirs.me_get().send().await.unwrap();
    let without = PEOPLE.replace("3;Åse Lund;aase@nordby.example;Nordby\n", "");
    import_all(&owner, &without).await;
    assert_eq!(problem(theirs.me_get().send().await).status, 401);
    import_all(&owner, PEOPLE).await;
    assert_eq!(problem(theirs.me_get().send().await).code, "token_revoked", "the old token stays dead");
    let revoked = owner.token_get().id(token.token.id).send().await.unwrap().revoked_at;
    assert_eq!(revoked, Some(noon()));
    // The owner is never put out, nor by a line that says so.
    let me = owner.me_get().send().await.unwrap().into_inner().user;
    let line = "external_id;name;email;active\nboss;Owner;owner@nordby.example;nej\n";
    let body = |body: types::builder::UserBody| body.name("Owner").email("owner@nordby.example");
    owner.user_replace().id(me.id).if_match("*").body_map(body).send().await.unwrap();
    import_all(&owner, line).await;
    import_all(&owner, PEOPLE).await;
    assert!(owner.me_get().send().await.unwrap().into_inner().user.active);
}

async fn a_file_that_has_lost_people_is_stopped(app: &TestApp) {
    let owner = app.owner();
    let lines = |from: u32| {
        let people = (from..20).map(|number| format!("{number},Person {number},p{number}@nordby.example\n"));
        format!("external_id,name,email\n{}", people.collect::<String>())
    };
    import(&owner, &lines(0)).await.unwrap();
    let fault = problem(import(&owner, &lines(2)).await);
    assert_eq!((fault.status, fault.code.as_str()), (409, "too_many_deactivations"));
    assert!(fault.detail.contains("2 of 20"), "{fault}");
    assert!(everybody(app).await.iter().all(|user| user.active));
    assert!(preview(&owner, &lines(2)).await.refused);
    assert!(!preview(&owner, &lines(1)).await.refused);
    let more = owner.user_import_apply().max_deactivated_percent(10).body(lines(2)).send().await.unwrap();
    assert_eq!(more.counts.deactivated, 2);
    let fault = problem(import(&owner, &lines(20)).await);
    assert!(fault.detail.contains("18 of 18"), "an empty file is no order to put everybody out: {fault}");
    assert_eq!(
        problem(owner.user_import_apply().max_deactivated_percent(101).body(lines(2)).send().await).status,
        400
    );
}

async fn roles_become_the_files(app: &TestApp) {
    let owner = app.owner();
    let top = owner.me_get().send().await.unwrap().into_inner().organisation.id;
    let school = organisation(app, "Skole", Some(top)).await;
    let (employee, standard) = (role(app, "employee").await, role(app, "standard").await);
    let file = |roles: &str| {
        format!("external_id,name,email,roles\n1,Ida,ida@nordby.example,{roles}\n2,Bo,bo@nordby.example,\n")
    };
    let done = import(&owner, &file("employee@Nordby/Skole|standard")).await.unwrap();
    assert_eq!((roles(&done.counts), done.with_roles), ([2, 0, 0], true));
    let ida = known(app, "ida@nordby.example").await.id;
    let imported = |role, place| (role, place, Provenance::Import, NextImport::Keep);
    let mut expected = vec![imported(employee, Some(school)), imported(standard, Some(top))];
    expected.sort_unstable_by_key(|(role, ..)| *role);
    assert_eq!(roles_of(app, ida).await, expected);

    // What is given by hand is foreseen to go, and goes; what is taken by hand comes back.
    let bo = known(app, "bo@nordby.example").await.id;
    assign(app, bo, employee).await;
    assert_eq!(roles_of(app, bo).await, [(employee, Some(top), Provenance::Hand, NextImport::Remove)]);
    let taken = owner.user_role_list().id(ida).send().await.unwrap().items[0].id;
    owner.user_role_revoke().id(ida).assignment_id(taken).send().await.unwrap();
    let (theirs, _) = client(app, bo).await;
    let may_start = async || {
        let rights = theirs.me_get().send().await.unwrap().into_inner().rights;
        rights.iter().any(|held| held.right == Right::CaseStart)
    };
    assert!(may_start().await);
    let shown = preview(&owner, &file("employee@Nordby/Skole|standard")).await;
    let what: Vec<_> = shown.changes.iter().map(|one| (one.action, one.role.as_deref())).collect();
    assert_eq!(what[0], (ImportAction::TakeRole, Some("employee")));
    assert_eq!((what.len(), what[1].0), (2, ImportAction::GiveRole));
    import(&owner, &file("employee@Nordby/Skole|standard")).await.unwrap();
    assert_eq!((roles_of(app, ida).await, roles_of(app, bo).await), (expected, vec![]));
    assert!(!may_start().await, "at once");

    // Without the column, roles are nobody's business.
    assign(app, bo, employee).await;
    let without = "external_id,name,email\n1,Ida,ida@nordby.example\n2,Bo,bo@nordby.example\n";
    assert_eq!(roles(&import(&owner, without).await.unwrap().counts), [0, 0, 0]);
    assert_eq!(roles_of(app, bo).await, [(employee, Some(top), Provenance::Hand, NextImport::Keep)]);
    // What the file gives too is the import's from then on.
    let both = file("standard").replace("2,Bo,bo@nordby.example,", "2,Bo,bo@nordby.example,employee");
    assert_eq!(roles(&import(&owner, &both).await.unwrap().counts), [0, 1, 1]);
    assert_eq!(roles_of(app, bo).await, [imported(employee, Some(top))]);
}

async fn an_imported_role_ends_at_the_very_second(app: &TestApp) {
    let owner = app.owner();
    let end = noon() + TimeDelta::hours(1);
    let file = |end: &str| {
        format!("external_id,name,email,roles,roles_expire_at\n1,Ida,ida@nordby.example,employee,{end}\n")
    };
    import(&owner, &file(&end.to_rfc3339())).await.unwrap();
    let ida = known(app, "ida@nordby.example").await.id;
    let (theirs, _) = client(app, ida).await;
    let may_start = async || {
        let rights = theirs.me_get().send().await.unwrap().into_inner().rights;
        rights.iter().any(|held| held.right == Right::CaseStart)
    };
    app.clock.set(end - TimeDelta::seconds(1));
    assert!(may_start().await);
    assert_eq!(roles(&import(&owner, &file(&end.to_rfc3339())).await.unwrap().counts), [0, 0, 0]);
    app.clock.set(end);
    assert!(!may_start().await);
    // The same file no longer gives it, and clears it away.
    assert_eq!(roles_of(app, ida).await[0].3, NextImport::Remove);
    assert_eq!(roles(&import(&owner, &file(&end.to_rfc3339())).await.unwrap().counts), [0, 0, 1]);
    assert_eq!(roles(&import(&owner, &file(&end.to_rfc3339())).await.unwrap().counts), [0, 0, 0]);
    assert!(roles_of(app, ida).await.is_empty());
    import(&owner, &file("")).await.unwrap();
    assert!(may_start().await);
}

async fn who_was_made_by_hand_is_taken_over_by_their_address(app: &TestApp) {
    let owner = app.owner();
    let id = user(app, "ida", None).await;
    let file = "external_id,name,email\n1,Ida Holm,IDA@example.org\n";
    let shown = preview(&owner, file).await;
    assert_eq!((shown.changes[0].reason, shown.changes[0].user_id), (ImportReason::KnownByEmail, Some(id)));
    import(&owner, file).await.unwrap();
    let ida = owner.user_get().id(id).send().await.unwrap().into_inner();
    assert_eq!(
        (ida.external_id.as_deref(), ida.provenance, ida.licence),
        (Some("1"), Provenance::Import, types::Licence::Pro)
    );
    // From then on the key decides: with another address they are the same, and another key is another person.
    import(&owner, "external_id,name,email\n1,Ida Holm,holm@example.org\n").await.unwrap();
    assert_eq!(known(app, "holm@example.org").await.id, id);
    let fault = problem(import(&owner, "external_id,name,email\n2,Ida Holm,holm@example.org\n").await);
    assert_eq!((fault.status, fault.errors[0].code.as_str()), (422, "email_taken"));
    assert_eq!(fault.errors[0].pointer.as_deref(), Some("/2/email"));
    import_all(&owner, "external_id,name,email\n").await;
    assert!(!owner.user_get().id(id).send().await.unwrap().active, "a leaver like others who were imported");
}

async fn addresses_change_hands(app: &TestApp) {
    let owner = app.owner();
    import(&owner, PEOPLE).await.unwrap();
    let [ida, bo, aase] = [
        known(app, "ida@nordby.example").await,
        known(app, "bo@nordby.example").await,
        known(app, "aase@nordby.example").await,
    ]
    .map(|user| user.id);
    let around = "external_id,name,email\n1,Ida Holm,bo@nordby.example\n2,Bo Ek,aase@nordby.example\n\
        3,Åse Lund,lund@nordby.example\n4,Ida Two,ida@nordby.example\n";
    let done = import(&owner, around).await.unwrap();
    assert_eq!(users(&done.counts), [1, 3, 0, 0, 0]);
    for (email, id) in [("bo", ida), ("aase", bo), ("lund", aase)] {
        assert_eq!(known(app, &format!("{email}@nordby.example")).await.id, id, "{email}");
    }
    let found = owner.person_search().body_map(|body| body.query("bo@nordby.example")).send().await.unwrap();
    assert_eq!(found.items.iter().map(|hit| hit.entity_id).collect::<Vec<_>>(), [ida]);
    assert!(owner.event_verify().send().await.unwrap().first_fault.is_none());
}

async fn a_bad_file_changes_nothing(app: &TestApp) {
    let owner = app.owner();
    import(&owner, PEOPLE).await.unwrap();
    let before = everybody(app).await;
    let events = owner.event_verify().send().await.unwrap().events;
    let latin_1 = b"external_id,name,email\n1,Ida,ida@nordby.example\n3,\xc5se,aase@nordby.example\n";
    // A file, and the pointers and codes of its faults.
    type Case<'a> = (&'a [u8], &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 7] = [
        (latin_1, &[("/3", "encoding_wrong")]),
        (b"", &[("/1", "header_missing")]),
        (b"external_id,email\n1,ida@nordby.example\n", &[("/1/name", "column_missing")]),
        (b"external_id,name,email,shoe\n1,Ida,ida@nordby.example,42\n", &[("/1/shoe", "column_unknown")]),
        (
            b"external_id,name,email\n1,Ida,ida@nordby.example\n1,Bo,IDA@nordby.example\n",
            &[("/3/external_id", "duplicate"), ("/3/email", "duplicate")],
        ),
        (
            b"external_id,name,email,organisation\n9,New,new@nordby.example,Nordby\n8,N,n@nordby.example,Sydby\n",
            &[("/3/organisation", "organisation_unknown")],
        ),
        (
            b"external_id,name,email,roles\n9,New,new@nordby.example,employee|king\n",
            &[("/2/roles", "role_unknown")],
        ),
    ];
    for (file, expected) in cases {
        for path in ["/v1/user-imports", "/v1/user-imports/preview"] {
            let request = app.raw(Method::POST, path).bearer_auth(&app.owner_token);
            let (status, fault) =
                answer(request.header("Content-Type", "text/csv; charset=utf-8").body(file.to_vec())).await;
            assert_eq!((status.as_u16(), &fault["code"]), (422, &"invalid".into()), "{fault}");
            let errors = fault["errors"].as_array().unwrap();
            let told = errors
                .iter()
                .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()));
            assert_eq!(told.collect::<Vec<_>>(), expected);
            assert!(
                errors.iter().all(|error| error["detail"].as_str().is_some_and(|text| !text.is_empty())),
                "{fault}"
            );
        }
    }
    assert_eq!(serde_json::to_value(everybody(app).await).unwrap(), serde_json::to_value(before).unwrap());
    assert_eq!(owner.event_verify().send().await.unwrap().events, events);
    let json = app.raw(Method::POST, "/v1/user-imports").bearer_auth(&app.owner_token);
    let (status, fault) = answer(json.json(&serde_json::json!({}))).await;
    assert_eq!(
        (status, &fault["code"]),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, &"media_type_unsupported".into())
    );
}

async fn a_file_that_is_too_large_is_refused(app: &TestApp) {
    let mut file = b"external_id,name,email\n".to_vec();
    file.resize(100 << 20, b'x');
    let request = app.raw(Method::POST, "/v1/user-imports").bearer_auth(&app.owner_token);
    let (status, fault) = answer(request.header("Content-Type", "text/csv").body(file)).await;
    assert_eq!((status, &fault["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &"body_too_large".into()));
}

async fn a_repeated_key_imports_once(app: &TestApp) {
    let owner = app.owner();
    let import = async |file: &str| {
        let apply = owner.user_import_apply().idempotency_key("tonight").body(file.to_owned());
        apply.send().await.map(styr_sdk::ResponseValue::into_inner)
    };
    let first = import(PEOPLE).await.unwrap();
    assert_eq!(import(PEOPLE).await.unwrap().id, first.id);
    assert_eq!(owner.user_import_list().send().await.unwrap().items.len(), 1);
    let fault = problem(import("external_id,name,email\n").await);
    assert_eq!((fault.status, fault.code.as_str()), (422, "idempotency_key_reused"));
}

async fn a_local_import_stays_where_its_caller_may(app: &TestApp) {
    let owner = app.owner();
    let top = owner.me_get().send().await.unwrap().into_inner().organisation.id;
    let school = organisation(app, "Skole", Some(top)).await;
    let museum = organisation(app, "Museum", Some(top)).await;
    import(
        &owner,
        "external_id,name,email,organisation\np,Pupil,pupil@nordby.example,Nordby/Skole\n\
         m,Curator,curator@nordby.example,Nordby/Museum\n",
    )
    .await
    .unwrap();
    let local = importer(app, "school-office", school, &[]).await;
    let header = "external_id,name,email,organisation,roles\n";
    for (line, pointer) in [
        ("m,Curator,curator@nordby.example,,", "/2/external_id"),
        ("p,Pupil,pupil@nordby.example,Nordby/Museum,", "/2/organisation"),
        ("n,New,new@nordby.example,Nordby,", "/2/organisation"),
        ("p,Pupil,pupil@nordby.example,,standard@Nordby", "/2/roles"),
    ] {
        let fault = problem(import(&local, &format!("{header}{line}\n")).await);
        assert_eq!((fault.status, fault.code.as_str()), (403, "forbidden"), "{line}: {fault}");
        assert_eq!(fault.missing_rights, ["user.import"]);
        assert_eq!(fault.errors[0].pointer.as_deref(), Some(pointer), "{line}");
    }
    // A role that somebody higher up gave further than they reach is not theirs to take.
    let pupil = known(app, "pupil@nordby.example").await.id;
    let (standard, everywhere) = (role(app, "standard").await, types::DefaultReach::Account);
    let give = owner.user_role_assign().id(pupil).body_map(|body| body.role_id(standard).reach(everywhere));
    give.send().await.unwrap();
    let done =
        import(&local, &format!("{header}p,Pupil,pupil@nordby.example,,\nn,New,new@nordby.example,,\n"))
            .await
            .unwrap();
    assert_eq!((users(&done.counts), done.counts.imported_before), ([1, 0, 0, 0, 1], 1));
    assert_eq!(done.organisation_ids.as_deref(), Some(&[school][..]));
    assert_eq!(known(app, "new@nordby.example").await.organisation_id, school);
    assert_eq!(roles_of(app, pupil).await, [(standard, None, Provenance::Hand, NextImport::Keep)]);
    let gone = import_all(&local, &format!("{header}p,Pupil,pupil@nordby.example,,\n")).await;
    assert_eq!(gone.counts.deactivated, 1);
    let curator = known(app, "curator@nordby.example").await;
    assert_eq!((curator.active, curator.organisation_id), (true, museum));

    // Each sees their own imports, and whoever imports everywhere sees all.
    assert_eq!(local.user_import_list().send().await.unwrap().items.len(), 2);
    let all = owner.user_import_list().send().await.unwrap().into_inner().items;
    assert_eq!(all.len(), 3);
    assert_eq!(problem(local.user_import_get().id(all[2].id).send().await).code, "not_found");
    local.user_import_get().id(done.id).send().await.unwrap();
}

async fn nobody_gives_by_file_what_they_lack(app: &TestApp) {
    let top = app.owner().me_get().send().await.unwrap().into_inner().organisation.id;
    let school = organisation(app, "Skole", Some(top)).await;
    let office = importer(app, "school-office", school, &[Right::CaseStart]).await;
    for (name, rights) in [("weak", vec![Right::CaseStart]), ("strong", vec![Right::PersonSearchRun])] {
        let body = |body: types::builder::RoleBody| body.name(name).rights(rights);
        app.owner().role_create().body_map(body).send().await.unwrap();
    }
    let file = |role: &str| format!("external_id,name,email,roles\nn,New,new@nordby.example,{role}\n");
    let fault = problem(import(&office, &file("weak|strong")).await);
    assert_eq!((fault.status, fault.code.as_str()), (403, "rights_not_held"));
    assert_eq!(
        (fault.missing_rights, fault.errors[0].pointer.as_deref()),
        (vec!["person_search.run".to_owned()], Some("/2/roles"))
    );
    assert!(by_email(app, "new@nordby.example").await.is_none());
    import(&office, &file("weak")).await.unwrap();
    // Nor may whoever manages users, but was not given this.
    let other = user(app, "manager", None).await;
    assign(app, other, role(app, "local_administrator").await).await;
    let (manager, _) = client(app, other).await;
    for fault in [problem(import(&manager, PEOPLE).await), problem(manager.user_import_list().send().await)] {
        assert_eq!(
            (fault.code.as_str(), fault.missing_rights),
            ("forbidden", vec!["user.import".to_owned()])
        );
    }
}

async fn imports_of_two_accounts_know_nothing_of_each_other(app: &TestApp) {
    let (ours, theirs) = (app.owner(), app.stranger());
    let without_place = PEOPLE.replace(";organisation", "").replace(";Nordby", "");
    let done = import(&ours, &without_place).await.unwrap();
    let other =
        import(&theirs, &without_place.replace("3;Åse Lund;aase@nordby.example\n", "")).await.unwrap();
    assert_eq!((done.counts.added, other.counts.added, other.counts.deactivated), (3, 2, 0));
    assert!(known(app, "aase@nordby.example").await.active);
    assert_eq!(problem(theirs.user_import_get().id(done.id).send().await).code, "not_found");
    assert_eq!(theirs.user_import_list().send().await.unwrap().items.len(), 1);
    let place = ours.me_get().send().await.unwrap().into_inner().organisation.id;
    let fault = format!("external_id,name,email,organisation\n9,N,n@nordby.example,{place}\n");
    assert_eq!(problem(import(&theirs, &fault).await).errors[0].code, "organisation_unknown");
}

async fn the_example_shows_and_imports(app: &TestApp) {
    let file = app.folder().join("people.csv");
    std::fs::write(&file, PEOPLE).unwrap();
    let done = user_import_example::run(&app.base_url, &app.owner_token, &file).await.unwrap().unwrap();
    assert_eq!(done.counts.added, 3);
    std::fs::write(&file, "external_id;name;email\n").unwrap();
    let refused = user_import_example::run(&app.base_url, &app.owner_token, &file).await.unwrap();
    assert!(refused.is_none(), "it does not go on when the preview says stop");
    assert_eq!(app.owner().user_import_list().send().await.unwrap().items.len(), 1);
}
