//! Trees of organisations and of process groups, by who is above whom.

use std::collections::{BTreeMap, BTreeSet};

use styr_domain::id::{AccountId, OrganisationId, ProcessGroupId};

use crate::error::Result;
use crate::store::Source;

/// Things with their place in a tree.
#[derive(Debug, Clone)]
pub struct Tree<T> {
    parents: BTreeMap<T, Option<T>>,
    children: BTreeMap<T, Vec<T>>,
}

/// An account's organisations.
pub type OrganisationTree = Tree<OrganisationId>;

impl OrganisationTree {
    /// Loads the tree of an account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn load(source: &impl Source, account_id: AccountId) -> Result<Self> {
        Ok(Self::of(crate::account::organisation_parents(source, account_id).await?))
    }
}

/// An account's process groups.
pub type LandscapeTree = Tree<ProcessGroupId>;

impl LandscapeTree {
    /// Loads the tree of an account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn load(source: &impl Source, account_id: AccountId) -> Result<Self> {
        Ok(Self::of(crate::process::group_parents(source, account_id).await?))
    }
}

impl<T: Copy + Ord> Tree<T> {
    /// The tree of these, each with the one above it.
    pub(crate) fn of(parents: impl IntoIterator<Item = (T, Option<T>)>) -> Self {
        let parents: BTreeMap<T, Option<T>> = parents.into_iter().collect();
        let mut children: BTreeMap<T, Vec<T>> = BTreeMap::new();
        for (child, parent) in &parents {
            if let Some(parent) = parent {
                children.entry(*parent).or_default().push(*child);
            }
        }
        Self { parents, children }
    }

    /// Whether it is in the tree.
    #[must_use]
    pub fn contains(&self, id: T) -> bool {
        self.parents.contains_key(&id)
    }

    /// One and all above it, up to the top.
    #[must_use]
    pub fn with_all_above(&self, id: T) -> BTreeSet<T> {
        let mut found = BTreeSet::new();
        let mut next = Some(id);
        while let Some(id) = next
            && found.insert(id)
        {
            next = self.parents.get(&id).copied().flatten();
        }
        found
    }

    /// One and all below it.
    #[must_use]
    pub fn with_all_below(&self, id: T) -> BTreeSet<T> {
        let (mut found, mut open) = (BTreeSet::new(), vec![id]);
        while let Some(id) = open.pop() {
            if found.insert(id) {
                open.extend(self.children.get(&id).into_iter().flatten());
            }
        }
        found
    }
}
