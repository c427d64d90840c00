//! Who sees and edits an activity.
//!
//! Its owner sees it, and so does whoever manages all processes in the account, and whoever sees a process that uses it.
//! Its owner edits it, whoever manages all processes in the account, and whoever may edit every process that uses it:
//! what they write shows in all of those. External users see none.

use super::actor::Actor;
use super::decision::Place;
use super::policy::{Permit, denial};
use super::process::ProcessFilter;
use super::right::{Right, of};
use crate::id::{AccountId, UserId};
use crate::{Fault, text};

/// What the rules need to know of an activity and of the processes that use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityFacts {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Who answers for it.
    pub owner_id: UserId,
    /// Whether the caller sees any process that uses it.
    pub seen_in_process: bool,
    /// Whether processes use it, and the caller may edit every one of them.
    pub edits_all_uses: bool,
}

/// The activities that a caller may see, as data for a query. It admits exactly those that [`see_activity`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Whether all of the account are admitted.
    pub all: bool,
    /// The processes whose activities are admitted. Its user's own are too.
    pub processes: ProcessFilter,
}

impl ActivityFilter {
    /// What this actor may see.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        let processes = ProcessFilter::of(actor);
        Self { all: processes.any && processes.managed.account, processes }
    }

    /// Whether it admits an activity, of which the facts were gathered for the same user.
    #[must_use]
    pub fn matches(&self, activity: &ActivityFacts) -> bool {
        let ActivityFacts { account_id, owner_id, seen_in_process, edits_all_uses: _ } = *activity;
        account_id == self.processes.account_id
            && self.processes.any
            && (self.all || owner_id == self.processes.user_id || seen_in_process)
    }
}

/// Decides whether the actor may see the activity; what they may not see is not there.
///
/// # Errors
/// `not_found`; `forbidden` if a token's scopes keep them from what the user may see.
pub fn see_activity(actor: &Actor, activity: &ActivityFacts) -> Result<Permit<of::ProcessSee>, Fault> {
    let open = activity.owner_id == actor.user_id || activity.seen_in_process || manages_all(actor);
    if activity.account_id != actor.account_id || actor.external || !open {
        return Err(Fault::not_found());
    }
    if actor.holds(Right::ProcessSee) {
        Ok(Permit::granted())
    } else {
        Err(denial(actor, &[Right::ProcessSee], Place::Anywhere))
    }
}

/// Decides whether the actor may edit, publish or remove the activity. That one in use cannot be removed is a matter of
/// its state, not of rights.
///
/// # Errors
/// `not_found` if they may not see it, `forbidden` otherwise.
pub fn edit_activity(actor: &Actor, activity: &ActivityFacts) -> Result<Permit<of::ProcessEdit>, Fault> {
    see_activity(actor, activity)?;
    if manages_all(actor) || activity.edits_all_uses {
        return Ok(Permit::granted());
    }
    if activity.owner_id == actor.user_id {
        return if actor.holds(Right::ProcessEdit) {
            Ok(Permit::granted())
        } else {
            Err(denial(actor, &[Right::ProcessEdit], Place::Anywhere))
        };
    }
    let text = text!(
        "Kun ejeren, de, der administrerer alle processer, og den, der må rette hver eneste proces med aktiviteten, kan rette den. Bed ejeren om at gøre det.",
        "Bara ägaren, de som hanterar alla processer och den som får ändra varje process med aktiviteten kan ändra den. Be ägaren att göra det.",
        "Only its owner, those who manage all processes, and whoever may edit every process that uses it can edit this activity. Ask the owner to do it."
    );
    Err(Fault::forbidden(&[Right::ProcessManageAll], text))
}

/// Decides whether the actor may make activities, and bring files for what they edit: whoever edits processes may.
///
/// # Errors
/// `forbidden`.
pub fn create_activity(actor: &Actor) -> Result<Permit<of::ProcessEdit>, Fault> {
    if !actor.external && actor.holds(Right::ProcessEdit) {
        Ok(Permit::granted())
    } else {
        Err(denial(actor, &[Right::ProcessEdit], Place::Anywhere))
    }
}

fn manages_all(actor: &Actor) -> bool {
    ActivityFilter::of(actor).all
}

/// What the rules need to know of a file and of what it is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFacts {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Who brought it.
    pub author_id: UserId,
    /// Whether the caller sees any process or activity that it is attached to.
    pub attached_seen: bool,
}

/// Decides whether the actor may see the file and its content: its author, and whoever sees what it is attached to.
///
/// # Errors
/// `not_found`; `forbidden` if a token's scopes keep them from what the user may see.
pub fn see_file(actor: &Actor, file: &FileFacts) -> Result<Permit<of::ProcessSee>, Fault> {
    let open = file.author_id == actor.user_id || file.attached_seen;
    if file.account_id != actor.account_id || actor.external || !open {
        return Err(Fault::not_found());
    }
    if actor.holds(Right::ProcessSee) {
        Ok(Permit::granted())
    } else {
        Err(denial(actor, &[Right::ProcessSee], Place::Anywhere))
    }
}

/// Decides whether the actor may delete the file: its author may. That one in use cannot be deleted is a matter of its
/// state.
///
/// # Errors
/// `not_found` if they may not see it, `forbidden` otherwise.
pub fn delete_file(actor: &Actor, file: &FileFacts) -> Result<Permit<of::ProcessEdit>, Fault> {
    see_file(actor, file)?;
    if file.author_id != actor.user_id {
        let text = text!(
            "Kun den, der lagde filen op, kan slette den. Den forsvinder med det sidste, den er vedhæftet.",
            "Bara den som laddade upp filen kan radera den. Den försvinner med det sista som den är bifogad till.",
            "Only who brought the file can delete it. It goes with the last thing that it is attached to."
        );
        return Err(Fault::forbidden(&[Right::ProcessEdit], text));
    }
    create_activity(actor)
}
