//! Checking a definition, and making it ready for use.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value};

use super::kind::{self, Bound};
use super::pattern::Pattern;
use super::validate::{calculate, expression_value};
use super::{Choice, Field, FieldType, FormDefinition, LocalText};
use crate::expression::Expression;
use crate::privacy::DataClass;
use crate::{Text, Violation, text};

const MAX_FIELDS: usize = 500;
/// How many fields may have a pattern, each of which takes memory.
const MAX_PATTERNS: usize = 100;
const MAX_KEY: usize = 64;
const MAX_LABEL: u32 = 500;
const MAX_HELP: u32 = 5_000;
const MAX_CHOICES: usize = 1_000;
const MAX_CHOICE: u32 = 100;
/// The most bytes that all of a definition's texts may have together.
const MAX_TEXTS: usize = 1_000_000;
/// How many sets of example values an expression may be tried on; one of them has to suit it.
const TRIES: u32 = 3;

/// Words that CEL keeps for itself (CEL specification, "Syntax").
const RESERVED: [&str; 22] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
    "__proto__",
];

/// A checked definition with its patterns and expressions compiled: make it once, use it for many submissions.
#[derive(Debug, Clone)]
pub struct CompiledForm {
    pub(super) definition: FormDefinition,
    pub(super) fields: Vec<CompiledField>,
    /// Each key's place in `fields`.
    pub(super) places: HashMap<String, usize>,
    /// Places in an order in which each field comes after those that its value and its being shown depend on.
    pub(super) order: Vec<usize>,
    /// Places of the fields that expressions name.
    pub(super) named: HashSet<usize>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct CompiledField {
    pub(super) min: Option<Bound>,
    pub(super) max: Option<Bound>,
    pub(super) pattern: Option<Pattern>,
    pub(super) choices: HashSet<String>,
    pub(super) show_if: Option<Expression>,
    pub(super) require_if: Option<Expression>,
    pub(super) calculate: Option<Expression>,
}

impl FormDefinition {
    /// Everything that is wrong with the definition, with pointers from its own root.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
        CompiledForm::new(self).err().unwrap_or_default()
    }
}

impl CompiledForm {
    /// Checks and compiles a definition.
    ///
    /// # Errors
    /// What [`FormDefinition::check`] tells.
    pub fn new(definition: &FormDefinition) -> Result<Self, Vec<Violation>> {
        let mut faults = Faults::default();
        faults.size(definition);
        if !faults.found.is_empty() {
            return Err(faults.found);
        }
        let places = faults.keys(definition);
        let fields = definition
            .fields
            .iter()
            .enumerate()
            .map(|(at, field)| faults.in_field(at, |faults| faults.field(field)))
            .collect();
        let mut form =
            Self { definition: definition.clone(), fields, places, order: Vec::new(), named: HashSet::new() };
        faults.expressions(&form);
        faults.order(&mut form);
        form.named = (form.fields.iter().flat_map(CompiledField::expressions))
            .flat_map(|(_, expression)| expression.variables())
            .filter_map(|name| form.places.get(name).copied())
            .collect();
        // What comes next tries the form out, which only a sound one bears.
        if faults.found.is_empty() {
            faults.examples(&form);
        }
        if faults.found.is_empty() {
            faults.trial(&form);
        }
        if faults.found.is_empty() { Ok(form) } else { Err(faults.found) }
    }

    /// The definition.
    #[must_use]
    pub const fn definition(&self) -> &FormDefinition {
        &self.definition
    }

    /// The fields that hold values, with what is compiled for each, in order.
    pub(super) fn value_fields(&self) -> impl Iterator<Item = (&Field, &CompiledField)> {
        self.definition.fields.iter().zip(&self.fields).filter(|(field, _)| field.kind.has_value())
    }
}

impl CompiledField {
    /// The field's expressions, each with its name.
    fn expressions(&self) -> impl Iterator<Item = (&'static str, &Expression)> {
        [("show_if", &self.show_if), ("require_if", &self.require_if), ("calculate", &self.calculate)]
            .into_iter()
            .filter_map(|(name, expression)| Some((name, expression.as_ref()?)))
    }
}

/// Gathers violations.
#[derive(Default)]
struct Faults {
    found: Vec<Violation>,
    /// Where the field that is being looked at stands; empty for the form.
    prefix: String,
}

impl Faults {
    fn add(&mut self, pointer: &str, code: &'static str, text: Text) {
        self.found.push(Violation::at(format!("{}{pointer}", self.prefix), code, text));
    }

    fn in_field<T>(&mut self, at: usize, look: impl FnOnce(&mut Self) -> T) -> T {
        self.prefix = format!("/fields/{at}");
        let seen = look(self);
        self.prefix.clear();
        seen
    }

    /// Refuses what is too large to be looked at closely.
    fn size(&mut self, definition: &FormDefinition) {
        if definition.fields.len() > MAX_FIELDS {
            self.add(
                "/fields",
                "too_many_fields",
                text!(
                    "Formularen har for mange felter. Den kan have højst {MAX_FIELDS}; del den op.",
                    "Formuläret har för många fält. Det kan ha högst {MAX_FIELDS}; dela upp det.",
                    "The form has too many fields. It may have at most {MAX_FIELDS}; divide it.",
                ),
            );
        }
        if definition.fields.iter().filter(|field| field.pattern.is_some()).count() > MAX_PATTERNS {
            self.add("/fields", "too_many_patterns", text!(
                "For mange felter har et mønster. Højst {MAX_PATTERNS} kan have et; brug valgmuligheder eller længder til de andre.",
                "För många fält har ett mönster. Högst {MAX_PATTERNS} kan ha ett; använd alternativ eller längder för de andra.",
                "Too many fields have a pattern. At most {MAX_PATTERNS} may have one; use choices or lengths for the others.",
            ));
        }
        if definition.fields.iter().map(bytes).sum::<usize>() > MAX_TEXTS {
            self.add(
                "/fields",
                "form_too_large",
                text!(
                    "Formularens tekster er tilsammen for lange. De kan fylde højst {MAX_TEXTS} byte.",
                    "Formulärets texter är tillsammans för långa. De kan ta högst {MAX_TEXTS} byte.",
                    "The form's texts are too long together. They may take at most {MAX_TEXTS} bytes.",
                ),
            );
        }
    }

    fn keys(&mut self, definition: &FormDefinition) -> HashMap<String, usize> {
        let mut places = HashMap::new();
        for (at, Field { key, .. }) in definition.fields.iter().enumerate() {
            let pointer = format!("/fields/{at}/key");
            let written_well = (1..=MAX_KEY).contains(&key.len())
                && key.starts_with(|c: char| c.is_ascii_lowercase())
                && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if !written_well {
                self.add(&pointer, "key_invalid", text!(
                    "En nøgle begynder med et bogstav fra a til z; derefter sådanne bogstaver, cifre og _; højst {MAX_KEY} tegn.",
                    "En nyckel börjar med en bokstav från a till z; sedan sådana bokstäver, siffror och _; högst {MAX_KEY} tecken.",
                    "A key begins with a letter from a to z; then such letters, digits and _; at most {MAX_KEY} characters.",
                ));
            } else if RESERVED.contains(&key.as_str()) {
                self.add(
                    &pointer,
                    "key_reserved",
                    text!(
                        "»{key}« er et ord i udtrykkenes sprog. Vælg en anden nøgle.",
                        "”{key}” är ett ord i uttryckens språk. Välj en annan nyckel.",
                        "“{key}” is a word of the expression language. Choose another key.",
                    ),
                );
            } else if places.insert(key.clone(), at).is_some() {
                self.add(
                    &pointer,
                    "key_taken",
                    text!(
                        "Et andet felt har også nøglen »{key}«. Vælg en anden.",
                        "Ett annat fält har också nyckeln ”{key}”. Välj en annan.",
                        "Another field has the key “{key}” too. Choose another.",
                    ),
                );
            }
        }
        places
    }

    fn field(&mut self, field: &Field) -> CompiledField {
        let facts = field.kind.facts();
        let choice = field.kind == FieldType::Choice;
        let has_length = facts.free_text || (choice && field.multiple);
        self.label("/label", &field.label, MAX_LABEL);
        if let Some(help) = &field.help {
            self.texts("/help", help, MAX_HELP);
        }
        for (pointer, used, fits) in [
            ("/required", field.required, facts.json.is_some() && field.calculate.is_none()),
            ("/min", field.min.is_some(), facts.bound.is_some()),
            ("/max", field.max.is_some(), facts.bound.is_some()),
            ("/min_length", field.min_length.is_some(), has_length),
            ("/max_length", field.max_length.is_some(), has_length),
            ("/pattern", field.pattern.is_some(), facts.free_text),
            ("/example", field.example.is_some(), facts.free_text),
            ("/choices", !field.choices.is_empty(), choice),
            ("/multiple", field.multiple, choice),
            ("/encrypted", field.encrypted, facts.json.is_some() && field.calculate.is_none()),
            ("/require_if", field.require_if.is_some(), facts.json.is_some() && field.calculate.is_none()),
            ("/calculate", field.calculate.is_some(), facts.json.is_some()),
        ] {
            if used && !fits {
                self.add(pointer, "rule_misplaced", text!(
                    "Reglen passer ikke til felter af denne slags, eller ikke til beregnede felter. Fjern den.",
                    "Regeln passar inte för fält av det här slaget, eller inte för beräknade fält. Ta bort den.",
                    "The rule does not suit fields of this sort, or not calculated ones. Remove it.",
                ));
            }
        }
        self.class(field);
        let (min, max) = (self.bound("/min", field, &field.min), self.bound("/max", field, &field.max));
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            self.add(
                "/max",
                "range_empty",
                text!(
                    "Den største værdi er mindre end den mindste. Byt dem om, eller ret en af dem.",
                    "Det största värdet är mindre än det minsta. Byt plats på dem eller rätta ett av dem.",
                    "The greatest value is less than the least. Swap them, or mend one of them.",
                ),
            );
        }
        self.lengths(field);
        let pattern = field.pattern.as_ref().and_then(|pattern| {
            Pattern::compile(pattern).map_err(|text| self.add("/pattern", "pattern_invalid", text)).ok()
        });
        CompiledField {
            min,
            max,
            pattern,
            choices: self.choices(field),
            show_if: self.expression("/show_if", field.show_if.as_ref()),
            require_if: self.expression("/require_if", field.require_if.as_ref()),
            calculate: self.expression("/calculate", field.calculate.as_ref()),
        }
    }

    fn label(&mut self, pointer: &str, label: &LocalText, max: u32) {
        if label.texts().all(|text| text.trim().is_empty()) {
            self.add(
                pointer,
                "label_missing",
                text!(
                    "Teksten mangler. Skriv den på mindst et af sprogene da, sv og en.",
                    "Texten saknas. Skriv den på minst ett av språken da, sv och en.",
                    "The text is missing. Write it in at least one of the languages da, sv and en.",
                ),
            );
        }
        self.texts(pointer, label, max);
    }

    fn texts(&mut self, pointer: &str, texts: &LocalText, max: u32) {
        for (language, text) in [("da", &texts.da), ("sv", &texts.sv), ("en", &texts.en)] {
            let Some(text) = text else { continue };
            if kind::longer_than(text, max) {
                let (code, text) = kind::too_long(max);
                self.add(&format!("{pointer}/{language}"), code, text);
            } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                let (code, text) = kind::control_character();
                self.add(&format!("{pointer}/{language}"), code, text);
            }
        }
    }

    fn class(&mut self, field: &Field) {
        if field.kind.is_person_number() && field.class != DataClass::PersonNumber {
            self.add("/class", "class_not_person_number", text!(
                "Felter med personnumre skal have klassen person_number, så at de skjules og slettes, som de skal.",
                "Fält med personnummer måste ha klassen person_number, så att de döljs och raderas som de ska.",
                "Fields of person numbers must have the class person_number, so that they are hidden and erased as they must be.",
            ));
        }
        if !field.kind.has_value() && field.class != DataClass::None {
            self.add(
                "/class",
                "rule_misplaced",
                text!(
                    "Overskrifter har ingen værdi og derfor klassen none.",
                    "Rubriker har inget värde och därför klassen none.",
                    "Headings have no value and so the class none.",
                ),
            );
        }
    }

    fn bound(&mut self, pointer: &str, field: &Field, bound: &Option<String>) -> Option<Bound> {
        let (read, text) = (field.kind.facts().bound?, bound.as_ref()?);
        let bound = read(text);
        if bound.is_none() {
            self.add(pointer, "bound_invalid", text!(
                "Grænsen er ikke skrevet som feltets værdier: 12 for heltal, 12.50 for decimaltal, 2026-01-31 for datoer.",
                "Gränsen är inte skriven som fältets värden: 12 för heltal, 12.50 för decimaltal, 2026-01-31 för datum.",
                "The bound is not written as the field's values are: 12 for integers, 12.50 for decimals, 2026-01-31 for dates.",
            ));
        }
        bound
    }

    fn lengths(&mut self, field: &Field) {
        let limit = match field.kind {
            FieldType::Choice => u32::try_from(field.choices.len()).unwrap_or(u32::MAX),
            kind => kind.facts().max_chars.unwrap_or(u32::MAX),
        };
        let (least, most) = (field.min_length.unwrap_or(0), field.max_length.unwrap_or(limit));
        if field.max_length == Some(0) || least > limit || least > most {
            let pointer = if field.max_length.is_some() { "/max_length" } else { "/min_length" };
            self.add(pointer, "range_empty", text!(
                "Ingen værdi kan være så lang eller kort: længden må være mellem 1 og {limit}, og den mindste højst den største.",
                "Inget värde kan vara så långt eller kort: längden får vara mellan 1 och {limit}, och den minsta högst den största.",
                "No value can be of such a length: it may be between 1 and {limit}, and the least at most the greatest.",
            ));
        }
    }

    fn choices(&mut self, field: &Field) -> HashSet<String> {
        let mut values = HashSet::new();
        if field.kind != FieldType::Choice {
            return values;
        }
        if !(1..=MAX_CHOICES).contains(&field.choices.len()) {
            self.add(
                "/choices",
                "choices_count",
                text!(
                    "Et valgfelt har mellem 1 og {MAX_CHOICES} valgmuligheder.",
                    "Ett valfält har mellan 1 och {MAX_CHOICES} alternativ.",
                    "A choice has between 1 and {MAX_CHOICES} alternatives.",
                ),
            );
            return values;
        }
        for (at, Choice { value, label }) in field.choices.iter().enumerate() {
            let pointer = format!("/choices/{at}");
            self.label(&format!("{pointer}/label"), label, MAX_LABEL);
            let written_well = !value.is_empty()
                && value.trim() == value
                && !value.chars().any(char::is_control)
                && !kind::longer_than(value, MAX_CHOICE);
            if !written_well {
                self.add(&format!("{pointer}/value"), "choice_invalid", text!(
                    "Værdien skal have mellem 1 og {MAX_CHOICE} tegn, uden mellemrum i enderne og uden styretegn.",
                    "Värdet ska ha mellan 1 och {MAX_CHOICE} tecken, utan mellanslag i ändarna och utan styrtecken.",
                    "The value must have between 1 and {MAX_CHOICE} characters, without spaces at its ends or control characters.",
                ));
            } else if !values.insert(value.clone()) {
                self.add(
                    &format!("{pointer}/value"),
                    "choice_taken",
                    text!(
                        "En anden valgmulighed har samme værdi. Vælg en anden.",
                        "Ett annat alternativ har samma värde. Välj ett annat.",
                        "Another alternative has the same value. Choose another.",
                    ),
                );
            }
        }
        values
    }

    fn expression(&mut self, pointer: &str, source: Option<&String>) -> Option<Expression> {
        Expression::compile(source?).map_err(|fault| self.add(pointer, fault.code, fault.text)).ok()
    }

    /// What expressions name: fields that have values, are not encrypted, and are not of a class that would be lost.
    fn expressions(&mut self, form: &CompiledForm) {
        for (at, (field, compiled)) in form.definition.fields.iter().zip(&form.fields).enumerate() {
            for (rule, expression) in compiled.expressions() {
                for name in expression.variables() {
                    let named = form.places.get(name).map(|at| &form.definition.fields[*at]);
                    let pointer = format!("/fields/{at}/{rule}");
                    match named.filter(|named| named.kind.has_value()) {
                        None => self.add(&pointer, "expression_unknown_field", text!(
                            "Formularen har intet felt med nøglen »{name}«. Se efter, om nøglen er stavet rigtigt.",
                            "Formuläret har inget fält med nyckeln ”{name}”. Se efter om nyckeln är rätt stavad.",
                            "The form has no field with the key “{name}”. See whether the key is spelt correctly.",
                        )),
                        Some(named) if named.encrypted => self.add(&pointer, "expression_encrypted_field", text!(
                            "Feltet »{name}« er krypteret, så udtryk kan ikke læse det. Brug et andet felt.",
                            "Fältet ”{name}” är krypterat, så uttryck kan inte läsa det. Använd ett annat fält.",
                            "The field “{name}” is encrypted, so expressions cannot read it. Use another field.",
                        )),
                        Some(named) if rule == "calculate" && named.class != DataClass::None && field.class == DataClass::None => {
                            self.add(&format!("/fields/{at}/class"), "class_too_low", text!(
                                "Feltet beregnes af personoplysninger i »{name}« og er derfor selv en. Giv det en klasse.",
                                "Fältet beräknas ur personuppgifter i ”{name}” och är därför självt en. Ge det en klass.",
                                "The field is calculated from personal data in “{name}” and so is personal data itself. Give it a class.",
                            ));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
    }

    /// Puts fields after those they depend on, and tells of those that depend on themselves.
    fn order(&mut self, form: &mut CompiledForm) {
        let needs: Vec<HashSet<usize>> = form
            .fields
            .iter()
            .map(|field| {
                [&field.show_if, &field.calculate]
                    .into_iter()
                    .flatten()
                    .flat_map(Expression::variables)
                    .filter_map(|name| form.places.get(name).copied())
                    .collect()
            })
            .collect();
        let mut needed_by: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, needs) in needs.iter().enumerate() {
            needs.iter().for_each(|need| needed_by.entry(*need).or_default().push(at));
        }
        let mut open: Vec<usize> = needs.iter().map(HashSet::len).collect();
        let mut order: Vec<usize> = (0..open.len()).filter(|at| open[*at] == 0).collect();
        let mut next = 0;
        while let Some(at) = order.get(next).copied() {
            next += 1;
            for dependent in needed_by.get(&at).into_iter().flatten() {
                open[*dependent] -= 1;
                if open[*dependent] == 0 {
                    order.push(*dependent);
                }
            }
        }
        for (at, field) in form.definition.fields.iter().enumerate().filter(|(at, _)| open[*at] > 0) {
            let rule = if field.calculate.is_some() { "calculate" } else { "show_if" };
            self.add(
                &format!("/fields/{at}/{rule}"),
                "expression_cycle",
                text!(
                    "Feltet afhænger af sig selv, måske gennem andre felter. Bryd kredsen.",
                    "Fältet beror på sig självt, kanske genom andra fält. Bryt kretsen.",
                    "The field depends on itself, perhaps through other fields. Break the circle.",
                ),
            );
        }
        form.order = order;
    }

    /// That each field can be answered.
    fn examples(&mut self, form: &CompiledForm) {
        for (at, (field, compiled)) in form.definition.fields.iter().zip(&form.fields).enumerate() {
            if !field.kind.has_value() || form.example_of(field, compiled, 0).is_some() {
                continue;
            }
            let pointer =
                format!("/fields/{at}/{}", if field.example.is_some() { "example" } else { "pattern" });
            self.add(&pointer, "example_needed", text!(
                "Eksemplet følger ikke feltets egne regler, eller der er intet, og Styr kan ikke selv finde en tekst, som gør det. Giv et eksempel, der passer.",
                "Exemplet följer inte fältets egna regler, eller så finns inget och Styr hittar ingen text som gör det. Ge ett exempel som passar.",
                "The example does not follow the field's own rules, or there is none and Styr cannot find a text that does. Give an example that fits.",
            ));
        }
    }

    /// That expressions give values of the right type when all fields are answered.
    fn trial(&mut self, form: &CompiledForm) {
        let reading = form.any_day();
        let tries: Vec<Map<String, Value>> = (0..TRIES).map(|n| form.trial_values(n)).collect();
        for (at, (field, compiled)) in form.definition.fields.iter().zip(&form.fields).enumerate() {
            for (rule, expression) in compiled.expressions() {
                let outcome = tries
                    .iter()
                    .map(|values| match rule {
                        "calculate" => calculate(field, expression, values, reading).map(drop),
                        _ => expression
                            .evaluate_condition(values)
                            .map(drop)
                            .map_err(|fault| (fault.code, fault.text)),
                    })
                    .reduce(Result::or);
                if let Some(Err((code, text))) = outcome {
                    self.add(&format!("/fields/{at}/{rule}"), code, text);
                }
            }
        }
    }
}

impl CompiledForm {
    /// What expressions see when every field is shown and answered by its `n`th example.
    fn trial_values(&self, n: u32) -> Map<String, Value> {
        let mut values = Map::new();
        for &at in &self.order {
            let (field, compiled) = (&self.definition.fields[at], &self.fields[at]);
            let value = match &compiled.calculate {
                Some(expression) => calculate(field, expression, &values, self.any_day()).ok().flatten(),
                None => self.example_of(field, compiled, n),
            };
            values
                .extend(value.and_then(|value| Some((field.key.clone(), expression_value(field, &value)?))));
        }
        values
    }
}

/// What a field's texts take.
fn bytes(field: &Field) -> usize {
    let local = |text: &LocalText| text.texts().map(str::len).sum::<usize>();
    let choices = field.choices.iter().map(|choice| choice.value.len() + local(&choice.label)).sum::<usize>();
    let options = [
        &field.min,
        &field.max,
        &field.pattern,
        &field.example,
        &field.show_if,
        &field.require_if,
        &field.calculate,
    ];
    field.key.len()
        + local(&field.label)
        + field.help.as_ref().map_or(0, local)
        + choices
        + options.into_iter().flatten().map(String::len).sum::<usize>()
}
