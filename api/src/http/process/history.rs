//! What was in force of processes, and what happened to them.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::Value;
use styr_domain::access::of;
use styr_domain::event::{EntityKind, Event};
use styr_domain::flow::Flow;
use styr_domain::id::{ActivityId, EventId, ProcessId, UserId};
use styr_domain::process::{ActivityContent, ProcessContent};
use uuid::Uuid;

use super::super::Tag;
use super::super::answer::{Answer, Found};
use super::super::markdown;
use super::super::page;
use super::super::version::VersionView;
use crate::app::Ctx;
use crate::app::process::history;
use crate::app::process::version::{self, InForce};

/// A process as it was in force at a time.
#[derive(Debug, Object, Serialize)]
pub(crate) struct ProcessInForceView {
    /// The version that was.
    version: VersionView,
    /// Its title.
    title: String,
    /// What it was for.
    purpose: String,
    /// Its flow, with the names that activities had then.
    flow: Flow,
    /// The activities that its flow shows, as they were in force then.
    activities: Vec<ActivityInForceView>,
}

/// An activity as it was in force at a time; one that was never published by then, as it had been saved last.
#[derive(Debug, Object, Serialize)]
pub(crate) struct ActivityInForceView {
    /// The activity.
    activity_id: ActivityId,
    /// The number of the version.
    version: i32,
    /// Its title.
    title: String,
    /// How the work was done, in Markdown as written.
    instruction: String,
    /// The same as HTML that is safe to show.
    instruction_html: String,
}

impl From<InForce> for ProcessInForceView {
    fn from(InForce { version, content, activities }: InForce) -> Self {
        let ProcessContent { title, purpose, flow } = content;
        let activities = activities.into_iter().map(|(activity_id, version, content)| {
            let ActivityContent { title, instruction } = content;
            let instruction_html = markdown::html(&instruction);
            ActivityInForceView { activity_id, version, title, instruction, instruction_html }
        });
        Self { version: version.into(), title, purpose, flow, activities: activities.collect() }
    }
}

/// Something that happened to a process, or to what belongs to it.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ProcessEventView {
    /// Its id.
    id: EventId,
    /// When it happened.
    at: DateTime<Utc>,
    /// Who did it; absent when Styr did.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_id: Option<UserId>,
    /// On whose behalf, if not their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<UserId>,
    /// Whether it happened to the process, a comment, an attachment or a part in it.
    entity: EntityKind,
    /// The id of that.
    entity_id: Uuid,
    /// What happened, such as `process.published`.
    kind: String,
    /// What changed, field by field with `before` and `after`. Of a field with personal data only the name.
    detail: Any<Value>,
}

impl From<Event> for ProcessEventView {
    fn from(event: Event) -> Self {
        let Event { id, at, actor, on_behalf_of, entity, entity_id, kind, detail, .. } = event;
        Self { id, at, actor_id: actor, on_behalf_of, entity, entity_id, kind, detail: Any(detail) }
    }
}

/// One page of a process's history.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ProcessEventPage {
    /// The items.
    items: Vec<ProcessEventView>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The operations on the past of processes.
pub(crate) struct ProcessHistoryApi;

#[OpenApi(tag = "Tag::Process")]
impl ProcessHistoryApi {
    /// Get what was in force
    ///
    /// The version of a process that was in force at a time, with the work instructions that were. When none was, the
    /// answer is 404 with the code `not_in_force`.
    #[oai(path = "/processes/:id/in-force", method = "get", operation_id = "process_in_force")]
    async fn in_force(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        /// The time, which must have come. Now when absent.
        at: Query<Option<DateTime<Utc>>>,
    ) -> Answer<Found<ProcessInForceView>> {
        Ok(Found(version::in_force(&ctx, id.0, at.0).await?.into()))
    }

    /// Get a process's history
    ///
    /// What happened to the process, its comments, its attachments and the people with a part in it, newest first, without
    /// personal values. Those who only read it are shown when it was published and frozen, and whose it was.
    #[oai(path = "/processes/:id/history", method = "get", operation_id = "process_history")]
    async fn history(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<ProcessEventPage>> {
        let (before, limit) = (page::number(cursor.0.as_deref())?, limit.0.unwrap_or(page::DEFAULT_LIMIT));
        let (events, next) = history::history(&ctx, id.0, before, limit).await?;
        Ok(Found(ProcessEventPage {
            items: events.into_iter().map(Into::into).collect(),
            next_cursor: next.map(|number| page::cursor(&number.to_be_bytes())),
        }))
    }
}
