//! Block-structured flows against a model that knows nothing of tokens.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Case, Status, flow};
use crate::flow::Flow;

#[derive(Debug, Clone)]
enum Block {
    Task,
    Sequence(Vec<Block>),
    Exclusive(Vec<Block>),
    Parallel(Vec<Block>),
    Inclusive(Vec<Block>),
    /// Does the first; while its variable says so, does the second and the first again.
    Loop(Box<Block>, Box<Block>),
    Sub(Box<Block>),
}

/// A block whose tasks and choices have numbers.
#[derive(Debug, Clone)]
struct Numbered {
    number: usize,
    block: Shape,
}

#[derive(Debug, Clone)]
enum Shape {
    Task,
    Sequence(Vec<Numbered>),
    Exclusive(Vec<Numbered>),
    Parallel(Vec<Numbered>),
    Inclusive(Vec<Numbered>),
    Loop(Box<Numbered>, Box<Numbered>),
    Sub(Box<Numbered>),
}

fn block() -> impl Strategy<Value = Block> {
    Just(Block::Task).prop_recursive(4, 24, 3, |inner| {
        let several = proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several.clone().prop_map(Block::Sequence),
            several.clone().prop_map(Block::Exclusive),
            several.clone().prop_map(Block::Parallel),
            several.prop_map(Block::Inclusive),
            (inner.clone(), inner.clone())
                .prop_map(|(body, redo)| Block::Loop(Box::new(body), Box::new(redo))),
            inner.prop_map(|inner| Block::Sub(Box::new(inner))),
        ]
    })
}

fn number(block: &Block, next: &mut usize) -> Numbered {
    *next += 1;
    let number_ = *next;
    let mut all = |blocks: &[Block]| blocks.iter().map(|block| number(block, next)).collect::<Vec<_>>();
    let block = match block {
        Block::Task => Shape::Task,
        Block::Sequence(blocks) => Shape::Sequence(all(blocks)),
        Block::Exclusive(blocks) => Shape::Exclusive(all(blocks)),
        Block::Parallel(blocks) => Shape::Parallel(all(blocks)),
        Block::Inclusive(blocks) => Shape::Inclusive(all(blocks)),
        Block::Loop(body, redo) => Shape::Loop(Box::new(number(body, next)), Box::new(number(redo, next))),
        Block::Sub(inner) => Shape::Sub(Box::new(number(inner, next))),
    };
    Numbered { number: number_, block }
}

/// Draws the block between two nodes of the scope `parent`.
fn draw(
    block: &Numbered,
    from: &str,
    condition: &str,
    to: &str,
    parent: Option<&str>,
    lines: &mut Vec<String>,
) {
    let n = block.number;
    let place = |id: &str, lines: &mut Vec<String>| {
        if let Some(parent) = parent {
            lines.push(format!("{parent}{{{id}"));
        }
    };
    let gates = |sign: &str, lines: &mut Vec<String>| {
        let (open, close) = (format!("{sign}{n}a"), format!("{sign}{n}b"));
        place(&open, lines);
        place(&close, lines);
        (open, close)
    };
    match &block.block {
        Shape::Task => {
            place(&format!("t{n}"), lines);
            lines.push(format!("{from}>t{n}{condition}"));
            lines.push(format!("t{n}>{to}"));
        }
        Shape::Sequence(blocks) => {
            let (mut from, mut condition) = (from.to_owned(), condition.to_owned());
            for (at, inner) in blocks.iter().enumerate() {
                // A gateway that only passes stands between.
                let next = format!("x{n}s{at}");
                place(&next, lines);
                draw(inner, &from, &condition, &next, parent, lines);
                (from, condition) = (next, String::new());
            }
            lines.push(format!("{from}>{to}"));
        }
        Shape::Exclusive(blocks) | Shape::Parallel(blocks) | Shape::Inclusive(blocks) => {
            let sign = match block.block {
                Shape::Exclusive(_) => "x",
                Shape::Parallel(_) => "+",
                _ => "o",
            };
            let (open, close) = gates(sign, lines);
            lines.push(format!("{from}>{open}{condition}"));
            for (at, inner) in blocks.iter().enumerate() {
                let condition = match sign {
                    "+" => String::new(),
                    _ if at + 1 == blocks.len() => ": *".to_owned(),
                    "x" => format!(": c{n} == {at}"),
                    _ => format!(": c{n} % {} < {}", 2 * (at + 1), at + 1),
                };
                draw(inner, &open, &condition, &close, parent, lines);
            }
            lines.push(format!("{close}>{to}"));
        }
        Shape::Loop(body, redo) => {
            let (open, close) = gates("x", lines);
            lines.push(format!("{from}>{open}{condition}"));
            draw(body, &open, "", &close, parent, lines);
            draw(redo, &close, &format!(": c{n} == 1"), &open, parent, lines);
            lines.push(format!("{close}>{to}: *"));
        }
        Shape::Sub(inner) => {
            let (sub, start, end) = (format!("[{n}"), format!("s{n}"), format!("e{n}"));
            place(&sub, lines);
            lines.push(format!("{from}>{sub}{condition}"));
            lines.push(format!("{sub}>{to}"));
            lines.push(format!("{sub}{{{start} {end}"));
            draw(inner, &start, "", &end, Some(&sub), lines);
        }
    }
}

/// What is left to do of a block.
#[derive(Debug)]
enum Left {
    Task(usize),
    /// The block at hand, then those that follow.
    Sequence(Box<Left>, Vec<Numbered>),
    /// Blocks side by side, until all are done.
    Beside(Vec<Left>),
    /// The loop, and whether its body is at hand.
    Loop(Box<Left>, Numbered, bool),
}

fn choice(variables: &Map<String, Value>, number: usize) -> u64 {
    variables.get(&format!("c{number}")).and_then(Value::as_u64).unwrap_or(0)
}

fn begin(block: &Numbered, variables: &Map<String, Value>) -> Left {
    let chosen = choice(variables, block.number);
    match &block.block {
        Shape::Task => Left::Task(block.number),
        Shape::Sequence(blocks) => {
            Left::Sequence(Box::new(begin(&blocks[0], variables)), blocks[1..].to_vec())
        }
        Shape::Exclusive(blocks) => {
            let at = usize::try_from(chosen).unwrap().min(blocks.len() - 1);
            begin(&blocks[at], variables)
        }
        Shape::Parallel(blocks) => Left::Beside(blocks.iter().map(|block| begin(block, variables)).collect()),
        Shape::Inclusive(blocks) => {
            let (last, others) = blocks.split_last().unwrap();
            let holds = |at: usize| chosen % (2 * (at as u64 + 1)) < at as u64 + 1;
            let mut taken: Vec<_> = others
                .iter()
                .enumerate()
                .filter(|(at, _)| holds(*at))
                .map(|(_, b)| begin(b, variables))
                .collect();
            if taken.is_empty() {
                taken.push(begin(last, variables));
            }
            Left::Beside(taken)
        }
        Shape::Loop(body, _) => Left::Loop(Box::new(begin(body, variables)), block.clone(), true),
        Shape::Sub(inner) => begin(inner, variables),
    }
}

/// What is left once one task of that number is done; `done` says whether it was found.
fn proceed(left: Left, task: usize, done: &mut bool, variables: &Map<String, Value>) -> Option<Left> {
    if *done {
        return Some(left);
    }
    match left {
        Left::Task(number) => {
            *done = number == task;
            (!*done).then_some(left)
        }
        Left::Sequence(now, mut later) => match proceed(*now, task, done, variables) {
            Some(now) => Some(Left::Sequence(Box::new(now), later)),
            None if later.is_empty() => None,
            None => {
                let next = later.remove(0);
                Some(Left::Sequence(Box::new(begin(&next, variables)), later))
            }
        },
        Left::Beside(blocks) => {
            let blocks: Vec<_> =
                blocks.into_iter().filter_map(|block| proceed(block, task, done, variables)).collect();
            (!blocks.is_empty()).then_some(Left::Beside(blocks))
        }
        Left::Loop(now, block, in_body) => match proceed(*now, task, done, variables) {
            Some(now) => Some(Left::Loop(Box::new(now), block, in_body)),
            None => {
                let Shape::Loop(body, redo) = &block.block else { unreachable!() };
                if in_body && choice(variables, block.number) != 1 {
                    return None;
                }
                let next = begin(if in_body { redo } else { body }, variables);
                Some(Left::Loop(Box::new(next), block, !in_body))
            }
        },
    }
}

fn tasks(left: &Left, found: &mut Vec<String>) {
    match left {
        Left::Task(number) => found.push(format!("t{number}")),
        Left::Sequence(now, _) | Left::Loop(now, ..) => tasks(now, found),
        Left::Beside(blocks) => blocks.iter().for_each(|block| tasks(block, found)),
    }
}

fn active(left: Option<&Left>) -> String {
    let mut found = Vec::new();
    if let Some(left) = left {
        tasks(left, &mut found);
    }
    found.sort_unstable();
    found.join(" ")
}

fn drawn(block: &Numbered) -> Flow {
    let mut lines = Vec::new();
    draw(block, "s", "", "e", None, &mut lines);
    flow(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The choices at one moment; none of the loops goes on in the end.
fn choices(seed: u64, count: usize, looping: bool) -> Map<String, Value> {
    (1..=count)
        .map(|number| {
            let mixed = (seed ^ number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            (format!("c{number}"), json!(if looping { mixed % 4 } else { 0 }))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn runs_as_the_model_does(block in block(), seeds in proptest::collection::vec(any::<u64>(), 40)) {
        let mut count = 0;
        let block = number(&block, &mut count);
        let mut case = Case::of(&drawn(&block));
        case.variables = choices(seeds[0], count, true);
        case.start().unwrap();
        let mut left = Some(begin(&block, &case.variables));
        for step in 0.. {
            prop_assert_eq!(case.active(), active(left.as_ref()));
            let Some(now) = left else { break };
            prop_assert!(step < 400, "does not end");
            let seed = seeds[step % seeds.len()];
            case.variables = choices(seed, count, step < seeds.len());
            let work = &case.state.work;
            let element = work[usize::try_from(seed % work.len() as u64).unwrap()].element.clone();
            case.complete(&element).unwrap();
            left = proceed(now, element[1..].parse().unwrap(), &mut false, &case.variables);
        }
        prop_assert_eq!(case.state.status, Status::Completed);
    }

    /// Sending back puts one task in the place of another, and the case still ends.
    #[test]
    fn sending_back_loses_and_doubles_nothing(block in block(), seeds in proptest::collection::vec(any::<u64>(), 40)) {
        let mut count = 0;
        let block = number(&block, &mut count);
        let mut case = Case::of(&drawn(&block));
        case.variables = choices(seeds[0], count, true);
        case.start().unwrap();
        for step in 0..400 {
            if case.state.status == Status::Completed {
                break;
            }
            let seed = seeds[step % seeds.len()];
            let work = case.state.work.clone();
            let element = work[usize::try_from(seed % work.len() as u64).unwrap()].element.clone();
            if step < seeds.len() && seed % 3 == 0 {
                match case.send_back(&element) {
                    Ok(()) => {
                        prop_assert_eq!(case.state.work.len(), work.len());
                        prop_assert!(case.state.waiting.len() <= work.len() + count);
                    }
                    Err(code) => prop_assert!(["nothing_before", "branches_before"].contains(&code)),
                }
            } else {
                case.variables = choices(seed, count, step < seeds.len());
                case.complete(&element).unwrap();
            }
        }
        prop_assert_eq!(case.state.status, Status::Completed);
    }
}
