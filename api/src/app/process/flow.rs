//! A process's flow: reading it with the names of what it shows, saving it, and giving it away as BPMN and SVG.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use styr_domain::access::{ActivityFilter, Permit, of};
use styr_domain::flow::{Flow, bpmn, draw, validate};
use styr_domain::id::{AccountId, ActivityId, ProcessId};
use styr_domain::process::{ActivityContent, Process, ProcessContent};
use styr_domain::{Fault, FaultKind, Text, Violation};
use styr_persistence::flow::{self, Links};
use styr_persistence::version::Version;
use styr_persistence::{MaySave, Source, Tx, version};
use uuid::Uuid;

use super::{Origin, Seen, editable, missing, refuse_frozen, save_version, visible};
use crate::app::aside::aside;
use crate::app::{Ctx, IfMatch, Result};

/// Of when the titles are that a flow shows of activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Titles {
    /// As whoever works on them sees them.
    Newest,
    /// As they are in force.
    InForce,
    /// As they were in force at a time.
    At(DateTime<Utc>),
}

/// Gives a flow's nodes the titles of the activities that they show, and its lanes the names of their process roles. An
/// element that shows something which is gone keeps the name that it was saved with.
///
/// # Errors
/// The database fails.
pub(crate) async fn resolve(
    source: &impl Source,
    account_id: AccountId,
    flow: &mut Flow,
    titles: Titles,
) -> Result<()> {
    resolve_all(source, account_id, vec![flow], titles).await
}

/// The same for many flows at once.
///
/// # Errors
/// The database fails.
pub(crate) async fn resolve_all(
    source: &impl Source,
    account_id: AccountId,
    flows: Vec<&mut Flow>,
    titles: Titles,
) -> Result<()> {
    let links = flows.iter().fold(Links::default(), |links, flow| links.and(Links::of(flow)));
    let titles = self::titles(source, account_id, &links, titles).await?;
    let roles = flow::roles(source, account_id, &links.roles).await?;
    for flow in flows {
        for node in &mut flow.nodes {
            if let Some(title) = node.activity_id.and_then(|id| titles.get(&id)) {
                node.name = Some(title.clone());
            }
        }
        for lane in &mut flow.lanes {
            if let Some(role) = lane.process_role_id.and_then(|id| roles.get(&id)) {
                (lane.process_role_id, lane.name) = (Some(role.id), Some(role.name.clone()));
            }
        }
    }
    Ok(())
}

async fn titles(
    source: &impl Source,
    account_id: AccountId,
    links: &Links,
    titles: Titles,
) -> Result<BTreeMap<ActivityId, String>> {
    let by_content = |contents: BTreeMap<Uuid, (Version, ActivityContent)>| {
        contents.into_iter().map(|(id, (_, content))| (ActivityId(id), content.title))
    };
    if let Titles::At(at) = titles {
        let ids: Vec<Uuid> = links.activities.iter().map(|id| id.0).collect();
        return Ok(by_content(version::in_force_of_many(source, account_id, &ids, at).await?).collect());
    }
    let activities = flow::activities(source, account_id, &links.activities).await?;
    // What has been saved since it was published last is in force as it was then.
    let drafted: Vec<(Uuid, i32)> = activities
        .iter()
        .filter(|activity| titles == Titles::InForce && activity.published_version != Some(activity.version))
        .filter_map(|activity| Some((activity.id.0, activity.published_version?)))
        .collect();
    let mut found: BTreeMap<ActivityId, String> =
        activities.into_iter().map(|activity| (activity.id, activity.title)).collect();
    found.extend(by_content(version::of_many(source, account_id, &drafted).await?));
    Ok(found)
}

/// What becomes of an element that names something which is not there.
pub(super) enum Gone<'a> {
    /// It is refused, and so is what the caller may not see, unless the flow named it already.
    Refused(&'a Links),
    /// It stays as it is called, and names nothing any more.
    Unlinked,
    /// The same, and so does what the caller may not see.
    UnlinkedUnlessSeen,
}

/// Makes flows what they are saved as: everything that they name is there, and elements are called after it. Answers, for
/// each, the elements that name nothing any more.
///
/// # Errors
/// `invalid` with each element that names what is not there.
pub(super) async fn settle<R>(
    ctx: &Ctx<R>,
    tx: &Tx,
    mut flows: Vec<&mut Flow>,
    gone: Gone<'_>,
) -> Result<Vec<Vec<String>>> {
    let account_id = ctx.account_id();
    let links = flows.iter().fold(Links::default(), |links, flow| links.and(Links::of(flow)));
    let seen_by = match gone {
        Gone::Refused(_) | Gone::UnlinkedUnlessSeen => Some(ActivityFilter::of(ctx.actor())),
        Gone::Unlinked => None,
    };
    let (mut activities, mut processes) = flow::known(tx, account_id, &links, seen_by.as_ref()).await?;
    if let Gone::Refused(before) = gone {
        let kept = Links {
            activities: &(&links.activities - &activities) & &before.activities,
            processes: &(&links.processes - &processes) & &before.processes,
            ..Links::default()
        };
        let (kept_activities, kept_processes) = flow::known(tx, account_id, &kept, None).await?;
        activities.extend(kept_activities);
        processes.extend(kept_processes);
    }
    let roles = flow::roles(tx, account_id, &links.roles).await?;
    let mut unlinked = Vec::with_capacity(flows.len());
    for flow in &mut flows {
        let mut elements = Vec::new();
        for node in &mut flow.nodes {
            let activity = node.activity_id.take_if(|id| !activities.contains(id)).is_some();
            let process = node.process_id.take_if(|id| !processes.contains(id)).is_some();
            elements.extend((activity || process).then(|| node.id.clone()));
        }
        for lane in &mut flow.lanes {
            let role = lane.process_role_id.take_if(|id| !roles.contains_key(id)).is_some();
            elements.extend(role.then(|| lane.id.clone()));
        }
        unlinked.push(elements);
    }
    if matches!(gone, Gone::Refused(_)) {
        let named = unlinked.iter().flatten();
        let violations = named.map(|id| Violation { element: Some(id.clone()), ..missing("") });
        Fault::unless_valid(violations.collect())?;
    }
    resolve_all(tx, account_id, flows, Titles::Newest).await?;
    Ok(unlinked)
}

/// What is said of elements of an imported flow that name nothing any more.
pub(super) fn not_linked(elements: Vec<String>) -> impl Iterator<Item = bpmn::NotCarried> {
    elements.into_iter().map(|element| bpmn::NotCarried {
        element,
        kind: "link".to_owned(),
        kept: false,
        reason: Text::fixed(
            "Den aktivitet, proces eller procesrolle, som elementet viser, findes ikke her, eller du må ikke se den. Elementet beholder sit navn.",
            "Den aktivitet, process eller processroll som elementet visar finns inte här, eller så får du inte se den. Elementet behåller sitt namn.",
            "The activity, process or process role that the element shows is not here, or you may not see it. The element keeps its name.",
        ),
    })
}

/// Notes what a process's newest flow and the one in force use.
pub(super) async fn note_uses<R: MaySave<Process>>(
    tx: &Tx,
    permit: &Permit<R>,
    process: &Process,
    newest: &Flow,
) -> Result<()> {
    let mut links = Links::of(newest);
    if links == Links::default() && process.version == 1 {
        return Ok(()); // it never used any
    }
    let in_force = match process.published_version {
        None => Links::default(),
        Some(published) if published == process.version => links.clone(),
        Some(published) => {
            let (_, content): (_, ProcessContent) =
                version::get(tx, process.account_id, process, published).await?;
            Links::of(&content.flow)
        }
    };
    links = links.and(in_force.clone());
    // Lanes may still name roles that have been merged into others since.
    let roles = flow::roles(tx, process.account_id, &links.roles).await?;
    links.roles = roles.into_values().map(|role| role.id).collect();
    flow::set_uses(tx, permit, process.id, &links, &in_force.activities).await
}

/// A version of a process that the caller may read, by its number: without one, the newest for those who work on the
/// process, the one in force for everybody else. Its flow shows what it showed then.
///
/// # Errors
/// `not_found`; `not_in_force`; the database fails.
pub(super) async fn read_version(
    source: &impl Source,
    seen: &Seen,
    number: Option<i32>,
) -> Result<(Version, ProcessContent, Titles)> {
    let Seen { process, drafts, .. } = seen;
    let wanted = match (number, drafts) {
        (Some(number), _) => number,
        (None, true) => process.version,
        (None, false) => process.published_version.ok_or_else(never_in_force)?,
    };
    let (version, content): (Version, ProcessContent) =
        version::get(source, process.account_id, process, wanted).await?;
    if version.published_at.is_none() && !drafts {
        return Err(Fault::not_found().into());
    }
    let titles = if *drafts && wanted == process.version {
        Titles::Newest
    } else if Some(wanted) == process.published_version {
        Titles::InForce
    } else {
        Titles::At(version.published_at.unwrap_or(version.created_at))
    };
    Ok((version, content, titles))
}

/// Nothing of the process was ever in force.
pub(super) const fn never_in_force() -> Fault {
    Fault::new(
        FaultKind::NotFound,
        "not_in_force",
        Text::fixed(
            "Ingen version af processen var i kraft på det tidspunkt.",
            "Ingen version av processen gällde vid den tidpunkten.",
            "No version of the process was in force at that time.",
        ),
    )
}

/// A process's flow with the names of what it shows, and the process.
///
/// # Errors
/// `not_found`, `not_in_force`, `forbidden`.
pub async fn get(ctx: &Ctx<of::ProcessSee>, id: ProcessId, number: Option<i32>) -> Result<(Flow, Process)> {
    let read = ctx.read();
    let seen = visible(ctx, &read, id).await?;
    let (_, ProcessContent { mut flow, .. }, titles) = read_version(&read, &seen, number).await?;
    resolve(&read, ctx.account_id(), &mut flow, titles).await?;
    Ok((flow, seen.process))
}

/// Replaces the flow, as a new version.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `process_frozen`, `invalid` with each fault's element.
pub async fn replace(
    ctx: &Ctx<of::ProcessEdit>,
    id: ProcessId,
    if_match: &IfMatch,
    flow: Flow,
) -> Result<(Flow, Process)> {
    let mut flow = refuse_unfit(flow).await?;
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &*tx, id, Some(if_match)).await?;
        refuse_frozen(&before)?;
        let (_, present): (_, ProcessContent) =
            version::get(&*tx, ctx.account_id(), &before, before.version).await?;
        settle(ctx, &tx, vec![&mut flow], Gone::Refused(&Links::of(&present.flow))).await?;
        let content = ProcessContent { title: before.title.clone(), purpose: before.purpose.clone(), flow };
        let after = Process { version: before.version + 1, ..before.clone() };
        let process = tx.update(&permit, &before, after, "process.flow_changed").await?;
        save_version(&tx, &permit, &process, &content, ctx.actor().user_id, Origin::default()).await?;
        Ok((content.flow, process))
    })
    .await
}

/// Refuses a flow that cannot be kept.
///
/// # Errors
/// `invalid` with each fault's element.
pub(crate) async fn refuse_unfit(flow: Flow) -> Result<Flow, Fault> {
    let (flow, violations) =
        aside(move || (validate(&flow), flow)).await.map(|(found, flow)| (flow, found))?;
    Fault::unless_valid(violations).map(|()| flow)
}

/// A process as BPMN 2.0 XML.
///
/// # Errors
/// `not_found`, `not_in_force`, `forbidden`.
pub async fn export(ctx: &Ctx<of::ProcessSee>, id: ProcessId, number: Option<i32>) -> Result<String> {
    let (flow, process) = get(ctx, id, number).await?;
    Ok(aside(move || bpmn_of(&process.id.to_string(), &process.title, &process.purpose, &flow)).await?)
}

/// A process's flow as BPMN 2.0 XML.
pub(super) fn bpmn_of(id: &str, title: &str, purpose: &str, flow: &Flow) -> String {
    bpmn::export(&bpmn::ExportedProcess {
        id,
        name: Some(title),
        documentation: (!purpose.is_empty()).then_some(purpose),
        executable: None,
        flow: &draw::layout(flow),
    })
}

/// A process as an SVG picture.
///
/// # Errors
/// `not_found`, `not_in_force`, `forbidden`.
pub async fn diagram(ctx: &Ctx<of::ProcessSee>, id: ProcessId, number: Option<i32>) -> Result<String> {
    let (flow, process) = get(ctx, id, number).await?;
    let options = draw::DrawOptions {
        title: Some(process.title),
        language: ctx.language(),
        ..draw::DrawOptions::default()
    };
    Ok(aside(move || draw::svg(&flow, &options)).await?)
}
