//! Workflow templates.

use sea_orm::{ColumnTrait as _, Condition};
use styr_domain::access::TemplateFilter;
use styr_domain::workflow::Workflow;

use crate::entity::workflow;
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{Sort, list};
use crate::store::Source;

/// The workflow templates that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn workflows(source: &impl Source, allowed: &TemplateFilter, page: PageRequest) -> Result<Page<Workflow>> {
    let TemplateFilter { account_id, active, own_tree, external, designed } = allowed;
    let mut condition = Condition::any();
    if designed.account {
        condition = Condition::all();
    } else {
        condition = condition.add(workflow::Column::OrganisationId.is_in(designed.organisations.iter().copied()));
        if *active {
            let offered = Condition::all()
                .add(workflow::Column::Active.eq(true))
                .add(workflow::Column::PublishedVersion.is_not_null())
                .add_option(external.then(|| workflow::Column::ExternalStart.eq(true)))
                .add(
                    Condition::any()
                        .add(workflow::Column::OrganisationId.is_null())
                        .add(workflow::Column::OrganisationId.is_in(own_tree.iter().copied())),
                );
            condition = condition.add(offered);
        }
    }
    list(source, *account_id, condition, Sort::OldestFirst, page).await
}
