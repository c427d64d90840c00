//! Users and rights groups.

pub mod import;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde_json::json;
use styr_domain::access::{Coverage, Permit};
use styr_domain::event::EntityKind;
use styr_domain::id::{AccountId, GroupId, OrganisationId, SubstituteId, UserId};
use styr_domain::user::{Group, Substitute, User};
use uuid::Uuid;

use crate::coverage::covered;
use crate::entity::{event, group, group_member, substitute, user};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{MaySave, Sort, find_many, list};
use crate::store::Source;
use crate::tx::Tx;

/// Which users a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Only those of this organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Only active ones, or only others.
    pub active: Option<bool>,
    /// Only the one with this e-mail address.
    pub email: Option<String>,
}

/// The users in the organisations covered.
///
/// # Errors
/// The database fails.
pub async fn users(
    source: &impl Source,
    account_id: AccountId,
    coverage: &Coverage,
    filter: &UserFilter,
    page: PageRequest,
) -> Result<Page<User>> {
    let condition = covered(user::Column::OrganisationId, coverage)
        .add_option(filter.organisation_id.map(|id| user::Column::OrganisationId.eq(id)))
        .add_option(filter.active.map(|active| user::Column::Active.eq(active)))
        .add_option(filter.email.as_deref().map(has_email));
    list(source, account_id, condition, Sort::OldestFirst, page).await
}

/// The user with this e-mail address, without regard to case.
///
/// # Errors
/// The database fails.
pub async fn by_email(source: &impl Source, account_id: AccountId, email: &str) -> Result<Option<User>> {
    let row = user::Entity::find()
        .filter(user::Column::AccountId.eq(account_id))
        .filter(has_email(email))
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// The user whom the system they come from knows by this id.
///
/// # Errors
/// The database fails.
pub async fn by_external_id(
    source: &impl Source,
    account_id: AccountId,
    external_id: &str,
) -> Result<Option<User>> {
    let row = user::Entity::find()
        .filter(user::Column::AccountId.eq(account_id))
        .filter(user::Column::ExternalId.eq(external_id))
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

fn has_email(email: &str) -> Expr {
    Func::lower(Expr::col(user::Column::Email)).eq(Func::lower(Expr::val(email)))
}

/// Whether a user has ever changed anything: an event names them as who did it.
///
/// # Errors
/// The database fails.
pub async fn has_acted(source: &impl Source, account_id: AccountId, user_id: UserId) -> Result<bool> {
    let first: Option<i64> = event::Entity::find()
        .select_only()
        .column(event::Column::Sequence)
        .filter(event::Column::AccountId.eq(account_id))
        .filter(event::Column::ActorId.eq(user_id))
        .limit(1)
        .into_tuple()
        .one(source.connection())
        .await?;
    Ok(first.is_some())
}

/// The substitutes of a user, those that have ended among them.
///
/// # Errors
/// The database fails.
pub async fn substitutes(
    source: &impl Source,
    account_id: AccountId,
    user_id: UserId,
    page: PageRequest,
) -> Result<Page<Substitute>> {
    list(source, account_id, substitute::Column::UserId.eq(user_id), Sort::OldestFirst, page).await
}

/// How many substitutes one user has, and how many users the other stands in for, that have not ended; but for one.
///
/// # Errors
/// The database fails.
pub async fn count_substitutes(
    tx: &Tx,
    user_id: UserId,
    substitute_user_id: UserId,
    but_for: SubstituteId,
) -> Result<[u64; 2]> {
    let count = async |condition: Condition| {
        substitute::Entity::find()
            .filter(substitute::Column::AccountId.eq(tx.account_id()))
            .filter(substitute::Column::EndsAt.gt(tx.now()))
            .filter(condition.add(substitute::Column::Id.ne(but_for)))
            .count(tx.connection())
            .await
    };
    let of_user = count(Condition::all().add(substitute::Column::UserId.eq(user_id))).await?;
    let stands_in =
        count(Condition::all().add(substitute::Column::SubstituteUserId.eq(substitute_user_id))).await?;
    Ok([of_user, stands_in])
}

/// The account's owner.
///
/// # Errors
/// The database fails.
pub async fn owner(source: &impl Source, account_id: AccountId) -> Result<Option<User>> {
    let row = user::Entity::find()
        .filter(user::Column::AccountId.eq(account_id))
        .filter(user::Column::Owner.eq(true))
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// The rights groups that are shared, or local to one of the organisations.
///
/// # Errors
/// The database fails.
pub async fn groups(
    source: &impl Source,
    account_id: AccountId,
    coverage: &Coverage,
    page: PageRequest,
) -> Result<Page<Group>> {
    list(source, account_id, groups_covered(coverage), Sort::OldestFirst, page).await
}

pub(crate) fn groups_covered(coverage: &Coverage) -> Condition {
    let local = covered(group::Column::OrganisationId, coverage);
    Condition::any().add(group::Column::OrganisationId.is_null()).add(local)
}

/// Whether the name is taken among the groups of one organisation, or among the shared ones.
///
/// # Errors
/// The database fails.
pub async fn group_by_name(
    source: &impl Source,
    account_id: AccountId,
    organisation_id: Option<OrganisationId>,
    name: &str,
) -> Result<Option<Group>> {
    let organisation = match organisation_id {
        Some(id) => group::Column::OrganisationId.eq(id),
        None => group::Column::OrganisationId.is_null(),
    };
    let row = group::Entity::find()
        .filter(group::Column::AccountId.eq(account_id))
        .filter(group::Column::Name.eq(name))
        .filter(organisation)
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// The members of a rights group.
///
/// # Errors
/// The database fails.
pub async fn group_members(
    source: &impl Source,
    account_id: AccountId,
    group_id: GroupId,
    page: PageRequest,
) -> Result<Page<User>> {
    let mut query = group_member::Entity::find()
        .select_only()
        .column(group_member::Column::UserId)
        .filter(group_member::Column::AccountId.eq(account_id))
        .filter(group_member::Column::GroupId.eq(group_id));
    if let Some(after) = page.after {
        query = query.filter(group_member::Column::UserId.gt(after));
    }
    let ids: Vec<Uuid> = query
        .order_by_asc(group_member::Column::UserId)
        .limit(page.limit + 1)
        .into_tuple()
        .all(source.connection())
        .await?;
    let mut users: Vec<User> = find_many(source, account_id, ids).await?;
    users.sort_by_key(|user| user.id);
    Ok(Page::from_one_more(users, page, |user| user.id.0))
}

/// Makes a user a member of a rights group. Answers whether they were not one already.
///
/// # Errors
/// The database fails.
pub async fn add_member<R: MaySave<Group>>(
    tx: &Tx,
    _: &Permit<R>,
    group: &Group,
    user_id: UserId,
) -> Result<bool> {
    let key = (tx.account_id(), group.id, user_id);
    if group_member::Entity::find_by_id(key).one(tx.connection()).await?.is_some() {
        return Ok(false);
    }
    let row = group_member::ActiveModel {
        account_id: Set(tx.account_id()),
        group_id: Set(group.id),
        user_id: Set(user_id),
    };
    group_member::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    note_member(tx, group, user_id, "group.member_added");
    Ok(true)
}

/// Takes a user out of a rights group. Answers whether they were in it.
///
/// # Errors
/// The database fails.
pub async fn remove_member<R: MaySave<Group>>(
    tx: &Tx,
    _: &Permit<R>,
    group: &Group,
    user_id: UserId,
) -> Result<bool> {
    let key = (tx.account_id(), group.id, user_id);
    let removed = group_member::Entity::delete_by_id(key).exec(tx.connection()).await?.rows_affected == 1;
    if removed {
        note_member(tx, group, user_id, "group.member_removed");
    }
    Ok(removed)
}

/// Gives one user's places in rights groups to another.
///
/// # Errors
/// The database fails.
pub async fn hand_over<R: MaySave<Group>>(
    tx: &Tx,
    _: &Permit<R>,
    groups: &[Group],
    from: UserId,
    to: UserId,
) -> Result<()> {
    let present = crate::access::groups_of(tx, tx.account_id(), to).await?;
    for groups in groups.chunks(500) {
        group_member::Entity::delete_many()
            .filter(group_member::Column::AccountId.eq(tx.account_id()))
            .filter(group_member::Column::UserId.eq(from))
            .filter(group_member::Column::GroupId.is_in(groups.iter().map(|group| group.id)))
            .exec(tx.connection())
            .await?;
        let lacking: Vec<_> = groups.iter().filter(|group| !present.contains(&group.id)).collect();
        let rows = lacking.iter().map(|group| group_member::ActiveModel {
            account_id: Set(tx.account_id()),
            group_id: Set(group.id),
            user_id: Set(to),
        });
        if !lacking.is_empty() {
            group_member::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
        }
        groups.iter().for_each(|group| note_member(tx, group, from, "group.member_removed"));
        lacking.into_iter().for_each(|group| note_member(tx, group, to, "group.member_added"));
    }
    Ok(())
}

fn note_member(tx: &Tx, group: &Group, user_id: UserId, kind: &'static str) {
    tx.note(EntityKind::Group, group.id.0, kind, Some(user_id.0), json!({ "user_id": user_id }), None);
    tx.access_changed();
}
