//! What anonymization does to a value.

use serde::{Deserialize, Serialize};

/// What anonymization does to a column or a form's field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Erasure {
    /// Nothing: the value says nothing of a person.
    #[default]
    Keep,
    /// Empties it: null, or empty where there must be a value.
    Clear,
    /// Puts the account's word in its place, "Anonymiserad" unless the account chose another.
    Word,
    /// Puts 0 in its place, such as for a customer's number in what refers to the customer.
    Zero,
    /// Takes away what the form's definition says is personal, value by value; texts become the account's word.
    Redact,
    /// Cuts the reference to the person; what referred to them stays.
    CutLoose,
    /// Deletes the whole row or record that holds it.
    Delete,
}
