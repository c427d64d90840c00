//! The flow: one graph that processes show and workflows run.
//!
//! The words are BPMN 2.0's (ISO/IEC 19510): nodes are flow nodes, edges are sequence flows.

mod advise;
pub mod bpmn;
mod difference;
pub mod draw;
mod graph;
pub mod run;
#[cfg(test)]
mod tests;
mod validate;

pub use advise::advise;
pub use difference::{Difference, DifferenceKind, difference, patch};
pub use graph::*;
pub use validate::validate;

/// How many elements a flow may have, of all kinds together.
pub const MAX_ELEMENTS: usize = 20_000;

/// How long an id may be, in bytes.
pub const MAX_ID: usize = 1_000;

/// How deep sub-processes, and lanes, may be nested.
pub const MAX_NESTING: usize = 40;

/// How far from the drawing's corner anything may be drawn, and how large, in pixels.
pub const MAX_COORDINATE: f64 = 10_000_000.0;

/// How long a text of a flow may be, in bytes.
pub const MAX_TEXT: usize = 1_000_000;

/// How many violations of one flow or file are told of; after that many, it is not judged further.
pub const MAX_VIOLATIONS: usize = 1_000;
