//! A process's versions: publishing, freezing, comparing and restoring them, and what was in force when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use styr_domain::Fault;
use styr_domain::access::{Permit, ProcessState, of};
use styr_domain::event::{EntityKind, NotificationKind};
use styr_domain::flow::Flow;
use styr_domain::id::{AccountId, ActivityId, ProcessId};
use styr_domain::process::{ActivityContent, Process, ProcessContent};
use styr_domain::{Text, text};
use styr_persistence::flow::Links;
use styr_persistence::notification::{self, News};
use styr_persistence::process::Whole;
use styr_persistence::version;
use styr_persistence::version::{Publication, Shown, Version};
use styr_persistence::{Source, Tx, process};
use uuid::Uuid;

use super::flow::{Gone, Titles, never_in_force, note_uses, read_version, resolve, settle};
use super::{Origin, ProcessWithPeople, Seen, editable, refuse_frozen, save_version, visible};
use crate::app::access::report::past;
use crate::app::{Ctx, Result};

/// How a version comes into force.
#[derive(Debug, Clone)]
pub struct Publishing {
    /// What changed and why.
    pub note: Option<String>,
    /// Whether it is the next edition; otherwise it takes the place of the one in force.
    pub new_edition: bool,
    /// Whether those with a part in it are told.
    pub notify: bool,
}

impl Publishing {
    /// How the version store knows it.
    pub(super) fn publication(&self) -> Publication<'_> {
        Publication { note: self.note.as_deref(), new_edition: self.new_edition }
    }
}

/// Puts the newest version in force.
///
/// # Errors
/// `not_found`, `forbidden`, `process_frozen`, `already_published`.
pub async fn publish(
    ctx: &Ctx<of::ProcessEdit>,
    id: ProcessId,
    publishing: Publishing,
) -> Result<ProcessWithPeople> {
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &*tx, id, None).await?;
        refuse_frozen(&before)?;
        put_in_force(&tx, &permit, &before, before.clone(), publishing.publication()).await?;
        let whole = process::whole(&*tx, ctx.account_id(), id).await?;
        if publishing.notify {
            let Whole { process, people, .. } = &whole;
            let told: BTreeSet<_> =
                people.editors.iter().chain(&people.members).copied().chain([process.owner_id]).collect();
            let news = News {
                kind: NotificationKind::Published,
                entity: EntityKind::Process,
                entity_id: id.0,
                actor_id: ctx.actor().user_id,
                note: publishing.note.as_deref().unwrap_or_default(),
            };
            notification::tell(&tx, &told, news).await?;
        }
        Ok(whole.into())
    })
    .await
}

/// Saves a process with its newest version in force.
pub(super) async fn put_in_force(
    tx: &Tx,
    permit: &Permit<of::ProcessEdit>,
    before: &Process,
    after: Process,
    how: Publication<'_>,
) -> Result<Process> {
    let after = Process { state: ProcessState::Live, published_version: Some(before.version), ..after };
    let process = tx.update(permit, before, after, "process.changed").await?;
    version::publish(tx, permit, &process, process.version, how, "process.published").await?;
    let (_, content): (_, ProcessContent) =
        version::get(tx, process.account_id, &process, process.version).await?;
    note_uses(tx, permit, &process, &content.flow).await?;
    Ok(process)
}

/// Sets a process aside, or takes it up again.
///
/// # Errors
/// `not_found`, `forbidden`, or a conflict when it is not in the state that this starts from.
pub async fn set_frozen(
    ctx: &Ctx<of::ProcessEdit>,
    id: ProcessId,
    frozen: bool,
) -> Result<ProcessWithPeople> {
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &*tx, id, None).await?;
        let (state, kind) = if frozen {
            refuse_frozen(&before)?;
            refuse_unpublished(&before)?;
            (ProcessState::Frozen, "process.frozen")
        } else if before.state == ProcessState::Frozen {
            (ProcessState::Live, "process.unfrozen")
        } else {
            return Err(not_frozen().into());
        };
        tx.update(&permit, &before, Process { state, ..before.clone() }, kind).await?;
        Ok(process::whole(&*tx, ctx.account_id(), id).await?.into())
    })
    .await
}

/// What was never in force can neither be set aside nor worked by.
pub(super) fn refuse_unpublished(process: &Process) -> Result<i32, Fault> {
    process.published_version.ok_or_else(|| {
        Fault::conflict(
            "process_unpublished",
            Text::fixed(
                "Processen har aldrig været udgivet. Udgiv den først.",
                "Processen har aldrig publicerats. Publicera den först.",
                "The process has never been published. Publish it first.",
            ),
        )
    })
}

pub(super) const fn not_frozen() -> Fault {
    Fault::conflict(
        "process_not_frozen",
        Text::fixed("Processen er ikke frosset.", "Processen är inte fryst.", "The process is not frozen."),
    )
}

/// The versions that the caller sees of what they see the drafts of, or do not.
pub(super) const fn shown(drafts: bool) -> Shown {
    if drafts { Shown::All } else { Shown::Published }
}

/// One page of a process's versions, newest first: all for those who work on it, those that are or were in force for
/// everybody else.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn list(
    ctx: &Ctx<of::ProcessSee>,
    id: ProcessId,
    before: Option<i32>,
    limit: u64,
) -> Result<(Vec<Version>, Option<i32>)> {
    let read = ctx.read();
    let Seen { process, drafts, .. } = visible(ctx, &read, id).await?;
    version::list(&read, ctx.account_id(), &process, shown(drafts), before, limit).await
}

/// A version with its content, as it was saved.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn get(ctx: &Ctx<of::ProcessSee>, id: ProcessId, number: i32) -> Result<(Version, ProcessContent)> {
    let read = ctx.read();
    let seen = visible(ctx, &read, id).await?;
    let (version, content, _) = read_version(&read, &seen, Some(number)).await?;
    Ok((version, content))
}

/// The contents of two versions, the earlier one first: `since`, or the last before that the caller sees, and `number`.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn compare(
    ctx: &Ctx<of::ProcessSee>,
    id: ProcessId,
    number: i32,
    since: Option<i32>,
) -> Result<(ProcessContent, ProcessContent)> {
    let read = ctx.read();
    let seen = visible(ctx, &read, id).await?;
    let (_, after, _) = read_version(&read, &seen, Some(number)).await?;
    let since = match since {
        Some(since) => Some(since).filter(|since| *since != 0),
        None => {
            let (earlier, _) =
                version::list(&read, ctx.account_id(), &seen.process, shown(seen.drafts), Some(number), 1)
                    .await?;
            earlier.first().map(|version| version.number)
        }
    };
    let before = match since {
        Some(since) => read_version(&read, &seen, Some(since)).await?.1,
        None => ProcessContent::default(),
    };
    Ok((before, after))
}

/// Brings a version's content back, as a new version. Elements that name what has been deleted since keep what they were
/// called and name nothing; the version's note says which.
///
/// # Errors
/// `not_found`, `forbidden`, `process_frozen`.
pub async fn restore(ctx: &Ctx<of::ProcessEdit>, id: ProcessId, number: i32) -> Result<ProcessWithPeople> {
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &*tx, id, None).await?;
        refuse_frozen(&before)?;
        let (_, mut content): (_, ProcessContent) =
            version::get(&*tx, ctx.account_id(), &before, number).await?;
        let unlinked = settle(ctx, &tx, vec![&mut content.flow], Gone::Unlinked).await?.concat();
        let after = Process {
            title: content.title.clone(),
            purpose: content.purpose.clone(),
            version: before.version + 1,
            ..before.clone()
        };
        let process = tx.update(&permit, &before, after, "process.restored").await?;
        let note = if unlinked.is_empty() {
            String::new()
        } else {
            unlinked_note(&unlinked).in_language(ctx.language()).to_owned()
        };
        let origin = Origin { restored_from: Some(number), note };
        save_version(&tx, &permit, &process, &content, ctx.actor().user_id, origin).await?;
        Ok(process::whole(&*tx, ctx.account_id(), id).await?.into())
    })
    .await
}

/// The most elements that a note names.
const MOST_NAMED: usize = 50;

fn unlinked_note(elements: &[String]) -> Text {
    let count = elements.len();
    let mut list = elements.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if count > MOST_NAMED {
        list.push_str(", …");
    }
    text!(
        "Det, som {count} elementer viste, er slettet siden; de har beholdt deres navne: {list}",
        "Det som {count} element visade har raderats sedan dess; de har behållit sina namn: {list}",
        "What {count} elements showed has been deleted since; they keep their names: {list}"
    )
}

/// A process as it was in force at a time.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The version that was.
    pub version: Version,
    /// What it says, its flow with the names of that time.
    pub content: ProcessContent,
    /// The activities that the flow shows, as they were then: the number of the version, and what it says.
    pub activities: Vec<(ActivityId, i32, ActivityContent)>,
}

/// What was in force of a process at a time; now when none is named.
///
/// # Errors
/// `not_found`, `not_in_force`, `forbidden`; `invalid` for a time to come.
pub async fn in_force(
    ctx: &Ctx<of::ProcessSee>,
    id: ProcessId,
    at: Option<DateTime<Utc>>,
) -> Result<InForce> {
    let (read, account_id) = (ctx.read(), ctx.account_id());
    let Seen { process, .. } = visible(ctx, &read, id).await?;
    let at = past(at, ctx.app().store().ambient().now())?;
    let found: Option<(Version, ProcessContent)> = version::in_force(&read, account_id, &process, at).await?;
    let (version, mut content) = found.ok_or_else(never_in_force)?;
    resolve(&read, account_id, &mut content.flow, Titles::At(at)).await?;
    let activities = activities_of(&read, account_id, &content.flow, at).await?;
    Ok(InForce { version, content, activities })
}

/// The activities that a flow shows, as they were at a time.
///
/// # Errors
/// The database fails.
pub(super) async fn activities_of(
    source: &impl Source,
    account_id: AccountId,
    flow: &Flow,
    at: DateTime<Utc>,
) -> Result<Vec<(ActivityId, i32, ActivityContent)>> {
    let ids: Vec<Uuid> = Links::of(flow).activities.iter().map(|id| id.0).collect();
    let found: BTreeMap<Uuid, (Version, ActivityContent)> =
        version::in_force_of_many(source, account_id, &ids, at).await?;
    let activities = found.into_iter();
    Ok(activities.map(|(id, (version, content))| (ActivityId(id), version.number, content)).collect())
}
