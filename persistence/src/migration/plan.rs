//! What SQLite's planner should know of the tables.
//!
//! Without statistics it takes an account for few rows, and reads all of it rather than go by an index of two columns.
//! Statistics of the real rows would be missing just when a new database grows. So each index is described as in a
//! large account, the same in every database, and a query is planned alike today and in five years.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};

/// The rows of a table.
const ROWS: u64 = 10_000_000;
/// How many accounts share them.
const ACCOUNTS: u64 = 10;
/// How many values such columns have: states, kinds and what an account has few of.
const FEW: u64 = 10;
/// How many values any other column has.
const MANY: u64 = 10_000;
const OF_FEW: &[&str] = &[
    "status",
    "state",
    "kind",
    "part",
    "entity",
    "field",
    "shelf",
    "visibility",
    "organisation_id",
    "active",
    "provenance",
];

/// Describes every index in `sqlite_stat1`, in the form that SQLite's `ANALYZE` leaves there: the rows of the table, then
/// for each column of the index how many rows agree in it and in those before it.
pub(super) async fn describe_indexes(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let indexes = connection
        .query_all_raw(sqlite(
            "SELECT t.name, i.name, i.\"unique\", group_concat(coalesce(c.name, ''), ' ') FROM sqlite_schema t \
             JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' GROUP BY t.name, i.name, i.\"unique\" \
             ORDER BY t.name, i.name",
        ))
        .await?;
    let mut rows = Vec::with_capacity(indexes.len());
    for index in indexes {
        let (table, name): (String, String) = (index.try_get_by_index(0)?, index.try_get_by_index(1)?);
        let (unique, columns): (bool, String) = (index.try_get_by_index(2)?, index.try_get_by_index(3)?);
        rows.push(format!("('{table}', '{name}', '{}')", describe(unique, &columns)));
    }
    let wanted = rows.join(", ");
    if described(connection).await? == wanted {
        return Ok(());
    }
    // The first statement makes the table of statistics, which nothing else can.
    let sql = format!(
        "ANALYZE access_epoch; BEGIN IMMEDIATE; DELETE FROM sqlite_stat1; INSERT INTO sqlite_stat1 VALUES {wanted}; \
         COMMIT; ANALYZE sqlite_schema"
    );
    connection.execute_unprepared(&sql).await?;
    Ok(())
}

/// What is described so far, written as it is inserted.
async fn described(connection: &DatabaseConnection) -> Result<String, DbErr> {
    let there = sqlite("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'");
    if connection.query_one_raw(there).await?.is_none() {
        return Ok(String::new());
    }
    let rows = sqlite(
        "SELECT group_concat(format('(''%s'', ''%s'', ''%s'')', tbl, idx, stat), ', ') \
         FROM (SELECT * FROM sqlite_stat1 ORDER BY tbl, idx)",
    );
    let row = connection.query_one_raw(rows).await?;
    Ok(row.map(|row| row.try_get_by_index::<Option<String>>(0)).transpose()?.flatten().unwrap_or_default())
}

fn describe(unique: bool, columns: &str) -> String {
    let columns: Vec<&str> = columns.split(' ').collect();
    let mut rows = ROWS;
    let mut text = ROWS.to_string();
    for (number, column) in columns.iter().enumerate() {
        rows = match *column {
            "account_id" => rows / ACCOUNTS,
            _ if unique && number + 1 == columns.len() => 1,
            column if OF_FEW.contains(&column) => (rows / FEW).max(1),
            _ => (rows / MANY).max(1),
        };
        text += &format!(" {rows}");
    }
    text
}

fn sqlite(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Sqlite, sql)
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn an_account_narrows_little_and_the_last_column_of_a_unique_index_leaves_one_row() {
        assert_eq!(describe(false, "account_id status id"), "10000000 1000000 100000 10");
        assert_eq!(describe(true, "account_id id"), "10000000 1000000 1");
        assert_eq!(describe(false, "account_id case_id id"), "10000000 1000000 100 1");
    }
}
