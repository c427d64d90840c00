//! What an import of users is compared with, and the imports that were carried out.

use std::collections::HashSet;

use sea_orm::sea_query::{Expr, ExprTrait as _, Func, IntoCondition};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};
use styr_domain::access::{Permit, Provenance, of};
use styr_domain::id::{AccountId, OrganisationId, UserId};
use styr_domain::user::User;
use styr_domain::user::import::{Column, Present, UserFile, UserImport, email_key};

use crate::entity::{organisation, role, role_assignment, user, user_import};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{Sort, list};
use crate::store::Source;
use crate::tx::Tx;

/// How many values are looked for by one statement.
const AT_ONCE: usize = 500;

/// What an import of this file is compared with: who came by imports and is active, whoever has a key or address of the
/// file, and their roles where the file speaks of any.
///
/// # Errors
/// The database fails.
pub async fn present(source: &impl Source, account_id: AccountId, file: &UserFile) -> Result<Present> {
    let imported = Condition::all()
        .add(user::Column::Provenance.eq(Provenance::Import))
        .add(user::Column::Active.eq(true));
    let mut users = users(source, account_id, imported).await?;
    let mut ids: HashSet<UserId> = users.iter().map(|user| user.id).collect();

    let known: HashSet<&str> = users.iter().filter_map(|user| user.external_id.as_deref()).collect();
    let unknown = file.people.iter().map(|person| &*person.external_id).filter(|id| !known.contains(id));
    let unknown: Vec<&str> = unknown.collect();
    let mut found = Vec::new();
    for external_ids in unknown.chunks(AT_ONCE) {
        let has_one = user::Column::ExternalId.is_in(external_ids.iter().copied());
        found.extend(self::users(source, account_id, has_one).await?);
    }
    // Those of whom the address is known may share it, as a user name, with another.
    let addresses: Vec<String> = file.people.iter().map(|person| email_key(&person.email)).collect();
    for addresses in addresses.chunks(AT_ONCE) {
        for column in [user::Column::Email, user::Column::UserName] {
            let has_one = Func::lower(Expr::col(column)).is_in(addresses.iter().map(String::as_str));
            found.extend(self::users(source, account_id, has_one).await?);
        }
    }
    users.extend(found.into_iter().filter(|user| ids.insert(user.id)));

    let (mut assignments, mut roles) = (Vec::new(), Vec::new());
    if file.has(Column::Roles) {
        let holders: Vec<UserId> = users.iter().map(|user| user.id).collect();
        for holders in holders.chunks(AT_ONCE) {
            let rows = role_assignment::Entity::find()
                .filter(role_assignment::Column::AccountId.eq(account_id))
                .filter(role_assignment::Column::UserId.is_in(holders.iter().copied()))
                .all(source.connection())
                .await?;
            assignments.extend(rows.into_iter().map(Into::into));
        }
        let rows = role::Entity::find().filter(role::Column::AccountId.eq(account_id));
        roles = rows.all(source.connection()).await?.into_iter().map(Into::into).collect();
    }
    let rows = organisation::Entity::find().filter(organisation::Column::AccountId.eq(account_id));
    let organisations = rows.all(source.connection()).await?.into_iter().map(Into::into).collect();
    Ok(Present { users, assignments, roles, organisations })
}

async fn users(
    source: &impl Source,
    account_id: AccountId,
    condition: impl IntoCondition,
) -> Result<Vec<User>> {
    let rows = user::Entity::find()
        .filter(user::Column::AccountId.eq(account_id))
        .filter(condition.into_condition())
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Makes room for what the rest of the write saves: these users' addresses go to others, and they get others themselves.
/// No event, since each is changed once more, with one.
///
/// # Errors
/// The database fails.
pub async fn free_addresses(tx: &Tx, _: &Permit<of::UserImport>, ids: &[UserId]) -> Result<()> {
    for ids in ids.chunks(AT_ONCE) {
        user::Entity::update_many()
            .col_expr(user::Column::Email, Expr::value(None::<String>))
            .filter(user::Column::AccountId.eq(tx.account_id()))
            .filter(user::Column::Id.is_in(ids.iter().copied()))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// The imports that were carried out, newest first; only those that `started_by` ran, if somebody is named.
///
/// # Errors
/// The database fails.
pub async fn imports(
    source: &impl Source,
    account_id: AccountId,
    started_by: Option<UserId>,
    page: PageRequest,
) -> Result<Page<UserImport>> {
    let condition = Condition::all().add_option(started_by.map(|id| user_import::Column::StartedBy.eq(id)));
    list(source, account_id, condition, Sort::NewestFirst, page).await
}

/// How many imports are looked through for the last one that reached an organisation.
const RECENT: u64 = 100;

/// The newest of the last hundred imports that reached the organisation.
///
/// # Errors
/// The database fails.
pub async fn last_import(
    source: &impl Source,
    account_id: AccountId,
    organisation_id: OrganisationId,
) -> Result<Option<UserImport>> {
    let page = imports(source, account_id, None, PageRequest { limit: RECENT, after: None }).await?;
    Ok(page.items.into_iter().find(|import| import.reaches(Some(organisation_id))))
}
