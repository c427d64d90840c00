//! Workflow templates on the wire.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::flow::Flow;
use styr_domain::id::{OrganisationId, ProcessId, WorkflowId};
use styr_domain::workflow::{Workflow, WorkflowContent};

use super::Tag;
use super::answer::{Answer, Created, Done, Found, Thing};
use super::body::{Body, XmlBody};
use super::page::{self, page};
use super::process::{BpmnXml, NotCarriedView, Svg};
use super::version::{ChangesView, PublishInput, VersionPage, VersionView};
use crate::app::workflow::{self, Create, Delete, Edit, Imported, See, WorkflowInput, WorkflowWithFlow};
use crate::app::{Ctx, IfMatch};

/// A workflow template: a flow that cases run.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct WorkflowView {
    /// Its id.
    id: WorkflowId,
    /// The organisation it is local to; absent when it is shared by all.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation_id: Option<OrganisationId>,
    /// Its title.
    title: String,
    /// What it is for.
    description: String,
    /// Whether cases may be started from it.
    active: bool,
    /// Whether external users may start it.
    external_start: bool,
    /// The process that it was set up from, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    process_id: Option<ProcessId>,
    /// The flow of its newest version. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<Flow>,
    /// The number of its newest version.
    version: i32,
    /// The number of the version that cases are started from, if one is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_version: Option<i32>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<Workflow> for WorkflowView {
    fn from(workflow: Workflow) -> Self {
        let Workflow {
            id,
            account_id: _,
            organisation_id,
            title,
            description,
            active,
            external_start,
            process_id,
            version,
            published_version,
            revision: _,
            created_at,
            updated_at,
        } = workflow;
        Self {
            id,
            organisation_id,
            title,
            description,
            active,
            external_start,
            process_id,
            flow: None,
            version,
            published_version,
            created_at,
            updated_at,
        }
    }
}

impl From<WorkflowWithFlow> for Thing<WorkflowView> {
    fn from(WorkflowWithFlow { workflow, flow }: WorkflowWithFlow) -> Self {
        let revision = workflow.revision;
        Self { view: WorkflowView { flow: Some(flow), ..workflow.into() }, revision }
    }
}

page! {
    /// One page of workflows.
    WorkflowPage of WorkflowView
}

/// What a workflow is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkflowBody {
    /// The title.
    #[oai(validator(min_length = 1, max_length = 500))]
    title: String,
    /// The organisation it is local to. Absent for one that all share.
    organisation_id: Option<OrganisationId>,
    /// What it is for.
    #[oai(validator(max_length = 20_000))]
    description: Option<String>,
    /// Whether external users may start it. No when absent.
    external_start: Option<bool>,
    /// The flow. When absent, an empty one; on replacing, the one there is.
    flow: Option<Flow>,
}

impl From<WorkflowBody> for WorkflowInput {
    fn from(body: WorkflowBody) -> Self {
        let WorkflowBody { title, organisation_id, description, external_start, flow } = body;
        Self {
            organisation_id,
            title,
            description: description.unwrap_or_default(),
            external_start: external_start.unwrap_or_default(),
            flow,
        }
    }
}

/// What an import made of workflows, and what it could not carry over.
#[derive(Debug, Object, Serialize)]
pub(crate) struct WorkflowImportView {
    /// The workflows, one for each process in the file.
    workflows: Vec<ImportedWorkflowView>,
    /// What means nothing in Styr, most of it kept for exports.
    not_carried: Vec<NotCarriedView>,
}

/// A workflow that was imported.
#[derive(Debug, Object, Serialize)]
pub(crate) struct ImportedWorkflowView {
    /// Its id.
    id: WorkflowId,
}

/// A version of a workflow with its content.
#[derive(Debug, Object, Serialize)]
pub(crate) struct WorkflowVersionView {
    /// The version.
    version: VersionView,
    /// The title it had.
    title: String,
    /// The description it had.
    description: String,
    /// The flow it had.
    flow: Flow,
    /// The version of each form that its cases use, by the form's id; empty until it is published.
    form_versions: BTreeMap<String, i32>,
}

/// The operations on workflow templates.
pub(crate) struct WorkflowApi;

#[OpenApi(tag = "Tag::Workflow")]
impl WorkflowApi {
    /// List workflows
    ///
    /// Those that the caller may see, oldest first: the active ones offered to them, and in every state those that they
    /// may change.
    #[oai(path = "/workflows", method = "get", operation_id = "workflow_list")]
    async fn list(
        &self,
        ctx: Ctx<See>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those that were set up from this process.
        process_id: Query<Option<ProcessId>>,
    ) -> Answer<Found<WorkflowPage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        let page = workflow::list(&ctx, process_id.0, page).await?;
        Ok(Found(page.into()))
    }

    /// Create a workflow
    ///
    /// The new workflow can be started once it is published and activated.
    #[oai(path = "/workflows", method = "post", operation_id = "workflow_create")]
    async fn create(&self, ctx: Ctx<Create>, body: Body<WorkflowBody>) -> Answer<Created<WorkflowView>> {
        let made = workflow::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/workflows/{}", made.workflow.id);
        Ok(Thing::from(made).created(location))
    }

    /// Import workflows from BPMN
    ///
    /// Takes a BPMN 2.0 file and makes a workflow of each process in it. Tasks that say nothing else go to whoever starts
    /// the case, without a form. The answer lists what could not be carried over; a file that cannot be read is refused
    /// with the ids of the elements at fault.
    #[oai(path = "/workflows/import", method = "post", operation_id = "workflow_import")]
    async fn import(
        &self,
        ctx: Ctx<Create>,
        /// The organisation that they are local to. Absent for workflows that all share.
        organisation_id: Query<Option<OrganisationId>>,
        body: XmlBody,
    ) -> Answer<Found<WorkflowImportView>> {
        let Imported { workflow_ids, not_carried } =
            workflow::import(&ctx, body.0, organisation_id.0).await?;
        Ok(Found(WorkflowImportView {
            workflows: workflow_ids.into_iter().map(|id| ImportedWorkflowView { id }).collect(),
            not_carried: not_carried.into_iter().map(Into::into).collect(),
        }))
    }

    /// Get a workflow
    ///
    /// A workflow that the caller may see, with the flow of its newest version.
    #[oai(path = "/workflows/:id", method = "get", operation_id = "workflow_get")]
    async fn get(&self, ctx: Ctx<See>, id: Path<WorkflowId>) -> Answer<Thing<WorkflowView>> {
        Ok(workflow::get_one(&ctx, id.0).await?.into())
    }

    /// Replace a workflow
    ///
    /// The change is a new version, and cases are started from it when it is published. Every fault of the flow is
    /// reported with the element it lies in.
    #[oai(path = "/workflows/:id", method = "put", operation_id = "workflow_replace")]
    async fn replace(
        &self,
        ctx: Ctx<Edit>,
        if_match: IfMatch,
        id: Path<WorkflowId>,
        body: Body<WorkflowBody>,
    ) -> Answer<Thing<WorkflowView>> {
        Ok(workflow::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a workflow
    ///
    /// Only one that has no cases; others are deactivated instead.
    #[oai(path = "/workflows/:id", method = "delete", operation_id = "workflow_delete")]
    async fn delete(&self, ctx: Ctx<Delete>, if_match: IfMatch, id: Path<WorkflowId>) -> Answer<Done> {
        workflow::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Export a workflow as BPMN
    ///
    /// Its newest version as BPMN 2.0 XML with its drawing, for any other tool.
    #[oai(path = "/workflows/:id/bpmn", method = "get", operation_id = "workflow_bpmn")]
    async fn bpmn(&self, ctx: Ctx<See>, id: Path<WorkflowId>) -> Answer<BpmnXml> {
        Ok(BpmnXml(workflow::export(&ctx, id.0).await?))
    }

    /// Draw a workflow
    ///
    /// Its newest version as an accessible SVG picture, without scripts.
    #[oai(path = "/workflows/:id/diagram.svg", method = "get", operation_id = "workflow_diagram")]
    async fn diagram(&self, ctx: Ctx<See>, id: Path<WorkflowId>) -> Answer<Svg> {
        Ok(Svg(workflow::diagram(&ctx, id.0).await?))
    }

    /// Publish a workflow
    ///
    /// Puts its newest version in force: new cases run it, with the versions of its forms that are published now, and keep
    /// both to their end. Whatever keeps it from running is reported with the element it lies in. Publishing again
    /// takes up newer versions of the forms, as a new version of the workflow.
    #[oai(path = "/workflows/:id/publish", method = "post", operation_id = "workflow_publish")]
    async fn publish(
        &self,
        ctx: Ctx<Edit>,
        id: Path<WorkflowId>,
        body: Body<PublishInput>,
    ) -> Answer<Thing<WorkflowView>> {
        Ok(workflow::publish(&ctx, id.0, body.0.note).await?.into())
    }

    /// Activate a workflow
    ///
    /// Lets cases be started from its published version.
    #[oai(path = "/workflows/:id/activate", method = "post", operation_id = "workflow_activate")]
    async fn activate(&self, ctx: Ctx<Edit>, id: Path<WorkflowId>) -> Answer<Thing<WorkflowView>> {
        Ok(workflow::set_active(&ctx, id.0, true).await?.into())
    }

    /// Deactivate a workflow
    ///
    /// No more cases are started from it. Those that run go on.
    #[oai(path = "/workflows/:id/deactivate", method = "post", operation_id = "workflow_deactivate")]
    async fn deactivate(&self, ctx: Ctx<Edit>, id: Path<WorkflowId>) -> Answer<Thing<WorkflowView>> {
        Ok(workflow::set_active(&ctx, id.0, false).await?.into())
    }

    /// List a workflow's versions
    ///
    /// Newest first.
    #[oai(path = "/workflows/:id/versions", method = "get", operation_id = "workflow_version_list")]
    async fn versions(
        &self,
        ctx: Ctx<See>,
        id: Path<WorkflowId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<VersionPage>> {
        let (before, limit) = VersionPage::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(VersionPage::new(workflow::versions(&ctx, id.0, before, limit).await?)))
    }

    /// Get a version of a workflow
    ///
    /// The version with what the workflow was then.
    #[oai(path = "/workflows/:id/versions/:number", method = "get", operation_id = "workflow_version_get")]
    async fn version(
        &self,
        ctx: Ctx<See>,
        id: Path<WorkflowId>,
        number: Path<i32>,
    ) -> Answer<Found<WorkflowVersionView>> {
        let (version, content) = workflow::version(&ctx, id.0, number.0).await?;
        let WorkflowContent { title, description, flow, form_versions } = content;
        let form_versions = form_versions.into_iter().map(|(id, number)| (id.to_string(), number)).collect();
        Ok(Found(WorkflowVersionView { version: version.into(), title, description, flow, form_versions }))
    }

    /// Compare versions of a workflow
    ///
    /// What changed from the version `since`, or the one before, to this one.
    #[oai(
        path = "/workflows/:id/versions/:number/changes",
        method = "get",
        operation_id = "workflow_version_compare"
    )]
    async fn compare(
        &self,
        ctx: Ctx<See>,
        id: Path<WorkflowId>,
        number: Path<i32>,
        /// The version to compare with. The one before when absent.
        since: Query<Option<i32>>,
    ) -> Answer<Found<ChangesView>> {
        let (_, after) = workflow::version(&ctx, id.0, number.0).await?;
        let before = match since.0.unwrap_or(number.0 - 1) {
            0 => WorkflowContent::default(),
            since => workflow::version(&ctx, id.0, since).await?.1,
        };
        let changes = ChangesView::between(&before, &after);
        Ok(Found(changes.and_flow(&before.flow, &after.flow, ctx.language())))
    }

    /// Restore a version of a workflow
    ///
    /// Brings its content back as a new version.
    #[oai(
        path = "/workflows/:id/versions/:number/restore",
        method = "post",
        operation_id = "workflow_version_restore"
    )]
    async fn restore(
        &self,
        ctx: Ctx<Edit>,
        id: Path<WorkflowId>,
        number: Path<i32>,
    ) -> Answer<Thing<WorkflowView>> {
        Ok(workflow::restore(&ctx, id.0, number.0).await?.into())
    }
}
