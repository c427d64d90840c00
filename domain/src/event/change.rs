//! What an event changed, field by field.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::privacy::class::DataClass;

/// A difference, split by what may stay for ever and what may have to be erased.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// For each changed field without personal data `{"before": …, "after": …}`, where a side that had no such field
    /// is left out; for each changed field with personal data an empty object, so that it stays known that it changed.
    pub detail: Value,
    /// The same for fields with personal data; none when no such field changed. This belongs into an
    /// [`EventSecret`](super::EventSecret).
    pub personal: Option<Value>,
}

/// The fields in which `after` differs from `before`; none stands for a thing that does not exist yet or any more.
///
/// `class_of` says what a field holds. A field that it does not know counts as personal, and not even its name
/// goes into the detail. A value that is not an object counts as one such field with an empty name.
pub fn changes(
    before: Option<&Value>,
    after: Option<&Value>,
    class_of: impl Fn(&str) -> Option<DataClass>,
) -> Changes {
    let (before, after) = (fields(before), fields(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let (mut detail, mut personal) = (Map::new(), Map::new());
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        // A field that is not there and one without a value say the same.
        let empty = |side: Option<&Value>| side.is_none_or(Value::is_null);
        if old == new || (empty(old) && empty(new)) {
            continue;
        }
        let sides = [("before", old), ("after", new)];
        let change: Map<String, Value> =
            sides.into_iter().filter_map(|(side, value)| Some((side.to_owned(), value?.clone()))).collect();
        match class_of(name) {
            Some(DataClass::None) => {
                detail.insert(name.clone(), change.into());
            }
            class => {
                if class.is_some() {
                    detail.insert(name.clone(), json!({}));
                }
                personal.insert(name.clone(), change.into());
            }
        }
    }
    Changes { detail: detail.into(), personal: (!personal.is_empty()).then(|| personal.into()) }
}

fn fields(value: Option<&Value>) -> Map<String, Value> {
    match value {
        None => Map::new(),
        Some(Value::Object(fields)) => fields.clone(),
        Some(other) => Map::from_iter([(String::new(), other.clone())]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn class_of(field: &str) -> Option<DataClass> {
        match field {
            "title" | "state" => Some(DataClass::None),
            "email" => Some(DataClass::Personal),
            "diagnosis" => Some(DataClass::Sensitive),
            "cpr" => Some(DataClass::PersonNumber),
            _ => None,
        }
    }

    #[test]
    fn a_change_is_split_by_class() {
        let before = json!({"title": "Purchase", "state": "draft", "email": "a@b.dk", "cpr": "0101901234"});
        let after = json!({"title": "Purchases", "state": "draft", "email": "b@b.dk", "diagnosis": "x", "made_up": 1});
        let changes = changes(Some(&before), Some(&after), class_of);
        let detail = json!({
            "title": {"before": "Purchase", "after": "Purchases"}, "email": {}, "cpr": {}, "diagnosis": {}
        });
        let personal = json!({
            "email": {"before": "a@b.dk", "after": "b@b.dk"}, "cpr": {"before": "0101901234"},
            "diagnosis": {"after": "x"}, "made_up": {"after": 1}
        });
        assert_eq!(changes, Changes { detail, personal: Some(personal) });
    }

    #[test]
    fn creating_and_deleting_have_one_side() {
        let thing = json!({"title": "Purchase", "state": null});
        let created = changes(None, Some(&thing), class_of);
        assert_eq!(created.detail, json!({"title": {"after": "Purchase"}}));
        assert_eq!(created.personal, None);
        let deleted = changes(Some(&thing), None, class_of);
        assert_eq!(deleted.detail, json!({"title": {"before": "Purchase"}}));
    }

    #[test]
    fn what_is_no_object_is_personal() {
        let changes = changes(Some(&json!("Anna")), Some(&json!(["Berg"])), class_of);
        assert_eq!(changes.detail, json!({}));
        assert_eq!(changes.personal, Some(json!({"": {"before": "Anna", "after": ["Berg"]}})));
    }

    proptest! {
        #[test]
        fn a_personal_value_never_reaches_the_detail(
            field in "email|cpr|diagnosis|[a-z]{3}", before: Option<u64>, after: Option<u64>,
        ) {
            let thing = |value: Option<u64>| value.map(|v| json!({ field.as_str(): format!("secret {v}") }));
            let changes = changes(thing(before).as_ref(), thing(after).as_ref(), class_of);
            prop_assert!(!changes.detail.to_string().contains("secret"));
            prop_assert_eq!(changes.personal.is_some(), before != after);
        }
    }
}
