//! Processes on the wire.

pub(super) mod activity;
pub(super) mod attachment;
pub(super) mod bulk;
pub(super) mod comment;
pub(super) mod copy;
pub(super) mod drawing;
pub(super) mod export;
pub(super) mod group;
pub(super) mod history;
pub(super) mod landscape;
pub(super) mod library;
pub(super) mod member;
pub(super) mod share;

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::{ProcessState, ProcessVisibility, of};
use styr_domain::flow::Flow;
use styr_domain::id::{ComponentId, LabelId, ProcessGroupId, ProcessId, ProcessRoleId, UserId};
use styr_domain::process::{Process, ProcessContent};
use styr_persistence::process::ProcessQuery;

use super::Tag;
use super::answer::{Answer, Created, Done, Found, Thing, text_answer};
use super::body::{Body, XmlBody};
use super::page::{self, page};
use super::version::{ChangesView, PublishEditionInput, VersionPage, VersionView};
use crate::app::process::{self, Imported, NotCarried, ProcessInput, ProcessWithPeople, Tagged};
use crate::app::{Ctx, IfMatch};

/// A process: what happens, why, and who answers for it. Its flow is at `/flow`.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ProcessView {
    /// Its id.
    id: ProcessId,
    /// The process group it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<ProcessGroupId>,
    /// Its classification code, such as `6.2.3.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Its title.
    title: String,
    /// What it is for.
    purpose: String,
    /// Whether it is in the making, in force, or set aside.
    state: ProcessState,
    /// Whether all may see it, or only its owner, editors and members.
    visibility: ProcessVisibility,
    /// Who answers for it.
    owner_id: UserId,
    /// Who else may change it. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    editor_ids: Option<Vec<UserId>>,
    /// Who holds a process role in it. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    member_ids: Option<Vec<UserId>>,
    /// Its labels.
    label_ids: Vec<LabelId>,
    /// The components that it makes use of.
    component_ids: Vec<ComponentId>,
    /// The number of its newest version.
    version: i32,
    /// The number of the version in force, if one is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_version: Option<i32>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<Tagged> for ProcessView {
    fn from(Tagged { process, label_ids, component_ids }: Tagged) -> Self {
        let Process {
            id,
            account_id: _,
            group_id,
            code,
            title,
            purpose,
            state,
            visibility,
            owner_id,
            version,
            published_version,
            revision: _,
            created_at,
            updated_at,
        } = process;
        Self {
            id,
            group_id,
            code,
            title,
            purpose,
            state,
            visibility,
            owner_id,
            editor_ids: None,
            member_ids: None,
            label_ids: label_ids.into_iter().collect(),
            component_ids: component_ids.into_iter().collect(),
            version,
            published_version,
            created_at,
            updated_at,
        }
    }
}

impl From<ProcessWithPeople> for Thing<ProcessView> {
    fn from(with_people: ProcessWithPeople) -> Self {
        let ProcessWithPeople { process, editor_ids, member_ids, label_ids, component_ids } = with_people;
        let revision = process.revision;
        let view = ProcessView {
            editor_ids: Some(editor_ids.into_iter().collect()),
            member_ids: Some(member_ids.into_iter().collect()),
            ..Tagged { process, label_ids, component_ids }.into()
        };
        Self { view, revision }
    }
}

page! {
    /// One page of processes.
    ProcessPage of ProcessView
}

/// What a process is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessBody {
    /// The process group to lie in.
    group_id: Option<ProcessGroupId>,
    /// The classification code, such as `6.2.3.1`.
    #[oai(validator(max_length = 50))]
    code: Option<String>,
    /// The title.
    #[oai(validator(min_length = 1, max_length = 500))]
    title: String,
    /// What it is for.
    #[oai(validator(max_length = 20_000))]
    purpose: Option<String>,
    /// Whether all may see it once it is live. `public` when absent.
    visibility: Option<ProcessVisibility>,
    /// Who answers for it. The caller when absent; on replacing, whoever does already.
    owner_id: Option<UserId>,
    /// Who else may change it.
    #[oai(validator(max_items = 500))]
    editor_ids: Option<Vec<UserId>>,
    /// Its members. On replacing, those who are no more lose their roles in it, new ones have none yet, and all stay as
    /// they are when this is absent.
    #[oai(validator(max_items = 5000))]
    member_ids: Option<Vec<UserId>>,
    /// Its labels. On replacing, they stay as they are when this is absent.
    #[oai(validator(max_items = 100))]
    label_ids: Option<Vec<LabelId>>,
    /// The components that it makes use of. On replacing, they stay as they are when this is absent.
    #[oai(validator(max_items = 500))]
    component_ids: Option<Vec<ComponentId>>,
}

impl From<ProcessBody> for ProcessInput {
    fn from(body: ProcessBody) -> Self {
        let ProcessBody {
            group_id,
            code,
            title,
            purpose,
            visibility,
            owner_id,
            editor_ids,
            member_ids,
            label_ids,
            component_ids,
        } = body;
        Self {
            group_id,
            code,
            title,
            purpose: purpose.unwrap_or_default(),
            visibility: visibility.unwrap_or(ProcessVisibility::Public),
            owner_id,
            editor_ids: editor_ids.into_iter().flatten().collect(),
            member_ids: member_ids.map(|ids| ids.into_iter().collect()),
            label_ids: label_ids.map(|ids| ids.into_iter().collect()),
            component_ids: component_ids.map(|ids| ids.into_iter().collect()),
        }
    }
}

/// What an import made, and what of the file means nothing in Styr.
#[derive(Debug, Object, Serialize)]
pub(crate) struct ImportView {
    /// The processes, one for each in the file.
    processes: Vec<ImportedView>,
    /// What means nothing in Styr, most of it kept for exports.
    not_carried: Vec<NotCarriedView>,
}

/// A process that was imported.
#[derive(Debug, Object, Serialize)]
pub(crate) struct ImportedView {
    /// Its id.
    pub(super) id: ProcessId,
}

/// Something in a BPMN file that means nothing in Styr.
#[derive(Debug, Object, Serialize)]
pub(crate) struct NotCarriedView {
    /// The id of the element that it is, or stands in.
    element: String,
    /// The name of the BPMN element; `link` where it showed an activity, a process or a process role.
    kind: String,
    /// Whether an export says it again; otherwise it was left out.
    kept: bool,
    /// What it is and why it means nothing, in the caller's language.
    reason: String,
}

impl From<NotCarried> for NotCarriedView {
    fn from(NotCarried { element, kind, kept, reason }: NotCarried) -> Self {
        Self { element, kind, kept, reason }
    }
}

/// A version of a process with its content.
#[derive(Debug, Object, Serialize)]
pub(crate) struct ProcessVersionView {
    /// The version.
    version: VersionView,
    /// The title it had.
    title: String,
    /// The purpose it had.
    purpose: String,
    /// The flow it had.
    flow: Flow,
}

text_answer! {
    /// A BPMN 2.0 document.
    BpmnXml "application/xml" "The process as BPMN 2.0 XML."
}
text_answer! {
    /// An SVG picture.
    Svg "image/svg+xml" "The diagram as SVG."
}

/// The operations on processes.
pub(crate) struct ProcessApi;

#[OpenApi(tag = "Tag::Process")]
impl ProcessApi {
    /// List processes
    ///
    /// The processes that the caller may see, oldest first.
    #[oai(path = "/processes", method = "get", operation_id = "process_list")]
    #[expect(clippy::too_many_arguments, reason = "one for each query parameter")]
    async fn list(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those in this process group.
        group_id: Query<Option<ProcessGroupId>>,
        /// Only those of this owner.
        owner_id: Query<Option<UserId>>,
        /// Only those in this state.
        state: Query<Option<ProcessState>>,
        /// Only those for these readers.
        visibility: Query<Option<ProcessVisibility>>,
        /// Only those with this label.
        label_id: Query<Option<LabelId>>,
        /// Only those that make use of this component.
        component_id: Query<Option<ComponentId>>,
        /// Only those whose lanes name this process role, or in which somebody holds it.
        process_role_id: Query<Option<ProcessRoleId>>,
        /// Only those of which this user is a member.
        member_id: Query<Option<UserId>>,
        /// Only those that this user is an editor of.
        editor_id: Query<Option<UserId>>,
        /// Only those whose code begins so.
        #[oai(validator(min_length = 1, max_length = 50))]
        code: Query<Option<String>>,
        /// Only those changed at this time or later.
        updated_since: Query<Option<DateTime<Utc>>>,
    ) -> Answer<Found<ProcessPage>> {
        let query = ProcessQuery {
            group_id: group_id.0,
            owner_id: owner_id.0,
            state: state.0,
            visibility: visibility.0,
            label_id: label_id.0,
            component_id: component_id.0,
            process_role_id: process_role_id.0,
            lane_role_id: None,
            member_id: member_id.0,
            editor_id: editor_id.0,
            code: code.0,
            updated_since: updated_since.0,
        };
        let page = process::list(&ctx, &query, page::request(limit.0, cursor.0.as_deref())?).await?;
        Ok(Found(page.into()))
    }

    /// Create a process
    ///
    /// The new process is a draft with an empty flow.
    #[oai(path = "/processes", method = "post", operation_id = "process_create")]
    async fn create(
        &self,
        ctx: Ctx<of::ProcessCreate>,
        body: Body<ProcessBody>,
    ) -> Answer<Created<ProcessView>> {
        let made = process::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/processes/{}", made.process.id);
        Ok(Thing::from(made).created(location))
    }

    /// Import processes from BPMN
    ///
    /// Takes a BPMN 2.0 file and makes a draft of each process in it. The answer lists what could not be carried over;
    /// a file that cannot be read is refused with the ids of the elements at fault.
    #[oai(path = "/processes/import", method = "post", operation_id = "process_import")]
    async fn import(
        &self,
        ctx: Ctx<of::ProcessCreate>,
        /// The process group to put them in.
        group_id: Query<Option<ProcessGroupId>>,
        body: XmlBody,
    ) -> Answer<Found<ImportView>> {
        let Imported { process_ids, not_carried } = process::import(&ctx, body.0, group_id.0).await?;
        Ok(Found(ImportView {
            processes: process_ids.into_iter().map(|id| ImportedView { id }).collect(),
            not_carried: not_carried.into_iter().map(Into::into).collect(),
        }))
    }

    /// Get a process
    ///
    /// A process that the caller may see, with its editors and members.
    #[oai(path = "/processes/:id", method = "get", operation_id = "process_get")]
    async fn get(&self, ctx: Ctx<of::ProcessSee>, id: Path<ProcessId>) -> Answer<Thing<ProcessView>> {
        Ok(process::get_one(&ctx, id.0).await?.into())
    }

    /// Replace a process
    ///
    /// What it is called and is for, and where it lies, takes effect at once, as a new version. Its flow stays as it is.
    #[oai(path = "/processes/:id", method = "put", operation_id = "process_replace")]
    async fn replace(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        if_match: IfMatch,
        id: Path<ProcessId>,
        body: Body<ProcessBody>,
    ) -> Answer<Thing<ProcessView>> {
        Ok(process::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a process
    ///
    /// The process and its versions are gone; the events about it stay.
    #[oai(path = "/processes/:id", method = "delete", operation_id = "process_delete")]
    async fn delete(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        if_match: IfMatch,
        id: Path<ProcessId>,
    ) -> Answer<Done> {
        process::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Get a process's flow
    ///
    /// Of its newest version for those who work on it, of the one in force for everybody else. Nodes that show activities
    /// are called by their titles, lanes by their process roles. The ETag is the process's.
    #[oai(path = "/processes/:id/flow", method = "get", operation_id = "process_flow_get")]
    async fn flow(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        /// The number of another version, which shows what it showed then.
        version: Query<Option<i32>>,
    ) -> Answer<Thing<Flow>> {
        let (view, process) = process::flow::get(&ctx, id.0, version.0).await?;
        Ok(Thing { view, revision: process.revision })
    }

    /// Replace a process's flow
    ///
    /// The change is a new version, and in force once that is published. Every fault is reported with the element it lies
    /// in; what an element names must be there for the caller to see.
    #[oai(path = "/processes/:id/flow", method = "put", operation_id = "process_flow_replace")]
    async fn replace_flow(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        if_match: IfMatch,
        id: Path<ProcessId>,
        body: Body<Flow>,
    ) -> Answer<Thing<Flow>> {
        let (view, process) = process::flow::replace(&ctx, id.0, &if_match, body.0).await?;
        Ok(Thing { view, revision: process.revision })
    }

    /// Export a process as BPMN
    ///
    /// Its newest version, or for those who only read it the one in force, as BPMN 2.0 XML with its drawing, for any other
    /// tool.
    #[oai(path = "/processes/:id/bpmn", method = "get", operation_id = "process_bpmn")]
    async fn bpmn(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        /// The number of another version.
        version: Query<Option<i32>>,
    ) -> Answer<BpmnXml> {
        Ok(BpmnXml(process::flow::export(&ctx, id.0, version.0).await?))
    }

    /// Draw a process
    ///
    /// Its newest version, or for those who only read it the one in force, as an accessible SVG picture without scripts.
    #[oai(path = "/processes/:id/diagram.svg", method = "get", operation_id = "process_diagram")]
    async fn diagram(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        /// The number of another version.
        version: Query<Option<i32>>,
    ) -> Answer<Svg> {
        Ok(Svg(process::flow::diagram(&ctx, id.0, version.0).await?))
    }

    /// Publish a process
    ///
    /// Puts its newest version in force: as a new edition, or in place of the one in force.
    #[oai(path = "/processes/:id/publish", method = "post", operation_id = "process_publish")]
    async fn publish(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ProcessId>,
        body: Body<PublishEditionInput>,
    ) -> Answer<Thing<ProcessView>> {
        Ok(process::version::publish(&ctx, id.0, body.0.into()).await?.into())
    }

    /// Freeze a process
    ///
    /// Sets aside a process that was published: nobody changes it, and only those with a part in it see it.
    #[oai(path = "/processes/:id/freeze", method = "post", operation_id = "process_freeze")]
    async fn freeze(&self, ctx: Ctx<of::ProcessEdit>, id: Path<ProcessId>) -> Answer<Thing<ProcessView>> {
        Ok(process::version::set_frozen(&ctx, id.0, true).await?.into())
    }

    /// Unfreeze a process
    ///
    /// Takes it up again: its last published version is in force.
    #[oai(path = "/processes/:id/unfreeze", method = "post", operation_id = "process_unfreeze")]
    async fn unfreeze(&self, ctx: Ctx<of::ProcessEdit>, id: Path<ProcessId>) -> Answer<Thing<ProcessView>> {
        Ok(process::version::set_frozen(&ctx, id.0, false).await?.into())
    }

    /// List a process's versions
    ///
    /// Newest first: all for those who work on it, those that are or were in force for everybody else.
    #[oai(path = "/processes/:id/versions", method = "get", operation_id = "process_version_list")]
    async fn versions(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<VersionPage>> {
        let (before, limit) = VersionPage::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(VersionPage::new(process::version::list(&ctx, id.0, before, limit).await?)))
    }

    /// Get a version of a process
    ///
    /// The version with what the process was then, as it was saved.
    #[oai(path = "/processes/:id/versions/:number", method = "get", operation_id = "process_version_get")]
    async fn version(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        number: Path<i32>,
    ) -> Answer<Found<ProcessVersionView>> {
        let (version, content) = process::version::get(&ctx, id.0, number.0).await?;
        let ProcessContent { title, purpose, flow } = content;
        Ok(Found(ProcessVersionView { version: version.into(), title, purpose, flow }))
    }

    /// Compare versions of a process
    ///
    /// What changed from the version `since`, or the last one before that the caller sees, to this one: by place, by element
    /// of the flow in words, and as a JSON Patch of what the versions hold.
    #[oai(
        path = "/processes/:id/versions/:number/changes",
        method = "get",
        operation_id = "process_version_compare"
    )]
    async fn compare(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        number: Path<i32>,
        /// The version to compare with; 0 for nothing. The one before when absent.
        since: Query<Option<i32>>,
    ) -> Answer<Found<ChangesView>> {
        let (before, after) = process::version::compare(&ctx, id.0, number.0, since.0).await?;
        let changes = ChangesView::between(&before, &after);
        Ok(Found(changes.and_flow(&before.flow, &after.flow, ctx.language())))
    }

    /// Restore a version of a process
    ///
    /// Brings its content back as a new version. Elements that showed an activity, process role or process that has been
    /// deleted since keep what they were called and show nothing; the new version's note names them.
    #[oai(
        path = "/processes/:id/versions/:number/restore",
        method = "post",
        operation_id = "process_version_restore"
    )]
    async fn restore(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ProcessId>,
        number: Path<i32>,
    ) -> Answer<Thing<ProcessView>> {
        Ok(process::version::restore(&ctx, id.0, number.0).await?.into())
    }
}
