use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Expression;

fn variables() -> Map<String, Value> {
    let Value::Object(variables) = json!({
        "whole": 1500, "fraction": 1500.5, "qty": 3, "name": "Åse", "approved": true, "empty": null,
        "tags": ["a", "b"], "customer": {"name": "Ib", "age": 40},
        "rows": [{"price": 10.1, "qty": 2}, {"price": 0.2, "qty": 1}, {"qty": 5}],
        "from": "2026-02-27", "to": "2026-03-01T10:00:00Z",
    }) else {
        unreachable!()
    };
    variables
}

fn evaluate(source: &str) -> Value {
    Expression::compile(source)
        .unwrap_or_else(|fault| panic!("{source}: {fault}"))
        .evaluate(&variables())
        .unwrap_or_else(|fault| panic!("{source}: {fault}"))
}

fn code(source: &str) -> &'static str {
    match Expression::compile(source) {
        Err(fault) => fault.code,
        Ok(expression) => match expression.evaluate(&variables()) {
            Err(fault) => fault.code,
            Ok(value) => panic!("{source} gives {value}"),
        },
    }
}

#[test]
fn values() {
    for (source, expected) in [
        ("whole > 1000 && fraction > 1000", json!(true)),
        ("whole < fraction", json!(true)),
        ("qty * 2", json!(6)),
        ("fraction * 2", json!(3001)),
        ("2 * fraction - 0.5", json!(3000.5)),
        ("0.1 + 0.2 == 0.3", json!(true)),
        ("7 / 2", json!(3.5)),
        ("-7 % 4", json!(-3)),
        ("1 + 2 * 3 == 7 ? 'yes' : 'no'", json!("yes")),
        ("name + '!'", json!("Åse!")),
        ("size(name) + name.size()", json!(6)),
        ("'b' in tags && !('c' in tags)", json!(true)),
        ("tags + ['c'] == ['a', 'b', 'c']", json!(true)),
        ("customer.name == 'Ib' && customer['age'] >= 40", json!(true)),
        ("has(customer.name) && !has(customer.phone)", json!(true)),
        ("rows[0].price", json!(10.1)),
        ("rows[9]", json!(null)),
        ("sum(rows.map(r, r.price * r.qty))", json!(20.4)),
        ("rows.filter(r, r.qty > 1).size()", json!(2)),
        ("rows.exists(r, r.qty == 5) && !rows.all(r, has(r.price))", json!(true)),
        ("rows.exists_one(r, r.qty == 5)", json!(true)),
        ("rows.map(r, tags.map(t, t + string(r.qty)))", json!([["a2", "b2"], ["a1", "b1"], ["a5", "b5"]])),
        ("tags.map(t, t == 'b', t + t)", json!(["bb"])),
        ("{'a': 1, 'b': [2]}", json!({"a": 1, "b": [2]})),
        ("{'a': 1}.a + {'b': 2}['b']", json!(3)),
        ("customer == {'age': 40.0, 'name': 'Ib'}", json!(true)),
        ("name.matches('^Å.e$') && 'x'.contains('')", json!(true)),
        ("'  a '.trim().upper() + 'ÆØ'.lower()", json!("Aæø")),
        ("round(2.345, 2) + round(-0.5)", json!(1.35)),
        ("int('12.9') + double(' 1.5 ') + abs(-1)", json!(14.5)),
        ("min(3, fraction, 2) + max([1, 5])", json!(7)),
        ("days(from, to)", json!(2)),
        ("customer.map(k, k)", json!(["age", "name"])),
        ("'2026-01-02' < to", json!(true)),
        ("9007199254740993 + 0", json!(9_007_199_254_740_993_i64)),
    ] {
        assert_eq!(evaluate(source), expected, "{source}");
    }
}

/// What was not filled in is null, and null never stops an expression.
#[test]
fn null() {
    for (source, expected) in [
        ("missing", json!(null)),
        ("missing == null && empty == null && name != null", json!(true)),
        ("missing > 1 || missing <= 1", json!(false)),
        ("missing + 1", json!(null)),
        ("-missing", json!(null)),
        ("name + missing", json!(null)),
        ("missing.deep.deeper", json!(null)),
        ("!missing && !(missing && approved)", json!(true)),
        ("missing ? 1 : 2", json!(2)),
        ("size(missing)", json!(0)),
        ("missing.all(x, x > 1)", json!(true)),
        ("1 in missing", json!(false)),
        ("max(missing, 2) + sum([1, null])", json!(3)),
        ("trim(missing)", json!(null)),
    ] {
        assert_eq!(evaluate(source), expected, "{source}");
    }
}

#[test]
fn faults() {
    let deep_sum = vec!["1"; 200].join("+");
    let long = "1+".repeat(1001);
    let growing = format!("[name]{}", ".map(x, x+x+x+x+x+x+x+x)".repeat(60));
    for (source, expected) in [
        ("", "expression_syntax"),
        ("1 +", "expression_syntax"),
        ("(1", "expression_syntax"),
        ("beløb > 1", "expression_syntax"),
        ("a = 1", "expression_syntax"),
        ("'open", "expression_syntax"),
        ("name > 1", "expression_type"),
        ("1 + name", "expression_type"),
        ("name && approved", "expression_type"),
        ("name.first", "expression_type"),
        ("days('soon', to)", "expression_type"),
        ("1 / 0", "expression_number"),
        ("1 % 0", "expression_number"),
        ("9223372036854775807 * 9223372036854775807", "expression_number"),
        ("double(name)", "expression_number"),
        ("now()", "expression_unknown_function"),
        ("timestamp('2026-01-01T00:00:00Z')", "expression_unknown_function"),
        ("size()", "expression_arguments"),
        ("name.matches('(')", "expression_pattern"),
        ("name.matches(name)", "expression_pattern"),
        ("name.matches('((a{1000}){1000}){1000}')", "expression_pattern"),
        ("b'x'", "expression_unsupported"),
        ("T{a: 1}", "expression_unsupported"),
        ("1e300", "expression_unsupported"),
        ("tags.map(a, tags.map(b, tags.map(c, c)))", "expression_too_deep"),
        (deep_sum.as_str(), "expression_too_deep"),
        (long.as_str(), "expression_too_long"),
        (growing.as_str(), "expression_too_much_work"),
    ] {
        assert_eq!(code(source), expected, "{source}");
    }
}

#[test]
fn hostile_nesting_is_refused() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{'a':", "}"),
        ("!", ""),
        ("-", ""),
        ("a?a:", "a"),
        ("f(", ")"),
        ("a.", "a"),
    ] {
        for count in [30, 300, 900] {
            let source = format!("{}1{}", open.repeat(count), close.repeat(count));
            if let Err(fault) = Expression::compile(&source) {
                let codes = ["expression_too_deep", "expression_too_long", "expression_syntax"];
                assert!(codes.contains(&fault.code), "{source}: {fault}");
            }
        }
    }
}

#[test]
fn large_values_are_refused_soon() {
    let mut variables = Map::new();
    variables.insert("list".into(), json!(vec![1; 5_000]));
    variables.insert("text".into(), json!("x".repeat(200_000)));
    for source in ["list.map(x, list.map(y, x * y))", "text + text + text + text + text + text + text + text"]
    {
        let fault = Expression::compile(source).unwrap().evaluate(&variables).unwrap_err();
        assert_eq!(fault.code, "expression_too_much_work", "{source}");
    }
    let sum = Expression::compile("sum(list.map(x, x * 2))").unwrap().evaluate(&variables).unwrap();
    assert_eq!(sum, json!(10_000));
}

#[test]
fn the_deciding_side_decides() {
    assert_eq!(evaluate("1 / 0 > 1 || true"), json!(true));
    assert_eq!(evaluate("false && 1 / 0 > 1"), json!(false));
    assert_eq!(code("1 / 0 > 1 || false"), "expression_number");
}

#[test]
fn a_condition_gives_yes_or_no() {
    let holds = |source: &str| Expression::compile(source).unwrap().evaluate_condition(&variables());
    assert_eq!(holds("approved"), Ok(true));
    assert_eq!(holds("missing"), Ok(false));
    assert_eq!(holds("qty").unwrap_err().code, "expression_not_condition");
}

#[test]
fn variables_are_roots_that_are_not_local() {
    let expression =
        Expression::compile("a.b + c[d] + rows.map(x, x + e)[0] + (has(f.g) ? 1 : size(h))").unwrap();
    let names: Vec<_> = expression.variables().iter().map(String::as_str).collect();
    assert_eq!(names, ["a", "c", "d", "e", "f", "h", "rows"]);
}

#[test]
fn a_fault_says_where() {
    let fault = Expression::compile("a +\n  * b").unwrap_err();
    assert!(fault.text.en.contains("line 2, character 3"), "{}", fault.text.en);
}

fn token_soup() -> impl Strategy<Value = String> {
    const TOKENS: &[&str] = &[
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        "?",
        ":",
        "!",
        "-",
        "+",
        "*",
        "/",
        "%",
        "==",
        "<",
        ">=",
        "&&",
        "||",
        "in",
        "a",
        "rows",
        "has",
        "size",
        "map",
        "1",
        "2.5",
        "0x1F",
        "1u",
        "'t'",
        "r'\\'",
        "\"\\u00e5\"",
        "b'x'",
        "null",
        "true",
        " ",
        "\n",
        "//",
        "`a`",
        "å",
        "@",
        "1e9",
        "'''",
        ".map(x,",
        ".filter(x,",
        ".exists(x,",
    ];
    proptest::collection::vec(proptest::sample::select(TOKENS), 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_source_gives_a_value_or_a_fault(source in prop_oneof![token_soup(), any::<String>()]) {
        if let Ok(expression) = Expression::compile(&source) {
            let first = expression.evaluate(&variables());
            prop_assert_eq!(first, expression.evaluate(&variables()));
        }
    }

    #[test]
    fn whole_numbers_add_and_compare(a in -1_000_000_000_000_i64..1_000_000_000_000, b in -1_000_000_i64..1_000_000) {
        let Value::Object(variables) = json!({"a": a, "b": b}) else { unreachable!() };
        let evaluate = |source: &str| Expression::compile(source).unwrap().evaluate(&variables).unwrap();
        prop_assert_eq!(evaluate("a + b"), json!(a + b));
        prop_assert_eq!(evaluate("a - b"), json!(a - b));
        prop_assert_eq!(evaluate("a < b"), json!(a < b));
        prop_assert_eq!(evaluate("(a + 0.5) - 0.5 == a"), json!(true));
    }
}
