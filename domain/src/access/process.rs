//! Who sees and edits a process.
//!
//! Its owner and editors always see, edit and remove it. Members, who hold a role in it, see it once it is no draft.
//! Everybody else in the account sees it while it is live and public. Whoever manages all processes, in the account or
//! in its branch of the landscape, sees and edits it as an editor does. A profile leaves out what lies outside its
//! branches, for those too, but never what the user owns, edits or is a member of. External users see no processes.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::actor::{Actor, Coverage};
use super::decision::Place;
use super::policy::{Permit, denial};
use super::right::{Right, of};
use crate::id::{AccountId, ProcessGroupId, UserId};
use crate::{Fault, text};

/// How far a process has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ProcessState {
    /// Being written; its owner and editors see it.
    Draft,
    /// In use.
    Live,
    /// Kept as it is for those in the midst of it: members still see it, nobody changes it before it is unfrozen.
    Frozen,
}

/// Who a live process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ProcessVisibility {
    /// Everybody in the account.
    Public,
    /// Those who hold a role in it.
    Private,
}

/// What the rules need to know of a process and of the caller's part in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessFacts {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The process group it lies in; none at the root of the landscape.
    pub group_id: Option<ProcessGroupId>,
    /// Its owner, if it has one.
    pub owner_id: Option<UserId>,
    /// Whether the caller is one of its editors.
    pub is_editor: bool,
    /// Whether the caller holds a role in it.
    pub is_member: bool,
    /// How far it has come.
    pub state: ProcessState,
    /// Who it is for when live.
    pub visibility: ProcessVisibility,
}

/// The processes that a caller may see, as data for a query. It admits exactly those that [`see_process`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessFilter {
    /// Only processes of this account.
    pub account_id: AccountId,
    /// Whether the caller sees any; nothing else matters if not.
    pub any: bool,
    /// The user whose processes, as owner or editor in any state and as member unless a draft, are admitted.
    pub user_id: UserId,
    /// Where processes are admitted whatever their state.
    pub managed: Coverage,
    /// Of those that the caller has no part in, only processes of these groups are admitted; none for all.
    pub shown: Option<Arc<BTreeSet<ProcessGroupId>>>,
}

impl ProcessFilter {
    /// What this actor may see.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        Self {
            account_id: actor.account_id,
            any: !actor.external && actor.holds(Right::ProcessSee),
            user_id: actor.user_id,
            managed: actor.reach(Right::ProcessManageAll).unwrap_or_default(),
            shown: actor.shown.as_ref().map(|shown| Arc::clone(&shown.process_groups)),
        }
    }

    /// Whether it admits a process, of which the facts were gathered for the same user.
    #[must_use]
    pub fn matches(&self, process: &ProcessFacts) -> bool {
        let ProcessFacts { account_id, group_id, owner_id, is_editor, is_member, state, visibility } =
            *process;
        let shown = self.shown.as_ref().is_none_or(|shown| group_id.is_some_and(|id| shown.contains(&id)));
        account_id == self.account_id
            && self.any
            && (owner_id == Some(self.user_id)
                || is_editor
                || (is_member && state != ProcessState::Draft)
                || (shown
                    && (self.managed.covers_process_group(group_id)
                        || (state == ProcessState::Live && visibility == ProcessVisibility::Public))))
    }
}

/// The processes that a caller may edit, as data for a query. It admits exactly those that [`edit_process`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessEditFilter {
    /// What they may see; of those that they manage, what is shown to them.
    pub seen: ProcessFilter,
    /// Whether what they own or are an editor of is admitted.
    pub own: bool,
}

impl ProcessEditFilter {
    /// What this actor may edit.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        Self { seen: ProcessFilter::of(actor), own: actor.holds(Right::ProcessEdit) }
    }

    /// Whether it admits a process, of which the facts were gathered for the same user.
    #[must_use]
    pub fn matches(&self, process: &ProcessFacts) -> bool {
        let ProcessFilter { account_id, any, user_id, managed, shown } = &self.seen;
        let is_shown =
            shown.as_ref().is_none_or(|shown| process.group_id.is_some_and(|id| shown.contains(&id)));
        process.account_id == *account_id
            && *any
            && ((is_shown && managed.covers_process_group(process.group_id))
                || (self.own && (process.is_editor || process.owner_id == Some(*user_id))))
    }
}

/// A caller's part in a process, from the strongest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Manager,
    Editor,
    Member,
    Other,
}

/// All their parts, from the strongest: a manager whose profile does not show the process may still be a member of it.
fn standings(actor: &Actor, process: &ProcessFacts) -> [Option<Standing>; 4] {
    let manages = actor.holds_in_process_group(Right::ProcessManageAll, process.group_id);
    let edits = process.is_editor || process.owner_id == Some(actor.user_id);
    [
        manages.then_some(Standing::Manager),
        edits.then_some(Standing::Editor),
        process.is_member.then_some(Standing::Member),
        Some(Standing::Other),
    ]
}

/// Decides whether the actor may see the process; what they may not see is not there.
///
/// # Errors
/// `not_found`; `forbidden` if a token's scopes keep them from what the user may see.
pub fn see_process(actor: &Actor, process: &ProcessFacts) -> Result<Permit<of::ProcessSee>, Fault> {
    visible_standing(actor, process)?;
    Ok(Permit::granted())
}

fn visible_standing(actor: &Actor, process: &ProcessFacts) -> Result<Standing, Fault> {
    let open = |standing| match standing {
        Standing::Manager => actor.is_shown(process.group_id),
        Standing::Editor => true,
        Standing::Member => process.state != ProcessState::Draft,
        Standing::Other => {
            process.state == ProcessState::Live
                && process.visibility == ProcessVisibility::Public
                && actor.is_shown(process.group_id)
        }
    };
    let standing = standings(actor, process).into_iter().flatten().find(|standing| open(*standing));
    let Some(standing) = standing.filter(|_| process.account_id == actor.account_id && !actor.external)
    else {
        return Err(Fault::not_found());
    };
    if !actor.holds(Right::ProcessSee) {
        return Err(denial(actor, &[Right::ProcessSee], Place::Anywhere));
    }
    Ok(standing)
}

/// Whether the actor, who sees the process, sees what is drafted of it: whoever works on it does, whether or not they
/// may save it now. Everybody else sees what is in force.
#[must_use]
pub fn sees_drafts(actor: &Actor, process: &ProcessFacts) -> bool {
    visible_standing(actor, process).is_ok_and(|standing| standing <= Standing::Editor)
}

/// Decides whether the actor may edit, publish, freeze, share or remove the process. That a frozen one must be
/// unfrozen first is a matter of its state, not of rights.
///
/// # Errors
/// `not_found` if they may not see it, `forbidden` otherwise.
pub fn edit_process(actor: &Actor, process: &ProcessFacts) -> Result<Permit<of::ProcessEdit>, Fault> {
    match visible_standing(actor, process)? {
        Standing::Manager => Ok(Permit::granted()),
        Standing::Editor if actor.holds(Right::ProcessEdit) => Ok(Permit::granted()),
        Standing::Editor => Err(denial(actor, &[Right::ProcessEdit], Place::Anywhere)),
        Standing::Member | Standing::Other => {
            let text = text!(
                "Kun ejeren, redaktørerne og de, der administrerer alle processer, kan rette denne. Bed ejeren om at blive redaktør, eller en administrator om rettigheden process.manage_all.",
                "Bara ägaren, redaktörerna och de som hanterar alla processer kan ändra den här. Be ägaren att få bli redaktör, eller en administratör om rättigheten process.manage_all.",
                "Only its owner, its editors and those who manage all processes can edit this one. Ask the owner to make you an editor, or an administrator for the right process.manage_all."
            );
            Err(Fault::forbidden(&[Right::ProcessManageAll], text))
        }
    }
}

/// Decides whether the actor may comment on the process: whoever sees it may.
///
/// # Errors
/// `not_found` if they may not see it, `forbidden` otherwise.
pub fn comment_on_process(
    actor: &Actor,
    process: &ProcessFacts,
) -> Result<Permit<of::ProcessComment>, Fault> {
    visible_standing(actor, process)?;
    if actor.holds(Right::ProcessComment) {
        Ok(Permit::granted())
    } else {
        Err(denial(actor, &[Right::ProcessComment], Place::Anywhere))
    }
}

/// Decides whether the actor may resolve, reopen or remove a comment on the process: its author may, and whoever may edit
/// the process.
///
/// # Errors
/// `not_found` if they may not see the process, `forbidden` otherwise.
pub fn manage_comment(
    actor: &Actor,
    process: &ProcessFacts,
    author: UserId,
) -> Result<Permit<of::ProcessComment>, Fault> {
    if author == actor.user_id {
        return comment_on_process(actor, process);
    }
    edit_process(actor, process).map(|_| Permit::granted())
}

/// Decides whether the actor may set up tasks and cases from the process: its members, editors and managers may.
///
/// # Errors
/// `not_found` if they may not see it, `forbidden` otherwise.
pub fn set_up_tasks(actor: &Actor, process: &ProcessFacts) -> Result<Permit<of::ProcessSetUpTasks>, Fault> {
    let standing = visible_standing(actor, process)?;
    if !actor.holds(Right::ProcessSetUpTasks) {
        return Err(denial(actor, &[Right::ProcessSetUpTasks], Place::Anywhere));
    }
    if standing == Standing::Other {
        let text = text!(
            "Kun de, der har en rolle i processen, kan sætte opgaver op fra den. Bed ejeren om en rolle.",
            "Bara de som har en roll i processen kan lägga upp uppgifter från den. Be ägaren om en roll.",
            "Only those with a role in the process can set up tasks from it. Ask its owner for a role."
        );
        return Err(Fault::forbidden(&[Right::ProcessManageAll], text));
    }
    Ok(Permit::granted())
}

/// Decides whether the actor may create a process, or a process group, in this group; none is the root.
///
/// # Errors
/// `forbidden`.
pub fn create_process(
    actor: &Actor,
    group: Option<ProcessGroupId>,
) -> Result<Permit<of::ProcessCreate>, Fault> {
    if actor.holds_in_process_group(Right::ProcessCreate, group) {
        Ok(Permit::granted())
    } else {
        Err(denial(actor, &[Right::ProcessCreate], Place::ProcessGroup(group)))
    }
}
