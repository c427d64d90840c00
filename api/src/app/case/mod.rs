//! Cases: starting them, what becomes of them, and who answers for them.

mod run;
mod task;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Map;
use styr_domain::access::{
    Actor, CaseFacts, CaseFilter, Permit, Single, StartFor, act_on_case, acts_on_case_for, of, see_case,
    start_case,
};
use styr_domain::case::{Case, CaseStatus, Task, TaskStatus};
use styr_domain::event::{EntityKind, Event};
use styr_domain::flow::draw::{self, ElementState};
use styr_domain::flow::run::{Signal, State, advance};
use styr_domain::flow::{Flow, NodeKind};
use styr_domain::id::{CaseId, GroupId, UserId, WorkflowId};
use styr_domain::user::User;
use styr_domain::workflow::{Workflow, WorkflowContent};
use styr_domain::{Fault, Text};
use styr_persistence::case::{CaseQuery, Part, Parties};
use styr_persistence::event::EventFilter;
use styr_persistence::{MaySave, Page, PageRequest, Source, Tx, case, event, find, get, version};
use uuid::Uuid;

use self::run::{carry_out, moved};
use super::Result;
use super::aside::aside;
use super::context::{Ctx, IfMatch};
use super::process::missing;
use super::workflow::{self, Runnable};
use crate::jobs::run_retention;

pub(crate) use task::facts as task_facts;
pub use task::{
    Done, claim, complete, get_one as get_task, list as list_tasks, release, save_draft, send_back,
    take_over as take_over_task, waiting,
};

/// The rights any of which lets one see cases.
pub type See =
    (of::CaseSearchOwn, of::TaskWork, of::CaseSearchInvolved, of::CaseSearchGroups, of::CaseSearchAll);

/// A case with its open tasks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseWithTasks {
    /// The case.
    pub case: Case,
    /// Its open tasks, oldest first.
    pub open_tasks: Vec<Task>,
}

/// A case with what decisions need to know of it.
pub(crate) struct Known {
    pub(crate) case: Case,
    parties: Parties,
    open_tasks: Vec<Task>,
}

impl Known {
    async fn load<R>(ctx: &Ctx<R>, source: &impl Source, id: CaseId) -> Result<Self> {
        Self::of(source, get(source, ctx.account_id(), id).await?).await
    }

    async fn of(source: &impl Source, case: Case) -> Result<Self> {
        let parties = case::parties(source, case.account_id, case.id).await?;
        let open_tasks = case::open_tasks(source, case.account_id, case.id).await?;
        Ok(Self { case, parties, open_tasks })
    }

    /// The same for many cases, in as few queries as for one.
    pub(crate) async fn of_many(source: &impl Source, cases: Vec<Case>) -> Result<Vec<Self>> {
        let Some(account_id) = cases.first().map(|case| case.account_id) else { return Ok(Vec::new()) };
        let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
        let mut parties = case::parties_of_many(source, account_id, &ids).await?;
        let mut open_tasks = case::open_tasks_of_many(source, account_id, &ids).await?;
        Ok(cases
            .into_iter()
            .map(|case| Self {
                parties: parties.remove(&case.id).unwrap_or_default(),
                open_tasks: open_tasks.remove(&case.id).unwrap_or_default(),
                case,
            })
            .collect())
    }

    /// Asks a rule about the case.
    pub(crate) fn ask<T>(&self, rule: impl FnOnce(&CaseFacts<'_>) -> T) -> T {
        let Parties { parties, involved, groups } = &self.parties;
        let assignees: Vec<UserId> = self.open_tasks.iter().filter_map(|task| task.assignee_id).collect();
        let unclaimed = self.open_tasks.iter().filter(|task| task.assignee_id.is_none());
        let waiting: Vec<GroupId> = unclaimed.filter_map(|task| task.group_id).collect();
        rule(&CaseFacts {
            party_ids: parties,
            assignee_ids: &assignees,
            waiting_group_ids: &waiting,
            involved_ids: involved,
            group_ids: groups,
            ..bare_facts(&self.case)
        })
    }

    /// Permits what the right `R` says.
    pub(crate) fn may<R: Single>(&self, actor: &Actor) -> Result<Permit<R>, Fault> {
        self.ask(|facts| act_on_case::<R>(actor, facts))
    }

    /// Permits what the right `R` says, and has it recorded for whom the caller does it.
    fn permit<R: Single>(&self, actor: &Actor, tx: &Tx) -> Result<Permit<R>, Fault> {
        let permit = self.may(actor)?;
        if let Some(user) = self.ask(|facts| acts_on_case_for::<R>(actor, facts)) {
            tx.act_for(user);
        }
        Ok(permit)
    }
}

/// What the rules need to know of a case, without anybody's part in it.
const fn bare_facts(case: &Case) -> CaseFacts<'static> {
    CaseFacts {
        account_id: case.account_id,
        organisation_id: case.organisation_id,
        party_ids: &[],
        assignee_ids: &[],
        waiting_group_ids: &[],
        involved_ids: &[],
        group_ids: &[],
    }
}

pub(crate) async fn visible<R>(ctx: &Ctx<R>, source: &impl Source, id: CaseId) -> Result<Known> {
    let known = Known::load(ctx, source, id).await?;
    let _seen = known.ask(|facts| see_case(ctx.actor(), facts))?;
    Ok(known)
}

/// The workflow version that a case runs.
async fn runnable<R>(ctx: &Ctx<R>, source: &impl Source, case: &Case) -> Result<Arc<Runnable>> {
    let (id, number) = (case.workflow_id, case.workflow_version);
    ctx.app().runnables().of(source, case.account_id, id, number).await
}

/// Refuses to go on with a case that is parked or has ended.
fn refuse_standing(case: &Case) -> Result<(), Fault> {
    match case.status {
        CaseStatus::Running => Ok(()),
        CaseStatus::Parked => Err(Fault::conflict(
            "case_parked",
            Text::fixed(
                "Sagen er parkeret. Genoptag den, før der arbejdes videre.",
                "Ärendet är parkerat. Återuppta det innan arbetet fortsätter.",
                "The case is parked. Resume it before going on.",
            ),
        )),
        CaseStatus::Completed | CaseStatus::Cancelled => Err(ended()),
    }
}

/// Refuses to change a case that has ended.
fn refuse_ended(case: &Case) -> Result<(), Fault> {
    match case.status {
        CaseStatus::Running | CaseStatus::Parked => Ok(()),
        CaseStatus::Completed | CaseStatus::Cancelled => Err(ended()),
    }
}

const fn ended() -> Fault {
    Fault::conflict(
        "case_ended",
        Text::fixed(
            "Sagen er afsluttet eller annulleret og kan ikke ændres. Start en ny, hvis der er mere at gøre.",
            "Ärendet är avslutat eller avbrutet och kan inte ändras. Starta ett nytt om det finns mer att göra.",
            "The case is completed or cancelled and cannot be changed. Start a new one if there is more to do.",
        ),
    )
}

/// One page of the cases that the caller may see, newest first.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<See>, query: &CaseQuery, page: PageRequest) -> Result<Page<Case>> {
    case::cases(&ctx.read(), &CaseFilter::of(ctx.actor()), query, page).await
}

/// A case with its open tasks.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<See>, id: CaseId) -> Result<CaseWithTasks> {
    let Known { case, open_tasks, parties: _ } = visible(ctx, &ctx.read(), id).await?;
    Ok(CaseWithTasks { case, open_tasks })
}

/// Starts a case of the workflow's published version, for the caller. Without a title it gets the workflow's.
///
/// # Errors
/// `not_found`, `forbidden`, `workflow_inactive`, and those of [`advance`].
pub async fn start(
    ctx: &Ctx<of::CaseStart>,
    workflow_id: WorkflowId,
    title: Option<String>,
) -> Result<CaseWithTasks> {
    ctx.write(|tx| async move {
        let workflow: Workflow = get(&*tx, ctx.account_id(), workflow_id).await?;
        let permit = start_case(ctx.actor(), &workflow::facts(&workflow), StartFor::Oneself)?;
        let starter_id = ctx.actor().user_id;
        let case = Case {
            id: CaseId(tx.id()),
            account_id: ctx.account_id(),
            organisation_id: ctx.actor().organisation_id,
            workflow_id,
            workflow_version: workflow.published_version.ok_or_else(Fault::not_found)?,
            title: title.unwrap_or(workflow.title),
            status: CaseStatus::Running,
            starter_id,
            owner_id: starter_id,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
            ended_at: None,
            anonymized_at: None,
            state: State::default(),
        };
        let runnable = runnable(ctx, &*tx, &case).await?;
        let begin = Signal::Start { variables: Map::new() };
        let (state, commands) = advance(&runnable.definition, &case.state, &begin)?;
        let case = moved(&tx, case, state);
        tx.insert(&permit, &case, "case.started").await?;
        let party = [(starter_id.0, Part::Party)];
        let open_tasks = carry_out(ctx, &tx, &permit, &case, &runnable, commands, &party).await?;
        if case.status == CaseStatus::Completed {
            tx.note(EntityKind::Case, case.id.0, "case.completed", None, Map::new().into(), None);
        }
        Ok(CaseWithTasks { case, open_tasks })
    })
    .await
}

/// Changes a case in a way that leaves its tasks alone.
async fn change<R>(
    tx: &Tx,
    permit: &Permit<R>,
    known: Known,
    kind: &'static str,
    change: impl FnOnce(Case) -> Case,
) -> Result<CaseWithTasks>
where
    R: MaySave<Case>,
{
    let Known { case: before, open_tasks, parties: _ } = known;
    let after = change(before.clone());
    let case = tx.update(permit, &before, after, kind).await?;
    Ok(CaseWithTasks { case, open_tasks })
}

/// Sets a case aside: its tasks wait until it is resumed.
///
/// # Errors
/// `not_found`, `forbidden`, `case_parked`, `case_ended`.
pub async fn park(ctx: &Ctx<of::CasePark>, id: CaseId) -> Result<CaseWithTasks> {
    ctx.write(|tx| async move {
        let known = Known::load(ctx, &*tx, id).await?;
        let permit = known.permit::<of::CasePark>(ctx.actor(), &tx)?;
        refuse_standing(&known.case)?;
        change(&tx, &permit, known, "case.parked", |case| Case { status: CaseStatus::Parked, ..case }).await
    })
    .await
}

/// Takes a parked case up again.
///
/// # Errors
/// `not_found`, `forbidden`, `case_not_parked`, `case_ended`.
pub async fn resume(ctx: &Ctx<of::CasePark>, id: CaseId) -> Result<CaseWithTasks> {
    ctx.write(|tx| async move {
        let known = Known::load(ctx, &*tx, id).await?;
        let permit = known.permit::<of::CasePark>(ctx.actor(), &tx)?;
        refuse_ended(&known.case)?;
        if known.case.status != CaseStatus::Parked {
            return Err(not_parked().into());
        }
        change(&tx, &permit, known, "case.resumed", |case| Case { status: CaseStatus::Running, ..case }).await
    })
    .await
}

const fn not_parked() -> Fault {
    Fault::conflict(
        "case_not_parked",
        Text::fixed("Sagen er ikke parkeret.", "Ärendet är inte parkerat.", "The case is not parked."),
    )
}

/// Makes the caller the owner of a case. The open tasks of the owner before become theirs too.
///
/// # Errors
/// `not_found`, `forbidden`, `case_ended`.
pub async fn take_over(ctx: &Ctx<of::CaseTakeOver>, id: CaseId) -> Result<CaseWithTasks> {
    ctx.write(|tx| async move {
        let mut known = Known::load(ctx, &*tx, id).await?;
        let permit = known.permit::<of::CaseTakeOver>(ctx.actor(), &tx)?;
        refuse_ended(&known.case)?;
        let (old, new) = (known.case.owner_id, ctx.actor().user_id);
        if old == new {
            return Ok(CaseWithTasks { case: known.case, open_tasks: known.open_tasks });
        }
        for task in known.open_tasks.iter_mut().filter(|task| task.assignee_id == Some(old)) {
            let after = Task { assignee_id: Some(new), ..task.clone() };
            *task = tx.update(&permit, task, after, "task.taken_over").await?;
        }
        let parts = [(new.0, Part::Party), (new.0, Part::Involved)];
        own(&tx, &permit, known, new, "case.taken_over", &parts).await
    })
    .await
}

/// Gives a case to another owner.
///
/// # Errors
/// `not_found`, `forbidden`, `case_ended`; `invalid` when the user is not there or is not active.
pub async fn change_owner(
    ctx: &Ctx<of::CaseChangeOwner>,
    id: CaseId,
    owner_id: UserId,
) -> Result<CaseWithTasks> {
    ctx.write(|tx| async move {
        let known = Known::load(ctx, &*tx, id).await?;
        let permit = known.permit::<of::CaseChangeOwner>(ctx.actor(), &tx)?;
        refuse_ended(&known.case)?;
        let owner = find::<User>(&*tx, ctx.account_id(), owner_id).await?;
        if !owner.is_some_and(|owner| owner.active) {
            return Err(Fault::invalid(vec![missing("/owner_id")]).into());
        }
        if known.case.owner_id == owner_id {
            return Ok(CaseWithTasks { case: known.case, open_tasks: known.open_tasks });
        }
        own(&tx, &permit, known, owner_id, "case.owner_changed", &[(owner_id.0, Part::Party)]).await
    })
    .await
}

/// Makes a user the owner. Whoever was it before keeps a part only if they started the case.
async fn own<R: MaySave<Case>>(
    tx: &Tx,
    permit: &Permit<R>,
    known: Known,
    owner_id: UserId,
    kind: &'static str,
    parts: &[(Uuid, Part)],
) -> Result<CaseWithTasks> {
    let Case { id, owner_id: old, starter_id, .. } = known.case;
    if old != starter_id {
        case::remove_party(tx, permit, &[id], old, Part::Party).await?;
    }
    case::add_parties(tx, permit, &[id], parts.iter().copied()).await?;
    change(tx, permit, known, kind, |case| Case { owner_id, ..case }).await
}

/// Ends a case before its flow does. Its open tasks are cancelled.
///
/// # Errors
/// `not_found`, `forbidden`, `case_ended`.
pub async fn cancel(ctx: &Ctx<of::CaseDelete>, id: CaseId) -> Result<CaseWithTasks> {
    ctx.write(|tx| async move {
        let known = Known::load(ctx, &*tx, id).await?;
        let permit = known.permit::<of::CaseDelete>(ctx.actor(), &tx)?;
        refuse_ended(&known.case)?;
        let before = known.case;
        let runnable = runnable(ctx, &*tx, &before).await?;
        let (state, commands) = advance(&runnable.definition, &before.state, &Signal::Cancel)?;
        let case = tx.update(&permit, &before, moved(&tx, before.clone(), state), "case.cancelled").await?;
        let open_tasks = carry_out(ctx, &tx, &permit, &case, &runnable, commands, &[]).await?;
        Ok(CaseWithTasks { case, open_tasks })
    })
    .await
}

/// Deletes a case with its tasks and all that was filled in. Its events stay.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`.
pub async fn delete(ctx: &Ctx<of::CaseDelete>, id: CaseId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let known = Known::load(ctx, &*tx, id).await?;
        let permit = known.permit::<of::CaseDelete>(ctx.actor(), &tx)?;
        if_match.check(known.case.revision)?;
        case::delete(&tx, &permit, &known.case).await?;
        // A rule may want what is left anonymized at once.
        run_retention(&tx, tx.now()).await
    })
    .await
}

/// One page of what happened to a case and its tasks, newest first, without personal values; and where to go on.
///
/// # Errors
/// `not_found`.
pub async fn history(
    ctx: &Ctx<See>,
    id: CaseId,
    before: Option<u64>,
    limit: u64,
) -> Result<(Vec<Event>, Option<u64>)> {
    let read = ctx.read();
    let _known = visible(ctx, &read, id).await?;
    let filter = EventFilter { case_id: Some(id), ..EventFilter::default() };
    let (events, next) = event::list(&read, ctx.account_id(), &filter, before, limit).await?;
    Ok((events.into_iter().map(|(event, _)| event).collect(), next))
}

/// What lies behind a case: the sequence flows that it went along, the nodes that it left by one of them, and the end
/// events that it came to by one.
fn passed(flow: &Flow, state: &State) -> BTreeMap<String, ElementState> {
    let ends = flow.nodes.iter().filter(|node| node.kind == NodeKind::EndEvent);
    let ends: BTreeSet<&str> = ends.map(|node| node.id.as_str()).collect();
    let ways = flow.sequence_flows.iter().filter(|way| state.passed.contains(&way.id));
    let elements = ways.flat_map(|way| {
        let reached = Some(&way.target).filter(|target| ends.contains(target.as_str()));
        [&way.id, &way.source].into_iter().chain(reached)
    });
    elements.map(|id| (id.clone(), ElementState::Done)).collect()
}

/// The flow that a case runs as an SVG picture, with how far it has come.
///
/// # Errors
/// `not_found`.
pub async fn diagram(ctx: &Ctx<See>, id: CaseId) -> Result<String> {
    let read = ctx.read();
    let Known { case, .. } = visible(ctx, &read, id).await?;
    let workflow: Workflow = get(&read, ctx.account_id(), case.workflow_id).await?;
    let (_, content): (_, WorkflowContent) =
        version::get(&read, ctx.account_id(), &workflow, case.workflow_version).await?;
    let mut states = passed(&content.flow, &case.state);
    for (node, status) in case::task_states(&read, ctx.account_id(), id).await? {
        match status {
            TaskStatus::Open => states.insert(node, ElementState::Current),
            TaskStatus::Completed => Some(*states.entry(node).or_insert(ElementState::Done)),
            TaskStatus::SentBack | TaskStatus::Cancelled => None,
        };
    }
    let options = draw::DrawOptions {
        title: Some(content.title),
        language: ctx.language(),
        states,
        ..draw::DrawOptions::default()
    };
    Ok(aside(move || draw::svg(&content.flow, &options)).await?)
}
