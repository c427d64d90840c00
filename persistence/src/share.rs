//! Links by which anybody reads a process.

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use styr_domain::id::{AccountId, ProcessId};
use styr_domain::process::Share;

use crate::entity::share;
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{Sort, list};
use crate::store::Source;

/// The links to a process, oldest first.
///
/// # Errors
/// The database fails.
pub async fn shares(
    source: &impl Source,
    account_id: AccountId,
    process_id: ProcessId,
    page: PageRequest,
) -> Result<Page<Share>> {
    list(source, account_id, share::Column::ProcessId.eq(process_id), Sort::OldestFirst, page).await
}

/// The link whose secret has this hash, in whichever account.
///
/// # Errors
/// The database fails.
pub async fn by_hash(source: &impl Source, hash: &[u8; 32]) -> Result<Option<Share>> {
    let row =
        share::Entity::find().filter(share::Column::Hash.eq(hash.to_vec())).one(source.connection()).await?;
    Ok(row.map(Into::into))
}
