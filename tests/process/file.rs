//! Files and attachments.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;
use styr_api::config::Limits;
use styr_sdk::reqwest::{Body, Method, header};
use styr_sdk::{Client, types};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use uuid::Uuid;

use super::activity::{activity, flow, process, process_of, publish, reader};
use crate::support::{TestApp, answer, noon, on_both, problem};

on_both! {
    a_file_comes_back_as_it_was_brought
    a_file_is_seen_with_what_it_is_attached_to
    what_could_do_harm_is_refused
    an_upload_that_breaks_or_is_too_large_leaves_nothing
    what_is_attached_goes_with_what_it_was_on
    what_is_attached_to_nothing_goes_in_a_week
}

pub(super) const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

pub(super) async fn upload(client: &Client, name: &str, content: impl Into<Body>) -> Uuid {
    client.file_upload().name(name).body(content).send().await.unwrap().id
}

async fn content(client: &Client, id: Uuid) -> Result<Vec<u8>, styr_sdk::Error> {
    styr_sdk::read(client.file_content().id(id).send().await?).await
}

async fn a_file_comes_back_as_it_was_brought(app: &TestApp) {
    let owner = app.owner();
    // More than what is held in memory, and no whole number of chunks.
    let mut large = b"%PDF-1.7\n".to_vec();
    large.extend((0..3_000_000_u32).map(|number| (number % 251) as u8));
    let id = upload(&owner, "Plan \"Å\".pdf", large.clone()).await;
    let file = owner.file_get().id(id).send().await.unwrap();
    assert_eq!((file.name.as_str(), file.media_type.as_str()), ("Plan \"Å\".pdf", "application/pdf"));
    assert_eq!(file.size, large.len() as i64);
    assert!(content(&owner, id).await.unwrap() == large, "other bytes came back");
    let get = |etag: Option<&str>| {
        let request = app.raw(Method::GET, &format!("/v1/files/{id}/content")).bearer_auth(&app.owner_token);
        match etag {
            Some(etag) => request.header(header::IF_NONE_MATCH, etag),
            None => request,
        }
    };
    let answer = get(None).send().await.unwrap();
    let said = |name: header::HeaderName| answer.headers()[name].to_str().unwrap().to_owned();
    let etag = said(header::ETAG);
    assert_eq!(etag, format!("\"{}\"", file.sha256));
    assert_eq!(said(header::CONTENT_TYPE), "application/pdf");
    assert_eq!(said(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert!(said(header::CONTENT_DISPOSITION).starts_with("inline; "), "{answer:?}");
    assert_eq!(get(Some(&etag)).send().await.unwrap().status(), 304);

    let text = upload(&owner, "evil.svg", "<svg onload=\"alert(1)\"/>").await;
    let answer = app.raw(Method::GET, &format!("/v1/files/{text}/content")).bearer_auth(&app.owner_token);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/plain", "whatever it is called");
    assert!(answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; "));
    let empty = upload(&owner, "empty.txt", Vec::new()).await;
    assert_eq!(content(&owner, empty).await.unwrap(), b"");

    // The same key brings the same file once.
    let once = async || {
        let request =
            owner.file_upload().name("once.png").idempotency_key("once".to_owned()).body(PNG.to_vec());
        request.send().await.unwrap().id
    };
    assert_eq!(once().await, once().await);
}

async fn a_file_is_seen_with_what_it_is_attached_to(app: &TestApp) {
    let owner = app.owner();
    let (author_id, author) = reader(app, "author").await;
    let (other_id, other) = reader(app, "other").await;
    let own = process_of(app, author_id, "Theirs").await;
    let id = upload(&author, "map.png", PNG).await;
    assert_eq!(problem(content(&other, id).await).code, "not_found");
    assert_eq!(problem(content(&owner, id).await).code, "not_found", "not even the account's owner");
    let attach = |body: types::builder::AttachmentBody| body.title("Map").file_id(id);
    let elsewhere = process_of(app, other_id, "Others'").await;
    let unseen = other.process_attachment_create().id(elsewhere).body_map(attach).send().await;
    assert_eq!(problem(unseen).errors[0].pointer.as_deref(), Some("/file_id"));

    author.process_attachment_create().id(own).body_map(attach).send().await.unwrap();
    assert_eq!(content(&owner, id).await.unwrap(), PNG);
    assert_eq!(problem(content(&other, id).await).code, "not_found", "the process is a draft");
    publish(&author, own).await;
    assert_eq!(content(&other, id).await.unwrap(), PNG);
    assert_eq!(problem(other.file_delete().id(id).send().await).code, "forbidden");
    assert_eq!(problem(author.file_delete().id(id).send().await).code, "file_in_use");
    assert_eq!(problem(app.stranger().file_get().id(id).send().await).code, "not_found");

    let checking = activity(&author, "Check", &format!("![map](/v1/files/{id}/content)")).await;
    let made = author.activity_attachment_create().id(checking).body_map(attach).send().await.unwrap();
    let html = author.activity_get().id(checking).send().await.unwrap().instruction_html.clone().unwrap();
    assert!(html.contains(&format!("src=\"/v1/files/{id}/content\"")), "{html}");
    assert_eq!(author.activity_attachment_list().id(checking).send().await.unwrap().items.len(), 1);
    let wrong = author.process_attachment_delete().id(own).attachment_id(made.id).send().await;
    assert_eq!(problem(wrong).code, "not_found", "it is on the activity");
    author.activity_attachment_delete().id(checking).attachment_id(made.id).send().await.unwrap();
    assert!(author.file_get().id(id).send().await.is_ok(), "the process has it still");
    let on_process = author.process_attachment_list().id(own).send().await.unwrap().items[0].id;
    author.process_attachment_delete().id(own).attachment_id(on_process).send().await.unwrap();
    assert_eq!(problem(author.file_get().id(id).send().await).code, "not_found", "nothing has it any more");

    let free = upload(&author, "free.png", PNG).await;
    author.file_delete().id(free).send().await.unwrap();
    assert_eq!(problem(author.file_get().id(free).send().await).code, "not_found");
}

async fn what_could_do_harm_is_refused(app: &TestApp) {
    let owner = app.owner();
    let files: [(&str, &[u8]); 5] = [
        ("page.png", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("page.txt", b"<html><body onload=alert(1)>"),
        ("plan.pdf", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"),
        ("run.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("data.bin", b"\0\x01\x02\x03\x04\x05\x06\x07"),
    ];
    for (name, content) in files {
        let refused = owner.file_upload().name(name).body(content).send().await;
        assert_eq!(problem(refused).code, "file_type_refused", "{name}");
    }
    let id = process(&owner, "Buy", flow(json!([]), json!([]))).await;
    for url in [
        "javascript:alert(1)",
        "http://example.org/",
        "data:text/html,x",
        "https://",
        "/etc/passwd",
        "https:/x",
    ] {
        let link = |body: types::builder::AttachmentBody| body.title("Link").url(url.to_owned());
        let refused = owner.process_attachment_create().id(id).body_map(link).send().await;
        assert_eq!(problem(refused).errors[0].code, "link_invalid", "{url}");
    }
    let neither =
        owner.process_attachment_create().id(id).body_map(|body| body.title("Nothing")).send().await;
    assert_eq!(problem(neither).errors[0].code, "link_or_file");
    let good = |body: types::builder::AttachmentBody| {
        body.title("Plan")
            .url("https://contoso-my.sharepoint.com/:w:/r/personal/a/Doc.aspx?d=w1#x".to_owned())
    };
    owner.process_attachment_create().id(id).body_map(good).send().await.unwrap();
}

async fn an_upload_that_breaks_or_is_too_large_leaves_nothing(app: &TestApp) {
    let limited = app.replica_with(Limits { file_bytes: 1 << 20, ..Limits::default() }).await;
    let client = limited.client(&app.owner_token);
    let refused = client.file_upload().name("large.txt").body(vec![b'a'; 3 << 20]).send().await;
    assert_eq!(problem(refused).code, "body_too_large");
    // The same without a key, and with no length told in advance.
    let pieces = (0..200).map(|_| Ok::<_, std::io::Error>(vec![b'a'; 1 << 20]));
    let endless = Body::wrap_stream(futures_util::stream::iter(pieces));
    let request = limited.raw(Method::POST, "/v1/files?name=endless.txt").bearer_auth(&app.owner_token);
    if let Ok(refused) = request.body(endless).send().await {
        assert_eq!(refused.status(), 413);
    }

    let mut connection = tokio::net::TcpStream::connect(app.address()).await.unwrap();
    let head = format!(
        "POST /v1/files?name=broken.txt HTTP/1.1\r\nHost: styr\r\nAuthorization: Bearer {}\r\nContent-Length: 2000000\r\n\r\n",
        app.owner_token
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&vec![b'a'; 1_000_000]).await.unwrap();
    connection.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), connection.read_to_end(&mut answer)).await;
    read.expect("it is not waited for").unwrap();
    let created = app.owner().event_list().kind("file.created").send().await.unwrap();
    assert!(created.items.is_empty(), "{:?}", created.items);
    limited.stop().await;
}

async fn what_is_attached_goes_with_what_it_was_on(app: &TestApp) {
    let owner = app.owner();
    let empty = || flow(json!([]), json!([]));
    let (first, second) = (process(&owner, "First", empty()).await, process(&owner, "Second", empty()).await);
    let (only, both) = (upload(&owner, "only.png", PNG).await, upload(&owner, "both.png", PNG).await);
    let attach = async |process: Uuid, file: Uuid| {
        let body = |body: types::builder::AttachmentBody| body.title("Hildegunn Moe's map").file_id(file);
        owner.process_attachment_create().id(process).body_map(body).send().await.unwrap();
    };
    attach(first, only).await;
    attach(first, both).await;
    attach(second, both).await;
    let say = owner.process_comment_create().id(first);
    say.body_map(|body| body.text("Ask Hildegunn Moe")).send().await.unwrap();
    let hits = async || {
        let search = owner.person_search().body_map(|body| body.query("Hildegunn")).send().await.unwrap();
        search.items.len()
    };
    assert_eq!(hits().await, 4);
    owner.process_delete().id(first).if_match("*").send().await.unwrap();
    assert_eq!(problem(owner.file_get().id(only).send().await).code, "not_found");
    assert!(owner.file_get().id(both).send().await.is_ok(), "the other process has it");
    assert_eq!(hits().await, 1);
    let (status, _) =
        answer(app.raw(Method::GET, &format!("/v1/files/{only}/content")).bearer_auth(&app.owner_token))
            .await;
    assert_eq!(status, 404);
}

async fn what_is_attached_to_nothing_goes_in_a_week(app: &TestApp) {
    let owner = app.owner();
    let (free, held) = (upload(&owner, "free.png", PNG).await, upload(&owner, "held.png", PNG).await);
    let id = process(&owner, "Buy", flow(json!([]), json!([]))).await;
    let attach = |body: types::builder::AttachmentBody| body.title("Held").file_id(held);
    owner.process_attachment_create().id(id).body_map(attach).send().await.unwrap();
    app.clock.set(noon() + TimeDelta::days(7));
    let start = Instant::now();
    while owner.file_get().id(free).send().await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(30), "it is still there");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    owner.file_get().id(held).send().await.unwrap();
}
