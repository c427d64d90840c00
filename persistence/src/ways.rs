//! Listing what somebody sees few of among many.
//!
//! Whoever sees few of many things sees them in several ways: by owning them, by a task, by a group, in an organisation.
//! Each way is an index that runs in the list's order, so each gives its first few and no more, and the page is taken
//! from those.

use sea_orm::Condition;
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait as _, IntoColumnRef as _, Order, Query, SelectStatement, UnionType,
};
use styr_domain::id::AccountId;

use crate::page::PageRequest;
use crate::record::Sort;

/// More ways than this are not taken one by one. SQLite takes at most 500 queries in one.
pub(crate) const MOST_WAYS: usize = 400;

/// A way in which somebody comes to see things: the table and column with their ids, and the rows that count.
pub(crate) struct Way {
    pub(crate) id: (&'static str, &'static str),
    pub(crate) rows: Condition,
}

/// Which things a page is taken from.
pub(crate) struct Wanted<'a> {
    /// The things' table.
    pub(crate) table: &'static str,
    pub(crate) account_id: AccountId,
    /// What the list is narrowed to, in the things' own columns.
    pub(crate) narrowed: &'a Condition,
    pub(crate) sort: Sort,
    pub(crate) page: PageRequest,
}

impl Wanted<'_> {
    /// The ids among which the page's are; none when there is no way.
    pub(crate) fn ids(&self, ways: Vec<Way>) -> Option<SelectStatement> {
        let first = ways.into_iter().map(|way| self.first(way));
        first.reduce(|mut ids, way| ids.union(UnionType::Distinct, way).take())
    }

    /// As many ids of one way as the page can need.
    fn first(&self, Way { id, rows }: Way) -> SelectStatement {
        let Self { table, account_id, narrowed, sort, page } = self;
        let column = (Alias::new(id.0), Alias::new(id.1));
        let order = match sort {
            Sort::OldestFirst => Order::Asc,
            Sort::NewestFirst => Order::Desc,
        };
        let mut first = Query::select();
        // A thing is one row of its own table, and may be several of those that lead to it.
        if id.0 != *table {
            first.distinct();
        }
        first
            .expr_as(Expr::col(column.clone()), Alias::new("id"))
            .from(column.0.clone())
            .cond_where(rows)
            .order_by(column.clone().into_column_ref(), order)
            .limit(page.limit + 1);
        if let Some(after) = page.after {
            let id = Expr::col(column.clone());
            first.and_where(match sort {
                Sort::OldestFirst => id.gt(after),
                Sort::NewestFirst => id.lt(after),
            });
        }
        if !narrowed.is_empty() {
            if id.0 != *table {
                let own = |name: &str| (Alias::new(*table), Alias::new(name));
                let same =
                    Expr::col(own("account_id")).eq(*account_id).and(Expr::col(own("id")).equals(column));
                first.inner_join(Alias::new(*table), same);
            }
            first.cond_where((*narrowed).clone());
        }
        // SQLite wants what has a limit inside another query before it joins it to others.
        Query::select().column(Alias::new("id")).from_subquery(first, Alias::new("way")).take()
    }
}
