//! The members of processes, and work from processes, on the wire.

use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use styr_domain::access::of;
use styr_domain::id::{ProcessId, ProcessPersonId, ProcessRoleId, UserId};

use super::library::{MemberPage, MemberView};
use crate::app::Ctx;
use crate::app::process::{member, work};
use crate::http::Tag;
use crate::http::answer::{Answer, Created, Done, Found, Thing};
use crate::http::body::Body;
use crate::http::page;
use crate::http::workflow::WorkflowView;

/// Who becomes a member of a process.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberBody {
    /// The user.
    user_id: UserId,
    /// The process role that they hold in it. Absent for a member without one.
    process_role_id: Option<ProcessRoleId>,
}

/// What a workflow is set up with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessWorkflowBody {
    /// Its title. The process's when absent.
    #[oai(validator(min_length = 1, max_length = 500))]
    title: Option<String>,
}

/// The operations on members, and on work from processes.
pub(crate) struct MemberApi;

#[OpenApi(tag = "Tag::Process")]
impl MemberApi {
    /// List a process's members
    ///
    /// Each once for each role that they hold in it, oldest first.
    #[oai(path = "/processes/:id/members", method = "get", operation_id = "process_member_list")]
    async fn list(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<MemberPage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(member::list(&ctx, id.0, page).await?.into()))
    }

    /// Add a member to a process
    ///
    /// With a role that they hold in it, or without. A member may hold several, one for each membership.
    #[oai(path = "/processes/:id/members", method = "post", operation_id = "process_member_create")]
    async fn create(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ProcessId>,
        body: Body<MemberBody>,
    ) -> Answer<Created<MemberView>> {
        let MemberBody { user_id, process_role_id } = body.0;
        let made = member::create(&ctx, id.0, user_id, process_role_id).await?;
        let location = format!("/v1/processes/{}/members", id.0);
        Ok(Created { view: made.into(), revision: 1, location })
    }

    /// Remove a member from a process
    ///
    /// Takes this membership: a role, or being a member without one.
    #[oai(
        path = "/processes/:id/members/:member_id",
        method = "delete",
        operation_id = "process_member_delete"
    )]
    async fn delete(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ProcessId>,
        member_id: Path<ProcessPersonId>,
    ) -> Answer<Done> {
        member::delete(&ctx, id.0, member_id.0).await?;
        Ok(Done)
    }

    /// Set up a workflow from a process
    ///
    /// A workflow template of the process's flow in force, local to the caller's organisation, published and active: cases
    /// can be started from it at once. Where a lane names a process role that one active member holds, the lane's tasks go
    /// to them; others go to whoever starts the case. What cannot be run is reported with its element.
    #[oai(path = "/processes/:id/workflows", method = "post", operation_id = "process_workflow_create")]
    async fn workflow(
        &self,
        ctx: Ctx<of::ProcessSetUpTasks>,
        id: Path<ProcessId>,
        body: Body<ProcessWorkflowBody>,
    ) -> Answer<Created<WorkflowView>> {
        let made = work::create(&ctx, id.0, body.0.title).await?;
        let location = format!("/v1/workflows/{}", made.workflow.id);
        Ok(Thing::from(made).created(location))
    }
}
