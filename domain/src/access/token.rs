//! Who may manage whose tokens, and what a token may hold.

use super::actor::{Actor, Reach};
use super::policy::{Permit, Resource, authorize};
use super::right::{Right, RightSet, of};
use super::role::may_give;
use crate::id::{OrganisationId, UserId};
use crate::{Fault, FaultKind, Text};

/// Whether the actor may see and manage the tokens of a user who belongs to this organisation: everyone manages their
/// own, and [`Right::TokenManage`] is for those of others.
///
/// # Errors
/// `not_found`, since only those who manage tokens may know of them.
pub fn manage_token(
    actor: &Actor,
    user: UserId,
    organisation: OrganisationId,
) -> Result<Permit<of::TokenManage>, Fault> {
    if actor.user_id == user {
        return Ok(Permit::granted());
    }
    let visible = actor.holds_in(Right::TokenManage, Some(organisation));
    authorize(actor, &Resource::local(actor.account_id, organisation).visible_if(visible))
}

/// Whether the actor may make a token with these scopes (none is no limit) that acts as `user`: nobody hands out through
/// a token what they could not give by a role, nor more than their own token has.
///
/// # Errors
/// `token_scopes_wider` when their own token is limited and this one would not be within its limits;
/// `rights_not_held`, naming what the other user holds and the actor lacks.
pub fn may_make_token(actor: &Actor, user: &Actor, scopes: Option<RightSet>) -> Result<(), Fault> {
    if let Some(own) = actor.scopes
        && !scopes.is_some_and(|scopes| scopes.is_subset(own))
    {
        return Err(Fault::new(
            FaultKind::Forbidden,
            "token_scopes_wider",
            Text::fixed(
                "Dit eget token er begrænset. Angiv scopes, som det selv har.",
                "Din egen token är begränsad. Ange scopes som den själv har.",
                "Your own token is limited. Name scopes that it has itself.",
            ),
        ));
    }
    if actor.user_id == user.user_id {
        return Ok(());
    }
    let within = |rights: RightSet| scopes.map_or(rights, |scopes| scopes.intersection(rights));
    if user.owner {
        return may_give(actor, within(RightSet::ALL), &Reach::Account);
    }
    user.grants.iter().try_for_each(|grant| may_give(actor, within(grant.rights), &grant.reach))
}
