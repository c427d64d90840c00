//! From source to tree: limits first, then CEL's parser, then names.

use std::collections::BTreeSet;
use std::str::FromStr;

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::parser::PrattParser;
use cel::parser::pratt_parser::{Lexer, TokenKind};
use regex::RegexBuilder;
use rust_decimal::Decimal;

use super::{Binary, Expression, ExpressionFault, Function, Loop, Node};
use crate::text;

/// Brackets within brackets. The parser recurses for each.
const MAX_BRACKETS: usize = 24;
/// Choices (`?:`) in one expression. The parser recurses for each.
const MAX_CHOICES: usize = 32;
/// Levels of the tree; a chain of `n` additions has `n`.
const MAX_DEPTH: usize = 100;
/// Macros within macros that run through lists.
const MAX_LOOPS: usize = 2;
/// Bytes that a compiled pattern may take.
const MAX_PATTERN: usize = 1 << 20;

pub(super) fn compile(source: &str) -> Result<Expression, ExpressionFault> {
    let most = Expression::MAX_SOURCE;
    if source.len() > most {
        let length = source.len();
        return Err(ExpressionFault::new(
            "expression_too_long",
            text!(
                "Udtrykket fylder {length} bytes; højst {most} er tilladt. Del det i flere beregnede felter.",
                "Uttrycket är {length} byte långt; högst {most} är tillåtet. Dela upp det i flera beräknade fält.",
                "The expression has {length} bytes; at most {most} are allowed. Divide it into several calculated fields.",
            ),
        ));
    }
    check_tokens(source)?;
    let parsed = PrattParser::new().parse(source).map_err(|errors| {
        let (line, column) = errors.errors.first().map_or((1, 1), |error| error.pos);
        let at = (line > 0).then(|| offset(source, line.unsigned_abs(), column.unsigned_abs()));
        syntax(source, at.unwrap_or(source.len()))
    })?;
    let mut names = Names::default();
    let root = names.lower(parsed, 0)?;
    Ok(Expression { source: source.to_owned(), root, variables: names.variables, slots: names.slots })
}

/// Refuses what would make the parser recurse without bound, or that is no token at all.
fn check_tokens(source: &str) -> Result<(), ExpressionFault> {
    let mut lexer = Lexer::new(source);
    let (mut brackets, mut choices) = (0_usize, 0);
    loop {
        let token = lexer.lex();
        match token.kind {
            TokenKind::TokEnd => return Ok(()),
            TokenKind::TokError => return Err(syntax(source, token.start)),
            TokenKind::TokLeftParen | TokenKind::TokLeftBracket | TokenKind::TokLeftBrace => brackets += 1,
            TokenKind::TokRightParen | TokenKind::TokRightBracket | TokenKind::TokRightBrace => {
                brackets = brackets.saturating_sub(1);
            }
            TokenKind::TokQuestion => choices += 1,
            _ => {}
        }
        if brackets > MAX_BRACKETS || choices > MAX_CHOICES {
            return Err(too_deep());
        }
    }
}

/// The byte offset of a line and column, both from 1.
fn offset(source: &str, line: usize, column: usize) -> usize {
    let before: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    before + column.saturating_sub(1)
}

fn syntax(source: &str, at: usize) -> ExpressionFault {
    let at = source.floor_char_boundary(at);
    let line = source[..at].matches('\n').count() + 1;
    let column = source[..at].chars().rev().take_while(|c| *c != '\n').count() + 1;
    let near: String = source[at..].chars().take(20).collect();
    ExpressionFault::new(
        "expression_syntax",
        if near.trim().is_empty() {
            text!(
                "Udtrykket slutter for tidligt (linje {line}, tegn {column}). Skriv det færdigt, og se efter, om en parentes eller et citationstegn mangler.",
                "Uttrycket slutar för tidigt (rad {line}, tecken {column}). Skriv klart det och kontrollera om en parentes eller ett citattecken saknas.",
                "The expression ends too early (line {line}, character {column}). Complete it, and see whether a bracket or quote is missing.",
            )
        } else {
            text!(
                "Udtrykket kan ikke læses ved »{near}« (linje {line}, tegn {column}). Ret det der. Navne skrives med a–z, 0–9 og _, tekster i citationstegn.",
                "Uttrycket går inte att läsa vid ”{near}” (rad {line}, tecken {column}). Rätta det där. Namn skrivs med a–z, 0–9 och _, texter inom citattecken.",
                "The expression cannot be read at “{near}” (line {line}, character {column}). Mend it there. Names are written with a–z, 0–9 and _, texts in quotes.",
            )
        },
    )
}

fn too_deep() -> ExpressionFault {
    ExpressionFault::new(
        "expression_too_deep",
        text!(
            "Udtrykket er for indviklet: højst {MAX_BRACKETS} parenteser i hinanden, {MAX_CHOICES} valg med »?« og {MAX_DEPTH} led på rad. Del det i flere beregnede felter.",
            "Uttrycket är för invecklat: högst {MAX_BRACKETS} parenteser i varandra, {MAX_CHOICES} val med ”?” och {MAX_DEPTH} led i rad. Dela upp det i flera beräknade fält.",
            "The expression is too involved: at most {MAX_BRACKETS} brackets within each other, {MAX_CHOICES} choices by “?” and {MAX_DEPTH} terms in a row. Divide it into several calculated fields.",
        ),
    )
}

fn unsupported(what: &str) -> ExpressionFault {
    ExpressionFault::new(
        "expression_unsupported",
        text!(
            "Udtrykket bruger »{what}«, som ikke understøttes. Skriv det uden.",
            "Uttrycket använder ”{what}”, som inte stöds. Skriv det utan.",
            "The expression uses “{what}”, which is not supported. Write it without.",
        ),
    )
}

/// A macro's local name.
struct Local {
    name: String,
    slot: usize,
    /// Whether its next reading is the last, so that the value may be moved out.
    take: bool,
}

#[derive(Default)]
struct Names {
    variables: BTreeSet<String>,
    locals: Vec<Local>,
    slots: usize,
    loops: usize,
}

impl Names {
    fn boxed(&mut self, expr: IdedExpr, depth: usize) -> Result<Box<Node>, ExpressionFault> {
        self.lower(expr, depth).map(Box::new)
    }

    fn all(&mut self, exprs: Vec<IdedExpr>, depth: usize) -> Result<Vec<Node>, ExpressionFault> {
        exprs.into_iter().map(|expr| self.lower(expr, depth)).collect()
    }

    fn lower(&mut self, expr: IdedExpr, depth: usize) -> Result<Node, ExpressionFault> {
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let depth = depth + 1;
        Ok(match expr.expr {
            Expr::Literal(literal) => lower_literal(literal)?,
            Expr::Ident(name) => self.ident(name),
            Expr::Select(select) => {
                let operand = self.boxed(*select.operand, depth)?;
                if select.test {
                    Node::Has(operand, select.field)
                } else {
                    Node::Field(operand, select.field)
                }
            }
            Expr::List(list) => Node::List(self.all(list.elements, depth)?),
            Expr::Map(map) => {
                let mut entries = Vec::with_capacity(map.entries.len());
                for entry in map.entries {
                    let EntryExpr::MapEntry(entry) = entry.expr else { return Err(unsupported("{}")) };
                    entries.push((self.lower(entry.key, depth)?, self.lower(entry.value, depth)?));
                }
                Node::Map(entries)
            }
            Expr::Call(call) => {
                let mut args = Vec::with_capacity(call.args.len() + 1);
                args.extend(call.target.map(|target| *target));
                args.extend(call.args);
                let args = self.all(args, depth)?;
                lower_call(&call.func_name, args)?
            }
            Expr::Comprehension(fold) => self.lower_loop(*fold, depth)?,
            Expr::Struct(literal) => return Err(unsupported(&literal.type_name)),
            Expr::Unspecified => return Err(unsupported("?")),
        })
    }

    fn ident(&mut self, name: String) -> Node {
        let name = name.trim_start_matches('.');
        if let Some(local) = self.locals.iter().rev().find(|local| local.name == name) {
            return if local.take { Node::Take(local.slot) } else { Node::Local(local.slot) };
        }
        self.variables.insert(name.to_owned());
        Node::Variable(name.to_owned())
    }

    fn lower_loop(&mut self, fold: ComprehensionExpr, depth: usize) -> Result<Node, ExpressionFault> {
        let range = self.lower(fold.iter_range, depth)?;
        let start = self.lower(fold.accu_init, depth)?;
        if self.loops == MAX_LOOPS {
            return Err(ExpressionFault::new(
                "expression_too_deep",
                text!(
                    "Højst {MAX_LOOPS} gennemløb af lister (map, filter, all, exists) må ligge i hinanden. Beregn det indre i et felt for sig.",
                    "Högst {MAX_LOOPS} genomgångar av listor (map, filter, all, exists) får ligga i varandra. Beräkna den inre i ett eget fält.",
                    "At most {MAX_LOOPS} runs through lists (map, filter, all, exists) may lie within each other. Calculate the inner one in a field of its own.",
                ),
            ));
        }
        let outer = self.locals.len();
        let (item, result) = (outer, outer + 1);
        self.slots = self.slots.max(outer + 2);
        self.loops += 1;
        self.locals.push(Local { name: fold.iter_var, slot: item, take: false });
        self.locals.push(Local { name: fold.accu_var, slot: result, take: false });
        let condition = self.lower(fold.loop_cond, depth)?;
        // In each of the standard macros a step reads the result once on every way through it.
        if let Some(local) = self.locals.last_mut() {
            local.take = true;
        }
        let step = self.lower(fold.loop_step, depth)?;
        let end = self.lower(fold.result, depth)?;
        self.locals.truncate(outer);
        self.loops -= 1;
        Ok(Node::Loop(Box::new(Loop { range, item, result, start, condition, step, end })))
    }
}

fn lower_literal(literal: LiteralValue) -> Result<Node, ExpressionFault> {
    Ok(match literal {
        LiteralValue::Null => Node::Null,
        LiteralValue::Boolean(value) => Node::Bool(value.into_inner()),
        LiteralValue::Int(value) => Node::Number(value.into_inner().into()),
        LiteralValue::UInt(value) => Node::Number(value.into_inner().into()),
        LiteralValue::Double(value) => {
            let text = value.inner().to_string();
            Node::Number(Decimal::from_str(&text).map_err(|_| unsupported(&text))?)
        }
        LiteralValue::String(value) => Node::Text(value.inner().to_owned()),
        LiteralValue::Bytes(_) => return Err(unsupported("b\"…\"")),
    })
}

fn lower_call(name: &str, mut args: Vec<Node>) -> Result<Node, ExpressionFault> {
    let binary = match name {
        operators::ADD => Binary::Add,
        operators::SUBSTRACT => Binary::Subtract,
        operators::MULTIPLY => Binary::Multiply,
        operators::DIVIDE => Binary::Divide,
        operators::MODULO => Binary::Remainder,
        operators::EQUALS => Binary::Equal,
        operators::NOT_EQUALS => Binary::NotEqual,
        operators::LESS => Binary::Less,
        operators::LESS_EQUALS => Binary::LessOrEqual,
        operators::GREATER => Binary::Greater,
        operators::GREATER_EQUALS => Binary::GreaterOrEqual,
        operators::IN => Binary::In,
        _ => return lower_named(name, args),
    };
    let right = args.pop().unwrap_or(Node::Null);
    let left = args.pop().unwrap_or(Node::Null);
    Ok(Node::Binary(binary, Box::new((left, right))))
}

fn lower_named(name: &str, mut args: Vec<Node>) -> Result<Node, ExpressionFault> {
    let given = args.len();
    let mut next = || if args.is_empty() { Node::Null } else { args.remove(0) };
    Ok(match name {
        operators::LOGICAL_AND => Node::And(Box::new((next(), next()))),
        operators::LOGICAL_OR => Node::Or(Box::new((next(), next()))),
        operators::LOGICAL_NOT => Node::Not(Box::new(next())),
        operators::NOT_STRICTLY_FALSE => Node::NotStrictlyFalse(Box::new(next())),
        operators::CONDITIONAL => Node::If(Box::new((next(), next(), next()))),
        operators::NEGATE => Node::Negate(Box::new(next())),
        operators::INDEX => Node::Index(Box::new((next(), next()))),
        "matches" if given == 2 => {
            let (text, pattern) = (next(), next());
            let Node::Text(pattern) = pattern else { return Err(pattern_fault("")) };
            let regex = RegexBuilder::new(&pattern).size_limit(MAX_PATTERN).build();
            Node::Matches(Box::new(text), regex.map_err(|_| pattern_fault(&pattern))?)
        }
        _ => {
            let Some((_, function, least, most)) = Function::ALL.iter().find(|entry| entry.0 == name) else {
                let known = Function::ALL.map(|entry| entry.0).join(", ");
                return Err(ExpressionFault::new(
                    "expression_unknown_function",
                    text!(
                        "Funktionen »{name}« findes ikke, eller den er kaldt med forkerte argumenter. Brug en af disse: {known}, matches, has, all, exists, exists_one, map, filter.",
                        "Funktionen ”{name}” finns inte eller anropas med fel argument. Använd någon av dessa: {known}, matches, has, all, exists, exists_one, map, filter.",
                        "There is no function “{name}”, or it is called with the wrong arguments. Use one of these: {known}, matches, has, all, exists, exists_one, map, filter.",
                    ),
                ));
            };
            if !(least..=most).contains(&&given) {
                return Err(ExpressionFault::new(
                    "expression_arguments",
                    text!(
                        "Funktionen »{name}« tager {least} til {most} argumenter, men har fået {given}.",
                        "Funktionen ”{name}” tar {least} till {most} argument men har fått {given}.",
                        "The function “{name}” takes {least} to {most} arguments but was given {given}.",
                    ),
                ));
            }
            Node::Call(*function, args)
        }
    })
}

fn pattern_fault(pattern: &str) -> ExpressionFault {
    ExpressionFault::new(
        "expression_pattern",
        text!(
            "Mønstret »{pattern}« i »matches« skal være en tekst i citationstegn med et gyldigt, ikke for stort regulært udtryk.",
            "Mönstret ”{pattern}” i ”matches” ska vara en text inom citattecken med ett giltigt, inte för stort reguljärt uttryck.",
            "The pattern “{pattern}” in “matches” must be a text in quotes with a valid regular expression that is not too large.",
        ),
    )
}
