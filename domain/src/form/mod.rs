//! Forms: what they ask for, and whether an answer will do.

mod compile;
mod contact;
mod definition;
mod kind;
mod pattern;
pub mod person_number;
mod personal;
mod record;
mod schema;
#[cfg(test)]
mod tests;
mod validate;

pub use compile::CompiledForm;
pub use contact::email;
pub use definition::{Choice, Country, Field, FieldType, FormDefinition, LocalText};
pub use person_number::{DanishPersonNumber, PersonNumberFault, SwedishPersonNumber};
pub use personal::Searchable;
pub use record::{Form, FormContent, Submission};
pub use validate::{Mode, is_sealed};
