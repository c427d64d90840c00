//! Listing the cases that somebody may see.
//!
//! Whoever sees few cases of many sees them in several ways: as a party, by a task, by a group, in an organisation. Each
//! way is an index that runs from the newest case to the oldest, so each gives its first few and no more, and the page is
//! taken from those.

use sea_orm::sea_query::{
    Alias, Expr, ExprTrait as _, IntoColumnRef, Order, Query, SelectStatement, UnionType,
};
use sea_orm::{ColumnTrait as _, Condition};
use styr_domain::access::CaseFilter;
use styr_domain::case::{Case, CaseStatus, TaskStatus};
use styr_domain::id::{GroupId, OrganisationId, UserId, WorkflowId};
use uuid::Uuid;

use super::{Part, admits};
use crate::coverage::not_closed;
use crate::entity::{case, case_party, task};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{Sort, list};
use crate::store::Source;

/// Which cases a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct CaseQuery {
    /// Only those of this template.
    pub workflow_id: Option<WorkflowId>,
    /// Only those in this state.
    pub status: Option<CaseStatus>,
    /// Only those of this organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Only those of this owner.
    pub owner_id: Option<UserId>,
}

/// More ways than this are not taken one by one. SQLite takes at most 500 queries in one.
const MOST_WAYS: usize = 400;

/// The cases that the caller may see, newest first.
///
/// # Errors
/// The database fails.
pub async fn cases(
    source: &impl Source,
    allowed: &CaseFilter,
    query: &CaseQuery,
    page: PageRequest,
) -> Result<Page<Case>> {
    let narrowed = Condition::all()
        .add_option(query.workflow_id.map(|id| case::Column::WorkflowId.eq(id)))
        .add_option(query.status.map(|status| case::Column::Status.eq(status)))
        .add_option(query.organisation_id.map(|id| case::Column::OrganisationId.eq(id)))
        .add_option(query.owner_id.map(|id| case::Column::OwnerId.eq(id)))
        .add_option(
            (!allowed.closed.is_empty()).then(|| not_closed(case::Column::OrganisationId, &allowed.closed)),
        );
    let ways = if allowed.all.account { Vec::new() } else { ways(allowed) };
    let condition = if allowed.all.account || ways.len() > MOST_WAYS {
        narrowed.add(admits(allowed))
    } else {
        let newest = ways.into_iter().map(|way| way.newest(allowed, &narrowed, page));
        let Some(ids) = newest.reduce(|mut ids, way| ids.union(UnionType::Distinct, way).take()) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        Condition::all().add(case::Column::Id.in_subquery(ids))
    };
    list(source, allowed.account_id, condition, Sort::NewestFirst, page).await
}

/// A way in which somebody comes to see cases: the column with their ids, and the rows that count.
struct Way {
    id: (Alias, Alias),
    rows: Condition,
}

/// The ways of [`CaseFilter::matches`]. No organisation hides its cases yet, so `see_hidden` adds and takes nothing.
fn ways(allowed: &CaseFilter) -> Vec<Way> {
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
        see_hidden: _,
        closed: _,
    } = allowed;
    let with_part = |party: Uuid, part: Part| Way {
        id: (Alias::new("case_party"), Alias::new("case_id")),
        rows: Condition::all()
            .add(case_party::Column::AccountId.eq(*account_id))
            .add(case_party::Column::PartyId.eq(party))
            .add(case_party::Column::Part.eq(part.as_str())),
    };
    let with_task = |condition: Condition| Way {
        id: (Alias::new("task"), Alias::new("case_id")),
        rows: condition
            .add(task::Column::AccountId.eq(*account_id))
            .add(task::Column::Status.eq(TaskStatus::Open)),
    };
    let assigned = |user: &UserId| with_task(Condition::all().add(task::Column::AssigneeId.eq(*user)));
    let unclaimed = |group: &GroupId| {
        let condition = Condition::all().add(task::Column::GroupId.eq(*group));
        with_task(condition.add(task::Column::AssigneeId.is_null()))
    };
    let of_organisation = |id: &OrganisationId| Way {
        id: (Alias::new("case"), Alias::new("id")),
        rows: Condition::all()
            .add(case::Column::AccountId.eq(*account_id))
            .add(case::Column::OrganisationId.eq(*id)),
    };
    let mut ways = Vec::new();
    if *own {
        ways.extend(person_ids.iter().map(|id| with_part(id.0, Part::Party)));
    }
    if *work {
        ways.extend(person_ids.iter().map(assigned));
        ways.extend(group_ids.iter().map(unclaimed));
    }
    if *involved {
        ways.push(with_part(user_id.0, Part::Involved));
    }
    if *groups {
        ways.extend(group_ids.iter().map(|id| with_part(id.0, Part::Group)));
    }
    ways.extend(all.organisations.iter().map(of_organisation));
    ways
}

impl Way {
    /// As many ids of the newest cases as one page can need.
    fn newest(self, allowed: &CaseFilter, narrowed: &Condition, page: PageRequest) -> SelectStatement {
        let Self { id, rows } = self;
        let mut newest = Query::select();
        newest
            .distinct()
            .expr_as(Expr::col(id.clone()), Alias::new("id"))
            .from(id.0.clone())
            .cond_where(rows)
            .order_by(id.clone().into_column_ref(), Order::Desc)
            .limit(page.limit + 1);
        if let Some(after) = page.after {
            newest.and_where(Expr::col(id.clone()).lt(after));
        }
        if !narrowed.is_empty() {
            if id.0 != Alias::new("case") {
                let same = Expr::col((case::Entity, case::Column::AccountId))
                    .eq(allowed.account_id)
                    .and(Expr::col((case::Entity, case::Column::Id)).equals(id));
                newest.inner_join(case::Entity, same);
            }
            newest.cond_where(narrowed.clone());
        }
        // SQLite wants what has a limit inside another query before it joins it to others.
        Query::select().column(Alias::new("id")).from_subquery(newest, Alias::new("way")).take()
    }
}
