//! Comments, who is told of what, and what happened to a process.

use serde_json::json;
use styr_sdk::{Client, types};
use uuid::Uuid;

use super::activity::{activity, flow, process, process_of, publish, reader};
use crate::privacy::ended_runs;
use crate::support::{TestApp, on_both, problem};

on_both! {
    readers_comment_and_the_owner_resolves
    who_is_told_of_what_reads_it
    a_history_shows_readers_less_than_editors
    what_somebody_wrote_goes_with_them
}

fn task(activity: Option<Uuid>) -> types::Flow {
    let mut node = json!({ "id": "check", "type": "task", "name": "Check" });
    if let Some(id) = activity {
        node["activity_id"] = json!(id);
    }
    flow(json!([node]), json!([]))
}

async fn comment(
    client: &Client,
    process: Uuid,
    text: &str,
    element: Option<&str>,
) -> Result<types::CommentView, styr_sdk::Error> {
    let request = client.process_comment_create().id(process).body_map(|body| {
        let body = body.text(text);
        match element {
            Some(element) => body.element(element.to_owned()),
            None => body,
        }
    });
    Ok(request.send().await?.into_inner())
}

async fn told(client: &Client) -> Vec<types::NotificationView> {
    client.me_notification_list().unread(true).send().await.unwrap().into_inner().items
}

async fn readers_comment_and_the_owner_resolves(app: &TestApp) {
    let owner = app.owner();
    let (reader_id, reader) = reader(app, "reader").await;
    let (_, other) = self::reader(app, "other").await;
    let checking = activity(&owner, "Check", "").await;
    let id = process(&owner, "Buy", task(Some(checking))).await;
    assert_eq!(problem(comment(&reader, id, "Early", None).await).code, "not_found");
    publish(&owner, id).await;
    let whole = comment(&reader, id, "Too long", None).await.unwrap();
    let node = comment(&reader, id, "Which bill?", Some("check")).await.unwrap();
    assert_eq!((node.author_id, node.activity_id), (reader_id, Some(checking)));
    let unknown = problem(comment(&reader, id, "Where?", Some("nowhere")).await);
    assert_eq!((unknown.code.as_str(), unknown.errors[0].code.as_str()), ("invalid", "element_unknown"));
    // What is drafted is not what a reader comments on.
    owner.process_flow_replace().id(id).if_match("*").body(flow(json!([]), json!([]))).send().await.unwrap();
    comment(&reader, id, "Still there", Some("check")).await.unwrap();
    assert_eq!(problem(comment(&owner, id, "Gone", Some("check")).await).errors[0].code, "element_unknown");

    let resolve = async |client: &Client, comment: Uuid| {
        client.comment_resolve().id(id).comment_id(comment).send().await
    };
    assert_eq!(problem(resolve(&other, whole.id).await).code, "forbidden");
    assert!(resolve(&owner, whole.id).await.unwrap().resolved_at.is_some());
    let again = resolve(&reader, whole.id).await.unwrap();
    assert_ne!(again.resolved_by, Some(reader_id), "it was resolved already");
    let open = async |client: &Client| {
        let page = client.comment_list().resolved(false).send().await.unwrap().into_inner();
        page.items.into_iter().map(|comment| comment.text).collect::<Vec<_>>()
    };
    assert_eq!(open(&other).await, ["Which bill?", "Still there"]);
    let reopened = reader.comment_reopen().id(id).comment_id(whole.id).send().await.unwrap();
    assert_eq!((reopened.resolved_at, reopened.resolved_by), (None, None));
    assert_eq!(open(&other).await.len(), 3);
    let about = owner.process_comment_list().id(id).activity_id(checking).send().await.unwrap();
    assert_eq!(about.items.len(), 2);
    let elsewhere = process(&owner, "Sell", task(None)).await;
    let wrong = owner.process_comment_get().id(elsewhere).comment_id(whole.id).send().await;
    assert_eq!(problem(wrong).code, "not_found", "it is on another process");

    owner.process_freeze().id(id).send().await.unwrap();
    assert!(open(&other).await.is_empty(), "who does not see the process sees no comments on it");
    assert_eq!(open(&owner).await.len(), 3);
    let delete = async |client: &Client, comment: Uuid| {
        client.process_comment_delete().id(id).comment_id(comment).if_match("*").send().await
    };
    owner.process_unfreeze().id(id).send().await.unwrap();
    assert_eq!(problem(delete(&other, node.id).await).code, "forbidden");
    let stale = reader.process_comment_delete().id(id).comment_id(whole.id).if_match("\"1\"").send().await;
    assert_eq!(problem(stale).code, "revision_changed");
    delete(&reader, node.id).await.unwrap();
    delete(&owner, whole.id).await.unwrap();
    assert_eq!(problem(app.stranger().process_comment_list().id(id).send().await).code, "not_found");
    assert!(open(&app.stranger()).await.is_empty());
}

async fn who_is_told_of_what_reads_it(app: &TestApp) {
    let owner = app.owner();
    let (member_id, member) = reader(app, "member").await;
    let (editor_id, editor) = self::reader(app, "editor").await;
    let (_, other) = self::reader(app, "other").await;
    let checking = activity(&owner, "Check", "").await;
    let id = process(&owner, "Buy", task(Some(checking))).await;
    let change = owner.process_replace().id(id).if_match("*");
    let people = |body: types::builder::ProcessBody| {
        body.title("Buy").member_ids(vec![member_id]).editor_ids(vec![editor_id])
    };
    change.body_map(people).send().await.unwrap();
    publish(&owner, id).await;
    assert!(told(&member).await.is_empty(), "nobody asked for it");

    owner.process_flow_replace().id(id).if_match("*").body(task(Some(checking))).send().await.unwrap();
    let loud = |body: types::builder::PublishEditionInput| body.notify(true).note("Mind the sum".to_owned());
    owner.process_publish().id(id).body_map(loud).send().await.unwrap();
    owner.activity_publish().id(checking).body_map(loud).send().await.unwrap();
    let news = told(&member).await;
    let kinds: Vec<_> =
        news.iter().map(|one| (one.entity.as_str(), one.entity_id, one.note.as_str())).collect();
    assert_eq!(kinds, [("activity", checking, "Mind the sum"), ("process", id, "Mind the sum")]);
    assert_eq!(told(&editor).await.len(), 2);
    assert!(told(&other).await.is_empty() && told(&owner).await.is_empty());

    comment(&member, id, "Which?", None).await.unwrap();
    assert_eq!(told(&editor).await[0].kind, types::NotificationKind::Commented);
    assert_eq!(told(&owner).await.len(), 1);
    assert_eq!(told(&member).await.len(), 2, "who comments is not told");

    let theirs = news[0].id;
    assert_eq!(problem(other.me_notification_read().id(theirs).send().await).code, "not_found");
    member.me_notification_read().id(theirs).send().await.unwrap();
    assert_eq!(told(&member).await.len(), 1);
    member.me_notification_read_all().send().await.unwrap();
    assert!(told(&member).await.is_empty());
    let all = member.me_notification_list().limit(1_u64).send().await.unwrap();
    assert!(all.items[0].read_at.is_some() && all.next_cursor.is_some());
}

async fn a_history_shows_readers_less_than_editors(app: &TestApp) {
    let owner = app.owner();
    let (reader_id, reader) = reader(app, "reader").await;
    let id = process(&owner, "Buy", task(None)).await;
    publish(&owner, id).await;
    let said = comment(&reader, id, "Which?", None).await.unwrap().id;
    reader.process_comment_delete().id(id).comment_id(said).if_match("*").send().await.unwrap();
    let link = |body: types::builder::AttachmentBody| {
        body.title("Plan").url("https://contoso.sharepoint.com/plan".to_owned())
    };
    owner.process_attachment_create().id(id).body_map(link).send().await.unwrap();
    let change = owner.process_replace().id(id).if_match("*");
    let people = |body: types::builder::ProcessBody| body.title("Buy").member_ids(vec![reader_id]);
    change.body_map(people).send().await.unwrap();
    process(&owner, "Another", task(None)).await;

    let kinds = async |client: &Client| {
        let (mut kinds, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut request = client.process_history().id(id).limit(2_u64);
            if let Some(cursor) = &cursor {
                request = request.cursor(cursor.clone());
            }
            let page = request.send().await.unwrap().into_inner();
            kinds.extend(page.items.into_iter().map(|event| event.kind));
            cursor = page.next_cursor;
            if cursor.is_none() {
                return kinds;
            }
        }
    };
    assert_eq!(kinds(&reader).await, ["process.published"]);
    let all = kinds(&owner).await;
    for kind in [
        "process.created",
        "process.flow_changed",
        "process.published",
        "comment.created",
        "comment.deleted",
        "attachment.created",
        "process.members_changed",
    ] {
        assert_eq!(all.iter().filter(|found| *found == kind).count(), 1, "{kind}: {all:?}");
    }
    assert_eq!(problem(app.stranger().process_history().id(id).send().await).code, "not_found");
}

async fn what_somebody_wrote_goes_with_them(app: &TestApp) {
    let owner = app.owner();
    let (leaver_id, leaver) = reader(app, "leaver").await;
    let (_, other) = self::reader(app, "other").await;
    let found = async |query: &str| {
        let search = owner.person_search().body_map(|body| body.query(query)).send().await.unwrap();
        search.items.iter().map(|hit| (hit.entity, hit.entity_id)).collect::<Vec<_>>()
    };
    let checking = activity(&owner, "Check", "Ask Torgunna Brandsdottir about the sum.").await;
    owner.activity_publish().id(checking).send().await.unwrap();
    let id = process_of(app, leaver_id, "Buy").await;
    leaver.process_publish().id(id).send().await.unwrap();
    let said = comment(&leaver, id, "Call me, Vilfred Askov", None).await.unwrap().id;
    let file = leaver.file_upload().name("Vilfred Askov.txt").body("a bill").send().await.unwrap().id;
    let own = |body: types::builder::AttachmentBody| body.title("Bill").file_id(file);
    leaver.process_attachment_create().id(id).body_map(own).send().await.unwrap();
    let withdrawn = comment(&leaver, id, "Withdrawn by Vilfred", None).await.unwrap().id;
    leaver.process_comment_delete().id(id).comment_id(withdrawn).if_match("*").send().await.unwrap();
    let unused = leaver.file_upload().name("Vilfred, unused.txt").body("secret").send().await.unwrap().id;
    comment(&other, id, "To you", None).await.unwrap();
    assert_eq!(told(&leaver).await.len(), 1);
    assert!(found("Torgunna").await.iter().any(|(_, id)| *id == checking), "instructions are searched");
    let hits = found("Vilfred").await;
    assert!(hits.iter().any(|(_, id)| *id == said) && hits.iter().any(|(_, id)| *id == file), "{hits:?}");

    let run = |body: types::builder::AnonymizationRunBody| {
        body.targets(vec![types::TargetBody { entity: types::TargetKind::User, id: leaver_id }])
    };
    owner.anonymization_run_start().body_map(run).send().await.unwrap();
    let run = ended_runs(app, 1).await.remove(0);
    let erased = &run.counts.erased;
    assert_eq!((erased.comments, erased.files, erased.notifications), (1, 2, 1));
    let text = owner.process_comment_get().id(id).comment_id(said).send().await.unwrap().text.clone();
    assert!(!text.contains("Vilfred") && !text.is_empty(), "{text}");
    let left = owner.file_get().id(file).send().await.unwrap();
    assert!(!left.name.contains("Vilfred"), "{}", left.name);
    assert_eq!(styr_sdk::read(owner.file_content().id(file).send().await.unwrap()).await.unwrap(), b"a bill");
    assert!(found("Vilfred").await.is_empty());
    for id in [said, withdrawn, file, unused] {
        let events = owner.event_list().entity_id(id).send().await.unwrap();
        assert!(!events.items.is_empty(), "what happened is still known");
        assert!(!serde_json::to_string(&events.items).unwrap().contains("Vilfred"), "{:?}", events.items);
    }
    let deleted = owner.event_list().entity_id(unused).kind("file.deleted").send().await.unwrap();
    assert_eq!(deleted.items.len(), 1, "nobody could ever see it again");
}
