//! Comments of those who read a process.

use std::collections::BTreeSet;

use styr_domain::access::{ProcessFilter, comment_on_process, manage_comment, of};
use styr_domain::event::{EntityKind, NotificationKind};
use styr_domain::flow::Flow;
use styr_domain::id::{ActivityId, CommentId, ProcessId};
use styr_domain::process::{Comment, ProcessContent};
use styr_domain::{Fault, Violation, text};
use styr_persistence::comment::{self, CommentQuery};
use styr_persistence::notification::{self, News};
use styr_persistence::{Page, PageRequest, Source, find};

use super::flow::read_version;
use super::{Seen, visible};
use crate::app::{Ctx, IfMatch, Result};

/// Who may resolve, reopen or remove comments: their authors and whoever edits the process.
pub type Manage = (of::ProcessComment, of::ProcessEdit);

/// A comment in the making.
#[derive(Debug, Clone)]
pub struct CommentInput {
    /// What it says.
    pub text: String,
    /// The id of the element of the flow that it is about; none for the whole.
    pub element: Option<String>,
}

/// One page of the comments on a process, oldest first.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn list(
    ctx: &Ctx<of::ProcessSee>,
    id: ProcessId,
    query: &CommentQuery,
    page: PageRequest,
) -> Result<Page<Comment>> {
    let read = ctx.read();
    visible(ctx, &read, id).await?;
    comment::of_process(&read, ctx.account_id(), id, query, page).await
}

/// One page of the comments on all processes that the caller may see, oldest first.
///
/// # Errors
/// The database fails.
pub async fn list_all(
    ctx: &Ctx<of::ProcessSee>,
    query: &CommentQuery,
    page: PageRequest,
) -> Result<Page<Comment>> {
    comment::comments(&ctx.read(), &ProcessFilter::of(ctx.actor()), query, page).await
}

/// A comment on a process that the caller may see.
async fn known<R>(
    ctx: &Ctx<R>,
    source: &impl Source,
    id: ProcessId,
    comment_id: CommentId,
) -> Result<(Seen, Comment)> {
    let seen = visible(ctx, source, id).await?;
    let comment: Option<Comment> = find(source, ctx.account_id(), comment_id).await?;
    let comment = comment.filter(|comment| comment.process_id == id).ok_or_else(Fault::not_found)?;
    Ok((seen, comment))
}

/// A comment.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn get(ctx: &Ctx<of::ProcessSee>, id: ProcessId, comment_id: CommentId) -> Result<Comment> {
    Ok(known(ctx, &ctx.read(), id, comment_id).await?.1)
}

/// Comments on a process, or on an element of the flow that the caller reads. Its owner and editors are told.
///
/// # Errors
/// `not_found`, `forbidden`; `invalid` when there is no such element.
pub async fn create(ctx: &Ctx<of::ProcessComment>, id: ProcessId, input: CommentInput) -> Result<Comment> {
    ctx.write(|tx| async move {
        let seen = visible(ctx, &*tx, id).await?;
        let permit = comment_on_process(ctx.actor(), &seen.facts)?;
        let CommentInput { text, element } = input;
        let activity_id = match &element {
            Some(element) => {
                let (_, ProcessContent { flow, .. }, _) = read_version(&*tx, &seen, None).await?;
                activity_of(&flow, element)?
            }
            None => None,
        };
        let comment = Comment {
            id: CommentId(tx.id()),
            account_id: ctx.account_id(),
            process_id: id,
            element,
            activity_id,
            author_id: ctx.actor().user_id,
            text,
            resolved_at: None,
            resolved_by: None,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &comment, "comment.created").await?;
        let told: BTreeSet<_> = seen.people.editors.iter().copied().chain([seen.process.owner_id]).collect();
        let news = News {
            kind: NotificationKind::Commented,
            entity: EntityKind::Process,
            entity_id: id.0,
            actor_id: comment.author_id,
            note: "",
        };
        notification::tell(&tx, &told, news).await?;
        Ok(comment)
    })
    .await
}

/// The activity that an element of a flow shows, if it shows one.
///
/// # Errors
/// `invalid` when the flow has no such element.
fn activity_of(flow: &Flow, element: &str) -> Result<Option<ActivityId>, Fault> {
    if let Some(node) = flow.nodes.iter().find(|node| node.id == element) {
        return Ok(node.activity_id);
    }
    if flow.has_element(element) {
        return Ok(None);
    }
    let text = text!(
        "Flowet har intet element med dette id. Se /flow.",
        "Flödet har inget element med detta id. Se /flow.",
        "The flow has no element with this id. See /flow."
    );
    Err(Fault::invalid(vec![Violation::at("/element", "element_unknown", text)]))
}

/// Notes that what a comment says has been dealt with, or that it has not after all. What is so already stays as it is.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn set_resolved(
    ctx: &Ctx<Manage>,
    id: ProcessId,
    comment_id: CommentId,
    resolved: bool,
) -> Result<Comment> {
    ctx.write(|tx| async move {
        let (seen, before) = known(ctx, &*tx, id, comment_id).await?;
        let permit = manage_comment(ctx.actor(), &seen.facts, before.author_id)?;
        if before.resolved_at.is_some() == resolved {
            return Ok(before);
        }
        let after = Comment {
            resolved_at: resolved.then(|| tx.now()),
            resolved_by: resolved.then_some(ctx.actor().user_id),
            ..before.clone()
        };
        let kind = if resolved { "comment.resolved" } else { "comment.reopened" };
        tx.update(&permit, &before, after, kind).await
    })
    .await
}

/// Deletes a comment. Its events stay, its text with them until the author is anonymized.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`.
pub async fn delete(
    ctx: &Ctx<Manage>,
    id: ProcessId,
    comment_id: CommentId,
    if_match: &IfMatch,
) -> Result<()> {
    ctx.write(|tx| async move {
        let (seen, comment) = known(ctx, &*tx, id, comment_id).await?;
        let permit = manage_comment(ctx.actor(), &seen.facts, comment.author_id)?;
        if_match.check(comment.revision)?;
        tx.delete(&permit, &comment, "comment.deleted").await
    })
    .await
}
