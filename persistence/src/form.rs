//! Form templates and submissions.

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use styr_domain::access::{CaseFilter, Coverage, TemplateFilter};
use styr_domain::case::CaseStatus;
use styr_domain::event::EntityKind;
use styr_domain::form::{Form, Submission};
use styr_domain::id::{AccountId, CaseId, FormId};

use crate::coverage::{covered_or_shared, not_closed};
use crate::entity::{case, form, submission, task, version, workflow};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{Sort, list};
use crate::store::Source;

/// The forms that the caller may see: the rule of [`TemplateFilter::matches`] in SQL.
///
/// # Errors
/// The database fails.
pub async fn forms(source: &impl Source, allowed: &TemplateFilter, page: PageRequest) -> Result<Page<Form>> {
    let TemplateFilter { account_id, active, own_tree, external, designed } = allowed;
    // A form is active once a version is published, and forms are never offered to external users by themselves.
    let offered = (*active && !*external).then(|| {
        let reachable = Condition::any()
            .add(form::Column::OrganisationId.is_null())
            .add(form::Column::OrganisationId.is_in(own_tree.iter().copied()));
        Condition::all().add(form::Column::PublishedVersion.is_not_null()).add(reachable)
    });
    let condition = covered_or_shared(form::Column::OrganisationId, designed).add_option(offered);
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
    covered: &Coverage,
    query: &SubmissionQuery,
    page: PageRequest,
) -> Result<Page<Submission>> {
    let open = not_closed(submission::Column::OrganisationId, &cases.closed);
    let allowed = if covered.account {
        Condition::all()
    } else {
        Condition::any()
            .add(submission::Column::AuthorId.eq(cases.user_id))
            .add(submission::Column::OrganisationId.is_in(covered.organisations.iter().copied()))
            .add(submission::Column::CaseId.in_subquery(crate::case::admitted_ids(cases)))
    };
    let condition = Condition::all()
        .add(open)
        .add(allowed)
        .add_option(query.form_id.map(|id| submission::Column::FormId.eq(id)))
        .add_option(query.case_id.map(|id| submission::Column::CaseId.eq(id)));
    list(source, cases.account_id, condition, Sort::NewestFirst, page).await
}

/// How much depends on a form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FormUsage {
    /// Workflow templates whose newest or published version asks for it, or a version that a case still runs.
    pub workflows: u64,
    /// Tasks that ask or asked for it.
    pub tasks: u64,
    /// Submissions of it.
    pub submissions: u64,
}

impl FormUsage {
    /// Whether anything depends on it.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.workflows > 0 || self.tasks > 0 || self.submissions > 0
    }
}

/// How much depends on a form.
///
/// # Errors
/// The database fails.
pub async fn usage(source: &impl Source, account_id: AccountId, id: FormId) -> Result<FormUsage> {
    let number = || Expr::col((version::Entity, version::Column::Number));
    let mut running = Query::select();
    running
        .expr(Expr::val(1))
        .from(case::Entity)
        .and_where(case::Column::AccountId.eq(account_id))
        .and_where(
            Expr::col((case::Entity, case::Column::WorkflowId))
                .eq(Expr::col((workflow::Entity, workflow::Column::Id))),
        )
        .and_where(Expr::col((case::Entity, case::Column::WorkflowVersion)).eq(number()))
        .and_where(case::Column::Status.is_in([CaseStatus::Running, CaseStatus::Parked]));
    let mut asks = Query::select();
    asks.expr(Expr::val(1))
        .from(version::Entity)
        .and_where(
            Expr::col((version::Entity, version::Column::DocumentId))
                .eq(Expr::col((workflow::Entity, workflow::Column::Id))),
        )
        .and_where(version::Column::Document.eq(EntityKind::Workflow.as_str()))
        .cond_where(
            Condition::any()
                .add(number().eq(Expr::col((workflow::Entity, workflow::Column::Version))))
                .add(number().eq(Expr::col((workflow::Entity, workflow::Column::PublishedVersion))))
                .add(Expr::exists(running)),
        )
        // An id stands in a flow as itself and as nothing else.
        .and_where(version::Column::Content.contains(id.to_string()));
    let workflows = workflow::Entity::find()
        .filter(workflow::Column::AccountId.eq(account_id))
        .filter(Expr::exists(asks))
        .count(source.connection())
        .await?;
    let tasks = task::Entity::find()
        .filter(task::Column::AccountId.eq(account_id))
        .filter(task::Column::FormId.eq(id))
        .count(source.connection())
        .await?;
    let submissions = submission::Entity::find()
        .filter(submission::Column::AccountId.eq(account_id))
        .filter(submission::Column::FormId.eq(id))
        .count(source.connection())
        .await?;
    Ok(FormUsage { workflows, tasks, submissions })
}
