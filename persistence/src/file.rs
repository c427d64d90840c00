//! The content of files, in chunks, so that neither bringing nor fetching one needs all of it in memory.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use styr_domain::access::Permit;
use styr_domain::file::File;
use styr_domain::id::{AccountId, FileId};

use crate::entity::file_chunk;
use crate::error::Result;
use crate::record::MaySave;
use crate::store::Source;
use crate::tx::Tx;

/// How many bytes a chunk has; the last one may have fewer.
pub const CHUNK_BYTES: usize = 256 << 10;

/// Saves a chunk of a new file's content, numbered from 0.
///
/// # Errors
/// The number is taken, or the database fails.
pub async fn add_chunk<R: MaySave<File>>(
    tx: &Tx,
    _: &Permit<R>,
    file: &File,
    number: i32,
    content: Vec<u8>,
) -> Result<()> {
    file_chunk::Entity::insert(file_chunk::ActiveModel {
        account_id: Set(tx.account_id()),
        file_id: Set(file.id),
        number: Set(number),
        content: Set(content),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// A chunk of a file's content; none behind the last.
///
/// # Errors
/// The database fails.
pub async fn chunk(
    source: &impl Source,
    account_id: AccountId,
    file_id: FileId,
    number: i32,
) -> Result<Option<Vec<u8>>> {
    let row = file_chunk::Entity::find()
        .filter(file_chunk::Column::AccountId.eq(account_id))
        .filter(file_chunk::Column::FileId.eq(file_id))
        .filter(file_chunk::Column::Number.eq(number))
        .one(source.connection())
        .await?;
    Ok(row.map(|row| row.content))
}
