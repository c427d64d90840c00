//! The functions that expressions may call.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::evaluate::{Datum, Machine, Outcome, arithmetic, length, misfit, no_number};
use super::{Binary, ExpressionFault, Function};
use crate::text;

impl<'a> Machine<'a> {
    pub(super) fn call(&mut self, function: Function, mut args: Vec<Datum<'a>>) -> Outcome<Datum<'a>> {
        if function == Function::Size && args[0].is_null() {
            return Ok(Datum::Number(Decimal::ZERO));
        }
        let of_list = matches!(function, Function::Min | Function::Max | Function::Sum)
            && matches!(args.as_slice(), [Datum::Array(_) | Datum::List(_)]);
        if of_list {
            let list = args.remove(0);
            args = self.items(list)?;
        } else if args.iter().any(Datum::is_null) && !matches!(function, Function::Min | Function::Max) {
            return Ok(Datum::Null);
        }
        for arg in &args {
            if let Datum::Text(text) = arg {
                self.pay_bytes(text.len())?;
            }
        }
        let name = function.name();
        Ok(match (function, args.as_slice()) {
            (Function::Size, [Datum::Text(text)]) => Datum::Number(text.chars().count().into()),
            (Function::Size, [list]) if !matches!(list, Datum::Bool(_) | Datum::Number(_)) => {
                Datum::Number(length(list).into())
            }
            (Function::Contains, [Datum::Text(text), Datum::Text(part)]) => {
                Datum::Bool(text.contains(part.as_ref()))
            }
            (Function::Contains, [list @ (Datum::Array(_) | Datum::List(_)), wanted]) => {
                Datum::Bool(self.contains(wanted, list)?)
            }
            (Function::StartsWith, [Datum::Text(text), Datum::Text(part)]) => {
                Datum::Bool(text.starts_with(part.as_ref()))
            }
            (Function::EndsWith, [Datum::Text(text), Datum::Text(part)]) => {
                Datum::Bool(text.ends_with(part.as_ref()))
            }
            (Function::Trim, [Datum::Text(text)]) => Datum::Text(Cow::Owned(text.trim().to_owned())),
            (Function::Lower, [Datum::Text(text)]) => Datum::Text(Cow::Owned(text.to_lowercase())),
            (Function::Upper, [Datum::Text(text)]) => Datum::Text(Cow::Owned(text.to_uppercase())),
            (Function::Double, [Datum::Text(text)]) => Datum::Number(parse(text)?),
            (Function::Int, [Datum::Text(text)]) => Datum::Number(parse(text)?.trunc()),
            (Function::Double, [Datum::Number(value)]) => Datum::Number(*value),
            (Function::Int, [Datum::Number(value)]) => Datum::Number(value.trunc()),
            (Function::String, [Datum::Text(text)]) => Datum::Text(text.clone()),
            (Function::String, [Datum::Number(value)]) => Datum::Text(value.normalize().to_string().into()),
            (Function::String, [Datum::Bool(value)]) => Datum::Text(value.to_string().into()),
            (Function::Abs, [Datum::Number(value)]) => Datum::Number(value.abs()),
            (Function::Floor, [Datum::Number(value)]) => Datum::Number(value.floor()),
            (Function::Ceil, [Datum::Number(value)]) => Datum::Number(value.ceil()),
            (Function::Round, [Datum::Number(value)]) => Datum::Number(round(*value, 0)),
            (Function::Round, [Datum::Number(value), Datum::Number(places)]) => {
                Datum::Number(round(*value, places.to_u32().unwrap_or(0)))
            }
            (Function::Days, [Datum::Text(from), Datum::Text(to)]) => {
                Datum::Number((date(to)? - date(from)?).num_days().into())
            }
            (Function::Sum, items) => {
                let mut sum = Decimal::ZERO;
                for value in numbers(name, items)? {
                    sum = arithmetic(Binary::Add, sum, value)?;
                }
                Datum::Number(sum)
            }
            (Function::Min, items) => {
                numbers(name, items)?.into_iter().min().map_or(Datum::Null, Datum::Number)
            }
            (Function::Max, items) => {
                numbers(name, items)?.into_iter().max().map_or(Datum::Null, Datum::Number)
            }
            (_, items) => return Err(misfit(name, &items.iter().collect::<Vec<_>>())),
        })
    }
}

/// The numbers among items that are numbers or not filled in.
fn numbers(name: &str, items: &[Datum<'_>]) -> Outcome<Vec<Decimal>> {
    items
        .iter()
        .filter(|item| !item.is_null())
        .map(|item| match item {
            Datum::Number(value) => Ok(*value),
            other => Err(misfit(name, &[other])),
        })
        .collect()
}

fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

fn parse(text: &str) -> Outcome<Decimal> {
    Decimal::from_str(text.trim()).map_err(|_| no_number(text))
}

/// The day of an ISO 8601 date or date-time.
fn date(text: &str) -> Outcome<NaiveDate> {
    text.get(..10).and_then(|day| NaiveDate::from_str(day).ok()).ok_or_else(|| {
        let text: String = text.chars().take(40).collect();
        ExpressionFault::new(
            "expression_type",
            text!(
                "»{text}« er ikke en dato. Skriv den som 2026-01-31.",
                "”{text}” är inget datum. Skriv det som 2026-01-31.",
                "“{text}” is no date. Write it as 2026-01-31.",
            ),
        )
    })
}
