//! One text for each JSON value, so that it can be hashed: the JSON Canonicalization Scheme (RFC 8785).
//!
//! Members are sorted by the UTF-16 code units of their names, nothing is put between tokens, strings escape only what
//! JSON demands, and numbers are written as ECMAScript writes them. In one point it goes beyond RFC 8785: integers
//! that fit 64 bits are written in full also beyond ±2⁵³, where two would otherwise look alike. That a database writes
//! `1.0`, `1` or `1e0`, or sorts members, makes no difference.

use serde_json::{Number, Value};

/// The value's canonical text.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => text.push_str(&write_number(number)),
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (index, (name, member)) in members.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_string(name, text);
                text.push(':');
                write(member, text);
            }
            text.push('}');
        }
    }
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            '\0'..='\u{1f}' => text.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => text.push(character),
        }
    }
    text.push('"');
}

fn write_number(number: &Number) -> String {
    if let Some(integer) = number.as_u64() {
        return integer.to_string();
    }
    if let Some(integer) = number.as_i64() {
        return integer.to_string();
    }
    number.as_f64().map_or_else(|| number.to_string(), ecmascript)
}

/// A double as ECMAScript's `Number::toString` writes it: the shortest digits that read back as the same double.
fn ecmascript(double: f64) -> String {
    if double == 0.0 {
        return "0".to_owned(); // also for -0
    }
    let shortest = format!("{:e}", double.abs());
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits = mantissa.replace('.', "");
    let (count, point) = (digits.len() as i32, exponent.parse::<i32>().unwrap_or(0) + 1);
    let zeros = |count: i32| "0".repeat(count.max(0) as usize);
    let text = match point {
        _ if count <= point && point <= 21 => format!("{digits}{}", zeros(point - count)),
        1..=21 => format!("{}.{}", &digits[..point as usize], &digits[point as usize..]),
        -5..=0 => format!("0.{}{digits}", zeros(-point)),
        _ => {
            let fraction = if count > 1 { format!(".{}", &digits[1..]) } else { String::new() };
            format!("{}{fraction}e{:+}", &digits[..1], point - 1)
        }
    };
    if double < 0.0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_written_as_ecmascript_writes_them() {
        // The doubles and their texts are those of RFC 8785, appendix B.
        let cases: [(u64, &str); 20] = [
            (0x0000000000000000, "0"),
            (0x8000000000000000, "0"),
            (0x0000000000000001, "5e-324"),
            (0x8000000000000001, "-5e-324"),
            (0x7fefffffffffffff, "1.7976931348623157e+308"),
            (0x4340000000000000, "9007199254740992"),
            (0xc340000000000000, "-9007199254740992"),
            (0x4430000000000000, "295147905179352830000"),
            (0x44b52d02c7e14af5, "9.999999999999997e+22"),
            (0x44b52d02c7e14af6, "1e+23"),
            (0x444b1ae4d6e2ef4f, "999999999999999900000"),
            (0x444b1ae4d6e2ef50, "1e+21"),
            (0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
            (0x3eb0c6f7a0b5ed8d, "0.000001"),
            (0x41b3de4355555553, "333333333.3333332"),
            (0x41b3de4355555557, "333333333.33333343"),
            (0xbecbf647612f3696, "-0.0000033333333333333333"),
            (0x3fe0000000000000, "0.5"),
            (0xbff8000000000000, "-1.5"),
            (0x4024000000000000, "10"),
        ];
        for (bits, text) in cases {
            assert_eq!(ecmascript(f64::from_bits(bits)), text, "{bits:x}");
        }
    }

    #[test]
    fn members_are_sorted_by_utf_16_and_strings_escape_only_what_they_must() {
        let value =
            json!({"\u{fb33}": 1, "\u{1f600}": 2, "€": 3, "\r": 4, "1": 5, "ö": "å\u{7f}/\u{1}\"\\\n"});
        let expected =
            "{\"\\r\":4,\"1\":5,\"ö\":\"å\u{7f}/\\u0001\\\"\\\\\\n\",\"€\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}";
        assert_eq!(canonical(&value), expected);
    }

    #[test]
    fn what_a_database_may_rewrite_makes_no_difference() {
        let read = |text: &str| canonical(&serde_json::from_str(text).unwrap());
        assert_eq!(
            read(r#"{ "b": 1.0, "a": [1e2, -0.0, 1E+20] }"#),
            r#"{"a":[100,0,100000000000000000000],"b":1}"#
        );
        assert_eq!(read("9007199254740993"), "9007199254740993");
    }

    proptest! {
        #[test]
        fn the_canonical_text_reads_back_as_itself(double in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL, integer: i64, text: String) {
            let value = json!({ "double": double, "integer": integer, text.as_str(): [text, null, true] });
            let once = canonical(&value);
            prop_assert_eq!(canonical(&serde_json::from_str(&once).unwrap()), once);
            prop_assert_eq!(ecmascript(double).parse::<f64>().unwrap(), double);
        }
    }
}
