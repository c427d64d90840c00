//! Comments on processes.

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait as _, Condition};
use styr_domain::access::ProcessFilter;
use styr_domain::id::{AccountId, ActivityId, ProcessId};
use styr_domain::process::Comment;

use crate::entity::{comment, process};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::process::admits;
use crate::record::{Sort, list};
use crate::store::Source;

/// Which comments a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct CommentQuery {
    /// Only those that are resolved, or are not.
    pub resolved: Option<bool>,
    /// Only those on an element that showed this activity.
    pub activity_id: Option<ActivityId>,
}

impl CommentQuery {
    fn condition(&self) -> Condition {
        let Self { resolved, activity_id } = self;
        let resolved = resolved.map(|resolved| match resolved {
            true => comment::Column::ResolvedAt.is_not_null(),
            false => comment::Column::ResolvedAt.is_null(),
        });
        Condition::all()
            .add_option(resolved)
            .add_option(activity_id.map(|id| comment::Column::ActivityId.eq(id)))
    }
}

/// The comments on a process.
///
/// # Errors
/// The database fails.
pub async fn of_process(
    source: &impl Source,
    account_id: AccountId,
    process_id: ProcessId,
    query: &CommentQuery,
    page: PageRequest,
) -> Result<Page<Comment>> {
    let condition = query.condition().add(comment::Column::ProcessId.eq(process_id));
    list(source, account_id, condition, Sort::OldestFirst, page).await
}

/// The comments on all processes that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn comments(
    source: &impl Source,
    allowed: &ProcessFilter,
    query: &CommentQuery,
    page: PageRequest,
) -> Result<Page<Comment>> {
    if !allowed.any {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let account_id = allowed.account_id;
    let mut seen = Query::select();
    seen.column(process::Column::Id)
        .from(process::Entity)
        .and_where(process::Column::AccountId.eq(account_id))
        .cond_where(admits(allowed));
    let condition = query.condition().add(comment::Column::ProcessId.in_subquery(seen));
    list(source, account_id, condition, Sort::OldestFirst, page).await
}
