//! The account's libraries: process roles, labels, components and drawings, and which processes name them.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, UnionType};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _,
};
use styr_domain::Fault;
use styr_domain::access::{DrawingFilter, Permit, ProcessFilter, Profile, of};
use styr_domain::id::{AccountId, ComponentId, DrawingId, LabelId, ProcessId, ProcessRoleId};
use styr_domain::process::{Component, Drawing, Label, Process, ProcessPart, ProcessPerson, ProcessRole};
use uuid::Uuid;

use crate::entity::{
    component, drawing, label, process, process_component, process_label, process_person, process_role,
    process_role_use, profile,
};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::process::admits;
use crate::record::{MaySave, Sort, list};
use crate::store::Source;
use crate::tx::Tx;

/// The account's process roles, without those that were merged into others.
///
/// # Errors
/// The database fails.
pub async fn process_roles(
    source: &impl Source,
    account_id: AccountId,
    page: PageRequest,
) -> Result<Page<ProcessRole>> {
    list(source, account_id, process_role::Column::MergedIntoId.is_null(), Sort::OldestFirst, page).await
}

/// The account's labels.
///
/// # Errors
/// The database fails.
pub async fn labels(source: &impl Source, account_id: AccountId, page: PageRequest) -> Result<Page<Label>> {
    list(source, account_id, Condition::all(), Sort::OldestFirst, page).await
}

/// The account's components.
///
/// # Errors
/// The database fails.
pub async fn components(
    source: &impl Source,
    account_id: AccountId,
    page: PageRequest,
) -> Result<Page<Component>> {
    list(source, account_id, Condition::all(), Sort::OldestFirst, page).await
}

/// The drawings that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn drawings(
    source: &impl Source,
    allowed: &DrawingFilter,
    page: PageRequest,
) -> Result<Page<Drawing>> {
    let DrawingFilter { account_id, any, shown } = allowed;
    if !any {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let shown = shown.as_ref().map(|ids| drawing::Column::Id.is_in(ids.iter().copied()));
    list(source, *account_id, Condition::all().add_option(shown), Sort::OldestFirst, page).await
}

/// The profiles that name a drawing.
///
/// # Errors
/// The database fails.
pub async fn profiles_showing(tx: &Tx, id: DrawingId) -> Result<Vec<Profile>> {
    let rows = profile::Entity::find()
        .filter(profile::Column::AccountId.eq(tx.account_id()))
        .filter(profile::Column::DrawingIds.contains(id.to_string()))
        .all(tx.connection())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The role that is called so and was not merged into another.
///
/// # Errors
/// The database fails.
pub async fn process_role_by_name(
    source: &impl Source,
    account_id: AccountId,
    name: &str,
) -> Result<Option<ProcessRole>> {
    let row = process_role::Entity::find()
        .filter(process_role::Column::AccountId.eq(account_id))
        .filter(process_role::Column::Name.eq(name))
        .filter(process_role::Column::MergedIntoId.is_null())
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// The label that is called so.
///
/// # Errors
/// The database fails.
pub async fn label_by_name(source: &impl Source, account_id: AccountId, name: &str) -> Result<Option<Label>> {
    let row = label::Entity::find()
        .filter(label::Column::AccountId.eq(account_id))
        .filter(label::Column::Name.eq(name))
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// The component that is called so.
///
/// # Errors
/// The database fails.
pub async fn component_by_name(
    source: &impl Source,
    account_id: AccountId,
    name: &str,
) -> Result<Option<Component>> {
    let row = component::Entity::find()
        .filter(component::Column::AccountId.eq(account_id))
        .filter(component::Column::Name.eq(name))
        .one(source.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// In how many processes a role is held, and in the lanes of how many it stands.
///
/// # Errors
/// The database fails.
pub async fn count_role_uses(
    source: &impl Source,
    account_id: AccountId,
    id: ProcessRoleId,
) -> Result<(u64, u64)> {
    let held = process_person::Entity::find()
        .filter(process_person::Column::AccountId.eq(account_id))
        .filter(process_person::Column::ProcessRoleId.eq(id))
        .count(source.connection())
        .await?;
    let named = process_role_use::Entity::find()
        .filter(process_role_use::Column::AccountId.eq(account_id))
        .filter(process_role_use::Column::ProcessRoleId.eq(id))
        .count(source.connection())
        .await?;
    Ok((held, named))
}

/// Has everything that names one process role name another: who holds it, the lanes, and the roles merged into it before.
/// Answers how many members and how many processes' lanes that were.
///
/// # Errors
/// The database fails.
pub async fn move_role(
    tx: &Tx,
    _: &Permit<of::ProcessRoleManage>,
    from: ProcessRoleId,
    into: ProcessRoleId,
) -> Result<(u64, u64)> {
    let account_id = tx.account_id();
    let held = |id: ProcessRoleId| {
        process_person::Entity::find()
            .filter(process_person::Column::AccountId.eq(account_id))
            .filter(process_person::Column::ProcessRoleId.eq(id))
    };
    let present: BTreeSet<_> =
        held(into).all(tx.connection()).await?.into_iter().map(|row| (row.process_id, row.user_id)).collect();
    let (twice, moved): (Vec<_>, Vec<_>) = held(from)
        .all(tx.connection())
        .await?
        .into_iter()
        .partition(|row| present.contains(&(row.process_id, row.user_id)));
    let touched: BTreeSet<ProcessId> = twice.iter().chain(&moved).map(|row| row.process_id).collect();
    for rows in twice.chunks(500) {
        process_person::Entity::delete_many()
            .filter(process_person::Column::AccountId.eq(account_id))
            .filter(process_person::Column::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(tx.connection())
            .await?;
    }
    process_person::Entity::update_many()
        .col_expr(process_person::Column::ProcessRoleId, Expr::value(into))
        .filter(process_person::Column::AccountId.eq(account_id))
        .filter(process_person::Column::ProcessRoleId.eq(from))
        .exec(tx.connection())
        .await?;
    let named = |id: ProcessRoleId| {
        Condition::all()
            .add(process_role_use::Column::AccountId.eq(account_id))
            .add(process_role_use::Column::ProcessRoleId.eq(id))
    };
    let both: BTreeSet<ProcessId> = process_role_use::Entity::find()
        .filter(named(into))
        .all(tx.connection())
        .await?
        .into_iter()
        .map(|row| row.process_id)
        .collect();
    let uses = process_role_use::Entity::find().filter(named(from)).all(tx.connection()).await?;
    process_role_use::Entity::delete_many().filter(named(from)).exec(tx.connection()).await?;
    let rows: Vec<_> = uses
        .iter()
        .filter(|row| !both.contains(&row.process_id))
        .map(|row| process_role_use::ActiveModel {
            account_id: Set(account_id),
            process_id: Set(row.process_id),
            process_role_id: Set(into),
        })
        .collect();
    for rows in rows.chunks(500) {
        process_role_use::Entity::insert_many(rows.iter().cloned())
            .exec_without_returning(tx.connection())
            .await?;
    }
    process_role::Entity::update_many()
        .col_expr(process_role::Column::MergedIntoId, Expr::value(into))
        .filter(process_role::Column::AccountId.eq(account_id))
        .filter(process_role::Column::MergedIntoId.eq(from))
        .exec(tx.connection())
        .await?;
    let touched: Vec<ProcessId> = touched.into_iter().chain(uses.iter().map(|row| row.process_id)).collect();
    crate::process::touch(tx, &touched).await?;
    Ok(((twice.len() + moved.len()) as u64, uses.len() as u64))
}

/// Who holds a process role, in the processes that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn role_holders(
    source: &impl Source,
    allowed: &ProcessFilter,
    id: ProcessRoleId,
    page: PageRequest,
) -> Result<Page<ProcessPerson>> {
    if !allowed.any {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let of = Condition::all()
        .add(process::Column::AccountId.eq(allowed.account_id))
        .add(
            Expr::col((process::Entity, process::Column::Id))
                .equals((process_person::Entity, process_person::Column::ProcessId)),
        )
        .add(admits(allowed));
    let seen = Query::select().expr(Expr::val(1)).from(process::Entity).cond_where(of).take();
    let condition = Condition::all()
        .add(process_person::Column::ProcessRoleId.eq(id))
        .add(process_person::Column::Part.eq(ProcessPart::Member))
        .add(Expr::exists(seen));
    list(source, allowed.account_id, condition, Sort::OldestFirst, page).await
}

/// The labels and components of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// Its labels.
    pub labels: BTreeSet<LabelId>,
    /// Its components.
    pub components: BTreeSet<ComponentId>,
}

/// The labels and components of each of these processes, in one query; one without any is left out.
///
/// # Errors
/// The database fails.
pub async fn tags_of_many(
    source: &impl Source,
    account_id: AccountId,
    ids: impl IntoIterator<Item = ProcessId>,
) -> Result<BTreeMap<ProcessId, Tags>> {
    let ids: Vec<ProcessId> = ids.into_iter().collect();
    let mut found: BTreeMap<ProcessId, Tags> = BTreeMap::new();
    for ids in ids.chunks(500) {
        let mut query = Query::select();
        query
            .column(process_label::Column::ProcessId)
            .column(process_label::Column::LabelId)
            .expr(Expr::val(0))
            .from(process_label::Entity)
            .and_where(process_label::Column::AccountId.eq(account_id))
            .and_where(process_label::Column::ProcessId.is_in(ids.iter().copied()));
        let mut components = Query::select();
        components
            .column(process_component::Column::ProcessId)
            .column(process_component::Column::ComponentId)
            .expr(Expr::val(1))
            .from(process_component::Entity)
            .and_where(process_component::Column::AccountId.eq(account_id))
            .and_where(process_component::Column::ProcessId.is_in(ids.iter().copied()));
        query.union(UnionType::All, components);
        for row in source.connection().query_all(&query).await? {
            let (process_id, id): (Uuid, Uuid) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let tags = found.entry(ProcessId(process_id)).or_default();
            match row.try_get_by_index::<i32>(2)? {
                0 => tags.labels.insert(LabelId(id)),
                _ => tags.components.insert(ComponentId(id)),
            };
        }
    }
    Ok(found)
}

/// Replaces a process's labels and components, which are these now, by others.
///
/// # Errors
/// One of them is not there, or the database fails.
pub async fn set_tags<R: MaySave<Process>>(
    tx: &Tx,
    _: &Permit<R>,
    process_id: ProcessId,
    before: &Tags,
    wanted: &Tags,
) -> Result<()> {
    let account_id = tx.account_id();
    let gone: Vec<LabelId> = before.labels.difference(&wanted.labels).copied().collect();
    if !gone.is_empty() {
        process_label::Entity::delete_many()
            .filter(process_label::Column::AccountId.eq(account_id))
            .filter(process_label::Column::ProcessId.eq(process_id))
            .filter(process_label::Column::LabelId.is_in(gone))
            .exec(tx.connection())
            .await?;
    }
    let new = wanted.labels.difference(&before.labels).map(|id| process_label::ActiveModel {
        account_id: Set(account_id),
        process_id: Set(process_id),
        label_id: Set(*id),
    });
    let new: Vec<_> = new.collect();
    if !new.is_empty() {
        process_label::Entity::insert_many(new).exec_without_returning(tx.connection()).await?;
    }
    let gone: Vec<ComponentId> = before.components.difference(&wanted.components).copied().collect();
    if !gone.is_empty() {
        process_component::Entity::delete_many()
            .filter(process_component::Column::AccountId.eq(account_id))
            .filter(process_component::Column::ProcessId.eq(process_id))
            .filter(process_component::Column::ComponentId.is_in(gone))
            .exec(tx.connection())
            .await?;
    }
    let new = wanted.components.difference(&before.components).map(|id| process_component::ActiveModel {
        account_id: Set(account_id),
        process_id: Set(process_id),
        component_id: Set(*id),
    });
    let new: Vec<_> = new.collect();
    if !new.is_empty() {
        process_component::Entity::insert_many(new).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// What becomes of a unique index's violation when a name is taken meanwhile.
#[must_use]
pub fn name_taken() -> Fault {
    Fault::conflict(
        "name_taken",
        styr_domain::Text::fixed(
            "Navnet er allerede i brug. Vælg et andet, eller brug det, der hedder sådan.",
            "Namnet används redan. Välj ett annat, eller använd det som heter så.",
            "The name is taken. Choose another, or use what is called so.",
        ),
    )
}
