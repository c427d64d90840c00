//! Several replicas on one PostgreSQL database: none of them knows anything that the others do not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use styr_sdk::reqwest::Method;
use styr_sdk::types;
use tokio::time::sleep;
use uuid::Uuid;

use crate::support::{TestApp, answer, problem};

/// How soon every replica knows what one was told.
const SOON: Duration = Duration::from_secs(1);

async fn two() -> (TestApp, TestApp) {
    let one = TestApp::on_postgres().await;
    let other = one.replica().await;
    (one, other)
}

async fn user(app: &TestApp, name: &str) -> Uuid {
    let email = format!("{name}@example.org");
    app.owner()
        .user_create()
        .body_map(|body| body.name(name).email(email).licence(types::Licence::Pro))
        .send()
        .await
        .unwrap()
        .id
}

async fn token(app: &TestApp, user: Uuid) -> types::NewTokenView {
    let made = app.owner().token_create().body_map(|body| body.name("Test").user_id(user)).send().await;
    made.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_takes_away_the_other_refuses_soon() {
    let (one, other) = two().await;
    let roles = one.owner().role_list().send().await.unwrap().into_inner().items;
    let administrator = roles.iter().find(|role| role.api_name == "system_administrator").unwrap().id;
    let (first, second, third) =
        (user(&one, "first").await, user(&one, "second").await, user(&one, "third").await);
    let assignment =
        one.owner().user_role_assign().id(first).body_map(|body| body.role_id(administrator)).send().await;
    let assignment = assignment.unwrap().id;
    let tokens = [token(&one, first).await, token(&one, second).await, token(&one, third).await];
    let clients = tokens.each_ref().map(|token| other.client(&token.secret));
    // The other has them in its memory.
    for client in &clients {
        client.me_get().send().await.unwrap();
    }
    clients[0].user_list().send().await.unwrap();

    one.owner().user_role_revoke().id(first).assignment_id(assignment).send().await.unwrap();
    one.owner().token_delete().id(tokens[1].token.id).if_match("*").send().await.unwrap();
    one.owner().user_deactivate().id(third).send().await.unwrap();
    sleep(SOON).await;
    assert_eq!(problem(clients[0].user_list().send().await).code, "forbidden");
    clients[0].me_get().send().await.unwrap();
    assert_eq!(problem(clients[1].me_get().send().await).code, "token_revoked");
    assert_eq!(problem(clients[2].me_get().send().await).status, 401);
    other.stop().await;
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_sent_to_both_is_carried_out_once() {
    let (one, other) = two().await;
    let post = |app: &TestApp, title: &str| {
        let request = app.raw(Method::POST, "/v1/processes").bearer_auth(&app.owner_token);
        answer(request.header("Idempotency-Key", "key").json(&json!({ "title": title })))
    };
    let all = (0..8).map(|number| post(if number % 2 == 0 { &one } else { &other }, "Buy"));
    let all = futures_util::future::join_all(all).await;
    for (status, made) in &all {
        assert_eq!((status.as_u16(), &made["id"]), (201, &all[0].1["id"]), "{made}");
    }
    let (status, told) = post(&other, "Sell").await;
    assert_eq!((status.as_u16(), &told["code"]), (422, &json!("idempotency_key_reused")));
    assert_eq!(one.owner().process_list().send().await.unwrap().items.len(), 1);

    // Nor does one overwrite the other's change.
    let path = format!("/v1/processes/{}", all[0].1["id"].as_str().unwrap());
    let put = |app: &TestApp, title: &str| {
        let request = app.raw(Method::PUT, &path).bearer_auth(&app.owner_token).header("If-Match", "\"1\"");
        answer(request.json(&json!({ "title": title })))
    };
    let (first, second) = tokio::join!(put(&one, "One"), put(&other, "Other"));
    let mut statuses = [first.0.as_u16(), second.0.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    other.stop().await;
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_publishes_the_other_uses() {
    let (one, other) = two().await;
    let field = |key: &str, required: bool| json!({ "key": key, "type": "short_text", "label": { "en": key }, "required": required });
    let call = |app: &TestApp, method: Method, path: String, body: Value| {
        let request = app.raw(method, &path).bearer_auth(&app.owner_token).header("If-Match", "*");
        answer(request.json(&body))
    };
    let publish = async |form: &str| {
        let (status, told) = call(&one, Method::POST, format!("/v1/forms/{form}/publish"), json!({})).await;
        assert_eq!(status, 200, "{told}");
    };
    let fill = async |app: &TestApp, form: &str, values: Value| {
        call(app, Method::POST, format!("/v1/forms/{form}/submissions"), json!({ "values": values })).await
    };
    let definition = json!({ "fields": [field("a", true)] });
    let (_, made) = call(
        &one,
        Method::POST,
        "/v1/forms".to_owned(),
        json!({ "title": "Form", "definition": definition }),
    )
    .await;
    let form = made["id"].as_str().unwrap();
    assert_eq!(fill(&other, form, json!({ "a": "x" })).await.0, 409, "it is not published");
    publish(form).await;
    let (status, told) = fill(&other, form, json!({ "a": "x" })).await;
    assert_eq!((status.as_u16(), &told["form_version"]), (201, &json!(1)), "{told}");

    let definition = json!({ "fields": [field("a", true), field("b", true)] });
    let (status, told) = call(
        &one,
        Method::PUT,
        format!("/v1/forms/{form}"),
        json!({ "title": "Form", "definition": definition }),
    )
    .await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(fill(&other, form, json!({ "a": "x" })).await.0, 201, "it is saved, but not published");
    publish(form).await;
    let (status, told) = fill(&other, form, json!({ "a": "x" })).await;
    assert_eq!((status.as_u16(), &told["errors"][0]["pointer"]), (422, &json!("/values/b")), "{told}");
    let (status, told) = fill(&other, form, json!({ "a": "x", "b": "y" })).await;
    assert_eq!((status.as_u16(), &told["form_version"]), (201, &json!(2)), "{told}");
    other.stop().await;
    one.stop().await;
}

mod a_restart_takes_up_what_was_under_way {
    use crate::support::TestApp;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_sqlite() {
        super::goes_on(TestApp::on_sqlite().await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_postgres() {
        super::goes_on(TestApp::on_postgres().await).await;
    }
}

/// A job that takes several writes is left between two of them, and not held on to: the clock stands still, so that no
/// lease runs out.
async fn goes_on(app: TestApp) {
    let targets = futures_util::future::join_all((0..200).map(|number| {
        let owner = app.owner();
        async move {
            let email = format!("user{number}@example.org");
            let made =
                owner.user_create().body_map(|body| body.name("Leaver").email(email)).send().await.unwrap();
            owner.user_deactivate().id(made.id).send().await.unwrap();
            types::TargetBody { entity: types::TargetKind::User, id: made.id }
        }
    }));
    let targets = targets.await;
    let run =
        app.owner().anonymization_run_start().body_map(|body| body.targets(targets)).send().await.unwrap().id;
    let look =
        async |app: &TestApp| app.owner().anonymization_run_get().id(run).send().await.unwrap().into_inner();
    let begun = Instant::now();
    while look(&app).await.counts.done == 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not begin");
        sleep(Duration::from_millis(5)).await;
    }
    let app = app.restart().await;
    let left = look(&app).await;
    assert_eq!(left.status, types::RunStatus::Running, "it was not left under way: {:?}", left.counts);
    while look(&app).await.status == types::RunStatus::Running {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody goes on");
        sleep(Duration::from_millis(50)).await;
    }
    let ended = look(&app).await;
    assert_eq!((ended.status, ended.counts.done), (types::RunStatus::Completed, 200));
    app.stop().await;
}
