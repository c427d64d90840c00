//! Styr's functional core: types, rules and decisions.
//!
//! Nothing here does I/O, awaits, reads the clock, or knows a framework. What needs the time, an id or
//! randomness is given it. The areas bear the same names on every floor of the workspace.

pub mod access;
pub mod account;
pub mod case;
pub mod crypto;
pub mod event;
pub mod expression;
pub mod fault;
pub mod file;
pub mod flow;
pub mod form;
pub mod id;
pub mod privacy;
pub mod process;
pub mod scim;
pub mod text;
pub mod token;
pub mod user;
pub mod workflow;

pub use fault::{Fault, FaultKind, Violation};
pub use text::{Language, Text};
