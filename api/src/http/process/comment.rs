//! Comments on processes on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::id::{ActivityId, CommentId, ProcessId, UserId};
use styr_domain::process::Comment;
use styr_persistence::comment::CommentQuery;

use super::super::Tag;
use super::super::answer::{Answer, Created, Done, Found, Thing};
use super::super::body::Body;
use super::super::page::{self, page};
use crate::app::process::comment::{self, CommentInput, Manage};
use crate::app::{Ctx, IfMatch};

/// A comment on a process or on an element of its flow.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct CommentView {
    /// Its id.
    id: CommentId,
    /// The process it is on.
    process_id: ProcessId,
    /// The id of the element of the flow that it is about; absent when it is about the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<String>,
    /// The activity that this element showed when the comment was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    activity_id: Option<ActivityId>,
    /// Who wrote it.
    author_id: UserId,
    /// What they wrote, as plain text.
    text: String,
    /// When it was resolved; absent while it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<DateTime<Utc>>,
    /// Who resolved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_by: Option<UserId>,
    /// When it was written.
    created_at: DateTime<Utc>,
}

impl From<Comment> for CommentView {
    fn from(comment: Comment) -> Self {
        let Comment {
            id,
            account_id: _,
            process_id,
            element,
            activity_id,
            author_id,
            text,
            resolved_at,
            resolved_by,
            revision: _,
            created_at,
        } = comment;
        Self { id, process_id, element, activity_id, author_id, text, resolved_at, resolved_by, created_at }
    }
}

impl From<Comment> for Thing<CommentView> {
    fn from(comment: Comment) -> Self {
        Self { revision: comment.revision, view: comment.into() }
    }
}

page! {
    /// One page of comments.
    CommentPage of CommentView
}

/// What a comment says.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommentBody {
    /// The text.
    #[oai(validator(min_length = 1, max_length = 10_000))]
    text: String,
    /// The id of the element of the flow that it is about. The whole process when absent.
    #[oai(validator(min_length = 1, max_length = 1000))]
    element: Option<String>,
}

/// The operations on comments.
pub(crate) struct CommentApi;

#[OpenApi(tag = "Tag::Process")]
impl CommentApi {
    /// List comments
    ///
    /// The comments on all processes that the caller may see, oldest first.
    #[oai(path = "/comments", method = "get", operation_id = "comment_list")]
    async fn list_all(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those that are resolved, or with `false` those that are not.
        resolved: Query<Option<bool>>,
        /// Only those on elements that showed this activity.
        activity_id: Query<Option<ActivityId>>,
    ) -> Answer<Found<CommentPage>> {
        let query = CommentQuery { resolved: resolved.0, activity_id: activity_id.0 };
        let page = comment::list_all(&ctx, &query, page::request(limit.0, cursor.0.as_deref())?).await?;
        Ok(Found(page.into()))
    }

    /// List a process's comments
    ///
    /// Oldest first.
    #[oai(path = "/processes/:id/comments", method = "get", operation_id = "process_comment_list")]
    async fn list(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those that are resolved, or with `false` those that are not.
        resolved: Query<Option<bool>>,
        /// Only those on elements that showed this activity.
        activity_id: Query<Option<ActivityId>>,
    ) -> Answer<Found<CommentPage>> {
        let query = CommentQuery { resolved: resolved.0, activity_id: activity_id.0 };
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(comment::list(&ctx, id.0, &query, page).await?.into()))
    }

    /// Comment on a process
    ///
    /// Whoever sees the process may, on the whole or on an element of the flow that they see. Its owner and editors are
    /// told.
    #[oai(path = "/processes/:id/comments", method = "post", operation_id = "process_comment_create")]
    async fn create(
        &self,
        ctx: Ctx<of::ProcessComment>,
        id: Path<ProcessId>,
        body: Body<CommentBody>,
    ) -> Answer<Created<CommentView>> {
        let CommentBody { text, element } = body.0;
        let made = comment::create(&ctx, id.0, CommentInput { text, element }).await?;
        let location = format!("/v1/processes/{}/comments/{}", made.process_id, made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a comment
    ///
    /// A comment on a process that the caller may see.
    #[oai(path = "/processes/:id/comments/:comment_id", method = "get", operation_id = "process_comment_get")]
    async fn get(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        comment_id: Path<CommentId>,
    ) -> Answer<Thing<CommentView>> {
        Ok(comment::get(&ctx, id.0, comment_id.0).await?.into())
    }

    /// Delete a comment
    ///
    /// Its author may, and whoever may edit the process.
    #[oai(
        path = "/processes/:id/comments/:comment_id",
        method = "delete",
        operation_id = "process_comment_delete"
    )]
    async fn delete(
        &self,
        ctx: Ctx<Manage>,
        if_match: IfMatch,
        id: Path<ProcessId>,
        comment_id: Path<CommentId>,
    ) -> Answer<Done> {
        comment::delete(&ctx, id.0, comment_id.0, &if_match).await?;
        Ok(Done)
    }

    /// Resolve a comment
    ///
    /// Notes that what it says has been dealt with. Its author may, and whoever may edit the process.
    #[oai(
        path = "/processes/:id/comments/:comment_id/resolve",
        method = "post",
        operation_id = "comment_resolve"
    )]
    async fn resolve(
        &self,
        ctx: Ctx<Manage>,
        id: Path<ProcessId>,
        comment_id: Path<CommentId>,
    ) -> Answer<Thing<CommentView>> {
        Ok(comment::set_resolved(&ctx, id.0, comment_id.0, true).await?.into())
    }

    /// Reopen a comment
    ///
    /// Notes that what it says has not been dealt with after all.
    #[oai(
        path = "/processes/:id/comments/:comment_id/reopen",
        method = "post",
        operation_id = "comment_reopen"
    )]
    async fn reopen(
        &self,
        ctx: Ctx<Manage>,
        id: Path<ProcessId>,
        comment_id: Path<CommentId>,
    ) -> Answer<Thing<CommentView>> {
        Ok(comment::set_resolved(&ctx, id.0, comment_id.0, false).await?.into())
    }
}
