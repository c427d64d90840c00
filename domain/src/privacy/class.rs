//! Which personal data a value holds.

use serde::{Deserialize, Serialize};

/// The personal data that a column or a form's field holds. It decides who may read the value, whether logs and
/// exports mask it, whether person search finds it, and what anonymization does to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// No personal data.
    #[default]
    None,
    /// Personal data: whatever relates to a person who can be identified (GDPR article 4).
    Personal,
    /// The special categories, such as health or faith, and criminal offences (GDPR articles 9 and 10).
    Sensitive,
    /// A national identification number (GDPR article 87), such as a CPR number or a personnummer.
    PersonNumber,
}
