//! People, their roles and tokens: who may do what where, and when that ends.

use chrono::TimeDelta;
use serde_json::json;
use styr_sdk::reqwest::{Method, StatusCode};
use styr_sdk::types::{self, Right};
use styr_sdk::{Client, WithEtag};
use uuid::Uuid;

use crate::support::{TestApp, answer, noon, on_both, problem};

on_both! {
    a_local_administrator_acts_only_in_their_organisation
    a_deactivated_users_token_dies_at_once
    a_token_does_no_more_than_its_scopes
    a_token_ends
    a_kept_answer_is_for_the_token_that_asked
    nobody_gives_rights_they_lack
    of_two_who_complete_one_task_one_does
    another_account_knows_nobody
}

pub(crate) async fn user(app: &TestApp, name: &str, organisation: Option<Uuid>) -> Uuid {
    let email = format!("{name}@example.org");
    let body = |body: types::builder::UserBody| {
        body.name(name).email(email).licence(types::Licence::Pro).organisation_id(organisation)
    };
    app.owner().user_create().body_map(body).send().await.unwrap().id
}

pub(crate) async fn role(app: &TestApp, api_name: &str) -> Uuid {
    let roles = app.owner().role_list().send().await.unwrap().into_inner().items;
    roles.iter().find(|role| role.api_name == api_name).unwrap().id
}

pub(crate) async fn assign(app: &TestApp, user: Uuid, role: Uuid) {
    app.owner().user_role_assign().id(user).body_map(|body| body.role_id(role)).send().await.unwrap();
}

/// A client that acts as the user, and its token.
pub(crate) async fn client(app: &TestApp, user: Uuid) -> (Client, types::NewTokenView) {
    let made =
        app.owner().token_create().body_map(|body| body.name("Test").user_id(user)).send().await.unwrap();
    let made = made.into_inner();
    (app.client(&made.secret), made)
}

async fn a_local_administrator_acts_only_in_their_organisation(app: &TestApp) {
    let organisation = async |name: &str| {
        app.owner().organisation_create().body_map(|body| body.name(name)).send().await.unwrap().id
    };
    let (here, there) = (organisation("Here").await, organisation("There").await);
    let administrator = user(app, "administrator", Some(here)).await;
    assign(app, administrator, role(app, "local_administrator").await).await;
    let other = user(app, "other", Some(there)).await;
    let (client, _) = client(app, administrator).await;

    let make = async |email: &str, place: Uuid| {
        client
            .user_create()
            .body_map(|body| body.name("New").email(email).organisation_id(place))
            .send()
            .await
    };
    let made = make("new@example.org", here).await.unwrap();
    client.user_deactivate().id(made.id).send().await.unwrap();
    let fault = problem(make("newer@example.org", there).await);
    assert_eq!(fault.code, "forbidden");
    assert!(fault.missing_rights.contains(&"user.manage".to_owned()), "{fault}");
    let fault = problem(client.user_deactivate().id(other).send().await);
    assert!(["forbidden", "not_found"].contains(&fault.code.as_str()), "{fault}");
    assert!(app.owner().user_get().id(other).send().await.unwrap().active);

    let group = async |place: Uuid| {
        client.group_create().body_map(|body| body.name("G").organisation_id(place)).send().await
    };
    group(here).await.unwrap();
    assert_eq!(problem(group(there).await).code, "forbidden");
    // Moving one's own people out would be another way to reach there.
    let body =
        |body: types::builder::UserBody| body.name("New").email("new@example.org").organisation_id(there);
    let moved = client.user_replace().id(made.id).if_match("*").body_map(body).send().await;
    assert_eq!(problem(moved).code, "forbidden");
}

async fn a_deactivated_users_token_dies_at_once(app: &TestApp) {
    let id = user(app, "leaver", None).await;
    let (client, _) = client(app, id).await;
    client.me_get().send().await.unwrap();
    app.owner().user_deactivate().id(id).send().await.unwrap();
    assert_eq!(problem(client.me_get().send().await).status, 401);
    app.owner().user_reactivate().id(id).send().await.unwrap();
    assert_eq!(problem(client.me_get().send().await).status, 401, "the old token stays dead");
    let owner = app.owner().me_get().send().await.unwrap().into_inner().user.id;
    assert_eq!(problem(app.owner().user_deactivate().id(owner).send().await).code, "user_owns_account");
}

async fn a_token_does_no_more_than_its_scopes(app: &TestApp) {
    let scopes = vec![Right::ProcessSee];
    let made =
        app.owner().token_create().body_map(|body| body.name("Reader").scopes(scopes)).send().await.unwrap();
    let reader = app.client(&made.secret);
    reader.process_list().send().await.unwrap();
    let fault = problem(reader.process_create().body_map(|body| body.title("Buy")).send().await);
    assert_eq!((fault.code.as_str(), fault.missing_rights), ("forbidden", vec!["process.create".to_owned()]));
    for scopes in [json!(null), json!(["process.see", "process.create"])] {
        let mut body = json!({ "name": "Wider" });
        if scopes.is_array() {
            body["scopes"] = scopes;
        }
        let request = app.raw(Method::POST, "/v1/tokens").bearer_auth(&made.secret).json(&body);
        let (status, fault) = answer(request).await;
        assert_eq!((status, &fault["code"]), (StatusCode::FORBIDDEN, &json!("token_scopes_wider")), "{body}");
    }
    // The SDK must not turn no scopes into all of them.
    let none = app
        .owner()
        .token_create()
        .body_map(|body| body.name("None").scopes(Vec::new()))
        .send()
        .await
        .unwrap();
    assert_eq!(problem(app.client(&none.secret).process_list().send().await).status, 403);
}

async fn a_token_ends(app: &TestApp) {
    let id = user(app, "caller", None).await;
    let (revoked, made) = client(app, id).await;
    revoked.me_get().send().await.unwrap();
    let token = WithEtag::try_from(app.owner().token_get().id(made.token.id).send().await.unwrap()).unwrap();
    app.owner().token_delete().id(made.token.id).if_match(&*token.etag).send().await.unwrap();
    assert_eq!(problem(revoked.me_get().send().await).code, "token_revoked");

    let end = noon() + TimeDelta::hours(1);
    let made =
        app.owner().token_create().body_map(|body| body.name("Short").expires_at(end)).send().await.unwrap();
    let expiring = app.client(&made.secret);
    app.clock.set(end - TimeDelta::seconds(1));
    expiring.me_get().send().await.unwrap();
    let longer = end + TimeDelta::seconds(1);
    let heir = expiring.token_create().body_map(|body| body.name("Heir").expires_at(longer)).send().await;
    assert_eq!(problem(heir).code, "token_outlives_own");
    app.clock.set(end);
    let fault = problem(expiring.me_get().send().await);
    assert_eq!((fault.status, fault.code.as_str()), (401, "token_expired"));
}

async fn a_kept_answer_is_for_the_token_that_asked(app: &TestApp) {
    let other = app.owner().token_create().body_map(|body| body.name("Other")).send().await.unwrap();
    let make = async |token: &str| {
        let request =
            app.raw(Method::POST, "/v1/tokens").bearer_auth(token).header("Idempotency-Key", "make");
        answer(request.json(&json!({ "name": "Made once" }))).await
    };
    let (status, made) = make(&app.owner_token).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(make(&app.owner_token).await, (status, made));
    let (status, fault) = make(&other.secret).await;
    assert_eq!((status.as_u16(), &fault["code"]), (422, &json!("idempotency_key_reused")));
    assert!(fault.get("secret").is_none());
}

async fn nobody_gives_rights_they_lack(app: &TestApp) {
    let giver = user(app, "giver", None).await;
    let friend = user(app, "friend", None).await;
    assign(app, giver, role(app, "local_administrator").await).await;
    let (client, _) = client(app, giver).await;
    let give = async |role: Uuid, reach: types::DefaultReach| {
        client.user_role_assign().id(friend).body_map(|body| body.role_id(role).reach(reach)).send().await
    };
    let system = role(app, "system_administrator").await;
    let employee = role(app, "employee").await;
    let fault = problem(give(system, types::DefaultReach::OwnOrganisation).await);
    assert_eq!(fault.code, "rights_not_held");
    assert!(fault.missing_rights.contains(&"account.manage".to_owned()), "{fault}");
    assert_eq!(
        problem(give(employee, types::DefaultReach::Account).await).status,
        403,
        "nor further than they hold"
    );
    give(employee, types::DefaultReach::OwnOrganisation).await.unwrap();
    let own = client.user_role_assign().id(giver).body_map(|body| body.role_id(system)).send().await;
    assert_eq!(problem(own).status, 403);

    // A role that one holds cannot be made to hold more, nor a token of somebody who may do more be had.
    let rights = vec![Right::AccountManage];
    let wider = client
        .role_replace()
        .id(employee)
        .if_match("*")
        .body_map(|body| body.name("Employee").rights(rights))
        .send()
        .await;
    assert_eq!(problem(wider).status, 403);
    let owner = app.owner().me_get().send().await.unwrap().into_inner().user.id;
    let token = client.token_create().body_map(|body| body.name("Theirs").user_id(owner)).send().await;
    assert!([403, 422].contains(&problem(token).status));
}

/// A workflow with one task, which waits for a group of these people.
pub(crate) async fn one_task(app: &TestApp, members: &[Uuid]) -> Uuid {
    let owner = app.owner();
    let name = format!("Group {}", owner.group_list().send().await.unwrap().items.len());
    let group = owner.group_create().body_map(|body| body.name(name)).send().await.unwrap().id;
    for member in members {
        owner.group_member_add().id(group).body_map(|body| body.user_id(*member)).send().await.unwrap();
    }
    let flow: types::Flow = serde_json::from_value(json!({
        "nodes": [
            { "id": "start", "type": "start_event" },
            { "id": "do", "type": "user_task", "name": "Do", "step": { "assignee": { "type": "group", "group_id": group } } },
            { "id": "end", "type": "end_event" },
        ],
        "sequence_flows": [{ "id": "a", "source": "start", "target": "do" }, { "id": "b", "source": "do", "target": "end" }],
        "artifacts": [], "associations": [], "data": [], "lanes": [], "message_flows": [], "pools": [],
    }))
    .unwrap_or_else(|error| panic!("{error}"));
    let id = owner.workflow_create().body_map(|body| body.title("One").flow(flow)).send().await.unwrap().id;
    owner.workflow_publish().id(id).send().await.unwrap();
    owner.workflow_activate().id(id).send().await.unwrap();
    let case = owner.case_start().body_map(|body| body.workflow_id(id)).send().await.unwrap().into_inner();
    case.open_tasks.unwrap()[0].id
}

async fn of_two_who_complete_one_task_one_does(app: &TestApp) {
    let (one, two) = (user(app, "one", None).await, user(app, "two", None).await);
    let employee = role(app, "employee").await;
    assign(app, one, employee).await;
    assign(app, two, employee).await;
    let (one, two) = (client(app, one).await, client(app, two).await);
    let members = [one.1.token.user_id, two.1.token.user_id];
    let statuses = |results: [StatusCode; 2]| {
        let mut statuses = results.map(|status| status.as_u16());
        statuses.sort_unstable();
        statuses
    };
    let status =
        |result: Result<StatusCode, styr_sdk::Error>| result.unwrap_or_else(|error| error.status().unwrap());

    let task = one_task(app, &members).await;
    let claim = async |client: &Client| {
        status(client.task_claim().id(task).send().await.map(|answer| answer.status()))
    };
    let (first, second) = tokio::join!(claim(&one.0), claim(&two.0));
    assert_eq!(statuses([first, second]), [200, 409]);
    // Both may complete it: who claimed it, and the other for them.
    let complete = async |client: &Client| {
        status(client.task_complete().id(task).send().await.map(|answer| answer.status()))
    };
    let (first, second) = tokio::join!(complete(&one.0), complete(&two.0));
    assert_eq!(statuses([first, second]), [200, 409]);
    let ended = app.owner().task_get().id(task).send().await.unwrap();
    assert_eq!(ended.status, types::TaskStatus::Completed);
}

async fn another_account_knows_nobody(app: &TestApp) {
    let stranger = app.stranger();
    let id = user(app, "nordby", None).await;
    let (_, made) = client(app, id).await;
    assert_eq!(problem(stranger.user_get().id(id).send().await).code, "not_found");
    assert_eq!(problem(stranger.user_deactivate().id(id).send().await).code, "not_found");
    assert_eq!(problem(stranger.user_role_list().id(id).send().await).code, "not_found");
    assert_eq!(problem(stranger.token_get().id(made.token.id).send().await).code, "not_found");
    let ours = role(app, "employee").await;
    assert_eq!(problem(stranger.role_get().id(ours).send().await).code, "not_found");
    let own = stranger.me_get().send().await.unwrap().into_inner().user.id;
    let fault = problem(stranger.user_role_assign().id(own).body_map(|body| body.role_id(ours)).send().await);
    assert_eq!((fault.code.as_str(), fault.errors[0].pointer.as_deref()), ("invalid", Some("/role_id")));
    let task = one_task(app, &[id]).await;
    assert_eq!(problem(stranger.task_complete().id(task).send().await).code, "not_found");
    let found =
        stranger.person_search().body_map(|body| body.query("nordby@example.org")).send().await.unwrap();
    assert!(found.items.is_empty());
}
