//! The table of field types: all that is particular to a type stands here, in one place for each.

use std::cmp::Ordering;

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::{Country, DanishPersonNumber, FieldType, SwedishPersonNumber, contact};
use crate::{text, text::Text};

/// Why a value will not do: a stable code, and why for people.
pub(super) type Wrong = (&'static str, Text);

/// What reading a value depends on besides the value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// The day on which the value was given.
    pub(super) today: NaiveDate,
    /// The country whose phone numbers go without a code.
    pub(super) country: Country,
}

/// What Styr knows of a type.
pub(super) struct Kind {
    /// The JSON Schema type of the normal form; none where there is no value.
    pub(super) json: Option<&'static str>,
    /// The JSON Schema format.
    pub(super) format: Option<&'static str>,
    /// A pattern for JSON Schema that everything accepted matches, but for surrounding spaces.
    pub(super) pattern: Option<&'static str>,
    /// The most characters of the normal form, of types that are strings.
    pub(super) max_chars: Option<u32>,
    /// Whether authors may set a pattern, lengths and an example.
    pub(super) free_text: bool,
    /// Reads `min` and `max`, and the text of a normal form to compare with them; none where there is no order.
    pub(super) bound: Option<fn(&str) -> Option<Bound>>,
    /// The normal form of a value; `Ok(None)` for one that says nothing.
    pub(super) read: fn(&Value, Reading) -> Result<Option<Value>, Wrong>,
    /// A value for the `n`th try, in normal form.
    pub(super) example: fn(u32) -> Value,
}

/// What `min` and `max` compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    Number(Decimal),
    Date(NaiveDate),
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b),
            (Self::Date(a), Self::Date(b)) => a.partial_cmp(b),
            (Self::Number(_), Self::Date(_)) | (Self::Date(_), Self::Number(_)) => None,
        }
    }
}

/// The greatest integer that every JSON reader keeps.
pub(super) const MAX_INTEGER: i64 = (1 << 53) - 1;

const DECIMAL_CHARS: u32 = 16;

/// What the types have in common with most others.
const BASE: Kind = Kind {
    json: Some("string"),
    format: None,
    pattern: None,
    max_chars: None,
    free_text: false,
    bound: None,
    read: |_, _| Ok(None),
    example: |_| Value::Null,
};

const SHORT_TEXT: Kind = Kind {
    pattern: Some(r"^[^\u0000-\u001f\u007f-\u009f]*$"),
    max_chars: Some(1_000),
    free_text: true,
    read: |value, _| line(value, 1_000, |text| Ok(text.to_owned())),
    example: |n| format!("Example {}", n + 1).into(),
    ..BASE
};

const LONG_TEXT: Kind = Kind {
    pattern: Some(r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"),
    max_chars: Some(50_000),
    free_text: true,
    read: |value, _| lines(value, 50_000),
    ..SHORT_TEXT
};

const INTEGER: Kind = Kind {
    json: Some("integer"),
    bound: Some(|text| parse_integer(text).map(|whole| Bound::Number(whole.into()))),
    read: |value, _| integer(value),
    example: |n| (n + 1).into(),
    ..BASE
};

const DECIMAL: Kind = Kind {
    format: Some("decimal"),
    pattern: Some(r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,14})?$"),
    max_chars: Some(DECIMAL_CHARS),
    bound: Some(|text| parse_decimal(text).map(Bound::Number)),
    read: |value, _| {
        line(value, DECIMAL_CHARS, |text| {
            let read = parse_decimal(text).ok_or_else(not_decimal)?;
            Ok(if read.is_zero() { text.trim_start_matches('-').to_owned() } else { text.to_owned() })
        })
    },
    example: |n| format!("{}.50", n + 1).into(),
    ..BASE
};

const DATE: Kind = Kind {
    format: Some("date"),
    pattern: Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    max_chars: Some(10),
    bound: Some(|text| parse_date(text).map(Bound::Date)),
    read: |value, _| {
        line(value, 10, |text| parse_date(text).map(|date| date.to_string()).ok_or_else(not_date))
    },
    example: |n| format!("2026-01-{:02}", n % 28 + 1).into(),
    ..BASE
};

const YES_NO: Kind = Kind {
    json: Some("boolean"),
    read: |value, _| if value.is_boolean() { Ok(Some(value.clone())) } else { Err(wrong_type(YES_OR_NO)) },
    example: |n| (n % 2 == 0).into(),
    ..BASE
};

/// A single choice; that it is one of the field's own is seen to by the form.
const CHOICE: Kind =
    Kind { max_chars: Some(100), read: |value, _| line(value, 100, |text| Ok(text.to_owned())), ..BASE };

const EMAIL: Kind = Kind {
    format: Some("idn-email"),
    pattern: Some(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[^@\s]+\.[^@\s.]{2,63}$"),
    max_chars: Some(254),
    read: |value, _| {
        line(value, 254, |text| {
            contact::email(text).ok_or_else(|| {
                (
                    "email",
                    text!(
                        "Det er ikke en e-mailadresse. Skriv den som navn@eksempel.dk.",
                        "Det är ingen e-postadress. Skriv den som namn@exempel.se.",
                        "That is no e-mail address. Write it as name@example.com.",
                    ),
                )
            })
        })
    },
    example: |n| format!("person{}@example.com", n + 1).into(),
    ..BASE
};

const PHONE: Kind = Kind {
    pattern: Some(r"^[+0-9(][0-9 \-./()]{5,30}$"),
    max_chars: Some(31),
    read: |value, reading| {
        line(value, 31, |text| {
            contact::phone(text, reading.country).ok_or_else(|| {
                ("phone", text!(
                    "Det er ikke et telefonnummer. Skriv det med landekode, f.eks. +45 20 12 34 56.",
                    "Det är inget telefonnummer. Skriv det med landsnummer, till exempel +46 70 123 45 67.",
                    "That is no phone number. Write it with its country code, such as +45 20 12 34 56.",
                ))
            })
        })
    },
    // Kept free for films and books by the Swedish numbering plan.
    example: |n| format!("+467017406{:02}", 5 + n % 95).into(),
    ..BASE
};

const DANISH_PERSON_NUMBER: Kind = Kind {
    pattern: Some("^[0-9]{6}-?[0-9]{4}$"),
    max_chars: Some(11),
    read: |value, reading| {
        line(value, 11, |text| {
            DanishPersonNumber::parse(text, reading.today)
                .map(|number| number.as_str().to_owned())
                .map_err(|fault| (fault.code(), fault.danish_text()))
        })
    },
    // Replacement numbers, so that they are nobody's.
    example: |n| format!("610170{:04}", 1_000 + n % 1_000).into(),
    ..BASE
};

const SWEDISH_PERSON_NUMBER: Kind = Kind {
    pattern: Some("^([0-9]{2})?[0-9]{6}[+-]?[0-9]{4}$"),
    max_chars: Some(13),
    read: |value, reading| {
        line(value, 13, |text| {
            SwedishPersonNumber::parse(text, reading.today)
                .map(|number| number.as_str().to_owned())
                .map_err(|fault| (fault.code(), fault.swedish_text()))
        })
    },
    // Nobody born in 1800 lived to be given a number.
    example: |n| ["180001019801", "180001019819", "180001019827"][n as usize % 3].into(),
    ..BASE
};

const HEADING: Kind = Kind { json: None, ..BASE };

impl FieldType {
    /// Whether the field holds a value at all.
    #[must_use]
    pub const fn has_value(self) -> bool {
        self.facts().json.is_some()
    }

    /// Whether values are national identification numbers.
    #[must_use]
    pub const fn is_person_number(self) -> bool {
        matches!(self, Self::DanishPersonNumber | Self::SwedishPersonNumber)
    }

    /// The type's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ShortText => "short_text",
            Self::LongText => "long_text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Date => "date",
            Self::YesNo => "yes_no",
            Self::Choice => "choice",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::DanishPersonNumber => "danish_person_number",
            Self::SwedishPersonNumber => "swedish_person_number",
            Self::Heading => "heading",
        }
    }

    pub(super) const fn facts(self) -> &'static Kind {
        match self {
            Self::ShortText => &SHORT_TEXT,
            Self::LongText => &LONG_TEXT,
            Self::Integer => &INTEGER,
            Self::Decimal => &DECIMAL,
            Self::Date => &DATE,
            Self::YesNo => &YES_NO,
            Self::Choice => &CHOICE,
            Self::Email => &EMAIL,
            Self::Phone => &PHONE,
            Self::DanishPersonNumber => &DANISH_PERSON_NUMBER,
            Self::SwedishPersonNumber => &SWEDISH_PERSON_NUMBER,
            Self::Heading => &HEADING,
        }
    }
}

/// A decimal as submissions and bounds write it.
pub(super) fn parse_decimal(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) =
        unsigned.split_once('.').map_or((unsigned, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let written_well = text.len() <= DECIMAL_CHARS as usize
        && digits(whole)
        && fraction.is_none_or(digits)
        // All that fits with a fraction has 15 digits at most; so has what has none.
        && whole.len() <= 15
        && (whole.len() == 1 || !whole.starts_with('0'));
    if written_well { text.parse().ok() } else { None }
}

/// A calculated number in the normal form of decimals, rounded half away from zero to what they hold; none where its
/// whole part is too large.
pub(super) fn write_decimal(number: &serde_json::Number) -> Option<String> {
    let text = number.to_string();
    let value: Decimal = text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()?;
    (0..=14)
        .rev()
        .map(|places| {
            value
                .round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
                .normalize()
                .to_string()
        })
        .find(|text| parse_decimal(text).is_some())
}

fn parse_integer(text: &str) -> Option<i64> {
    text.parse().ok().filter(|whole: &i64| whole.unsigned_abs() <= MAX_INTEGER.unsigned_abs())
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    // chrono takes signs, spaces and single digits too.
    let written_well = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    if written_well { text.parse().ok() } else { None }
}

fn integer(value: &Value) -> Result<Option<Value>, Wrong> {
    let Value::Number(number) = value else {
        return Err(wrong_type([
            "et heltal, uden anførselstegn",
            "ett heltal, utan citattecken",
            "a whole number, without quotes",
        ]));
    };
    // JSON has one sort of number: 3.0 is an integer (JSON Schema, section 6.1.1).
    let whole = number.as_i64().or_else(|| {
        number
            .as_f64()
            .filter(|float| float.fract() == 0.0 && float.abs() <= MAX_INTEGER as f64)
            .map(|float| float as i64)
    });
    match whole {
        Some(whole) if whole.unsigned_abs() <= MAX_INTEGER.unsigned_abs() => Ok(Some(whole.into())),
        _ => Err((
            "integer",
            text!(
                "Det er ikke et heltal mellem -{MAX_INTEGER} og {MAX_INTEGER}.",
                "Det är inget heltal mellan -{MAX_INTEGER} och {MAX_INTEGER}.",
                "That is no whole number between -{MAX_INTEGER} and {MAX_INTEGER}.",
            ),
        )),
    }
}

/// Reads one line of text: trimmed, without control characters, empty for no answer.
fn line(
    value: &Value,
    max: u32,
    normal: impl FnOnce(&str) -> Result<String, Wrong>,
) -> Result<Option<Value>, Wrong> {
    let text = string(value)?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().any(char::is_control) {
        return Err(control_character());
    }
    if longer_than(text, max) {
        return Err(too_long(max));
    }
    normal(text).map(|text| Some(text.into()))
}

/// Reads text of many lines, which may hold tabs; lines end in `\n`.
fn lines(value: &Value, max: u32) -> Result<Option<Value>, Wrong> {
    let text = string(value)?.trim();
    let text =
        if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(control_character());
    }
    if longer_than(&text, max) {
        return Err(too_long(max));
    }
    Ok(Some(text.into()))
}

fn string(value: &Value) -> Result<&str, Wrong> {
    value
        .as_str()
        .ok_or_else(|| wrong_type(["en tekst i anførselstegn", "en text i citattecken", "a text in quotes"]))
}

/// Whether a text has more characters than `max`, without counting texts that are far longer.
pub(super) fn longer_than(text: &str, max: u32) -> bool {
    text.chars().nth(max as usize).is_some()
}

pub(super) const YES_OR_NO: [&str; 3] =
    ["ja eller nej: true eller false", "ja eller nej: true eller false", "yes or no: true or false"];

/// The value is of another JSON type than the one named in Danish, Swedish and English.
pub(super) fn wrong_type([da, sv, en]: [&str; 3]) -> Wrong {
    ("wrong_type", text!("Værdien skal være {da}.", "Värdet ska vara {sv}.", "The value must be {en}."))
}

pub(super) fn too_long(max: u32) -> Wrong {
    (
        "too_long",
        text!(
            "Teksten er for lang. Skriv højst {max} tegn.",
            "Texten är för lång. Skriv högst {max} tecken.",
            "The text is too long. Write at most {max} characters.",
        ),
    )
}

pub(super) fn control_character() -> Wrong {
    (
        "control_character",
        text!(
            "Teksten indeholder usynlige styretegn. Fjern dem; linjeskift kan kun stå i lange tekster.",
            "Texten innehåller osynliga styrtecken. Ta bort dem; radbrytningar kan bara stå i långa texter.",
            "The text holds invisible control characters. Remove them; line breaks go only into long texts.",
        ),
    )
}

fn not_decimal() -> Wrong {
    (
        "decimal",
        text!(
            "Det er ikke et decimaltal. Skriv det som -1234.50: punktum, ingen tusindtalsskilletegn, højst {DECIMAL_CHARS} tegn.",
            "Det är inget decimaltal. Skriv det som -1234.50: punkt, inga tusentalsavgränsare, högst {DECIMAL_CHARS} tecken.",
            "That is no decimal number. Write it as -1234.50: a full stop, no thousands separators, at most {DECIMAL_CHARS} characters.",
        ),
    )
}

fn not_date() -> Wrong {
    (
        "date",
        text!(
            "Det er ikke en mulig dato. Skriv den som 2026-01-31.",
            "Det är inget möjligt datum. Skriv det som 2026-01-31.",
            "That is no possible date. Write it as 2026-01-31.",
        ),
    )
}
