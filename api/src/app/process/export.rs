//! The landscape with all its processes and their activities, for files.

use std::collections::{BTreeMap, BTreeSet};

use styr_domain::Fault;
use styr_domain::access::{ProcessFilter, of};
use styr_domain::flow::{Flow, NodeKind};
use styr_domain::id::{ProcessGroupId, UserId};
use styr_domain::process::{Process, ProcessContent, ProcessGroup};
use styr_domain::user::User;
use styr_persistence::process::ProcessQuery;
use styr_persistence::version::Version;
use styr_persistence::{Page, PageRequest, Read, Source, find_many, process, version};
use uuid::Uuid;

use super::flow::{Titles, resolve_all};
use crate::app::{Ctx, Result};

/// A process with what a reader of a list wants to know of it.
#[derive(Debug, Clone)]
pub struct ListedProcess {
    /// The process.
    pub process: Process,
    /// The titles of the groups that it lies in, from the top.
    pub path: Vec<String>,
    /// Its owner's name.
    pub owner: String,
    /// The version in force, or of a draft the newest.
    pub version: Version,
    /// The activities of that version, in the order of the flow.
    pub activities: Vec<ListedActivity>,
}

/// An activity of a process.
#[derive(Debug, Clone)]
pub struct ListedActivity {
    /// The id of its element.
    pub element: String,
    /// The BPMN element it is.
    pub kind: NodeKind,
    /// Its name.
    pub name: String,
    /// The lane it lies in.
    pub lane: String,
    /// BPMN's `documentation`.
    pub documentation: String,
}

/// The groups that the caller sees. They are few beside the processes.
///
/// # Errors
/// The database fails.
pub(super) async fn all_groups(
    ctx: &Ctx<of::ProcessSee>,
    source: &impl Source,
) -> Result<BTreeMap<ProcessGroupId, ProcessGroup>> {
    let shown = ctx.actor().shown.as_ref();
    let (mut groups, mut after) = (BTreeMap::new(), None);
    loop {
        let page = PageRequest { limit: 500, after };
        let page = process::groups(source, ctx.account_id(), shown, None, None, page).await?;
        groups.extend(page.items.into_iter().map(|group| (group.id, group)));
        after = page.next;
        if after.is_none() {
            return Ok(groups);
        }
    }
}

/// All that the caller sees of the landscape, page after page.
pub struct Listing<'a> {
    ctx: &'a Ctx<of::ProcessSee>,
    read: Read<'a>,
    query: ProcessQuery,
    groups: BTreeMap<ProcessGroupId, ProcessGroup>,
}

impl<'a> Listing<'a> {
    /// Begins a listing. The groups are few, and read once.
    ///
    /// # Errors
    /// `not_found` for a group that the caller does not see; the database fails.
    pub async fn begin(ctx: &'a Ctx<of::ProcessSee>, query: ProcessQuery) -> Result<Self> {
        let read = ctx.read();
        let groups = all_groups(ctx, &read).await?;
        if query.group_id.is_some_and(|id| !groups.contains_key(&id)) {
            return Err(Fault::not_found().into());
        }
        Ok(Self { ctx, read, query, groups })
    }

    /// The next processes.
    ///
    /// # Errors
    /// The database fails.
    pub async fn page(&self, page: PageRequest) -> Result<Page<ListedProcess>> {
        let account_id = self.ctx.account_id();
        let allowed = ProcessFilter::of(self.ctx.actor());
        let Page { items, next } = process::processes(&self.read, &allowed, &self.query, page).await?;
        let owners: BTreeSet<Uuid> = items.iter().map(|process| process.owner_id.0).collect();
        let owners: Vec<User> = find_many(&self.read, account_id, owners).await?;
        let owners: BTreeMap<UserId, String> = owners.into_iter().map(|user| (user.id, user.name)).collect();
        let wanted: Vec<(Uuid, i32)> = items
            .iter()
            .map(|process| (process.id.0, process.published_version.unwrap_or(process.version)))
            .collect();
        let mut contents = version::of_many::<ProcessContent>(&self.read, account_id, &wanted).await?;
        let flows = contents.values_mut().map(|(_, content)| &mut content.flow).collect();
        resolve_all(&self.read, account_id, flows, Titles::InForce).await?;
        let items = items.into_iter().filter_map(|process| {
            let (version, content) = contents.remove(&process.id.0)?;
            Some(ListedProcess {
                path: self.path(process.group_id),
                owner: owners.get(&process.owner_id).cloned().unwrap_or_default(),
                version,
                activities: activities(&content.flow),
                process,
            })
        });
        Ok(Page { items: items.collect(), next })
    }

    fn path(&self, group: Option<ProcessGroupId>) -> Vec<String> {
        let mut path: Vec<String> =
            std::iter::successors(group.and_then(|id| self.groups.get(&id)), |group| {
                self.groups.get(&group.parent_id?)
            })
            .map(|group| match &group.code {
                Some(code) => format!("{code} {}", group.title),
                None => group.title.clone(),
            })
            .collect();
        path.reverse();
        path
    }
}

fn activities(flow: &Flow) -> Vec<ListedActivity> {
    let lanes: BTreeMap<&str, &str> =
        flow.lanes.iter().map(|lane| (lane.id.as_str(), lane.name.as_deref().unwrap_or_default())).collect();
    flow.nodes
        .iter()
        .filter(|node| node.kind.is_activity())
        .map(|node| ListedActivity {
            element: node.id.clone(),
            kind: node.kind,
            name: node.name.clone().unwrap_or_default(),
            lane: node
                .lane
                .as_deref()
                .and_then(|lane| lanes.get(lane).copied())
                .unwrap_or_default()
                .to_owned(),
            documentation: node.documentation.clone().unwrap_or_default(),
        })
        .collect()
}
