//! Who sees and changes drawings of the landscape.
//!
//! Whoever sees the landscape sees its drawings, as far as their profile shows them. What a drawing shows of what they may
//! not see is left out of it for them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::actor::Actor;
use super::decision::Place;
use super::policy::{Permit, denial};
use super::right::{Right, of};
use crate::Fault;
use crate::id::{AccountId, DrawingId};

/// The drawings that a caller may see, as data for a query. It admits exactly those that [`see_drawing`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawingFilter {
    /// Only drawings of this account.
    pub account_id: AccountId,
    /// Whether the caller sees any; nothing else matters if not.
    pub any: bool,
    /// Only these; none for all.
    pub shown: Option<Arc<BTreeSet<DrawingId>>>,
}

impl DrawingFilter {
    /// What this actor may see.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        Self {
            account_id: actor.account_id,
            any: !actor.external && actor.holds(Right::ProcessSee),
            shown: actor.drawings.clone(),
        }
    }
}

fn is_shown(actor: &Actor, account_id: AccountId, id: DrawingId) -> bool {
    account_id == actor.account_id
        && !actor.external
        && actor.drawings.as_ref().is_none_or(|shown| shown.contains(&id))
}

/// Decides whether the actor may see the drawing; what they may not see is not there.
///
/// # Errors
/// `not_found`; `forbidden` if a token's scopes keep them from what the user may see.
pub fn see_drawing(
    actor: &Actor,
    account_id: AccountId,
    id: DrawingId,
) -> Result<Permit<of::ProcessSee>, Fault> {
    if !is_shown(actor, account_id, id) {
        return Err(Fault::not_found());
    }
    if actor.holds(Right::ProcessSee) {
        Ok(Permit::granted())
    } else {
        Err(denial(actor, &[Right::ProcessSee], Place::Anywhere))
    }
}

/// Decides whether the actor may change or delete the drawing.
///
/// # Errors
/// `not_found` if they may not see it, `forbidden` otherwise.
pub fn edit_drawing(
    actor: &Actor,
    account_id: AccountId,
    id: DrawingId,
) -> Result<Permit<of::DrawingManage>, Fault> {
    if !is_shown(actor, account_id, id) {
        return Err(Fault::not_found());
    }
    create_drawing(actor)
}

/// Decides whether the actor may make drawings.
///
/// # Errors
/// `forbidden`.
pub fn create_drawing(actor: &Actor) -> Result<Permit<of::DrawingManage>, Fault> {
    let place = Place::Organisation(None);
    if actor.holds_at(Right::DrawingManage, place) {
        Ok(Permit::granted())
    } else {
        Err(denial(actor, &[Right::DrawingManage], place))
    }
}
