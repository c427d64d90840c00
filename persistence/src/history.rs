//! Reading from the events how things were, and what changed who may do what.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, IntoColumnRef, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, DbBackend, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use styr_domain::access::Coverage;
use styr_domain::access::history::{ACCESS_CHANGES, AccessChange, HELD};
use styr_domain::event::{EntityKind, Event};
use styr_domain::id::{AccountId, OrganisationId, RoleId, UserId};
use uuid::Uuid;

use crate::coverage::covered;
use crate::entity::{event, group, user};
use crate::error::Result;
use crate::event::{from_row, secrets};
use crate::page::{Page, PageRequest};
use crate::record::find_many;
use crate::store::Source;

/// The kind of event of a user's deletion, which leaves no row behind.
const USER_DELETED: &str = "user.deleted";

/// The kinds of event of who is a member of what. A group may have very many.
const MEMBERSHIP: [&str; 4] = [
    "group.member_added",
    "group.member_removed",
    "permission_group.member_added",
    "permission_group.member_removed",
];

/// How many ids are named in one statement.
const CHUNK: usize = 500;

/// The sequence of the last of an account's events at or before a time; 0 when there is none.
///
/// # Errors
/// The database fails.
pub async fn until(source: &impl Source, account_id: AccountId, at: DateTime<Utc>) -> Result<u64> {
    last(source, account_id, event::Column::At.lte(at)).await
}

/// The sequence of the last of an account's events before a time; 0 when there is none.
///
/// # Errors
/// The database fails.
pub async fn before(source: &impl Source, account_id: AccountId, at: DateTime<Utc>) -> Result<u64> {
    last(source, account_id, event::Column::At.lt(at)).await
}

async fn last(source: &impl Source, account_id: AccountId, when: Expr) -> Result<u64> {
    let last: Option<i64> = event::Entity::find()
        .select_only()
        .column(event::Column::Sequence)
        .filter(event::Column::AccountId.eq(account_id))
        .filter(when)
        .order_by_desc(event::Column::At)
        .order_by_desc(event::Column::Sequence)
        .limit(1)
        .into_tuple()
        .one(source.connection())
        .await?;
    Ok(last.unwrap_or_default().unsigned_abs())
}

/// Which users of a past time are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct PastUserFilter {
    /// Only this one.
    pub user_id: Option<UserId>,
    /// Only those whose roles' events up to then name this role: all who held it, and some who no longer did.
    pub role_id: Option<RoleId>,
}

/// The users that the account had after the event with this sequence, by id, who then belonged to organisations covered;
/// those deleted since are among them.
///
/// # Errors
/// The database fails.
pub async fn users(
    source: &impl Source,
    account_id: AccountId,
    sequence: u64,
    coverage: &Coverage,
    filter: PastUserFilter,
    page: PageRequest,
) -> Result<Page<UserId>> {
    let PastUserFilter { user_id, role_id } = filter;
    let there = |id: Expr| {
        let existed = about(account_id, id.clone()).and_where(past().lte(sequence.cast_signed())).take();
        let belonged = belonged(
            source,
            account_id,
            BelongsTo::User,
            id.clone(),
            past().gt(sequence.cast_signed()),
            coverage,
        );
        let held = role_id.map(|role| {
            let mut held = Query::select();
            held.expr(Expr::val(1))
                .from_as(event::Entity, Alias::new("past"))
                .and_where(column("account_id").eq(account_id))
                .and_where(column("subject_id").eq(id))
                .and_where(past().lte(sequence.cast_signed()))
                .and_where(column("entity").eq(EntityKind::RoleAssignment.as_str()))
                .and_where(column("detail").like(format!("%{role}%")));
            Expr::exists(held)
        });
        Condition::all().add(Expr::exists(existed)).add(belonged).add_option(held)
    };
    let mut present = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::AccountId.eq(account_id))
        .filter(there(Expr::col((user::Entity, user::Column::Id))));
    let mut deleted = event::Entity::find()
        .select_only()
        .column(event::Column::EntityId)
        .filter(event::Column::AccountId.eq(account_id))
        .filter(event::Column::Kind.eq(USER_DELETED))
        .filter(event::Column::Sequence.gt(sequence.cast_signed()))
        .filter(there(Expr::col((event::Entity, event::Column::EntityId))));
    if let Some(id) = user_id {
        present = present.filter(user::Column::Id.eq(id));
        deleted = deleted.filter(event::Column::EntityId.eq(id));
    }
    if let Some(after) = page.after {
        present = present.filter(user::Column::Id.gt(after));
        deleted = deleted.filter(event::Column::EntityId.gt(after));
    }
    let present = present.order_by_asc(user::Column::Id).limit(page.limit + 1);
    let deleted = deleted.order_by_asc(event::Column::EntityId).limit(page.limit + 1);
    let mut ids: BTreeSet<UserId> =
        present.into_tuple::<UserId>().all(source.connection()).await?.into_iter().collect();
    ids.extend(deleted.into_tuple::<UserId>().all(source.connection()).await?);
    Ok(Page::from_one_more(ids.into_iter().collect(), page, |id| id.0))
}

/// The events of these things up to a sequence, in order, but for those of who is a member of them.
///
/// # Errors
/// The database fails.
pub async fn of_things(
    source: &impl Source,
    account_id: AccountId,
    sequence: u64,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Event>> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut events = Vec::new();
    for ids in ids.chunks(CHUNK) {
        let condition = Condition::all()
            .add(event::Column::EntityId.is_in(ids.iter().copied()))
            .add(event::Column::Kind.is_not_in(MEMBERSHIP));
        events.extend(up_to(source, account_id, sequence, condition).await?);
    }
    Ok(events)
}

/// The events up to a sequence, in order, of what these users were given and taken.
///
/// # Errors
/// The database fails.
pub async fn of_what_users_held(
    source: &impl Source,
    account_id: AccountId,
    sequence: u64,
    users: &[UserId],
) -> Result<Vec<Event>> {
    let condition = Condition::all()
        .add(event::Column::SubjectId.is_in(users.iter().copied()))
        .add(event::Column::Entity.is_in(HELD.map(EntityKind::as_str)));
    up_to(source, account_id, sequence, condition).await
}

async fn up_to(
    source: &impl Source,
    account_id: AccountId,
    sequence: u64,
    condition: Condition,
) -> Result<Vec<Event>> {
    event::Entity::find()
        .filter(event::Column::AccountId.eq(account_id))
        .filter(event::Column::Sequence.lte(sequence.cast_signed()))
        .filter(condition)
        .order_by_asc(event::Column::Sequence)
        .all(source.connection())
        .await?
        .into_iter()
        .map(|row| from_row(row, [0; 32]))
        .collect()
}

/// The names of users as they are now, or were when they were deleted, as long as those have not been erased.
///
/// # Errors
/// The database fails.
pub async fn user_names(
    source: &impl Source,
    account_id: AccountId,
    ids: &BTreeSet<UserId>,
) -> Result<BTreeMap<UserId, String>> {
    let present: Vec<styr_domain::user::User> =
        find_many(source, account_id, ids.iter().map(|id| id.0)).await?;
    let mut names: BTreeMap<UserId, String> = present.into_iter().map(|user| (user.id, user.name)).collect();
    let gone: Vec<UserId> = ids.iter().filter(|id| !names.contains_key(id)).copied().collect();
    for gone in gone.chunks(CHUNK) {
        let deletions: Vec<(i64, UserId)> = event::Entity::find()
            .select_only()
            .columns([event::Column::Sequence, event::Column::EntityId])
            .filter(event::Column::AccountId.eq(account_id))
            .filter(event::Column::EntityId.is_in(gone.iter().copied()))
            .filter(event::Column::Kind.eq(USER_DELETED))
            .into_tuple()
            .all(source.connection())
            .await?;
        let sequences = deletions.iter().map(|(sequence, _)| *sequence).collect();
        let secrets = secrets(source, account_id, sequences).await?;
        for (sequence, id) in deletions {
            let secret = secrets.get(&sequence);
            if let Some(name) = secret.and_then(|secret| secret.personal.pointer("/name/before")?.as_str()) {
                names.insert(id, name.to_owned());
            }
        }
    }
    Ok(names)
}

/// One page of the changes of who may do what, newest first: those above the sequence `above` and up to `up_to`, of which
/// the organisations covered may know.
///
/// A change that concerns a user is known where that user belonged, one of a local rights group or an organisation where
/// that lies. What concerns the account as a whole is known wherever anything is covered: it may change who does what
/// there. Answers the sequence to go on below, too.
///
/// # Errors
/// The database fails.
pub async fn access_changes(
    source: &impl Source,
    account_id: AccountId,
    coverage: &Coverage,
    above: u64,
    up_to: u64,
    limit: u64,
) -> Result<(Vec<Event>, Option<u64>)> {
    // One kind of thing at a time, so that an index gives the newest first.
    let mut newest: Vec<i64> = Vec::new();
    for change in ACCESS_CHANGES {
        let found: Vec<i64> = event::Entity::find()
            .select_only()
            .column(event::Column::Sequence)
            .filter(event::Column::AccountId.eq(account_id))
            .filter(event::Column::Entity.eq(change.entity.as_str()))
            .filter(event::Column::Sequence.gt(above.cast_signed()))
            .filter(event::Column::Sequence.lte(up_to.cast_signed()))
            .filter(touching(*change))
            .filter(known(source, account_id, change.entity, coverage))
            .order_by_desc(event::Column::Sequence)
            .limit(limit + 1)
            .into_tuple()
            .all(source.connection())
            .await?;
        newest.extend(found);
    }
    newest.sort_unstable_by(|one, other| other.cmp(one));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = newest.len() > limit;
    newest.truncate(limit);
    let next = if more { newest.last().map(|last| last.unsigned_abs()) } else { None };
    let events = event::Entity::find()
        .filter(event::Column::AccountId.eq(account_id))
        .filter(event::Column::Sequence.is_in(newest))
        .order_by_desc(event::Column::Sequence)
        .all(source.connection())
        .await?
        .into_iter()
        .map(|row| from_row(row, [0; 32]))
        .collect::<Result<_>>()?;
    Ok((events, next))
}

fn touching(change: AccessChange) -> Condition {
    let AccessChange { entity: _, fields, kinds } = change;
    if fields.is_empty() {
        return Condition::all();
    }
    let named = fields.iter().map(|field| event::Column::Detail.contains(format!("\"{field}\":")));
    named.fold(Condition::any().add(event::Column::Kind.is_in(kinds.iter().copied())), Condition::add)
}

fn known(source: &impl Source, account_id: AccountId, entity: EntityKind, coverage: &Coverage) -> Condition {
    if everything(coverage) {
        return Condition::all();
    }
    let own = |name| Expr::col((event::Entity, name));
    let user = |id| {
        let then = past().gte(own(event::Column::Sequence));
        belonged(source, account_id, BelongsTo::User, own(id), then, coverage)
    };
    let thing = match entity {
        // One who moves is known where they left and where they came.
        EntityKind::User => {
            let after = past().gt(own(event::Column::Sequence));
            let id = own(event::Column::EntityId);
            let came = belonged(source, account_id, BelongsTo::User, id, after, coverage);
            Condition::any().add(user(event::Column::EntityId)).add(came)
        }
        EntityKind::Group => {
            let (id, then) = (own(event::Column::EntityId), past().gte(own(event::Column::Sequence)));
            belonged(source, account_id, BelongsTo::Group, id, then, coverage)
        }
        EntityKind::Organisation => covered(event::Column::EntityId, coverage),
        _ => Condition::all(),
    };
    Condition::any()
        .add(Condition::all().add(event::Column::SubjectId.is_null()).add(thing))
        .add(Condition::all().add(event::Column::SubjectId.is_not_null()).add(user(event::Column::SubjectId)))
}

/// What belongs to an organisation and may be moved to another.
#[derive(Clone, Copy)]
enum BelongsTo {
    User,
    /// One that no organisation owns belongs to each of them.
    Group,
}

/// Whether a thing belonged to a covered organisation before those of its later events that `later` says: where the first
/// of them moved it from, or else where it is now.
fn belonged(
    source: &impl Source,
    account_id: AccountId,
    what: BelongsTo,
    id: Expr,
    later: Expr,
    coverage: &Coverage,
) -> Condition {
    if everything(coverage) {
        return Condition::all();
    }
    let from = Expr::cust(match source.connection().get_database_backend() {
        DbBackend::Postgres => r#"CAST("past"."detail" AS JSON) #>> '{organisation_id,before}'"#,
        _ => r#""past"."detail" ->> '$.organisation_id.before'"#,
    });
    let mut moved_from = about(account_id, id.clone());
    moved_from
        .clear_selects()
        .expr(from.clone())
        .and_where(later)
        .and_where(from.is_not_null())
        .order_by((Alias::new("past"), Alias::new("sequence")), Order::Asc)
        .limit(1);
    let mut rows = Query::select();
    let now = match what {
        BelongsTo::User => {
            rows.column(user::Column::Id)
                .from(user::Entity)
                .and_where(user::Column::AccountId.eq(account_id))
                .cond_where(covered(user::Column::OrganisationId, coverage));
            id.in_subquery(rows)
        }
        BelongsTo::Group => {
            rows.column(group::Column::Id)
                .from(group::Entity)
                .and_where(group::Column::AccountId.eq(account_id))
                .and_where(group::Column::OrganisationId.is_not_null())
                .cond_where(covered(group::Column::OrganisationId, coverage).not());
            id.not_in_subquery(rows)
        }
    };
    let moved_from = Expr::SubQuery(None, Box::new(moved_from.into()));
    let Coverage { account, organisations, closed, .. } = coverage;
    let texts = |ids: &BTreeSet<OrganisationId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let there = if *account {
        moved_from.clone().is_not_in(texts(closed))
    } else {
        moved_from.clone().is_in(texts(&organisations.difference(closed).copied().collect()))
    };
    Condition::any()
        .add(Condition::all().add(moved_from.clone().is_not_null()).add(there))
        .add(Condition::all().add(moved_from.is_null()).add(now))
}

/// Whether every organisation is covered, none of them locked down.
fn everything(coverage: &Coverage) -> bool {
    coverage.account && coverage.closed.is_empty()
}

/// The events about a thing, called `past`, for asking of another statement's row.
fn about(account_id: AccountId, id: Expr) -> SelectStatement {
    let mut events = Query::select();
    events
        .expr(Expr::val(1))
        .from_as(event::Entity, Alias::new("past"))
        .and_where(column("account_id").eq(account_id))
        .and_where(column("entity_id").eq(id));
    events
}

fn past() -> Expr {
    column("sequence")
}

fn column(name: &'static str) -> Expr {
    Expr::col((Alias::new("past"), Alias::new(name)).into_column_ref())
}
