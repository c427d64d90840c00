//! The area `form`.

pub mod person_number;

pub use person_number::{DanishPersonNumber, PersonNumberFault, SwedishPersonNumber};
