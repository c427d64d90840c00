//! Users and shared rights groups as a directory keeps them by SCIM.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{
    Expr, ExprTrait as _, Func, NullOrdering, Order, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};
use styr_domain::access::{Coverage, Permit, Provenance, Role, RoleAssignment};
use styr_domain::id::{AccountId, GroupId, OrganisationId, UserId};
use styr_domain::scim::filter::Operator;
use styr_domain::scim::{Condition as Asked, Field, Test};
use styr_domain::user::{Group, User};
use uuid::Uuid;

use crate::coverage::covered;
use crate::entity::{group, group_member, organisation, role, role_assignment, user};
use crate::error::Result;
use crate::record::{MaySave, Record, find_many};
use crate::store::Source;
use crate::tx::Tx;
use crate::user::note_member;

/// Which part of a list is wanted, and in which order.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// By what it is sorted, and whether the other way round; oldest first otherwise.
    pub sort: Option<(Field, bool)>,
    /// How many to leave out at its beginning.
    pub offset: u64,
    /// How many at most.
    pub limit: u64,
}

/// The users that a directory may know of, and how many there are in all.
///
/// # Errors
/// The database fails.
pub async fn users(
    source: &impl Source,
    account_id: AccountId,
    coverage: &Coverage,
    asked: &Asked,
    window: Window,
) -> Result<(Vec<User>, u64)> {
    let query = user::Entity::find()
        .filter(user::Column::AccountId.eq(account_id))
        .filter(covered(user::Column::OrganisationId, coverage))
        .filter(known())
        .filter(condition::<User>(account_id, asked));
    windowed::<User>(source, query, window).await
}

/// The user of this id, if a directory may know of them: one who is anonymized, or whom a directory has deleted, is gone.
///
/// # Errors
/// The database fails.
pub async fn user(source: &impl Source, account_id: AccountId, id: UserId) -> Result<Option<User>> {
    let row = user::Entity::find()
        .filter(user::Column::AccountId.eq(account_id))
        .filter(user::Column::Id.eq(id))
        .filter(known())
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// The groups that every organisation may use, and how many there are in all.
///
/// # Errors
/// The database fails.
pub async fn groups(
    source: &impl Source,
    account_id: AccountId,
    asked: &Asked,
    window: Window,
) -> Result<(Vec<Group>, u64)> {
    let query = group::Entity::find()
        .filter(group::Column::AccountId.eq(account_id))
        .filter(group::Column::OrganisationId.is_null())
        .filter(condition::<Group>(account_id, asked));
    windowed::<Group>(source, query, window).await
}

/// The group that a directory knows by this id, local ones among them.
///
/// # Errors
/// The database fails.
pub async fn group_by_external_id(
    source: &impl Source,
    account_id: AccountId,
    external_id: &str,
) -> Result<Option<Group>> {
    let row = group::Entity::find()
        .filter(group::Column::AccountId.eq(account_id))
        .filter(group::Column::ExternalId.eq(external_id))
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

fn known() -> Condition {
    Condition::all().add(user::Column::AnonymizedAt.is_null()).add(user::Column::DeprovisionedAt.is_null())
}

async fn windowed<T: Listed>(
    source: &impl Source,
    query: Select<T::Entity>,
    Window { sort, offset, limit }: Window,
) -> Result<(Vec<T>, u64)> {
    let total = query.clone().count(source.connection()).await?;
    if offset >= total || limit == 0 {
        return Ok((Vec::new(), total));
    }
    let query = match sort {
        Some((field, descending)) => {
            let order = if descending { Order::Desc } else { Order::Asc };
            let nulls = if descending { NullOrdering::First } else { NullOrdering::Last };
            query.order_by_with_nulls(sorted_by::<T>(field), order, nulls)
        }
        None => query,
    };
    let rows = query.order_by_asc(T::ID).offset(offset).limit(limit).all(source.connection()).await?;
    Ok((rows.into_iter().map(Into::into).collect(), total))
}

/// What is listed, and which of its columns hold the fields that can be asked about.
trait Listed: Record<Entity: EntityTrait<Model: Into<Self> + Send + Sync>> {
    fn column(field: Field) -> SimpleExpr;
}

impl Listed for User {
    fn column(field: Field) -> SimpleExpr {
        let column = |column: user::Column| Expr::col((user::Entity, column));
        match field {
            Field::Id => column(user::Column::Id),
            Field::UserName => {
                Func::coalesce([column(user::Column::UserName), column(user::Column::Email)]).into()
            }
            Field::ExternalId => column(user::Column::ExternalId),
            Field::Name => column(user::Column::Name),
            Field::Title => column(user::Column::Title),
            Field::Active => column(user::Column::Active),
            Field::Email => column(user::Column::Email),
            Field::Phone => column(user::Column::Phone),
            Field::Created => column(user::Column::CreatedAt),
            Field::LastModified => column(user::Column::UpdatedAt),
            Field::Role | Field::Group | Field::Member => Expr::cust("NULL"),
        }
    }
}

impl Listed for Group {
    fn column(field: Field) -> SimpleExpr {
        let column = |column: group::Column| Expr::col((group::Entity, column));
        match field {
            Field::Id => column(group::Column::Id),
            Field::ExternalId => column(group::Column::ExternalId),
            Field::Name => column(group::Column::Name),
            Field::Created => column(group::Column::CreatedAt),
            Field::LastModified => column(group::Column::UpdatedAt),
            Field::UserName
            | Field::Title
            | Field::Active
            | Field::Email
            | Field::Phone
            | Field::Role
            | Field::Group
            | Field::Member => Expr::cust("NULL"),
        }
    }
}

fn sorted_by<T: Listed>(field: Field) -> SimpleExpr {
    match field {
        Field::UserName | Field::Name | Field::Title | Field::Email => Func::lower(T::column(field)).into(),
        field => T::column(field),
    }
}

/// What a filter asks, as SQL: values are bound, never written into it.
fn condition<T: Listed>(account_id: AccountId, asked: &Asked) -> Condition {
    let add = |whole: Condition, part: &Asked| whole.add(condition::<T>(account_id, part));
    match asked {
        Asked::All(parts) => parts.iter().fold(Condition::all(), add),
        Asked::Any(parts) if parts.is_empty() => Condition::all().add(Expr::val(1).eq(0)),
        Asked::Any(parts) => parts.iter().fold(Condition::any(), add),
        Asked::Test { field, test, negated } => {
            let passes = match field {
                Field::Role => Expr::exists(roles_passing(account_id, test)),
                Field::Group => Expr::exists(groups_passing(account_id, test)),
                Field::Member => Expr::exists(members_passing(account_id, test)),
                field => passes(*field, T::column(*field), test),
            };
            // What is absent makes a comparison unknown rather than false, and the opposite of that is unknown too.
            let passes = if *negated { Func::coalesce([passes, Expr::val(false)]).not() } else { passes };
            Condition::all().add(passes)
        }
    }
}

fn passes(field: Field, column: SimpleExpr, test: &Test) -> SimpleExpr {
    match test {
        Test::Present => column.is_not_null(),
        Test::Flag(flag) => column.eq(*flag),
        Test::Id(id) => column.eq(*id),
        Test::Time(operator, time) => compares(column, *operator, time_value(*time)),
        // By its two indexes.
        Test::Text(Operator::Eq, text) if field == Field::UserName => {
            let is = |column: user::Column| {
                Func::lower(Expr::col((user::Entity, column))).eq(Func::lower(Expr::val(text.as_str())))
            };
            let email =
                Expr::col((user::Entity, user::Column::UserName)).is_null().and(is(user::Column::Email));
            is(user::Column::UserName).or(email)
        }
        Test::Text(operator, text) if field == Field::ExternalId => {
            text_passes(column, *operator, Expr::val(text.as_str()), text.chars().count())
        }
        Test::Text(operator, text) => {
            let (column, value) = (Func::lower(column).into(), Func::lower(Expr::val(text.as_str())).into());
            text_passes(column, *operator, value, text.chars().count())
        }
    }
}

fn time_value(time: DateTime<Utc>) -> SimpleExpr {
    Expr::val(time)
}

fn compares(column: SimpleExpr, operator: Operator, value: SimpleExpr) -> SimpleExpr {
    match operator {
        Operator::Gt => column.gt(value),
        Operator::Ge => column.gte(value),
        Operator::Lt => column.lt(value),
        Operator::Le => column.lte(value),
        _ => column.eq(value),
    }
}

/// Compares texts without LIKE, whose wildcards and regard to case differ between databases.
fn text_passes(column: SimpleExpr, operator: Operator, value: SimpleExpr, length: usize) -> SimpleExpr {
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    let long = |column: SimpleExpr| SimpleExpr::from(Func::cust("length").arg(column));
    match operator {
        Operator::Co | Operator::Sw | Operator::Ew if length == 0 => column.is_not_null(),
        Operator::Co => {
            let without = Func::cust("replace").args([column.clone(), value, Expr::val("")]);
            SimpleExpr::from(without).ne(column)
        }
        Operator::Sw => {
            SimpleExpr::from(Func::cust("substr").args([column, Expr::val(1), Expr::val(length)])).eq(value)
        }
        Operator::Ew => {
            let begin = long(column.clone()).sub(length - 1);
            let end = Func::cust("substr").args([column.clone(), begin]);
            long(column).gte(length).and(SimpleExpr::from(end).eq(value))
        }
        operator => compares(column, operator, value),
    }
}

fn roles_passing(account_id: AccountId, test: &Test) -> SelectStatement {
    let mut given = Query::select();
    given
        .expr(Expr::val(1))
        .from(role_assignment::Entity)
        .inner_join(
            role::Entity,
            Expr::col((role::Entity, role::Column::Id))
                .equals((role_assignment::Entity, role_assignment::Column::RoleId)),
        )
        .and_where(Expr::col((role_assignment::Entity, role_assignment::Column::AccountId)).eq(account_id))
        .and_where(
            Expr::col((role_assignment::Entity, role_assignment::Column::UserId))
                .equals((user::Entity, user::Column::Id)),
        )
        .and_where(
            Expr::col((role_assignment::Entity, role_assignment::Column::Provenance)).eq(Provenance::Scim),
        )
        .and_where(passes(Field::Role, Expr::col((role::Entity, role::Column::ApiName)), test));
    given
}

fn groups_passing(account_id: AccountId, test: &Test) -> SelectStatement {
    let mut places = members_of_account(account_id);
    places
        .and_where(
            Expr::col((group_member::Entity, group_member::Column::UserId))
                .equals((user::Entity, user::Column::Id)),
        )
        .and_where(passes(
            Field::Group,
            Expr::col((group_member::Entity, group_member::Column::GroupId)),
            test,
        ));
    places
}

fn members_passing(account_id: AccountId, test: &Test) -> SelectStatement {
    let mut members = members_of_account(account_id);
    members
        .and_where(
            Expr::col((group_member::Entity, group_member::Column::GroupId))
                .equals((group::Entity, group::Column::Id)),
        )
        .and_where(passes(
            Field::Member,
            Expr::col((group_member::Entity, group_member::Column::UserId)),
            test,
        ));
    members
}

fn members_of_account(account_id: AccountId) -> SelectStatement {
    let mut members = Query::select();
    members
        .expr(Expr::val(1))
        .from(group_member::Entity)
        .and_where(Expr::col((group_member::Entity, group_member::Column::AccountId)).eq(account_id));
    members
}

/// The roles that a directory gave these users.
///
/// # Errors
/// The database fails.
pub async fn given_roles(
    source: &impl Source,
    account_id: AccountId,
    users: &[UserId],
) -> Result<BTreeMap<UserId, Vec<(RoleAssignment, Role)>>> {
    let mut given: BTreeMap<UserId, Vec<(RoleAssignment, Role)>> = BTreeMap::new();
    let assignments: Vec<RoleAssignment> = role_assignment::Entity::find()
        .filter(role_assignment::Column::AccountId.eq(account_id))
        .filter(role_assignment::Column::UserId.is_in(users.iter().copied()))
        .filter(role_assignment::Column::Provenance.eq(Provenance::Scim))
        .order_by_asc(role_assignment::Column::Id)
        .all(source.connection())
        .await?
        .into_iter()
        .map(Into::into)
        .collect();
    let ids: BTreeSet<Uuid> = assignments.iter().map(|assignment| assignment.role_id.0).collect();
    let roles: Vec<Role> = find_many(source, account_id, ids).await?;
    let roles: BTreeMap<_, _> = roles.into_iter().map(|role| (role.id, role)).collect();
    for assignment in assignments {
        if let Some(role) = roles.get(&assignment.role_id) {
            given.entry(assignment.user_id).or_default().push((assignment, role.clone()));
        }
    }
    Ok(given)
}

/// The shared groups that these users are in, with their names.
///
/// # Errors
/// The database fails.
pub async fn groups_of(
    source: &impl Source,
    account_id: AccountId,
    users: &[UserId],
) -> Result<BTreeMap<UserId, Vec<(GroupId, String)>>> {
    let places = group_member::Entity::find()
        .filter(group_member::Column::AccountId.eq(account_id))
        .filter(group_member::Column::UserId.is_in(users.iter().copied()))
        .all(source.connection())
        .await?;
    let ids: BTreeSet<Uuid> = places.iter().map(|place| place.group_id.0).collect();
    let groups: Vec<Group> = find_many(source, account_id, ids).await?;
    let groups: BTreeMap<_, _> = groups
        .into_iter()
        .filter(|group| group.organisation_id.is_none())
        .map(|group| (group.id, group.name))
        .collect();
    let mut found: BTreeMap<UserId, Vec<(GroupId, String)>> = BTreeMap::new();
    for place in places {
        if let Some(name) = groups.get(&place.group_id) {
            found.entry(place.user_id).or_default().push((place.group_id, name.clone()));
        }
    }
    Ok(found)
}

/// The members of these groups whom a directory may know of, with their names.
///
/// # Errors
/// The database fails.
pub async fn members_of(
    source: &impl Source,
    account_id: AccountId,
    groups: &[GroupId],
) -> Result<BTreeMap<GroupId, Vec<(UserId, String)>>> {
    let mut query = Query::select();
    query
        .columns([
            (group_member::Entity, group_member::Column::GroupId),
            (group_member::Entity, group_member::Column::UserId),
        ])
        .column((user::Entity, user::Column::Name))
        .from(group_member::Entity)
        .inner_join(
            user::Entity,
            Expr::col((user::Entity, user::Column::Id))
                .equals((group_member::Entity, group_member::Column::UserId)),
        )
        .and_where(Expr::col((group_member::Entity, group_member::Column::AccountId)).eq(account_id))
        .and_where(
            Expr::col((group_member::Entity, group_member::Column::GroupId)).is_in(groups.iter().copied()),
        )
        .and_where(Expr::col((user::Entity, user::Column::AnonymizedAt)).is_null())
        .and_where(Expr::col((user::Entity, user::Column::DeprovisionedAt)).is_null())
        .order_by((group_member::Entity, group_member::Column::GroupId), Order::Asc)
        .order_by((group_member::Entity, group_member::Column::UserId), Order::Asc);
    let rows = sea_orm::ConnectionTrait::query_all(source.connection(), &query).await?;
    let mut found: BTreeMap<GroupId, Vec<(UserId, String)>> = BTreeMap::new();
    for row in rows {
        let (group_id, user_id, name): (Uuid, Uuid, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        found.entry(GroupId(group_id)).or_default().push((UserId(user_id), name));
    }
    Ok(found)
}

/// Which of these are users that a directory may know of.
///
/// # Errors
/// The database fails.
pub async fn known_users(
    source: &impl Source,
    account_id: AccountId,
    ids: &BTreeSet<UserId>,
) -> Result<BTreeSet<UserId>> {
    let ids: Vec<UserId> = ids.iter().copied().collect();
    let mut found = BTreeSet::new();
    for ids in ids.chunks(500) {
        let known: Vec<UserId> = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::AccountId.eq(account_id))
            .filter(user::Column::Id.is_in(ids.iter().copied()))
            .filter(known())
            .into_tuple()
            .all(source.connection())
            .await?;
        found.extend(known);
    }
    Ok(found)
}

/// Makes users members of a group; those who are members already stay it. Answers whether any is new. The group's
/// revision is the caller's to move.
///
/// # Errors
/// The database fails.
pub async fn add_members<R: MaySave<Group>>(
    tx: &Tx,
    _: &Permit<R>,
    group: &Group,
    users: &BTreeSet<UserId>,
) -> Result<bool> {
    let users: Vec<UserId> = users.iter().copied().collect();
    let mut added = false;
    for users in users.chunks(500) {
        let present: BTreeSet<UserId> = present(tx, group, users).await?;
        let lacking: Vec<UserId> = users.iter().copied().filter(|user| !present.contains(user)).collect();
        if lacking.is_empty() {
            continue;
        }
        let rows = lacking.iter().map(|user_id| group_member::ActiveModel {
            account_id: Set(tx.account_id()),
            group_id: Set(group.id),
            user_id: Set(*user_id),
        });
        group_member::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
        lacking.into_iter().for_each(|user_id| note_member(tx, group, user_id, "group.member_added"));
        added = true;
    }
    Ok(added)
}

/// Takes users out of a group. Answers whether any was in it. The group's revision is the caller's to move.
///
/// # Errors
/// The database fails.
pub async fn remove_members<R: MaySave<Group>>(
    tx: &Tx,
    _: &Permit<R>,
    group: &Group,
    users: &BTreeSet<UserId>,
) -> Result<bool> {
    let users: Vec<UserId> = users.iter().copied().collect();
    let mut removed = false;
    for users in users.chunks(500) {
        let present = present(tx, group, users).await?;
        if present.is_empty() {
            continue;
        }
        group_member::Entity::delete_many()
            .filter(group_member::Column::AccountId.eq(tx.account_id()))
            .filter(group_member::Column::GroupId.eq(group.id))
            .filter(group_member::Column::UserId.is_in(present.iter().copied()))
            .exec(tx.connection())
            .await?;
        present.into_iter().for_each(|user_id| note_member(tx, group, user_id, "group.member_removed"));
        removed = true;
    }
    Ok(removed)
}

async fn present(tx: &Tx, group: &Group, users: &[UserId]) -> Result<BTreeSet<UserId>> {
    let present: Vec<UserId> = group_member::Entity::find()
        .select_only()
        .column(group_member::Column::UserId)
        .filter(group_member::Column::AccountId.eq(tx.account_id()))
        .filter(group_member::Column::GroupId.eq(group.id))
        .filter(group_member::Column::UserId.is_in(users.iter().copied()))
        .into_tuple()
        .all(tx.connection())
        .await?;
    Ok(present.into_iter().collect())
}

/// The ids of all members of a group.
///
/// # Errors
/// The database fails.
pub async fn member_ids(source: &impl Source, group: &Group) -> Result<BTreeSet<UserId>> {
    let ids: Vec<UserId> = group_member::Entity::find()
        .select_only()
        .column(group_member::Column::UserId)
        .filter(group_member::Column::AccountId.eq(group.account_id))
        .filter(group_member::Column::GroupId.eq(group.id))
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(ids.into_iter().collect())
}

/// The organisation of this name, without regard to case; none if several are called so.
///
/// # Errors
/// The database fails.
pub async fn organisation_named(
    source: &impl Source,
    account_id: AccountId,
    name: &str,
) -> Result<Option<OrganisationId>> {
    let organisations: Vec<(OrganisationId, String)> = organisation::Entity::find()
        .select_only()
        .columns([organisation::Column::Id, organisation::Column::Name])
        .filter(organisation::Column::AccountId.eq(account_id))
        .into_tuple()
        .all(source.connection())
        .await?;
    // Not by SQL, since SQLite knows the case of ASCII letters only.
    let wanted = name.to_lowercase();
    let mut found = organisations.into_iter().filter(|(_, name)| name.to_lowercase() == wanted);
    Ok(match (found.next(), found.next()) {
        (Some((id, _)), None) => Some(id),
        _ => None,
    })
}
