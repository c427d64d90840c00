//! The personal data in a form's values: where they are, how they are found, and how they are taken away.

use serde_json::{Map, Value};

use super::validate::is_sealed;
use super::{Field, FieldType, FormDefinition};
use crate::privacy::{DataClass, TextKind};

impl FormDefinition {
    /// Each key that holds a value, with the class of the value.
    pub fn classes(&self) -> impl Iterator<Item = (&str, DataClass)> {
        self.fields
            .iter()
            .filter(|field| field.kind.has_value())
            .map(|field| (field.key.as_str(), field.class))
    }

    /// The keys whose values are personal data of any class.
    pub fn personal_keys(&self) -> impl Iterator<Item = &str> {
        self.classes().filter(|(_, class)| *class != DataClass::None).map(|(key, _)| key)
    }

    /// The values without personal data.
    ///
    /// Personal texts become `word`. All other personal, sensitive and person-number values go, and so do encrypted ones of
    /// those classes, which a plain word cannot stand for, and values that the definition does not know.
    #[must_use]
    pub fn redact(&self, values: &Map<String, Value>, word: &str) -> Map<String, Value> {
        self.fields
            .iter()
            .filter_map(|field| {
                let value = values.get(&field.key)?;
                let kept = match field.class {
                    _ if !field.kind.has_value() => return None,
                    DataClass::None => value.clone(),
                    DataClass::Personal if is_text(field) && !field.encrypted => word.into(),
                    DataClass::Personal | DataClass::Sensitive | DataClass::PersonNumber => return None,
                };
                Some((field.key.clone(), kept))
            })
            .collect()
    }

    /// The personal data to find people by: every value, of lists every item. Values that came sealed, whose text nobody
    /// knows, and yes/no, which finds nobody, are left out.
    #[must_use]
    pub fn searchable(&self, values: &Map<String, Value>) -> Vec<Searchable<'_>> {
        self.fields
            .iter()
            .filter(|field| field.class != DataClass::None)
            .filter_map(|field| Some((field, values.get(&field.key)?)))
            .filter(|(field, value)| !(field.encrypted && value.as_str().is_some_and(is_sealed)))
            .flat_map(|(field, value)| {
                let Field { key, class, encrypted, kind, .. } = field;
                let kind = if *kind == FieldType::Phone { TextKind::Phone } else { TextKind::Text };
                texts(value).into_iter().map(move |text| Searchable {
                    key,
                    class: *class,
                    kind,
                    encrypted: *encrypted,
                    text,
                })
            })
            .collect()
    }
}

/// A value that people can be found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searchable<'a> {
    /// The field's key.
    pub key: &'a str,
    /// Which personal data it holds.
    pub class: DataClass,
    /// How it is read.
    pub kind: TextKind,
    /// Whether it is stored encrypted, and so must not be found by anything but itself.
    pub encrypted: bool,
    /// The value as text.
    pub text: String,
}

const fn is_text(field: &Field) -> bool {
    matches!(field.kind, FieldType::ShortText | FieldType::LongText)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Null | Value::Bool(_) | Value::Object(_) => Vec::new(),
    }
}
