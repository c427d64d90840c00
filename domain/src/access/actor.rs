//! Who is calling, and what they hold where.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::right::{Licence, Part, Right, RightSet};
use crate::id::{AccountId, GroupId, OrganisationId, ProcessGroupId, TokenId, UserId};

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
}

/// Rights, and where they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The rights given.
    pub rights: RightSet,
    /// Where.
    pub reach: Reach,
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
}

impl Coverage {
    /// Whether a thing of this organisation is covered; none is a thing that no organisation owns.
    #[must_use]
    pub fn covers(&self, organisation: Option<OrganisationId>) -> bool {
        match organisation {
            Some(id) => self.account || self.organisations.contains(&id),
            None => self.shared,
        }
    }

    /// Adds all that the other covers.
    pub fn merge(&mut self, other: Self) {
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
        self.able(right) && self.given(right)
    }

    /// Whether they hold the right over what this organisation owns; none is what no organisation owns.
    ///
    /// [`Right::LOCAL_ONLY`] and [`Right::SHARED_ONLY`] bind the owner and account-wide grants too.
    #[must_use]
    pub fn holds_in(&self, right: Right, organisation: Option<OrganisationId>) -> bool {
        if !right.speaks_of(organisation) || !self.able(right) {
            return false;
        }
        self.everywhere(right)
            || self.grants.iter().any(|grant| {
                grant.gives(right)
                    && match &grant.reach {
                        Reach::Account => true,
                        Reach::Organisations(ids) => match organisation {
                            Some(id) => ids.contains(&id),
                            None => right.reaches_shared(),
                        },
                        Reach::ProcessGroups(_) => false,
                    }
            })
    }

    /// Whether they hold the right over processes of this group; none is the root of the landscape.
    #[must_use]
    pub fn holds_in_process_group(&self, right: Right, group: Option<ProcessGroupId>) -> bool {
        self.able(right)
            && (self.everywhere(right)
                || self.grants.iter().any(|grant| {
                    grant.gives(right)
                        && match &grant.reach {
                            Reach::Account => true,
                            Reach::Organisations(_) => false,
                            Reach::ProcessGroups(ids) => group.is_some_and(|id| ids.contains(&id)),
                        }
                }))
    }

    /// Everywhere that they hold the right; none if nowhere.
    #[must_use]
    pub fn reach(&self, right: Right) -> Option<Coverage> {
        if self.licensed(right) { self.covered(right) } else { None }
    }

    /// The same without regard to their licence.
    pub(super) fn covered(&self, right: Right) -> Option<Coverage> {
        if !self.admitted(right) || !self.given(right) {
            return None;
        }
        let shared = right.speaks_of(None);
        let whole = Coverage { account: !Right::SHARED_ONLY.contains(right), shared, ..Coverage::default() };
        if self.everywhere(right) {
            return Some(whole);
        }
        let mut coverage = Coverage { shared: right.reaches_shared(), ..Coverage::default() };
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

    /// Whether the scopes, the licence and the door to administration leave room for the right.
    fn able(&self, right: Right) -> bool {
        self.admitted(right) && self.licensed(right)
    }

    fn admitted(&self, right: Right) -> bool {
        self.within_scopes(right) && (right.part() != Part::Admin || self.enters_administration())
    }

    pub(super) fn within_scopes(&self, right: Right) -> bool {
        self.scopes.is_none_or(|scopes| scopes.contains(right))
    }

    pub(super) fn licensed(&self, right: Right) -> bool {
        self.owner || self.external || self.licence >= right.licence()
    }

    /// Whether they were given the right anywhere, whatever then stands in its way.
    pub(super) fn given(&self, right: Right) -> bool {
        self.everywhere(right) || self.grants.iter().any(|grant| grant.gives(right))
    }

    pub(super) fn enters_administration(&self) -> bool {
        self.within_scopes(Right::AdminEnter) && self.given(Right::AdminEnter)
    }

    fn everywhere(&self, right: Right) -> bool {
        let common = if self.external { Right::COMMON_EXTERNAL } else { Right::COMMON };
        self.owner || common.contains(right)
    }
}

impl Grant {
    /// Whether it gives the right at all. A grant over branches of the landscape gives landscape rights only.
    fn gives(&self, right: Right) -> bool {
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
    const fn reaches_shared(self) -> bool {
        Self::SHARED_ONLY.contains(self) || Self::USE_SHARED.contains(self)
    }
}
