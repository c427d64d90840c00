//! Process groups: the branches of the landscape.

use serde::{Deserialize, Serialize};
use styr_domain::access::{ProcessFilter, of};
use styr_domain::id::ProcessGroupId;
use styr_domain::process::{Process, ProcessGroup, compare_codes};
use styr_domain::{Fault, Text, Violation, text};
use styr_persistence::{LandscapeTree, Page, PageRequest, Tx, find, get, landscape, process};

use super::{Tagged, missing, tagged};
use crate::app::{Ctx, IfMatch, Result};

/// What a process group is made or replaced with.
#[derive(Debug, Clone)]
pub struct ProcessGroupInput {
    /// The group above it.
    pub parent_id: Option<ProcessGroupId>,
    /// The classification code.
    pub code: Option<String>,
    /// The title.
    pub title: String,
    /// Its place among its siblings.
    pub position: i32,
}

/// One page of the groups right below one, or of all, or of those whose code begins so.
///
/// # Errors
/// The database fails.
pub async fn list(
    ctx: &Ctx<of::ProcessSee>,
    parent_id: Option<ProcessGroupId>,
    code: Option<&str>,
    page: PageRequest,
) -> Result<Page<ProcessGroup>> {
    let shown = ctx.actor().shown.as_ref();
    process::groups(&ctx.read(), ctx.account_id(), shown, parent_id.map(Some), code, page).await
}

/// A group.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<of::ProcessSee>, id: ProcessGroupId) -> Result<ProcessGroup> {
    if !ctx.actor().sees_process_group(id) {
        return Err(Fault::not_found().into());
    }
    get(&ctx.read(), ctx.account_id(), id).await
}

/// Makes a group.
///
/// # Errors
/// `forbidden`; `invalid` when the group above is not there.
pub async fn create(ctx: &Ctx<of::ProcessCreate>, input: ProcessGroupInput) -> Result<ProcessGroup> {
    ctx.write(|tx| async move {
        let permit = styr_domain::access::create_process(ctx.actor(), input.parent_id)?;
        check_parent(&tx, None, input.parent_id).await?;
        let ProcessGroupInput { parent_id, code, title, position } = input;
        let group = ProcessGroup {
            id: ProcessGroupId(tx.id()),
            account_id: ctx.account_id(),
            parent_id,
            code,
            title,
            position,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &group, "process_group.created").await?;
        tx.access_changed();
        Ok(group)
    })
    .await
}

/// Replaces a group, which may move it.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`; `invalid` when it would lie in itself.
pub async fn replace(
    ctx: &Ctx<of::ProcessCreate>,
    id: ProcessGroupId,
    if_match: &IfMatch,
    input: ProcessGroupInput,
) -> Result<ProcessGroup> {
    ctx.write(|tx| async move {
        let before: ProcessGroup = get(&*tx, ctx.account_id(), id).await?;
        let permit = styr_domain::access::create_process(ctx.actor(), before.parent_id)?;
        let _there = styr_domain::access::create_process(ctx.actor(), input.parent_id)?;
        if_match.check(before.revision)?;
        check_parent(&tx, Some(id), input.parent_id).await?;
        let ProcessGroupInput { parent_id, code, title, position } = input;
        if parent_id != before.parent_id {
            check_depth(&tx, id, parent_id).await?;
            tx.access_changed();
        }
        let after = ProcessGroup { parent_id, code, title, position, ..before.clone() };
        tx.update(&permit, &before, after, "process_group.changed").await
    })
    .await
}

/// Deletes an empty group.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `process_group_not_empty`.
pub async fn delete(ctx: &Ctx<of::ProcessCreate>, id: ProcessGroupId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let group: ProcessGroup = get(&*tx, ctx.account_id(), id).await?;
        let permit = styr_domain::access::create_process(ctx.actor(), group.parent_id)?;
        if_match.check(group.revision)?;
        if process::count_children(&*tx, ctx.account_id(), id).await? > 0 {
            return Err(not_empty().into());
        }
        tx.delete(&permit, &group, "process_group.deleted").await
    })
    .await
}

const fn not_empty() -> Fault {
    Fault::conflict(
        "process_group_not_empty",
        Text::fixed(
            "Gruppen er ikke tom. Flyt eller slet det, der ligger i den, først.",
            "Gruppen är inte tom. Flytta eller ta bort det som ligger i den först.",
            "The group is not empty. Move or delete what lies in it first.",
        ),
    )
}

/// How deep the landscape may be.
const MOST_LEVELS: usize = 20;

/// Whether a group may lie below another: that one is there, and not the group itself or below it.
async fn check_parent(tx: &Tx, id: Option<ProcessGroupId>, parent_id: Option<ProcessGroupId>) -> Result<()> {
    let mut next = parent_id;
    for _ in 0..MOST_LEVELS {
        let Some(parent_id) = next else { return Ok(()) };
        if Some(parent_id) == id {
            return Err(Fault::invalid(vec![in_itself()]).into());
        }
        let Some(parent) = find::<ProcessGroup>(tx, tx.account_id(), parent_id).await? else {
            return Err(Fault::invalid(vec![missing("/parent_id")]).into());
        };
        next = parent.parent_id;
    }
    Err(too_deep().into())
}

fn too_deep() -> Fault {
    let text = text!(
        "Landskabet har højst {MOST_LEVELS} niveauer.",
        "Landskapet har högst {MOST_LEVELS} nivåer.",
        "The landscape has at most {MOST_LEVELS} levels."
    );
    Fault::invalid(vec![Violation::at("/parent_id", "too_deep", text)])
}

fn in_itself() -> Violation {
    Violation::at(
        "/parent_id",
        "group_in_itself",
        text!(
            "En gruppe kan ikke ligge i sig selv.",
            "En grupp kan inte ligga i sig själv.",
            "A group cannot lie in itself."
        ),
    )
}

/// Where a group is moved to.
#[derive(Debug, Clone)]
pub struct MoveInput {
    /// The group above it then; none is the top.
    pub parent_id: Option<ProcessGroupId>,
    /// The sibling that it comes right before.
    pub before_id: Option<ProcessGroupId>,
    /// Its place among its siblings then, from 0; the end when neither is given.
    pub position: Option<u32>,
}

/// Moves a group with all that lies in it, and numbers its new siblings from 0.
///
/// # Errors
/// `not_found`, `forbidden`; `invalid` when it would lie in itself or too deep, or the sibling is not there.
pub async fn move_to(
    ctx: &Ctx<of::ProcessCreate>,
    id: ProcessGroupId,
    input: MoveInput,
) -> Result<ProcessGroup> {
    ctx.write(|tx| async move {
        let MoveInput { parent_id, before_id, position } = input;
        let moved: ProcessGroup = get(&*tx, ctx.account_id(), id).await?;
        if !ctx.actor().sees_process_group(id) {
            return Err(Fault::not_found().into());
        }
        let permit = styr_domain::access::create_process(ctx.actor(), moved.parent_id)?;
        let _there = styr_domain::access::create_process(ctx.actor(), parent_id)?;
        check_parent(&tx, Some(id), parent_id).await?;
        if moved.parent_id != parent_id {
            check_depth(&tx, id, parent_id).await?;
            tx.access_changed();
        }
        let mut siblings = landscape::siblings(&*tx, ctx.account_id(), parent_id).await?;
        siblings.retain(|sibling| sibling.id != id);
        let place = match (before_id, position) {
            (Some(before), _) => siblings
                .iter()
                .position(|sibling| sibling.id == before)
                .ok_or_else(|| Fault::invalid(vec![missing("/before_id")]))?,
            (None, Some(position)) => (position as usize).min(siblings.len()),
            (None, None) => siblings.len(),
        };
        siblings.insert(place, moved);
        let mut answer = None;
        let mut changes = Vec::new();
        for (position, before) in (0..).zip(siblings) {
            let after = ProcessGroup { parent_id, position, ..before.clone() };
            if before.id == id {
                answer = Some(tx.update(&permit, &before, after, "process_group.moved").await?);
            } else if before.position != position {
                changes.push((before, after));
            }
        }
        tx.update_many(&permit, changes, "process_group.reordered").await?;
        Ok(answer.ok_or_else(Fault::not_found)?)
    })
    .await
}

/// Where a new group comes among these: with them, by its code, where nobody has ordered them, and else after them all.
pub(super) fn place_among(siblings: &[ProcessGroup]) -> i32 {
    let last = siblings.iter().map(|group| group.position).max().unwrap_or_default();
    if last == 0 { 0 } else { last.saturating_add(1) }
}

/// Whether there is room for so many levels below a group, or at the top.
pub(super) async fn check_room(tx: &Tx, parent_id: Option<ProcessGroupId>, levels: usize) -> Result<()> {
    let Some(parent_id) = parent_id else { return Ok(()) };
    let above = LandscapeTree::load(tx, tx.account_id()).await?.with_all_above(parent_id).len();
    Ok(refuse_deep(above, levels)?)
}

/// Whether so many levels fit below so many.
pub(super) fn refuse_deep(above: usize, levels: usize) -> Result<(), Fault> {
    if above + levels > MOST_LEVELS { Err(too_deep()) } else { Ok(()) }
}

/// Whether what lies below a group is not too deep in its new place.
async fn check_depth(tx: &Tx, id: ProcessGroupId, parent_id: Option<ProcessGroupId>) -> Result<()> {
    let tree = LandscapeTree::load(tx, tx.account_id()).await?;
    let above = parent_id.map_or(0, |parent| tree.with_all_above(parent).len());
    let own = tree.with_all_above(id).len() - 1;
    let deepest =
        tree.with_all_below(id).into_iter().map(|below| tree.with_all_above(below).len() - own).max();
    Ok(refuse_deep(above, deepest.unwrap_or(1))?)
}

/// By codes as people order them; what has none comes first.
fn by_code(one: Option<&str>, other: Option<&str>) -> std::cmp::Ordering {
    match (one, other) {
        (Some(one), Some(other)) => compare_codes(one, other),
        (one, other) => one.cmp(&other),
    }
}

/// One level of the landscape: the groups and processes right below a group, or at the top.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Level {
    /// The groups, by position, code and title.
    pub groups: Vec<ProcessGroup>,
    /// The processes that the caller may see.
    pub processes: Vec<Tagged>,
    /// Whether there is more than fits one answer; the lists give all.
    pub more: bool,
}

/// The most groups, and the most processes, of one level.
const MOST_OF_A_LEVEL: u64 = 500;

/// One level of the landscape.
///
/// # Errors
/// `not_found`.
pub async fn level(ctx: &Ctx<of::ProcessSee>, id: Option<ProcessGroupId>) -> Result<Level> {
    let read = ctx.read();
    if let Some(id) = id {
        let _there = get_one(ctx, id).await?;
    }
    let page = PageRequest { limit: MOST_OF_A_LEVEL, after: None };
    let shown = ctx.actor().shown.as_ref();
    let groups = process::groups(&read, ctx.account_id(), shown, Some(id), None, page).await?;
    let allowed = ProcessFilter::of(ctx.actor());
    let processes = process::processes_of_level(&read, &allowed, id, page).await?;
    let more = groups.next.is_some() || processes.next.is_some();
    let (mut groups, mut processes) = (groups.items, processes.items);
    groups.sort_by(|a: &ProcessGroup, b| {
        let codes = by_code(a.code.as_deref(), b.code.as_deref());
        a.position.cmp(&b.position).then(codes).then_with(|| (&a.title, a.id).cmp(&(&b.title, b.id)))
    });
    processes.sort_by(|a: &Process, b| {
        let codes = by_code(a.code.as_deref(), b.code.as_deref());
        codes.then_with(|| (&a.title, a.id).cmp(&(&b.title, b.id)))
    });
    Ok(Level { groups, processes: tagged(&read, ctx.account_id(), processes).await?, more })
}
