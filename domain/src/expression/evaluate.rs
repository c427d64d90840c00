//! Walking the tree, with a purse that every step and every byte moved is paid from.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Number, Value};

use super::{Binary, Expression, ExpressionFault, Loop, Node};
use crate::text;

/// What one evaluation may cost: a step costs 1, and so do every [`BYTES_PER_STEP`] bytes of text.
const STEPS: usize = 100_000;
const BYTES_PER_STEP: usize = 16;

pub(super) type Outcome<T> = Result<T, ExpressionFault>;

/// A value, borrowed from the variables and the expression where it can be.
#[derive(Debug, Clone)]
pub(super) enum Datum<'a> {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(Cow<'a, str>),
    /// A list from the variables.
    Array(&'a [Value]),
    /// A map from the variables.
    Object(&'a Map<String, Value>),
    List(Vec<Datum<'a>>),
    Map(BTreeMap<String, Datum<'a>>),
}

pub(super) fn evaluate(expression: &Expression, variables: &Map<String, Value>) -> Outcome<Value> {
    let slots = vec![Datum::Null; expression.slots];
    let mut machine = Machine { variables, slots, purse: STEPS };
    machine.eval(&expression.root)?.into_json()
}

pub(super) struct Machine<'a> {
    variables: &'a Map<String, Value>,
    slots: Vec<Datum<'a>>,
    purse: usize,
}

impl<'a> Datum<'a> {
    fn of(value: &'a Value) -> Outcome<Self> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(value) => Self::Number(decimal(value)?),
            Value::String(value) => Self::Text(Cow::Borrowed(value)),
            Value::Array(items) => Self::Array(items),
            Value::Object(entries) => Self::Object(entries),
        })
    }

    fn into_json(self) -> Outcome<Value> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(value) => Value::Number(number(value)?),
            Self::Text(value) => Value::String(value.into_owned()),
            Self::Array(items) => Value::Array(items.to_vec()),
            Self::Object(entries) => Value::Object(entries.clone()),
            Self::List(items) => {
                Value::Array(items.into_iter().map(Self::into_json).collect::<Outcome<_>>()?)
            }
            Self::Map(entries) => Value::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| Ok((key, value.into_json()?)))
                    .collect::<Outcome<_>>()?,
            ),
        })
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The kind's name in Danish, Swedish and English.
    fn kind(&self) -> [&'static str; 3] {
        match self {
            Self::Null => ["en tom værdi", "ett tomt värde", "an empty value"],
            Self::Bool(_) => ["ja/nej", "ja/nej", "a yes/no"],
            Self::Number(_) => ["et tal", "ett tal", "a number"],
            Self::Text(_) => ["en tekst", "en text", "a text"],
            Self::Array(_) | Self::List(_) => ["en liste", "en lista", "a list"],
            Self::Object(_) | Self::Map(_) => ["en gruppe felter", "en grupp fält", "a group of fields"],
        }
    }

    /// What cloning the value moves.
    fn weight(&self) -> usize {
        match self {
            Self::Text(Cow::Owned(text)) => text.len() / BYTES_PER_STEP,
            Self::List(items) => items.iter().map(Self::weight).sum::<usize>() + items.len(),
            Self::Map(entries) => {
                entries.iter().map(|(key, value)| key.len() / BYTES_PER_STEP + value.weight() + 1).sum()
            }
            _ => 0,
        }
    }

    fn field(&self, name: &str) -> Outcome<Option<Datum<'a>>> {
        match self {
            Self::Null => Ok(None),
            Self::Object(entries) => entries.get(name).map(Datum::of).transpose(),
            Self::Map(entries) => Ok(entries.get(name).cloned()),
            other => Err(misfit(&format!(".{name}"), &[other])),
        }
    }
}

impl<'a> Machine<'a> {
    fn pay(&mut self, steps: usize) -> Outcome<()> {
        if let Some(rest) = self.purse.checked_sub(steps) {
            self.purse = rest;
            return Ok(());
        }
        self.purse = 0;
        Err(ExpressionFault::new(
            "expression_too_much_work",
            text!(
                "Udtrykket er for tungt at beregne med disse værdier: lister eller tekster er for store. Gør listerne kortere, eller del udtrykket op.",
                "Uttrycket är för tungt att beräkna med dessa värden: listor eller texter är för stora. Gör listorna kortare eller dela upp uttrycket.",
                "The expression takes too much work with these values: lists or texts are too large. Shorten the lists or divide the expression.",
            ),
        ))
    }

    pub(super) fn pay_bytes(&mut self, bytes: usize) -> Outcome<()> {
        self.pay(bytes / BYTES_PER_STEP)
    }

    fn eval(&mut self, node: &'a Node) -> Outcome<Datum<'a>> {
        self.pay(1)?;
        Ok(match node {
            Node::Null => Datum::Null,
            Node::Bool(value) => Datum::Bool(*value),
            Node::Number(value) => Datum::Number(*value),
            Node::Text(value) => Datum::Text(Cow::Borrowed(value)),
            Node::Variable(name) => match self.variables.get(name) {
                Some(value) => Datum::of(value)?,
                None => Datum::Null,
            },
            Node::Local(slot) => {
                let weight = self.slots[*slot].weight();
                self.pay(weight)?;
                self.slots[*slot].clone()
            }
            Node::Take(slot) => std::mem::replace(&mut self.slots[*slot], Datum::Null),
            Node::Field(operand, name) => self.eval(operand)?.field(name)?.unwrap_or(Datum::Null),
            Node::Has(operand, name) => {
                Datum::Bool(self.eval(operand)?.field(name)?.is_some_and(|value| !value.is_null()))
            }
            Node::Index(pair) => {
                let (target, key) = (self.eval(&pair.0)?, self.eval(&pair.1)?);
                index(&target, &key)?
            }
            Node::List(items) => {
                Datum::List(items.iter().map(|item| self.eval(item)).collect::<Outcome<_>>()?)
            }
            Node::Map(entries) => self.map(entries)?,
            Node::And(pair) => self.either(pair, false)?,
            Node::Or(pair) => self.either(pair, true)?,
            Node::Not(operand) => Datum::Bool(!self.truth(operand, "!")?),
            Node::NotStrictlyFalse(operand) => Datum::Bool(self.truth(operand, "?").unwrap_or(true)),
            Node::If(choice) => {
                let way = if self.truth(&choice.0, "?:")? { &choice.1 } else { &choice.2 };
                self.eval(way)?
            }
            Node::Negate(operand) => match self.eval(operand)? {
                Datum::Null => Datum::Null,
                Datum::Number(value) => Datum::Number(-value),
                other => return Err(misfit("-", &[&other])),
            },
            Node::Binary(operator, pair) => {
                let (left, right) = (self.eval(&pair.0)?, self.eval(&pair.1)?);
                self.binary(*operator, left, right)?
            }
            Node::Matches(operand, regex) => match self.eval(operand)? {
                Datum::Null => Datum::Bool(false),
                Datum::Text(text) => {
                    // Matching looks at each byte more than once.
                    self.pay_bytes(text.len() * 4)?;
                    Datum::Bool(regex.is_match(&text))
                }
                other => return Err(misfit("matches", &[&other])),
            },
            Node::Call(function, args) => {
                let args = args.iter().map(|arg| self.eval(arg)).collect::<Outcome<Vec<_>>>()?;
                self.call(*function, args)?
            }
            Node::Loop(fold) => self.fold(fold)?,
        })
    }

    fn truth(&mut self, node: &'a Node, operator: &str) -> Outcome<bool> {
        match self.eval(node)? {
            Datum::Bool(value) => Ok(value),
            Datum::Null => Ok(false),
            other => Err(misfit(operator, &[&other])),
        }
    }

    /// `&&` and `||`: as in CEL, the side that decides does so even if the other fails.
    fn either(&mut self, pair: &'a (Node, Node), decisive: bool) -> Outcome<Datum<'a>> {
        let operator = if decisive { "||" } else { "&&" };
        let left = self.truth(&pair.0, operator);
        if left.as_ref().is_ok_and(|value| *value == decisive) {
            return left.map(Datum::Bool);
        }
        let right = self.truth(&pair.1, operator)?;
        if right == decisive { Ok(Datum::Bool(right)) } else { left.map(Datum::Bool) }
    }

    fn map(&mut self, entries: &'a [(Node, Node)]) -> Outcome<Datum<'a>> {
        let mut map = BTreeMap::new();
        for (key, value) in entries {
            match self.eval(key)? {
                Datum::Text(key) => map.insert(key.into_owned(), self.eval(value)?),
                other => return Err(misfit("{:}", &[&other])),
            };
        }
        Ok(Datum::Map(map))
    }

    fn fold(&mut self, fold: &'a Loop) -> Outcome<Datum<'a>> {
        let range = self.eval(&fold.range)?;
        // The items come first, since the step may hold a loop of its own in the slots above.
        let items: Vec<Datum<'a>> = match range {
            Datum::Null => Vec::new(),
            Datum::Array(items) => {
                self.pay(items.len())?;
                items.iter().map(Datum::of).collect::<Outcome<_>>()?
            }
            Datum::List(items) => items,
            Datum::Object(entries) => {
                self.pay(entries.len())?;
                entries.keys().map(|key| Datum::Text(Cow::Borrowed(key.as_str()))).collect()
            }
            Datum::Map(entries) => entries.into_keys().map(|key| Datum::Text(Cow::Owned(key))).collect(),
            other => return Err(misfit("map, filter, all, exists", &[&other])),
        };
        self.slots[fold.result] = self.eval(&fold.start)?;
        for item in items {
            self.slots[fold.item] = item;
            if !self.truth(&fold.condition, "?")? {
                break;
            }
            self.slots[fold.result] = self.eval(&fold.step)?;
        }
        self.eval(&fold.end)
    }

    fn binary(&mut self, operator: Binary, left: Datum<'a>, right: Datum<'a>) -> Outcome<Datum<'a>> {
        Ok(match operator {
            Binary::Equal => Datum::Bool(self.equal(&left, &right)?),
            Binary::NotEqual => Datum::Bool(!self.equal(&left, &right)?),
            Binary::In => Datum::Bool(self.contains(&left, &right)?),
            Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual => {
                let order = match (&left, &right) {
                    (Datum::Null, _) | (_, Datum::Null) => return Ok(Datum::Bool(false)),
                    (Datum::Number(left), Datum::Number(right)) => left.cmp(right),
                    (Datum::Text(left), Datum::Text(right)) => {
                        self.pay_bytes(left.len().min(right.len()))?;
                        left.cmp(right)
                    }
                    (Datum::Bool(left), Datum::Bool(right)) => left.cmp(right),
                    _ => return Err(misfit(operator.sign(), &[&left, &right])),
                };
                Datum::Bool(match operator {
                    Binary::Less => order == Ordering::Less,
                    Binary::LessOrEqual => order != Ordering::Greater,
                    Binary::Greater => order == Ordering::Greater,
                    _ => order != Ordering::Less,
                })
            }
            _ => match (left, right) {
                (Datum::Null, _) | (_, Datum::Null) => Datum::Null,
                (Datum::Number(left), Datum::Number(right)) => {
                    Datum::Number(arithmetic(operator, left, right)?)
                }
                (Datum::Text(left), Datum::Text(right)) if operator == Binary::Add => {
                    self.pay_bytes(left.len() + right.len())?;
                    Datum::Text(left + right)
                }
                (left, right) if operator == Binary::Add => self.append(left, right)?,
                (left, right) => return Err(misfit(operator.sign(), &[&left, &right])),
            },
        })
    }

    /// One list after the other.
    fn append(&mut self, left: Datum<'a>, right: Datum<'a>) -> Outcome<Datum<'a>> {
        let (mut items, more) = match (left, right) {
            (left @ (Datum::List(_) | Datum::Array(_)), right @ (Datum::List(_) | Datum::Array(_))) => {
                (self.items(left)?, self.items(right)?)
            }
            (left, right) => return Err(misfit("+", &[&left, &right])),
        };
        self.pay(more.len())?;
        items.extend(more);
        Ok(Datum::List(items))
    }

    pub(super) fn items(&mut self, list: Datum<'a>) -> Outcome<Vec<Datum<'a>>> {
        match list {
            Datum::List(items) => Ok(items),
            Datum::Array(items) => {
                self.pay(items.len())?;
                items.iter().map(Datum::of).collect()
            }
            other => Ok(vec![other]),
        }
    }

    fn equal(&mut self, left: &Datum<'a>, right: &Datum<'a>) -> Outcome<bool> {
        self.pay(1)?;
        Ok(match (left, right) {
            (Datum::Null, Datum::Null) => true,
            (Datum::Bool(left), Datum::Bool(right)) => left == right,
            (Datum::Number(left), Datum::Number(right)) => left == right,
            (Datum::Text(left), Datum::Text(right)) => {
                self.pay_bytes(left.len().min(right.len()))?;
                left == right
            }
            (Datum::Array(_) | Datum::List(_), Datum::Array(_) | Datum::List(_)) => {
                let length = length(left);
                if length != self::length(right) {
                    return Ok(false);
                }
                for at in 0..length {
                    if !self.equal(&item(left, at)?, &item(right, at)?)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Datum::Object(_) | Datum::Map(_), Datum::Object(_) | Datum::Map(_)) => {
                let keys: Vec<&str> = match left {
                    Datum::Object(entries) => entries.keys().map(String::as_str).collect(),
                    Datum::Map(entries) => entries.keys().map(String::as_str).collect(),
                    _ => Vec::new(),
                };
                self.pay(keys.len())?;
                if keys.len() != length(right) {
                    return Ok(false);
                }
                for key in keys {
                    let (Some(left), Some(right)) = (left.field(key)?, right.field(key)?) else {
                        return Ok(false);
                    };
                    if !self.equal(&left, &right)? {
                        return Ok(false);
                    }
                }
                true
            }
            _ => false,
        })
    }

    /// `in`: an item of a list, or a key of a map.
    pub(super) fn contains(&mut self, wanted: &Datum<'a>, container: &Datum<'a>) -> Outcome<bool> {
        match container {
            Datum::Null => Ok(false),
            Datum::Array(_) | Datum::List(_) => {
                for at in 0..length(container) {
                    if self.equal(wanted, &item(container, at)?)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Datum::Object(_) | Datum::Map(_) => match wanted {
                Datum::Null => Ok(false),
                Datum::Text(key) => Ok(container.field(key)?.is_some()),
                other => Err(misfit("in", &[other, container])),
            },
            other => Err(misfit("in", &[wanted, other])),
        }
    }
}

pub(super) fn length(datum: &Datum<'_>) -> usize {
    match datum {
        Datum::Array(items) => items.len(),
        Datum::List(items) => items.len(),
        Datum::Object(entries) => entries.len(),
        Datum::Map(entries) => entries.len(),
        _ => 0,
    }
}

fn item<'a>(list: &Datum<'a>, at: usize) -> Outcome<Datum<'a>> {
    match list {
        Datum::Array(items) => items.get(at).map_or(Ok(Datum::Null), Datum::of),
        Datum::List(items) => Ok(items.get(at).cloned().unwrap_or(Datum::Null)),
        _ => Ok(Datum::Null),
    }
}

fn index<'a>(target: &Datum<'a>, key: &Datum<'a>) -> Outcome<Datum<'a>> {
    match (target, key) {
        (Datum::Null, _) | (_, Datum::Null) => Ok(Datum::Null),
        (Datum::Array(_) | Datum::List(_), Datum::Number(at)) => {
            at.is_integer().then(|| at.to_usize()).flatten().map_or(Ok(Datum::Null), |at| item(target, at))
        }
        (Datum::Object(_) | Datum::Map(_), Datum::Text(name)) => {
            Ok(target.field(name)?.unwrap_or(Datum::Null))
        }
        _ => Err(misfit("[]", &[target, key])),
    }
}

pub(super) fn arithmetic(operator: Binary, left: Decimal, right: Decimal) -> Outcome<Decimal> {
    let result = match operator {
        Binary::Add => left.checked_add(right),
        Binary::Subtract => left.checked_sub(right),
        Binary::Multiply => left.checked_mul(right),
        Binary::Divide => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    result.ok_or_else(|| {
        let sign = operator.sign();
        ExpressionFault::new(
            "expression_number",
            text!(
                "»{left} {sign} {right}« giver intet tal: der divideres med nul, eller resultatet er for stort. Ret værdierne eller udtrykket.",
                "”{left} {sign} {right}” ger inget tal: det är division med noll eller för stort resultat. Rätta värdena eller uttrycket.",
                "“{left} {sign} {right}” gives no number: it divides by zero, or the result is too large. Mend the values or the expression.",
            ),
        )
    })
}

fn decimal(value: &Number) -> Outcome<Decimal> {
    if let Some(whole) = value.as_i64() {
        return Ok(whole.into());
    }
    let text = value.to_string();
    Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).map_err(|_| no_number(&text))
}

fn number(value: Decimal) -> Outcome<Number> {
    let value = value.normalize();
    if let Some(whole) = value.is_integer().then(|| value.to_i64()).flatten() {
        return Ok(whole.into());
    }
    let text = value.to_string();
    text.parse::<f64>().ok().and_then(Number::from_f64).ok_or_else(|| no_number(&text))
}

pub(super) fn no_number(text: &str) -> ExpressionFault {
    let text: String = text.chars().take(40).collect();
    ExpressionFault::new(
        "expression_number",
        text!(
            "»{text}« kan ikke bruges som tal. Skriv det som 1234.5 med højst 28 cifre.",
            "”{text}” kan inte användas som tal. Skriv det som 1234.5 med högst 28 siffror.",
            "“{text}” cannot be used as a number. Write it as 1234.5 with at most 28 digits.",
        ),
    )
}

pub(super) fn misfit(operator: &str, operands: &[&Datum<'_>]) -> ExpressionFault {
    let kinds = |language: usize| operands.iter().map(|o| o.kind()[language]).collect::<Vec<_>>().join(", ");
    let (da, sv, en) = (kinds(0), kinds(1), kinds(2));
    ExpressionFault::new(
        "expression_type",
        text!(
            "»{operator}« kan ikke bruges på {da}. Brug værdier af samme slags, om nødvendigt gennem double(…) eller string(…).",
            "”{operator}” kan inte användas på {sv}. Använd värden av samma slag, vid behov genom double(…) eller string(…).",
            "“{operator}” cannot be used on {en}. Use values of the same kind, if need be by double(…) or string(…).",
        ),
    )
}

impl Binary {
    fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
        }
    }
}
