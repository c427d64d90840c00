//! Cases, their tasks, and who has a part in them.

mod list;

use std::collections::BTreeMap;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use styr_domain::access::{CaseFilter, Permit, TaskFilter, of};
use styr_domain::case::{Case, CaseStatus, Task, TaskStatus};
use styr_domain::id::{AccountId, CaseId, GroupId, UserId};
use uuid::Uuid;

use crate::coverage::{covered, not_closed};
use crate::entity::{case, case_party, submission, task, term};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{MaySave, Sort, list};
use crate::store::Source;
use crate::tx::Tx;

pub use list::{CaseQuery, cases};

/// Someone's part in a case, besides an open task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Owns it, started it, or had it started for them.
    Party,
    /// Has or had a task in it.
    Involved,
    /// A rights group that has or had a task in it.
    Group,
}

impl Part {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Involved => "involved",
            Self::Group => "group",
        }
    }
}

/// Everybody with a part in a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parties {
    /// Who owns it, started it, or had it started for them.
    pub parties: Vec<UserId>,
    /// Who ever had a task in it.
    pub involved: Vec<UserId>,
    /// The rights groups that ever had a task in it.
    pub groups: Vec<GroupId>,
}

/// Everybody with a part in a case.
///
/// # Errors
/// The database fails.
pub async fn parties(source: &impl Source, account_id: AccountId, case_id: CaseId) -> Result<Parties> {
    Ok(parties_of_many(source, account_id, &[case_id]).await?.remove(&case_id).unwrap_or_default())
}

/// Everybody with a part in each of these cases; a case without any is left out.
///
/// # Errors
/// The database fails.
pub async fn parties_of_many(
    source: &impl Source,
    account_id: AccountId,
    case_ids: &[CaseId],
) -> Result<BTreeMap<CaseId, Parties>> {
    let mut found: BTreeMap<CaseId, Parties> = BTreeMap::new();
    for case_ids in case_ids.chunks(500) {
        let rows = case_party::Entity::find()
            .filter(case_party::Column::AccountId.eq(account_id))
            .filter(case_party::Column::CaseId.is_in(case_ids.iter().copied()))
            .all(source.connection())
            .await?;
        for case_party::Model { case_id, part, party_id, .. } in rows {
            let parties = found.entry(case_id).or_default();
            if part == Part::Party.as_str() {
                parties.parties.push(UserId(party_id));
            } else if part == Part::Involved.as_str() {
                parties.involved.push(UserId(party_id));
            } else {
                parties.groups.push(GroupId(party_id));
            }
        }
    }
    Ok(found)
}

/// Gives users and groups parts in each of these cases; those they have already are left as they are.
///
/// # Errors
/// The database fails.
pub async fn add_parties<R: MaySave<Case>>(
    tx: &Tx,
    _: &Permit<R>,
    case_ids: &[CaseId],
    parties: impl IntoIterator<Item = (Uuid, Part)>,
) -> Result<()> {
    let parties = parties.into_iter();
    let rows: Vec<_> = parties
        .flat_map(|(party_id, part)| {
            case_ids.iter().map(move |case_id| case_party::ActiveModel {
                account_id: Set(tx.account_id()),
                case_id: Set(*case_id),
                party_id: Set(party_id),
                part: Set(part.as_str().to_owned()),
            })
        })
        .collect();
    let present = OnConflict::columns([
        case_party::Column::AccountId,
        case_party::Column::CaseId,
        case_party::Column::PartyId,
        case_party::Column::Part,
    ])
    .do_nothing()
    .to_owned();
    for rows in rows.chunks(500) {
        case_party::Entity::insert_many(rows.iter().cloned())
            .on_conflict(present.clone())
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(())
}

/// Takes away a user's part in each of these cases.
///
/// # Errors
/// The database fails.
pub async fn remove_party<R: MaySave<Case>>(
    tx: &Tx,
    _: &Permit<R>,
    case_ids: &[CaseId],
    user_id: UserId,
    part: Part,
) -> Result<()> {
    for case_ids in case_ids.chunks(500) {
        case_party::Entity::delete_many()
            .filter(case_party::Column::AccountId.eq(tx.account_id()))
            .filter(case_party::Column::CaseId.is_in(case_ids.iter().copied()))
            .filter(case_party::Column::PartyId.eq(user_id.0))
            .filter(case_party::Column::Part.eq(part.as_str()))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// The open tasks of a case, oldest first.
///
/// # Errors
/// The database fails.
pub async fn open_tasks(source: &impl Source, account_id: AccountId, case_id: CaseId) -> Result<Vec<Task>> {
    Ok(open_tasks_of_many(source, account_id, &[case_id]).await?.remove(&case_id).unwrap_or_default())
}

/// The open tasks of each of these cases, oldest first; a case without any is left out.
///
/// # Errors
/// The database fails.
pub async fn open_tasks_of_many(
    source: &impl Source,
    account_id: AccountId,
    case_ids: &[CaseId],
) -> Result<BTreeMap<CaseId, Vec<Task>>> {
    let mut found: BTreeMap<CaseId, Vec<Task>> = BTreeMap::new();
    for case_ids in case_ids.chunks(500) {
        let rows = task::Entity::find()
            .filter(task::Column::AccountId.eq(account_id))
            .filter(task::Column::CaseId.is_in(case_ids.iter().copied()))
            .filter(task::Column::Status.eq(TaskStatus::Open))
            .order_by_asc(task::Column::CaseId)
            .order_by_asc(task::Column::Work)
            .all(source.connection())
            .await?;
        for row in rows {
            found.entry(row.case_id).or_default().push(row.into());
        }
    }
    Ok(found)
}

/// The task of a node of the flow that was completed last, if any was.
///
/// # Errors
/// The database fails.
pub async fn last_completed(
    source: &impl Source,
    account_id: AccountId,
    case_id: CaseId,
    node: &str,
) -> Result<Option<Task>> {
    let row = task::Entity::find()
        .filter(task::Column::AccountId.eq(account_id))
        .filter(task::Column::CaseId.eq(case_id))
        .filter(task::Column::Node.eq(node))
        .filter(task::Column::Status.eq(TaskStatus::Completed))
        .order_by_desc(task::Column::Work)
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// The nodes of a case's flow that its tasks stand for, each with the state of a task there.
///
/// # Errors
/// The database fails.
pub async fn task_states(
    source: &impl Source,
    account_id: AccountId,
    case_id: CaseId,
) -> Result<Vec<(String, TaskStatus)>> {
    Ok(task::Entity::find()
        .select_only()
        .columns([task::Column::Node, task::Column::Status])
        .distinct()
        .filter(task::Column::AccountId.eq(account_id))
        .filter(task::Column::CaseId.eq(case_id))
        .into_tuple()
        .all(source.connection())
        .await?)
}

/// Deletes a case with its tasks, its submissions and all that they are found by, and records the event.
///
/// # Errors
/// The database fails.
pub async fn delete(tx: &Tx, permit: &Permit<of::CaseDelete>, case: &Case) -> Result<()> {
    let within = [
        Query::select()
            .column(task::Column::Id)
            .from(task::Entity)
            .and_where(task::Column::AccountId.eq(tx.account_id()))
            .and_where(task::Column::CaseId.eq(case.id))
            .take(),
        Query::select()
            .column(submission::Column::Id)
            .from(submission::Entity)
            .and_where(submission::Column::AccountId.eq(tx.account_id()))
            .and_where(submission::Column::CaseId.eq(case.id))
            .take(),
    ];
    for ids in within {
        term::Entity::delete_many()
            .filter(term::Column::AccountId.eq(tx.account_id()))
            .filter(term::Column::EntityId.in_subquery(ids))
            .exec(tx.connection())
            .await?;
    }
    // The database deletes the tasks and submissions with it.
    tx.delete(permit, case, "case.deleted").await
}

/// Whether a case is among those that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn is_admitted(source: &impl Source, allowed: &CaseFilter, id: CaseId) -> Result<bool> {
    let found = case::Entity::find()
        .select_only()
        .column(case::Column::Id)
        .filter(case::Column::Id.eq(id))
        .filter(case::Column::AccountId.eq(allowed.account_id))
        .filter(admits(allowed))
        .into_tuple::<CaseId>()
        .one(source.connection())
        .await?;
    Ok(found.is_some())
}

/// The ids of the cases that the caller may see.
pub(crate) fn admitted_ids(allowed: &CaseFilter) -> SelectStatement {
    let mut ids = Query::select();
    ids.column(case::Column::Id)
        .from(case::Entity)
        .and_where(case::Column::AccountId.eq(allowed.account_id))
        .cond_where(admits(allowed));
    ids
}

/// The rule of [`CaseFilter::matches`] in SQL.
pub(crate) fn admits(allowed: &CaseFilter) -> Condition {
    let CaseFilter {
        account_id,
        user_id,
        person_ids,
        group_ids,
        own,
        work,
        involved,
        groups,
        all,
        hidden,
        closed,
    } = allowed;
    let open = not_closed(case::Column::OrganisationId, closed);
    if all.account && hidden.is_empty() {
        return open;
    }
    let with_part = |parties: Vec<Uuid>, part: Part| {
        let mut ids = Query::select();
        ids.column(case_party::Column::CaseId)
            .from(case_party::Entity)
            .and_where(case_party::Column::AccountId.eq(*account_id))
            .and_where(case_party::Column::PartyId.is_in(parties))
            .and_where(case_party::Column::Part.eq(part.as_str()));
        Expr::col((case::Entity, case::Column::Id)).in_subquery(ids)
    };
    let persons = || person_ids.iter().map(|id| id.0).collect();
    let works = || {
        let mut ids = Query::select();
        ids.column(task::Column::CaseId)
            .from(task::Entity)
            .and_where(task::Column::AccountId.eq(*account_id))
            .and_where(task::Column::Status.eq(TaskStatus::Open))
            .cond_where(waits_for(person_ids, group_ids));
        Expr::col((case::Entity, case::Column::Id)).in_subquery(ids)
    };
    let of_groups = || with_part(group_ids.iter().map(|id| id.0).collect(), Part::Group);
    let without_part =
        Condition::any().add(covered(case::Column::OrganisationId, all)).add_option(groups.then(of_groups));
    let without_part =
        Condition::all().add(not_closed(case::Column::OrganisationId, hidden)).add(without_part);
    let admitted = Condition::any()
        .add(without_part)
        .add_option(own.then(|| with_part(persons(), Part::Party)))
        .add_option(work.then(works))
        .add_option(involved.then(|| with_part(vec![user_id.0], Part::Involved)));
    Condition::all().add(open).add(admitted)
}

fn waits_for<'a>(
    persons: impl IntoIterator<Item = &'a UserId>,
    groups: impl IntoIterator<Item = &'a GroupId>,
) -> Condition {
    let unclaimed = Condition::all()
        .add(task::Column::AssigneeId.is_null())
        .add(task::Column::GroupId.is_in(groups.into_iter().copied()));
    Condition::any().add(task::Column::AssigneeId.is_in(persons.into_iter().copied())).add(unclaimed)
}

/// The open tasks that wait for the caller, oldest first. Those of parked cases do not: nothing can be done about them.
///
/// # Errors
/// The database fails.
pub async fn tasks_waiting(
    source: &impl Source,
    waiting: &TaskFilter,
    page: PageRequest,
) -> Result<Page<Task>> {
    if !waiting.any {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let mut parked = Query::select();
    parked
        .column(case::Column::Id)
        .from(case::Entity)
        .and_where(case::Column::AccountId.eq(waiting.account_id))
        .and_where(case::Column::Status.eq(CaseStatus::Parked));
    let condition = Condition::all()
        .add(waits_for(&waiting.person_ids, &waiting.group_ids))
        .add(not_closed(task::Column::OrganisationId, &waiting.closed))
        .add(task::Column::Status.eq(TaskStatus::Open))
        .add(task::Column::CaseId.not_in_subquery(parked));
    list(source, waiting.account_id, condition, Sort::OldestFirst, page).await
}

/// Which tasks a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct TaskQuery {
    /// Only those of this case.
    pub case_id: Option<CaseId>,
    /// Only those in this state.
    pub status: Option<TaskStatus>,
}

/// The tasks of the cases that the caller may see, newest first.
///
/// # Errors
/// The database fails.
pub async fn tasks(
    source: &impl Source,
    allowed: &CaseFilter,
    query: &TaskQuery,
    page: PageRequest,
) -> Result<Page<Task>> {
    let seen = if allowed.all.account && allowed.hidden.is_empty() {
        not_closed(task::Column::OrganisationId, &allowed.closed)
    } else {
        Condition::all().add(task::Column::CaseId.in_subquery(admitted_ids(allowed)))
    };
    let condition = seen
        .add_option(query.case_id.map(|id| task::Column::CaseId.eq(id)))
        .add_option(query.status.map(|status| task::Column::Status.eq(status)));
    list(source, allowed.account_id, condition, Sort::NewestFirst, page).await
}
