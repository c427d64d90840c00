//! Tasks: claiming, filling in, finishing and sending back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use styr_domain::access::{
    Actor, CaseFacts, CaseFilter, Permit, TaskFacts, TaskFilter, act_on_case, claim_task, of, see_case,
    see_draft, work_on_task,
};
use styr_domain::case::{Case, Task, TaskStatus};
use styr_domain::flow::run::{Signal, advance};
use styr_domain::form::Mode;
use styr_domain::id::TaskId;
use styr_domain::{Fault, Text, Violation};
use styr_persistence::case::{Part, TaskQuery};
use styr_persistence::form::submissions_of_case;
use styr_persistence::{Page, PageRequest, Source, Tx, case, get};

use super::run::{carry_out, moved, work_id};
use super::{Known, See, bare_facts, refuse_standing, runnable};
use crate::app::Result;
use crate::app::context::{Ctx, IfMatch};
use crate::app::form::{self, NewSubmission};
use crate::app::workflow::Runnable;

/// A task that was finished, with what follows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Done {
    /// The task.
    pub task: Task,
    /// Its case.
    pub case: Case,
    /// The tasks that follow.
    pub next_tasks: Vec<Task>,
}

pub(crate) const fn facts<'a>(task: &Task, case: CaseFacts<'a>) -> TaskFacts<'a> {
    TaskFacts {
        case,
        assignee_id: task.assignee_id,
        group_id: task.group_id,
        open: matches!(task.status, TaskStatus::Open),
    }
}

/// Loads a task and asks a rule about it. Whose task it is, or was, mostly decides already; only if not are all with a
/// part in its case looked up, which only ever opens more doors. Whoever had a task that ended, or might have claimed
/// one, so learns that, rather than that there is none.
async fn asked<C, T>(
    ctx: &Ctx<C>,
    source: &impl Source,
    id: TaskId,
    rule: impl Fn(&Actor, &TaskFacts<'_>) -> Result<T, Fault>,
) -> Result<(Task, Case, T)> {
    let task: Task = get(source, ctx.account_id(), id).await?;
    let case: Case = get(source, ctx.account_id(), task.case_id).await?;
    let near = CaseFacts {
        assignee_ids: task.assignee_id.as_slice(),
        waiting_group_ids: task.group_id.as_slice(),
        ..bare_facts(&case)
    };
    if let Ok(decided) = rule(ctx.actor(), &facts(&task, near)) {
        return Ok((task, case, decided));
    }
    let known = Known::of(source, case).await?;
    let decided = known.ask(|case| rule(ctx.actor(), &facts(&task, *case)))?;
    Ok((task, known.case, decided))
}

/// Loads an open task of a running case to which the caller may do what the rule says.
async fn open<C, R>(
    ctx: &Ctx<C>,
    tx: &Tx,
    id: TaskId,
    rule: impl Fn(&Actor, &TaskFacts<'_>) -> Result<Permit<R>, Fault>,
) -> Result<(Task, Case, Permit<R>)> {
    let (task, case, permit) = asked(ctx, tx, id, rule).await?;
    if let Some(user) = ctx.actor().stands_in_among(task.assignee_id) {
        tx.act_for(user);
    }
    if task.status != TaskStatus::Open {
        return Err(task_ended().into());
    }
    refuse_standing(&case)?;
    Ok((task, case, permit))
}

const fn task_ended() -> Fault {
    Fault::conflict(
        "task_ended",
        Text::fixed(
            "Opgaven er allerede udført, sendt tilbage eller annulleret. Hent sagen for at se, hvad der venter nu.",
            "Uppgiften är redan utförd, tillbakaskickad eller avbruten. Hämta ärendet för att se vad som väntar nu.",
            "The task has already been completed, sent back or cancelled. Get the case to see what waits now.",
        ),
    )
}

/// One page of the tasks of the cases that the caller may see, newest first.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<See>, query: &TaskQuery, page: PageRequest) -> Result<Page<Task>> {
    case::tasks(&ctx.read(), &CaseFilter::of(ctx.actor()), query, page).await
}

/// One page of the open tasks that wait for the caller, oldest first. Those of parked cases do not.
///
/// # Errors
/// The database fails.
pub async fn waiting(ctx: &Ctx<of::TaskWork>, page: PageRequest) -> Result<Page<Task>> {
    case::tasks_waiting(&ctx.read(), &TaskFilter::of(ctx.actor()), page).await
}

/// A task. Its draft is there only for those who may see it.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<See>, id: TaskId) -> Result<Task> {
    let task: Task = get(&ctx.read(), ctx.account_id(), id).await?;
    let known = Known::load(ctx, &ctx.read(), task.case_id).await?;
    let _seen = known.ask(|case| see_case(ctx.actor(), case))?;
    let draft_seen = known.ask(|case| see_draft(ctx.actor(), &facts(&task, *case))).is_ok();
    let draft = task.draft.clone().filter(|_| draft_seen);
    Ok(Task { draft, ..task })
}

/// Claims a task that waits for one of the caller's groups.
///
/// # Errors
/// `not_found`, `forbidden`, `task_ended`, `task_claimed`, `case_parked`.
pub async fn claim(ctx: &Ctx<of::TaskWork>, id: TaskId) -> Result<Task> {
    ctx.write(|tx| async move {
        let (before, case, permit) = open(ctx, &tx, id, claim_task).await?;
        if before.assignee_id.is_some() {
            return Err(claimed().into());
        }
        let user_id = ctx.actor().user_id;
        let after = Task { assignee_id: Some(user_id), ..before.clone() };
        let task = tx.update(&permit, &before, after, "task.claimed").await?;
        case::add_parties(&tx, &permit, &[case.id], [(user_id.0, Part::Involved)]).await?;
        Ok(task)
    })
    .await
}

const fn claimed() -> Fault {
    Fault::conflict(
        "task_claimed",
        Text::fixed(
            "Opgaven er allerede taget. Overtag den, hvis du må, eller tag en anden.",
            "Uppgiften är redan tagen. Ta över den om du får, eller ta en annan.",
            "The task has already been claimed. Take it over if you may, or claim another.",
        ),
    )
}

/// Gives a claimed task back to its group. What was saved of it stays.
///
/// # Errors
/// `not_found`, `forbidden`, `task_ended`, `task_not_of_group`, `case_parked`.
pub async fn release(ctx: &Ctx<of::TaskWork>, id: TaskId) -> Result<Task> {
    ctx.write(|tx| async move {
        let (before, _, permit) = open(ctx, &tx, id, work_on_task).await?;
        if before.group_id.is_none() {
            return Err(not_of_group().into());
        }
        if before.assignee_id.is_none() {
            return Ok(before);
        }
        tx.update(&permit, &before, Task { assignee_id: None, ..before.clone() }, "task.released").await
    })
    .await
}

const fn not_of_group() -> Fault {
    Fault::conflict(
        "task_not_of_group",
        Text::fixed(
            "Opgaven kom ikke fra en gruppe og kan ikke gives tilbage til en. Lad en anden overtage den.",
            "Uppgiften kom inte från en grupp och kan inte lämnas tillbaka till någon. Låt någon annan ta över den.",
            "The task did not come from a group and cannot be given back to one. Let somebody else take it over.",
        ),
    )
}

/// Makes an open task the caller's, whoever had it.
///
/// # Errors
/// `not_found`, `forbidden`, `task_ended`, `case_parked`.
pub async fn take_over(ctx: &Ctx<of::CaseTakeOver>, id: TaskId) -> Result<Task> {
    ctx.write(|tx| async move {
        let rule = |actor: &Actor, task: &TaskFacts<'_>| act_on_case::<of::CaseTakeOver>(actor, &task.case);
        let (before, case, permit) = open(ctx, &tx, id, rule).await?;
        let user_id = ctx.actor().user_id;
        if before.assignee_id == Some(user_id) {
            return Ok(before);
        }
        let after = Task { assignee_id: Some(user_id), ..before.clone() };
        let task = tx.update(&permit, &before, after, "task.taken_over").await?;
        case::add_parties(&tx, &permit, &[case.id], [(user_id.0, Part::Involved)]).await?;
        Ok(task)
    })
    .await
}

/// Saves what has been filled in so far. Nothing is required, but what is there must be right.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `task_ended`, `case_parked`, `invalid`.
pub async fn save_draft(
    ctx: &Ctx<of::TaskWork>,
    id: TaskId,
    if_match: &IfMatch,
    values: Map<String, Value>,
) -> Result<Task> {
    ctx.write(|tx| async move {
        let (before, _, permit) = open(ctx, &tx, id, work_on_task).await?;
        if_match.check(before.revision)?;
        let (Some(form_id), Some(version)) = (before.form_id, before.form_version) else {
            return Err(no_form().into());
        };
        let form = form::compiled(ctx.app(), &*tx, ctx.account_id(), form_id, version).await?;
        let values = form::check(&form, &values, Mode::Draft, tx.now()).map_err(Fault::invalid)?;
        let draft = form::seal(&tx, form.definition(), form_id, id.0, &values).await?;
        let after = Task { draft: Some(draft), ..before.clone() };
        tx.update(&permit, &before, after, "task.saved").await
    })
    .await
}

fn no_form() -> Fault {
    let text = Text::fixed(
        "Opgaven har ingen formular at udfylde. Udfør den uden værdier.",
        "Uppgiften har inget formulär att fylla i. Slutför den utan värden.",
        "The task has no form to fill in. Complete it without values.",
    );
    Fault::invalid(vec![Violation::at("/values", "no_form", text)])
}

/// Finishes a task with these values, or with what was saved of it, and lets the case go on.
///
/// # Errors
/// `not_found`, `forbidden`, `task_ended`, `case_parked`, `invalid`, and those of [`advance`].
pub async fn complete(
    ctx: &Ctx<of::TaskWork>,
    id: TaskId,
    values: Option<Map<String, Value>>,
) -> Result<Done> {
    ctx.write(|tx| async move {
        let (before, case, permit) = open(ctx, &tx, id, work_on_task).await?;
        let runnable = runnable(ctx, &*tx, &case).await?;
        let submission_id = match (before.form_id, before.form_version) {
            (Some(form_id), Some(form_version)) => {
                let values = match (values, &before.draft) {
                    (Some(values), _) => values,
                    (None, Some(draft)) => {
                        let form =
                            form::compiled(ctx.app(), &*tx, ctx.account_id(), form_id, form_version).await?;
                        form::open_all(&tx, form.definition(), form_id, id.0, draft.clone()).await?
                    }
                    (None, None) => Map::new(),
                };
                let new = NewSubmission {
                    organisation_id: case.organisation_id,
                    form_id,
                    form_version,
                    case_id: Some(case.id),
                    author_id: ctx.actor().user_id,
                    values,
                };
                Some(form::store_submission(ctx.app(), &tx, &permit, new).await?.id)
            }
            _ if values.is_some_and(|values| !values.is_empty()) => return Err(no_form().into()),
            _ => None,
        };
        let after = Task {
            status: TaskStatus::Completed,
            assignee_id: before.assignee_id.or(Some(ctx.actor().user_id)),
            draft: None,
            submission_id,
            ended_at: Some(tx.now()),
            ..before.clone()
        };
        let task = tx.update(&permit, &before, after, "task.completed").await?;
        let variables = variables(ctx, &tx, &case, &runnable).await?;
        let signal = Signal::Complete { work: work_id(&task), variables };
        go_on(ctx, &tx, &permit, &runnable, task, case, &signal).await
    })
    .await
}

/// What conditions read: every field filled in so far in the case, later ones over earlier ones of the same name.
async fn variables<C>(ctx: &Ctx<C>, tx: &Tx, case: &Case, runnable: &Runnable) -> Result<Map<String, Value>> {
    let mut variables = Map::new();
    if !runnable.has_conditions {
        return Ok(variables);
    }
    for submission in submissions_of_case(tx, case.account_id, case.id).await? {
        let (form_id, version) = (submission.form_id, submission.form_version);
        // Remembered from the first time on.
        let form = form::compiled(ctx.app(), tx, case.account_id, form_id, version).await?;
        variables.extend(form.variables(&submission.values));
    }
    Ok(variables)
}

/// Lets the case go on after a task that has ended.
async fn go_on(
    ctx: &Ctx<of::TaskWork>,
    tx: &Tx,
    permit: &Permit<of::TaskWork>,
    runnable: &Runnable,
    task: Task,
    before: Case,
    signal: &Signal,
) -> Result<Done> {
    let (state, commands) = advance(&runnable.definition, &before.state, signal)?;
    let after = moved(tx, before.clone(), state);
    let kind = if after.ended_at.is_some() { "case.completed" } else { "case.advanced" };
    let case = tx.update(permit, &before, after, kind).await?;
    let next_tasks = carry_out(ctx, tx, permit, &case, runnable, commands, &[]).await?;
    Ok(Done { task, case, next_tasks })
}

/// Sends the case back to the step before, to whoever did it.
///
/// # Errors
/// `not_found`, `forbidden`, `task_ended`, `case_parked`, and those of [`advance`].
pub async fn send_back(ctx: &Ctx<of::TaskWork>, id: TaskId) -> Result<Done> {
    ctx.write(|tx| async move {
        let (before, case, permit) = open(ctx, &tx, id, work_on_task).await?;
        let runnable = runnable(ctx, &*tx, &case).await?;
        let after =
            Task { status: TaskStatus::SentBack, draft: None, ended_at: Some(tx.now()), ..before.clone() };
        let task = tx.update(&permit, &before, after, "task.sent_back").await?;
        let signal = Signal::SendBack { work: work_id(&task) };
        go_on(ctx, &tx, &permit, &runnable, task, case, &signal).await
    })
    .await
}
