//! Why somebody may or may not do something: the decisions themselves, asked to show what they are made from.

use serde::{Deserialize, Serialize};

use super::actor::{Actor, Grant, Reach};
use super::case::{CaseFacts, TaskFacts, act_on_case_by, claim_task, see_case, work_on_task};
use super::decision::{Ground, Obstacle, Place};
use super::policy::{Resource, denial};
use super::process::{ProcessFacts, comment_on_process, edit_process, see_process, set_up_tasks};
use super::right::{Part, Right, RightSet};
use super::submission::{
    SubmissionFacts, change_submission, delete_submission, see_sensitive, see_submission,
};
use super::template::{StartFor, TemplateFacts, TemplateKind, see_template, start_case};
use crate::Fault;
use crate::id::{ProcessGroupId, UserId};

/// What a right is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Thing<'a> {
    /// Nothing in particular: whether they hold the right anywhere.
    Anything,
    /// What an organisation owns, or what belongs to the account as a whole: a user, an organisation, a role.
    Owned(&'a Resource),
    /// A branch of the landscape; none is its root.
    ProcessGroup(Option<ProcessGroupId>),
    /// A process. Its facts are gathered for the user who is asked about.
    Process(&'a ProcessFacts),
    /// A form or workflow template.
    Template(TemplateKind, &'a TemplateFacts),
    /// A case.
    Case(&'a CaseFacts<'a>),
    /// A task.
    Task(&'a TaskFacts<'a>),
    /// A submission. Whether its case is seen is of the user who is asked about.
    Submission(&'a SubmissionFacts),
}

/// A user's own part in a thing, by which the rules open it to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum AccessPart {
    /// Owns the process.
    Owner,
    /// Is an editor of the process.
    Editor,
    /// Holds a process role in the process.
    Member,
    /// Owns the case, started it, or had it started for them; or stands in for one who did.
    Party,
    /// Has the task, or one in the case; or stands in for one who has.
    Assignee,
    /// May claim the task, or one in the case, by a rights group.
    Claimant,
    /// Once had a task in the case.
    Involved,
    /// Is in a rights group that has or had a task in the case.
    Group,
    /// Filled in the submission.
    Author,
    /// Sees the case that the submission is part of.
    OfCase,
}

/// Why a user may or may not do something.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// What they would be answered.
    pub decision: Result<(), Fault>,
    /// Their own parts in the thing.
    pub parts: Vec<AccessPart>,
    /// What gives them the right there.
    pub grounds: Vec<Ground>,
    /// What stands in their way; nothing when the decision is yes.
    pub obstacles: Vec<Obstacle>,
    /// When the decision is no: rights any one of which, given where the thing lies, would make it yes. One of
    /// administration may need [`Right::AdminEnter`] besides.
    pub sufficient: RightSet,
}

/// Explains the decision that a request for this right on this thing would meet.
#[must_use]
pub fn explain(actor: &Actor, right: Right, thing: Thing<'_>) -> Explanation {
    let decision = decide(actor, right, thing);
    let parts = parts(actor, thing);
    let place = place(right, thing, &parts);
    let grounds = actor.grounds(right, place).collect();
    let (mut obstacles, mut sufficient) = (Vec::new(), RightSet::EMPTY);
    if decision.is_err() {
        obstacles.extend(actor.obstacles(right, place));
        if let Thing::Process(process) = thing
            && !actor.is_shown(process.group_id)
            && parts.is_empty()
        {
            obstacles.push(Obstacle::Profile);
        }
        if obstacles.is_empty() {
            obstacles.push(Obstacle::Rules);
        }
        sufficient =
            Right::ALL.iter().copied().filter(|given| suffices(actor, *given, right, thing)).collect();
    }
    Explanation { decision, parts, grounds, obstacles, sufficient }
}

/// Whether it would be yes if they were also given this right.
fn suffices(actor: &Actor, given: Right, right: Right, thing: Thing<'_>) -> bool {
    let role_id = crate::id::RoleId(uuid::Uuid::nil());
    let with = |rights: &[Right]| {
        let mut actor = actor.clone();
        let ground = Ground::Role { assignment_id: None, role_id };
        actor.grants.push(Grant { rights: RightSet::of(rights), reach: Reach::Account, ground });
        decide(&actor, right, thing).is_ok()
    };
    if given.part() != Part::Admin {
        return with(&[given]);
    }
    // Entering administration is a step to its other rights, and by itself an answer only where it alone was lacking.
    with(&[given, Right::AdminEnter]) && (given == Right::AdminEnter || !with(&[Right::AdminEnter]))
}

fn decide(actor: &Actor, right: Right, thing: Thing<'_>) -> Result<(), Fault> {
    let held = |place| {
        if actor.holds_at(right, place) { Ok(()) } else { Err(denial(actor, &[right], place)) }
    };
    match thing {
        Thing::Anything => held(Place::Anywhere),
        Thing::ProcessGroup(group) => held(Place::ProcessGroup(group)),
        Thing::Owned(resource) => {
            if resource.account_id != actor.account_id || !resource.visible {
                return Err(Fault::not_found());
            }
            held(Place::Organisation(resource.organisation))
        }
        Thing::Process(process) => match right {
            Right::ProcessEdit => edit_process(actor, process).map(drop),
            Right::ProcessComment => comment_on_process(actor, process).map(drop),
            Right::ProcessSetUpTasks => set_up_tasks(actor, process).map(drop),
            Right::ProcessSee => see_process(actor, process).map(drop),
            _ => see_process(actor, process).and_then(|_| held(Place::ProcessGroup(process.group_id))),
        },
        Thing::Template(kind, template) => match right {
            Right::FormSee | Right::WorkflowSee | Right::ValueListSee => {
                see_template(actor, kind, template).map(drop)
            }
            Right::CaseStart => start_case(actor, template, StartFor::Oneself).map(drop),
            Right::CaseStartForOthers => start_case(actor, template, StartFor::AnotherUser).map(drop),
            Right::CaseStartByPersonNumber => start_case(actor, template, StartFor::PersonNumber).map(drop),
            _ => see_template(actor, kind, template)
                .and_then(|_| held(Place::Organisation(template.organisation_id))),
        },
        Thing::Case(case) if leads_to_cases(right) => see_case(actor, case).map(drop),
        Thing::Case(case) => act_on_case_by(actor, case, right),
        Thing::Task(task) => match right {
            Right::TaskWork => match work_on_task(actor, task) {
                Ok(_) => Ok(()),
                Err(refusal) => claim_task(actor, task).map(drop).map_err(|_| refusal),
            },
            right if leads_to_cases(right) => see_case(actor, &task.case).map(drop),
            right => act_on_case_by(actor, &task.case, right),
        },
        Thing::Submission(submission) => match right {
            Right::SubmissionChange => change_submission(actor, submission).map(drop),
            Right::SubmissionDelete => delete_submission(actor, submission).map(drop),
            Right::PersonalDataSeeSensitive => see_submission(actor, submission).and_then(|_| {
                let place = Place::Organisation(Some(submission.organisation_id));
                if see_sensitive(actor, submission) { Ok(()) } else { Err(denial(actor, &[right], place)) }
            }),
            _ => see_submission(actor, submission).map(drop),
        },
    }
}

/// Whether seeing cases is what the right is for.
const fn leads_to_cases(right: Right) -> bool {
    matches!(
        right,
        Right::CaseSearchOwn
            | Right::CaseSearchInvolved
            | Right::CaseSearchGroups
            | Right::CaseSearchAll
            | Right::TaskWork
    )
}

/// Where the decision asks for the right.
fn place(right: Right, thing: Thing<'_>, parts: &[AccessPart]) -> Place {
    let near = || {
        parts
            .iter()
            .any(|part| matches!(part, AccessPart::Party | AccessPart::Assignee | AccessPart::Claimant))
    };
    match thing {
        Thing::Anything => Place::Anywhere,
        Thing::Owned(resource) => Place::Organisation(resource.organisation),
        Thing::ProcessGroup(group) => Place::ProcessGroup(group),
        Thing::Process(process) if Right::LANDSCAPE.contains(right) => Place::ProcessGroup(process.group_id),
        Thing::Process(_) => Place::Anywhere,
        Thing::Template(_, template) => match right {
            Right::FormSee | Right::WorkflowSee | Right::ValueListSee => Place::Anywhere,
            _ => Place::Organisation(template.organisation_id),
        },
        Thing::Case(case) | Thing::Task(TaskFacts { case, .. }) => match right {
            Right::CaseSearchOwn | Right::CaseSearchInvolved | Right::CaseSearchGroups | Right::TaskWork => {
                Place::Anywhere
            }
            Right::CaseSearchAll => Place::Organisation(Some(case.organisation_id)),
            _ if near() => Place::Anywhere,
            _ => Place::Organisation(Some(case.organisation_id)),
        },
        Thing::Submission(submission) => Place::Organisation(Some(submission.organisation_id)),
    }
}

fn parts(actor: &Actor, thing: Thing<'_>) -> Vec<AccessPart> {
    let mut parts = Vec::new();
    let mut add = |part, has: bool| {
        if has {
            parts.push(part);
        }
    };
    let person = |ids: &[UserId]| ids.iter().any(|id| actor.is_or_stands_in_for(*id));
    match thing {
        Thing::Process(process) => {
            add(AccessPart::Owner, process.owner_id == Some(actor.user_id));
            add(AccessPart::Editor, process.is_editor);
            add(AccessPart::Member, process.is_member);
        }
        Thing::Case(case) => {
            add(AccessPart::Party, person(case.party_ids));
            add(AccessPart::Assignee, person(case.assignee_ids));
            add(AccessPart::Claimant, case.waiting_group_ids.iter().any(|id| actor.groups.contains(id)));
            add(AccessPart::Involved, case.involved_ids.contains(&actor.user_id));
            add(AccessPart::Group, case.group_ids.iter().any(|id| actor.groups.contains(id)));
        }
        Thing::Task(task) => {
            add(AccessPart::Party, person(task.case.party_ids));
            add(AccessPart::Assignee, person(task.assignee_id.as_slice()));
            let unclaimed = task.group_id.filter(|_| task.assignee_id.is_none());
            add(AccessPart::Claimant, unclaimed.is_some_and(|id| actor.groups.contains(&id)));
            add(AccessPart::Involved, task.case.involved_ids.contains(&actor.user_id));
        }
        Thing::Submission(submission) => {
            add(AccessPart::Author, submission.author_id == actor.user_id);
            add(AccessPart::OfCase, submission.case_seen == Some(true));
        }
        Thing::Anything | Thing::Owned(_) | Thing::ProcessGroup(_) | Thing::Template(..) => {}
    }
    parts
}
