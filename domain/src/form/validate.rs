//! Whether an answer will do, and its normal form.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde_json::{Map, Number, Value};

use super::compile::{CompiledField, CompiledForm};
use super::kind::{self, Bound, Reading, Wrong};
use super::{Field, FieldType};
use crate::expression::{Expression, ExpressionFault};
use crate::{Violation, crypto, text};

/// How many sets of example answers are tried before there is none.
const EXAMPLES: u32 = 8;
/// The most bytes of a sealed value: the longest text, sealed.
const MAX_SEALED: usize = 300_000;

/// How much of a form must be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All that is required.
    Complete,
    /// Nothing; but what is answered must be right.
    Draft,
}

/// What is wrong with one value: where in it (a pointer, empty for the whole), and why.
type Wrongs = Vec<(String, Wrong)>;

impl CompiledForm {
    /// The normal form of a submission's values.
    ///
    /// Texts are trimmed; an empty text, an empty list and null are no answer, and are left out. Fields that are not shown
    /// have no value: what is sent for them is left out unread, so that a form keeps only what it asked for. Calculated
    /// fields get their calculated value, whatever is sent. An encrypted field takes its plain value, which is validated, or
    /// a sealed one ([`crypto`]), which cannot be. The normal form is its own normal form.
    ///
    /// `today` is the day of the submission; birth dates may not lie after it.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the fields, with pointers from the values' root. The codes:
    /// `unknown_field`, `required`, `wrong_type`, `too_short`, `too_long`, `too_few`, `too_many`, `too_small`, `too_large`,
    /// `pattern`, `not_a_choice`, `duplicate`, `control_character`, `integer`, `decimal`, `date`, `email`, `phone`, those of
    /// [`PersonNumberFault`](super::PersonNumberFault), and those of [`Expression`].
    pub fn validate(
        &self,
        values: &Map<String, Value>,
        mode: Mode,
        today: NaiveDate,
    ) -> Result<Map<String, Value>, Vec<Violation>> {
        let reading = Reading { today, country: self.definition.country };
        let mut answers = Map::new();
        // What expressions see.
        let mut seen = Map::new();
        let mut wrongs: Vec<(usize, Wrongs)> = Vec::new();
        // Fields whose being unanswered is a fault if they are required.
        let mut unanswered = Vec::new();
        for &at in &self.order {
            let (field, compiled) = (&self.definition.fields[at], &self.fields[at]);
            if !field.kind.has_value() {
                continue;
            }
            let answer = match self.answer(field, compiled, values, &seen, reading) {
                Ok(Answer::Hidden) => continue,
                Ok(Answer::Value(value)) => value,
                Ok(Answer::None) => {
                    unanswered.push(at);
                    continue;
                }
                Err(found) => {
                    wrongs.push((at, found));
                    continue;
                }
            };
            if self.named.contains(&at) {
                seen.extend(expression_value(field, &answer).map(|value| (field.key.clone(), value)));
            }
            answers.insert(field.key.clone(), answer);
        }
        if mode == Mode::Complete {
            for at in unanswered {
                let required = match &self.fields[at].require_if {
                    _ if self.definition.fields[at].required => Ok(true),
                    Some(condition) => condition.evaluate_condition(&seen),
                    None => Ok(false),
                };
                match required {
                    Ok(false) => {}
                    Ok(true) => wrongs.push((at, whole(required_missing()))),
                    Err(fault) => wrongs.push((at, whole(of_expression(fault)))),
                }
            }
        }
        let unknown = values.keys().filter(|key| !self.holds(key)).map(|key| {
            let text = text!(
                "Formularen har intet felt med denne nøgle. Fjern værdien, eller ret nøglen.",
                "Formuläret har inget fält med den här nyckeln. Ta bort värdet eller rätta nyckeln.",
                "The form has no field with this key. Remove the value, or mend the key.",
            );
            Violation::at(format!("/{}", key.replace('~', "~0").replace('/', "~1")), "unknown_field", text)
        });
        wrongs.sort_by_key(|(at, _)| *at);
        let known = wrongs.into_iter().flat_map(|(at, wrongs)| {
            let key = &self.definition.fields[at].key;
            wrongs
                .into_iter()
                .map(move |(within, (code, text))| Violation::at(format!("/{key}{within}"), code, text))
        });
        let violations: Vec<Violation> = known.chain(unknown).collect();
        if violations.is_empty() { Ok(answers) } else { Err(violations) }
    }

    /// What conditions outside the form, such as a workflow's, read of an answer in its normal form: every value that is
    /// not encrypted.
    #[must_use]
    pub fn variables(&self, values: &Map<String, Value>) -> Map<String, Value> {
        self.value_fields()
            .filter(|(field, _)| !field.encrypted)
            .filter_map(|(field, _)| {
                Some((field.key.clone(), expression_value(field, values.get(&field.key)?)?))
            })
            .collect()
    }

    /// Whether [`Self::variables`] may hold this name.
    #[must_use]
    pub fn has_variable(&self, name: &str) -> bool {
        self.value_fields().any(|(field, _)| field.key == name && !field.encrypted)
    }

    /// A submission that passes, for those who build clients: every field that is then shown is answered.
    ///
    /// None when the rules of calculated fields refuse all that was tried.
    #[must_use]
    pub fn example(&self) -> Option<Map<String, Value>> {
        (0..EXAMPLES).find_map(|n| {
            let answers = self
                .value_fields()
                .filter_map(|(field, compiled)| {
                    Some((field.key.clone(), self.example_of(field, compiled, n)?))
                })
                .collect();
            self.validate(&answers, Mode::Complete, self.any_day().today).ok()
        })
    }

    fn holds(&self, key: &str) -> bool {
        self.places.get(key).is_some_and(|at| self.definition.fields[*at].kind.has_value())
    }

    fn answer(
        &self,
        field: &Field,
        compiled: &CompiledField,
        values: &Map<String, Value>,
        seen: &Map<String, Value>,
        reading: Reading,
    ) -> Result<Answer, Wrongs> {
        if let Some(condition) = &compiled.show_if
            && !condition.evaluate_condition(seen).map_err(|fault| whole(of_expression(fault)))?
        {
            return Ok(Answer::Hidden);
        }
        let answer = match &compiled.calculate {
            Some(expression) => calculate(field, expression, seen, reading).map_err(whole)?,
            None => read(field, values.get(&field.key).unwrap_or(&Value::Null), reading)?,
        };
        let Some(answer) = answer else { return Ok(Answer::None) };
        let broken = broken_rules(field, compiled, &answer);
        if broken.is_empty() { Ok(Answer::Value(answer)) } else { Err(broken) }
    }

    /// The field's `n`th example, in normal form; none where none is found that follows its rules.
    pub(super) fn example_of(&self, field: &Field, compiled: &CompiledField, n: u32) -> Option<Value> {
        let facts = field.kind.facts();
        let least = field.min_length.unwrap_or(0);
        let candidates: Vec<Value> = if let Some(example) = &field.example {
            vec![example.as_str().into()]
        } else if let Some(pattern) = &compiled.pattern {
            pattern.samples().into_iter().map(Value::String).collect()
        } else if field.kind == FieldType::Choice {
            let mut values = field.choices.iter().map(|choice| choice.value.clone()).cycle().skip(n as usize);
            if field.multiple {
                vec![values.take(least.max(1) as usize).collect()]
            } else {
                values.next().map(Value::String).into_iter().collect()
            }
        } else if facts.free_text {
            let text = (facts.example)(n);
            let text = text.as_str().unwrap_or_default();
            let length =
                text.chars().count().max(least as usize).min(field.max_length.unwrap_or(u32::MAX) as usize);
            // No spaces, which would be trimmed where the text is cut.
            let text = text.chars().filter(|c| *c != ' ').chain(std::iter::repeat('a')).take(length);
            vec![text.collect::<String>().into()]
        } else {
            let bounds = [&field.min, &field.max].into_iter().flatten();
            let bounds = bounds.filter_map(|bound| match facts.json {
                Some("integer") => bound.parse::<i64>().ok().map(Value::from),
                _ => Some(Value::String(bound.clone())),
            });
            std::iter::once((facts.example)(n)).chain(bounds).collect()
        };
        let reading = self.any_day();
        candidates.into_iter().find_map(|candidate| {
            let value = read(field, &candidate, reading).ok()??;
            broken_rules(field, compiled, &value).is_empty().then_some(value)
        })
    }

    /// What reading depends on when there is no caller. The day decides nothing: examples are in normal form, and their
    /// birth dates lie before any.
    pub(super) fn any_day(&self) -> Reading {
        Reading { today: NaiveDate::default(), country: self.definition.country }
    }
}

enum Answer {
    Value(Value),
    None,
    /// The field is not shown.
    Hidden,
}

/// The value's normal form, by its type alone; none for no answer.
fn read(field: &Field, value: &Value, reading: Reading) -> Result<Option<Value>, Wrongs> {
    let read = field.kind.facts().read;
    if value.is_null() {
        return Ok(None);
    }
    if field.encrypted && value.as_str().is_some_and(is_sealed) {
        return Ok(Some(value.clone()));
    }
    if !field.multiple {
        return read(value, reading).map_err(whole);
    }
    let Value::Array(items) = value else {
        return Err(whole(kind::wrong_type(["en liste", "en lista", "a list"])));
    };
    if items.len() > field.choices.len() {
        return Err(whole(too_many(field.choices.len())));
    }
    let mut normal = Vec::with_capacity(items.len());
    let mut wrongs = Vec::new();
    for (at, item) in items.iter().enumerate() {
        match read(item, reading) {
            Ok(Some(item)) => normal.push(item),
            Ok(None) => wrongs.push((format!("/{at}"), not_a_choice())),
            Err(wrong) => wrongs.push((format!("/{at}"), wrong)),
        }
    }
    if !wrongs.is_empty() {
        return Err(wrongs);
    }
    Ok((!normal.is_empty()).then_some(Value::Array(normal)))
}

/// The rules that the author set and the normal form breaks.
fn broken_rules(field: &Field, compiled: &CompiledField, value: &Value) -> Wrongs {
    let mut wrongs = Vec::new();
    match value {
        Value::String(sealed) if field.encrypted && is_sealed(sealed) => {}
        Value::Array(items) => {
            let mut met = HashSet::new();
            for (at, item) in items.iter().filter_map(Value::as_str).enumerate() {
                if !compiled.choices.contains(item) {
                    wrongs.push((format!("/{at}"), not_a_choice()));
                } else if !met.insert(item) {
                    wrongs.push((format!("/{at}"), duplicate()));
                }
            }
            if let Some(least) = field.min_length.filter(|least| items.len() < *least as usize) {
                wrongs.push((String::new(), too_few(least)));
            }
            if let Some(most) = field.max_length.filter(|most| items.len() > *most as usize) {
                wrongs.push((String::new(), too_many(most as usize)));
            }
        }
        Value::String(choice) if field.kind == FieldType::Choice => {
            if !compiled.choices.contains(choice) {
                wrongs.push((String::new(), not_a_choice()));
            }
        }
        Value::String(text) if field.kind.facts().free_text => {
            if let Some(least) =
                field.min_length.filter(|least| *least > 0 && !kind::longer_than(text, least - 1))
            {
                wrongs.push((String::new(), too_short(least)));
            }
            if let Some(most) = field.max_length.filter(|most| kind::longer_than(text, *most)) {
                wrongs.push((String::new(), kind::too_long(most)));
            }
            if compiled.pattern.as_ref().is_some_and(|pattern| !pattern.matches(text)) {
                wrongs.push((String::new(), not_matching()));
            }
        }
        _ => {
            let measured = measure(field, value);
            if let Some((measured, least)) = measured.zip(compiled.min)
                && measured < least
            {
                wrongs.push((String::new(), too_small(field.min.as_deref().unwrap_or_default())));
            }
            if let Some((measured, most)) = measured.zip(compiled.max)
                && measured > most
            {
                wrongs.push((String::new(), too_large(field.max.as_deref().unwrap_or_default())));
            }
        }
    }
    wrongs
}

fn measure(field: &Field, value: &Value) -> Option<Bound> {
    let bound = field.kind.facts().bound?;
    match value {
        Value::String(text) => bound(text),
        Value::Number(number) => bound(&number.to_string()),
        _ => None,
    }
}

/// The calculated value, in normal form; none for none.
pub(super) fn calculate(
    field: &Field,
    expression: &Expression,
    seen: &Map<String, Value>,
    reading: Reading,
) -> Result<Option<Value>, Wrong> {
    let value = match (expression.evaluate(seen).map_err(of_expression)?, field.kind) {
        (Value::Number(number), FieldType::Decimal) => {
            Value::String(kind::write_decimal(&number).ok_or_else(|| number_too_large(&number))?)
        }
        (value, _) => value,
    };
    read(field, &value, reading).map_err(|wrongs| {
        wrongs
            .into_iter()
            .next()
            .map_or_else(|| kind::wrong_type(["en anden", "ett annat", "another"]), |(_, wrong)| wrong)
    })
}

/// The value as expressions see it: decimals as numbers.
pub(super) fn expression_value(field: &Field, value: &Value) -> Option<Value> {
    match value {
        // At most 15 digits, which binary floating point gives back unchanged.
        Value::String(text) if field.kind == FieldType::Decimal => {
            text.parse().ok().and_then(Number::from_f64).map(Value::Number)
        }
        value => Some(value.clone()),
    }
}

/// Whether a text is a sealed value, as far as can be told without its key.
#[must_use]
pub fn is_sealed(text: &str) -> bool {
    text.len() <= MAX_SEALED
        && text.split('.').count() == 5
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        && crypto::key_id(text).is_some()
}

fn whole(wrong: Wrong) -> Wrongs {
    vec![(String::new(), wrong)]
}

fn of_expression(fault: ExpressionFault) -> Wrong {
    (fault.code, fault.text)
}

fn required_missing() -> Wrong {
    ("required", text!("Feltet skal udfyldes.", "Fältet måste fyllas i.", "The field must be filled in."))
}

fn not_a_choice() -> Wrong {
    (
        "not_a_choice",
        text!(
            "Værdien er ikke blandt feltets valgmuligheder. Vælg en af dem.",
            "Värdet finns inte bland fältets alternativ. Välj ett av dem.",
            "The value is not among the field's alternatives. Choose one of them.",
        ),
    )
}

fn duplicate() -> Wrong {
    (
        "duplicate",
        text!(
            "Værdien er valgt før. Nævn hver værdi én gang.",
            "Värdet är redan valt. Nämn varje värde en gång.",
            "The value has been chosen before. Name each value once.",
        ),
    )
}

fn too_few(least: u32) -> Wrong {
    ("too_few", text!("Vælg mindst {least}.", "Välj minst {least}.", "Choose at least {least}."))
}

fn too_many(most: usize) -> Wrong {
    ("too_many", text!("Vælg højst {most}.", "Välj högst {most}.", "Choose at most {most}."))
}

fn too_short(least: u32) -> Wrong {
    (
        "too_short",
        text!(
            "Teksten er for kort. Skriv mindst {least} tegn.",
            "Texten är för kort. Skriv minst {least} tecken.",
            "The text is too short. Write at least {least} characters.",
        ),
    )
}

fn too_small(least: &str) -> Wrong {
    (
        "too_small",
        text!(
            "Værdien er for lille. Den skal være mindst {least}.",
            "Värdet är för litet. Det måste vara minst {least}.",
            "The value is too small. It must be at least {least}.",
        ),
    )
}

fn too_large(most: &str) -> Wrong {
    (
        "too_large",
        text!(
            "Værdien er for stor. Den må være højst {most}.",
            "Värdet är för stort. Det får vara högst {most}.",
            "The value is too large. It may be at most {most}.",
        ),
    )
}

fn not_matching() -> Wrong {
    (
        "pattern",
        text!(
            "Teksten er ikke skrevet, som feltet kræver. Se feltets hjælp eller eksempel.",
            "Texten är inte skriven så som fältet kräver. Se fältets hjälp eller exempel.",
            "The text is not written as the field demands. See the field's help or example.",
        ),
    )
}

fn number_too_large(number: &Number) -> Wrong {
    (
        "decimal",
        text!(
            "Det beregnede tal {number} er for stort til feltet. Ret de værdier, det beregnes af.",
            "Det beräknade talet {number} är för stort för fältet. Rätta värdena som det beräknas ur.",
            "The calculated number {number} is too large for the field. Mend the values that it is calculated from.",
        ),
    )
}
