//! Who is calling, and what they hold where.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::decision::{Ground, Place};
use super::lockdown::Lockdown;
use super::right::{Licence, Right, RightSet};
use crate::id::{AccountId, DrawingId, GroupId, OrganisationId, ProcessGroupId, TokenId, UserId};

/// The caller, with everything that decisions need to know of them. Loaded once for a request.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The account that they act in.
    pub account_id: AccountId,
    /// The user that they are, or that their token acts as.
    pub user_id: UserId,
    /// The token they came with, if not with a session.
    pub token_id: Option<TokenId>,
    /// The user's own organisation.
    pub organisation_id: OrganisationId,
    /// The user's own organisation and all above it, up to the root: what these own, they inherit.
    pub ancestor_ids: BTreeSet<OrganisationId>,
    /// The rights groups that the user is a member of.
    pub groups: BTreeSet<GroupId>,
    /// The users whom the user stands in for now.
    pub substitute_for: BTreeSet<UserId>,
    /// What their roles and permission groups give them, and where.
    pub grants: Vec<Grant>,
    /// A token's scopes, which limit everything else; none for an unlimited one.
    pub scopes: Option<RightSet>,
    /// Whether the user owns the account, and so holds every right in all of it.
    pub owner: bool,
    /// The user's licence.
    pub licence: Licence,
    /// Whether the user is from outside the account (MitID, e-mail).
    pub external: bool,
    /// What of the landscape their profile shows; none for all of it.
    pub shown: Option<Shown>,
    /// Which drawings of the landscape their profile shows; none for all of them.
    pub drawings: Option<Arc<BTreeSet<DrawingId>>>,
    /// What is closed to them now.
    pub lockdown: Lockdown,
    /// The organisations that hide their cases from those with no part in them.
    pub hiding: Arc<BTreeSet<OrganisationId>>,
}

/// What of the landscape a profile shows. A process that a user has a part in is shown whatever their profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// The process groups whose processes are shown: the profile's branches, expanded.
    pub process_groups: Arc<BTreeSet<ProcessGroupId>>,
    /// The groups above these, up to the top, so that the tree hangs together.
    pub above: Arc<BTreeSet<ProcessGroupId>>,
}

/// Rights, and where they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The rights given.
    pub rights: RightSet,
    /// Where.
    pub reach: Reach,
    /// By what.
    pub ground: Ground,
}

/// Where rights hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// In the whole account, on what no organisation owns too.
    Account,
    /// In these organisations. An organisation comes with all below it: the set is expanded when it is loaded.
    Organisations(Arc<BTreeSet<OrganisationId>>),
    /// In these branches of the landscape, expanded likewise. Only [`Right::LANDSCAPE`] rights can hold there.
    ProcessGroups(Arc<BTreeSet<ProcessGroupId>>),
}

/// All places where an actor holds a right, for filtering lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// In every organisation and process group; the sets then add nothing.
    pub account: bool,
    /// On what no organisation owns.
    pub shared: bool,
    /// In these organisations.
    pub organisations: BTreeSet<OrganisationId>,
    /// In these process groups.
    pub process_groups: BTreeSet<ProcessGroupId>,
    /// But in none of these organisations, whatever the rest says: they are locked down.
    pub closed: Arc<BTreeSet<OrganisationId>>,
}

impl Coverage {
    /// Whether a thing of this organisation is covered; none is a thing that no organisation owns.
    #[must_use]
    pub fn covers(&self, organisation: Option<OrganisationId>) -> bool {
        match organisation {
            Some(id) => (self.account || self.organisations.contains(&id)) && !self.closed.contains(&id),
            None => self.shared,
        }
    }

    /// Adds all that the other, of the same actor, covers.
    pub fn merge(&mut self, other: Self) {
        self.closed = other.closed; // one actor's are the same in all
        self.account |= other.account;
        self.shared |= other.shared;
        self.organisations.extend(other.organisations);
        self.process_groups.extend(other.process_groups);
    }

    /// Whether a process in this group is covered; none lies at the root of the landscape.
    #[must_use]
    pub fn covers_process_group(&self, group: Option<ProcessGroupId>) -> bool {
        self.account || group.is_some_and(|id| self.process_groups.contains(&id))
    }
}

impl Actor {
    /// Whether they hold the right anywhere.
    #[must_use]
    pub fn holds(&self, right: Right) -> bool {
        self.holds_at(right, Place::Anywhere)
    }

    /// Whether they hold the right over what this organisation owns; none is what no organisation owns.
    ///
    /// [`Right::LOCAL_ONLY`] and [`Right::SHARED_ONLY`] bind the owner and account-wide grants too.
    #[must_use]
    pub fn holds_in(&self, right: Right, organisation: Option<OrganisationId>) -> bool {
        self.holds_at(right, Place::Organisation(organisation))
    }

    /// Whether they hold the right over processes of this group; none is the root of the landscape.
    #[must_use]
    pub fn holds_in_process_group(&self, right: Right, group: Option<ProcessGroupId>) -> bool {
        self.holds_at(right, Place::ProcessGroup(group))
    }

    /// Everywhere that they hold the right; none if nowhere.
    #[must_use]
    pub fn reach(&self, right: Right) -> Option<Coverage> {
        if self.holds(right) { self.covered(right) } else { None }
    }

    /// The same without regard to their licence.
    pub(super) fn covered(&self, right: Right) -> Option<Coverage> {
        if !self.admitted(right) || !self.given(right) || self.lockdown.whole {
            return None;
        }
        let shared = right.speaks_of(None);
        let closed = Arc::clone(&self.lockdown.organisations);
        let account = !Right::SHARED_ONLY.contains(right);
        let whole = Coverage { account, shared, closed: Arc::clone(&closed), ..Coverage::default() };
        if self.everywhere(right) {
            return Some(whole);
        }
        let mut coverage = Coverage { shared: right.reaches_shared(), closed, ..Coverage::default() };
        for grant in self.grants.iter().filter(|grant| grant.gives(right)) {
            match &grant.reach {
                Reach::Account => return Some(whole),
                Reach::Organisations(_) if Right::SHARED_ONLY.contains(right) => {}
                Reach::Organisations(ids) => coverage.organisations.extend(ids.iter()),
                Reach::ProcessGroups(ids) => coverage.process_groups.extend(ids.iter()),
            }
        }
        Some(coverage)
    }

    /// Every right that they hold somewhere.
    #[must_use]
    pub fn rights(&self) -> RightSet {
        Right::ALL.iter().copied().filter(|right| self.holds(*right)).collect()
    }

    /// Whether the user themself, or someone they stand in for.
    #[must_use]
    pub fn is_or_stands_in_for(&self, user: UserId) -> bool {
        self.user_id == user || self.substitute_for.contains(&user)
    }

    /// For whom they act when they do so as one of these users: nobody when they are one themself or stand in for none.
    #[must_use]
    pub fn stands_in_among(&self, users: impl IntoIterator<Item = UserId>) -> Option<UserId> {
        let ours: BTreeSet<UserId> =
            users.into_iter().filter(|user| self.is_or_stands_in_for(*user)).collect();
        if ours.contains(&self.user_id) { None } else { ours.first().copied() }
    }

    /// Whether what this organisation owns is there for them to use: their own organisation's, and that of those above.
    #[must_use]
    pub fn inherits_from(&self, organisation: OrganisationId) -> bool {
        (organisation == self.organisation_id || self.ancestor_ids.contains(&organisation))
            && !self.lockdown.closes(organisation)
    }

    /// Whether their profile shows this process group: one with processes that are shown, or one above such.
    #[must_use]
    pub fn sees_process_group(&self, id: ProcessGroupId) -> bool {
        self.shown
            .as_ref()
            .is_none_or(|shown| shown.process_groups.contains(&id) || shown.above.contains(&id))
    }

    /// Whether their profile shows what lies in this process group; none is the root of the landscape.
    #[must_use]
    pub fn is_shown(&self, group: Option<ProcessGroupId>) -> bool {
        self.shown.as_ref().is_none_or(|shown| group.is_some_and(|id| shown.process_groups.contains(&id)))
    }
}

impl Grant {
    /// Whether it gives the right at all. A grant over branches of the landscape gives landscape rights only.
    pub(super) fn gives(&self, right: Right) -> bool {
        self.rights.contains(right)
            && (!matches!(self.reach, Reach::ProcessGroups(_)) || Right::LANDSCAPE.contains(right))
    }
}

impl Right {
    /// Whether the right is about what this owner has: one organisation, or, with none, the whole account.
    #[must_use]
    pub fn speaks_of(self, organisation: Option<OrganisationId>) -> bool {
        match organisation {
            Some(_) => !Self::SHARED_ONLY.contains(self),
            None => !Self::LOCAL_ONLY.contains(self),
        }
    }

    /// Whether a grant over organisations is enough for what no organisation owns.
    pub(super) const fn reaches_shared(self) -> bool {
        Self::SHARED_ONLY.contains(self) || Self::USE_SHARED.contains(self)
    }
}
