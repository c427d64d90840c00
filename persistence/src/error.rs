//! What storage can answer besides the result.

use std::borrow::Cow;
use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr, SqlErr};
use styr_domain::{Fault, FaultKind, Text};

/// Either a fault that the caller is told of, or the database's own failure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller's fault, or the state of things.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The database failed. The cause is logged; the caller learns only that it was not their doing.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// The database failed to commit a group of writes, this one among them.
    #[error(transparent)]
    Shared(Arc<DbErr>),
}

/// The result of storage and of use cases.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The unique index that a write ran into, by the database's own message, if that is what happened.
    #[must_use]
    pub fn unique_violation(&self) -> Option<String> {
        match self.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) => Some(message),
            _ => None,
        }
    }

    /// Whether a write ran into a row that others refer to, or refers to one that is not there.
    #[must_use]
    pub fn is_foreign_key_violation(&self) -> bool {
        // Where deleting is restricted, SQLite says that a trigger forbade it, and newer PostgreSQL `restrict_violation`.
        matches!(self.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_)))
            || self.database().and_then(code).is_some_and(|code| code == "1811" || code == "23001")
    }

    fn database(&self) -> Option<&DbErr> {
        match self {
            Self::Fault(_) => None,
            Self::Database(error) => Some(error),
            Self::Shared(error) => Some(error),
        }
    }

    fn sql_err(&self) -> Option<SqlErr> {
        self.database().and_then(DbErr::sql_err)
    }

    /// The fault to answer with.
    #[must_use]
    pub fn into_fault(self) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Database(error) => fault_of(&error),
            Self::Shared(error) => fault_of(&error),
        }
    }
}

fn fault_of(error: &DbErr) -> Fault {
    let trouble = trouble(error);
    if trouble == Some(Trouble::Full) {
        return Fault::new(
            FaultKind::Unavailable,
            "storage_full",
            Text::fixed(
                "Der er ikke mere plads til data. Intet blev gemt. Prøv igen, når der er gjort plads.",
                "Det finns inte mer plats för data. Inget sparades. Försök igen när plats har gjorts.",
                "There is no more room for data. Nothing was saved. Try again when room has been made.",
            ),
        );
    }
    if trouble == Some(Trouble::OutOfReach) {
        return Fault::new(
            FaultKind::Unavailable,
            "database_unavailable",
            Text::fixed(
                "Databasen svarer ikke. Prøv igen om lidt.",
                "Databasen svarar inte. Försök igen om en stund.",
                "The database does not answer. Try again in a moment.",
            ),
        );
    }
    Fault::new(
        FaultKind::Internal,
        "internal",
        Text::fixed(
            "Noget gik galt hos Styr. Opgiv X-Request-Id til administratoren.",
            "Något gick fel hos Styr. Ange X-Request-Id till administratören.",
            "Something went wrong in Styr. Give the X-Request-Id to the administrator.",
        ),
    )
}

/// Trouble that passes, with the same request, once the database is well again.
#[derive(PartialEq, Eq)]
enum Trouble {
    Full,
    OutOfReach,
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

/// The database's own code: SQLite's extended result code, PostgreSQL's SQLSTATE.
fn code(error: &DbErr) -> Option<Cow<'_, str>> {
    driver_error(error)?.as_database_error()?.code()
}

fn trouble(error: &DbErr) -> Option<Trouble> {
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
        || matches!(
            driver_error(error),
            Some(
                sqlx::Error::Io(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
            )
        )
    {
        return Some(Trouble::OutOfReach);
    }
    let code = code(error)?;
    match &*code {
        // SQLite: SQLITE_FULL, and SQLITE_IOERR_SHMSIZE when its index of the log cannot grow. PostgreSQL: disk_full.
        "13" | "4874" | "53100" => Some(Trouble::Full),
        // SQLite: SQLITE_BUSY. PostgreSQL: too_many_connections, admin_shutdown, crash_shutdown, cannot_connect_now.
        "5" | "53300" | "57P01" | "57P02" | "57P03" => Some(Trouble::OutOfReach),
        code if code.len() == 5 && code.starts_with("08") => Some(Trouble::OutOfReach),
        _ => None,
    }
}
