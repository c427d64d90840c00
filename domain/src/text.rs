//! Texts in the three languages that Styr answers in.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A language that Styr answers in, chosen by `Accept-Language`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Danish.
    Da,
    /// Swedish.
    Sv,
    /// English, when the caller asks for none of the others.
    #[default]
    En,
}

/// One text in all three languages, so that none can be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Danish.
    pub da: Cow<'static, str>,
    /// Swedish.
    pub sv: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Text {
    /// A text that is known when compiling.
    #[must_use]
    pub const fn fixed(da: &'static str, sv: &'static str, en: &'static str) -> Self {
        Self { da: Cow::Borrowed(da), sv: Cow::Borrowed(sv), en: Cow::Borrowed(en) }
    }

    /// The text in one language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Da => &self.da,
            Language::Sv => &self.sv,
            Language::En => &self.en,
        }
    }
}

/// Builds a [`Text`] from three format strings in the order Danish, Swedish, English; named values in
/// braces are taken from the scope.
#[macro_export]
macro_rules! text {
    ($da:literal, $sv:literal, $en:literal $(,)?) => {
        $crate::Text { da: format!($da).into(), sv: format!($sv).into(), en: format!($en).into() }
    };
}
