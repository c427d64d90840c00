//! Files and links on processes and activities.

use std::collections::BTreeSet;

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use styr_domain::access::{ActivityFilter, Permit};
use styr_domain::event::EntityKind;
use styr_domain::file::File;
use styr_domain::id::{AccountId, ActivityId, FileId, ProcessId};
use styr_domain::process::Attachment;

use crate::entity::{activity, attachment, comment, process};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::privacy::Findable;
use crate::record::{MaySave, Sort, find_many, list};
use crate::store::Source;
use crate::tx::Tx;

/// What attachments are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// A process.
    Process(ProcessId),
    /// An activity.
    Activity(ActivityId),
}

impl On {
    fn condition(self) -> Condition {
        Condition::all().add(match self {
            Self::Process(id) => attachment::Column::ProcessId.eq(id),
            Self::Activity(id) => attachment::Column::ActivityId.eq(id),
        })
    }
}

/// The attachments of a process or activity.
///
/// # Errors
/// The database fails.
pub async fn attachments(
    source: &impl Source,
    account_id: AccountId,
    on: On,
    page: PageRequest,
) -> Result<Page<Attachment>> {
    list(source, account_id, on.condition(), Sort::OldestFirst, page).await
}

/// What is attached to any of these, oldest first; of a file only, where one is named.
///
/// # Errors
/// The database fails.
pub async fn of_any(
    source: &impl Source,
    account_id: AccountId,
    on: &[On],
    file_id: Option<FileId>,
) -> Result<Vec<Attachment>> {
    let mut found: Vec<Attachment> = Vec::new();
    for on in on.chunks(500) {
        let any = on.iter().fold(Condition::any(), |any, on| any.add(on.condition()));
        let rows = attachment::Entity::find()
            .filter(attachment::Column::AccountId.eq(account_id))
            .filter(Condition::all().add_option(file_id.map(|id| attachment::Column::FileId.eq(id))))
            .filter(any)
            .all(source.connection())
            .await?;
        found.extend(rows.into_iter().map(Attachment::from));
    }
    found.sort_unstable_by_key(|attachment| attachment.id);
    Ok(found)
}

/// Whether somebody sees any process or activity that a file is attached to.
///
/// # Errors
/// The database fails.
pub async fn is_seen(source: &impl Source, allowed: &ActivityFilter, file_id: FileId) -> Result<bool> {
    if !allowed.processes.any {
        return Ok(false);
    }
    let account_id = allowed.processes.account_id;
    let mut processes = Query::select();
    processes
        .column(process::Column::Id)
        .from(process::Entity)
        .and_where(process::Column::AccountId.eq(account_id))
        .and_where(process::Column::Id.in_subquery(on_which(
            account_id,
            file_id,
            attachment::Column::ProcessId,
        )))
        .cond_where(crate::process::admits(&allowed.processes));
    let mut activities = Query::select();
    activities
        .column(activity::Column::Id)
        .from(activity::Entity)
        .and_where(activity::Column::AccountId.eq(account_id))
        .and_where(activity::Column::Id.in_subquery(on_which(
            account_id,
            file_id,
            attachment::Column::ActivityId,
        )))
        .cond_where(crate::activity::admits(allowed));
    let seen = Condition::any()
        .add(attachment::Column::ProcessId.in_subquery(processes))
        .add(attachment::Column::ActivityId.in_subquery(activities));
    Ok(attachment::Entity::find()
        .filter(attachment::Column::AccountId.eq(account_id))
        .filter(attachment::Column::FileId.eq(file_id))
        .filter(seen)
        .one(source.connection())
        .await?
        .is_some())
}

fn on_which(
    account_id: AccountId,
    file_id: FileId,
    column: attachment::Column,
) -> sea_orm::sea_query::SelectStatement {
    let mut ids = Query::select();
    ids.column(column)
        .from(attachment::Entity)
        .and_where(attachment::Column::AccountId.eq(account_id))
        .and_where(attachment::Column::FileId.eq(file_id))
        .and_where(column.is_not_null());
    ids
}

/// Whether anything refers to a file.
///
/// # Errors
/// The database fails.
pub async fn is_attached(source: &impl Source, account_id: AccountId, file_id: FileId) -> Result<bool> {
    Ok(attachment::Entity::find()
        .filter(attachment::Column::AccountId.eq(account_id))
        .filter(attachment::Column::FileId.eq(file_id))
        .limit(1)
        .one(source.connection())
        .await?
        .is_some())
}

/// Makes ready for what is about to be deleted: nothing is found by its comments and attachments any more. Answers the
/// files that were attached to it.
///
/// # Errors
/// The database fails.
pub async fn let_go(tx: &Tx, on: On) -> Result<BTreeSet<FileId>> {
    let rows = attachment::Entity::find()
        .filter(attachment::Column::AccountId.eq(tx.account_id()))
        .filter(on.condition())
        .all(tx.connection())
        .await?;
    for row in &rows {
        tx.find(EntityKind::Attachment, row.id.0, Findable::default());
    }
    if let On::Process(process_id) = on {
        let comments: Vec<styr_domain::id::CommentId> = comment::Entity::find()
            .select_only()
            .column(comment::Column::Id)
            .filter(comment::Column::AccountId.eq(tx.account_id()))
            .filter(comment::Column::ProcessId.eq(process_id))
            .into_tuple()
            .all(tx.connection())
            .await?;
        for id in comments {
            tx.find(EntityKind::Comment, id.0, Findable::default());
        }
    }
    Ok(rows.into_iter().filter_map(|row| row.file_id).collect())
}

/// Deletes those of these files that nothing refers to any more.
///
/// # Errors
/// The database fails.
pub async fn sweep<R: MaySave<File>>(tx: &Tx, permit: &Permit<R>, files: &BTreeSet<FileId>) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let held: BTreeSet<FileId> = attachment::Entity::find()
        .filter(attachment::Column::AccountId.eq(tx.account_id()))
        .filter(attachment::Column::FileId.is_in(files.iter().copied()))
        .all(tx.connection())
        .await?
        .into_iter()
        .filter_map(|row| row.file_id)
        .collect();
    let free = files.difference(&held).map(|id| id.0);
    let files: Vec<File> = find_many(tx, tx.account_id(), free).await?;
    tx.delete_many(permit, &files, "file.deleted").await
}
