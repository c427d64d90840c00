//! Links by which anybody reads a process.

use chrono::TimeDelta;
use serde_json::json;
use styr_sdk::reqwest::{Method, Response};
use styr_sdk::types;
use styr_sdk::types::ShareElement as Element;
use uuid::Uuid;

use super::activity::{activity, process, publish, showing};
use super::file::{PNG, upload};
use super::{MODEL, import};
use crate::people::{assign, client, role, user};
use crate::support::{TestApp, noon, on_both, problem};

on_both! {
    a_link_shows_what_it_names_and_nothing_else
    a_link_ends_when_it_is_revoked_or_expires
    a_link_shows_what_is_in_force
    only_those_who_edit_a_process_share_it
    a_link_shows_how_the_work_is_done
    the_example_puts_a_folder_on_a_page
}

async fn imported(app: &TestApp) -> Uuid {
    let (_, made) = import(app, MODEL).await;
    made["processes"][0]["id"].as_str().unwrap().parse().unwrap()
}

async fn published(app: &TestApp) -> Uuid {
    let id = imported(app).await;
    let body = |body: types::builder::ProcessBody| body.title("Approve").purpose("Not for all".to_owned());
    app.owner().process_replace().id(id).if_match("*").body_map(body).send().await.unwrap();
    app.owner().process_publish().id(id).send().await.unwrap();
    id
}

async fn share(app: &TestApp, id: Uuid, shows: Vec<Element>) -> types::NewShareView {
    let body = |body: types::builder::ShareBody| body.shows(shows);
    app.owner().process_share().id(id).body_map(body).send().await.unwrap().into_inner()
}

/// What anybody is answered.
async fn open(app: &TestApp, path: &str) -> Response {
    app.raw(Method::GET, path).send().await.unwrap()
}

async fn a_link_shows_what_it_names_and_nothing_else(app: &TestApp) {
    let id = published(app).await;
    let path = share(app, id, vec![Element::Diagram]).await.path;
    let shown = open(app, &path).await;
    assert_eq!(shown.status(), 200);
    let header = |name: &str| shown.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("cache-control"), "public, max-age=60");
    assert!(header("content-security-policy").contains("frame-ancestors *"));
    assert!(!shown.headers().contains_key("x-frame-options"));
    let etag = header("etag");
    let body: serde_json::Value = shown.json().await.unwrap();
    let mut names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["diagram", "edition", "published_at", "title"], "{body}");
    let again = app.raw(Method::GET, &path).header("If-None-Match", etag).send().await.unwrap();
    assert_eq!(again.status(), 304);

    let picture = open(app, &format!("{path}/diagram.svg")).await;
    assert_eq!(picture.headers()["content-type"], "image/svg+xml");
    let picture = picture.text().await.unwrap();
    assert!(picture.contains("Ask for it") && !picture.contains("Not for all"), "{picture}");
    assert_eq!(open(app, &format!("{path}/bpmn")).await.status(), 404, "not named");
    let (secret, all) = (path.rsplit('/').next().unwrap(), vec![Element::Purpose, Element::Bpmn]);
    assert_eq!(open(app, &format!("/v1/shared/{}", secret.to_lowercase())).await.status(), 404, "guessed");
    assert_eq!(open(app, "/v1/shared/x").await.status(), 404, "guessed");

    let whole = share(app, id, all).await.path;
    let body: serde_json::Value = open(app, &whole).await.json().await.unwrap();
    assert_eq!(body["purpose"], "Not for all");
    assert_eq!(open(app, &format!("{whole}/diagram.svg")).await.status(), 404);
    let xml = open(app, &format!("{whole}/bpmn")).await.text().await.unwrap();
    assert!(xml.contains("Ask for it"));
}

async fn a_link_ends_when_it_is_revoked_or_expires(app: &TestApp) {
    let id = published(app).await;
    let owner = app.owner();
    let made = share(app, id, vec![Element::Diagram]).await;
    let listed = owner.process_share_list().id(id).send().await.unwrap().into_inner().items;
    assert_eq!(listed.iter().map(|share| share.id).collect::<Vec<_>>(), [made.share.id]);
    let other = imported(app).await;
    let astray = owner.process_share_delete().id(other).share_id(made.share.id).send().await;
    assert_eq!(problem(astray).status, 404, "not a link to that process");
    owner.process_share_delete().id(id).share_id(made.share.id).send().await.unwrap();
    assert_eq!(open(app, &made.path).await.status(), 404);

    let until = noon() + TimeDelta::hours(1);
    let past = |body: types::builder::ShareBody| body.expires_at(noon());
    let fault = problem(owner.process_share().id(id).body_map(past).send().await);
    assert_eq!(fault.errors[0].pointer.as_deref(), Some("/expires_at"));
    let body = |body: types::builder::ShareBody| body.expires_at(until);
    let made = owner.process_share().id(id).body_map(body).send().await.unwrap();
    app.clock.set(until - TimeDelta::seconds(1));
    assert_eq!(open(app, &made.path).await.status(), 200);
    app.clock.set(until);
    assert_eq!(open(app, &made.path).await.status(), 404);
}

async fn a_link_shows_what_is_in_force(app: &TestApp) {
    let id = imported(app).await;
    let owner = app.owner();
    let path = share(app, id, vec![Element::Diagram]).await.path;
    assert_eq!(open(app, &path).await.status(), 404, "a draft");
    owner.process_publish().id(id).send().await.unwrap();
    assert_eq!(open(app, &path).await.status(), 200);
    let mut flow = owner.process_flow_get().id(id).send().await.unwrap().into_inner();
    flow.nodes[1].name = Some("Beg for it".to_owned());
    owner.process_flow_replace().id(id).if_match("*").body(flow).send().await.unwrap();
    let picture = async || open(app, &format!("{path}/diagram.svg")).await.text().await.unwrap();
    assert!(picture().await.contains("Ask for it"), "not published yet");
    let body = |body: types::builder::ProcessBody| body.title("Not said yet");
    owner.process_replace().id(id).if_match("*").body_map(body).send().await.unwrap();
    assert!(!picture().await.contains("Not said yet"), "nor is what it is called now");
    let told = open(app, &path).await.text().await.unwrap();
    assert!(told.contains("Approve a purchase") && !told.contains("Not said yet"), "{told}");
    owner.process_publish().id(id).send().await.unwrap();
    assert!(picture().await.contains("Beg for it"));
    owner.process_freeze().id(id).send().await.unwrap();
    assert_eq!(open(app, &path).await.status(), 404, "set aside");
    owner.process_unfreeze().id(id).send().await.unwrap();
    assert_eq!(open(app, &path).await.status(), 200);
    app.owner().account_lockdown().send().await.unwrap();
    assert_eq!(open(app, &path).await.status(), 404, "locked down");
    app.owner().account_unlock().send().await.unwrap();
    owner.process_delete().id(id).if_match("*").send().await.unwrap();
    assert_eq!(open(app, &path).await.status(), 404, "deleted");
}

async fn only_those_who_edit_a_process_share_it(app: &TestApp) {
    let id = published(app).await;
    let made = share(app, id, vec![Element::Diagram]).await;
    let reader = user(app, "reader", None).await;
    assign(app, reader, role(app, "employee").await).await;
    let reader = client(app, reader).await.0;
    assert!(reader.process_get().id(id).send().await.is_ok());
    assert_eq!(problem(reader.process_share().id(id).send().await).status, 403);
    assert_eq!(problem(reader.process_share_list().id(id).send().await).status, 403);
    assert_eq!(
        problem(reader.process_share_delete().id(id).share_id(made.share.id).send().await).status,
        403
    );
    assert_eq!(problem(app.stranger().process_share().id(id).send().await).status, 404);
    let key = |request: styr_sdk::reqwest::RequestBuilder| {
        let request = request.bearer_auth(&app.owner_token).header("Idempotency-Key", "once");
        request.json(&serde_json::json!({}))
    };
    let path = format!("/v1/processes/{id}/shares");
    let first = crate::support::answer(key(app.raw(Method::POST, &path))).await.1;
    assert_eq!(crate::support::answer(key(app.raw(Method::POST, &path))).await.1, first, "the same link");
}

async fn the_example_puts_a_folder_on_a_page(app: &TestApp) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("4 Buying")).unwrap();
    std::fs::write(folder.path().join("4 Buying/4.1. Approve & pay.bpmn"), MODEL).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "not a model").unwrap();
    let page = folder.path().join("page.html");
    let run = crate::landscape_publish_example::run(&app.base_url, &app.owner_token, folder.path(), &page);
    assert_eq!(run.await.unwrap(), 1);
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("4.1 Approve &amp; pay"), "{html}");
    let address = html.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let picture = open(app, address.strip_prefix(&app.base_url).unwrap()).await;
    assert!(picture.text().await.unwrap().contains("Ask for it"));
    let process = app.owner().process_list().send().await.unwrap().into_inner().items.remove(0);
    assert_eq!(process.state, types::ProcessState::Live);
}

async fn a_link_shows_how_the_work_is_done(app: &TestApp) {
    let owner = app.owner();
    let (picture, plan, other) = (
        upload(&owner, "form.png", PNG).await,
        upload(&owner, "plan.txt", "Plan").await,
        upload(&owner, "other.txt", "Other").await,
    );
    let instruction = format!("Look at ![it](/v1/files/{picture}/content)<script>alert(1)</script>");
    let checking = activity(&owner, "Check", &instruction).await;
    owner.activity_publish().id(checking).send().await.unwrap();
    let id = process(&owner, "Buy", showing(checking)).await;
    let file = |file: Uuid| move |body: types::builder::AttachmentBody| body.title("File").file_id(file);
    owner.activity_attachment_create().id(checking).body_map(file(picture)).send().await.unwrap();
    owner.process_attachment_create().id(id).body_map(file(plan)).send().await.unwrap();
    let site = "https://contoso.sharepoint.com/plan";
    let link = |body: types::builder::AttachmentBody| body.title("Site").url(site.to_owned());
    owner.process_attachment_create().id(id).body_map(link).send().await.unwrap();
    publish(&owner, id).await;
    let drafted =
        |body: types::builder::ActivityBody| body.title("Drafted").instruction("Not yet".to_owned());
    owner.activity_replace().id(checking).if_match("*").body_map(drafted).send().await.unwrap();

    let path = share(app, id, vec![Element::Instructions, Element::Attachments, Element::Bpmn]).await.path;
    let body: serde_json::Value = open(app, &path).await.json().await.unwrap();
    let shown = &body["activities"][0];
    assert_eq!((&shown["title"], &shown["elements"]), (&json!("Check"), &json!(["check"])));
    let html = shown["instruction_html"].as_str().unwrap();
    let address = format!("{path}/files/{picture}");
    assert!(html.contains(&format!("src=\"{address}\"")) && !html.contains("<script"), "{html}");
    assert_eq!(shown["attachments"], json!([{ "title": "File", "url": address }]));
    let attached = &body["attachments"];
    let plans = format!("{path}/files/{plan}");
    assert_eq!(*attached, json!([{ "title": "File", "url": plans }, { "title": "Site", "url": site }]));
    let image = open(app, &address).await;
    assert_eq!(
        (image.status().as_u16(), &image.headers()["content-type"]),
        (200, &"image/png".parse().unwrap())
    );
    assert_eq!(image.bytes().await.unwrap(), PNG);
    assert_eq!(open(app, &plans).await.text().await.unwrap(), "Plan");
    assert_eq!(open(app, &format!("{path}/files/{other}")).await.status(), 404, "attached to nothing here");
    let xml = open(app, &format!("{path}/bpmn")).await.text().await.unwrap();
    assert!(xml.contains("Check"), "{xml}");
    assert!(!xml.contains(&checking.to_string()) && !xml.contains(&id.to_string()), "{xml}");

    // Each part is shown by its own name only.
    let instructions = share(app, id, vec![Element::Instructions]).await.path;
    assert_eq!(open(app, &format!("{instructions}/files/{picture}")).await.status(), 200);
    assert_eq!(open(app, &format!("{instructions}/files/{plan}")).await.status(), 404);
    let attachments = share(app, id, vec![Element::Attachments]).await.path;
    assert_eq!(open(app, &format!("{attachments}/files/{plan}")).await.status(), 200);
    assert_eq!(open(app, &format!("{attachments}/files/{picture}")).await.status(), 404);
    let body: serde_json::Value = open(app, &attachments).await.json().await.unwrap();
    assert!(body.get("activities").is_none(), "{body}");
}
