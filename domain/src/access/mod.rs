//! Rights, roles, and the decisions made from them.
//!
//! A decision is a pure function of the [`Actor`] and of facts about the thing. One that says yes gives a
//! [`Permit`], which saving functions ask for, so that a forgotten check does not compile. Lists are filtered by
//! plain data derived from the same rules.

mod actor;
mod catalogue;
mod policy;
mod right;

pub use actor::{Actor, Coverage, Grant, Reach};
pub use policy::{Permit, Resource, authorize, authorize_anywhere};
pub use right::{Category, Licence, Part, Requirement, Right, RightSet, SignedIn, Single, UnknownRight, of};
