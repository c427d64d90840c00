//! Ready landscapes to start from.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use styr_domain::access::{ProcessState, ProcessVisibility, create_process, of};
use styr_domain::id::{ProcessGroupId, ProcessId};
use styr_domain::process::skeleton::{Line, Skeleton};
use styr_domain::process::{Process, ProcessContent, ProcessGroup};
use styr_domain::{Fault, Language};
use styr_persistence::{find, landscape, version};

use super::group::check_room;
use super::missing;
use crate::app::{Ctx, Result};

/// What applying a skeleton made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Applied {
    /// The groups at its top.
    pub group_ids: Vec<ProcessGroupId>,
    /// How many groups it made.
    pub groups: u64,
    /// How many processes it made.
    pub processes: u64,
}

/// Makes the groups and processes of a skeleton, in one write.
///
/// # Errors
/// `not_found`, `forbidden`; `invalid` when the group to put it in is not there, or would hold its codes twice.
pub async fn apply(
    ctx: &Ctx<of::ProcessCreate>,
    name: &str,
    parent_id: Option<ProcessGroupId>,
    language: Option<Language>,
) -> Result<Applied> {
    let skeleton = Skeleton::of(name).ok_or_else(Fault::not_found)?;
    let lines: Vec<Line> = skeleton.lines(language.unwrap_or(ctx.language())).collect();
    ctx.write(|tx| async move {
        let permit = create_process(ctx.actor(), parent_id)?;
        if let Some(id) = parent_id
            && (find::<ProcessGroup>(&*tx, ctx.account_id(), id).await?.is_none()
                || !ctx.actor().sees_process_group(id))
        {
            return Err(Fault::invalid(vec![missing("/parent_id")]).into());
        }
        let there = landscape::siblings(&*tx, ctx.account_id(), parent_id).await?;
        let codes: BTreeSet<&str> = there.iter().filter_map(|group| group.code.as_deref()).collect();
        if lines.iter().any(|line| line.above.is_none() && codes.contains(line.code)) {
            return Err(applied_already().into());
        }
        let levels =
            lines.iter().filter(|line| line.holds_others).map(|line| line.level).max().unwrap_or_default();
        check_room(&tx, parent_id, levels).await?;
        // It has an order of its own, and comes after what is there.
        let first = there.iter().map(|group| group.position.saturating_add(1)).max().unwrap_or_default();
        let mut positions: HashMap<Option<&str>, i32> = HashMap::from([(None, first)]);
        let mut ids: HashMap<&str, ProcessGroupId> = HashMap::new();
        let (mut groups, mut processes) = (Vec::new(), Vec::new());
        for Line { code, above, title, level: _, holds_others } in lines {
            let above_id = above.and_then(|above| ids.get(above).copied()).or(parent_id);
            if holds_others {
                let position = positions.entry(above).or_default();
                let group = ProcessGroup {
                    id: ProcessGroupId(tx.id()),
                    account_id: ctx.account_id(),
                    parent_id: above_id,
                    code: Some(code.to_owned()),
                    title: title.to_owned(),
                    position: *position,
                    revision: 1,
                    created_at: tx.now(),
                };
                *position = position.saturating_add(1);
                ids.insert(code, group.id);
                groups.push(group);
            } else {
                let process = Process {
                    id: ProcessId(tx.id()),
                    account_id: ctx.account_id(),
                    group_id: above_id,
                    code: Some(code.to_owned()),
                    title: title.to_owned(),
                    purpose: String::new(),
                    state: ProcessState::Draft,
                    visibility: ProcessVisibility::Public,
                    owner_id: ctx.actor().user_id,
                    version: 1,
                    published_version: None,
                    revision: 1,
                    created_at: tx.now(),
                    updated_at: tx.now(),
                };
                let content = ProcessContent { title: title.to_owned(), ..ProcessContent::default() };
                processes.push((process, content));
            }
        }
        tx.insert_many(&permit, &groups, "process_group.created").await?;
        let made: Vec<Process> = processes.iter().map(|(process, _)| process.clone()).collect();
        tx.insert_many(&permit, &made, "process.created").await?;
        version::insert_first(&tx, &permit, ctx.actor().user_id, &processes).await?;
        tx.access_changed();
        let top = groups.iter().filter(|group| group.parent_id == parent_id);
        Ok(Applied {
            group_ids: top.map(|group| group.id).collect(),
            groups: groups.len() as u64,
            processes: made.len() as u64,
        })
    })
    .await
}

const fn applied_already() -> Fault {
    Fault::conflict(
        "codes_taken",
        styr_domain::Text::fixed(
            "Der er allerede grupper med skelettets koder her. Vælg en anden gruppe, eller slet dem først.",
            "Det finns redan grupper med skelettets koder här. Välj en annan grupp, eller ta bort dem först.",
            "There are groups with the skeleton's codes here already. Choose another group, or delete them first.",
        ),
    )
}
