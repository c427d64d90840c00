//! What storage can answer besides the result.

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
        match self {
            Self::Database(error) => match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(message)) => Some(message),
                _ => None,
            },
            Self::Fault(_) | Self::Shared(_) => None,
        }
    }

    /// Whether a write ran into a row that others refer to, or refers to one that is not there.
    #[must_use]
    pub fn is_foreign_key_violation(&self) -> bool {
        matches!(self, Self::Database(error) if matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))))
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
    if is_full(error) {
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
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
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

/// Whether the database ran out of room: SQLite's `SQLITE_FULL` (13), PostgreSQL's `disk_full` (53100).
fn is_full(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return false;
    };
    cause
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "13" || code == "53100")
}
