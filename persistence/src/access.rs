//! Roles, who has them, and loading the actor behind a token.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoCondition, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde_json::json;
use styr_domain::access::{
    Actor, Coverage, Grant, PermissionGroup, Permit, Profile, Reach, RightSet, Role, RoleAssignment, of,
};
use styr_domain::event::EntityKind;
use styr_domain::id::{AccountId, GroupId, OrganisationId, PermissionGroupId, ProfileId, RoleId, UserId};
use styr_domain::token::Token;
use styr_domain::user::User;

use crate::account::user_covered;
use crate::entity::{
    access_epoch, group_member, permission_group_member, role, role_assignment, substitute, token, user,
};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{Sort, find, find_many, list};
use crate::store::Source;
use crate::tx::Tx;

const EPOCH: i32 = 1;

/// The epoch of who may do what: it grows with every change of it.
pub(crate) async fn epoch(source: &impl Source) -> Result<u64> {
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

/// The token whose secret, or secret before the last rotation, has this hash, whatever its state, and the user it acts as.
///
/// # Errors
/// The database fails.
pub async fn token_by_hash(source: &impl Source, hash: &[u8; 32]) -> Result<Option<(Token, User)>> {
    let present = token::Column::Hash.eq(hash.to_vec());
    let either = Condition::any().add(present).add(token::Column::PreviousHash.eq(hash.to_vec()));
    let row = token::Entity::find().filter(either).one(source.connection()).await?;
    let Some(token) = row.map(Token::from) else { return Ok(None) };
    let user = find::<User>(source, token.account_id, token.user_id.0).await?;
    Ok(user.map(|user| (token, user)))
}

/// Everything that decisions need to know of a user at a time, with or without a token's limits; and until when it holds
/// if nobody changes anything, since substitutes come and go by themselves.
///
/// # Errors
/// The database fails.
pub async fn load_actor(
    source: &impl Source,
    user: &User,
    token: Option<&Token>,
    now: DateTime<Utc>,
) -> Result<(Actor, Option<DateTime<Utc>>)> {
    let account_id = user.account_id;
    let (substitute_for, until) = stood_in_for(source, account_id, user.id, now).await?;
    let tree = OrganisationTree::load(source, account_id).await?;
    let held = held(source, account_id, role_assignment::Column::UserId.eq(user.id), now).await?;
    let expiry = held.iter().filter_map(|(assignment, _)| assignment.expires_at).min();
    let until = until.into_iter().chain(expiry).min();
    let grants = held
        .into_iter()
        .map(|(assignment, rights)| {
            let reach = match assignment.organisation_id {
                None => Reach::Account,
                Some(id) => Reach::Organisations(Arc::new(tree.with_all_below(id))),
            };
            Grant { rights, reach }
        })
        .collect();
    let actor = Actor {
        account_id,
        user_id: user.id,
        token_id: token.map(|token| token.id),
        organisation_id: user.organisation_id,
        ancestor_ids: tree.with_all_above(user.organisation_id),
        groups: groups_of(source, account_id, user.id).await?,
        substitute_for,
        grants,
        scopes: token.and_then(|token| token.scopes),
        owner: user.owner,
        licence: user.licence,
        external: user.external,
    };
    Ok((actor, until))
}

/// The active users whom a user stands in for at a time, and when that next changes.
async fn stood_in_for(
    source: &impl Source,
    account_id: AccountId,
    user_id: UserId,
    now: DateTime<Utc>,
) -> Result<(BTreeSet<UserId>, Option<DateTime<Utc>>)> {
    let mut active = Query::select();
    active
        .column(user::Column::Id)
        .from(user::Entity)
        .and_where(user::Column::AccountId.eq(account_id))
        .and_where(user::Column::Active.eq(true))
        .and_where(
            Expr::col((user::Entity, user::Column::Id))
                .equals((substitute::Entity, substitute::Column::UserId)),
        );
    let periods: Vec<(UserId, DateTime<Utc>, DateTime<Utc>)> = substitute::Entity::find()
        .select_only()
        .columns([substitute::Column::UserId, substitute::Column::StartsAt, substitute::Column::EndsAt])
        .filter(substitute::Column::AccountId.eq(account_id))
        .filter(substitute::Column::SubstituteUserId.eq(user_id))
        .filter(substitute::Column::EndsAt.gt(now))
        .filter(Expr::exists(active))
        .into_tuple()
        .all(source.connection())
        .await?;
    let next = periods
        .iter()
        .map(|(_, starts_at, ends_at)| if *starts_at > now { *starts_at } else { *ends_at })
        .min();
    let begun = periods.into_iter().filter(|(_, starts_at, _)| *starts_at <= now).map(|(user, ..)| user);
    Ok((begun.collect(), next))
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

/// An account's organisations by their place in the tree.
#[derive(Debug, Default)]
pub struct OrganisationTree {
    parents: BTreeMap<OrganisationId, Option<OrganisationId>>,
}

impl OrganisationTree {
    /// Loads the tree of an account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn load(source: &impl Source, account_id: AccountId) -> Result<Self> {
        Ok(Self {
            parents: crate::account::organisation_parents(source, account_id).await?.into_iter().collect(),
        })
    }

    /// An organisation and all above it, up to the top.
    #[must_use]
    pub fn with_all_above(&self, id: OrganisationId) -> BTreeSet<OrganisationId> {
        let mut found = BTreeSet::new();
        let mut next = Some(id);
        while let Some(id) = next
            && found.insert(id)
        {
            next = self.parents.get(&id).copied().flatten();
        }
        found
    }

    /// An organisation and all below it.
    #[must_use]
    pub fn with_all_below(&self, id: OrganisationId) -> BTreeSet<OrganisationId> {
        let mut children: BTreeMap<OrganisationId, Vec<OrganisationId>> = BTreeMap::new();
        for (child, parent) in &self.parents {
            if let Some(parent) = parent {
                children.entry(*parent).or_default().push(*child);
            }
        }
        let (mut found, mut open) = (BTreeSet::new(), vec![id]);
        while let Some(id) = open.pop() {
            if found.insert(id) {
                open.extend(children.get(&id).into_iter().flatten());
            }
        }
        found
    }
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

async fn held(
    source: &impl Source,
    account_id: AccountId,
    condition: impl IntoCondition,
    now: DateTime<Utc>,
) -> Result<Vec<(RoleAssignment, RightSet)>> {
    let assignments: Vec<RoleAssignment> = role_assignment::Entity::find()
        .filter(role_assignment::Column::AccountId.eq(account_id))
        .filter(condition.into_condition())
        .filter(unexpired(now))
        .order_by_asc(role_assignment::Column::Id)
        .all(source.connection())
        .await?
        .into_iter()
        .map(Into::into)
        .collect();
    let ids: BTreeSet<_> = assignments.iter().map(|assignment| assignment.role_id.0).collect();
    let roles = find_many::<Role>(source, account_id, ids).await?;
    let rights: BTreeMap<RoleId, RightSet> = roles.into_iter().map(|role| (role.id, role.rights)).collect();
    Ok(assignments
        .into_iter()
        .filter_map(|assignment| Some((rights.get(&assignment.role_id).copied()?, assignment)))
        .map(|(rights, assignment)| (assignment, rights))
        .collect())
}
