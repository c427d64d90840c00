//! What users are told of.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use styr_domain::Fault;
use styr_domain::event::{EntityKind, Notification, NotificationKind};
use styr_domain::id::{AccountId, NotificationId, UserId};
use uuid::Uuid;

use crate::entity::{notification, user};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::store::Source;
use crate::tx::Tx;

/// What happened, for those who are told of it.
#[derive(Debug, Clone, Copy)]
pub struct News<'a> {
    /// What has happened.
    pub kind: NotificationKind,
    /// The kind of thing that it happened to.
    pub entity: EntityKind,
    /// The thing that it happened to.
    pub entity_id: Uuid,
    /// Who did it.
    pub actor_id: UserId,
    /// What they wrote about it.
    pub note: &'a str,
}

/// Tells active users of something; whoever did it is not told. The event of what happened is another's.
///
/// # Errors
/// The database fails.
pub async fn tell(tx: &Tx, users: &BTreeSet<UserId>, news: News<'_>) -> Result<()> {
    let News { kind, entity, entity_id, actor_id, note } = news;
    let told: Vec<UserId> = users.iter().copied().filter(|id| *id != actor_id).collect();
    for ids in told.chunks(500) {
        let active: Vec<UserId> = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::AccountId.eq(tx.account_id()))
            .filter(user::Column::Id.is_in(ids.iter().copied()))
            .filter(user::Column::Active.eq(true))
            .order_by_asc(user::Column::Id)
            .into_tuple()
            .all(tx.connection())
            .await?;
        let rows = active.into_iter().map(|user_id| {
            notification::ActiveModel::from(Notification {
                id: NotificationId(tx.id()),
                account_id: tx.account_id(),
                user_id,
                kind,
                entity: entity.as_str().to_owned(),
                entity_id,
                actor_id,
                note: note.to_owned(),
                read_at: None,
                created_at: tx.now(),
            })
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            notification::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
        }
    }
    Ok(())
}

/// One page of what a user was told, newest first.
///
/// # Errors
/// The database fails.
pub async fn of_user(
    source: &impl Source,
    account_id: AccountId,
    user_id: UserId,
    unread: bool,
    page: PageRequest,
) -> Result<Page<Notification>> {
    let mut query = notification::Entity::find()
        .filter(notification::Column::AccountId.eq(account_id))
        .filter(notification::Column::UserId.eq(user_id));
    if unread {
        query = query.filter(notification::Column::ReadAt.is_null());
    }
    if let Some(after) = page.after {
        query = query.filter(notification::Column::Id.lt(after));
    }
    let rows =
        query.order_by_desc(notification::Column::Id).limit(page.limit + 1).all(source.connection()).await?;
    Ok(Page::from_one_more(rows.into_iter().map(Notification::from).collect(), page, |one| one.id.0))
}

/// Notes that a user has read something, or, with no id, everything.
///
/// # Errors
/// `not_found` when it is not theirs, or the database fails.
pub async fn read(tx: &Tx, user_id: UserId, id: Option<NotificationId>) -> Result<()> {
    let theirs = Condition::all()
        .add(notification::Column::AccountId.eq(tx.account_id()))
        .add(notification::Column::UserId.eq(user_id))
        .add_option(id.map(|id| notification::Column::Id.eq(id)));
    if id.is_some()
        && notification::Entity::find().filter(theirs.clone()).one(tx.connection()).await?.is_none()
    {
        return Err(Fault::not_found().into());
    }
    notification::Entity::update_many()
        .col_expr(notification::Column::ReadAt, Expr::value(tx.now()))
        .filter(theirs)
        .filter(notification::Column::ReadAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}
