//! Listing the cases that somebody may see.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, Condition};
use styr_domain::access::CaseFilter;
use styr_domain::case::{Case, CaseStatus, TaskStatus};
use styr_domain::id::{AccountId, GroupId, OrganisationId, UserId, WorkflowId};
use uuid::Uuid;

use super::{Part, admits};
use crate::coverage::not_closed;
use crate::entity::{case, case_party, task};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{Sort, list};
use crate::store::Source;
use crate::ways::{MOST_WAYS, Wanted, Way};

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
    let account_id = allowed.account_id;
    let narrowed = Condition::all()
        .add_option(query.workflow_id.map(|id| case::Column::WorkflowId.eq(id)))
        .add_option(query.status.map(|status| case::Column::Status.eq(status)))
        .add_option(query.organisation_id.map(|id| case::Column::OrganisationId.eq(id)))
        .add_option(query.owner_id.map(|id| case::Column::OwnerId.eq(id)));
    let ways = if allowed.all.account { Vec::new() } else { ways(allowed) };
    if allowed.all.account || ways.len() > MOST_WAYS {
        return list(source, account_id, narrowed.add(admits(allowed)), Sort::NewestFirst, page).await;
    }
    let open =
        (!allowed.closed.is_empty()).then(|| not_closed(case::Column::OrganisationId, &allowed.closed));
    let narrowed = narrowed.add_option(open);
    let wanted = Wanted { table: "case", account_id, narrowed: &narrowed, sort: Sort::NewestFirst, page };
    let Some(ids) = wanted.ids(ways) else { return Ok(Page { items: Vec::new(), next: None }) };
    list(source, account_id, case::Column::Id.in_subquery(ids), Sort::NewestFirst, page).await
}

/// The ways of [`CaseFilter::matches`].
///
/// Whoever has an open task in a case is involved in it, and the group that one waits for has a part in it: where these
/// lead to the case, the task need not be looked at.
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
        hidden,
        closed: _,
    } = allowed;
    let with_part = |party: Uuid, parts: &[Part]| Way {
        id: ("case_party", "case_id"),
        rows: Condition::all()
            .add(case_party::Column::AccountId.eq(*account_id))
            .add(case_party::Column::PartyId.eq(party))
            .add(case_party::Column::Part.is_in(parts.iter().map(|part| part.as_str()))),
    };
    let with_task = |condition: Condition| Way {
        id: ("task", "case_id"),
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
        id: ("case", "id"),
        rows: Condition::all()
            .add(case::Column::AccountId.eq(*account_id))
            .add(case::Column::OrganisationId.eq(*id)),
    };
    let mut ways = Vec::new();
    let others = || person_ids.iter().filter(|id| *id != user_id);
    let own_parts: Vec<Part> =
        own.then_some(Part::Party).into_iter().chain(involved.then_some(Part::Involved)).collect();
    if !own_parts.is_empty() {
        ways.push(with_part(user_id.0, &own_parts));
    }
    if *own {
        ways.extend(others().map(|id| with_part(id.0, &[Part::Party])));
    }
    if *work {
        ways.extend((!involved).then(|| assigned(user_id)));
        ways.extend(others().map(assigned));
    }
    if *groups {
        ways.extend(group_ids.iter().map(|id| {
            let Way { id, rows } = with_part(id.0, &[Part::Group]);
            Way { id, rows: rows.add_option((!hidden.is_empty()).then(|| not_hidden(*account_id, hidden))) }
        }));
    }
    if *work && (!groups || !hidden.is_empty()) {
        ways.extend(group_ids.iter().map(unclaimed));
    }
    ways.extend(all.organisations.difference(hidden).map(of_organisation));
    ways
}

/// Whether the case of a part does not belong to these organisations.
fn not_hidden(account_id: AccountId, hidden: &BTreeSet<OrganisationId>) -> Expr {
    let mut shown = Query::select();
    shown
        .expr(Expr::val(1))
        .from(case::Entity)
        .and_where(case::Column::AccountId.eq(account_id))
        .and_where(
            Expr::col((case::Entity, case::Column::Id))
                .equals((case_party::Entity, case_party::Column::CaseId)),
        )
        .cond_where(not_closed(case::Column::OrganisationId, hidden));
    Expr::exists(shown)
}
