//! Substitutes: who handles whose tasks when, and what the audit trail says of it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use styr_sdk::reqwest::{Method, StatusCode};
use styr_sdk::{Client, types};
use uuid::Uuid;

use crate::people::{assign, client, one_task, role, user};
use crate::support::{TestApp, answer, noon, on_both, problem};

on_both! {
    a_substitute_works_on_a_task_in_the_period_only
    who_stands_in_is_lent_no_rights
    nobody_stands_in_for_or_as_who_is_not_active
    who_names_substitutes_manages_the_user_or_is_the_user
    what_cannot_be_a_substitute_is_refused
    a_user_has_so_many_substitutes_and_no_more
}

/// An employee.
async fn employee(app: &TestApp, name: &str) -> (Uuid, Client) {
    let id = user(app, name, None).await;
    assign(app, id, role(app, "employee").await).await;
    (id, client(app, id).await.0)
}

/// A task that this employee has.
async fn task_of(app: &TestApp, id: Uuid, client: &Client) -> Uuid {
    let task = one_task(app, &[id]).await;
    client.task_claim().id(task).send().await.unwrap();
    task
}

async fn stands_in(app: &TestApp, user: Uuid, by: Uuid, from: DateTime<Utc>, until: DateTime<Utc>) -> Uuid {
    let body =
        |body: types::builder::SubstituteBody| body.substitute_user_id(by).starts_at(from).ends_at(until);
    app.owner().substitute_create().id(user).body_map(body).send().await.unwrap().id
}

async fn sees(client: &Client, task: Uuid) -> bool {
    client.task_get().id(task).send().await.is_ok()
}

async fn a_substitute_works_on_a_task_in_the_period_only(app: &TestApp) {
    let ((a, anna), (b, bo)) = (employee(app, "anna").await, employee(app, "bo").await);
    let (one, two) = (task_of(app, a, &anna).await, task_of(app, a, &anna).await);
    let (from, until) = (noon() + TimeDelta::hours(1), noon() + TimeDelta::hours(2));
    stands_in(app, a, b, from, until).await;
    let waiting = async || bo.me_task_list().send().await.unwrap().into_inner().items.len();

    // Each time, what Bo may do is remembered from just before.
    app.clock.set(from - TimeDelta::seconds(1));
    assert_eq!((sees(&bo, one).await, waiting().await), (false, 0));
    assert_eq!(problem(bo.task_complete().id(one).send().await).status, 404);
    app.clock.set(from);
    assert_eq!((sees(&bo, one).await, waiting().await), (true, 2));
    let done = bo.task_complete().id(one).send().await.unwrap();
    assert_eq!(done.task.assignee_id, Some(a), "it stays Anna's");
    app.clock.set(until - TimeDelta::seconds(1));
    assert_eq!((sees(&bo, two).await, waiting().await), (true, 1));
    app.clock.set(until);
    assert_eq!((sees(&bo, two).await, waiting().await), (false, 0));
    assert_eq!(problem(bo.task_complete().id(two).send().await).status, 404);
    anna.task_complete().id(two).send().await.unwrap();

    // Everything that Bo's completing wrote says for whom; what Anna did herself, that she did it.
    let events = async |id: Uuid| {
        let path = format!("/v1/events?entity_id={id}");
        let (status, events) = answer(app.raw(Method::GET, &path).bearer_auth(&app.owner_token)).await;
        assert_eq!(status, StatusCode::OK, "{events}");
        let items = events["items"].as_array().unwrap().clone();
        let completed = items.into_iter().find(|event| event["kind"] == "task.completed").unwrap();
        (completed["actor_id"].clone(), completed["on_behalf_of"].clone())
    };
    assert_eq!(events(one).await, (json!(b), json!(a)));
    assert_eq!(events(two).await, (json!(a), Value::Null));
    let case = done.case.id;
    let path = format!("/v1/cases/{case}/history");
    let history = answer(app.raw(Method::GET, &path).bearer_auth(&app.owner_token)).await.1;
    let completed =
        history["items"].as_array().unwrap().iter().find(|event| event["kind"] == "case.completed");
    assert_eq!(completed.unwrap()["on_behalf_of"], json!(a), "{history}");
    // Bo's own work afterwards is his own.
    let own = task_of(app, b, &bo).await;
    bo.task_complete().id(own).send().await.unwrap();
    assert_eq!(events(own).await, (json!(b), Value::Null));
}

async fn who_stands_in_is_lent_no_rights(app: &TestApp) {
    let (a, anna) = employee(app, "anna").await;
    assign(app, a, role(app, "system_administrator").await).await;
    let (b, bo) = employee(app, "bo").await;
    let task = task_of(app, a, &anna).await;
    let mine = async || serde_json::to_value(&bo.me_get().send().await.unwrap().rights).unwrap();
    let before = mine().await;
    let substitute = stands_in(app, a, b, noon(), noon() + TimeDelta::days(1)).await;
    assert_eq!(mine().await, before);
    assert_eq!(problem(bo.group_create().body_map(|body| body.name("G")).send().await).status, 403);
    assert_eq!(
        problem(bo.role_create().body_map(|body| body.name("R").rights(vec![])).send().await).status,
        403
    );
    assert!(bo.token_list().user_id(a).send().await.unwrap().items.is_empty());
    let waiting = one_task(app, &[a]).await;
    assert!(
        sees(&anna, waiting).await && !sees(&bo, waiting).await,
        "what waits for her groups is not hers yet"
    );
    assert!(sees(&bo, task).await);

    // Nor is a token that may not work on tasks lent that.
    let body = |body: types::builder::TokenBody| body.name("Narrow").user_id(b).scopes(Vec::new());
    let narrow = app.owner().token_create().body_map(body).send().await.unwrap();
    assert_eq!(problem(app.client(&narrow.secret).task_complete().id(task).send().await).status, 403);

    // Who stands in for who stands in does not reach further.
    let (d, dora) = employee(app, "dora").await;
    stands_in(app, b, d, noon(), noon() + TimeDelta::days(1)).await;
    assert!(!sees(&dora, task).await);

    // Taken away, it ends at once.
    app.owner().substitute_delete().id(a).substitute_id(substitute).if_match("*").send().await.unwrap();
    assert!(!sees(&bo, task).await);
}

async fn nobody_stands_in_for_or_as_who_is_not_active(app: &TestApp) {
    let ((a, anna), (b, bo)) = (employee(app, "anna").await, employee(app, "bo").await);
    let task = task_of(app, a, &anna).await;
    stands_in(app, a, b, noon(), noon() + TimeDelta::days(1)).await;
    assert!(sees(&bo, task).await);
    let owner = app.owner();
    owner.user_deactivate().id(a).send().await.unwrap();
    assert!(!sees(&bo, task).await);
    owner.user_reactivate().id(a).send().await.unwrap();
    assert!(sees(&bo, task).await);
    owner.user_deactivate().id(b).send().await.unwrap();
    assert_eq!(problem(bo.task_get().id(task).send().await).status, 401);

    let name = async |user: Uuid, by: Uuid| {
        let body = |body: types::builder::SubstituteBody| {
            body.substitute_user_id(by).ends_at(noon() + TimeDelta::days(1))
        };
        problem(owner.substitute_create().id(user).body_map(body).send().await)
    };
    assert_eq!(name(a, b).await.errors[0].code, "substitute_inactive");
    assert_eq!(name(b, a).await.code, "user_inactive");
}

async fn who_names_substitutes_manages_the_user_or_is_the_user(app: &TestApp) {
    let ((a, anna), (b, bo)) = (employee(app, "anna").await, employee(app, "bo").await);
    let body = |by: Uuid| {
        move |body: types::builder::SubstituteBody| {
            body.substitute_user_id(by).ends_at(noon() + TimeDelta::days(1))
        }
    };
    let made = anna.substitute_create().id(a).body_map(body(b)).send().await.unwrap().into_inner();
    assert_eq!((made.user_id, made.substitute_user_id, made.starts_at), (a, b, noon()));
    assert_eq!(anna.substitute_list().id(a).send().await.unwrap().items.len(), 1);
    // Who stands in may not go on from there, and colleagues do not look.
    for fault in [
        problem(bo.substitute_create().id(a).body_map(body(b)).send().await),
        problem(bo.substitute_delete().id(a).substitute_id(made.id).if_match("*").send().await),
    ] {
        assert!([403, 404].contains(&fault.status), "{fault}");
    }
    assert!(bo.substitute_list().id(a).send().await.is_err());
    let (wrong, _) = employee(app, "carl").await;
    let elsewhere = app.owner().substitute_get().id(wrong).substitute_id(made.id).send().await;
    assert_eq!(problem(elsewhere).code, "not_found", "it is another's");
    assert_eq!(problem(app.stranger().substitute_list().id(a).send().await).code, "not_found");

    let shorter = noon() + TimeDelta::hours(1);
    let change = |body: types::builder::SubstituteBody| body.substitute_user_id(b).ends_at(shorter);
    let stale = anna.substitute_replace().id(a).substitute_id(made.id).if_match("\"7\"").body_map(change);
    assert_eq!(problem(stale.send().await).code, "revision_changed");
    let kept = anna.substitute_replace().id(a).substitute_id(made.id).if_match("\"1\"").body_map(change);
    let kept = kept.send().await.unwrap();
    assert_eq!((kept.starts_at, kept.ends_at), (noon(), shorter));
    let path = format!("/v1/events?entity_id={}", made.id);
    let events = answer(app.raw(Method::GET, &path).bearer_auth(&app.owner_token)).await.1;
    let kinds: Vec<_> = events["items"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["substitute.changed", "substitute.created"]);
    assert_eq!(events["items"][0]["subject_id"], json!(a));
}

async fn what_cannot_be_a_substitute_is_refused(app: &TestApp) {
    let ((a, _), (b, _)) = (employee(app, "anna").await, employee(app, "bo").await);
    let name = async |by: Uuid, from: DateTime<Utc>, until: DateTime<Utc>| {
        let body =
            |body: types::builder::SubstituteBody| body.substitute_user_id(by).starts_at(from).ends_at(until);
        let fault = problem(app.owner().substitute_create().id(a).body_map(body).send().await);
        let error = fault.errors[0].clone();
        (fault.status, error.pointer.unwrap_or_default(), error.code)
    };
    let day = TimeDelta::days(1);
    let by = "/substitute_user_id".to_owned();
    assert_eq!(name(a, noon(), noon() + day).await, (422, by.clone(), "substitute_oneself".to_owned()));
    let (_, pointer, code) = name(Uuid::nil(), noon(), noon() + day).await;
    assert_eq!((pointer, code.as_str()), (by.clone(), "not_found"));
    let ours = app.stranger().me_get().send().await.unwrap().into_inner().user.id;
    assert_eq!(name(ours, noon(), noon() + day).await.1, by, "nobody of another account");
    let ends = "/ends_at".to_owned();
    assert_eq!(name(b, noon(), noon()).await, (422, ends.clone(), "period_empty".to_owned()));
    assert_eq!(name(b, noon() + day, noon()).await, (422, ends, "period_empty".to_owned()));
}

async fn a_user_has_so_many_substitutes_and_no_more(app: &TestApp) {
    let ((a, _), (b, _)) = (employee(app, "anna").await, employee(app, "bo").await);
    let until = noon() + TimeDelta::hours(1);
    for _ in 0..20 {
        stands_in(app, a, b, noon(), until).await;
    }
    let (c, _) = employee(app, "carl").await;
    let name = async |user: Uuid, by: Uuid| {
        let body = |body: types::builder::SubstituteBody| {
            body.substitute_user_id(by).ends_at(noon() + TimeDelta::days(1))
        };
        app.owner().substitute_create().id(user).body_map(body).send().await
    };
    assert_eq!(problem(name(a, c).await).code, "substitutes_too_many");
    assert_eq!(problem(name(c, b).await).code, "substitutes_too_many");
    app.clock.set(until);
    name(a, c).await.unwrap();
    name(c, b).await.unwrap();
}
