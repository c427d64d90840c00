//! Tasks on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::case::{Task, TaskStatus};
use styr_domain::id::{CaseId, FormId, GroupId, OrganisationId, SubmissionId, TaskId, UserId};
use styr_persistence::case::TaskQuery;

use super::CaseView;
use crate::app::case::{self, See};
use crate::app::{Ctx, IfMatch};
use crate::http::Tag;
use crate::http::answer::{Answer, Found, Thing};
use crate::http::body::Body;
use crate::http::form::{Values, from_wire, to_wire};
use crate::http::page::{self, page};

/// A task: a step of a case that waits for a person, or did.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct TaskView {
    /// Its id.
    id: TaskId,
    /// The case it is a step of.
    case_id: CaseId,
    /// The organisation of its case.
    organisation_id: OrganisationId,
    /// The id of the task in the workflow's flow.
    node: String,
    /// What is to be done.
    name: String,
    /// The form to fill in, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    form_id: Option<FormId>,
    /// The form's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    form_version: Option<i32>,
    /// Whether the case may be sent back to the step before.
    may_send_back: bool,
    /// Where it stands.
    status: TaskStatus,
    /// Who has it; absent while it waits for a member of its group.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee_id: Option<UserId>,
    /// The rights group it was routed to, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<GroupId>,
    /// What has been saved of the form, by field key, encrypted fields sealed. Absent in lists, and for those who may not
    /// see it before the task is completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<Values>,
    /// The submission, once completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    submission_id: Option<SubmissionId>,
    /// When it came to wait.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// When it was completed, sent back or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
}

impl TaskView {
    /// The same, as lists have it.
    pub(super) fn without_draft(self) -> Self {
        Self { draft: None, ..self }
    }
}

impl From<Task> for TaskView {
    fn from(task: Task) -> Self {
        let Task {
            id,
            account_id: _,
            case_id,
            organisation_id,
            node,
            work: _, // the interpreter's own
            name,
            form_id,
            form_version,
            may_send_back,
            status,
            assignee_id,
            group_id,
            draft,
            submission_id,
            revision: _,
            created_at,
            updated_at,
            ended_at,
        } = task;
        Self {
            id,
            case_id,
            organisation_id,
            node,
            name,
            form_id,
            form_version,
            may_send_back,
            status,
            assignee_id,
            group_id,
            draft: draft.map(to_wire),
            submission_id,
            created_at,
            updated_at,
            ended_at,
        }
    }
}

impl From<Task> for Thing<TaskView> {
    fn from(task: Task) -> Self {
        let revision = task.revision;
        Self { view: task.into(), revision }
    }
}

page! {
    /// One page of tasks.
    TaskPage of TaskView
}

impl TaskPage {
    /// The page as a list shows it.
    fn of(page: styr_persistence::Page<Task>) -> Self {
        page.map(|task| TaskView::from(task).without_draft()).into()
    }
}

/// What is saved of a task's form.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskDraftBody {
    /// The values filled in so far, by field key. They replace what was saved before.
    values: Values,
}

/// What a task is completed with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskCompleteBody {
    /// The form's values, by field key. What was saved of the task when absent.
    values: Option<Values>,
}

/// A task that has ended, and what follows.
#[derive(Debug, Object, Serialize)]
pub(crate) struct TaskDoneView {
    /// The task.
    task: TaskView,
    /// Its case.
    case: CaseView,
    /// The tasks that follow.
    next_tasks: Vec<TaskView>,
}

impl From<case::Done> for Found<TaskDoneView> {
    fn from(case::Done { task, case, next_tasks }: case::Done) -> Self {
        let next_tasks = next_tasks.into_iter().map(|task| TaskView::from(task).without_draft()).collect();
        Self(TaskDoneView { task: task.into(), case: case.into(), next_tasks })
    }
}

/// The operations on tasks.
pub(crate) struct TaskApi;

#[OpenApi(tag = "Tag::Case")]
impl TaskApi {
    /// List tasks
    ///
    /// The tasks of the cases that the caller may see, newest first.
    #[oai(path = "/tasks", method = "get", operation_id = "task_list")]
    async fn list(
        &self,
        ctx: Ctx<See>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those of this case.
        case_id: Query<Option<CaseId>>,
        /// Only those in this state.
        status: Query<Option<TaskStatus>>,
    ) -> Answer<Found<TaskPage>> {
        let query = TaskQuery { case_id: case_id.0, status: status.0 };
        let page = case::list_tasks(&ctx, &query, page::request(limit.0, cursor.0.as_deref())?).await?;
        Ok(Found(TaskPage::of(page)))
    }

    /// List the caller's tasks
    ///
    /// The open tasks that wait for the caller, for one they stand in for, or, unclaimed, for one of their groups; oldest
    /// first. Those of parked cases come back when the case is resumed.
    #[oai(path = "/me/tasks", method = "get", operation_id = "me_task_list")]
    async fn waiting(
        &self,
        ctx: Ctx<of::TaskWork>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<TaskPage>> {
        let page = case::waiting(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?;
        Ok(Found(TaskPage::of(page)))
    }

    /// Get a task
    ///
    /// A task of a case that the caller may see.
    #[oai(path = "/tasks/:id", method = "get", operation_id = "task_get")]
    async fn get(&self, ctx: Ctx<See>, id: Path<TaskId>) -> Answer<Thing<TaskView>> {
        Ok(case::get_task(&ctx, id.0).await?.into())
    }

    /// Claim a task
    ///
    /// Makes a task that waits for one of the caller's groups the caller's. Of several who try at once, one gets it.
    #[oai(path = "/tasks/:id/claim", method = "post", operation_id = "task_claim")]
    async fn claim(&self, ctx: Ctx<of::TaskWork>, id: Path<TaskId>) -> Answer<Thing<TaskView>> {
        Ok(case::claim(&ctx, id.0).await?.into())
    }

    /// Release a task
    ///
    /// Gives a claimed task back to its group, with what has been saved of it.
    #[oai(path = "/tasks/:id/release", method = "post", operation_id = "task_release")]
    async fn release(&self, ctx: Ctx<of::TaskWork>, id: Path<TaskId>) -> Answer<Thing<TaskView>> {
        Ok(case::release(&ctx, id.0).await?.into())
    }

    /// Take over a task
    ///
    /// Makes an open task the caller's, whoever had it.
    #[oai(path = "/tasks/:id/take-over", method = "post", operation_id = "task_take_over")]
    async fn take_over(&self, ctx: Ctx<of::CaseTakeOver>, id: Path<TaskId>) -> Answer<Thing<TaskView>> {
        Ok(case::take_over_task(&ctx, id.0).await?.into())
    }

    /// Save a task
    ///
    /// Keeps what has been filled in so far. Nothing is required yet, but what is there must be right.
    #[oai(path = "/tasks/:id/draft", method = "put", operation_id = "task_save")]
    async fn save(
        &self,
        ctx: Ctx<of::TaskWork>,
        if_match: IfMatch,
        id: Path<TaskId>,
        body: Body<TaskDraftBody>,
    ) -> Answer<Thing<TaskView>> {
        Ok(case::save_draft(&ctx, id.0, &if_match, from_wire(body.0.values)).await?.into())
    }

    /// Complete a task
    ///
    /// Takes the form's values, or what was saved of the task, and lets the case go on. Of several who try at once, one
    /// gets through.
    #[oai(path = "/tasks/:id/complete", method = "post", operation_id = "task_complete")]
    async fn complete(
        &self,
        ctx: Ctx<of::TaskWork>,
        id: Path<TaskId>,
        body: Body<TaskCompleteBody>,
    ) -> Answer<Found<TaskDoneView>> {
        Ok(case::complete(&ctx, id.0, body.0.values.map(from_wire)).await?.into())
    }

    /// Send a case back
    ///
    /// Ends the task without filling it in and opens the step before again, for whoever did it, with what they filled in.
    #[oai(path = "/tasks/:id/send-back", method = "post", operation_id = "task_send_back")]
    async fn send_back(&self, ctx: Ctx<of::TaskWork>, id: Path<TaskId>) -> Answer<Found<TaskDoneView>> {
        Ok(case::send_back(&ctx, id.0).await?.into())
    }
}
