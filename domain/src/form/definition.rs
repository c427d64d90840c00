//! The types of a form's definition, shared by the wire, the rules and the stored versions.

use serde::{Deserialize, Serialize};

use crate::{privacy::DataClass, text::Language};

/// What a form asks for: the versioned content of a form template.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default))]
pub struct FormDefinition {
    /// The fields, in the order in which they are shown. At most 500.
    pub fields: Vec<Field>,
    /// The country whose phone numbers may be given without a country code.
    pub country: Country,
}

/// A field of a form, or a heading between fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct Field {
    /// The name of the value in submissions, expressions and schemas: a letter from a to z, then such letters, digits and
    /// `_`; at most 64 characters, unique in the form, no word reserved by CEL.
    pub key: String,
    /// What sort of value the field holds.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "poem", oai(rename = "type"))]
    pub kind: FieldType,
    /// The question, or a heading's text. At most 500 characters in each language.
    pub label: LocalText,
    /// An explanation. At most 5,000 characters in each language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<LocalText>,
    /// Whether a complete submission must answer it, where it is shown.
    pub required: bool,
    /// The least value, itself included: `12` for integers, `12.50` for decimals, `2026-01-31` for dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// The greatest value, itself included, written as `min` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// The fewest characters (Unicode scalar values) of a text, or the fewest values of a multiple choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    /// The most characters of a text, or the most values of a multiple choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// A regular expression that the whole text must match. At most 500 characters, of what JavaScript and RE2 have in
    /// common: no look-around, back-references or flags. At most 100 fields of a form may have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What can be chosen. At most 1,000. Choices only.
    pub choices: Vec<Choice>,
    /// Whether more than one value may be chosen; the value is then a list. Choices only.
    pub multiple: bool,
    /// A text that fits the field, for those who build clients; needed only where Styr can think of none itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// Which personal data the value holds.
    pub class: DataClass,
    /// Whether the value is stored encrypted. Expressions cannot read it then.
    pub encrypted: bool,
    /// A CEL condition on other fields' values; where it does not hold, the field is not shown and has no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_if: Option<String>,
    /// A CEL condition on fields' values; where it holds, the field is required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_if: Option<String>,
    /// A CEL expression that gives the value from other fields' values. What a submission says is then passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calculate: Option<String>,
}

/// The sort of value that a field holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// One line of text, at most 1,000 characters.
    #[default]
    ShortText,
    /// Text of many lines, at most 50,000 characters.
    LongText,
    /// A whole number between -(2^53 - 1) and 2^53 - 1, which every JSON reader keeps (RFC 8259, section 6).
    Integer,
    /// A decimal number as a string, such as `-12.50`: at most 16 characters, so that no arithmetic rounds it. Zeros at its
    /// end are kept.
    Decimal,
    /// A date, `YYYY-MM-DD`.
    Date,
    /// Yes (`true`) or no (`false`).
    YesNo,
    /// One of the field's choices, or a list of them.
    Choice,
    /// An e-mail address.
    Email,
    /// A phone number, kept as `+` and digits (ITU-T E.164).
    Phone,
    /// A Danish CPR number, kept as ten digits.
    DanishPersonNumber,
    /// A Swedish personnummer or samordningsnummer, kept as twelve digits.
    SwedishPersonNumber,
    /// No value: a heading, its help the text under it.
    Heading,
}

/// Something that can be chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default))]
pub struct Choice {
    /// What submissions hold. At most 100 characters, unique in the field.
    pub value: String,
    /// What people read. At most 500 characters in each language.
    pub label: LocalText,
}

/// A customer's own text in one or more languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct LocalText {
    /// Danish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub da: Option<String>,
    /// Swedish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sv: Option<String>,
    /// English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

/// A country, by its ISO 3166-1 code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Country {
    /// Denmark.
    #[default]
    Dk,
    /// Sweden.
    Se,
}

impl LocalText {
    /// The text in the language asked for; failing that in Danish, Swedish or English, the first there is; empty where
    /// there is none.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        let asked = match language {
            Language::Da => &self.da,
            Language::Sv => &self.sv,
            Language::En => &self.en,
        };
        [asked, &self.da, &self.sv, &self.en]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .next()
            .unwrap_or_default()
    }

    /// The texts there are.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.da, &self.sv, &self.en].into_iter().flatten().map(String::as_str)
    }
}
