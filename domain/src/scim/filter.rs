//! Filters (RFC 7644, section 3.4.2.2): reading them, and trying them on an element of an attribute.

use serde_json::{Number, Value};

use super::schema::{Attribute, Kind};
use super::{Attributes, ScimType};
use crate::{Fault, Text, text};

/// The most comparisons of one filter.
const MOST_COMPARISONS: usize = 100;
/// How deep parentheses and brackets may be nested.
const DEEPEST: usize = 20;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these hold.
    And(Vec<Self>),
    /// One of these holds.
    Or(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// An attribute has a value.
    Compare {
        /// The attribute's name, as it was written.
        name: String,
        /// The comparison.
        operator: Operator,
        /// With what; null for [`Operator::Pr`].
        value: Value,
    },
    /// One element of an attribute meets a filter on its sub-attributes.
    Element {
        /// The attribute's name, as it was written.
        name: String,
        /// What the element must meet.
        filter: Box<Self>,
    },
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// There is a value.
    Pr,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

impl Operator {
    const ALL: [(&'static str, Self); 10] = [
        ("eq", Self::Eq),
        ("ne", Self::Ne),
        ("co", Self::Co),
        ("sw", Self::Sw),
        ("ew", Self::Ew),
        ("pr", Self::Pr),
        ("gt", Self::Gt),
        ("ge", Self::Ge),
        ("lt", Self::Lt),
        ("le", Self::Le),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, operator)| operator)
    }

    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, other)| *other == self).map_or("", |(name, _)| name)
    }
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// `invalidFilter`, saying where.
    pub fn parse(filter: &str) -> Result<Self, Fault> {
        let mut parser = Parser::new(filter)?;
        let filter = parser.or()?;
        parser.end()?;
        Ok(filter)
    }

    /// Whether an element of an attribute meets the filter. Sub-attributes that it does not have are absent.
    #[must_use]
    pub fn holds(&self, attribute: &Attribute, element: &Attributes) -> bool {
        match self {
            Self::And(all) => all.iter().all(|filter| filter.holds(attribute, element)),
            Self::Or(any) => any.iter().any(|filter| filter.holds(attribute, element)),
            Self::Not(filter) => !filter.holds(attribute, element),
            Self::Compare { name, operator, value } => {
                attribute.sub(name).is_some_and(|sub| compare(sub, element.get(sub.name), *operator, value))
            }
            Self::Element { .. } => false,
        }
    }

    /// The values that an element must have if the filter only asks for equality, as a directory does to say which
    /// element it means.
    pub(super) fn demands<'a>(&'a self, demands: &mut Vec<(&'a str, &'a Value)>) -> bool {
        match self {
            Self::And(all) => all.iter().all(|filter| filter.demands(demands)),
            Self::Compare { name, operator: Operator::Eq, value } => {
                demands.push((name, value));
                true
            }
            _ => false,
        }
    }
}

/// Compares a value as its attribute wants it.
fn compare(attribute: &Attribute, has: Option<&Value>, operator: Operator, wanted: &Value) -> bool {
    let present = has.is_some_and(|has| !has.is_null());
    match operator {
        Operator::Pr => return present,
        Operator::Eq if wanted.is_null() => return !present,
        Operator::Ne => return !compare(attribute, has, Operator::Eq, wanted),
        _ => {}
    }
    if attribute.kind == Kind::Boolean {
        return operator == Operator::Eq && has.and_then(boolean) == boolean(wanted) && present;
    }
    let (Some(has), Some(wanted)) = (has.and_then(Value::as_str), wanted.as_str()) else { return false };
    let fold = |text: &str| if attribute.case_exact { text.to_owned() } else { text.to_lowercase() };
    let (has, wanted) = (fold(has), fold(wanted));
    match operator {
        Operator::Eq => has == wanted,
        Operator::Co => has.contains(&wanted),
        Operator::Sw => has.starts_with(&wanted),
        Operator::Ew => has.ends_with(&wanted),
        Operator::Gt => has > wanted,
        Operator::Ge => has >= wanted,
        Operator::Lt => has < wanted,
        Operator::Le => has <= wanted,
        Operator::Ne | Operator::Pr => false,
    }
}

/// A boolean, which Entra ID writes as a text too.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A piece of a filter, and where it begins.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    OpenElement,
    CloseElement,
    Word(String),
    Value(Value),
}

/// Reads filters, by recursive descent in the order of precedence of RFC 7644: `not`, `and`, `or`.
pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// The token that comes next, and where it ends.
    next: Option<(Token, usize)>,
    comparisons: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, Fault> {
        let mut parser = Self { text, at: 0, next: None, comparisons: 0, depth: 0 };
        parser.advance()?;
        Ok(parser)
    }

    /// The rest of a path's filter, up to its closing bracket.
    pub(super) fn bracketed(&mut self) -> Result<Filter, Fault> {
        let filter = self.or()?;
        match &self.next {
            Some((Token::CloseElement, end)) => {
                self.at = *end;
                self.next = None;
                Ok(filter)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn end(&self) -> Result<(), Fault> {
        if self.next.is_none() { Ok(()) } else { Err(self.unexpected()) }
    }

    fn or(&mut self) -> Result<Filter, Fault> {
        self.series("or", Filter::Or, Self::and)
    }

    fn and(&mut self) -> Result<Filter, Fault> {
        self.series("and", Filter::And, Self::factor)
    }

    fn series(
        &mut self,
        between: &str,
        make: impl FnOnce(Vec<Filter>) -> Filter,
        each: impl Fn(&mut Self) -> Result<Filter, Fault>,
    ) -> Result<Filter, Fault> {
        let first = each(self)?;
        let mut all = vec![first];
        while self.is_word(between) {
            self.advance()?;
            all.push(each(self)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { make(all) })
    }

    fn factor(&mut self) -> Result<Filter, Fault> {
        match self.next.clone() {
            Some((Token::Open, _)) => self.grouped(),
            Some((Token::Word(word), _)) if word.eq_ignore_ascii_case("not") => {
                self.advance()?;
                match &self.next {
                    Some((Token::Open, _)) => Ok(Filter::Not(Box::new(self.grouped()?))),
                    _ => Err(self.unexpected()),
                }
            }
            Some((Token::Word(name), _)) => {
                self.advance()?;
                self.about(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn grouped(&mut self) -> Result<Filter, Fault> {
        self.enter()?;
        self.advance()?;
        let filter = self.or()?;
        self.expect(&Token::Close)?;
        self.depth -= 1;
        Ok(filter)
    }

    /// What is said of an attribute: a comparison, or a filter on its elements. Entra ID compares a sub-attribute of such
    /// an element too, as in `emails[type eq "work"].value eq "a@b.dk"`, which RFC 7644 has no grammar for.
    fn about(&mut self, name: String) -> Result<Filter, Fault> {
        if !matches!(self.next, Some((Token::OpenElement, _))) {
            return self.comparison(name);
        }
        self.enter()?;
        self.advance()?;
        let filter = self.or()?;
        self.expect(&Token::CloseElement)?;
        self.depth -= 1;
        let filter = match self.next.clone() {
            Some((Token::Word(word), _)) if word.starts_with('.') => {
                self.advance()?;
                Filter::And(vec![filter, self.comparison(word[1..].to_owned())?])
            }
            _ => filter,
        };
        Ok(Filter::Element { name, filter: Box::new(filter) })
    }

    fn comparison(&mut self, name: String) -> Result<Filter, Fault> {
        self.comparisons += 1;
        if self.comparisons > MOST_COMPARISONS {
            return Err(too_large());
        }
        let operator = match &self.next {
            Some((Token::Word(word), _)) => Operator::named(word),
            _ => None,
        };
        let operator = operator.ok_or_else(|| self.unexpected())?;
        self.advance()?;
        if operator == Operator::Pr {
            return Ok(Filter::Compare { name, operator, value: Value::Null });
        }
        let value = match self.next.clone() {
            Some((Token::Value(value), _)) => value,
            Some((Token::Word(word), _)) => match word.as_str() {
                "true" | "True" => Value::Bool(true),
                "false" | "False" => Value::Bool(false),
                "null" => Value::Null,
                _ => return Err(self.unexpected()),
            },
            _ => return Err(self.unexpected()),
        };
        self.advance()?;
        Ok(Filter::Compare { name, operator, value })
    }

    fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(too_large()) } else { Ok(()) }
    }

    fn is_word(&self, wanted: &str) -> bool {
        matches!(&self.next, Some((Token::Word(word), _)) if word.eq_ignore_ascii_case(wanted))
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), Fault> {
        match &self.next {
            Some((token, _)) if token == wanted => self.advance(),
            _ => Err(self.unexpected()),
        }
    }

    /// Takes the next token, and reads the one after it.
    fn advance(&mut self) -> Result<(), Fault> {
        if let Some((_, end)) = self.next.take() {
            self.at = end;
        }
        let rest = self.rest();
        let begin = self.at + (rest.len() - rest.trim_start().len());
        self.at = begin;
        let rest = &self.text[begin..];
        let Some(first) = rest.chars().next() else { return Ok(()) };
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '[' => (Token::OpenElement, 1),
            ']' => (Token::CloseElement, 1),
            '"' => {
                let end = end_of_string(rest).ok_or_else(|| self.unexpected())?;
                let value: String = serde_json::from_str(&rest[..end]).map_err(|_| self.unexpected())?;
                // PostgreSQL has no place for it, so nothing can be called so.
                if value.contains('\0') {
                    return Err(self.unexpected());
                }
                (Token::Value(Value::String(value)), end)
            }
            '0'..='9' | '-' => {
                let end = word_length(rest);
                let number: Number = serde_json::from_str(&rest[..end]).map_err(|_| self.unexpected())?;
                (Token::Value(Value::Number(number)), end)
            }
            _ => match word_length(rest) {
                0 => return Err(self.unexpected()),
                end => (Token::Word(rest[..end].to_owned()), end),
            },
        };
        self.next = Some((token, begin + length));
        Ok(())
    }

    fn unexpected(&self) -> Fault {
        let at = self.text[..self.at].chars().count() + 1;
        ScimType::InvalidFilter.fault(text!(
            "Filteret kan ikke læses fra tegn {at}. Skriv det som: userName eq \"anna@eksempel.dk\".",
            "Filtret kan inte läsas från tecken {at}. Skriv det som: userName eq \"anna@exempel.se\".",
            "The filter cannot be read from character {at} on. Write it as: userName eq \"anna@example.org\"."
        ))
    }
}

/// Where a JSON string ends, its closing quotation mark included.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// How long the name, operator or number is that the text begins with.
fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && !".:$_-+".contains(c)).unwrap_or(text.len())
}

const fn too_large() -> Fault {
    ScimType::InvalidFilter.fault(Text::fixed(
        "Filteret er for stort: højst 100 sammenligninger, indlejret i højst 20 led.",
        "Filtret är för stort: högst 100 jämförelser, kapslade i högst 20 led.",
        "The filter is too large: at most 100 comparisons, nested at most 20 deep.",
    ))
}
