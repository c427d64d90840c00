//! What flows name of the account: activities, process roles and other processes.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use styr_domain::access::{ActivityFilter, Permit, ProcessFilter};
use styr_domain::flow::Flow;
use styr_domain::id::{AccountId, ActivityId, ProcessId, ProcessRoleId};
use styr_domain::process::{Activity, Process, ProcessRole};

use crate::entity::{activity, activity_in_force, activity_use, process, process_role_use};
use crate::error::Result;
use crate::record::{MaySave, find_many};
use crate::store::Source;
use crate::tx::Tx;

/// What a flow names of the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The activities that its nodes show.
    pub activities: BTreeSet<ActivityId>,
    /// The process roles of its lanes.
    pub roles: BTreeSet<ProcessRoleId>,
    /// The processes that its nodes lead to.
    pub processes: BTreeSet<ProcessId>,
}

impl Links {
    /// What a flow names.
    #[must_use]
    pub fn of(flow: &Flow) -> Self {
        Self {
            activities: flow.nodes.iter().filter_map(|node| node.activity_id).collect(),
            roles: flow.lanes.iter().filter_map(|lane| lane.process_role_id).collect(),
            processes: flow.nodes.iter().filter_map(|node| node.process_id).collect(),
        }
    }

    /// What either flow names.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.activities.extend(other.activities);
        self.roles.extend(other.roles);
        self.processes.extend(other.processes);
        self
    }
}

/// Of these activities and processes, those that somebody may see; none who asks for whether they are there.
///
/// # Errors
/// The database fails.
pub async fn known(
    source: &impl Source,
    account_id: AccountId,
    links: &Links,
    seen_by: Option<&ActivityFilter>,
) -> Result<(BTreeSet<ActivityId>, BTreeSet<ProcessId>)> {
    if seen_by.is_some_and(|allowed| !allowed.processes.any) {
        return Ok((BTreeSet::new(), BTreeSet::new()));
    }
    let (mut activities, mut processes) = (BTreeSet::new(), BTreeSet::new());
    let ids: Vec<ActivityId> = links.activities.iter().copied().collect();
    for ids in ids.chunks(500) {
        let seen = seen_by.map_or_else(Condition::all, crate::activity::admits);
        let found: Vec<ActivityId> = activity::Entity::find()
            .select_only()
            .column(activity::Column::Id)
            .filter(activity::Column::AccountId.eq(account_id))
            .filter(activity::Column::Id.is_in(ids.iter().copied()))
            .filter(seen)
            .into_tuple()
            .all(source.connection())
            .await?;
        activities.extend(found);
    }
    let ids: Vec<ProcessId> = links.processes.iter().copied().collect();
    let shown = |allowed: &ActivityFilter| -> Condition { admits_process(&allowed.processes) };
    for ids in ids.chunks(500) {
        let found: Vec<ProcessId> = process::Entity::find()
            .select_only()
            .column(process::Column::Id)
            .filter(process::Column::AccountId.eq(account_id))
            .filter(process::Column::Id.is_in(ids.iter().copied()))
            .filter(seen_by.map_or_else(Condition::all, shown))
            .into_tuple()
            .all(source.connection())
            .await?;
        processes.extend(found);
    }
    Ok((activities, processes))
}

fn admits_process(allowed: &ProcessFilter) -> Condition {
    crate::process::admits(allowed)
}

/// These process roles by the ids that flows name them by: one that was merged into another is that other.
///
/// # Errors
/// The database fails.
pub async fn roles(
    source: &impl Source,
    account_id: AccountId,
    ids: &BTreeSet<ProcessRoleId>,
) -> Result<BTreeMap<ProcessRoleId, ProcessRole>> {
    let mut known: BTreeMap<ProcessRoleId, ProcessRole> = BTreeMap::new();
    let mut wanted: BTreeSet<ProcessRoleId> = ids.clone();
    while !wanted.is_empty() {
        let found: Vec<ProcessRole> = find_many(source, account_id, wanted.iter().map(|id| id.0)).await?;
        known.extend(found.into_iter().map(|role| (role.id, role)));
        wanted = known.values().filter_map(|role| role.merged_into_id).collect();
        wanted.retain(|id| !known.contains_key(id));
    }
    let meant = |id: &ProcessRoleId| {
        let mut role = known.get(id)?;
        // Roles are never merged in a circle; were they, this ends all the same.
        for _ in 0..known.len() {
            match role.merged_into_id.and_then(|id| known.get(&id)) {
                Some(other) => role = other,
                None => break,
            }
        }
        Some((*id, role.clone()))
    };
    Ok(ids.iter().filter_map(meant).collect())
}

/// These activities.
///
/// # Errors
/// The database fails.
pub async fn activities(
    source: &impl Source,
    account_id: AccountId,
    ids: &BTreeSet<ActivityId>,
) -> Result<Vec<Activity>> {
    find_many(source, account_id, ids.iter().map(|id| id.0)).await
}

/// Notes which activities and process roles a process uses, and which of the activities in the flow in force.
///
/// # Errors
/// One of them is gone, or the database fails.
pub async fn set_uses<R: MaySave<Process>>(
    tx: &Tx,
    _: &Permit<R>,
    process_id: ProcessId,
    links: &Links,
    in_force: &BTreeSet<ActivityId>,
) -> Result<()> {
    let account_id = tx.account_id();
    let present: BTreeSet<(ActivityId, bool)> = activity_use::Entity::find()
        .filter(activity_use::Column::AccountId.eq(account_id))
        .filter(activity_use::Column::ProcessId.eq(process_id))
        .all(tx.connection())
        .await?
        .into_iter()
        .map(|row| (row.activity_id, row.in_force))
        .collect();
    let wanted: BTreeSet<(ActivityId, bool)> =
        links.activities.iter().map(|id| (*id, in_force.contains(id))).collect();
    let gone: Vec<ActivityId> = present.difference(&wanted).map(|(id, _)| *id).collect();
    for gone in gone.chunks(500) {
        activity_use::Entity::delete_many()
            .filter(activity_use::Column::AccountId.eq(account_id))
            .filter(activity_use::Column::ProcessId.eq(process_id))
            .filter(activity_use::Column::ActivityId.is_in(gone.iter().copied()))
            .exec(tx.connection())
            .await?;
    }
    let new = wanted.difference(&present).map(|(id, in_force)| activity_use::ActiveModel {
        account_id: Set(account_id),
        process_id: Set(process_id),
        activity_id: Set(*id),
        in_force: Set(*in_force),
    });
    for rows in new.collect::<Vec<_>>().chunks(500) {
        activity_use::Entity::insert_many(rows.iter().cloned())
            .exec_without_returning(tx.connection())
            .await?;
    }

    // What was in force once is told of as long as the process is there.
    let once = wanted.difference(&present).filter(|(_, in_force)| *in_force);
    let once = once.map(|(id, _)| activity_in_force::ActiveModel {
        account_id: Set(account_id),
        activity_id: Set(*id),
        process_id: Set(process_id),
    });
    for rows in once.collect::<Vec<_>>().chunks(500) {
        activity_in_force::Entity::insert_many(rows.iter().cloned())
            .on_conflict_do_nothing()
            .exec_without_returning(tx.connection())
            .await?;
    }

    let present: BTreeSet<ProcessRoleId> = process_role_use::Entity::find()
        .filter(process_role_use::Column::AccountId.eq(account_id))
        .filter(process_role_use::Column::ProcessId.eq(process_id))
        .all(tx.connection())
        .await?
        .into_iter()
        .map(|row| row.process_role_id)
        .collect();
    let gone: Vec<ProcessRoleId> = present.difference(&links.roles).copied().collect();
    for gone in gone.chunks(500) {
        process_role_use::Entity::delete_many()
            .filter(process_role_use::Column::AccountId.eq(account_id))
            .filter(process_role_use::Column::ProcessId.eq(process_id))
            .filter(process_role_use::Column::ProcessRoleId.is_in(gone.iter().copied()))
            .exec(tx.connection())
            .await?;
    }
    let new = links.roles.difference(&present).map(|id| process_role_use::ActiveModel {
        account_id: Set(account_id),
        process_id: Set(process_id),
        process_role_id: Set(*id),
    });
    for rows in new.collect::<Vec<_>>().chunks(500) {
        process_role_use::Entity::insert_many(rows.iter().cloned())
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(())
}
