//! The tables, on both databases.
//!
//! Within a minor version migrations only add, so that old and new replicas run side by side.

mod plan;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

/// All migrations in order.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Script { name: "m20261122_000001_initial", sql: include_str!("initial.sql") })]
    }
}

/// Makes the tables, or brings them up to date.
pub(crate) async fn run(connection: &DatabaseConnection) -> Result<(), DbErr> {
    Migrator::up(connection, None).await?;
    if connection.get_database_backend() == DbBackend::Sqlite {
        plan::describe_indexes(connection).await?;
    }
    Ok(())
}

/// A migration written in SQL that both databases take once the words in braces are replaced.
struct Script {
    name: &'static str,
    sql: &'static str,
}

impl MigrationName for Script {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Script {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let words: [(&str, &str); 5] = match connection.get_database_backend() {
            DbBackend::Postgres => [
                ("{id}", "UUID"),
                ("{time}", "TIMESTAMPTZ"),
                ("{bytes}", "BYTEA"),
                ("{clustered}", ""),
                ("{bytewise}", " COLLATE \"C\""),
            ],
            _ => [
                ("{id}", "BLOB"),
                ("{time}", "TEXT"),
                ("{bytes}", "BLOB"),
                ("{clustered}", "WITHOUT ROWID"),
                ("{bytewise}", ""),
            ],
        };
        let sql = words.iter().fold(self.sql.to_owned(), |sql, (word, own)| sql.replace(word, own));
        connection.execute_unprepared(&sql).await?;
        Ok(())
    }
}
