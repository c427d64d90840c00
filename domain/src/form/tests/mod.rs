mod properties;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::crypto::{AccountKey, FieldContext, seal};
use crate::id::{AccountId, AccountKeyId, FormId};
use crate::privacy::{DataClass, TextKind};
use crate::text::Language;

fn today() -> NaiveDate {
    "2026-06-15".parse().unwrap()
}

fn definition(fields: Value) -> FormDefinition {
    serde_json::from_value(json!({ "fields": fields })).unwrap()
}

fn compiled(fields: Value) -> CompiledForm {
    CompiledForm::new(&definition(fields)).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn map(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("not an object: {value}") };
    map
}

/// A field of a type, with more properties.
fn field(key: &str, kind: &str, more: Value) -> Value {
    let mut field = map(json!({"key": key, "type": kind, "label": {"da": "Felt", "en": "Field"}}));
    field.extend(map(more));
    field.into()
}

type Found = Vec<(String, &'static str)>;

fn found(violations: Vec<crate::Violation>) -> Found {
    violations
        .into_iter()
        .map(|violation| {
            for text in [&violation.text.da, &violation.text.sv, &violation.text.en] {
                assert!(!text.is_empty());
            }
            (violation.pointer, violation.code)
        })
        .collect()
}

fn submit(form: &CompiledForm, values: Value, mode: Mode) -> Result<Value, Found> {
    form.validate(&map(values), mode, today()).map(Value::Object).map_err(found)
}

/// What the only field `x` makes of a value.
fn answer(kind: &str, more: &Value, value: Value) -> Result<Value, Found> {
    let form = compiled(json!([field("x", kind, more.clone())]));
    submit(&form, json!({ "x": value }), Mode::Complete)
        .map(|values| values.get("x").cloned().unwrap_or_default())
}

const CHOICES: &str = r#"[{"value": "a", "label": {"da": "A"}}, {"value": "b", "label": {"en": "B"}}, {"value": "c c", "label": {"sv": "C"}}]"#;

fn choices() -> Value {
    serde_json::from_str(CHOICES).unwrap()
}

const PERSON_NUMBER: &str = "person_number";

#[test]
fn values_become_normal() {
    let none = json!({});
    let personal = json!({"class": PERSON_NUMBER});
    let (one, many) = (json!({"choices": choices()}), json!({"choices": choices(), "multiple": true}));
    for (kind, more, value, normal) in [
        ("short_text", &none, json!("  to ord \n"), json!("to ord")),
        ("short_text", &none, json!("   "), json!(null)),
        ("short_text", &none, json!(null), json!(null)),
        ("short_text", &none, json!("ø".repeat(1_000)), json!("ø".repeat(1_000))),
        ("long_text", &none, json!("a\r\nb\rc\n\td "), json!("a\nb\nc\n\td")),
        ("integer", &none, json!(-3), json!(-3)),
        ("integer", &none, json!(3.0), json!(3)),
        ("integer", &none, json!(9_007_199_254_740_991_i64), json!(9_007_199_254_740_991_i64)),
        ("integer", &none, json!(-9_007_199_254_740_991.0), json!(-9_007_199_254_740_991_i64)),
        ("decimal", &none, json!("0.10"), json!("0.10")),
        ("decimal", &none, json!(" -12.50 "), json!("-12.50")),
        ("decimal", &none, json!("-0.00"), json!("0.00")),
        ("decimal", &none, json!("999999999999999"), json!("999999999999999")),
        ("decimal", &none, json!("0.00000000000001"), json!("0.00000000000001")),
        ("date", &none, json!("2024-02-29"), json!("2024-02-29")),
        ("yes_no", &none, json!(false), json!(false)),
        ("choice", &one, json!("c c"), json!("c c")),
        ("choice", &many, json!(["b", "a"]), json!(["b", "a"])),
        ("choice", &many, json!([]), json!(null)),
        ("email", &none, json!(" Anna@Example.DK"), json!("Anna@example.dk")),
        ("phone", &none, json!("20 12 34 56"), json!("+4520123456")),
        ("danish_person_number", &personal, json!("010170-1234"), json!("0101701234")),
        ("swedish_person_number", &personal, json!("900101-0017"), json!("199001010017")),
    ] {
        assert_eq!(answer(kind, more, value.clone()), Ok(normal), "{kind} {value}");
    }
}

#[test]
fn wrong_values_are_told() {
    let none = json!({});
    let personal = json!({"class": PERSON_NUMBER});
    let (one, many) = (
        json!({"choices": choices()}),
        json!({"choices": choices(), "multiple": true, "min_length": 2, "max_length": 2}),
    );
    let lengths = json!({"min_length": 2, "max_length": 3});
    let range = json!({"min": "-1", "max": "5"});
    let decimals = json!({"min": "-1.5", "max": "0.30"});
    let dates = json!({"min": "2026-01-31", "max": "2026-02-01"});
    let pattern = json!({"pattern": "[A-Z]+\\d"});
    let deep = || (0..100).fold(json!("x"), |inner, _| json!([inner]));
    for (kind, more, value, code) in [
        ("short_text", &none, json!(1), "wrong_type"),
        ("short_text", &none, json!({"a": 1}), "wrong_type"),
        ("short_text", &none, deep(), "wrong_type"),
        ("short_text", &none, json!("a\nb"), "control_character"),
        ("short_text", &none, json!("a\u{0}"), "control_character"),
        ("short_text", &none, json!("ø".repeat(1_001)), "too_long"),
        ("short_text", &lengths, json!("ø"), "too_short"),
        ("short_text", &lengths, json!(" ø "), "too_short"),
        ("short_text", &lengths, json!("øøøø"), "too_long"),
        ("short_text", &pattern, json!("ab1"), "pattern"),
        ("short_text", &pattern, json!("AB1 and more"), "pattern"),
        ("long_text", &none, json!("a\u{b}b"), "control_character"),
        ("long_text", &none, json!("x".repeat(50_001)), "too_long"),
        ("integer", &none, json!("1"), "wrong_type"),
        ("integer", &none, json!(1.5), "integer"),
        ("integer", &none, json!(1e300), "integer"),
        ("integer", &none, json!(9_007_199_254_740_992_i64), "integer"),
        ("integer", &none, json!(u64::MAX), "integer"),
        ("integer", &none, json!(i64::MIN), "integer"),
        ("integer", &range, json!(6), "too_large"),
        ("integer", &range, json!(-2), "too_small"),
        ("decimal", &none, json!(1.5), "wrong_type"),
        ("decimal", &none, json!("NaN"), "decimal"),
        ("decimal", &none, json!("1e3"), "decimal"),
        ("decimal", &none, json!("1,5"), "decimal"),
        ("decimal", &none, json!("+1"), "decimal"),
        ("decimal", &none, json!(".5"), "decimal"),
        ("decimal", &none, json!("5."), "decimal"),
        ("decimal", &none, json!("01"), "decimal"),
        ("decimal", &none, json!("1_000"), "decimal"),
        ("decimal", &none, json!("--1"), "decimal"),
        ("decimal", &none, json!("1.2.3"), "decimal"),
        ("decimal", &none, json!("9999999999999999"), "decimal"),
        ("decimal", &none, json!("9".repeat(400)), "too_long"),
        ("decimal", &decimals, json!("0.300000000001"), "too_large"),
        ("decimal", &decimals, json!("-1.50000000001"), "too_small"),
        ("date", &none, json!("2026-02-29"), "date"),
        ("date", &none, json!("2026-2-1"), "date"),
        ("date", &none, json!("01.02.2026"), "date"),
        ("date", &none, json!("+2026-1-01"), "date"),
        ("date", &dates, json!("2026-01-30"), "too_small"),
        ("date", &dates, json!("2026-02-02"), "too_large"),
        ("yes_no", &none, json!("true"), "wrong_type"),
        ("yes_no", &none, json!(1), "wrong_type"),
        ("choice", &one, json!("A"), "not_a_choice"),
        ("choice", &one, json!(["a"]), "wrong_type"),
        ("choice", &many, json!("a"), "wrong_type"),
        ("choice", &many, json!(["a"]), "too_few"),
        ("choice", &many, json!(["a", "b", "c c"]), "too_many"),
        ("choice", &many, json!(vec!["a"; 10_000]), "too_many"),
        ("email", &none, json!("anna"), "email"),
        ("phone", &none, json!("123"), "phone"),
        ("danish_person_number", &personal, json!("310299-1234"), "person_number_birth_date"),
        ("danish_person_number", &personal, json!("290201-1234"), "person_number_birth_date"),
        ("danish_person_number", &personal, json!("01017012"), "person_number_format"),
        ("danish_person_number", &personal, json!(101_701_234), "wrong_type"),
        ("swedish_person_number", &personal, json!("900101-0018"), "person_number_check_digit"),
    ] {
        assert_eq!(answer(kind, more, value.clone()), Err(vec![("/x".to_owned(), code)]), "{kind} {value}");
    }
    let each = answer("choice", &json!({"choices": choices(), "multiple": true}), json!(["a", "A", "a"]));
    assert_eq!(each, Err(vec![("/x/1".to_owned(), "not_a_choice"), ("/x/2".to_owned(), "duplicate")]));
}

#[test]
fn every_fault_is_told_at_once() {
    let form = compiled(json!([
        field("name", "short_text", json!({"required": true})),
        field("age", "integer", json!({"max": "150"})),
        field("heading", "heading", json!({})),
        field("mail", "email", json!({})),
    ]));
    let values = json!({"age": 200, "mail": "?", "heading": "x", "a/b~": 1, "": null});
    let all = [
        ("/name", "required"),
        ("/age", "too_large"),
        ("/mail", "email"),
        ("/", "unknown_field"),
        ("/a~1b~0", "unknown_field"),
        ("/heading", "unknown_field"),
    ];
    let mut told = submit(&form, values.clone(), Mode::Complete).unwrap_err();
    told[3..].sort();
    assert_eq!(told, all.map(|(pointer, code)| (pointer.to_owned(), code)));
    assert_eq!(submit(&form, values, Mode::Draft).unwrap_err().len(), 5);
    assert_eq!(submit(&form, json!({}), Mode::Draft), Ok(json!({})));
    let under = form.validate(&Map::new(), Mode::Complete, today()).unwrap_err().remove(0).under("/values");
    assert_eq!(under.pointer, "/values/name");
}

#[test]
fn conditions_show_and_require() {
    let form = compiled(json!([
        field("kind", "choice", json!({"choices": choices(), "required": true})),
        field("why", "short_text", json!({"show_if": "kind == 'b'", "required": true})),
        field("more", "short_text", json!({"show_if": "why != null && why.startsWith('x')"})),
        field("amount", "decimal", json!({})),
        field("reason", "short_text", json!({"require_if": "amount > 0.3"})),
    ]));
    for (values, outcome) in [
        (json!({"kind": "a"}), Ok(json!({"kind": "a"}))),
        (json!({"kind": "b"}), Err(vec![("/why", "required")])),
        (json!({"kind": "b", "why": "x", "more": "y"}), Ok(json!({"kind": "b", "why": "x", "more": "y"}))),
        // What is not shown is left out, wrong or not, and shows nothing in its turn.
        (json!({"kind": "a", "why": "x", "more": 7}), Ok(json!({"kind": "a"}))),
        (json!({"kind": "a", "amount": "0.30"}), Ok(json!({"kind": "a", "amount": "0.30"}))),
        (json!({"kind": "a", "amount": "0.31"}), Err(vec![("/reason", "required")])),
        (json!({}), Err(vec![("/kind", "required")])),
    ] {
        let outcome =
            outcome.map_err(|found| found.into_iter().map(|(at, code)| (at.to_owned(), code)).collect());
        assert_eq!(submit(&form, values.clone(), Mode::Complete), outcome, "{values}");
    }
}

#[test]
fn calculated_values_are_exact() {
    let form = compiled(json!([
        field("total", "decimal", json!({"calculate": "net + vat", "max": "1000000000000"})),
        field("vat", "decimal", json!({"calculate": "round(net * 0.25, 2)"})),
        field("net", "decimal", json!({})),
        field("share", "decimal", json!({"calculate": "net / 3"})),
        field("count", "integer", json!({"calculate": "net > 1 ? 2 : 1"})),
        field("text", "short_text", json!({"calculate": "'n: ' + string(net)"})),
        field("big", "yes_no", json!({"calculate": "total > 100"})),
    ]));
    let values = |net: &str, rest: Value| {
        let mut values = map(rest);
        values.insert("net".to_owned(), net.into());
        Value::Object(values)
    };
    assert_eq!(
        submit(&form, values("0.30", json!({"total": "7", "count": []})), Mode::Complete),
        Ok(values(
            "0.30",
            json!({"vat": "0.08", "total": "0.38", "share": "0.1", "count": 1, "text": "n: 0.3", "big": false})
        ))
    );
    let read = submit(&form, values("123456789012.34", json!({})), Mode::Complete).unwrap();
    assert_eq!((&read["share"], &read["total"]), (&json!("41152263004.1133"), &json!("154320986265.43")));
    let read = submit(&form, values("200", json!({})), Mode::Complete).unwrap();
    assert_eq!(read["share"], json!("66.6666666666667"));
    let read = submit(&form, json!({}), Mode::Complete).unwrap();
    assert_eq!(read, json!({"count": 1, "big": false}), "unanswered counts as null");
    assert_eq!(
        submit(&form, values("999999999999", json!({})), Mode::Draft),
        Err(vec![("/total".to_owned(), "too_large")])
    );
    assert!(submit(&form, values("999999999999999", json!({})), Mode::Draft).is_err());
}

#[test]
fn a_failing_expression_is_told_where_it_stands() {
    let form = compiled(json!([
        field("a", "integer", json!({})),
        field("b", "integer", json!({"calculate": "12 / (a - 5)"})),
        field("c", "integer", json!({"show_if": "a / (a - 5) > 0"})),
        field("d", "integer", json!({"require_if": "a / (a - 5) > 0"})),
    ]));
    let told = submit(&form, json!({"a": 5}), Mode::Complete).unwrap_err();
    assert_eq!(told, ["/b", "/c", "/d"].map(|at| (at.to_owned(), "expression_number")));
    assert!(submit(&form, json!({"a": 7, "d": 1}), Mode::Complete).is_ok());
}

#[test]
fn encrypted_fields_take_plain_and_sealed_values() {
    let form = compiled(json!([
        field(
            "diagnosis",
            "short_text",
            json!({"encrypted": true, "class": "sensitive", "required": true, "max_length": 10})
        ),
        field("open", "short_text", json!({"max_length": 10})),
    ]));
    let key = AccountKey::new(AccountKeyId(Uuid::from_u128(1)), [1; 32]);
    let context = FieldContext {
        account: AccountId(Uuid::from_u128(2)),
        form: FormId(Uuid::from_u128(3)),
        field: "diagnosis".to_owned(),
        record: Uuid::from_u128(4),
    };
    let sealed = seal(&key, &context, b"asthma", &[2; 12]);
    for value in ["asthma", sealed.as_str()] {
        let values = json!({ "diagnosis": value });
        assert_eq!(submit(&form, values.clone(), Mode::Complete), Ok(values));
    }
    for (values, at) in [
        (json!({"diagnosis": "more than ten"}), "/diagnosis"),
        (json!({"diagnosis": "eyJh.eyJh.eyJh.eyJh.eyJh"}), "/diagnosis"),
        (json!({"diagnosis": sealed.replacen('.', " .", 1)}), "/diagnosis"),
        (json!({"diagnosis": "x", "open": sealed}), "/open"),
    ] {
        assert_eq!(submit(&form, values, Mode::Complete), Err(vec![(at.to_owned(), "too_long")]));
    }
}

#[test]
fn faults_of_definitions() {
    let ok = |key: &str| field(key, "short_text", json!({}));
    let long = |length: usize| "x".repeat(length);
    let choice = |more: Value| field("x", "choice", more);
    for (fields, expected) in [
        (json!([field("", "short_text", json!({}))]), vec![("/fields/0/key", "key_invalid")]),
        (
            json!([ok("Navn"), ok("1a"), ok("_a"), ok("a-b"), ok("å")]),
            (0..5).map(|_| ("", "key_invalid")).collect(),
        ),
        (json!([ok(&long(64)), ok(&long(65))]), vec![("/fields/1/key", "key_invalid")]),
        (json!([ok("in")]), vec![("/fields/0/key", "key_reserved")]),
        (json!([ok("a"), ok("b"), ok("a")]), vec![("/fields/2/key", "key_taken")]),
        (json!([{"key": "a", "label": {"da": " "}}]), vec![("/fields/0/label", "label_missing")]),
        (json!([{"key": "a", "label": {"da": long(501)}}]), vec![("/fields/0/label/da", "too_long")]),
        (json!([field("x", "short_text", json!({"min": "1"}))]), vec![("/fields/0/min", "rule_misplaced")]),
        (
            json!([field("x", "integer", json!({"pattern": "1"}))]),
            vec![("/fields/0/pattern", "rule_misplaced")],
        ),
        (
            json!([field("x", "date", json!({"max_length": 3}))]),
            vec![("/fields/0/max_length", "rule_misplaced")],
        ),
        (
            json!([choice(json!({"choices": choices(), "max_length": 3}))]),
            vec![("/fields/0/max_length", "rule_misplaced")],
        ),
        (
            json!([field("x", "heading", json!({"required": true, "class": "personal"}))]),
            vec![("/fields/0/required", "rule_misplaced"), ("/fields/0/class", "rule_misplaced")],
        ),
        (
            json!([field("x", "integer", json!({"calculate": "1", "required": true, "encrypted": true}))]),
            vec![("/fields/0/required", "rule_misplaced"), ("/fields/0/encrypted", "rule_misplaced")],
        ),
        (
            json!([field("x", "integer", json!({"min": "2", "max": "1"}))]),
            vec![("/fields/0/max", "range_empty")],
        ),
        (json!([field("x", "integer", json!({"min": "1.5"}))]), vec![("/fields/0/min", "bound_invalid")]),
        (json!([field("x", "decimal", json!({"min": "1,5"}))]), vec![("/fields/0/min", "bound_invalid")]),
        (json!([field("x", "date", json!({"max": "2026-02-30"}))]), vec![("/fields/0/max", "bound_invalid")]),
        (
            json!([field("x", "short_text", json!({"min_length": 3, "max_length": 2}))]),
            vec![("/fields/0/max_length", "range_empty")],
        ),
        (
            json!([field("x", "short_text", json!({"min_length": 1_001}))]),
            vec![("/fields/0/min_length", "range_empty")],
        ),
        (
            json!([field("x", "short_text", json!({"max_length": 0}))]),
            vec![("/fields/0/max_length", "range_empty")],
        ),
        (
            json!([choice(json!({"choices": choices(), "multiple": true, "min_length": 4}))]),
            vec![("/fields/0/min_length", "range_empty")],
        ),
        (
            json!([field("x", "short_text", json!({"pattern": "("}))]),
            vec![("/fields/0/pattern", "pattern_invalid")],
        ),
        (
            json!([field("x", "short_text", json!({"pattern": "a+", "example": "b"}))]),
            vec![("/fields/0/example", "example_needed")],
        ),
        (
            json!([field("x", "short_text", json!({"pattern": "a{3}", "max_length": 2}))]),
            vec![("/fields/0/pattern", "example_needed")],
        ),
        (json!([choice(json!({}))]), vec![("/fields/0/choices", "choices_count")]),
        (
            json!([choice(
                json!({"choices": [{"value": " a", "label": {"da": "A"}}, {"value": "b"}, {"value": "b", "label": {"da": "B"}}]})
            )]),
            vec![
                ("/fields/0/choices/0/value", "choice_invalid"),
                ("/fields/0/choices/1/label", "label_missing"),
                ("/fields/0/choices/2/value", "choice_taken"),
            ],
        ),
        (
            json!([field("x", "danish_person_number", json!({"class": "personal"}))]),
            vec![("/fields/0/class", "class_not_person_number")],
        ),
        (
            json!([field("x", "short_text", json!({"show_if": "y =="}))]),
            vec![("/fields/0/show_if", "expression_syntax")],
        ),
        (
            json!([field("x", "short_text", json!({"show_if": "y == 1"}))]),
            vec![("/fields/0/show_if", "expression_unknown_field")],
        ),
        (
            json!([
                field("h", "heading", json!({})),
                field("x", "short_text", json!({"show_if": "h == 'a'"}))
            ]),
            vec![("/fields/1/show_if", "expression_unknown_field")],
        ),
        (
            json!([
                field("s", "short_text", json!({"encrypted": true})),
                field("x", "short_text", json!({"show_if": "s == 'a'"}))
            ]),
            vec![("/fields/1/show_if", "expression_encrypted_field")],
        ),
        (
            json!([
                field("n", "short_text", json!({"class": "personal"})),
                field("x", "short_text", json!({"calculate": "n + '!'"}))
            ]),
            vec![("/fields/1/class", "class_too_low")],
        ),
        (
            json!([field("x", "short_text", json!({"show_if": "'a'"}))]),
            vec![("/fields/0/show_if", "expression_not_condition")],
        ),
        (
            json!([ok("a"), field("x", "short_text", json!({"require_if": "a + 1 == 2"}))]),
            vec![("/fields/1/require_if", "expression_type")],
        ),
        (
            json!([ok("a"), field("x", "integer", json!({"calculate": "a"}))]),
            vec![("/fields/1/calculate", "wrong_type")],
        ),
        (
            json!([field("x", "integer", json!({"calculate": "x + 1"}))]),
            vec![("/fields/0/calculate", "expression_cycle")],
        ),
        (
            json!([
                field("a", "integer", json!({"calculate": "b"})),
                field("b", "integer", json!({"show_if": "c == 1"})),
                field("c", "integer", json!({"calculate": "a"})),
                field("d", "integer", json!({"require_if": "d == null"})),
            ]),
            vec![
                ("/fields/0/calculate", "expression_cycle"),
                ("/fields/1/show_if", "expression_cycle"),
                ("/fields/2/calculate", "expression_cycle"),
            ],
        ),
        (
            json!(vec![field("a", "short_text", json!({"pattern": "a"})); 101]),
            vec![("/fields", "too_many_patterns")],
        ),
        (json!(vec![ok("a"); 501]), vec![("/fields", "too_many_fields")]),
        (
            json!(vec![field("a", "short_text", json!({"help": {"da": long(3_000)}})); 400]),
            vec![("/fields", "form_too_large")],
        ),
    ] {
        let told = found(definition(fields.clone()).check());
        if expected.iter().all(|(at, _)| at.is_empty()) {
            assert_eq!(
                told.iter().map(|(_, code)| *code).collect::<Vec<_>>(),
                expected.iter().map(|(_, code)| *code).collect::<Vec<_>>()
            );
        } else {
            let expected: Found = expected.into_iter().map(|(at, code)| (at.to_owned(), code)).collect();
            assert_eq!(told, expected, "{}", fields.to_string().chars().take(300).collect::<String>());
        }
    }
    assert!(
        serde_json::from_value::<FormDefinition>(json!({"fields": [{"key": "a", "colour": 1}]})).is_err()
    );
}

/// A form with every type and most rules.
fn everything() -> FormDefinition {
    definition(json!([
        field("about", "heading", json!({"help": {"sv": "Hjälp"}})),
        field(
            "name",
            "short_text",
            json!({"required": true, "class": "personal", "min_length": 2, "max_length": 60})
        ),
        field("plate", "short_text", json!({"pattern": "[A-Z]{2} ?\\d{5}"})),
        field("code", "short_text", json!({"pattern": "(foo|bar)+", "example": "bar"})),
        field("story", "long_text", json!({"class": "sensitive", "min_length": 100})),
        field("age", "integer", json!({"min": "18", "max": "150", "class": "personal"})),
        field("count", "integer", json!({"required": true})),
        field("price", "decimal", json!({"min": "100.25"})),
        field("vat", "decimal", json!({"calculate": "price * 0.25"})),
        field("day", "date", json!({"min": "2027-01-01"})),
        field("agree", "yes_no", json!({"required": true})),
        field("pick", "choice", json!({"choices": choices(), "required": true})),
        field("picks", "choice", json!({"choices": choices(), "multiple": true, "min_length": 2})),
        field("why", "long_text", json!({"show_if": "pick == 'b'", "require_if": "count > 10"})),
        field("mail", "email", json!({"class": "personal"})),
        field("phone", "phone", json!({"class": "personal"})),
        field("cpr", "danish_person_number", json!({"class": PERSON_NUMBER})),
        field("pnr", "swedish_person_number", json!({"class": PERSON_NUMBER})),
        field("secret", "short_text", json!({"class": "personal", "encrypted": true})),
    ]))
}

#[test]
fn the_example_is_valid() {
    let form = CompiledForm::new(&everything()).unwrap();
    let example = form.example().unwrap();
    assert_eq!(form.validate(&example, Mode::Complete, today()), Ok(example.clone()));
    let answered: Vec<&str> =
        form.definition().classes().map(|(key, _)| key).filter(|key| *key != "why").collect();
    assert!(answered.iter().all(|key| example.contains_key(*key)), "{example:?}");
    let empty = CompiledForm::new(&FormDefinition::default()).unwrap();
    assert_eq!(empty.example(), Some(Map::new()));
    let strict = compiled(json!([
        field("a", "integer", json!({})),
        field("b", "integer", json!({"calculate": "a", "min": "1000000"})),
    ]));
    assert_eq!(strict.example(), None);
}

#[test]
fn schemas_say_what_fields_are() {
    let schema = everything().schema(Language::Sv);
    let properties = &schema["properties"];
    assert_eq!(schema["required"], json!(["name", "count", "agree", "pick"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(properties["about"], json!(null));
    assert_eq!(
        properties["age"],
        json!({
            "title": "Felt", "type": "integer", "minimum": 18, "maximum": 150,
            "x-styr-type": "integer", "x-styr-class": "personal"
        })
    );
    assert_eq!(properties["pick"]["oneOf"][2], json!({"const": "c c", "title": "C"}));
    assert_eq!(properties["name"]["minLength"], json!(2));
    assert_eq!(properties["plate"]["pattern"], json!("^(?:[A-Z]{2} ?[0-9]{5})$"));
    assert_eq!(properties["vat"]["readOnly"], json!(true));
    assert_eq!(properties["why"]["x-styr-show-if"], json!("pick == 'b'"));
    let field = &everything().fields[0];
    assert_eq!(field.label.in_language(Language::En), "Field");
    assert_eq!(field.help.as_ref().unwrap().in_language(Language::Da), "Hjälp");
}

#[test]
fn personal_data_is_found_and_taken_away() {
    let form = definition(json!([
        field("name", "short_text", json!({"class": "personal"})),
        field("story", "long_text", json!({"class": "sensitive"})),
        field("mail", "email", json!({"class": "personal"})),
        field("cpr", "danish_person_number", json!({"class": PERSON_NUMBER})),
        field("groups", "choice", json!({"class": "sensitive", "choices": choices(), "multiple": true})),
        field("age", "integer", json!({"class": "personal"})),
        field("adult", "yes_no", json!({"class": "personal"})),
        field("secret", "short_text", json!({"class": "personal", "encrypted": true})),
        field("mobile", "phone", json!({"class": "personal"})),
        field("other", "short_text", json!({})),
    ]));
    let values = map(json!({
        "name": "Anna", "mobile": "+4520123456", "story": "asthma", "mail": "a@b.dk", "cpr": "0101701234", "groups": ["a", "b"], "age": 7, "adult": false,
        "secret": "x", "other": "stays", "gone": "from an older version"
    }));
    assert_eq!(form.redact(&values, "anonym"), map(json!({"name": "anonym", "other": "stays"})));
    assert_eq!(form.redact(&Map::new(), "anonym"), Map::new());
    let expected = [
        ("name", DataClass::Personal, "Anna"),
        ("story", DataClass::Sensitive, "asthma"),
        ("mail", DataClass::Personal, "a@b.dk"),
        ("cpr", DataClass::PersonNumber, "0101701234"),
        ("groups", DataClass::Sensitive, "a"),
        ("groups", DataClass::Sensitive, "b"),
        ("age", DataClass::Personal, "7"),
        ("secret", DataClass::Personal, "x"),
        ("mobile", DataClass::Personal, "+4520123456"),
    ];
    let expected = expected.map(|(key, class, text)| Searchable {
        key,
        class,
        kind: if key == "mobile" { TextKind::Phone } else { TextKind::Text },
        encrypted: key == "secret",
        text: text.to_owned(),
    });
    assert_eq!(form.searchable(&values), expected);
    assert_eq!(form.personal_keys().count(), 9);
}

#[test]
fn a_form_at_its_limits_is_read() {
    let fields: Vec<Value> = (0..500)
        .map(|n| match n {
            0..100 => field(&format!("f{n}"), "long_text", json!({"pattern": "(x|y)*z?"})),
            499 => field("f499", "long_text", json!({})),
            _ => field(&format!("f{n}"), "long_text", json!({"show_if": format!("size(f{}) > 3", n + 1)})),
        })
        .collect();
    let form = compiled(json!(fields));
    let values: Map<String, Value> =
        (0..500).map(|n| (format!("f{n}"), "xy".repeat(25_000).into())).collect();
    assert_eq!(form.validate(&values, Mode::Complete, today()), Ok(values));
}
