//! Who may say who stands in for whom.

use super::actor::Actor;
use super::policy::{Permit, Resource, authorize};
use super::right::{Right, of};
use crate::Fault;
use crate::id::UserId;

/// What naming substitutes takes: for oneself [`Right::SubstituteManageOwn`], for others managing them.
pub type ManageSubstitutes = (of::SubstituteManageOwn, of::UserManage, of::UserManageLocal);

/// Whether the actor may see and name the substitutes of a user; `resource` is that user.
///
/// # Errors
/// `not_found` if they may not see the user, `forbidden` otherwise.
pub fn manage_substitutes(
    actor: &Actor,
    user: UserId,
    resource: &Resource,
) -> Result<Permit<ManageSubstitutes>, Fault> {
    if actor.user_id != user {
        let _manages = authorize::<(of::UserManage, of::UserManageLocal)>(actor, resource)?;
    } else if !actor.holds(Right::SubstituteManageOwn) {
        return authorize(actor, resource);
    }
    Ok(Permit::granted())
}
