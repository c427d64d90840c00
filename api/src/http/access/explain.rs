//! Why somebody may or may not do something.

use poem_openapi::{Enum, Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::{AccessPart, Explanation, Ground, LockedOut, Obstacle, Right};
use styr_domain::id::{
    AssignmentId, CaseId, FormId, GroupId, OrganisationId, PermissionGroupId, ProcessGroupId, ProcessId,
    RoleId, SubmissionId, TaskId, TokenId, UserId, WorkflowId,
};
use styr_domain::{Fault, Language};
use uuid::Uuid;

use super::super::Tag;
use super::super::answer::{Answer, Found};
use super::super::body::Body;
use crate::app::Ctx;
use crate::app::access::explain::{self, Asked, Explained, Question, half_named};

/// The kinds of thing that access can be explained for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccessEntity {
    /// What belongs to the account as a whole; has no id.
    Account,
    /// An organisation, and what it owns.
    Organisation,
    /// A user.
    User,
    /// A rights group.
    Group,
    /// A process group.
    ProcessGroup,
    /// A process.
    Process,
    /// A form template.
    Form,
    /// A workflow template.
    Workflow,
    /// A case.
    Case,
    /// A task.
    Task,
    /// A submission.
    Submission,
}

/// A role that the user is supposed to have.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupposedRoleBody {
    /// The role.
    role_id: RoleId,
    /// The organisation in which, with all below it, it would hold. The whole account when absent.
    organisation_id: Option<OrganisationId>,
}

/// A question about access: may this user do this, and why?
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessQuestionBody {
    /// Who. The caller when absent.
    user_id: Option<UserId>,
    /// Within the limits of this token of theirs. Without a token's limits when absent.
    token_id: Option<TokenId>,
    /// To do what.
    right: Right,
    /// To what kind of thing. When absent: anywhere at all.
    entity: Option<AccessEntity>,
    /// To which.
    id: Option<Uuid>,
    /// As if they also had these roles.
    #[oai(validator(max_items = 20))]
    with_roles: Option<Vec<SupposedRoleBody>>,
    /// As if they did not have these roles.
    #[oai(validator(max_items = 100))]
    without_role_ids: Option<Vec<RoleId>>,
    /// As if they were also in these permission groups.
    #[oai(validator(max_items = 20))]
    with_permission_group_ids: Option<Vec<PermissionGroupId>>,
    /// As if they were not in these permission groups.
    #[oai(validator(max_items = 100))]
    without_permission_group_ids: Option<Vec<PermissionGroupId>>,
}

impl AccessQuestionBody {
    fn question<R>(self, ctx: &Ctx<R>) -> Result<Question, Fault> {
        let Self {
            user_id,
            token_id,
            right,
            entity,
            id,
            with_roles,
            without_role_ids,
            with_permission_group_ids,
            without_permission_group_ids,
        } = self;
        let asked = match (entity, id) {
            (None, None) => Asked::Anything,
            (Some(AccessEntity::Account), None) => Asked::Account,
            (Some(entity), Some(id)) => match entity {
                AccessEntity::Account => return Err(half_named()),
                AccessEntity::Organisation => Asked::Organisation(OrganisationId(id)),
                AccessEntity::User => Asked::User(UserId(id)),
                AccessEntity::Group => Asked::Group(GroupId(id)),
                AccessEntity::ProcessGroup => Asked::ProcessGroup(ProcessGroupId(id)),
                AccessEntity::Process => Asked::Process(ProcessId(id)),
                AccessEntity::Form => Asked::Form(FormId(id)),
                AccessEntity::Workflow => Asked::Workflow(WorkflowId(id)),
                AccessEntity::Case => Asked::Case(CaseId(id)),
                AccessEntity::Task => Asked::Task(TaskId(id)),
                AccessEntity::Submission => Asked::Submission(SubmissionId(id)),
            },
            (None, Some(_)) | (Some(_), None) => return Err(half_named()),
        };
        let role = |SupposedRoleBody { role_id, organisation_id }| (role_id, organisation_id);
        Ok(Question {
            user_id: user_id.unwrap_or(ctx.actor().user_id),
            token_id,
            right,
            asked,
            with_roles: with_roles.into_iter().flatten().map(role).collect(),
            without_roles: without_role_ids.into_iter().flatten().collect(),
            with_permission_groups: with_permission_group_ids.into_iter().flatten().collect(),
            without_permission_groups: without_permission_group_ids.into_iter().flatten().collect(),
        })
    }
}

/// The kinds of ground on which somebody has a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccessGroundKind {
    /// They own the account.
    Owner,
    /// Every user has it.
    Everyone,
    /// A role of theirs gives it.
    Role,
    /// A permission group that they are in gives it.
    PermissionGroup,
}

/// Something that gives the user the right there.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct AccessGroundView {
    /// What it is.
    kind: AccessGroundKind,
    /// The role or permission group.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The giving of the role; absent for one that is supposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment_id: Option<AssignmentId>,
}

/// Why a user may or may not do something.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct AccessExplanationView {
    /// Whether they may.
    allowed: bool,
    /// The code of the problem that they would be answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What they would be told, in the caller's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Their own parts in the thing, by which its rules open it to them.
    parts: Vec<AccessPart>,
    /// What gives them the right there, whatever may stand in its way.
    grounds: Vec<AccessGroundView>,
    /// When they may not: everything that stands in their way.
    obstacles: Vec<Obstacle>,
    /// When they may not: the rights any one of which, given where the thing lies, would let them. One of administration
    /// may need `admin.enter` besides. None when no right would.
    sufficient_rights: Vec<Right>,
}

impl AccessExplanationView {
    fn of(explained: Explained, language: Language) -> Self {
        let Explained { explanation, roles, permission_groups } = explained;
        let Explanation { decision, parts, grounds, obstacles, sufficient } = explanation;
        let ground = |ground| match ground {
            Ground::Owner => AccessGroundView::bare(AccessGroundKind::Owner),
            Ground::Everyone => AccessGroundView::bare(AccessGroundKind::Everyone),
            Ground::Role { assignment_id, role_id } => AccessGroundView {
                kind: AccessGroundKind::Role,
                id: Some(role_id.0),
                name: roles.get(&role_id).map(|role| role.name.clone()),
                assignment_id,
            },
            Ground::PermissionGroup(id) => AccessGroundView {
                kind: AccessGroundKind::PermissionGroup,
                id: Some(id.0),
                name: permission_groups.get(&id).map(|group| group.name.clone()),
                assignment_id: None,
            },
        };
        let grounds = grounds.into_iter().map(ground).collect();
        let (code, detail) = match &decision {
            Ok(()) => (None, None),
            Err(fault) => (Some(fault.code.to_owned()), Some(fault.text.in_language(language).to_owned())),
        };
        Self {
            allowed: decision.is_ok(),
            code,
            detail,
            parts,
            grounds,
            obstacles,
            sufficient_rights: sufficient.iter().collect(),
        }
    }
}

impl AccessGroundView {
    const fn bare(kind: AccessGroundKind) -> Self {
        Self { kind, id: None, name: None, assignment_id: None }
    }
}

/// The operation that explains.
pub(crate) struct ExplainApi;

#[OpenApi(tag = "Tag::Access")]
impl ExplainApi {
    /// Explain access
    ///
    /// Whether a user may do something, which role or permission group lets them, or everything that stands in their way
    /// and which rights would help; now, or if they had other roles. It asks the very rules that their request would meet,
    /// and changes nothing. Everybody may ask about themselves; asking about others takes `role.assign`,
    /// `user.manage_permissions` or `report.see_local` where they belong. What the caller may not see is not there.
    #[oai(path = "/access/explain", method = "post", operation_id = "access_explain")]
    async fn explain(
        &self,
        ctx: Ctx<LockedOut>,
        body: Body<AccessQuestionBody>,
    ) -> Answer<Found<AccessExplanationView>> {
        let question = body.0.question(&ctx)?;
        let explained = explain::answer(&ctx, &question).await?;
        Ok(Found(AccessExplanationView::of(explained, ctx.language())))
    }
}
