//! Reading JSON as its profile for the internet has it (I-JSON, RFC 7493): no object names a member twice, so that
//! nothing is lost unseen. And no text has a NUL character, which PostgreSQL cannot store.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use styr_domain::{Fault, FaultKind, Violation, text};

/// Reads one JSON value. Its depth is limited by the parser.
///
/// # Errors
/// `json_malformed` (400), or `invalid` with each member that is there twice and each text with a NUL character.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, Fault> {
    let mut found = Found::default();
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let value = Reader(&mut found).deserialize(&mut parser).and_then(|value| parser.end().map(|()| value));
    let value = value.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let text = text!(
            "Indholdet er ikke gyldig JSON: se linje {line}, tegn {column}.",
            "Innehållet är inte giltig JSON: se rad {line}, tecken {column}.",
            "The body is not valid JSON: see line {line}, character {column}."
        );
        Fault::new(FaultKind::Malformed, "json_malformed", text)
    })?;
    if found.0.is_empty() { Ok(value) } else { Err(Fault::invalid(found.0)) }
}

/// The most violations that one answer lists.
pub(crate) const MOST_VIOLATIONS: usize = 100;

/// What is wrong with the value read so far, each with its place in that value.
#[derive(Default)]
struct Found(Vec<Violation>);

impl Found {
    /// Places what was found since there were `before` as many below this step.
    fn place(&mut self, before: usize, step: impl FnOnce() -> String) {
        if self.0.len() > before {
            let step = format!("/{}", escape(&step()));
            self.0[before..].iter_mut().for_each(|violation| violation.pointer.insert_str(0, &step));
        }
    }

    fn refuse(&mut self, code: &'static str, text: styr_domain::Text) {
        if self.0.len() < MOST_VIOLATIONS {
            self.0.push(Violation::at("", code, text));
        }
    }

    fn check(&mut self, text: &str) {
        if text.contains('\0') {
            self.refuse(
                "nul_character",
                text!(
                    "Teksten har et NUL-tegn (\\u0000), som ikke kan gemmes. Fjern det.",
                    "Texten har ett NUL-tecken (\\u0000), som inte kan sparas. Ta bort det.",
                    "The text has a NUL character (\\u0000), which cannot be stored. Remove it."
                ),
            );
        }
    }
}

/// A step of a JSON pointer (RFC 6901, section 3).
pub(crate) fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

struct Reader<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.0.check(&value);
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let before = self.0.0.len();
            let Some(item) = sequence.next_element_seed(Reader(self.0))? else { return Ok(items.into()) };
            self.0.place(before, || items.len().to_string());
            items.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let before = self.0.0.len();
            self.0.check(&name);
            if members.contains_key(&name) {
                self.0.refuse(
                    "duplicate_key",
                    text!(
                        "Navnet står to gange. Lad det ene stå.",
                        "Namnet står två gånger. Behåll det ena.",
                        "The name is there twice. Keep one of them."
                    ),
                );
            }
            let value = map.next_value_seed(Reader(self.0))?;
            self.0.place(before, || name.clone());
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}
