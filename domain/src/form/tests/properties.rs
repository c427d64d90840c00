use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

static EVERYTHING: LazyLock<CompiledForm> = LazyLock::new(|| CompiledForm::new(&everything()).unwrap());

/// JSON of any kind, likely values among them.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-200_i64..200).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[ \\t\\r\\na-c]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(prop::sample::select(vec!["a", "b", "c c", "d"]), 0..4)
                .prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Values that are, or are nearly, what a field takes.
fn likely_value(field: &Field) -> BoxedStrategy<Value> {
    let text = |pattern: &'static str| pattern.prop_map(Value::from).boxed();
    match (field.kind, field.key.as_str()) {
        (_, "plate" | "code") => text("[A-Z]{2} ?[0-9]{4,6}|(foo|bar){1,3}"),
        (FieldType::ShortText, _) => text("[a-zø]{0,70}"),
        (FieldType::LongText, _) => text("[a-z\\n]{95,105}"),
        (FieldType::Integer, _) => {
            prop_oneof![(0_i64..200).prop_map(Value::from), (0.0..9.0_f64).prop_map(Value::from)].boxed()
        }
        (FieldType::Decimal, _) => text("-?[0-9]{1,16}(\\.[0-9]{0,15})?"),
        (FieldType::Date, _) => text("20[0-9]{2}-[01][0-9]-[0-3][0-9]"),
        (FieldType::Choice, _) if field.multiple => {
            prop::collection::vec(prop::sample::select(vec!["a", "b", "c c", "d"]), 0..5)
                .prop_map(Value::from)
                .boxed()
        }
        (FieldType::Choice, _) => text("[a-d]|c c"),
        (FieldType::YesNo | FieldType::Heading, _) => any::<bool>().prop_map(Value::from).boxed(),
        (FieldType::Email, _) => text("[a-z.+]{1,4}@[a-zø]{1,4}\\.[a-z]{1,3}"),
        (FieldType::Phone, _) => text("(\\+45 ?|00|0)?[0-9 ]{7,10}"),
        (FieldType::DanishPersonNumber, _) => text("[0-6][0-9][01][0-9]{3}-?[0-9]{4}"),
        (FieldType::SwedishPersonNumber, _) => text("(19)?[0-9]{2}01[0-9]{2}[-+]?[0-9]{4}"),
    }
}

/// The example with some of its values replaced or left out.
fn any_values() -> impl Strategy<Value = Map<String, Value>> {
    let change = prop::sample::select(EVERYTHING.definition().fields.clone()).prop_flat_map(|field| {
        let value = prop_oneof![6 => likely_value(&field).prop_map(Some), 2 => any_value().prop_map(Some), 1 => Just(None)];
        value.prop_map(move |value| (field.key.clone(), value))
    });
    prop::collection::vec(change, 0..3).prop_map(|changes| {
        let mut values = EVERYTHING.example().unwrap();
        for (key, value) in changes {
            match value {
                Some(value) => values.insert(key, value),
                None => values.remove(&key),
            };
        }
        values
    })
}

/// Codes of what JSON Schema cannot say.
const UNSAYABLE: [&str; 7] = [
    "person_number_birth_date",
    "person_number_check_digit",
    "person_number_format",
    "too_small",
    "too_large",
    "email",
    "phone",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn normal_forms_are_their_own(values in any_values(), draft: bool) {
        let mode = if draft { Mode::Draft } else { Mode::Complete };
        if let Ok(normal) = EVERYTHING.validate(&values, mode, today()) {
            prop_assert_eq!(EVERYTHING.validate(&normal, mode, today()), Ok(normal));
        }
    }

    #[test]
    fn the_schema_agrees(values in any_values()) {
        static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
            let schema = everything().schema(Language::Da);
            jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
        });
        match EVERYTHING.validate(&values, Mode::Complete, today()) {
            Ok(normal) => {
                let normal = Value::Object(normal);
                let refused = SCHEMA.iter_errors(&normal).next().map(|error| format!("{error} at {}", error.instance_path()));
                prop_assert_eq!(refused, None);
            }
            Err(violations) => {
                let trimmed = |value: &Value| value.as_str().is_none_or(|text| text.trim() == text && !text.is_empty());
                let sayable = violations.iter().any(|violation| {
                    let integer = violation.pointer == "/age";
                    // When a condition requires the reason, the schema says so beside its rules.
                    let by_condition = violation.pointer == "/why" && violation.code == "required";
                    !by_condition && !UNSAYABLE.contains(&violation.code) || (integer && violation.code != "wrong_type")
                });
                if sayable && values.values().all(trimmed) {
                    prop_assert!(!SCHEMA.is_valid(&Value::Object(values)), "{violations:?}");
                }
            }
        }
    }

    #[test]
    fn any_definition_is_checked(
        kind in prop::sample::select(vec!["short_text", "integer", "decimal", "date", "choice", "email", "heading"]),
        rules in prop::collection::btree_map(
            prop::sample::select(vec!["min", "max", "pattern", "example", "show_if", "calculate", "require_if"]),
            "\\PC{0,8}|[0-9]{1,3}|2026-0[1-9]-10|x|y > 3|y == null|size\\(z\\)|[a-c]{1,2}[+*]?", 0..4,
        ),
        lengths in prop::option::of((0_u32..2_000, 0_u32..2_000)),
        flags in 0_u8..8,
    ) {
        let mut more = json!(rules);
        if let Some((least, most)) = lengths {
            more["min_length"] = least.into();
            more["max_length"] = most.into();
        }
        more["required"] = (flags & 1 > 0).into();
        more["multiple"] = (flags & 2 > 0).into();
        if flags & 4 > 0 {
            more["choices"] = choices();
        }
        let definition = definition(json!([
            field("x", kind, more),
            field("y", "integer", json!({})),
            field("z", "short_text", json!({})),
        ]));
        let Ok(form) = CompiledForm::new(&definition) else { return Ok(()) };
        if let Some(example) = form.example() {
            prop_assert_eq!(form.validate(&example, Mode::Complete, today()), Ok(example.clone()));
            let schema = jsonschema::draft202012::new(&definition.schema(Language::En)).unwrap();
            prop_assert!(schema.is_valid(&Value::Object(example)));
        } else {
            prop_assert!(definition.fields[0].calculate.is_some() || definition.fields[0].show_if.is_some());
        }
    }
}
