//! The expression language of flow conditions and form rules: CEL, with the arithmetic of forms.
//!
//! The syntax and the macros (`has`, `all`, `exists`, `exists_one`, `map`, `filter`) are those of CEL, the
//! Common Expression Language. What differs, because authors of forms expect it:
//!
//! - **Numbers** are decimals, exact to 28 digits: `0.1 + 0.2 == 0.3`, `7 / 2 == 3.5`, and whole numbers and
//!   fractions mix freely.
//! - **What was not filled in is null**: an unknown variable, a missing key, an index past the end. Arithmetic
//!   and text functions with null give null; `<`, `<=`, `>`, `>=` and `in` with null are false; null counts as
//!   false in `&&`, `||`, `!` and `?:`, as an empty list in macros, and its `size` is 0. `x != null` and
//!   `has(row.price)` ask whether a value is there.
//! - **Functions**, each as `f(x, …)` or `x.f(…)`: `size`, `contains`, `startsWith`, `endsWith`, `matches` (the
//!   pattern a literal), `trim`, `lower`, `upper`, `int`, `double`, `string`, `abs`, `round(x, decimals)`,
//!   `floor`, `ceil`, `min`, `max`, `sum` (of a list) and `days(from, to)` between dates. None of them
//!   depends on anything but its arguments.
//!
//! Both compiling and evaluating are bounded: hostile input gives a fault, soon.

mod compile;
mod evaluate;
mod functions;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use regex::Regex;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::{Text, text};

/// An expression, compiled once and evaluated at will.
#[derive(Debug, Clone)]
pub struct Expression {
    source: String,
    root: Node,
    variables: BTreeSet<String>,
    /// How many local values (of macros) live at once.
    slots: usize,
}

/// Why an expression could not be compiled or evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {}", text.en)]
pub struct ExpressionFault {
    /// A stable code in `snake_case`, beginning with `expression_`.
    pub code: &'static str,
    /// What is wrong, where, and what to do about it.
    pub text: Text,
}

impl Expression {
    /// The most bytes an expression's source may have.
    pub const MAX_SOURCE: usize = 2_000;

    /// Reads an expression.
    ///
    /// # Errors
    /// `expression_too_long`, `expression_too_deep` and `expression_syntax` for sources that cannot be taken;
    /// `expression_unknown_function`, `expression_arguments`, `expression_pattern` and `expression_unsupported`
    /// for what they ask for.
    pub fn compile(source: &str) -> Result<Self, ExpressionFault> {
        compile::compile(source)
    }

    /// The source as it was given.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of the variables that the expression reads: of `customer.name`, `customer`.
    #[must_use]
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.variables
    }

    /// The expression's value, a variable that is not there being null.
    ///
    /// # Errors
    /// `expression_type` when operands do not fit, `expression_number` for results that no number holds,
    /// `expression_too_much_work` when the values are too large to go through.
    pub fn evaluate(&self, variables: &Map<String, Value>) -> Result<Value, ExpressionFault> {
        evaluate::evaluate(self, variables)
    }

    /// Whether the expression holds. Null, as of a yes/no that was not answered, is no.
    ///
    /// # Errors
    /// Those of [`Self::evaluate`], and `expression_not_condition` when the value is neither yes, no nor null.
    pub fn evaluate_condition(&self, variables: &Map<String, Value>) -> Result<bool, ExpressionFault> {
        match self.evaluate(variables)? {
            Value::Bool(holds) => Ok(holds),
            Value::Null => Ok(false),
            _ => {
                let source = &self.source;
                Err(ExpressionFault::new(
                    "expression_not_condition",
                    text!(
                        "Udtrykket »{source}« skal give ja eller nej, men giver en anden slags værdi. Sammenlign værdien med noget, f.eks. med »==« eller »>«.",
                        "Uttrycket ”{source}” ska ge ja eller nej men ger ett annat slags värde. Jämför värdet med något, till exempel med ”==” eller ”>”.",
                        "The expression “{source}” must give yes or no but gives another kind of value. Compare the value with something, for example by “==” or “>”.",
                    ),
                ))
            }
        }
    }
}

impl ExpressionFault {
    const fn new(code: &'static str, text: Text) -> Self {
        Self { code, text }
    }
}

/// The expression's tree, with names resolved.
#[derive(Debug, Clone)]
enum Node {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    Variable(String),
    /// A macro's local value.
    Local(usize),
    /// The same, at its last reading.
    Take(usize),
    Field(Box<Node>, String),
    Has(Box<Node>, String),
    Index(Box<(Node, Node)>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    And(Box<(Node, Node)>),
    Or(Box<(Node, Node)>),
    Not(Box<Node>),
    /// CEL's help for macros: anything but a plain no lets the loop go on.
    NotStrictlyFalse(Box<Node>),
    If(Box<(Node, Node, Node)>),
    Negate(Box<Node>),
    Binary(Binary, Box<(Node, Node)>),
    Matches(Box<Node>, Regex),
    Call(Function, Vec<Node>),
    Loop(Box<Loop>),
}

/// CEL's comprehension: a fold over a list's items or a map's keys.
#[derive(Debug, Clone)]
struct Loop {
    range: Node,
    item: usize,
    result: usize,
    start: Node,
    condition: Node,
    step: Node,
    end: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    Trim,
    Lower,
    Upper,
    Int,
    Double,
    String,
    Abs,
    Round,
    Floor,
    Ceil,
    Min,
    Max,
    Sum,
    Days,
}

impl Function {
    /// Name, function, and the least and most arguments it takes, a receiver counted.
    const ALL: [(&'static str, Self, usize, usize); 18] = [
        ("size", Self::Size, 1, 1),
        ("contains", Self::Contains, 2, 2),
        ("startsWith", Self::StartsWith, 2, 2),
        ("endsWith", Self::EndsWith, 2, 2),
        ("trim", Self::Trim, 1, 1),
        ("lower", Self::Lower, 1, 1),
        ("upper", Self::Upper, 1, 1),
        ("int", Self::Int, 1, 1),
        ("double", Self::Double, 1, 1),
        ("string", Self::String, 1, 1),
        ("abs", Self::Abs, 1, 1),
        ("round", Self::Round, 1, 2),
        ("floor", Self::Floor, 1, 1),
        ("ceil", Self::Ceil, 1, 1),
        ("min", Self::Min, 1, 32),
        ("max", Self::Max, 1, 32),
        ("sum", Self::Sum, 1, 1),
        ("days", Self::Days, 2, 2),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, function, ..)| *function == self).map_or("", |(name, ..)| name)
    }
}
