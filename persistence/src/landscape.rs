//! The landscape as a whole: its codes, and the order of its groups.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use styr_domain::access::ProcessFilter;
use styr_domain::id::{AccountId, ProcessGroupId, ProcessId};
use styr_domain::process::{Process, ProcessGroup};

use crate::entity::{process, process_group};
use crate::error::Result;
use crate::process::admits;
use crate::store::Source;

/// Those of these processes that the caller may see, in no particular order.
///
/// # Errors
/// The database fails.
pub async fn visible_among(
    source: &impl Source,
    allowed: &ProcessFilter,
    ids: impl IntoIterator<Item = ProcessId>,
) -> Result<Vec<Process>> {
    let ids: BTreeSet<ProcessId> = ids.into_iter().collect();
    let ids: Vec<ProcessId> = if allowed.any { ids.into_iter().collect() } else { Vec::new() };
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(500) {
        let rows = process::Entity::find()
            .filter(process::Column::AccountId.eq(allowed.account_id))
            .filter(process::Column::Id.is_in(ids.iter().copied()))
            .filter(admits(allowed))
            .all(source.connection())
            .await?;
        found.extend(rows.into_iter().map(Process::from));
    }
    Ok(found)
}

/// The groups right below one, or at the top, by position and age.
///
/// # Errors
/// The database fails.
pub async fn siblings(
    source: &impl Source,
    account_id: AccountId,
    parent_id: Option<ProcessGroupId>,
) -> Result<Vec<ProcessGroup>> {
    let below = match parent_id {
        Some(id) => process_group::Column::ParentId.eq(id),
        None => process_group::Column::ParentId.is_null(),
    };
    let rows = process_group::Entity::find()
        .filter(process_group::Column::AccountId.eq(account_id))
        .filter(below)
        .order_by_asc(process_group::Column::Position)
        .order_by_asc(process_group::Column::Id)
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The groups with one of these codes, oldest first.
///
/// # Errors
/// The database fails.
pub async fn groups_by_code(
    source: &impl Source,
    account_id: AccountId,
    codes: &BTreeSet<String>,
) -> Result<Vec<ProcessGroup>> {
    let codes: Vec<&String> = codes.iter().collect();
    let mut found: Vec<ProcessGroup> = Vec::new();
    for codes in codes.chunks(500) {
        let rows = process_group::Entity::find()
            .filter(process_group::Column::AccountId.eq(account_id))
            .filter(process_group::Column::Code.is_in(codes.iter().copied()))
            .all(source.connection())
            .await?;
        found.extend(rows.into_iter().map(ProcessGroup::from));
    }
    found.sort_by_key(|group| group.id);
    Ok(found)
}

/// The processes right in these groups, or in none.
///
/// # Errors
/// The database fails.
pub async fn processes_in(
    source: &impl Source,
    account_id: AccountId,
    groups: &BTreeSet<Option<ProcessGroupId>>,
) -> Result<Vec<Process>> {
    let mut found: Vec<Process> = Vec::new();
    let ids: Vec<ProcessGroupId> = groups.iter().copied().flatten().collect();
    let mut wanted: Vec<Condition> = ids
        .chunks(500)
        .map(|ids| Condition::all().add(process::Column::GroupId.is_in(ids.iter().copied())))
        .collect();
    if groups.contains(&None) {
        wanted.push(Condition::all().add(process::Column::GroupId.is_null()));
    }
    for wanted in wanted {
        let rows = process::Entity::find()
            .filter(process::Column::AccountId.eq(account_id))
            .filter(wanted)
            .all(source.connection())
            .await?;
        found.extend(rows.into_iter().map(Process::from));
    }
    Ok(found)
}
