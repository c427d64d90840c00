//! People in and out by file: what a CSV file says, and what it would change.
//!
//! [`read`] makes a [`UserFile`] of bytes, [`plan`] compares it with who is there. Both are pure, and both tell of every
//! fault at once, so that a file is mended in one go. A file is either carried out whole or not at all.

mod fault;
mod file;
mod plan;
mod record;

pub use fault::MOST_FAULTS;
pub use file::{Column, MOST_PEOPLE, Person, RoleCell, RolePlace, UserFile, read};
pub use plan::{ImportAction, ImportChange, ImportReason, Plan, Present, Settings, email_key, plan};
pub use record::{ImportCounts, NextImport, UserImport, next_import};

#[cfg(test)]
mod tests;
