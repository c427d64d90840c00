//! Work from a process: setting up a workflow template that runs its flow in force.

use std::collections::{BTreeMap, BTreeSet};

use styr_domain::access::{of, set_up_tasks};
use styr_domain::flow::{Assignee, AssigneeKind, Flow, NodeKind, UserStep};
use styr_domain::id::{ProcessId, ProcessRoleId, UserId, WorkflowId};
use styr_domain::process::ProcessContent;
use styr_domain::user::User;
use styr_domain::workflow::{Workflow, WorkflowContent};
use styr_persistence::process::Whole;
use styr_persistence::version::{NewVersion, Publication};
use styr_persistence::{Tx, find_many, member, process, version};

use super::flow::{Titles, resolve};
use super::version::refuse_unpublished;
use super::{facts, refuse_frozen};
use crate::app::workflow::{WorkflowWithFlow, check};
use crate::app::{Ctx, Result};

/// Sets up a workflow from the process's flow in force: published and active, local to the caller's organisation. Where a
/// lane names a role that one active member holds, the lane's tasks go to them; all other tasks go to whoever starts a
/// case.
///
/// # Errors
/// `not_found`, `forbidden`, `process_unpublished`, `process_frozen`; `invalid` with each element that cannot be run.
pub async fn create(
    ctx: &Ctx<of::ProcessSetUpTasks>,
    id: ProcessId,
    title: Option<String>,
) -> Result<WorkflowWithFlow> {
    ctx.write(|tx| async move {
        let Whole { process, people, .. } = process::whole(&*tx, ctx.account_id(), id).await?;
        let permit = set_up_tasks(ctx.actor(), &facts(&process, &people, ctx.actor().user_id))?;
        refuse_frozen(&process)?;
        let number = refuse_unpublished(&process)?;
        let (_, content): (_, ProcessContent) =
            version::get(&*tx, ctx.account_id(), &process, number).await?;
        let ProcessContent { title: _, purpose: _, mut flow } = content;
        resolve(&*tx, ctx.account_id(), &mut flow, Titles::InForce).await?;
        assign(&mut flow, &sole_holders(&tx, id).await?);
        let workflow = Workflow {
            id: WorkflowId(tx.id()),
            account_id: ctx.account_id(),
            organisation_id: Some(ctx.actor().organisation_id),
            title: title.unwrap_or(process.title),
            description: process.purpose,
            active: true,
            external_start: false,
            process_id: Some(id),
            version: 1,
            published_version: Some(1),
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        let mut content = WorkflowContent {
            title: workflow.title.clone(),
            description: workflow.description.clone(),
            flow,
            ..WorkflowContent::default()
        };
        content.form_versions = check(ctx, &tx, &content).await?;
        tx.insert(&permit, &workflow, "workflow.created").await?;
        let author_id = ctx.actor().user_id;
        let new = NewVersion { number: 1, note: "", author_id, restored_from: None, content: &content };
        version::insert(&tx, &permit, &workflow, new).await?;
        let publication = Publication { note: None, new_edition: true };
        version::publish(&tx, &permit, &workflow, 1, publication, "workflow.published").await?;
        Ok(WorkflowWithFlow { workflow, flow: content.flow })
    })
    .await
}

/// The roles that one active member holds, and who that is.
async fn sole_holders(tx: &Tx, id: ProcessId) -> Result<BTreeMap<ProcessRoleId, UserId>> {
    let members = member::all_members(tx, tx.account_id(), id).await?;
    let users = find_many::<User>(tx, tx.account_id(), members.iter().map(|member| member.user_id.0)).await?;
    let active: BTreeSet<UserId> = users.into_iter().filter(|user| user.active).map(|user| user.id).collect();
    let mut holders: BTreeMap<ProcessRoleId, BTreeSet<UserId>> = BTreeMap::new();
    for member in members.into_iter().filter(|member| active.contains(&member.user_id)) {
        if let Some(role) = member.process_role_id {
            holders.entry(role).or_default().insert(member.user_id);
        }
    }
    let sole = holders.into_iter().filter(|(_, holders)| holders.len() == 1);
    Ok(sole.filter_map(|(role, holders)| Some((role, holders.into_iter().next()?))).collect())
}

/// Gives the tasks of lanes, where nobody has said who gets them, to those who alone hold the lanes' roles.
fn assign(flow: &mut Flow, holders: &BTreeMap<ProcessRoleId, UserId>) {
    let lanes: BTreeMap<&str, _> = flow.lanes.iter().map(|lane| (lane.id.as_str(), lane)).collect();
    let holder = |lane: Option<&str>| {
        let (mut next, mut left) = (lane, flow.lanes.len());
        while let Some(lane) = next.and_then(|id| lanes.get(id)).filter(|_| left > 0) {
            if let Some(id) = lane.process_role_id {
                return holders.get(&id).copied();
            }
            next = lane.parent.as_deref();
            left -= 1;
        }
        None
    };
    let by_hand = |kind| matches!(kind, NodeKind::Task | NodeKind::UserTask | NodeKind::ManualTask);
    let assigned: Vec<Option<UserId>> = flow
        .nodes
        .iter()
        .map(|node| by_hand(node.kind).then(|| holder(node.lane.as_deref())).flatten())
        .collect();
    for (node, user_id) in flow.nodes.iter_mut().zip(assigned) {
        let Some(user_id) = user_id else { continue };
        let step = node.step.get_or_insert_with(UserStep::default);
        if step.assignee.is_none() {
            step.assignee =
                Some(Assignee { kind: AssigneeKind::User, user_id: Some(user_id), ..Assignee::default() });
        }
    }
}
