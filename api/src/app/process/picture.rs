//! The landscape as a picture.

use std::collections::BTreeMap;

use styr_domain::Fault;
use styr_domain::access::{ProcessFilter, of};
use styr_domain::flow::draw::{self, LandscapeItem, LandscapeOptions, Theme};
use styr_domain::id::ProcessGroupId;
use styr_domain::process::{ProcessGroup, compare_codes};
use styr_persistence::process::ProcessQuery;
use styr_persistence::{PageRequest, process};

use super::export::all_groups;
use crate::app::{Ctx, Result};

/// The most processes that are drawn; of more, only the groups are.
const MOST_PROCESSES: usize = 2_000;

/// What is drawn, and how.
#[derive(Debug, Clone, Copy)]
pub struct PictureInput {
    /// The group to look into; none for the whole.
    pub group_id: Option<ProcessGroupId>,
    /// How many levels, at least 1.
    pub levels: usize,
    /// Its colours; none for those that the reader's device prefers.
    pub theme: Option<Theme>,
}

/// Draws what the caller sees of the landscape.
///
/// # Errors
/// `not_found`; the database fails.
pub async fn landscape(ctx: &Ctx<of::ProcessSee>, input: PictureInput) -> Result<String> {
    let PictureInput { group_id, levels, theme } = input;
    let read = ctx.read();
    let groups = all_groups(ctx, &read).await?;
    if group_id.is_some_and(|id| !groups.contains_key(&id)) {
        return Err(Fault::not_found().into());
    }
    let mut within: BTreeMap<Option<ProcessGroupId>, Vec<LandscapeItem>> = BTreeMap::new();
    let (allowed, query) = (ProcessFilter::of(ctx.actor()), ProcessQuery::default());
    let (mut count, mut after) = (0, None);
    loop {
        let page = process::processes(&read, &allowed, &query, PageRequest { limit: 200, after }).await?;
        count += page.items.len();
        for process in page.items {
            within.entry(process.group_id).or_default().push(LandscapeItem {
                id: process.id.to_string(),
                code: process.code,
                title: process.title,
                state: Some(process.state),
                children: Vec::new(),
            });
        }
        after = page.next;
        if count > MOST_PROCESSES {
            within.clear();
        }
        if after.is_none() || count > MOST_PROCESSES {
            break;
        }
    }
    let mut below: BTreeMap<Option<ProcessGroupId>, Vec<&ProcessGroup>> = BTreeMap::new();
    for group in groups.values() {
        below.entry(group.parent_id).or_default().push(group);
    }
    let items = branch(group_id, &mut below, &mut within);
    let options = LandscapeOptions {
        title: group_id.and_then(|id| Some(groups.get(&id)?.title.clone())),
        language: ctx.language(),
        theme: theme.unwrap_or_default(),
        levels,
        link_base: None,
    };
    Ok(draw::landscape(&items, &options))
}

/// What lies in a group, in the order of the landscape. A group is drawn once, so that the tree ends.
fn branch(
    id: Option<ProcessGroupId>,
    below: &mut BTreeMap<Option<ProcessGroupId>, Vec<&ProcessGroup>>,
    within: &mut BTreeMap<Option<ProcessGroupId>, Vec<LandscapeItem>>,
) -> Vec<LandscapeItem> {
    let codes = |one: &Option<String>, other: &Option<String>| {
        compare_codes(one.as_deref().unwrap_or_default(), other.as_deref().unwrap_or_default())
    };
    let mut groups = below.remove(&id).unwrap_or_default();
    groups.sort_by(|a, b| {
        a.position.cmp(&b.position).then_with(|| codes(&a.code, &b.code)).then_with(|| a.title.cmp(&b.title))
    });
    let mut items: Vec<LandscapeItem> = groups
        .into_iter()
        .map(|group| LandscapeItem {
            id: group.id.to_string(),
            code: group.code.clone(),
            title: group.title.clone(),
            state: None,
            children: branch(Some(group.id), below, within),
        })
        .collect();
    let mut processes = within.remove(&id).unwrap_or_default();
    processes.sort_by(|a, b| codes(&a.code, &b.code).then_with(|| a.title.cmp(&b.title)));
    items.extend(processes);
    items
}
