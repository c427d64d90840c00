//! The members of processes: who holds which process role in them.

use std::collections::BTreeSet;

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};
use serde_json::json;
use styr_domain::access::Permit;
use styr_domain::event::EntityKind;
use styr_domain::id::{AccountId, ProcessId, ProcessPersonId, ProcessRoleId, UserId};
use styr_domain::process::{Process, ProcessPart, ProcessPerson};

use crate::entity::process_person;
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{MaySave, Sort, list};
use crate::store::Source;
use crate::tx::Tx;

fn of_process(process_id: ProcessId) -> Condition {
    Condition::all()
        .add(process_person::Column::ProcessId.eq(process_id))
        .add(process_person::Column::Part.eq(ProcessPart::Member))
}

/// One page of a process's members, each once for each role they hold.
///
/// # Errors
/// The database fails.
pub async fn members(
    source: &impl Source,
    account_id: AccountId,
    process_id: ProcessId,
    page: PageRequest,
) -> Result<Page<ProcessPerson>> {
    list(source, account_id, of_process(process_id), Sort::OldestFirst, page).await
}

/// All members of a process.
///
/// # Errors
/// The database fails.
pub async fn all_members(
    source: &impl Source,
    account_id: AccountId,
    process_id: ProcessId,
) -> Result<Vec<ProcessPerson>> {
    let rows = process_person::Entity::find()
        .filter(process_person::Column::AccountId.eq(account_id))
        .filter(of_process(process_id))
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Makes a user a member, with a role or without. With a role, what they had without one is no more.
///
/// # Errors
/// The user or the role is not there, or the database fails.
pub async fn add<R: MaySave<Process>>(
    tx: &Tx,
    _: &Permit<R>,
    process: &Process,
    present: &[ProcessPerson],
    user_id: UserId,
    process_role_id: Option<ProcessRoleId>,
) -> Result<ProcessPerson> {
    let member = ProcessPerson {
        id: ProcessPersonId(tx.id()),
        account_id: tx.account_id(),
        process_id: process.id,
        user_id,
        part: ProcessPart::Member,
        process_role_id,
        created_at: tx.now(),
    };
    let bare = present.iter().filter(|row| row.user_id == user_id && row.process_role_id.is_none());
    let bare: Vec<ProcessPersonId> = bare.map(|row| row.id).collect();
    remove_rows(tx, &bare).await?;
    process_person::Entity::insert(process_person::ActiveModel {
        id: Set(member.id),
        account_id: Set(member.account_id),
        process_id: Set(member.process_id),
        user_id: Set(member.user_id),
        part: Set(member.part),
        process_role_id: Set(member.process_role_id),
        created_at: Set(member.created_at),
    })
    .exec_without_returning(tx.connection())
    .await?;
    let mut after: Vec<&ProcessPerson> = present.iter().filter(|row| !bare.contains(&row.id)).collect();
    after.push(&member);
    note(tx, process.id, &present.iter().collect::<Vec<_>>(), &after);
    Ok(member)
}

/// Takes a member's role, or their membership where they have no role.
///
/// # Errors
/// The database fails.
pub async fn remove<R: MaySave<Process>>(
    tx: &Tx,
    _: &Permit<R>,
    process: &Process,
    present: &[ProcessPerson],
    id: ProcessPersonId,
) -> Result<()> {
    remove_rows(tx, &[id]).await?;
    let after: Vec<&ProcessPerson> = present.iter().filter(|row| row.id != id).collect();
    note(tx, process.id, &present.iter().collect::<Vec<_>>(), &after);
    Ok(())
}

async fn remove_rows(tx: &Tx, ids: &[ProcessPersonId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    process_person::Entity::delete_many()
        .filter(process_person::Column::AccountId.eq(tx.account_id()))
        .filter(process_person::Column::Id.is_in(ids.iter().copied()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Records who the members were and are, and which of their roles came and went.
fn note(tx: &Tx, id: ProcessId, before: &[&ProcessPerson], after: &[&ProcessPerson]) {
    let people = |rows: &[&ProcessPerson]| rows.iter().map(|row| row.user_id).collect::<BTreeSet<_>>();
    let roles = |rows: &[&ProcessPerson]| {
        let held = rows.iter().filter_map(|row| Some((row.user_id, row.process_role_id?)));
        held.collect::<BTreeSet<_>>()
    };
    let (had, have) = (roles(before), roles(after));
    let shown = |of: Vec<&(UserId, ProcessRoleId)>| {
        let each = of.into_iter().map(|(user, role)| json!({ "user_id": user, "process_role_id": role }));
        each.collect::<Vec<_>>()
    };
    let detail = json!({
        "before": people(before),
        "after": people(after),
        "roles_given": shown(have.difference(&had).collect()),
        "roles_taken": shown(had.difference(&have).collect()),
    });
    tx.note(EntityKind::Process, id.0, "process.members_changed", None, detail, None);
}
