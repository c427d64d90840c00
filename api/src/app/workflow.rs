//! Workflow templates: their flows, versions, and making them ready to run.

mod publish;
mod runnable;

use serde::{Deserialize, Serialize};
use styr_domain::access::{
    Permit, Resource, TemplateFacts, TemplateFilter, TemplateKind, authorize, of, see_template,
};
use styr_domain::account::Organisation;
use styr_domain::flow::{Flow, bpmn, draw};
use styr_domain::id::{OrganisationId, ProcessId, UserId, WorkflowId};
use styr_domain::workflow::{Workflow, WorkflowContent};
use styr_domain::{Fault, Text};
use styr_persistence::version::{NewVersion, Version};
use styr_persistence::{MaySave, Page, PageRequest, Source, Tx, find, get, version, workflow};

use super::Result;
use super::aside::aside;
use super::context::{Ctx, IfMatch};
use super::process::{NotCarried, missing, not_carried, read_bpmn, refuse_unfit};

pub(crate) use publish::check;
pub use publish::publish;
pub use runnable::{Runnable, Runnables};

/// What it takes to make a workflow, local or shared.
pub type Create = (of::WorkflowEdit, of::WorkflowCreateShared);
/// What it takes to change one.
pub type Edit = (of::WorkflowEdit, of::WorkflowEditShared);
/// What it takes to delete one.
pub type Delete = (of::WorkflowDelete, of::WorkflowEditShared);
/// What it takes to see one: being offered it, or changing it.
pub type See =
    (of::WorkflowSee, of::WorkflowEdit, of::WorkflowDelete, of::WorkflowCreateShared, of::WorkflowEditShared);

/// What a workflow is made or replaced with.
#[derive(Debug, Clone)]
pub struct WorkflowInput {
    /// The organisation it is local to; shared with none.
    pub organisation_id: Option<OrganisationId>,
    /// The title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Whether external users may start it.
    pub external_start: bool,
    /// The flow; with none, an empty one or the one there is.
    pub flow: Option<Flow>,
}

/// A workflow with the flow of its newest version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkflowWithFlow {
    /// The workflow.
    pub workflow: Workflow,
    /// The flow.
    pub flow: Flow,
}

/// What the rules need to know of a workflow.
pub(crate) const fn facts(workflow: &Workflow) -> TemplateFacts {
    TemplateFacts {
        account_id: workflow.account_id,
        organisation_id: workflow.organisation_id,
        active: workflow.active && workflow.published_version.is_some(),
        open_to_external: workflow.external_start,
    }
}

/// Loads a workflow that the caller may see.
async fn visible<R>(ctx: &Ctx<R>, source: &impl Source, id: WorkflowId) -> Result<Workflow> {
    let workflow: Workflow = get(source, ctx.account_id(), id).await?;
    let _seen = see_template(ctx.actor(), TemplateKind::Workflow, &facts(&workflow))?;
    Ok(workflow)
}

/// Loads a workflow to which the caller may do what `R` says.
async fn permitted<R: styr_domain::access::Requirement>(
    ctx: &Ctx<R>,
    source: &impl Source,
    id: WorkflowId,
    if_match: Option<&IfMatch>,
) -> Result<(Workflow, Permit<R>)> {
    let workflow = visible(ctx, source, id).await?;
    let permit = ctx.permit(&resource(ctx, workflow.organisation_id))?;
    if let Some(if_match) = if_match {
        if_match.check(workflow.revision)?;
    }
    Ok((workflow, permit))
}

fn resource<R>(ctx: &Ctx<R>, organisation_id: Option<OrganisationId>) -> Resource {
    organisation_id.map_or_else(
        || Resource::shared(ctx.account_id()),
        |organisation| Resource::local(ctx.account_id(), organisation),
    )
}

async fn content(source: &impl Source, workflow: &Workflow, number: i32) -> Result<WorkflowContent> {
    Ok(version::get(source, workflow.account_id, workflow, number).await?.1)
}

/// One page of the workflows that the caller may see, oldest first.
///
/// # Errors
/// The database fails.
pub async fn list(
    ctx: &Ctx<See>,
    process_id: Option<ProcessId>,
    page: PageRequest,
) -> Result<Page<Workflow>> {
    let allowed = TemplateFilter::of(ctx.actor(), TemplateKind::Workflow);
    workflow::workflows(&ctx.read(), &allowed, process_id, page).await
}

/// A workflow with its newest flow.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<See>, id: WorkflowId) -> Result<WorkflowWithFlow> {
    let read = ctx.read();
    let workflow = visible(ctx, &read, id).await?;
    let flow = content(&read, &workflow, workflow.version).await?.flow;
    Ok(WorkflowWithFlow { workflow, flow })
}

/// Makes a workflow, inactive and unpublished.
///
/// # Errors
/// `forbidden`; `invalid` when the organisation is not there or the flow cannot be kept.
pub async fn create(ctx: &Ctx<Create>, mut input: WorkflowInput) -> Result<WorkflowWithFlow> {
    if let Some(flow) = input.flow {
        input.flow = Some(refuse_unfit(flow).await?);
    }
    ctx.write(|tx| async move {
        let permit = creatable(ctx, &tx, input.organisation_id).await?;
        insert(ctx, &tx, &permit, input).await
    })
    .await
}

/// Whether the caller may make a workflow there.
async fn creatable<R>(
    ctx: &Ctx<R>,
    tx: &Tx,
    organisation_id: Option<OrganisationId>,
) -> Result<Permit<Create>> {
    if let Some(id) = organisation_id
        && find::<Organisation>(tx, tx.account_id(), id).await?.is_none()
    {
        return Err(Fault::invalid(vec![missing("/organisation_id")]).into());
    }
    Ok(authorize::<Create>(ctx.actor(), &resource(ctx, organisation_id))?)
}

async fn insert(
    ctx: &Ctx<Create>,
    tx: &Tx,
    permit: &Permit<Create>,
    input: WorkflowInput,
) -> Result<WorkflowWithFlow> {
    let WorkflowInput { organisation_id, title, description, external_start, flow } = input;
    let workflow = Workflow {
        id: WorkflowId(tx.id()),
        account_id: ctx.account_id(),
        organisation_id,
        title,
        description,
        active: false,
        external_start,
        process_id: None,
        version: 1,
        published_version: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    tx.insert(permit, &workflow, "workflow.created").await?;
    let flow = flow.unwrap_or_default();
    save_version(tx, permit, &workflow, flow.clone(), ctx.actor().user_id, None).await?;
    Ok(WorkflowWithFlow { workflow, flow })
}

/// Saves the workflow's newest version.
async fn save_version<R: MaySave<Workflow>>(
    tx: &Tx,
    permit: &Permit<R>,
    workflow: &Workflow,
    flow: Flow,
    author_id: UserId,
    restored_from: Option<i32>,
) -> Result<()> {
    let content = &WorkflowContent {
        title: workflow.title.clone(),
        description: workflow.description.clone(),
        flow,
        ..WorkflowContent::default()
    };
    let new = NewVersion { number: workflow.version, note: "", author_id, restored_from, content };
    version::insert(tx, permit, workflow, new).await
}

/// Replaces a workflow, as a new version. Without a flow it keeps the one it has.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `invalid`.
pub async fn replace(
    ctx: &Ctx<Edit>,
    id: WorkflowId,
    if_match: &IfMatch,
    mut input: WorkflowInput,
) -> Result<WorkflowWithFlow> {
    if let Some(flow) = input.flow {
        input.flow = Some(refuse_unfit(flow).await?);
    }
    ctx.write(|tx| async move {
        let (before, permit) = permitted(ctx, &*tx, id, Some(if_match)).await?;
        let WorkflowInput { organisation_id, title, description, external_start, flow } = input;
        if organisation_id != before.organisation_id {
            let _may_have_it_there = creatable(ctx, &tx, organisation_id).await?;
        }
        let flow = match flow {
            Some(flow) => flow,
            None => content(&*tx, &before, before.version).await?.flow,
        };
        let version = before.version + 1;
        let after =
            Workflow { organisation_id, title, description, external_start, version, ..before.clone() };
        let workflow = tx.update(&permit, &before, after, "workflow.changed").await?;
        save_version(&tx, &permit, &workflow, flow.clone(), ctx.actor().user_id, None).await?;
        Ok(WorkflowWithFlow { workflow, flow })
    })
    .await
}

/// Deletes a workflow that no case was ever started from.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `workflow_in_use`.
pub async fn delete(ctx: &Ctx<Delete>, id: WorkflowId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let (workflow, permit) = permitted(ctx, &*tx, id, Some(if_match)).await?;
        version::delete_all(&tx, &permit, &workflow).await?;
        tx.delete(&permit, &workflow, "workflow.deleted")
            .await
            .map_err(|error| if error.is_foreign_key_violation() { in_use().into() } else { error })
    })
    .await
}

const fn in_use() -> Fault {
    Fault::conflict(
        "workflow_in_use",
        Text::fixed(
            "Der er sager fra denne arbejdsgang. Slet dem først, eller deaktivér arbejdsgangen, så ingen nye startes.",
            "Det finns ärenden från det här arbetsflödet. Ta bort dem först, eller inaktivera arbetsflödet så att inga nya startas.",
            "There are cases of this workflow. Delete them first, or deactivate the workflow so that no new ones are started.",
        ),
    )
}

/// Opens a workflow for starting cases, or closes it. What is so already stays as it is.
///
/// # Errors
/// `not_found`, `forbidden`, `workflow_unpublished`.
pub async fn set_active(ctx: &Ctx<Edit>, id: WorkflowId, active: bool) -> Result<WorkflowWithFlow> {
    ctx.write(|tx| async move {
        let (before, permit) = permitted(ctx, &*tx, id, None).await?;
        if active && before.published_version.is_none() {
            return Err(unpublished().into());
        }
        let flow = content(&*tx, &before, before.version).await?.flow;
        if before.active == active {
            return Ok(WorkflowWithFlow { workflow: before, flow });
        }
        let kind = if active { "workflow.activated" } else { "workflow.deactivated" };
        let workflow = tx.update(&permit, &before, Workflow { active, ..before.clone() }, kind).await?;
        Ok(WorkflowWithFlow { workflow, flow })
    })
    .await
}

const fn unpublished() -> Fault {
    Fault::conflict(
        "workflow_unpublished",
        Text::fixed(
            "Ingen version af arbejdsgangen er offentliggjort. Offentliggør den, før den aktiveres.",
            "Ingen version av arbetsflödet är publicerad. Publicera det innan det aktiveras.",
            "No version of the workflow is published. Publish it before activating it.",
        ),
    )
}

/// One page of a workflow's versions, newest first.
///
/// # Errors
/// `not_found`.
pub async fn versions(
    ctx: &Ctx<See>,
    id: WorkflowId,
    before: Option<i32>,
    limit: u64,
) -> Result<(Vec<Version>, Option<i32>)> {
    let read = ctx.read();
    let workflow = visible(ctx, &read, id).await?;
    version::list(&read, ctx.account_id(), &workflow, version::Shown::All, before, limit).await
}

/// A version with its content.
///
/// # Errors
/// `not_found`.
pub async fn version(ctx: &Ctx<See>, id: WorkflowId, number: i32) -> Result<(Version, WorkflowContent)> {
    let read = ctx.read();
    let workflow = visible(ctx, &read, id).await?;
    version::get(&read, ctx.account_id(), &workflow, number).await
}

/// Brings a version's content back, as a new version.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn restore(ctx: &Ctx<Edit>, id: WorkflowId, number: i32) -> Result<WorkflowWithFlow> {
    ctx.write(|tx| async move {
        let (before, permit) = permitted(ctx, &*tx, id, None).await?;
        let WorkflowContent { title, description, flow, form_versions: _ } =
            content(&*tx, &before, number).await?;
        let after = Workflow { title, description, version: before.version + 1, ..before.clone() };
        let workflow = tx.update(&permit, &before, after, "workflow.restored").await?;
        save_version(&tx, &permit, &workflow, flow.clone(), ctx.actor().user_id, Some(number)).await?;
        Ok(WorkflowWithFlow { workflow, flow })
    })
    .await
}

/// What an import made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Imported {
    /// The workflows, one for each process in the file.
    pub workflow_ids: Vec<WorkflowId>,
    /// What means nothing in Styr.
    pub not_carried: Vec<NotCarried>,
}

/// Makes a workflow of each process in a BPMN file.
///
/// # Errors
/// `forbidden`; `invalid` naming the elements that cannot be read.
pub async fn import(
    ctx: &Ctx<Create>,
    xml: Vec<u8>,
    organisation_id: Option<OrganisationId>,
) -> Result<Imported> {
    let bpmn::Import { processes, not_carried: lost } = read_bpmn(xml).await?;
    let not_carried = not_carried(lost, ctx.language());
    ctx.write(|tx| async move {
        let permit = creatable(ctx, &tx, organisation_id).await?;
        let mut workflow_ids = Vec::with_capacity(processes.len());
        for bpmn::ImportedProcess { bpmn_id, name, documentation, flow } in processes {
            let name = name.filter(|name| !name.trim().is_empty());
            let input = WorkflowInput {
                organisation_id,
                title: name.unwrap_or(bpmn_id).chars().take(500).collect(),
                description: documentation.unwrap_or_default(),
                external_start: false,
                flow: Some(flow),
            };
            workflow_ids.push(insert(ctx, &tx, &permit, input).await?.workflow.id);
        }
        Ok(Imported { workflow_ids, not_carried })
    })
    .await
}

/// A workflow's newest version as BPMN 2.0 XML.
///
/// # Errors
/// `not_found`.
pub async fn export(ctx: &Ctx<See>, id: WorkflowId) -> Result<String> {
    let WorkflowWithFlow { workflow, flow } = get_one(ctx, id).await?;
    let export = move || {
        bpmn::export(&bpmn::ExportedProcess {
            id: &workflow.id.to_string(),
            name: Some(&workflow.title),
            documentation: (!workflow.description.is_empty()).then_some(&workflow.description),
            executable: Some(true),
            flow: &draw::layout(&flow),
        })
    };
    Ok(aside(export).await?)
}

/// A workflow's newest version as an SVG picture.
///
/// # Errors
/// `not_found`.
pub async fn diagram(ctx: &Ctx<See>, id: WorkflowId) -> Result<String> {
    let WorkflowWithFlow { workflow, flow } = get_one(ctx, id).await?;
    let options = draw::DrawOptions {
        title: Some(workflow.title),
        language: ctx.language(),
        ..draw::DrawOptions::default()
    };
    Ok(aside(move || draw::svg(&flow, &options)).await?)
}
