//! The flow: one graph that processes show and workflows run.
//!
//! The words are BPMN 2.0's (ISO/IEC 19510): nodes are flow nodes, edges are sequence flows.

pub mod draw;
mod graph;

pub use graph::*;
