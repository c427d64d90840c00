//! The versions of processes, activities, forms and workflow templates: one mechanism for all of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use styr_domain::access::Permit;
use styr_domain::id::{AccountId, UserId};
use styr_domain::process::ActivityContent;
use styr_domain::{Fault, Text};
use uuid::Uuid;

use crate::entity::version;
use crate::error::Result;
use crate::privacy::Findable;
use crate::record::{MaySave, Record};
use crate::store::Source;
use crate::tx::Tx;

/// A version, without its content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, from 1 without gaps.
    pub number: i32,
    /// What was changed and why.
    pub note: String,
    /// Who saved it.
    pub author_id: UserId,
    /// When it was saved.
    pub created_at: DateTime<Utc>,
    /// When it was published; none while it is a draft.
    pub published_at: Option<DateTime<Utc>>,
    /// The number of the edition that it was published as, from 1. A small change keeps the edition of the version before.
    pub edition: Option<i32>,
    /// The version whose content it brought back, if it did.
    pub restored_from: Option<i32>,
}

/// A new version of a document.
pub struct NewVersion<'a, C> {
    /// Its number: one more than the newest one's.
    pub number: i32,
    /// What was changed and why.
    pub note: &'a str,
    /// Who saves it.
    pub author_id: UserId,
    /// The version whose content it brings back, if it does.
    pub restored_from: Option<i32>,
    /// Its content.
    pub content: &'a C,
}

/// Saves a new version of a document. The document's own event says that it was saved.
///
/// # Errors
/// The number is taken, or the database fails.
pub async fn insert<T: Record, R: MaySave<T>, C: Serialize>(
    tx: &Tx,
    _: &Permit<R>,
    document: &T,
    new: NewVersion<'_, C>,
) -> Result<()> {
    let NewVersion { number, note, author_id, restored_from, content } = new;
    let content = serde_json::to_string(content).map_err(|error| DbErr::Type(error.to_string()))?;
    version::Entity::insert(version::ActiveModel {
        account_id: Set(tx.account_id()),
        document_id: Set(document.id()),
        number: Set(number),
        document: Set(T::KIND.as_str().to_owned()),
        note: Set(note.to_owned()),
        author_id: Set(author_id),
        created_at: Set(tx.now()),
        published_at: Set(None),
        edition: Set(None),
        restored_from: Set(restored_from),
        content: Set(content),
    })
    .exec_without_returning(tx.connection())
    .await?;
    find_by_text(tx, document);
    Ok(())
}

/// Saves the first versions of new documents. The documents' own events say that they were saved.
///
/// # Errors
/// The database fails.
pub async fn insert_first<T: Record, R: MaySave<T>, C: Serialize>(
    tx: &Tx,
    _: &Permit<R>,
    author_id: UserId,
    documents: &[(T, C)],
) -> Result<()> {
    for documents in documents.chunks(100) {
        let rows = documents.iter().map(|(document, content)| {
            Ok(version::ActiveModel {
                account_id: Set(tx.account_id()),
                document_id: Set(document.id()),
                number: Set(1),
                document: Set(T::KIND.as_str().to_owned()),
                note: Set(String::new()),
                author_id: Set(author_id),
                created_at: Set(tx.now()),
                published_at: Set(None),
                edition: Set(None),
                restored_from: Set(None),
                content: Set(serde_json::to_string(content).map_err(|error| DbErr::Type(error.to_string()))?),
            })
        });
        let rows = rows.collect::<Result<Vec<_>, DbErr>>()?;
        version::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
        documents.iter().for_each(|(document, _)| find_by_text(tx, document));
    }
    Ok(())
}

/// Lets person search find a document by its free text, and by the notes of its versions.
fn find_by_text<T: Record>(tx: &Tx, document: &T) {
    let fields = serde_json::to_value(document).unwrap_or_default();
    tx.find(T::KIND, document.id(), Findable::from_document(&fields));
}

/// The instructions of an activity's newest version and of those that are or were in force.
pub(crate) async fn instructions(tx: &Tx, activity_id: Uuid) -> Result<Vec<String>> {
    let rows: Vec<(i32, Option<DateTime<Utc>>, String)> = version::Entity::find()
        .select_only()
        .columns([version::Column::Number, version::Column::PublishedAt, version::Column::Content])
        .filter(version::Column::AccountId.eq(tx.account_id()))
        .filter(version::Column::DocumentId.eq(activity_id))
        .order_by_desc(version::Column::Number)
        .into_tuple()
        .all(tx.connection())
        .await?;
    let shown = rows.into_iter().enumerate();
    shown
        .filter(|(place, (_, published_at, _))| *place == 0 || published_at.is_some())
        .map(|(_, (_, _, content))| {
            let content: ActivityContent = serde_json::from_str(&content)
                .map_err(|error| DbErr::Type(format!("stored version: {error}")))?;
            Ok(content.instruction)
        })
        .collect()
}

/// The notes that the authors of a document's versions gave them.
pub(crate) async fn notes(tx: &Tx, document_id: Uuid) -> Result<Vec<String>> {
    Ok(version::Entity::find()
        .select_only()
        .column(version::Column::Note)
        .filter(version::Column::AccountId.eq(tx.account_id()))
        .filter(version::Column::DocumentId.eq(document_id))
        .filter(version::Column::Note.ne(""))
        .into_tuple()
        .all(tx.connection())
        .await?)
}

/// Replaces the content of a version that was never published, with what publishing adds to it.
///
/// # Errors
/// The database fails.
pub async fn set_content<T: Record, R: MaySave<T>, C: Serialize>(
    tx: &Tx,
    _: &Permit<R>,
    document: &T,
    number: i32,
    content: &C,
) -> Result<()> {
    let content = serde_json::to_string(content).map_err(|error| DbErr::Type(error.to_string()))?;
    version::Entity::update_many()
        .col_expr(version::Column::Content, Expr::value(content))
        .filter(version::Column::AccountId.eq(tx.account_id()))
        .filter(version::Column::DocumentId.eq(document.id()))
        .filter(version::Column::Number.eq(number))
        .filter(version::Column::PublishedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// How a version is published.
#[derive(Debug, Clone, Copy)]
pub struct Publication<'a> {
    /// What changed and why; the version's own note when none is given.
    pub note: Option<&'a str>,
    /// Whether it is the next edition; otherwise it stands in for the one in force.
    pub new_edition: bool,
}

/// Marks a version as published and records the event.
///
/// # Errors
/// `already_published`, or the database fails.
pub async fn publish<T: Record, R: MaySave<T>>(
    tx: &Tx,
    _: &Permit<R>,
    document: &T,
    number: i32,
    Publication { note, new_edition }: Publication<'_>,
    kind: &'static str,
) -> Result<()> {
    let newest: Option<Option<i32>> = version::Entity::find()
        .select_only()
        .column_as(version::Column::Edition.max(), "newest")
        .filter(version::Column::AccountId.eq(tx.account_id()))
        .filter(version::Column::DocumentId.eq(document.id()))
        .into_tuple()
        .one(tx.connection())
        .await?;
    let edition = match newest.flatten() {
        Some(newest) => newest + i32::from(new_edition),
        None => 1,
    };
    let mut update = version::Entity::update_many()
        .col_expr(version::Column::PublishedAt, Expr::value(tx.now()))
        .col_expr(version::Column::Edition, Expr::value(edition))
        .filter(version::Column::AccountId.eq(tx.account_id()))
        .filter(version::Column::DocumentId.eq(document.id()))
        .filter(version::Column::Number.eq(number))
        .filter(version::Column::PublishedAt.is_null());
    if let Some(note) = note {
        update = update.col_expr(version::Column::Note, Expr::value(note));
    }
    if update.exec(tx.connection()).await?.rows_affected == 0 {
        return Err(already_published().into());
    }
    let personal = note.map(|note| json!({ "note": note }));
    let detail = json!({ "version": number, "edition": edition });
    tx.note(T::KIND, document.id(), kind, None, detail, personal);
    find_by_text(tx, document);
    Ok(())
}

const fn already_published() -> Fault {
    Fault::conflict(
        "already_published",
        Text::fixed(
            "Den nyeste version er allerede i kraft. Ret noget, før du udgiver igen.",
            "Den nyaste versionen gäller redan. Ändra något innan du publicerar igen.",
            "The newest version is in force already. Change something before publishing again.",
        ),
    )
}

/// The version that was in force at a time, if one was: of those published by then, the one published last.
///
/// # Errors
/// The database fails.
pub async fn in_force<T: Record, C: DeserializeOwned>(
    source: &impl Source,
    account_id: AccountId,
    document: &T,
    at: DateTime<Utc>,
) -> Result<Option<(Version, C)>> {
    let row = version::Entity::find()
        .filter(version::Column::AccountId.eq(account_id))
        .filter(version::Column::DocumentId.eq(document.id()))
        .filter(version::Column::PublishedAt.lte(at))
        .order_by_desc(version::Column::PublishedAt)
        .order_by_desc(version::Column::Number)
        .one(source.connection())
        .await?;
    row.map(with_content).transpose()
}

/// Of many documents, each one's content as it was in force at a time, by its id; of one that was never published by
/// then, as it had been saved last. One that did not exist then is left out.
///
/// # Errors
/// The database fails.
pub async fn in_force_of_many<C: DeserializeOwned>(
    source: &impl Source,
    account_id: AccountId,
    ids: &[Uuid],
    at: DateTime<Utc>,
) -> Result<BTreeMap<Uuid, (Version, C)>> {
    type Row = (Uuid, i32, Option<DateTime<Utc>>);
    let mut newest: BTreeMap<Uuid, (Option<DateTime<Utc>>, i32)> = BTreeMap::new();
    for ids in ids.chunks(500) {
        let rows: Vec<Row> = version::Entity::find()
            .select_only()
            .columns([version::Column::DocumentId, version::Column::Number, version::Column::PublishedAt])
            .filter(version::Column::AccountId.eq(account_id))
            .filter(version::Column::DocumentId.is_in(ids.iter().copied()))
            .filter(version::Column::CreatedAt.lte(at))
            .into_tuple()
            .all(source.connection())
            .await?;
        for (id, number, published_at) in rows {
            let place = (published_at.filter(|published_at| *published_at <= at), number);
            let best = newest.entry(id).or_insert(place);
            *best = (*best).max(place);
        }
    }
    let numbers: Vec<(Uuid, i32)> = newest.into_iter().map(|(id, (_, number))| (id, number)).collect();
    of_many(source, account_id, &numbers).await
}

/// Deletes all versions of a document that is being deleted.
///
/// # Errors
/// The database fails.
pub async fn delete_all<T: Record, R: MaySave<T>>(tx: &Tx, _: &Permit<R>, document: &T) -> Result<()> {
    version::Entity::delete_many()
        .filter(version::Column::AccountId.eq(tx.account_id()))
        .filter(version::Column::DocumentId.eq(document.id()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Which versions somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// All of them.
    All,
    /// Those that are or were in force.
    Published,
}

/// One page of a document's versions, newest first, going on below `before`; and the number to go on below.
///
/// # Errors
/// The database fails.
pub async fn list<T: Record>(
    source: &impl Source,
    account_id: AccountId,
    document: &T,
    shown: Shown,
    before: Option<i32>,
    limit: u64,
) -> Result<(Vec<Version>, Option<i32>)> {
    let mut query = version::Entity::find()
        .select_only()
        .columns([
            version::Column::Number,
            version::Column::Note,
            version::Column::AuthorId,
            version::Column::CreatedAt,
            version::Column::PublishedAt,
            version::Column::Edition,
            version::Column::RestoredFrom,
        ])
        .filter(version::Column::AccountId.eq(account_id))
        .filter(version::Column::DocumentId.eq(document.id()));
    if shown == Shown::Published {
        query = query.filter(version::Column::PublishedAt.is_not_null());
    }
    if let Some(before) = before {
        query = query.filter(version::Column::Number.lt(before));
    }
    type Row = (i32, String, UserId, DateTime<Utc>, Option<DateTime<Utc>>, Option<i32>, Option<i32>);
    let rows: Vec<Row> = query
        .order_by_desc(version::Column::Number)
        .limit(limit + 1)
        .into_tuple()
        .all(source.connection())
        .await?;
    let mut versions: Vec<Version> = rows
        .into_iter()
        .map(|(number, note, author_id, created_at, published_at, edition, restored_from)| Version {
            number,
            note,
            author_id,
            created_at,
            published_at,
            edition,
            restored_from,
        })
        .collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = versions.len() > limit;
    versions.truncate(limit);
    let next = more.then(|| versions.last().map(|version| version.number)).flatten();
    Ok((versions, next))
}

/// A version with its content.
///
/// # Errors
/// `not_found`, or the database fails.
pub async fn get<T: Record, C: DeserializeOwned>(
    source: &impl Source,
    account_id: AccountId,
    document: &T,
    number: i32,
) -> Result<(Version, C)> {
    let row = version::Entity::find_by_id((document.id(), number))
        .filter(version::Column::AccountId.eq(account_id))
        .one(source.connection())
        .await?
        .ok_or_else(Fault::not_found)?;
    with_content(row)
}

fn with_content<C: DeserializeOwned>(row: version::Model) -> Result<(Version, C)> {
    let content = serde_json::from_str(&row.content)
        .map_err(|error| DbErr::Type(format!("stored version: {error}")))?;
    let version = Version {
        number: row.number,
        note: row.note,
        author_id: row.author_id,
        created_at: row.created_at,
        published_at: row.published_at,
        edition: row.edition,
        restored_from: row.restored_from,
    };
    Ok((version, content))
}

/// Versions with their contents, each by its document and number, with the document; those that are not there are left
/// out.
///
/// # Errors
/// The database fails.
pub async fn each<C: DeserializeOwned>(
    source: &impl Source,
    account_id: AccountId,
    wanted: &[(Uuid, i32)],
) -> Result<Vec<(Uuid, (Version, C))>> {
    let mut found = Vec::with_capacity(wanted.len());
    for wanted in wanted.chunks(100) {
        let any = wanted.iter().fold(Condition::any(), |any, (document, number)| {
            any.add(version::Column::DocumentId.eq(*document).and(version::Column::Number.eq(*number)))
        });
        let rows = version::Entity::find()
            .filter(version::Column::AccountId.eq(account_id))
            .filter(any)
            .all(source.connection())
            .await?;
        for row in rows {
            found.push((row.document_id, with_content(row)?));
        }
    }
    Ok(found)
}

/// The same of one version of each document, by the document.
///
/// # Errors
/// The database fails.
pub async fn of_many<C: DeserializeOwned>(
    source: &impl Source,
    account_id: AccountId,
    wanted: &[(Uuid, i32)],
) -> Result<BTreeMap<Uuid, (Version, C)>> {
    Ok(each(source, account_id, wanted).await?.into_iter().collect())
}
