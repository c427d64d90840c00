//! Personal data: its classes, how a person is found in it, and when and how it is anonymized.

pub mod class;
pub mod column;
pub mod erasure;
mod record;
pub mod retention;
pub mod term;

pub use class::DataClass;
pub use erasure::Erasure;
pub use record::{
    AnonymizationRun, AnonymizationTarget, Erased, RetentionRule, RunCounts, RunStatus, TargetKind,
    columns_of,
};
pub use retention::{Retention, RetentionDates, RetentionStart, RetentionTarget, due_at};
pub use term::{Match, Query, Snippet, Term, TermKind, TextKind, Way, Words, terms_of};
