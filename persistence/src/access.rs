//! Roles, permission groups and profiles, and who has them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::json;
use styr_domain::access::{Coverage, PermissionGroup, Permit, Profile, Role, RoleAssignment, of};
use styr_domain::event::EntityKind;
use styr_domain::id::{AccountId, GroupId, OrganisationId, PermissionGroupId, ProfileId, RoleId, UserId};
use styr_domain::user::User;

use crate::coverage::user_covered;
use crate::entity::{access_epoch, group_member, permission_group_member, role, role_assignment, user};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{Sort, list};
use crate::store::Source;
use crate::tx::Tx;

const EPOCH: i32 = 1;

/// The epoch of who may do what: it grows with every change of it. A write sees those of writes before it that are not
/// committed yet.
///
/// # Errors
/// The database fails.
pub async fn epoch(source: &impl Source) -> Result<u64> {
    let row = access_epoch::Entity::find_by_id(EPOCH).one(source.connection()).await?;
    Ok(row.map_or(0, |row| row.value.unsigned_abs()))
}

pub(crate) async fn move_epoch(tx: &Tx) -> Result<u64> {
    access_epoch::Entity::update_many()
        .col_expr(access_epoch::Column::Value, Expr::col(access_epoch::Column::Value).add(1))
        .filter(access_epoch::Column::Id.eq(EPOCH))
        .exec(tx.connection())
        .await?;
    epoch(tx).await
}

/// The rights groups that a user is a member of.
///
/// # Errors
/// The database fails.
pub async fn groups_of(
    source: &impl Source,
    account_id: AccountId,
    user_id: UserId,
) -> Result<BTreeSet<GroupId>> {
    let rows = group_member::Entity::find()
        .filter(group_member::Column::AccountId.eq(account_id))
        .filter(group_member::Column::UserId.eq(user_id))
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|row| row.group_id).collect())
}

/// The account's roles.
///
/// # Errors
/// The database fails.
pub async fn roles(source: &impl Source, account_id: AccountId, page: PageRequest) -> Result<Page<Role>> {
    list(source, account_id, Condition::all(), Sort::OldestFirst, page).await
}

/// The role with this API name.
///
/// # Errors
/// The database fails.
pub async fn role_by_api_name(
    source: &impl Source,
    account_id: AccountId,
    name: &str,
) -> Result<Option<Role>> {
    let row = role::Entity::find()
        .filter(role::Column::AccountId.eq(account_id))
        .filter(role::Column::ApiName.eq(name))
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// Which roles a user has.
///
/// # Errors
/// The database fails.
pub async fn assignments_of_user(
    source: &impl Source,
    account_id: AccountId,
    user_id: UserId,
    page: PageRequest,
) -> Result<Page<RoleAssignment>> {
    list(source, account_id, role_assignment::Column::UserId.eq(user_id), Sort::OldestFirst, page).await
}

/// Who has a role, among the users covered.
///
/// # Errors
/// The database fails.
pub async fn assignments_of_role(
    source: &impl Source,
    account_id: AccountId,
    coverage: &Coverage,
    role_id: RoleId,
    page: PageRequest,
) -> Result<Page<RoleAssignment>> {
    let condition = user_covered(role_assignment::Column::UserId, account_id, coverage)
        .add(role_assignment::Column::RoleId.eq(role_id));
    list(source, account_id, condition, Sort::OldestFirst, page).await
}

/// Every giving of a role.
///
/// # Errors
/// The database fails.
pub async fn assignments(
    source: &impl Source,
    account_id: AccountId,
    role_id: RoleId,
) -> Result<Vec<RoleAssignment>> {
    let rows = role_assignment::Entity::find()
        .filter(role_assignment::Column::AccountId.eq(account_id))
        .filter(role_assignment::Column::RoleId.eq(role_id))
        .order_by_asc(role_assignment::Column::Id)
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Whether a user has the role with this very reach already.
///
/// # Errors
/// The database fails.
pub async fn is_assigned(
    tx: &Tx,
    user_id: UserId,
    role_id: RoleId,
    organisation_id: Option<OrganisationId>,
) -> Result<bool> {
    let organisation = match organisation_id {
        Some(id) => role_assignment::Column::OrganisationId.eq(id),
        None => role_assignment::Column::OrganisationId.is_null(),
    };
    let found = role_assignment::Entity::find()
        .filter(role_assignment::Column::AccountId.eq(tx.account_id()))
        .filter(role_assignment::Column::UserId.eq(user_id))
        .filter(role_assignment::Column::RoleId.eq(role_id))
        .filter(organisation)
        .filter(unexpired(tx.now()))
        .count(tx.connection())
        .await?;
    Ok(found > 0)
}

/// The account's permission groups.
///
/// # Errors
/// The database fails.
pub async fn permission_groups(
    source: &impl Source,
    account_id: AccountId,
    page: PageRequest,
) -> Result<Page<PermissionGroup>> {
    list(source, account_id, Condition::all(), Sort::OldestFirst, page).await
}

/// The members of a permission group.
///
/// # Errors
/// The database fails.
pub async fn permission_group_members(
    source: &impl Source,
    account_id: AccountId,
    id: PermissionGroupId,
    page: PageRequest,
) -> Result<Page<User>> {
    let mut members = Query::select();
    members
        .column(permission_group_member::Column::UserId)
        .from(permission_group_member::Entity)
        .and_where(permission_group_member::Column::AccountId.eq(account_id))
        .and_where(permission_group_member::Column::PermissionGroupId.eq(id));
    list(source, account_id, user::Column::Id.in_subquery(members), Sort::OldestFirst, page).await
}

/// Makes a user a member of a permission group. Answers whether they were not one already.
///
/// # Errors
/// The database fails.
pub async fn add_permission_group_member(
    tx: &Tx,
    _: &Permit<of::UserManagePermissions>,
    id: PermissionGroupId,
    user_id: UserId,
) -> Result<bool> {
    let key = (tx.account_id(), id, user_id);
    if permission_group_member::Entity::find_by_id(key).one(tx.connection()).await?.is_some() {
        return Ok(false);
    }
    let row = permission_group_member::ActiveModel {
        account_id: Set(tx.account_id()),
        permission_group_id: Set(id),
        user_id: Set(user_id),
    };
    permission_group_member::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    note_permission_group_member(tx, id, user_id, "permission_group.member_added");
    Ok(true)
}

/// Takes a user out of a permission group. Answers whether they were in it.
///
/// # Errors
/// The database fails.
pub async fn remove_permission_group_member(
    tx: &Tx,
    _: &Permit<of::UserManagePermissions>,
    id: PermissionGroupId,
    user_id: UserId,
) -> Result<bool> {
    let key = (tx.account_id(), id, user_id);
    let removed = permission_group_member::Entity::delete_by_id(key).exec(tx.connection()).await?;
    if removed.rows_affected == 1 {
        note_permission_group_member(tx, id, user_id, "permission_group.member_removed");
    }
    Ok(removed.rows_affected == 1)
}

fn note_permission_group_member(tx: &Tx, id: PermissionGroupId, user_id: UserId, kind: &'static str) {
    let detail = json!({ "user_id": user_id });
    tx.note(EntityKind::PermissionGroup, id.0, kind, Some(user_id.0), detail, None);
    tx.access_changed();
}

/// The account's profiles.
///
/// # Errors
/// The database fails.
pub async fn profiles(
    source: &impl Source,
    account_id: AccountId,
    page: PageRequest,
) -> Result<Page<Profile>> {
    list(source, account_id, Condition::all(), Sort::OldestFirst, page).await
}

/// How many users have a profile.
///
/// # Errors
/// The database fails.
pub async fn count_profile_users(tx: &Tx, id: ProfileId) -> Result<u64> {
    Ok(user::Entity::find()
        .filter(user::Column::AccountId.eq(tx.account_id()))
        .filter(user::Column::ProfileId.eq(id))
        .count(tx.connection())
        .await?)
}

/// The assignments that give something at this time.
fn unexpired(now: DateTime<Utc>) -> Condition {
    let expires_at = role_assignment::Column::ExpiresAt;
    Condition::any().add(expires_at.is_null()).add(expires_at.gt(now))
}
