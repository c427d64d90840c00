//! The area `privacy`.

pub mod class;
pub mod erasure;
pub mod retention;

pub use class::DataClass;
pub use erasure::Erasure;
pub use retention::{RetentionDates, RetentionRule, RetentionStart, RetentionTarget, due_at};
