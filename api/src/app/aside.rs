//! Work that takes its time, done where no other request waits for it.

use styr_domain::{Fault, FaultKind, Text};
use tokio::task::JoinError;

/// Does what a large flow or file takes its time for.
///
/// # Errors
/// It panicked.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|error| broken_off(&error))
}

/// Work done aside panicked.
pub(crate) fn broken_off(error: &JoinError) -> Fault {
    tracing::error!(%error, "work done aside panicked");
    Fault::new(
        FaultKind::Internal,
        "internal",
        Text::fixed(
            "Det kunne ikke gøres på grund af en fejl i Styr.",
            "Det kunde inte göras på grund av ett fel i Styr.",
            "It could not be done, for a fault in Styr.",
        ),
    )
}
