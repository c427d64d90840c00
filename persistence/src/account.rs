//! Accounts and their organisations.

use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _};
use styr_domain::Fault;
use styr_domain::access::{Coverage, Permit};
use styr_domain::account::{Account, Organisation};
use styr_domain::event::EntityKind;
use styr_domain::id::{AccountId, OrganisationId};

use crate::coverage::covered;
use crate::entity::{account, case, form, group, organisation, role_assignment, submission, user, workflow};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{MaySave, Sort, list};
use crate::store::Source;
use crate::tx::{Change, Tx};

/// The account.
///
/// # Errors
/// `not_found`, or the database fails.
pub async fn get(source: &impl Source, id: AccountId) -> Result<Account> {
    let row = account::Entity::find_by_id(id).one(source.connection()).await?;
    Ok(row.map(Into::into).ok_or_else(Fault::not_found)?)
}

/// The ids of all accounts.
///
/// # Errors
/// The database fails.
pub async fn ids(source: &impl Source) -> Result<Vec<AccountId>> {
    Ok(account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .into_tuple()
        .all(source.connection())
        .await?)
}

/// Saves a new account. What else it needs is saved in the same write.
///
/// # Errors
/// The database fails.
pub async fn insert<R: MaySave<Account>>(tx: &Tx, _: &Permit<R>, new: &Account) -> Result<()> {
    account::Entity::insert(account::ActiveModel::from(new.clone()))
        .exec_without_returning(tx.connection())
        .await?;
    tx.record(change("account.created", None, new));
    Ok(())
}

/// Saves a changed account under its next revision.
///
/// # Errors
/// The database fails.
pub async fn update<R: MaySave<Account>>(
    tx: &Tx,
    _: &Permit<R>,
    before: &Account,
    mut after: Account,
    kind: &'static str,
) -> Result<Account> {
    after.revision += 1;
    account::Entity::update_many()
        .set(account::ActiveModel::from(after.clone()))
        .filter(account::Column::Id.eq(after.id))
        .exec(tx.connection())
        .await?;
    tx.record(change(kind, Some(before), &after));
    Ok(after)
}

const fn change<'a>(
    kind: &'static str,
    before: Option<&'a Account>,
    after: &'a Account,
) -> Change<'a, Account> {
    Change { entity: EntityKind::Account, id: after.id.0, kind, subject_id: None, before, after: Some(after) }
}

/// Each organisation with the one above it.
///
/// # Errors
/// The database fails.
pub async fn organisation_parents(
    source: &impl Source,
    account_id: AccountId,
) -> Result<Vec<(OrganisationId, Option<OrganisationId>)>> {
    Ok(organisation::Entity::find()
        .select_only()
        .columns([organisation::Column::Id, organisation::Column::ParentId])
        .filter(organisation::Column::AccountId.eq(account_id))
        .into_tuple()
        .all(source.connection())
        .await?)
}

/// The organisations that are locked down themselves; those below them are too.
///
/// # Errors
/// The database fails.
pub async fn locked_organisations(
    source: &impl Source,
    account_id: AccountId,
) -> Result<Vec<OrganisationId>> {
    Ok(organisation::Entity::find()
        .select_only()
        .column(organisation::Column::Id)
        .filter(organisation::Column::AccountId.eq(account_id))
        .filter(organisation::Column::LockedDownAt.is_not_null())
        .into_tuple()
        .all(source.connection())
        .await?)
}

/// The account's organisations among those covered.
///
/// # Errors
/// The database fails.
pub async fn organisations(
    source: &impl Source,
    account_id: AccountId,
    coverage: &Coverage,
    parent_id: Option<OrganisationId>,
    page: PageRequest,
) -> Result<Page<Organisation>> {
    let condition = covered(organisation::Column::Id, coverage)
        .add_option(parent_id.map(|parent| organisation::Column::ParentId.eq(parent)));
    list(source, account_id, condition, Sort::OldestFirst, page).await
}

/// What belongs to an organisation, and how many of each; only what there is at least one of.
///
/// # Errors
/// The database fails.
pub async fn organisation_contents(
    source: &impl Source,
    account_id: AccountId,
    id: OrganisationId,
) -> Result<Vec<(EntityKind, u64)>> {
    let mut found = Vec::new();
    macro_rules! count {
        ($($module:ident $column:ident $kind:ident;)+) => {$(
            let count = $module::Entity::find()
                .filter($module::Column::AccountId.eq(account_id))
                .filter($module::Column::$column.eq(id))
                .count(source.connection())
                .await?;
            if count > 0 {
                found.push((EntityKind::$kind, count));
            }
        )+};
    }
    count! {
        organisation ParentId Organisation;
        user OrganisationId User;
        group OrganisationId Group;
        role_assignment OrganisationId RoleAssignment;
        form OrganisationId Form;
        workflow OrganisationId Workflow;
        case OrganisationId Case;
        submission OrganisationId Submission;
    }
    Ok(found)
}
