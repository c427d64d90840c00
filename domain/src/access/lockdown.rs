//! Lockdown: an organisation with all below it, or the whole account, is closed to all but those with the right.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::actor::Actor;
use super::decision::Place;
use super::policy::{Permit, Resource, authorize};
use super::right::{Requirement, Right, of};
use crate::id::OrganisationId;
use crate::{Fault, FaultKind, Text};

/// What lockdown closes to one actor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lockdown {
    /// Everything: the account is locked down, or the actor's own organisation is.
    pub whole: bool,
    /// What these organisations own.
    pub organisations: Arc<BTreeSet<OrganisationId>>,
}

impl Lockdown {
    /// What is closed to an actor while the account is locked down or not, and these organisations are, with all below
    /// them. Where the actor holds [`Right::LockdownEnter`], nothing is.
    #[must_use]
    pub fn of(actor: &Actor, account: bool, organisations: impl IntoIterator<Item = OrganisationId>) -> Self {
        // Whether they hold the right is asked as if nothing were locked down.
        let open = |place| {
            let mut obstacles = actor.obstacles(Right::LockdownEnter, place);
            obstacles.all(|obstacle| obstacle == super::Obstacle::Lockdown)
        };
        let closed = |id: &OrganisationId| !open(Place::Organisation(Some(*id)));
        let organisations: BTreeSet<_> = organisations.into_iter().filter(closed).collect();
        let whole = account && !open(Place::Organisation(None));
        Self {
            whole: whole || organisations.contains(&actor.organisation_id),
            organisations: organisations.into(),
        }
    }

    /// Whether what this organisation owns is closed.
    #[must_use]
    pub fn closes(&self, organisation: OrganisationId) -> bool {
        self.whole || self.organisations.contains(&organisation)
    }

    pub(super) fn closes_place(&self, place: Place) -> bool {
        match place {
            Place::Organisation(Some(id)) => self.closes(id),
            Place::Anywhere | Place::Organisation(None) | Place::ProcessGroup(_) => self.whole,
        }
    }
}

/// Decides whether the actor may lock down an organisation or the account, or open it again: who meets the requirement
/// there, and could go on working meanwhile, so that nobody locks themself out.
///
/// # Errors
/// `not_found`; `forbidden`, naming the right that is missing.
pub fn lock_down<R: Requirement>(actor: &Actor, resource: &Resource) -> Result<Permit<R>, Fault> {
    let permit = authorize(actor, resource)?;
    let _enters = authorize::<of::LockdownEnter>(actor, resource)?;
    Ok(permit)
}

/// The refusal to one whom a lockdown keeps out.
#[must_use]
pub fn locked_down() -> Fault {
    let text = Text::fixed(
        "Der er lukket ned. Prøv igen, når administratoren har åbnet igen; kun rettigheden lockdown.enter giver adgang imens.",
        "Det är nedstängt. Försök igen när administratören har öppnat igen; bara rättigheten lockdown.enter ger tillgång under tiden.",
        "There is a lockdown. Try again when the administrator has lifted it; only the right lockdown.enter lets one in meanwhile.",
    );
    Fault {
        missing_rights: vec![Right::LockdownEnter.code()],
        ..Fault::new(FaultKind::Forbidden, "locked_down", text)
    }
}
