//! Personal data: its classes, how a person is found in it, and when and how it is anonymized.

pub mod class;
pub mod column;
mod erasure;
mod retention;
pub mod term;

pub use class::DataClass;
pub use erasure::Erasure;
pub use retention::{RetentionDates, RetentionRule, RetentionStart, RetentionTarget};
