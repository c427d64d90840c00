//! Form templates and submissions.

use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use styr_domain::access::{CaseFilter, TemplateFilter};
use styr_domain::form::{Form, Submission};
use styr_domain::id::{AccountId, CaseId, FormId};

use crate::entity::{form, submission};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{Sort, list};
use crate::store::Source;

/// The forms that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn forms(source: &impl Source, allowed: &TemplateFilter, page: PageRequest) -> Result<Page<Form>> {
    let TemplateFilter { account_id, active, own_tree, external, designed } = allowed;
    let mut condition = Condition::any();
    if designed.account {
        condition = Condition::all();
    } else {
        condition = condition.add(form::Column::OrganisationId.is_in(designed.organisations.iter().copied()));
        // A form is active once a version is published, and forms are never offered to external users by themselves.
        if *active && !*external {
            condition = condition.add(
                Condition::all().add(form::Column::PublishedVersion.is_not_null()).add(
                    Condition::any()
                        .add(form::Column::OrganisationId.is_null())
                        .add(form::Column::OrganisationId.is_in(own_tree.iter().copied())),
                ),
            );
        }
    }
    list(source, *account_id, condition, Sort::OldestFirst, page).await
}

/// What has been filled in within a case, oldest first.
///
/// # Errors
/// The database fails.
pub async fn submissions_of_case(
    source: &impl Source,
    account_id: AccountId,
    case_id: CaseId,
) -> Result<Vec<Submission>> {
    let rows = submission::Entity::find()
        .filter(submission::Column::AccountId.eq(account_id))
        .filter(submission::Column::CaseId.eq(case_id))
        .order_by_asc(submission::Column::Id)
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Which submissions a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct SubmissionQuery {
    /// Only those of this form.
    pub form_id: Option<FormId>,
    /// Only those of this case.
    pub case_id: Option<CaseId>,
}

/// The submissions that the caller may see: their own, those in the organisations covered, and those of cases that
/// they may see.
///
/// # Errors
/// The database fails.
pub async fn submissions(
    source: &impl Source,
    cases: &CaseFilter,
    covered: &styr_domain::access::Coverage,
    query: &SubmissionQuery,
    page: PageRequest,
) -> Result<Page<Submission>> {
    let allowed = if covered.account {
        Condition::all()
    } else {
        Condition::any()
            .add(submission::Column::AuthorId.eq(cases.user_id))
            .add(submission::Column::OrganisationId.is_in(covered.organisations.iter().copied()))
            .add(submission::Column::CaseId.in_subquery(crate::case::admitted_ids(cases)))
    };
    let condition = Condition::all()
        .add(allowed)
        .add_option(query.form_id.map(|id| submission::Column::FormId.eq(id)))
        .add_option(query.case_id.map(|id| submission::Column::CaseId.eq(id)));
    list(source, cases.account_id, condition, Sort::NewestFirst, page).await
}
