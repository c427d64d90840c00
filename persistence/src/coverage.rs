//! Where somebody holds a right, as conditions on the rows of lists.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, Condition};
use styr_domain::access::Coverage;
use styr_domain::id::{AccountId, OrganisationId};

use crate::entity::user;

/// The rows whose organisation is covered.
pub(crate) fn covered<C: ColumnTrait>(column: C, coverage: &Coverage) -> Condition {
    if coverage.account {
        return not_closed(column, &coverage.closed);
    }
    Condition::all().add(column.is_in(coverage.organisations.difference(&coverage.closed).copied()))
}

/// The rows whose organisation is not locked down; those that no organisation owns among them.
pub(crate) fn not_closed<C: ColumnTrait>(column: C, closed: &BTreeSet<OrganisationId>) -> Condition {
    let open = || Condition::any().add(column.is_null()).add(column.is_not_in(closed.iter().copied()));
    // All of one, so that what is added narrows it.
    Condition::all().add_option((!closed.is_empty()).then(open))
}

/// The rows whose user belongs to a covered organisation.
pub(crate) fn user_covered<C: ColumnTrait>(
    column: C,
    account_id: AccountId,
    coverage: &Coverage,
) -> Condition {
    if coverage.account && coverage.closed.is_empty() {
        return Condition::all();
    }
    let mut users = Query::select();
    users
        .column(user::Column::Id)
        .from(user::Entity)
        .and_where(user::Column::AccountId.eq(account_id))
        .cond_where(covered(user::Column::OrganisationId, coverage));
    Condition::all().add(Expr::col((column.entity_name(), column)).in_subquery(users))
}

/// The rows that an organisation owns which is covered, or that are shared, where those are covered.
pub(crate) fn covered_or_shared<C: ColumnTrait>(column: C, coverage: &Coverage) -> Condition {
    let local = covered(column, coverage).add(column.is_not_null());
    Condition::any().add(local).add_option(coverage.shared.then(|| column.is_null()))
}
