//! What the interpreter commands, done to the tables.

use serde_json::json;
use styr_domain::access::Permit;
use styr_domain::case::{Case, CaseStatus, Task, TaskStatus};
use styr_domain::event::EntityKind;
use styr_domain::flow::run::{Command, State, Status, WorkId};
use styr_domain::flow::{Assignee, AssigneeKind};
use styr_domain::form::Submission;
use styr_domain::id::{TaskId, UserId};
use styr_domain::user::{Group, User};
use styr_persistence::case::Part;
use styr_persistence::{MaySave, Tx, case, find};
use uuid::Uuid;

use crate::app::context::Ctx;
use crate::app::workflow::Runnable;
use crate::app::{Result, form};

/// The case in the interpreter's next state.
pub(super) fn moved(tx: &Tx, case: Case, state: State) -> Case {
    let status = match state.status {
        Status::New | Status::Running => case.status,
        Status::Completed => CaseStatus::Completed,
        Status::Cancelled => CaseStatus::Cancelled,
    };
    let ended = matches!(state.status, Status::Completed | Status::Cancelled);
    Case { status, ended_at: ended.then(|| tx.now()), state, ..case }
}

/// The interpreter's number for a task's piece of work.
pub(super) fn work_id(task: &Task) -> WorkId {
    WorkId(u32::try_from(task.work).unwrap_or_default())
}

/// Makes the tasks that are to be done and cancels those no longer wanted. Whoever gets one, and `parties`, have a part
/// in the case from now on. Answers the new tasks.
pub(super) async fn carry_out<C, R>(
    ctx: &Ctx<C>,
    tx: &Tx,
    permit: &Permit<R>,
    case: &Case,
    runnable: &Runnable,
    commands: Vec<Command>,
    parties: &[(Uuid, Part)],
) -> Result<Vec<Task>>
where
    R: MaySave<Case> + MaySave<Task>,
{
    let mut parties = parties.to_vec();
    let mut made = Vec::new();
    let mut unwanted = Vec::new();
    for command in commands {
        match command {
            Command::CreateWork { work, element, name, step, returned } => {
                let mut task = Task {
                    id: TaskId(tx.id()),
                    account_id: case.account_id,
                    case_id: case.id,
                    organisation_id: case.organisation_id,
                    name: name.unwrap_or_else(|| element.clone()),
                    node: element,
                    work: i64::from(work.0),
                    form_id: step.form_id,
                    form_version: step.form_id.and_then(|id| runnable.form_versions.get(&id).copied()),
                    may_send_back: step.may_send_back == Some(true),
                    status: TaskStatus::Open,
                    assignee_id: None,
                    group_id: None,
                    draft: None,
                    submission_id: None,
                    revision: 1,
                    created_at: tx.now(),
                    updated_at: tx.now(),
                    ended_at: None,
                };
                match step.assignee {
                    Some(Assignee { kind: AssigneeKind::User, user_id, .. }) => task.assignee_id = user_id,
                    Some(Assignee { kind: AssigneeKind::Group, group_id, .. }) => task.group_id = group_id,
                    Some(Assignee { kind: AssigneeKind::Starter, .. }) | None => {
                        task.assignee_id = Some(case.starter_id);
                    }
                }
                if returned {
                    give_back(ctx, tx, &mut task).await?;
                }
                let wanted = (task.assignee_id, task.group_id);
                give_to_who_is_there(tx, case, &mut task).await?;
                tx.insert(permit, &task, "task.created").await?;
                if wanted != (task.assignee_id, task.group_id) {
                    let detail = json!({ "assignee_id": wanted.0, "group_id": wanted.1 });
                    tx.note(EntityKind::Task, task.id.0, "task.receiver_gone", None, detail, None);
                }
                parties.extend(task.assignee_id.map(|id| (id.0, Part::Involved)));
                parties.extend(task.group_id.map(|id| (id.0, Part::Group)));
                made.push(task);
            }
            Command::CancelWork { work } => unwanted.push(work),
            Command::Take { .. } | Command::Complete => {}
        }
    }
    if !unwanted.is_empty() {
        let open = case::open_tasks(tx, case.account_id, case.id).await?;
        for task in open.into_iter().filter(|task| unwanted.contains(&work_id(task))) {
            let after =
                Task { status: TaskStatus::Cancelled, draft: None, ended_at: Some(tx.now()), ..task.clone() };
            tx.update(permit, &task, after, "task.cancelled").await?;
        }
    }
    case::add_parties(tx, permit, &[case.id], parties).await?;
    Ok(made)
}

/// A task is never lost because whoever was to have it has been deleted or deactivated since the workflow was published.
/// One of a group stays with the group; else the case's owner gets it. Without an active owner nobody does, until
/// somebody who may takes it over.
async fn give_to_who_is_there(tx: &Tx, case: &Case, task: &mut Task) -> Result<()> {
    if let Some(id) = task.group_id
        && find::<Group>(tx, case.account_id, id).await?.is_none()
    {
        task.group_id = None;
    }
    if let Some(id) = task.assignee_id
        && !is_active(tx, case, id).await?
    {
        task.assignee_id = None;
    }
    if task.assignee_id.is_none() && task.group_id.is_none() && is_active(tx, case, case.owner_id).await? {
        task.assignee_id = Some(case.owner_id);
    }
    Ok(())
}

async fn is_active(tx: &Tx, case: &Case, id: UserId) -> Result<bool> {
    if tx.scope().actor_id == Some(id) {
        return Ok(true);
    }
    Ok(find::<User>(tx, case.account_id, id).await?.is_some_and(|user| user.active))
}

/// A step that comes back goes to whoever did it, with what they filled in, save what is encrypted: that opens only in
/// the submission it is part of.
async fn give_back<C>(ctx: &Ctx<C>, tx: &Tx, task: &mut Task) -> Result<()> {
    let Some(done) = case::last_completed(tx, task.account_id, task.case_id, &task.node).await? else {
        return Ok(());
    };
    task.assignee_id = done.assignee_id;
    if let (Some(id), Some(form_id), Some(version)) = (done.submission_id, task.form_id, task.form_version)
        && let Some(filled_in) = find::<Submission>(tx, task.account_id, id).await?
    {
        let form = form::compiled(ctx.app(), tx, task.account_id, form_id, version).await?;
        let encrypted =
            |key: &str| form.definition().fields.iter().any(|field| field.key == key && field.encrypted);
        task.draft = Some(filled_in.values.into_iter().filter(|(key, _)| !encrypted(key)).collect());
    }
    Ok(())
}
