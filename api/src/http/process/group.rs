//! Process groups on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::id::ProcessGroupId;
use styr_domain::process::ProcessGroup;

use super::ProcessView;
use crate::app::process::group::{self, Level, MoveInput, ProcessGroupInput};
use crate::app::{Ctx, IfMatch};
use crate::http::Tag;
use crate::http::answer::{Answer, Created, Done, Found, Thing};
use crate::http::body::Body;
use crate::http::page::{self, page};

/// A process group: a branch of the landscape.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ProcessGroupView {
    /// Its id.
    id: ProcessGroupId,
    /// The group above it; absent at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<ProcessGroupId>,
    /// Its classification code, such as `6.2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Its title.
    title: String,
    /// Its place among its siblings.
    position: i32,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<ProcessGroup> for ProcessGroupView {
    fn from(group: ProcessGroup) -> Self {
        let ProcessGroup { id, account_id: _, parent_id, code, title, position, revision: _, created_at } =
            group;
        Self { id, parent_id, code, title, position, created_at }
    }
}

impl From<ProcessGroup> for Thing<ProcessGroupView> {
    fn from(group: ProcessGroup) -> Self {
        Self { revision: group.revision, view: group.into() }
    }
}

page! {
    /// One page of process groups.
    ProcessGroupPage of ProcessGroupView
}

/// What a process group is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessGroupBody {
    /// The group above it; absent at the top.
    parent_id: Option<ProcessGroupId>,
    /// Its classification code, such as `6.2`.
    #[oai(validator(max_length = 50))]
    code: Option<String>,
    /// Its title.
    #[oai(validator(min_length = 1, max_length = 500))]
    title: String,
    /// Its place among its siblings, lowest first. 0 when absent.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    position: Option<i32>,
}

impl From<ProcessGroupBody> for ProcessGroupInput {
    fn from(body: ProcessGroupBody) -> Self {
        let ProcessGroupBody { parent_id, code, title, position } = body;
        Self { parent_id, code, title, position: position.unwrap_or_default() }
    }
}

/// Where a process group is moved to.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessGroupMoveBody {
    /// The group above it then. The top when absent.
    parent_id: Option<ProcessGroupId>,
    /// The sibling there that it comes right before.
    before_id: Option<ProcessGroupId>,
    /// Its place among its siblings there, from 0, where no `before_id` is given. The end when neither is.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    position: Option<u32>,
}

impl From<ProcessGroupMoveBody> for MoveInput {
    fn from(ProcessGroupMoveBody { parent_id, before_id, position }: ProcessGroupMoveBody) -> Self {
        Self { parent_id, before_id, position }
    }
}

/// One level of the landscape.
#[derive(Debug, Object, Serialize)]
pub(crate) struct LandscapeView {
    /// The groups, by position, code and title.
    groups: Vec<ProcessGroupView>,
    /// The processes, by code and title.
    processes: Vec<ProcessView>,
    /// Whether there is more than fits one answer; the lists of groups and processes give all.
    more: bool,
}

/// The operations on process groups.
pub(crate) struct ProcessGroupApi;

#[OpenApi(tag = "Tag::Process")]
impl ProcessGroupApi {
    /// List process groups
    ///
    /// All groups, or those right below one, oldest first.
    #[oai(path = "/process-groups", method = "get", operation_id = "process_group_list")]
    async fn list(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those right below this group.
        parent_id: Query<Option<ProcessGroupId>>,
        /// Only those whose code begins so.
        #[oai(validator(min_length = 1, max_length = 50))]
        code: Query<Option<String>>,
    ) -> Answer<Found<ProcessGroupPage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(group::list(&ctx, parent_id.0, code.0.as_deref(), page).await?.into()))
    }

    /// Create a process group
    ///
    /// At the top of the landscape, or below another group.
    #[oai(path = "/process-groups", method = "post", operation_id = "process_group_create")]
    async fn create(
        &self,
        ctx: Ctx<of::ProcessCreate>,
        body: Body<ProcessGroupBody>,
    ) -> Answer<Created<ProcessGroupView>> {
        let made = group::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/process-groups/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a process group
    ///
    /// The group by itself; what lies in it is in the landscape.
    #[oai(path = "/process-groups/:id", method = "get", operation_id = "process_group_get")]
    async fn get(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessGroupId>,
    ) -> Answer<Thing<ProcessGroupView>> {
        Ok(group::get_one(&ctx, id.0).await?.into())
    }

    /// Replace a process group
    ///
    /// Another `parent_id` moves it with all that lies in it.
    #[oai(path = "/process-groups/:id", method = "put", operation_id = "process_group_replace")]
    async fn replace(
        &self,
        ctx: Ctx<of::ProcessCreate>,
        if_match: IfMatch,
        id: Path<ProcessGroupId>,
        body: Body<ProcessGroupBody>,
    ) -> Answer<Thing<ProcessGroupView>> {
        Ok(group::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Move a process group
    ///
    /// With all that lies in it, below another group or to the top, and to a place among its siblings there, which are
    /// numbered from 0.
    #[oai(path = "/process-groups/:id/move", method = "post", operation_id = "process_group_move")]
    async fn move_to(
        &self,
        ctx: Ctx<of::ProcessCreate>,
        id: Path<ProcessGroupId>,
        body: Body<ProcessGroupMoveBody>,
    ) -> Answer<Thing<ProcessGroupView>> {
        Ok(group::move_to(&ctx, id.0, body.0.into()).await?.into())
    }

    /// Delete a process group
    ///
    /// Only an empty one.
    #[oai(path = "/process-groups/:id", method = "delete", operation_id = "process_group_delete")]
    async fn delete(
        &self,
        ctx: Ctx<of::ProcessCreate>,
        if_match: IfMatch,
        id: Path<ProcessGroupId>,
    ) -> Answer<Done> {
        group::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Get a level of the landscape
    ///
    /// The groups and processes right below a group, or at the top, as far as the caller may see them.
    #[oai(path = "/landscape", method = "get", operation_id = "landscape_get")]
    async fn landscape(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// The group to look into. The top when absent.
        group_id: Query<Option<ProcessGroupId>>,
    ) -> Answer<Found<LandscapeView>> {
        let Level { groups, processes, more } = group::level(&ctx, group_id.0).await?;
        Ok(Found(LandscapeView {
            groups: groups.into_iter().map(Into::into).collect(),
            processes: processes.into_iter().map(Into::into).collect(),
            more,
        }))
    }
}
