//! Events: who did what, when, to what, and what it changed.
//!
//! Each account has one chain of events. The personal values of an event sit apart from it in an [`EventSecret`],
//! bound by a salted commitment, so that they can be erased while the chain still verifies.
//!
//! # Verifying a chain in another language
//!
//! An exported event is one JSON object, as [`Event`] serialises. Its `hash` is, in lower-case hexadecimal,
//!
//! ```text
//! SHA-256( "styr-event-v1" ‖ 0x00 ‖ canonical(event without "hash") )
//! ```
//!
//! and its `previous` is the `hash` of the event whose `sequence` is one less, or 64 zeros for `sequence` 1.
//! The members are those of [`Event`], where absent ones are left out, never null; `at` has exactly six decimals and ends
//! in `Z`; ids are lower-case UUIDs with hyphens; `previous`, `hash` and `commitment` are 64 lower-case hexadecimal
//! digits. `canonical` is described in [`canonical`]. An event with personal values also has
//!
//! ```text
//! commitment = SHA-256( "styr-event-secret-v1" ‖ 0x00 ‖ salt ‖ canonical(personal) )
//! ```
//!
//! where `salt` is 32 bytes. Who holds the secret can check that it is the one of that time; who does not cannot guess
//! it from the commitment. A chain cannot show by itself that its newest events were cut off: compare its head with
//! one that was noted earlier elsewhere, such as in a signed receipt.

pub mod canonical;
mod chain;
mod change;
mod entity;
pub mod hex;
mod notification;

pub use chain::{
    ChainFault, ChainFaultKind, ChainHead, Event, EventDraft, EventSecret, Verification, Verifier, chain,
    verify,
};
pub use change::{Changes, changes};
pub use entity::{EntityKind, UnknownEntityKind};
pub use notification::{Notification, NotificationKind};
