//! Process roles, labels and components on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::id::{ComponentId, LabelId, ProcessId, ProcessPersonId, ProcessRoleId, UserId};
use styr_domain::process::{Component, Label, Process, ProcessPerson, ProcessRole};

use crate::app::process::library::{self, ComponentInput, LabelInput};
use crate::app::process::role::{self, ProcessRoleInput};
use crate::app::{Ctx, IfMatch};
use crate::http::Tag;
use crate::http::answer::{Answer, Created, Done, Found, Thing};
use crate::http::body::Body;
use crate::http::page::{self, page};

/// A process role: a job function in processes, such as a buyer. It gives no rights.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ProcessRoleView {
    /// Its id.
    id: ProcessRoleId,
    /// Its name.
    name: String,
    /// What who holds it does.
    description: String,
    /// The role that it was merged into, if it was: that one is meant wherever this one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into_id: Option<ProcessRoleId>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<ProcessRole> for ProcessRoleView {
    fn from(role: ProcessRole) -> Self {
        let ProcessRole { id, account_id: _, name, description, merged_into_id, revision: _, created_at } =
            role;
        Self { id, name, description, merged_into_id, created_at }
    }
}

impl From<ProcessRole> for Thing<ProcessRoleView> {
    fn from(role: ProcessRole) -> Self {
        Self { revision: role.revision, view: role.into() }
    }
}

page! {
    /// One page of process roles.
    ProcessRolePage of ProcessRoleView
}

/// What a process role is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessRoleBody {
    /// Its name, unique in the account.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// What who holds it does.
    #[oai(validator(max_length = 5_000))]
    description: Option<String>,
}

impl From<ProcessRoleBody> for ProcessRoleInput {
    fn from(ProcessRoleBody { name, description }: ProcessRoleBody) -> Self {
        Self { name, description: description.unwrap_or_default() }
    }
}

/// Which process role another is merged into.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessRoleMergeBody {
    /// The role that stays.
    into_id: ProcessRoleId,
}

/// Somebody who holds a process role in a process.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct MemberView {
    /// The id of this membership.
    id: ProcessPersonId,
    /// The process.
    process_id: ProcessId,
    /// The user.
    user_id: UserId,
    /// The role that they hold; absent for a member without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    process_role_id: Option<ProcessRoleId>,
    /// Since when.
    created_at: DateTime<Utc>,
}

impl From<ProcessPerson> for MemberView {
    fn from(person: ProcessPerson) -> Self {
        let ProcessPerson { id, account_id: _, process_id, user_id, part: _, process_role_id, created_at } =
            person;
        Self { id, process_id, user_id, process_role_id, created_at }
    }
}

page! {
    /// One page of members.
    MemberPage of MemberView
}

/// A process that names something in common with others.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ProcessUseView {
    /// The process.
    id: ProcessId,
    /// Its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Its title.
    title: String,
}

impl From<Process> for ProcessUseView {
    fn from(Process { id, code, title, .. }: Process) -> Self {
        Self { id, code, title }
    }
}

page! {
    /// One page of processes that name something in common.
    ProcessUsePage of ProcessUseView
}

/// A label: a word that processes are sorted and found by.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct LabelView {
    /// Its id.
    id: LabelId,
    /// Its name.
    name: String,
    /// Its colour, as `#` and six hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Label> for LabelView {
    fn from(Label { id, account_id: _, name, colour, revision: _, created_at }: Label) -> Self {
        Self { id, name, colour, created_at }
    }
}

impl From<Label> for Thing<LabelView> {
    fn from(label: Label) -> Self {
        Self { revision: label.revision, view: label.into() }
    }
}

page! {
    /// One page of labels.
    LabelPage of LabelView
}

/// What a label is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelBody {
    /// Its name, unique in the account.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// Its colour, as `#` and six hexadecimal digits.
    #[oai(validator(pattern = "^#[0-9a-fA-F]{6}$"))]
    colour: Option<String>,
}

impl From<LabelBody> for LabelInput {
    fn from(LabelBody { name, colour }: LabelBody) -> Self {
        Self { name, colour }
    }
}

/// A component: something that processes make use of, such as a system or a machine.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ComponentView {
    /// Its id.
    id: ComponentId,
    /// Its name.
    name: String,
    /// What it is.
    description: String,
    /// Where it is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Component> for ComponentView {
    fn from(component: Component) -> Self {
        let Component { id, account_id: _, name, description, url, revision: _, created_at } = component;
        Self { id, name, description, url, created_at }
    }
}

impl From<Component> for Thing<ComponentView> {
    fn from(component: Component) -> Self {
        Self { revision: component.revision, view: component.into() }
    }
}

page! {
    /// One page of components.
    ComponentPage of ComponentView
}

/// What a component is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComponentBody {
    /// Its name, unique in the account.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// What it is.
    #[oai(validator(max_length = 5_000))]
    description: Option<String>,
    /// Where it is found, by http or https.
    #[oai(validator(max_length = 2_000, pattern = "^https?://\\S+$"))]
    url: Option<String>,
}

impl From<ComponentBody> for ComponentInput {
    fn from(ComponentBody { name, description, url }: ComponentBody) -> Self {
        Self { name, description: description.unwrap_or_default(), url }
    }
}

/// The operations on the account's libraries.
pub(crate) struct LibraryApi;

#[OpenApi(tag = "Tag::Process")]
impl LibraryApi {
    /// List process roles
    ///
    /// The account's, oldest first, without those that were merged into others.
    #[oai(path = "/process-roles", method = "get", operation_id = "process_role_list")]
    async fn roles(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<ProcessRolePage>> {
        Ok(Found(role::list(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Create a process role
    ///
    /// Lanes and members of processes can name it then.
    #[oai(path = "/process-roles", method = "post", operation_id = "process_role_create")]
    async fn create_role(
        &self,
        ctx: Ctx<of::ProcessRoleManage>,
        body: Body<ProcessRoleBody>,
    ) -> Answer<Created<ProcessRoleView>> {
        let made = role::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/process-roles/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a process role
    ///
    /// One that was merged into another says into which.
    #[oai(path = "/process-roles/:id", method = "get", operation_id = "process_role_get")]
    async fn role(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessRoleId>,
    ) -> Answer<Thing<ProcessRoleView>> {
        Ok(role::get_one(&ctx, id.0).await?.into())
    }

    /// Replace a process role
    ///
    /// All lanes that name it show its new name at once.
    #[oai(path = "/process-roles/:id", method = "put", operation_id = "process_role_replace")]
    async fn replace_role(
        &self,
        ctx: Ctx<of::ProcessRoleManage>,
        if_match: IfMatch,
        id: Path<ProcessRoleId>,
        body: Body<ProcessRoleBody>,
    ) -> Answer<Thing<ProcessRoleView>> {
        Ok(role::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a process role
    ///
    /// Only one that nobody holds and no lane names; merge others.
    #[oai(path = "/process-roles/:id", method = "delete", operation_id = "process_role_delete")]
    async fn delete_role(
        &self,
        ctx: Ctx<of::ProcessRoleManage>,
        if_match: IfMatch,
        id: Path<ProcessRoleId>,
    ) -> Answer<Done> {
        role::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Merge a process role into another
    ///
    /// Everything that named the one means the other from now on: who holds it, and the lanes of all processes. Answers the
    /// role that stays.
    #[oai(path = "/process-roles/:id/merge", method = "post", operation_id = "process_role_merge")]
    async fn merge_role(
        &self,
        ctx: Ctx<of::ProcessRoleManage>,
        id: Path<ProcessRoleId>,
        body: Body<ProcessRoleMergeBody>,
    ) -> Answer<Thing<ProcessRoleView>> {
        Ok(role::merge(&ctx, id.0, body.0.into_id).await?.into())
    }

    /// List who holds a process role
    ///
    /// In which processes, as far as the caller may see them.
    #[oai(path = "/process-roles/:id/holders", method = "get", operation_id = "process_role_holders")]
    async fn role_holders(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessRoleId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<MemberPage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(role::holders(&ctx, id.0, page).await?.into()))
    }

    /// List where a process role is used
    ///
    /// The processes whose lanes name it, as far as the caller may see them.
    #[oai(path = "/process-roles/:id/usage", method = "get", operation_id = "process_role_usage")]
    async fn role_usage(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessRoleId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<ProcessUsePage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(role::usage(&ctx, id.0, page).await?.into()))
    }

    /// List labels
    ///
    /// The account's, oldest first.
    #[oai(path = "/labels", method = "get", operation_id = "label_list")]
    async fn labels(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<LabelPage>> {
        Ok(Found(library::labels(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Create a label
    ///
    /// Processes can be given it then.
    #[oai(path = "/labels", method = "post", operation_id = "label_create")]
    async fn create_label(
        &self,
        ctx: Ctx<of::LabelManage>,
        body: Body<LabelBody>,
    ) -> Answer<Created<LabelView>> {
        let made = library::create_label(&ctx, body.0.into()).await?;
        let location = format!("/v1/labels/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a label
    ///
    /// The list of processes, narrowed to it, says which have it.
    #[oai(path = "/labels/:id", method = "get", operation_id = "label_get")]
    async fn label(&self, ctx: Ctx<of::ProcessSee>, id: Path<LabelId>) -> Answer<Thing<LabelView>> {
        Ok(library::label(&ctx, id.0).await?.into())
    }

    /// Replace a label
    ///
    /// All processes that have it show it so.
    #[oai(path = "/labels/:id", method = "put", operation_id = "label_replace")]
    async fn replace_label(
        &self,
        ctx: Ctx<of::LabelManage>,
        if_match: IfMatch,
        id: Path<LabelId>,
        body: Body<LabelBody>,
    ) -> Answer<Thing<LabelView>> {
        Ok(library::replace_label(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a label
    ///
    /// Processes that had it no longer do.
    #[oai(path = "/labels/:id", method = "delete", operation_id = "label_delete")]
    async fn delete_label(
        &self,
        ctx: Ctx<of::LabelManage>,
        if_match: IfMatch,
        id: Path<LabelId>,
    ) -> Answer<Done> {
        library::delete_label(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// List components
    ///
    /// The account's, oldest first.
    #[oai(path = "/components", method = "get", operation_id = "component_list")]
    async fn components(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<ComponentPage>> {
        Ok(Found(library::components(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Create a component
    ///
    /// Processes can name it then.
    #[oai(path = "/components", method = "post", operation_id = "component_create")]
    async fn create_component(
        &self,
        ctx: Ctx<of::ComponentManage>,
        body: Body<ComponentBody>,
    ) -> Answer<Created<ComponentView>> {
        let made = library::create_component(&ctx, body.0.into()).await?;
        let location = format!("/v1/components/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a component
    ///
    /// The list of processes, narrowed to it, says which make use of it.
    #[oai(path = "/components/:id", method = "get", operation_id = "component_get")]
    async fn component(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ComponentId>,
    ) -> Answer<Thing<ComponentView>> {
        Ok(library::component(&ctx, id.0).await?.into())
    }

    /// Replace a component
    ///
    /// All processes that name it show it so.
    #[oai(path = "/components/:id", method = "put", operation_id = "component_replace")]
    async fn replace_component(
        &self,
        ctx: Ctx<of::ComponentManage>,
        if_match: IfMatch,
        id: Path<ComponentId>,
        body: Body<ComponentBody>,
    ) -> Answer<Thing<ComponentView>> {
        Ok(library::replace_component(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a component
    ///
    /// Processes that named it no longer do.
    #[oai(path = "/components/:id", method = "delete", operation_id = "component_delete")]
    async fn delete_component(
        &self,
        ctx: Ctx<of::ComponentManage>,
        if_match: IfMatch,
        id: Path<ComponentId>,
    ) -> Answer<Done> {
        library::delete_component(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }
}
