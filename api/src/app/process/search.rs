//! Searching the landscape by words and codes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use styr_domain::access::{ActivityFilter, of, sees_drafts};
use styr_domain::id::{ActivityId, ProcessGroupId, ProcessId};
use styr_domain::privacy::{Snippet, Words};
use styr_domain::process::search::{FLOW, SearchKind};
use styr_domain::process::{
    Activity, ActivityContent, Attachment, Comment, Component, Label, Process, ProcessContent, ProcessGroup,
    ProcessRole,
};
use styr_domain::{Fault, Text, Violation};
use styr_persistence::search::{Found, Searcher, search};
use styr_persistence::{Source, find_many, version};
use uuid::Uuid;

use super::{facts, process};
use crate::app::{Ctx, Result};

/// Something that was found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// What it is.
    pub kind: SearchKind,
    /// The thing.
    pub id: Uuid,
    /// What it is called: a comment as its process is.
    pub title: String,
    /// The process that it is or belongs to.
    pub process_id: Option<ProcessId>,
    /// The activity that it is or belongs to.
    pub activity_id: Option<ActivityId>,
    /// The groups above it, from the top, as far as the caller's profile shows them.
    pub path: Vec<(ProcessGroupId, String)>,
    /// Where the words stand in it.
    pub highlights: Vec<Highlight>,
}

/// Where words stand in a field.
#[derive(Debug, Clone)]
pub struct Highlight {
    /// The field.
    pub field: &'static str,
    /// The part of its text.
    pub snippet: Snippet,
}

/// The most fields of a hit whose texts are shown.
const MOST_HIGHLIGHTS: usize = 5;

/// One page of what the caller may see that has each of the words, titles first; and the place to go on after.
///
/// # Errors
/// `invalid` when nothing is asked for.
pub async fn find(
    ctx: &Ctx<of::ProcessSee>,
    text: &str,
    kind: Option<SearchKind>,
    limit: usize,
    after: Option<Found>,
) -> Result<(Vec<Hit>, Option<Found>)> {
    let words = Words::parse(text);
    if words.is_empty() {
        let text = Text::fixed(
            "Der er intet at søge efter. Skriv ord eller en kode, som begyndelsen af det, du leder efter.",
            "Det finns inget att söka efter. Skriv ord eller en kod, som början på det du letar efter.",
            "There is nothing to search for. Write words or a code, as what you look for begins.",
        );
        return Err(Fault::invalid(vec![Violation::at("/q", "query_empty", text)]).into());
    }
    let read = ctx.read();
    let searcher = Searcher { activities: ActivityFilter::of(ctx.actor()), shown: ctx.actor().shown.clone() };
    let terms: Vec<String> = words.terms().collect();
    let (found, next) = search(&read, &searcher, &terms, kind, limit, after).await?;
    Ok((Page { ctx, read: &read, words }.hits(found).await?, next))
}

/// What is shown of what a page found.
struct Page<'a, S> {
    ctx: &'a Ctx<of::ProcessSee>,
    read: &'a S,
    words: Words,
}

/// A thing's title, its group, and its texts by their fields.
struct Thing {
    title: String,
    process_id: Option<ProcessId>,
    activity_id: Option<ActivityId>,
    /// The group that it lies in, or is.
    group_id: Option<ProcessGroupId>,
    texts: Vec<(&'static str, String)>,
}

impl Thing {
    fn named(title: String, texts: Vec<(&'static str, String)>) -> Self {
        Self { title, process_id: None, activity_id: None, group_id: None, texts }
    }
}

impl<S: Source> Page<'_, S> {
    async fn hits(&self, found: Vec<Found>) -> Result<Vec<Hit>> {
        let mut things = self.things(&found).await?;
        let paths = self.paths(things.values().filter_map(|thing| thing.group_id).collect()).await?;
        let hits = found.into_iter().filter_map(|found| {
            let Thing { title, process_id, activity_id, group_id, texts } = things.remove(&found.id)?;
            let shown = texts.iter().filter_map(|(field, text)| {
                let snippet = self.words.highlight(text, *field == "code")?;
                Some(Highlight { field, snippet })
            });
            let mut path = group_id.and_then(|id| paths.get(&id).cloned()).unwrap_or_default();
            if found.kind() == SearchKind::ProcessGroup {
                path.pop();
            }
            Some(Hit {
                kind: found.kind(),
                id: found.id,
                title,
                process_id,
                activity_id,
                path,
                highlights: shown.take(MOST_HIGHLIGHTS).collect(),
            })
        });
        Ok(hits.collect())
    }

    async fn things(&self, found: &[Found]) -> Result<HashMap<Uuid, Thing>> {
        let of = |kind: SearchKind| {
            let ids = found.iter().filter(move |found| found.kind() == kind).map(|found| found.id);
            ids.collect::<Vec<Uuid>>()
        };
        let (account_id, read) = (self.ctx.account_id(), self.read);
        let mut things = HashMap::with_capacity(found.len());
        for group in find_many::<ProcessGroup>(read, account_id, of(SearchKind::ProcessGroup)).await? {
            let texts = vec![("title", group.title.clone()), ("code", group.code.unwrap_or_default())];
            let thing = Thing { group_id: Some(group.id), ..Thing::named(group.title, texts) };
            things.insert(group.id.0, thing);
        }
        for role in find_many::<ProcessRole>(read, account_id, of(SearchKind::ProcessRole)).await? {
            let texts = vec![("name", role.name.clone()), ("description", role.description)];
            things.insert(role.id.0, Thing::named(role.name, texts));
        }
        for label in find_many::<Label>(read, account_id, of(SearchKind::Label)).await? {
            things.insert(label.id.0, Thing::named(label.name.clone(), vec![("name", label.name)]));
        }
        for component in find_many::<Component>(read, account_id, of(SearchKind::Component)).await? {
            let texts = vec![("name", component.name.clone()), ("description", component.description)];
            things.insert(component.id.0, Thing::named(component.name, texts));
        }
        self.activities(of(SearchKind::Activity), &mut things).await?;
        let comments = find_many::<Comment>(read, account_id, of(SearchKind::Comment)).await?;
        let attachments = find_many::<Attachment>(read, account_id, of(SearchKind::Attachment)).await?;
        let mut ids: BTreeSet<Uuid> = comments.iter().map(|comment| comment.process_id.0).collect();
        ids.extend(attachments.iter().filter_map(|attachment| attachment.process_id).map(|id| id.0));
        let own = of(SearchKind::Process);
        ids.extend(&own);
        let processes = find_many::<Process>(read, account_id, ids).await?;
        let processes: BTreeMap<ProcessId, Process> =
            processes.into_iter().map(|process| (process.id, process)).collect();
        let place = |id: ProcessId| processes.get(&id).and_then(|process| process.group_id);
        for comment in comments {
            let title = processes.get(&comment.process_id).map(|process| process.title.clone());
            let thing = Thing {
                process_id: Some(comment.process_id),
                group_id: place(comment.process_id),
                ..Thing::named(title.unwrap_or_default(), vec![("text", comment.text)])
            };
            things.insert(comment.id.0, thing);
        }
        for attachment in attachments {
            let thing = Thing {
                process_id: attachment.process_id,
                activity_id: attachment.activity_id,
                group_id: attachment.process_id.and_then(place),
                ..Thing::named(attachment.title.clone(), vec![("title", attachment.title)])
            };
            things.insert(attachment.id.0, thing);
        }
        let own = own.into_iter().filter_map(|id| processes.get(&ProcessId(id)).cloned());
        self.processes(own.collect(), &mut things).await?;
        Ok(things)
    }

    async fn processes(&self, processes: Vec<Process>, things: &mut HashMap<Uuid, Thing>) -> Result<()> {
        let account_id = self.ctx.account_id();
        // Flows are read only where the words are not all in what the process says of itself.
        let lacking = |process: &&Process| {
            let said = format!("{} {}", process.title, process.purpose);
            let code = process.code.clone().unwrap_or_default();
            !self.words.all_in(&said, &code)
        };
        let flows: Vec<&Process> = processes.iter().filter(lacking).collect();
        let ids: Vec<ProcessId> = flows.iter().map(|process| process.id).collect();
        let people = process::people_of_many(self.read, account_id, &ids).await?;
        let wanted: Vec<(Uuid, i32)> = flows
            .iter()
            .flat_map(|process| {
                let people = people.get(&process.id).cloned().unwrap_or_default();
                let facts = facts(process, &people, self.ctx.actor().user_id);
                let edits = sees_drafts(self.ctx.actor(), &facts);
                let in_force = process.published_version.unwrap_or(process.version);
                let newest = (edits && in_force != process.version).then_some(process.version);
                [Some(in_force), newest].into_iter().flatten().map(|number| (process.id.0, number))
            })
            .collect();
        let mut names: HashMap<Uuid, Vec<String>> = HashMap::new();
        let contents = version::each::<ProcessContent>(self.read, account_id, &wanted).await?;
        for (id, (_, content)) in contents {
            let own = content.flow.nodes.into_iter().filter(|node| node.activity_id.is_none());
            names.entry(id).or_default().extend(own.filter_map(|node| node.name));
        }
        for process in processes {
            let mut texts = vec![
                ("title", process.title.clone()),
                ("code", process.code.unwrap_or_default()),
                ("purpose", process.purpose),
            ];
            let mut seen = BTreeSet::new();
            let of_flow = names.remove(&process.id.0).unwrap_or_default();
            texts.extend(
                of_flow.into_iter().filter(|name| seen.insert(name.clone())).map(|name| (FLOW, name)),
            );
            let thing = Thing {
                process_id: Some(process.id),
                group_id: process.group_id,
                ..Thing::named(process.title, texts)
            };
            things.insert(process.id.0, thing);
        }
        Ok(())
    }

    async fn activities(&self, ids: Vec<Uuid>, things: &mut HashMap<Uuid, Thing>) -> Result<()> {
        let account_id = self.ctx.account_id();
        let activities = find_many::<Activity>(self.read, account_id, ids).await?;
        let wanted: Vec<(Uuid, i32)> = activities
            .iter()
            .map(|activity| (activity.id.0, activity.published_version.unwrap_or(activity.version)))
            .collect();
        let mut contents = version::of_many::<ActivityContent>(self.read, account_id, &wanted).await?;
        for activity in activities {
            let mut texts = vec![("title", activity.title.clone())];
            texts.extend(
                contents.remove(&activity.id.0).map(|(_, content)| ("instruction", content.instruction)),
            );
            let thing = Thing { activity_id: Some(activity.id), ..Thing::named(activity.title, texts) };
            things.insert(activity.id.0, thing);
        }
        Ok(())
    }

    /// Each of these groups with those above it, from the top, as far as the caller's profile shows them.
    async fn paths(
        &self,
        groups: BTreeSet<ProcessGroupId>,
    ) -> Result<HashMap<ProcessGroupId, Vec<(ProcessGroupId, String)>>> {
        let mut known: HashMap<ProcessGroupId, ProcessGroup> = HashMap::new();
        let mut wanted = groups.clone();
        while !wanted.is_empty() {
            let ids = wanted.iter().map(|id| id.0);
            let found = find_many::<ProcessGroup>(self.read, self.ctx.account_id(), ids).await?;
            wanted = found.iter().filter_map(|group| group.parent_id).collect();
            known.extend(found.into_iter().map(|group| (group.id, group)));
            wanted.retain(|id| !known.contains_key(id));
        }
        let path = |id: ProcessGroupId| {
            let mut path = Vec::new();
            let mut next = Some(id);
            while let Some(group) = next.and_then(|id| known.get(&id)).filter(|_| path.len() <= known.len()) {
                if self.ctx.actor().sees_process_group(group.id) {
                    path.push((group.id, group.title.clone()));
                }
                next = group.parent_id;
            }
            path.reverse();
            path
        };
        Ok(groups.into_iter().map(|id| (id, path(id))).collect())
    }
}
