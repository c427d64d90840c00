//! Why a user may or may not do something, now or if their roles were others.

use std::collections::{BTreeMap, BTreeSet};

use styr_domain::access::{
    Actor, CaseFacts, CaseFilter, Explanation, Grant, Ground, Lockdown, LockedOut, PermissionGroup, Resource,
    Right, Role, TemplateKind, Thing, authorize, explain, manage_token, of, see_template,
};
use styr_domain::case::Task;
use styr_domain::form::{Form, Submission};
use styr_domain::id::{
    AccountId, CaseId, FormId, GroupId, OrganisationId, PermissionGroupId, ProcessGroupId, ProcessId, RoleId,
    SubmissionId, TaskId, TokenId, UserId, WorkflowId,
};
use styr_domain::process::ProcessGroup;
use styr_domain::token::Token;
use styr_domain::user::User;
use styr_domain::workflow::Workflow;
use styr_domain::{Fault, FaultKind, Text, Violation};
use styr_persistence::process::Whole;
use styr_persistence::{Error, LandscapeTree, OrganisationTree, Read, case, find, find_many, get, process};

use super::super::account::get_one;
use super::super::user::{resource, visible_group};
use super::super::{Ctx, Result};
use super::super::{case as cases, form as forms, process as processes, workflow as workflows};
use super::permission_group::reach_in;
use super::reach_of;

/// What explaining another's access takes.
pub type ExplainOthers = (of::RoleAssign, of::UserManagePermissions, of::ReportSeeLocal);

/// What a right is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Asked {
    /// Nothing in particular.
    Anything,
    /// What belongs to the account as a whole.
    Account,
    /// An organisation, and what it owns.
    Organisation(OrganisationId),
    /// A user.
    User(UserId),
    /// A rights group.
    Group(GroupId),
    /// A branch of the landscape.
    ProcessGroup(ProcessGroupId),
    /// A process.
    Process(ProcessId),
    /// A form template.
    Form(FormId),
    /// A workflow template.
    Workflow(WorkflowId),
    /// A case.
    Case(CaseId),
    /// A task.
    Task(TaskId),
    /// A submission.
    Submission(SubmissionId),
}

/// A question about access.
#[derive(Debug, Clone)]
pub struct Question {
    /// Who.
    pub user_id: UserId,
    /// Within the limits of this token of theirs.
    pub token_id: Option<TokenId>,
    /// To do what.
    pub right: Right,
    /// To what.
    pub asked: Asked,
    /// As if they also had these roles, each in an organisation or in the whole account.
    pub with_roles: Vec<(RoleId, Option<OrganisationId>)>,
    /// As if they did not have these roles.
    pub without_roles: BTreeSet<RoleId>,
    /// As if they were also in these permission groups.
    pub with_permission_groups: Vec<PermissionGroupId>,
    /// As if they were not in these.
    pub without_permission_groups: BTreeSet<PermissionGroupId>,
}

/// The answer, with the names of what it mentions.
#[derive(Debug)]
pub struct Explained {
    /// Why.
    pub explanation: Explanation,
    /// The roles among the grounds.
    pub roles: BTreeMap<RoleId, Role>,
    /// The permission groups among the grounds.
    pub permission_groups: BTreeMap<PermissionGroupId, PermissionGroup>,
}

/// Answers a question about access. Anybody may ask about themselves; what the asker may not see is not there.
///
/// # Errors
/// `not_found` or `forbidden` for another user; `invalid` when what the question names is not there.
pub async fn answer(ctx: &Ctx<LockedOut>, question: &Question) -> Result<Explained> {
    let read = ctx.read();
    let user: Option<User> = find(&read, ctx.account_id(), question.user_id).await?;
    let user = user.filter(|user| resource(ctx, user).visible).ok_or_else(|| absent("/user_id"))?;
    if user.id != ctx.actor().user_id {
        let _may = authorize::<ExplainOthers>(ctx.actor(), &resource(ctx, &user))?;
    }
    let mut actor = super::super::user::actor_of(&read, &user, ctx.app().store().ambient().now()).await?;
    if let Some(id) = question.token_id {
        let token: Option<Token> = find(&read, ctx.account_id(), id).await?;
        let token = token.filter(|token| token.user_id == user.id).ok_or_else(|| absent("/token_id"))?;
        let _may = manage_token(ctx.actor(), user.id, user.organisation_id)?;
        actor.scopes = token.scopes;
    }
    suppose(&read, &mut actor, question).await?;
    let explanation = on(ctx, &read, &actor, question.right, question.asked).await;
    let explanation = explanation.map_err(|error| match error {
        Error::Fault(fault) if fault.kind == FaultKind::NotFound => absent("/id").into(),
        error => error,
    })?;
    let (mut roles, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for ground in &explanation.grounds {
        match ground {
            Ground::Role { role_id, .. } => drop(roles.insert(role_id.0)),
            Ground::PermissionGroup(id) => drop(groups.insert(id.0)),
            Ground::Owner | Ground::Everyone => {}
        }
    }
    let roles: Vec<Role> = find_many(&read, ctx.account_id(), roles).await?;
    let groups: Vec<PermissionGroup> = find_many(&read, ctx.account_id(), groups).await?;
    Ok(Explained {
        explanation,
        roles: roles.into_iter().map(|role| (role.id, role)).collect(),
        permission_groups: groups.into_iter().map(|group| (group.id, group)).collect(),
    })
}

fn absent(pointer: &str) -> Fault {
    Fault::invalid(vec![processes::missing(pointer)])
}

/// Makes the actor one with the supposed roles and permission groups.
async fn suppose(read: &Read<'_>, actor: &mut Actor, question: &Question) -> Result<()> {
    let Question { with_roles, without_roles, with_permission_groups, without_permission_groups, .. } =
        question;
    actor.grants.retain(|grant| match grant.ground {
        Ground::Role { role_id, .. } => !without_roles.contains(&role_id),
        Ground::PermissionGroup(id) => !without_permission_groups.contains(&id),
        Ground::Owner | Ground::Everyone => true,
    });
    let organisations = OrganisationTree::load(read, actor.account_id).await?;
    let roles: Vec<Role> = find_many(read, actor.account_id, with_roles.iter().map(|(id, _)| id.0)).await?;
    for (index, (role_id, organisation_id)) in with_roles.iter().enumerate() {
        let role = roles.iter().find(|role| role.id == *role_id);
        let role = role.ok_or_else(|| absent(&format!("/with_roles/{index}/role_id")))?;
        if organisation_id.is_some_and(|id| !organisations.contains(id)) {
            return Err(absent(&format!("/with_roles/{index}/organisation_id")).into());
        }
        let ground = Ground::Role { assignment_id: None, role_id: role.id };
        let reach = reach_of(&organisations, *organisation_id);
        actor.grants.push(Grant { rights: role.rights, reach, ground });
    }
    if !with_permission_groups.is_empty() {
        let landscape = LandscapeTree::load(read, actor.account_id).await?;
        let ids = with_permission_groups.iter().map(|id| id.0);
        let groups: Vec<PermissionGroup> = find_many(read, actor.account_id, ids).await?;
        for (index, id) in with_permission_groups.iter().enumerate() {
            let group = groups.iter().find(|group| group.id == *id);
            let group = group.ok_or_else(|| absent(&format!("/with_permission_group_ids/{index}")))?;
            let reach = reach_in(&landscape, group.process_group_ids.as_ref());
            actor.grants.push(Grant {
                rights: group.rights,
                reach,
                ground: Ground::PermissionGroup(group.id),
            });
        }
    }
    let (account, closed) = locked(read, actor.account_id, &organisations).await?;
    actor.lockdown = Lockdown::of(actor, account, closed);
    Ok(())
}

/// What is locked down: the account, and organisations with all below them.
async fn locked(
    read: &Read<'_>,
    account_id: AccountId,
    tree: &OrganisationTree,
) -> Result<(bool, Vec<OrganisationId>)> {
    let account = styr_persistence::account::get(read, account_id).await?;
    let closed = styr_persistence::account::locked_organisations(read, account_id).await?;
    let closed = closed.into_iter().flat_map(|id| tree.with_all_below(id)).collect();
    Ok((account.locked_down_at.is_some(), closed))
}

/// Explains the decision on the thing, which the asker must see themself.
async fn on(
    ctx: &Ctx<LockedOut>,
    read: &Read<'_>,
    actor: &Actor,
    right: Right,
    asked: Asked,
) -> Result<Explanation> {
    let account_id = ctx.account_id();
    Ok(match asked {
        Asked::Anything => explain(actor, right, Thing::Anything),
        Asked::Account => explain(actor, right, Thing::Owned(&Resource::shared(account_id))),
        Asked::Organisation(id) => {
            let organisation = get_one(ctx, id).await?;
            explain(actor, right, Thing::Owned(&Resource::local(account_id, organisation.id)))
        }
        Asked::User(id) => {
            let user: User = get(read, account_id, id).await?;
            if !resource(ctx, &user).visible {
                return Err(Fault::not_found().into());
            }
            explain(actor, right, Thing::Owned(&Resource::local(account_id, user.organisation_id)))
        }
        Asked::Group(id) => {
            let group = visible_group(ctx, read, id).await?;
            let resource = Resource { organisation: group.organisation_id, ..Resource::shared(account_id) };
            explain(actor, right, Thing::Owned(&resource))
        }
        Asked::ProcessGroup(id) => {
            let group: ProcessGroup = get(read, account_id, id).await?;
            if !ctx.actor().sees_process_group(id) {
                return Err(Fault::not_found().into());
            }
            explain(actor, right, Thing::ProcessGroup(Some(group.id)))
        }
        Asked::Process(id) => {
            let Whole { process, people, .. } = process::whole(read, account_id, id).await?;
            let facts = |actor: &Actor| processes::facts(&process, &people, actor.user_id);
            styr_domain::access::see_process(ctx.actor(), &facts(ctx.actor()))?;
            explain(actor, right, Thing::Process(&facts(actor)))
        }
        Asked::Form(id) => {
            let form: Form = get(read, account_id, id).await?;
            let facts = forms::facts(&form);
            see_template(ctx.actor(), TemplateKind::Form, &facts)?;
            explain(actor, right, Thing::Template(TemplateKind::Form, &facts))
        }
        Asked::Workflow(id) => {
            let workflow: Workflow = get(read, account_id, id).await?;
            let facts = workflows::facts(&workflow);
            see_template(ctx.actor(), TemplateKind::Workflow, &facts)?;
            explain(actor, right, Thing::Template(TemplateKind::Workflow, &facts))
        }
        Asked::Case(id) => {
            let known = cases::visible(ctx, read, id).await?;
            known.ask(|case: &CaseFacts<'_>| explain(actor, right, Thing::Case(case)))
        }
        Asked::Task(id) => {
            let task: Task = get(read, account_id, id).await?;
            let known = cases::visible(ctx, read, task.case_id).await?;
            known.ask(|case| explain(actor, right, Thing::Task(&cases::task_facts(&task, *case))))
        }
        Asked::Submission(id) => {
            let (submission, of_asker) = forms::load_submission(ctx, read, id).await?;
            styr_domain::access::see_submission(ctx.actor(), &of_asker)?;
            let facts = of_user(read, actor, &submission).await?;
            explain(actor, right, Thing::Submission(&facts))
        }
    })
}

async fn of_user(
    read: &Read<'_>,
    actor: &Actor,
    submission: &Submission,
) -> Result<styr_domain::access::SubmissionFacts> {
    let case_seen = match submission.case_id {
        Some(id) => Some(case::is_admitted(read, &CaseFilter::of(actor), id).await?),
        None => None,
    };
    Ok(forms::submission_facts(submission, case_seen))
}

/// A question that names a thing without saying which, or the reverse.
#[must_use]
pub fn half_named() -> Fault {
    let text = Text::fixed(
        "entity og id hører sammen: angiv begge, eller ingen. Kun account har intet id.",
        "entity och id hör ihop: ange båda, eller ingen. Bara account har inget id.",
        "entity and id belong together: give both, or neither. Only account has no id.",
    );
    Fault::invalid(vec![Violation::at("/id", "entity_without_id", text)])
}
