//! A definition as JSON Schema (draft 2020-12).

use serde_json::{Map, Value, json};

use super::kind::MAX_INTEGER;
use super::pattern::Pattern;
use super::{Field, FieldType, FormDefinition};
use crate::text::Language;

impl FormDefinition {
    /// The JSON Schema of complete submissions, titles and descriptions in one language.
    ///
    /// What validation accepts conforms once in normal form. What conforms, validation accepts too, but for what JSON Schema
    /// cannot say: check digits and impossible birth dates, decimals' and dates' `min` and `max` (given as `x-styr-min` and
    /// `x-styr-max`), conditions (`x-styr-show-if`, `x-styr-require-if`), and spaces around texts, which are cut off before
    /// lengths are counted.
    #[must_use]
    pub fn schema(&self, language: Language) -> Value {
        let fields = || self.fields.iter().filter(|field| field.kind.has_value());
        let properties: Map<String, Value> =
            fields().map(|field| (field.key.clone(), field.schema(language))).collect();
        let required: Vec<&str> =
            fields().filter(|field| field.is_always_required()).map(|field| field.key.as_str()).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }
}

impl Field {
    /// Whether every complete submission holds the field.
    #[must_use]
    pub fn is_always_required(&self) -> bool {
        self.required && self.show_if.is_none()
    }

    /// The JSON Schema of the field's value, title and description in one language. Where a sealed value may stand for an
    /// encrypted field's plain one, the schema is of the plain one.
    #[must_use]
    pub fn schema(&self, language: Language) -> Value {
        let facts = self.kind.facts();
        let mut schema = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                schema.insert(name.to_owned(), value);
            }
        };
        put("title", self.label.in_language(language).into());
        put(
            "description",
            self.help.as_ref().map(|help| help.in_language(language)).filter(|help| !help.is_empty()).into(),
        );
        put("type", if self.multiple { Some("array") } else { facts.json }.into());
        put("format", facts.format.into());
        put("readOnly", self.calculate.is_some().then_some(true).into());
        if self.kind == FieldType::Choice {
            let choices: Value = self
                .choices
                .iter()
                .map(|choice| json!({"const": choice.value, "title": choice.label.in_language(language)}))
                .collect();
            if self.multiple {
                put("items", json!({"type": "string", "oneOf": choices}));
                put("uniqueItems", true.into());
                put("minItems", self.least_length().into());
                put("maxItems", self.max_length.into());
            } else {
                put("oneOf", choices);
            }
        } else {
            let pattern = self.pattern.as_ref().and_then(|pattern| Pattern::compile(pattern).ok());
            match pattern {
                Some(pattern) => {
                    put("pattern", pattern.source().into());
                    put("allOf", facts.pattern.map(|base| json!([{"pattern": base}])).into());
                }
                None => put("pattern", facts.pattern.into()),
            }
            put("minLength", facts.max_chars.and_then(|_| self.least_length()).into());
            put("maxLength", self.max_length.or(facts.max_chars).into());
        }
        if self.kind == FieldType::Integer {
            let bound = |bound: &Option<String>| bound.as_ref().and_then(|bound| bound.parse::<i64>().ok());
            put("minimum", bound(&self.min).unwrap_or(-MAX_INTEGER).into());
            put("maximum", bound(&self.max).unwrap_or(MAX_INTEGER).into());
        } else {
            put("x-styr-min", self.min.as_deref().into());
            put("x-styr-max", self.max.as_deref().into());
        }
        put("x-styr-type", self.kind.name().into());
        put("x-styr-class", json!(self.class));
        put("x-styr-encrypted", self.encrypted.then_some(true).into());
        put("x-styr-show-if", self.show_if.as_deref().into());
        put("x-styr-require-if", self.require_if.as_deref().into());
        Value::Object(schema)
    }

    /// The least length that an answer has. An empty text or list answers nothing.
    fn least_length(&self) -> Option<u32> {
        self.min_length.or(self.is_always_required().then_some(1))
    }
}
