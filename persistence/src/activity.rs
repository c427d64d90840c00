//! Activities, and which processes use them.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait,
};
use styr_domain::access::{ActivityFilter, ProcessEditFilter, ProcessFilter};
use styr_domain::id::{AccountId, ActivityId, ProcessId, UserId};
use styr_domain::process::{Activity, ActivityContent, Process};
use uuid::Uuid;

use crate::entity::{activity, activity_in_force, activity_use, process, process_person};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::process::{admits as admits_process, admits_editing};
use crate::record::{Sort, list};
use crate::store::Source;
use crate::version;

/// Which activities a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct ActivityQuery {
    /// Only those of this owner.
    pub owner_id: Option<UserId>,
    /// Only those that this process uses.
    pub process_id: Option<ProcessId>,
    /// Only those that processes use, or none does.
    pub used: Option<bool>,
}

/// The activities that the caller may see. Those of others are called as they are in force.
///
/// # Errors
/// The database fails.
pub async fn activities(
    source: &impl Source,
    allowed: &ActivityFilter,
    query: &ActivityQuery,
    page: PageRequest,
) -> Result<Page<Activity>> {
    if !allowed.processes.any {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let account_id = allowed.processes.account_id;
    let of_process = |process_id: ProcessId| {
        let mut ids = Query::select();
        ids.column(activity_use::Column::ActivityId)
            .from(activity_use::Entity)
            .and_where(Expr::col((activity_use::Entity, activity_use::Column::AccountId)).eq(account_id))
            .and_where(activity_use::Column::ProcessId.eq(process_id))
            .inner_join(process::Entity, same_process())
            .cond_where(shows(&allowed.processes));
        activity::Column::Id.in_subquery(ids)
    };
    let used = Expr::exists(uses_of_row(account_id));
    let condition = Condition::all()
        .add(admits(allowed))
        .add_option(query.owner_id.map(|id| activity::Column::OwnerId.eq(id)))
        .add_option(query.process_id.map(of_process))
        .add_option(query.used.map(|wanted| if wanted { used } else { used.not() }));
    let page: Page<Activity> = list(source, account_id, condition, Sort::OldestFirst, page).await?;
    let theirs = |activity: &&Activity| !allowed.all && activity.owner_id != allowed.processes.user_id;
    let drafted: Vec<(Uuid, i32)> = page
        .items
        .iter()
        .filter(theirs)
        .filter(|activity| activity.published_version != Some(activity.version))
        .filter_map(|activity| Some((activity.id.0, activity.published_version?)))
        .collect();
    let mut in_force = version::of_many::<ActivityContent>(source, account_id, &drafted).await?;
    Ok(page.map(|activity| match in_force.remove(&activity.id.0) {
        Some((_, content)) => Activity { title: content.title, ..activity },
        None => activity,
    }))
}

/// The rule of [`ActivityFilter::matches`] in SQL.
pub(crate) fn admits(allowed: &ActivityFilter) -> Condition {
    let ActivityFilter { all, processes } = allowed;
    if *all {
        return Condition::all();
    }
    let mut seen = uses_of_row(processes.account_id);
    seen.inner_join(process::Entity, same_process()).cond_where(shows(processes));
    Condition::any().add(activity::Column::OwnerId.eq(processes.user_id)).add(Expr::exists(seen))
}

/// Whether the caller sees that a process uses an activity: it does so in force, and they see the process; or they see the
/// process's drafts.
fn shows(seen: &ProcessFilter) -> Condition {
    let edits = admits_editing(&ProcessEditFilter { seen: seen.clone(), own: true });
    if edits.is_empty() {
        return edits;
    }
    let in_force = Condition::all().add(activity_use::Column::InForce.eq(true)).add(admits_process(seen));
    Condition::any().add(in_force).add(edits)
}

/// The uses of the activity that the query around is about.
fn uses_of_row(account_id: AccountId) -> SelectStatement {
    let mut uses = Query::select();
    uses.expr(Expr::val(1))
        .from(activity_use::Entity)
        .and_where(activity_use::Column::AccountId.eq(account_id))
        .and_where(
            Expr::col((activity_use::Entity, activity_use::Column::ActivityId))
                .equals((activity::Entity, activity::Column::Id)),
        );
    uses
}

fn same_process() -> Expr {
    Expr::col((process::Entity, process::Column::AccountId))
        .equals((activity_use::Entity, activity_use::Column::AccountId))
        .and(
            Expr::col((process::Entity, process::Column::Id))
                .equals((activity_use::Entity, activity_use::Column::ProcessId)),
        )
}

/// How a caller stands to the processes that use an activity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether they see any of them.
    pub sees_any: bool,
    /// Whether there are some, and they may edit all of them.
    pub edits_all: bool,
}

/// How a caller stands to the processes that use each of these activities.
///
/// # Errors
/// The database fails.
pub async fn standings(
    source: &impl Source,
    edits: &ProcessEditFilter,
    ids: impl IntoIterator<Item = ActivityId>,
) -> Result<BTreeMap<ActivityId, Standing>> {
    let seen = &edits.seen;
    let ids: Vec<ActivityId> = ids.into_iter().collect();
    let mut found: BTreeMap<ActivityId, Standing> = ids.iter().map(|id| (*id, Standing::default())).collect();
    if !seen.any {
        return Ok(found);
    }
    for ids in ids.chunks(500) {
        let uses = || {
            activity_use::Entity::find()
                .select_only()
                .column(activity_use::Column::ActivityId)
                .distinct()
                .filter(activity_use::Column::AccountId.eq(seen.account_id))
                .filter(activity_use::Column::ActivityId.is_in(ids.iter().copied()))
        };
        let mut visible = uses();
        QueryTrait::query(&mut visible).inner_join(process::Entity, same_process());
        let visible = visible.filter(shows(seen)).into_tuple::<ActivityId>();
        for id in visible.all(source.connection()).await? {
            found.insert(id, Standing { sees_any: true, edits_all: true });
        }
        // What is compared with NULL is neither so nor not so; what does not exist is not.
        let mut editable = Query::select();
        editable
            .expr(Expr::val(1))
            .from(process::Entity)
            .and_where(same_process())
            .cond_where(admits_editing(edits));
        let closed = uses().filter(Expr::exists(editable).not()).into_tuple::<ActivityId>();
        for id in closed.all(source.connection()).await? {
            found.entry(id).or_default().edits_all = false;
        }
    }
    Ok(found)
}

/// How many processes use an activity.
///
/// # Errors
/// The database fails.
pub async fn count_uses(source: &impl Source, account_id: AccountId, id: ActivityId) -> Result<u64> {
    Ok(activity_use::Entity::find()
        .filter(activity_use::Column::AccountId.eq(account_id))
        .filter(activity_use::Column::ActivityId.eq(id))
        .count(source.connection())
        .await?)
}

/// How many processes had an activity in force once, or have it.
///
/// # Errors
/// The database fails.
pub async fn count_in_force(source: &impl Source, account_id: AccountId, id: ActivityId) -> Result<u64> {
    Ok(activity_in_force::Entity::find()
        .filter(activity_in_force::Column::AccountId.eq(account_id))
        .filter(activity_in_force::Column::ActivityId.eq(id))
        .count(source.connection())
        .await?)
}

/// The processes with an activity in their newest flow or the one in force, as far as the caller sees that.
///
/// # Errors
/// The database fails.
pub async fn uses(
    source: &impl Source,
    allowed: &ProcessFilter,
    id: ActivityId,
    page: PageRequest,
) -> Result<Page<Process>> {
    if !allowed.any {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let mut used = Query::select();
    used.expr(Expr::val(1))
        .from(activity_use::Entity)
        .and_where(same_process())
        .and_where(activity_use::Column::ActivityId.eq(id))
        .cond_where(shows(allowed));
    let condition = Condition::all().add(Expr::exists(used)).add(admits_process(allowed));
    list(source, allowed.account_id, condition, Sort::OldestFirst, page).await
}

/// The ids of the processes that use an activity.
fn users(account_id: AccountId, id: ActivityId) -> SelectStatement {
    let mut ids = Query::select();
    ids.column(activity_use::Column::ProcessId)
        .from(activity_use::Entity)
        .and_where(activity_use::Column::AccountId.eq(account_id))
        .and_where(activity_use::Column::ActivityId.eq(id));
    ids
}

/// Everybody with a part in a process that uses an activity: owners, editors and members.
///
/// # Errors
/// The database fails.
pub async fn people(source: &impl Source, account_id: AccountId, id: ActivityId) -> Result<BTreeSet<UserId>> {
    let mut people: BTreeSet<UserId> = process::Entity::find()
        .select_only()
        .column(process::Column::OwnerId)
        .distinct()
        .filter(process::Column::AccountId.eq(account_id))
        .filter(process::Column::Id.in_subquery(users(account_id, id)))
        .into_tuple::<UserId>()
        .all(source.connection())
        .await?
        .into_iter()
        .collect();
    people.extend(
        process_person::Entity::find()
            .select_only()
            .column(process_person::Column::UserId)
            .distinct()
            .filter(process_person::Column::AccountId.eq(account_id))
            .filter(process_person::Column::ProcessId.in_subquery(users(account_id, id)))
            .into_tuple::<UserId>()
            .all(source.connection())
            .await?,
    );
    Ok(people)
}
