//! Rows of other tables as JSON beside a row, so that one statement reads what belongs together.

use sea_orm::sea_query::Expr;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, QueryResult, QueryTrait};
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::store::Source;

/// The SQL of such columns, for one kind of database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside(DbBackend);

impl Beside {
    pub(crate) fn of(source: &impl Source) -> Self {
        Self(source.connection().get_database_backend())
    }

    /// A column of an id, as JSON has it.
    pub(crate) fn id(self, column: &str) -> String {
        match self.0 {
            DbBackend::Postgres => column.to_owned(),
            _ => format!("nullif(hex({column}), '')"),
        }
    }

    /// The one value of a query.
    pub(crate) fn value(self, sql: &str) -> String {
        match self.0 {
            DbBackend::Postgres => format!("(({sql})::text)"),
            _ => format!("({sql})"),
        }
    }

    /// The rows with these columns, each an array, of what follows `FROM`.
    pub(crate) fn rows(self, columns: &[&str], from: &str) -> String {
        let (array, row) = match self.0 {
            DbBackend::Postgres => ("json_agg", "json_build_array"),
            _ => ("json_group_array", "json_array"),
        };
        self.value(&format!("SELECT {array}({row}({})) FROM {from}", columns.join(", ")))
    }

    /// The one row of a query, with these columns beside it.
    pub(crate) async fn one(
        self,
        source: &impl Source,
        mut query: impl QueryTrait<QueryStatement = SelectStatement>,
        columns: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Option<QueryResult>> {
        for (name, sql) in columns {
            query.query().expr_as(Expr::cust(sql), name);
        }
        Ok(source.connection().query_one_raw(query.build(self.0)).await?)
    }
}

/// What such a column holds; its type's default where there is nothing, as PostgreSQL says of no rows.
pub(crate) fn read<T: DeserializeOwned + Default>(row: &QueryResult, name: &str) -> Result<T> {
    let wrong = |error: &dyn std::fmt::Display| DbErr::Type(format!("{name}: {error}"));
    // SQLite gives a bare number as one.
    let text = match row.try_get::<Option<String>>("", name) {
        Ok(text) => text,
        Err(_) => row.try_get::<Option<i32>>("", name)?.map(|number| number.to_string()),
    };
    let Some(text) = text else { return Ok(T::default()) };
    Ok(serde_json::from_str(&text).map_err(|error| wrong(&error))?)
}
