//! Forms: what they ask for, and whether an answer will do.

mod contact;
mod definition;
pub mod person_number;
mod record;

pub use definition::{Choice, Country, Field, FieldType, FormDefinition, LocalText};
pub use person_number::{DanishPersonNumber, PersonNumberFault, SwedishPersonNumber};
pub use record::{Form, Submission};
