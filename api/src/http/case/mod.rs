//! Cases on the wire.

mod task;

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use styr_domain::access::of;
use styr_domain::case::{Case, CaseStatus};
use styr_domain::event::{EntityKind, Event};
use styr_domain::id::{CaseId, EventId, OrganisationId, UserId, WorkflowId};
use styr_persistence::case::CaseQuery;
use uuid::Uuid;

use self::task::TaskView;
use super::Tag;
use super::answer::{Answer, Created, Done, Found, Thing};
use super::body::Body;
use super::page::{self, page};
use super::process::Svg;
use crate::app::case::{self, CaseWithTasks, See};
use crate::app::{Ctx, IfMatch};

pub(crate) use task::TaskApi;

/// A case: one run of a workflow.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct CaseView {
    /// Its id.
    id: CaseId,
    /// The organisation it was started in.
    organisation_id: OrganisationId,
    /// The workflow it runs.
    workflow_id: WorkflowId,
    /// The version of the workflow that it runs, to its end.
    workflow_version: i32,
    /// What it is about.
    title: String,
    /// Where it stands.
    status: CaseStatus,
    /// Who started it.
    starter_id: UserId,
    /// Who answers for it.
    owner_id: UserId,
    /// The tasks that wait, oldest first, without what has been saved of them. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_tasks: Option<Vec<TaskView>>,
    /// When it was started.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// When it was completed or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
    /// When its personal data were anonymized.
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymized_at: Option<DateTime<Utc>>,
}

impl From<Case> for CaseView {
    fn from(case: Case) -> Self {
        let Case {
            id,
            account_id: _,
            organisation_id,
            workflow_id,
            workflow_version,
            title,
            status,
            starter_id,
            owner_id,
            revision: _,
            created_at,
            updated_at,
            ended_at,
            anonymized_at,
            state: _, // the interpreter's own
        } = case;
        Self {
            id,
            organisation_id,
            workflow_id,
            workflow_version,
            title,
            status,
            starter_id,
            owner_id,
            open_tasks: None,
            created_at,
            updated_at,
            ended_at,
            anonymized_at,
        }
    }
}

impl From<CaseWithTasks> for Thing<CaseView> {
    fn from(CaseWithTasks { case, open_tasks }: CaseWithTasks) -> Self {
        let revision = case.revision;
        let open_tasks =
            Some(open_tasks.into_iter().map(|task| TaskView::from(task).without_draft()).collect());
        Self { view: CaseView { open_tasks, ..case.into() }, revision }
    }
}

page! {
    /// One page of cases.
    CasePage of CaseView
}

/// What a case is started with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseStartBody {
    /// The workflow to run.
    workflow_id: WorkflowId,
    /// What the case is about. The workflow's title when absent.
    #[oai(validator(min_length = 1, max_length = 500))]
    title: Option<String>,
}

/// Who is to own a case.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseOwnerBody {
    /// The new owner: an active user.
    owner_id: UserId,
}

/// Something that happened to a case or one of its tasks.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct CaseEventView {
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
    /// Whether it happened to the case or a task.
    entity: EntityKind,
    /// The id of the case or task.
    entity_id: Uuid,
    /// What happened, such as `task.completed`.
    kind: String,
    /// What changed, without personal values.
    detail: Any<Value>,
}

impl From<Event> for CaseEventView {
    fn from(event: Event) -> Self {
        let Event { id, at, actor, on_behalf_of, entity, entity_id, kind, detail, .. } = event;
        Self { id, at, actor_id: actor, on_behalf_of, entity, entity_id, kind, detail: Any(detail) }
    }
}

/// One page of a case's history.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct CaseEventPage {
    /// The items.
    items: Vec<CaseEventView>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The operations on cases.
pub(crate) struct CaseApi;

#[OpenApi(tag = "Tag::Case")]
impl CaseApi {
    /// List cases
    ///
    /// The cases that the caller may see, newest first.
    #[oai(path = "/cases", method = "get", operation_id = "case_list")]
    #[expect(clippy::too_many_arguments, reason = "one for each query parameter")]
    async fn list(
        &self,
        ctx: Ctx<See>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those of this workflow.
        workflow_id: Query<Option<WorkflowId>>,
        /// Only those in this state.
        status: Query<Option<CaseStatus>>,
        /// Only those of this organisation.
        organisation_id: Query<Option<OrganisationId>>,
        /// Only those of this owner.
        owner_id: Query<Option<UserId>>,
    ) -> Answer<Found<CasePage>> {
        let query = CaseQuery {
            workflow_id: workflow_id.0,
            status: status.0,
            organisation_id: organisation_id.0,
            owner_id: owner_id.0,
        };
        let page = case::list(&ctx, &query, page::request(limit.0, cursor.0.as_deref())?).await?;
        Ok(Found(page.into()))
    }

    /// Start a case
    ///
    /// Runs the workflow's published version for the caller, who owns the case. It keeps that version, and the forms'
    /// versions of then, to its end.
    #[oai(path = "/cases", method = "post", operation_id = "case_start")]
    async fn start(&self, ctx: Ctx<of::CaseStart>, body: Body<CaseStartBody>) -> Answer<Created<CaseView>> {
        let CaseStartBody { workflow_id, title } = body.0;
        let started = case::start(&ctx, workflow_id, title).await?;
        let location = format!("/v1/cases/{}", started.case.id);
        Ok(Thing::from(started).created(location))
    }

    /// Get a case
    ///
    /// A case that the caller may see, with its open tasks.
    #[oai(path = "/cases/:id", method = "get", operation_id = "case_get")]
    async fn get(&self, ctx: Ctx<See>, id: Path<CaseId>) -> Answer<Thing<CaseView>> {
        Ok(case::get_one(&ctx, id.0).await?.into())
    }

    /// Delete a case
    ///
    /// The case, its tasks and all that was filled in are gone; the events about them stay.
    #[oai(path = "/cases/:id", method = "delete", operation_id = "case_delete")]
    async fn delete(&self, ctx: Ctx<of::CaseDelete>, if_match: IfMatch, id: Path<CaseId>) -> Answer<Done> {
        case::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Park a case
    ///
    /// Sets it aside: its tasks wait until it is resumed.
    #[oai(path = "/cases/:id/park", method = "post", operation_id = "case_park")]
    async fn park(&self, ctx: Ctx<of::CasePark>, id: Path<CaseId>) -> Answer<Thing<CaseView>> {
        Ok(case::park(&ctx, id.0).await?.into())
    }

    /// Resume a case
    ///
    /// Takes a parked case up again.
    #[oai(path = "/cases/:id/resume", method = "post", operation_id = "case_resume")]
    async fn resume(&self, ctx: Ctx<of::CasePark>, id: Path<CaseId>) -> Answer<Thing<CaseView>> {
        Ok(case::resume(&ctx, id.0).await?.into())
    }

    /// Take over a case
    ///
    /// The caller becomes its owner, and gets the open tasks that the owner before had.
    #[oai(path = "/cases/:id/take-over", method = "post", operation_id = "case_take_over")]
    async fn take_over(&self, ctx: Ctx<of::CaseTakeOver>, id: Path<CaseId>) -> Answer<Thing<CaseView>> {
        Ok(case::take_over(&ctx, id.0).await?.into())
    }

    /// Change a case's owner
    ///
    /// Gives the case to another user. Its tasks stay with those who have them.
    #[oai(path = "/cases/:id/change-owner", method = "post", operation_id = "case_change_owner")]
    async fn change_owner(
        &self,
        ctx: Ctx<of::CaseChangeOwner>,
        id: Path<CaseId>,
        body: Body<CaseOwnerBody>,
    ) -> Answer<Thing<CaseView>> {
        Ok(case::change_owner(&ctx, id.0, body.0.owner_id).await?.into())
    }

    /// Cancel a case
    ///
    /// Ends it before its flow does; its open tasks are cancelled. What was filled in stays.
    #[oai(path = "/cases/:id/cancel", method = "post", operation_id = "case_cancel")]
    async fn cancel(&self, ctx: Ctx<of::CaseDelete>, id: Path<CaseId>) -> Answer<Thing<CaseView>> {
        Ok(case::cancel(&ctx, id.0).await?.into())
    }

    /// Get a case's history
    ///
    /// What happened to the case and its tasks, newest first, without personal values.
    #[oai(path = "/cases/:id/history", method = "get", operation_id = "case_history")]
    async fn history(
        &self,
        ctx: Ctx<See>,
        id: Path<CaseId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<CaseEventPage>> {
        let (before, limit) = (page::number(cursor.0.as_deref())?, limit.0.unwrap_or(page::DEFAULT_LIMIT));
        let (events, next) = case::history(&ctx, id.0, before, limit).await?;
        Ok(Found(CaseEventPage {
            items: events.into_iter().map(Into::into).collect(),
            next_cursor: next.map(|number| page::cursor(&number.to_be_bytes())),
        }))
    }

    /// Draw a case
    ///
    /// The flow it runs as an SVG picture that shows what is done and what waits.
    #[oai(path = "/cases/:id/diagram.svg", method = "get", operation_id = "case_diagram")]
    async fn diagram(&self, ctx: Ctx<See>, id: Path<CaseId>) -> Answer<Svg> {
        Ok(Svg(case::diagram(&ctx, id.0).await?))
    }
}
