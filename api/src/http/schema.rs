//! Checking JSON against the schemas of the document, so that what Styr refuses and what it says are the same.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Value, json};
use styr_domain::{Violation, text};

use super::document;
use super::json::{MOST_VIOLATIONS, escape};

static COMPONENTS: LazyLock<Value> = LazyLock::new(|| {
    let mut components = document::document().get("components").cloned().unwrap_or_default();
    to_json_schema(&mut components);
    components
});

static VALIDATORS: LazyLock<RwLock<HashMap<String, Arc<Validator>>>> = LazyLock::new(RwLock::default);

/// Everything in which the value does not fit the schema with this name.
pub(crate) fn check(name: &str, value: &Value) -> Vec<Violation> {
    let Some(validator) = validator(name) else { return Vec::new() };
    if validator.is_valid(value) {
        return Vec::new();
    }
    validator.iter_errors(value).take(MOST_VIOLATIONS).flat_map(|error| violations(&error)).collect()
}

fn validator(name: &str) -> Option<Arc<Validator>> {
    let known = VALIDATORS.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    if known.is_some() {
        return known;
    }
    let schema = json!({ "$ref": format!("#/components/schemas/{name}"), "components": *COMPONENTS });
    let validator = match jsonschema::options().should_validate_formats(true).build(&schema) {
        Ok(validator) => Arc::new(validator),
        Err(error) => {
            tracing::error!(%error, name, "a schema of the document cannot be used");
            return None;
        }
    };
    let mut validators = VALIDATORS.write().unwrap_or_else(PoisonError::into_inner);
    validators.insert(name.to_owned(), Arc::clone(&validator));
    Some(validator)
}

/// What OpenAPI 3.0 says in its own words, in those of JSON Schema.
fn to_json_schema(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(to_json_schema),
        Value::Object(members) => {
            members.values_mut().for_each(to_json_schema);
            if members.get("nullable") == Some(&Value::Bool(true)) {
                members.remove("nullable");
                let inner = std::mem::take(members);
                members.insert("anyOf".to_owned(), json!([Value::Object(inner), { "type": "null" }]));
            }
        }
        _ => {}
    }
}

fn violations(error: &ValidationError<'_>) -> Vec<Violation> {
    let pointer = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Violation::at(
                format!("{pointer}/{name}"),
                "required",
                text!("Feltet mangler.", "Fältet saknas.", "The field is missing."),
            )]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                Violation::at(
                    format!("{pointer}/{}", escape(name)),
                    "unknown_field",
                    text!(
                        "Feltet findes ikke her. Se efter, om navnet er stavet rigtigt.",
                        "Fältet finns inte här. Kontrollera att namnet är rätt stavat.",
                        "There is no such field here. Check the spelling of its name."
                    ),
                )
            })
            .collect(),
        kind => {
            let (code, text) = describe(kind);
            vec![Violation::at(pointer, code, text)]
        }
    }
}

fn describe(kind: &ValidationErrorKind) -> (&'static str, styr_domain::Text) {
    use ValidationErrorKind as Kind;
    match kind {
        Kind::Type { .. } => (
            "wrong_type",
            text!(
                "Værdien er af en forkert type.",
                "Värdet är av fel typ.",
                "The value is of the wrong type."
            ),
        ),
        Kind::MaxLength { limit } => {
            ("too_long", text!("Højst {limit} tegn.", "Högst {limit} tecken.", "At most {limit} characters."))
        }
        Kind::MinLength { limit } => (
            "too_short",
            text!("Mindst {limit} tegn.", "Minst {limit} tecken.", "At least {limit} characters."),
        ),
        Kind::MaxItems { limit } => {
            ("too_many", text!("Højst {limit} stykker.", "Högst {limit} stycken.", "At most {limit} items."))
        }
        Kind::MinItems { limit } => {
            ("too_few", text!("Mindst {limit} stykker.", "Minst {limit} stycken.", "At least {limit} items."))
        }
        Kind::Maximum { limit } => {
            ("too_large", text!("Højst {limit}.", "Högst {limit}.", "At most {limit}."))
        }
        Kind::Minimum { limit } => {
            ("too_small", text!("Mindst {limit}.", "Minst {limit}.", "At least {limit}."))
        }
        Kind::Enum { options } => (
            "not_allowed",
            text!("Skal være en af {options}.", "Måste vara en av {options}.", "Must be one of {options}."),
        ),
        Kind::Format { format } => (
            "wrong_format",
            text!(
                "Værdien har ikke formatet {format}.",
                "Värdet har inte formatet {format}.",
                "The value does not have the format {format}."
            ),
        ),
        Kind::Pattern { pattern } => (
            "wrong_pattern",
            text!(
                "Værdien passer ikke til mønstret {pattern}.",
                "Värdet passar inte mönstret {pattern}.",
                "The value does not match the pattern {pattern}."
            ),
        ),
        _ => (
            "not_allowed",
            text!(
                "Værdien er ikke tilladt her. Se skemaet i dokumentet.",
                "Värdet är inte tillåtet här. Se schemat i dokumentet.",
                "The value is not allowed here. See the schema in the document."
            ),
        ),
    }
}
