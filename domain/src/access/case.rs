//! Who sees and works on cases and tasks.
//!
//! | the caller | sees the case by |
//! | --- | --- |
//! | owns it, started it, or had it started for them, or stands in for one who did | `case.search_own` |
//! | has a task in it now, or stands in for one who has, or may claim one | `task.work` |
//! | once had a task in it | `case.search_involved` |
//! | is in a rights group that has or had a task in it | `case.search_groups` |
//! | none of these | `case.search_all` in the case's organisation |
//!
//! The last two see a case that its organisation hides from those with no part in it only with `case.see_hidden` there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::actor::{Actor, Coverage};
use super::decision::Place;
use super::lockdown::locked_down;
use super::policy::{Permit, denial};
use super::right::{Right, Single, of};
use crate::id::{AccountId, GroupId, OrganisationId, UserId};
use crate::{Fault, text};

/// What the rules need to know of a case. Order and repetition in the lists do not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseFacts<'a> {
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The organisation it was made in.
    pub organisation_id: OrganisationId,
    /// Its owner, who started it, and whom it was started for.
    pub party_ids: &'a [UserId],
    /// Who has an open task in it.
    pub assignee_ids: &'a [UserId],
    /// The rights groups that have an open task in it that nobody has claimed.
    pub waiting_group_ids: &'a [GroupId],
    /// Who ever had a task in it.
    pub involved_ids: &'a [UserId],
    /// The rights groups that ever had a task in it.
    pub group_ids: &'a [GroupId],
}

/// What the rules need to know of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskFacts<'a> {
    /// The case that it is a step of.
    pub case: CaseFacts<'a>,
    /// Who has it.
    pub assignee_id: Option<UserId>,
    /// The rights group it was routed to.
    pub group_id: Option<GroupId>,
    /// Whether it waits to be done.
    pub open: bool,
}

/// The cases that a caller may see, as data for a query. It admits exactly those that [`see_case`] does; a task is
/// seen with its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFilter {
    /// Only cases of this account.
    pub account_id: AccountId,
    /// The caller.
    pub user_id: UserId,
    /// The caller and whom they stand in for.
    pub person_ids: BTreeSet<UserId>,
    /// The caller's rights groups.
    pub group_ids: BTreeSet<GroupId>,
    /// Whether cases are admitted that one of `person_ids` is a party to.
    pub own: bool,
    /// Whether cases are admitted in which one of `person_ids` has an open task, or one of `group_ids` an unclaimed one.
    pub work: bool,
    /// Whether cases are admitted in which the caller ever had a task.
    pub involved: bool,
    /// Whether cases are admitted in which one of `group_ids` ever had a task, unless hidden.
    pub groups: bool,
    /// Where every case is admitted, unless hidden.
    pub all: Coverage,
    /// Cases of these organisations are hidden from the caller: only a part in one shows it, as party, by a task, or by a
    /// task once.
    pub hidden: BTreeSet<OrganisationId>,
    /// Cases of these organisations are never admitted: they are locked down.
    pub closed: Arc<BTreeSet<OrganisationId>>,
}

impl CaseFilter {
    /// What this actor may see.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        let mut person_ids = actor.substitute_for.clone();
        person_ids.insert(actor.user_id);
        let hidden = actor.hiding.iter().copied().filter(|id| hides(actor, *id));
        Self {
            account_id: actor.account_id,
            user_id: actor.user_id,
            person_ids,
            group_ids: actor.groups.clone(),
            own: actor.holds(Right::CaseSearchOwn),
            work: actor.holds(Right::TaskWork),
            involved: actor.holds(Right::CaseSearchInvolved),
            groups: actor.holds(Right::CaseSearchGroups),
            all: actor.reach(Right::CaseSearchAll).unwrap_or_default(),
            hidden: hidden.collect(),
            closed: Arc::clone(&actor.lockdown.organisations),
        }
    }

    /// Whether it admits a case.
    #[must_use]
    pub fn matches(&self, case: &CaseFacts<'_>) -> bool {
        let CaseFacts {
            account_id,
            organisation_id,
            party_ids,
            assignee_ids,
            waiting_group_ids,
            involved_ids,
            group_ids,
        } = *case;
        let person = |ids: &[UserId]| ids.iter().any(|id| self.person_ids.contains(id));
        let group = |ids: &[GroupId]| ids.iter().any(|id| self.group_ids.contains(id));
        let party = person(party_ids);
        let works = person(assignee_ids) || group(waiting_group_ids);
        let involved = involved_ids.contains(&self.user_id);
        let shown = !self.hidden.contains(&organisation_id);
        account_id == self.account_id
            && !self.closed.contains(&organisation_id)
            && ((self.own && party)
                || (self.work && works)
                || (self.involved && involved)
                || (shown && ((self.groups && group(group_ids)) || self.all.covers(Some(organisation_id)))))
    }
}

/// The tasks that wait for a caller, as data for a query: a task list. It admits exactly those open tasks for which
/// [`work_on_task`] or [`claim_task`] says yes because of who has the task, not because of a right to help out. Those of
/// parked cases wait for nobody until the case is resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only tasks of this account.
    pub account_id: AccountId,
    /// Whether the caller works on any; nothing else matters if not.
    pub any: bool,
    /// Tasks of these users are admitted: the caller and whom they stand in for.
    pub person_ids: BTreeSet<UserId>,
    /// Tasks routed to these groups are admitted while nobody has claimed them.
    pub group_ids: BTreeSet<GroupId>,
    /// Tasks of these organisations are never admitted: they are locked down.
    pub closed: Arc<BTreeSet<OrganisationId>>,
}

impl TaskFilter {
    /// What waits for this actor.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        let CaseFilter { account_id, person_ids, group_ids, work, closed, .. } = CaseFilter::of(actor);
        Self { account_id, any: work, person_ids, group_ids, closed }
    }

    /// Whether it admits a task.
    #[must_use]
    pub fn matches(&self, task: &TaskFacts<'_>) -> bool {
        let TaskFacts { case, assignee_id, group_id, open } = *task;
        case.account_id == self.account_id
            && self.any
            && open
            && !self.closed.contains(&case.organisation_id)
            && match assignee_id {
                Some(user) => self.person_ids.contains(&user),
                None => group_id.is_some_and(|group| self.group_ids.contains(&group)),
            }
    }
}

/// A caller's part in a case.
struct Part {
    party: bool,
    works: bool,
    involved: bool,
    group: bool,
}

impl Part {
    fn of(actor: &Actor, case: &CaseFacts<'_>) -> Self {
        let person = |ids: &[UserId]| ids.iter().any(|id| actor.is_or_stands_in_for(*id));
        let group = |ids: &[GroupId]| ids.iter().any(|id| actor.groups.contains(id));
        Self {
            party: person(case.party_ids),
            works: person(case.assignee_ids) || group(case.waiting_group_ids),
            involved: case.involved_ids.contains(&actor.user_id),
            group: group(case.group_ids),
        }
    }
}

/// Whether the organisation hides its cases from the actor, where they have no part in one.
fn hides(actor: &Actor, organisation: OrganisationId) -> bool {
    actor.hiding.contains(&organisation) && !actor.holds_in(Right::CaseSeeHidden, Some(organisation))
}

fn visible_part(actor: &Actor, case: &CaseFacts<'_>) -> Result<Part, Fault> {
    if case.account_id != actor.account_id {
        return Err(Fault::not_found());
    }
    let part = Part::of(actor, case);
    let organisation = Some(case.organisation_id);
    let shown = || !hides(actor, case.organisation_id);
    let seen = (part.party && actor.holds(Right::CaseSearchOwn))
        || (part.works && actor.holds(Right::TaskWork))
        || (part.involved && actor.holds(Right::CaseSearchInvolved))
        || (((part.group && actor.holds(Right::CaseSearchGroups))
            || actor.holds_in(Right::CaseSearchAll, organisation))
            && shown());
    if !seen {
        return Err(if actor.lockdown.whole { locked_down() } else { Fault::not_found() });
    }
    if actor.lockdown.closes(case.organisation_id) {
        return Err(locked_down());
    }
    Ok(part)
}

/// Decides whether the actor may see the case; what they may not see is not there.
///
/// # Errors
/// `not_found`.
pub fn see_case(actor: &Actor, case: &CaseFacts<'_>) -> Result<Permit<SeeCase>, Fault> {
    visible_part(actor, case)?;
    Ok(Permit::granted())
}

/// What [`see_case`] permits: several rights lead there, so none names it.
#[derive(Debug)]
pub enum SeeCase {}

/// Decides whether the actor may do to the case what the right `R` says: park, take over, change the owner, delete.
/// One who is party to it, or works on it, needs the right anywhere; anybody else in the case's organisation.
///
/// # Errors
/// `not_found` if they may not see it, `forbidden` otherwise.
pub fn act_on_case<R: Single>(actor: &Actor, case: &CaseFacts<'_>) -> Result<Permit<R>, Fault> {
    act_on_case_by(actor, case, R::RIGHT)?;
    Ok(Permit::granted())
}

/// The same for a right that is not known at compile time; it permits nothing.
pub(super) fn act_on_case_by(actor: &Actor, case: &CaseFacts<'_>, right: Right) -> Result<(), Fault> {
    let part = visible_part(actor, case)?;
    let near = (part.party || part.works) && actor.holds(right);
    if near || actor.holds_in(right, Some(case.organisation_id)) {
        Ok(())
    } else {
        Err(denial(actor, &[right], Place::Organisation(Some(case.organisation_id))))
    }
}

/// For whom the actor does to the case what [`act_on_case`] permits: for one whom they stand in for, unless they have a
/// part in it themself or hold the right in the case's organisation.
#[must_use]
pub fn acts_on_case_for<R: Single>(actor: &Actor, case: &CaseFacts<'_>) -> Option<UserId> {
    let waits = case.waiting_group_ids.iter().any(|group| actor.groups.contains(group));
    if waits || actor.holds_in(R::RIGHT, Some(case.organisation_id)) {
        return None;
    }
    actor.stands_in_among(case.party_ids.iter().chain(case.assignee_ids).copied())
}

/// Decides whether the actor may fill in and finish the task: whoever has it, or stands in for them, or may fill in for
/// others in the case's organisation. One from the task's group claims it first. That a task which is done cannot be
/// done again is a matter of its state, not of rights.
///
/// # Errors
/// `not_found` if they may not see its case, `forbidden` otherwise.
pub fn work_on_task(actor: &Actor, task: &TaskFacts<'_>) -> Result<Permit<of::TaskWork>, Fault> {
    visible_part(actor, &task.case)?;
    if !actor.holds(Right::TaskWork) {
        return Err(denial(actor, &[Right::TaskWork], Place::Anywhere));
    }
    let has_it = task.assignee_id.is_some_and(|user| actor.is_or_stands_in_for(user));
    if has_it || actor.holds_in(Right::CaseStartForOthers, Some(task.case.organisation_id)) {
        return Ok(Permit::granted());
    }
    let text = text!(
        "Opgaven er ikke din. Tag den, hvis den venter på en af dine grupper, eller overtag den; ellers kræver det rettigheden case.start_for_others at udfylde for andre.",
        "Uppgiften är inte din. Ta den om den väntar på någon av dina grupper, eller ta över den; annars krävs rättigheten case.start_for_others för att fylla i åt andra.",
        "The task is not yours. Claim it if it waits for one of your groups, or take it over; otherwise filling in for others needs the right case.start_for_others."
    );
    Err(Fault::forbidden(&[Right::CaseStartForOthers, Right::CaseTakeOver], text))
}

/// Decides whether the actor may claim the task: whoever is in the group that it was routed to. That somebody has
/// claimed it already is a matter of its state.
///
/// # Errors
/// `not_found` if they may not see its case, `forbidden` otherwise.
pub fn claim_task(actor: &Actor, task: &TaskFacts<'_>) -> Result<Permit<of::TaskWork>, Fault> {
    visible_part(actor, &task.case)?;
    if !actor.holds(Right::TaskWork) {
        return Err(denial(actor, &[Right::TaskWork], Place::Anywhere));
    }
    if task.group_id.is_some_and(|group| actor.groups.contains(&group)) {
        return Ok(Permit::granted());
    }
    let text = text!(
        "Kun medlemmer af opgavens gruppe kan tage den. Andre kan overtage den med rettigheden case.take_over.",
        "Bara medlemmar i uppgiftens grupp kan ta den. Andra kan ta över den med rättigheten case.take_over.",
        "Only members of the task's group can claim it. Others can take it over with the right case.take_over."
    );
    Err(Fault::forbidden(&[Right::CaseTakeOver], text))
}

/// Decides whether the actor may read what somebody else is filling in before they finish: those who may work on the
/// task, and those with `case.see_parallel` who see the case.
///
/// # Errors
/// `not_found` if they may not see its case, `forbidden` otherwise.
pub fn see_draft(actor: &Actor, task: &TaskFacts<'_>) -> Result<Permit<of::CaseSeeParallel>, Fault> {
    if work_on_task(actor, task).is_ok() {
        return Ok(Permit::granted());
    }
    act_on_case::<of::CaseSeeParallel>(actor, &task.case)
}
