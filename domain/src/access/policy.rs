//! Decisions that ask for rights and nothing else: may this actor do it to this thing?

use std::marker::PhantomData;

use super::actor::Actor;
use super::decision::{Obstacle, Place};
use super::lockdown::locked_down;
use super::right::{Requirement, Right};
use crate::id::{AccountId, OrganisationId};
use crate::{Fault, Language, Text, text};

/// Proof that the actor meets the requirement `R` for the thing at hand. Only a decision makes one.
pub struct Permit<R>(PhantomData<fn() -> R>);

impl<R> Permit<R> {
    /// To be called by decisions alone, when they say yes.
    pub(super) const fn granted() -> Self {
        Self(PhantomData)
    }
}

/// What Styr does by itself needs nobody's right: the first start, the demo, jobs.
#[derive(Debug)]
pub enum Styr {}

impl Permit<Styr> {
    /// The permit for what Styr does by itself. Never for what a request asks for.
    pub const fn for_styr() -> Self {
        Self::granted()
    }
}

impl<R> std::fmt::Debug for Permit<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Permit<{}>", std::any::type_name::<R>())
    }
}

/// What a decision needs to know of the thing that is acted upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The organisation that owns it; none for what is shared or belongs to the account as a whole.
    pub organisation: Option<OrganisationId>,
    /// Whether the caller may know that it exists.
    pub visible: bool,
}

impl Resource {
    /// A visible thing that one organisation owns: a local template, a user, the organisation itself.
    #[must_use]
    pub const fn local(account_id: AccountId, organisation: OrganisationId) -> Self {
        Self { account_id, organisation: Some(organisation), visible: true }
    }

    /// A visible thing that is shared, or belongs to the account as a whole.
    #[must_use]
    pub const fn shared(account_id: AccountId) -> Self {
        Self { account_id, organisation: None, visible: true }
    }

    /// The same thing, visible only if `visible`.
    #[must_use]
    pub const fn visible_if(self, visible: bool) -> Self {
        Self { visible: self.visible && visible, ..self }
    }
}

/// Decides whether the actor meets the requirement for the resource.
///
/// - Of another account, or not visible: there is no such thing (404).
/// - One of the rights holds where the resource lies: yes. An organisation's things need the right in that
///   organisation or above. What is shared or account-wide needs the right in the whole account; the shared rights
///   ([`Right::SHARED_ONLY`]) are about such things only and hold for them wherever they were given, and rights over
///   local things ([`Right::LOCAL_ONLY`]) never hold for them, not even a system administrator's. So
///   `(of::FormEdit, of::FormEditShared)` is all that changing a form of either kind takes.
/// - Otherwise forbidden (403), naming those of the rights that are about such a resource.
///
/// # Errors
/// `not_found` or `forbidden`, as above.
pub fn authorize<R: Requirement>(actor: &Actor, resource: &Resource) -> Result<Permit<R>, Fault> {
    let Resource { account_id, organisation, visible } = *resource;
    if account_id != actor.account_id || !visible {
        return Err(Fault::not_found());
    }
    let place = Place::Organisation(organisation);
    if R::ANY_OF.is_empty() || R::ANY_OF.iter().any(|right| actor.holds_at(*right, place)) {
        return Ok(Permit::granted());
    }
    let about: Vec<Right> = R::ANY_OF.iter().copied().filter(|right| right.speaks_of(organisation)).collect();
    Err(denial(actor, if about.is_empty() { R::ANY_OF } else { &about }, place))
}

/// Decides whether the actor meets the requirement anywhere at all, before a thing is known: for lists, and for
/// refusing a request before anything is read.
///
/// # Errors
/// `forbidden`, naming the rights; `locked_down`.
pub fn authorize_anywhere<R: Requirement>(actor: &Actor) -> Result<Permit<R>, Fault> {
    if actor.lockdown.whole && !R::IN_LOCKDOWN {
        return Err(locked_down());
    }
    if R::ANY_OF.is_empty() || R::ANY_OF.iter().any(|right| actor.holds(*right)) {
        return Ok(Permit::granted());
    }
    Err(denial(actor, R::ANY_OF, Place::Anywhere))
}

/// The refusal to an actor who lacks all of these rights: which, why, and who can help.
pub(super) fn denial(actor: &Actor, lacking: &[Right], place: Place) -> Fault {
    let names = |language| {
        let each = lacking.iter().map(|right| {
            let description = right.description();
            format!("{} ({})", description.in_language(language), right.code())
        });
        each.collect::<Vec<_>>().join(" / ")
    };
    let (da, sv, en) = (names(Language::Da), names(Language::Sv), names(Language::En));
    // Of several rights that would do, the nearest to being held says what to do about it.
    let first = lacking.iter().filter_map(|right| actor.obstacles(*right, place).next()).max();
    let text = match first.unwrap_or(Obstacle::Elsewhere) {
        Obstacle::NotGiven => text!(
            "Du mangler rettigheden: {da}. En administrator, der må give roller, kan give dig den.",
            "Du saknar rättigheten: {sv}. En administratör som får ge roller kan ge dig den.",
            "You lack the right: {en}. An administrator who may give roles can give it to you."
        ),
        Obstacle::TokenScopes => text!(
            "Dit token omfatter ikke rettigheden: {da}. Lav et token, hvis scopes indeholder den.",
            "Din token omfattar inte rättigheten: {sv}. Skapa en token vars scopes innehåller den.",
            "Your token does not include the right: {en}. Make a token whose scopes contain it."
        ),
        Obstacle::Licence => text!(
            "Din licens omfatter ikke rettigheden: {da}. Den, der administrerer kontoen, kan give dig en større licens.",
            "Din licens omfattar inte rättigheten: {sv}. Den som hanterar kontot kan ge dig en större licens.",
            "Your licence does not include the right: {en}. Whoever manages the account can give you a larger one."
        ),
        Obstacle::Administration => {
            let Text { da, sv, en } = Right::AdminEnter.description();
            let text = text!(
                "Du mangler rettigheden: {da} (admin.enter). En administrator, der må give roller, kan give dig den; et token skal også have den blandt sine scopes.",
                "Du saknar rättigheten: {sv} (admin.enter). En administratör som får ge roller kan ge dig den; en token måste också ha den bland sina scopes.",
                "You lack the right: {en} (admin.enter). An administrator who may give roles can give it to you; a token must have it among its scopes, too."
            );
            return Fault::forbidden(&[Right::AdminEnter], text);
        }
        Obstacle::Lockdown => return locked_down(),
        Obstacle::OtherKind | Obstacle::Elsewhere | Obstacle::Profile | Obstacle::Rules => text!(
            "Du har rettigheden, men ikke her: {da}. En administrator for den organisation eller konto, det hører til, kan give dig den.",
            "Du har rättigheten, men inte här: {sv}. En administratör för den organisation eller det konto som det hör till kan ge dig den.",
            "You have the right, but not here: {en}. An administrator of the organisation or account this belongs to can give it to you."
        ),
    };
    Fault::forbidden(lacking, text)
}
