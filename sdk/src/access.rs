//! What a caller holds, asked in plain words.

use uuid::Uuid;

use crate::types::{HeldRightView, MeView, Right};

impl MeView {
    /// Whether the caller holds the right anywhere.
    #[must_use]
    pub fn holds(&self, right: Right) -> bool {
        self.held(right).is_some()
    }

    /// Whether they hold it over what this organisation owns.
    #[must_use]
    pub fn holds_in(&self, right: Right, organisation: Uuid) -> bool {
        let covered = |held: &HeldRightView| held.account || held.organisation_ids.contains(&organisation);
        !self.closed_organisation_ids.contains(&organisation) && self.held(right).is_some_and(covered)
    }

    /// Whether they hold it over what no organisation owns: shared templates and groups, and the account itself.
    #[must_use]
    pub fn holds_for_shared(&self, right: Right) -> bool {
        self.held(right).is_some_and(|held| held.shared)
    }

    fn held(&self, right: Right) -> Option<&HeldRightView> {
        self.rights.iter().find(|held| held.right == right)
    }
}
