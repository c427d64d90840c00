//! Workflow templates.

use sea_orm::{ColumnTrait as _, Condition};
use styr_domain::access::TemplateFilter;
use styr_domain::id::ProcessId;
use styr_domain::workflow::Workflow;

use crate::coverage::covered_or_shared;
use crate::entity::workflow;
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{Sort, list};
use crate::store::Source;

/// The workflow templates that the caller may see, or those of them that were set up from a process.
///
/// # Errors
/// The database fails.
pub async fn workflows(
    source: &impl Source,
    allowed: &TemplateFilter,
    process_id: Option<ProcessId>,
    page: PageRequest,
) -> Result<Page<Workflow>> {
    let TemplateFilter { account_id, active, own_tree, external, designed } = allowed;
    let offered = active.then(|| {
        let reachable = Condition::any()
            .add(workflow::Column::OrganisationId.is_null())
            .add(workflow::Column::OrganisationId.is_in(own_tree.iter().copied()));
        Condition::all()
            .add(workflow::Column::Active.eq(true))
            .add(workflow::Column::PublishedVersion.is_not_null())
            .add_option(external.then(|| workflow::Column::ExternalStart.eq(true)))
            .add(reachable)
    });
    let condition = covered_or_shared(workflow::Column::OrganisationId, designed).add_option(offered);
    let of_process = process_id.map(|id| workflow::Column::ProcessId.eq(id));
    let condition = Condition::all().add(condition).add_option(of_process);
    list(source, *account_id, condition, Sort::OldestFirst, page).await
}
