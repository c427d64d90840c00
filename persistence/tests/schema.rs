//! Rules that every table keeps.

use std::collections::{BTreeMap, BTreeSet};

use styr_domain::privacy::column::COLUMNS;
use styr_persistence::Database;

use crate::world::{World, on_both};

on_both! {
    every_column_has_a_class
    every_reference_says_what_deleting_does_and_is_quick_to_check
    every_table_of_an_account_is_found_by_account
    a_statement_is_planned_once
}

/// Tables that are read for all accounts at once.
const WITHOUT_ACCOUNT: &[&str] = &["access_epoch", "account"];

type Rows = Vec<Vec<String>>;

async fn rows(world: &World, sqlite: &str, postgres: &str) -> Rows {
    let sql = if matches!(world.database, Database::Sqlite(_)) { sqlite } else { postgres };
    world.column(sql).await.iter().map(|row| row.split('|').map(str::to_owned).collect()).collect()
}

/// Table and column.
async fn columns(world: &World) -> Rows {
    let sqlite = "SELECT m.name || '|' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c \
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'seaql_migrations'";
    let postgres = "SELECT table_name || '|' || column_name FROM information_schema.columns \
        WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'";
    rows(world, sqlite, postgres).await
}

/// Table, and the columns of one of its indexes, its primary key among them.
async fn indexes(world: &World) -> Vec<(String, Vec<String>)> {
    let sqlite = "SELECT m.name || '|' || i.name || '|' || coalesce(c.name, '()') \
        FROM sqlite_schema m, pragma_index_list(m.name) i, pragma_index_info(i.name) c \
        WHERE m.type = 'table' AND m.name <> 'seaql_migrations' ORDER BY i.name, c.seqno";
    let postgres = "SELECT t.relname || '|' || x.relname || '|' || pg_get_indexdef(i.indexrelid, n::int, false) \
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid, \
        generate_series(1, i.indnkeyatts) n \
        WHERE t.relnamespace = 'public'::regnamespace AND t.relname <> 'seaql_migrations' ORDER BY x.relname, n";
    let mut indexes = BTreeMap::<(String, String), Vec<String>>::new();
    for row in rows(world, sqlite, postgres).await {
        indexes.entry((row[0].clone(), row[1].clone())).or_default().push(row[2].clone());
    }
    indexes.into_iter().map(|((table, _), columns)| (table, columns)).collect()
}

/// Table, its columns that refer, and what deleting does.
async fn references(world: &World) -> Vec<(String, BTreeSet<String>, String)> {
    let sqlite = "SELECT m.name || '|' || f.id || '|' || f.\"from\" || '|' || f.on_delete \
        FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";
    let postgres = "SELECT t.relname || '|' || c.oid || '|' || a.attname || '|' || \
        CASE c.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' ELSE 'SET' END \
        FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid \
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (c.conkey) WHERE c.contype = 'f'";
    let mut references = BTreeMap::<(String, String), (BTreeSet<String>, String)>::new();
    for row in rows(world, sqlite, postgres).await {
        let reference = references.entry((row[0].clone(), row[1].clone())).or_default();
        reference.0.insert(row[2].clone());
        reference.1.clone_from(&row[3]);
    }
    references.into_iter().map(|((table, _), (columns, rule))| (table, columns, rule)).collect()
}

async fn every_column_has_a_class(world: World) {
    let classed: BTreeSet<(String, String)> =
        COLUMNS.iter().map(|column| (column.table.to_owned(), column.name.to_owned())).collect();
    assert_eq!(classed.len(), COLUMNS.len());
    let stored: BTreeSet<(String, String)> =
        columns(&world).await.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let unclassed: Vec<_> = stored.difference(&classed).collect();
    let unstored: Vec<_> = classed.difference(&stored).collect();
    assert!(unclassed.is_empty() && unstored.is_empty(), "{unclassed:?} {unstored:?}");
}

async fn every_reference_says_what_deleting_does_and_is_quick_to_check(world: World) {
    let indexes = indexes(&world).await;
    let references = references(&world).await;
    assert!(references.len() > 50, "{}", references.len());
    for (table, columns, rule) in references {
        assert_ne!(rule, "NO ACTION", "{table} {columns:?}");
        let quick = indexes.iter().any(|(of, index)| {
            *of == table && index.iter().take(columns.len()).cloned().collect::<BTreeSet<_>>() == columns
        });
        assert!(quick, "{table} {columns:?}: no index begins with these");
    }
}

async fn every_table_of_an_account_is_found_by_account(world: World) {
    let indexes = indexes(&world).await;
    let tables: BTreeSet<String> = columns(&world).await.into_iter().map(|row| row[0].clone()).collect();
    for table in tables.iter().filter(|table| !WITHOUT_ACCOUNT.contains(&table.as_str())) {
        let found = indexes.iter().any(|(of, columns)| of == table && columns[0] == "account_id");
        assert!(found, "{table}: no index begins with account_id");
    }
}

/// SQLite otherwise plans every query with a bound LIMIT anew each time it runs; `.cargo/config.toml` sees to it.
async fn a_statement_is_planned_once(world: World) {
    if matches!(world.database, Database::Sqlite(_)) {
        let options = world.column("SELECT compile_options FROM pragma_compile_options").await;
        assert!(options.iter().any(|option| option == "ENABLE_QPSG"), "{options:?}");
    }
}
