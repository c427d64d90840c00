//! The landscape: process groups, processes, their flows, versions and people.

pub mod drawing;
pub mod export;
pub mod folder;
pub mod group;
pub mod library;
pub mod member;
pub mod role;
pub mod search;
pub mod share;
pub mod skeleton;
pub mod work;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use styr_domain::access::{
    Permit, ProcessFacts, ProcessFilter, ProcessState, ProcessVisibility, create_process, edit_process, of,
    see_process,
};
use styr_domain::event::EntityKind;
use styr_domain::flow::{Flow, bpmn, draw, validate};
use styr_domain::id::{AccountId, ComponentId, LabelId, ProcessGroupId, ProcessId, UserId};
use styr_domain::process::{Component, Label, Process, ProcessContent, ProcessGroup, ProcessRole};
use styr_domain::user::User;
use styr_domain::{Fault, Language, Text, Violation, text};
use styr_persistence::library::Tags;
use styr_persistence::process::{Part, People, ProcessQuery};
use styr_persistence::version::{NewVersion, Publication, Version};
use styr_persistence::{MaySave, Page, PageRequest, Source, Tx, find, process, version};

use super::{Ctx, IfMatch, Result};

/// What a process is made or replaced with.
#[derive(Debug, Clone)]
pub struct ProcessInput {
    /// The group to lie in.
    pub group_id: Option<ProcessGroupId>,
    /// The classification code.
    pub code: Option<String>,
    /// The title.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// Whether all may see it.
    pub visibility: ProcessVisibility,
    /// Who answers for it; the caller when none is named.
    pub owner_id: Option<UserId>,
    /// Who else may change it.
    pub editor_ids: BTreeSet<UserId>,
    /// Who holds a process role in it; none leaves them as they are.
    pub member_ids: Option<BTreeSet<UserId>>,
    /// Its labels; none leaves them as they are.
    pub label_ids: Option<BTreeSet<LabelId>>,
    /// What it makes use of; none leaves that as it is.
    pub component_ids: Option<BTreeSet<ComponentId>>,
}

/// A process with its people.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProcessWithPeople {
    /// The process.
    pub process: Process,
    /// Who may change it.
    pub editor_ids: BTreeSet<UserId>,
    /// Who holds a process role in it.
    pub member_ids: BTreeSet<UserId>,
    /// Its labels.
    pub label_ids: BTreeSet<LabelId>,
    /// What it makes use of.
    pub component_ids: BTreeSet<ComponentId>,
}

/// A process with its labels and components, as lists show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tagged {
    /// The process.
    pub process: Process,
    /// Its labels.
    pub label_ids: BTreeSet<LabelId>,
    /// What it makes use of.
    pub component_ids: BTreeSet<ComponentId>,
}

/// Processes with their labels and components.
pub(crate) async fn tagged(
    source: &impl Source,
    account_id: AccountId,
    processes: Vec<Process>,
) -> Result<Vec<Tagged>> {
    let ids = processes.iter().map(|process| process.id);
    let mut tags = styr_persistence::library::tags_of_many(source, account_id, ids).await?;
    let each = processes.into_iter().map(|process| {
        let Tags { labels, components } = tags.remove(&process.id).unwrap_or_default();
        Tagged { process, label_ids: labels, component_ids: components }
    });
    Ok(each.collect())
}

/// A process with its people, labels and components as they are now.
async fn with_all(source: &impl Source, process: Process, people: People) -> Result<ProcessWithPeople> {
    let mut tags = styr_persistence::library::tags_of_many(source, process.account_id, [process.id]).await?;
    let Tags { labels, components } = tags.remove(&process.id).unwrap_or_default();
    let People { editors, members } = people;
    Ok(ProcessWithPeople {
        process,
        editor_ids: editors,
        member_ids: members,
        label_ids: labels,
        component_ids: components,
    })
}

pub(crate) fn facts(process: &Process, people: &People, user: UserId) -> ProcessFacts {
    ProcessFacts {
        account_id: process.account_id,
        group_id: process.group_id,
        owner_id: Some(process.owner_id),
        is_editor: people.editors.contains(&user),
        is_member: people.members.contains(&user),
        state: process.state,
        visibility: process.visibility,
    }
}

/// Loads a process that the caller may see.
async fn visible<R>(ctx: &Ctx<R>, source: &impl Source, id: ProcessId) -> Result<(Process, People)> {
    let (process, people) = process::with_people(source, ctx.account_id(), id).await?;
    let _seen = see_process(ctx.actor(), &facts(&process, &people, ctx.actor().user_id))?;
    Ok((process, people))
}

/// Loads a process that the caller may change, in the revision they know.
async fn editable<R>(
    ctx: &Ctx<R>,
    source: &impl Source,
    id: ProcessId,
    if_match: Option<&IfMatch>,
) -> Result<(Process, Permit<of::ProcessEdit>)> {
    let (process, people) = process::with_people(source, ctx.account_id(), id).await?;
    let permit = edit_process(ctx.actor(), &facts(&process, &people, ctx.actor().user_id))?;
    if let Some(if_match) = if_match {
        if_match.check(process.revision)?;
    }
    Ok((process, permit))
}

/// A frozen process stays as it is until it is unfrozen.
pub(crate) fn refuse_frozen(process: &Process) -> Result<(), Fault> {
    if process.state != ProcessState::Frozen {
        return Ok(());
    }
    Err(Fault::conflict(
        "process_frozen",
        Text::fixed(
            "Processen er frosset. Tø den op, før den ændres.",
            "Processen är fryst. Tina upp den innan den ändras.",
            "The process is frozen. Unfreeze it before changing it.",
        ),
    ))
}

/// One page of the processes that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn list(
    ctx: &Ctx<of::ProcessSee>,
    query: &ProcessQuery,
    page: PageRequest,
) -> Result<Page<Tagged>> {
    let read = ctx.read();
    let mut query = query.clone();
    if let Some(id) = query.process_role_id
        && let Some(role) = find::<ProcessRole>(&read, ctx.account_id(), id).await?
    {
        query.process_role_id = Some(role.merged_into_id.unwrap_or(id));
    }
    let Page { items, next } =
        process::processes(&read, &ProcessFilter::of(ctx.actor()), &query, page).await?;
    Ok(Page { items: tagged(&read, ctx.account_id(), items).await?, next })
}

/// A process.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn get_one(ctx: &Ctx<of::ProcessSee>, id: ProcessId) -> Result<ProcessWithPeople> {
    let read = ctx.read();
    let (process, people) = visible(ctx, &read, id).await?;
    with_all(&read, process, people).await
}

/// Makes a process with an empty flow.
///
/// # Errors
/// `forbidden`; `invalid` when the group or a person is not there.
pub async fn create(ctx: &Ctx<of::ProcessCreate>, input: ProcessInput) -> Result<ProcessWithPeople> {
    ctx.write(|tx| async move { create_with_flow(ctx, &tx, input, Flow::default()).await }).await
}

async fn create_with_flow(
    ctx: &Ctx<of::ProcessCreate>,
    tx: &Tx,
    input: ProcessInput,
    flow: Flow,
) -> Result<ProcessWithPeople> {
    let permit = create_process(ctx.actor(), input.group_id)?;
    check(tx, &input).await?;
    let ProcessInput {
        group_id,
        code,
        title,
        purpose,
        visibility,
        owner_id,
        editor_ids,
        member_ids,
        label_ids,
        component_ids,
    } = input;
    let process = Process {
        id: ProcessId(tx.id()),
        account_id: ctx.account_id(),
        group_id,
        code,
        title,
        purpose,
        state: ProcessState::Draft,
        visibility,
        owner_id: owner_id.unwrap_or(ctx.actor().user_id),
        version: 1,
        published_version: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    tx.insert(&permit, &process, "process.created").await?;
    let content = ProcessContent { title: process.title.clone(), purpose: process.purpose.clone(), flow };
    save_version(tx, &permit, &process, &content, ctx.actor().user_id, None).await?;
    let member_ids = member_ids.unwrap_or_default();
    process::set_people(tx, &permit, &process, Part::Editor, &editor_ids).await?;
    process::set_people(tx, &permit, &process, Part::Member, &member_ids).await?;
    let (label_ids, component_ids) = set_tags(tx, &permit, &process, label_ids, component_ids).await?;
    Ok(ProcessWithPeople { process, editor_ids, member_ids, label_ids, component_ids })
}

/// Gives a process these labels and components, where any are given. Answers what it has then.
async fn set_tags<R: MaySave<Process>>(
    tx: &Tx,
    permit: &Permit<R>,
    process: &Process,
    label_ids: Option<BTreeSet<LabelId>>,
    component_ids: Option<BTreeSet<ComponentId>>,
) -> Result<(BTreeSet<LabelId>, BTreeSet<ComponentId>)> {
    let mut present = styr_persistence::library::tags_of_many(tx, process.account_id, [process.id]).await?;
    let before = present.remove(&process.id).unwrap_or_default();
    let wanted = Tags {
        labels: label_ids.unwrap_or_else(|| before.labels.clone()),
        components: component_ids.unwrap_or_else(|| before.components.clone()),
    };
    if wanted != before {
        styr_persistence::library::set_tags(tx, permit, process.id, &before, &wanted).await?;
        let detail = json!({
            "label_ids": { "before": before.labels, "after": wanted.labels },
            "component_ids": { "before": before.components, "after": wanted.components },
        });
        tx.note(EntityKind::Process, process.id.0, "process.tags_changed", None, detail, None);
    }
    Ok((wanted.labels, wanted.components))
}

async fn save_version<R>(
    tx: &Tx,
    permit: &Permit<R>,
    process: &Process,
    content: &ProcessContent,
    author_id: UserId,
    restored_from: Option<i32>,
) -> Result<()>
where
    R: MaySave<Process>,
{
    let mut content = content.clone();
    role::resolve_roles(tx, process.account_id, &mut content.flow).await?;
    let new = NewVersion { number: process.version, note: "", author_id, restored_from, content: &content };
    version::insert(tx, permit, process, new).await?;
    role::set_role_uses(tx, permit, process, &content.flow).await
}

/// Replaces a process. Its flow stays; the change is a new version.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `process_frozen`, `invalid`.
pub async fn replace(
    ctx: &Ctx<of::ProcessEdit>,
    id: ProcessId,
    if_match: &IfMatch,
    input: ProcessInput,
) -> Result<ProcessWithPeople> {
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &*tx, id, Some(if_match)).await?;
        refuse_frozen(&before)?;
        check(&tx, &input).await?;
        let ProcessInput {
            group_id,
            code,
            title,
            purpose,
            visibility,
            owner_id,
            editor_ids,
            member_ids,
            label_ids,
            component_ids,
        } = input;
        let (_, content): (_, ProcessContent) =
            version::get(&*tx, ctx.account_id(), &before, before.version).await?;
        let content = ProcessContent { title: title.clone(), purpose: purpose.clone(), ..content };
        let after = Process {
            group_id,
            code,
            title,
            purpose,
            visibility,
            owner_id: owner_id.unwrap_or(before.owner_id),
            version: before.version + 1,
            ..before.clone()
        };
        let process = tx.update(&permit, &before, after, "process.changed").await?;
        save_version(&tx, &permit, &process, &content, ctx.actor().user_id, None).await?;
        process::set_people(&tx, &permit, &process, Part::Editor, &editor_ids).await?;
        if let Some(member_ids) = &member_ids {
            process::set_people(&tx, &permit, &process, Part::Member, member_ids).await?;
        }
        set_tags(&tx, &permit, &process, label_ids, component_ids).await?;
        let people = process::people(&*tx, ctx.account_id(), id).await?;
        with_all(&*tx, process, people).await
    })
    .await
}

/// Deletes a process with its versions. Its events stay.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`.
pub async fn delete(ctx: &Ctx<of::ProcessEdit>, id: ProcessId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let (process, permit) = editable(ctx, &*tx, id, Some(if_match)).await?;
        version::delete_all(&tx, &permit, &process).await?;
        tx.delete(&permit, &process, "process.deleted").await
    })
    .await
}

/// Whether everything that the input names is there.
async fn check(tx: &Tx, input: &ProcessInput) -> Result<()> {
    let mut violations = Vec::new();
    if let Some(group) = input.group_id
        && find::<ProcessGroup>(tx, tx.account_id(), group).await?.is_none()
    {
        violations.push(missing("/group_id"));
    }
    let named = input.owner_id.iter().map(|id| ("/owner_id", id));
    let editors = input.editor_ids.iter().map(|id| ("/editor_ids", id));
    let members = input.member_ids.iter().flatten().map(|id| ("/member_ids", id));
    let people: Vec<_> = named.chain(editors).chain(members).collect();
    let known =
        styr_persistence::find_many::<User>(tx, tx.account_id(), people.iter().map(|(_, id)| id.0)).await?;
    let known: BTreeSet<UserId> = known.into_iter().map(|user| user.id).collect();
    violations.extend(
        people.into_iter().filter(|(_, id)| !known.contains(id)).map(|(pointer, _)| missing(pointer)),
    );
    let labels: Vec<_> = input.label_ids.iter().flatten().collect();
    let known =
        styr_persistence::find_many::<Label>(tx, tx.account_id(), labels.iter().map(|id| id.0)).await?;
    if known.len() < labels.len() {
        violations.push(missing("/label_ids"));
    }
    let components: Vec<_> = input.component_ids.iter().flatten().collect();
    let known =
        styr_persistence::find_many::<Component>(tx, tx.account_id(), components.iter().map(|id| id.0))
            .await?;
    if known.len() < components.len() {
        violations.push(missing("/component_ids"));
    }
    if violations.is_empty() { Ok(()) } else { Err(Fault::invalid(violations).into()) }
}

/// What is wrong with an id of something that is not there.
pub(crate) fn missing(pointer: &str) -> Violation {
    Violation::at(
        pointer,
        "not_found",
        text!(
            "Det, som id'et nævner, findes ikke, eller du må ikke se det.",
            "Det som id:t nämner finns inte, eller så får du inte se det.",
            "What the id names is not there, or you may not see it."
        ),
    )
}

/// The flow of a process's newest version, and the process's revision.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn flow(ctx: &Ctx<of::ProcessSee>, id: ProcessId) -> Result<(Flow, Process)> {
    let read = ctx.read();
    let (process, _) = visible(ctx, &read, id).await?;
    let (_, mut content): (_, ProcessContent) =
        version::get(&read, ctx.account_id(), &process, process.version).await?;
    role::resolve_roles(&read, ctx.account_id(), &mut content.flow).await?;
    Ok((content.flow, process))
}

/// Replaces the flow, as a new version.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `process_frozen`, `invalid` with each fault's element.
pub async fn replace_flow(
    ctx: &Ctx<of::ProcessEdit>,
    id: ProcessId,
    if_match: &IfMatch,
    flow: Flow,
) -> Result<(Flow, Process)> {
    refuse_unfit(&flow)?;
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &*tx, id, Some(if_match)).await?;
        refuse_frozen(&before)?;
        role::refuse_unknown_roles(&tx, &flow).await?;
        let mut content =
            ProcessContent { title: before.title.clone(), purpose: before.purpose.clone(), flow };
        role::resolve_roles(&*tx, ctx.account_id(), &mut content.flow).await?;
        let after = Process { version: before.version + 1, ..before.clone() };
        let process = tx.update(&permit, &before, after, "process.flow_changed").await?;
        save_version(&tx, &permit, &process, &content, ctx.actor().user_id, None).await?;
        Ok((content.flow, process))
    })
    .await
}

/// Refuses a flow that cannot be kept.
///
/// # Errors
/// `invalid` with each fault's element.
pub(crate) fn refuse_unfit(flow: &Flow) -> Result<(), Fault> {
    let violations = validate(flow);
    if violations.is_empty() { Ok(()) } else { Err(Fault::invalid(violations)) }
}

/// Puts the newest version in force.
///
/// # Errors
/// `not_found`, `forbidden`, `process_frozen`.
pub async fn publish(
    ctx: &Ctx<of::ProcessEdit>,
    id: ProcessId,
    note: Option<String>,
) -> Result<ProcessWithPeople> {
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &*tx, id, None).await?;
        refuse_frozen(&before)?;
        let after =
            Process { state: ProcessState::Live, published_version: Some(before.version), ..before.clone() };
        let process = tx.update(&permit, &before, after, "process.changed").await?;
        version::publish(
            &tx,
            &permit,
            &process,
            process.version,
            Publication { note: note.as_deref(), new_edition: true },
            "process.published",
        )
        .await?;
        let people = process::people(&*tx, ctx.account_id(), id).await?;
        with_all(&*tx, process, people).await
    })
    .await
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
            (ProcessState::Frozen, "process.frozen")
        } else if before.state == ProcessState::Frozen {
            let published = before.published_version.is_some();
            (if published { ProcessState::Live } else { ProcessState::Draft }, "process.unfrozen")
        } else {
            return Err(not_frozen().into());
        };
        let process = tx.update(&permit, &before, Process { state, ..before.clone() }, kind).await?;
        let people = process::people(&*tx, ctx.account_id(), id).await?;
        with_all(&*tx, process, people).await
    })
    .await
}

const fn not_frozen() -> Fault {
    Fault::conflict(
        "process_not_frozen",
        Text::fixed("Processen er ikke frosset.", "Processen är inte fryst.", "The process is not frozen."),
    )
}

/// One page of a process's versions, newest first.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn versions(
    ctx: &Ctx<of::ProcessSee>,
    id: ProcessId,
    before: Option<i32>,
    limit: u64,
) -> Result<(Vec<Version>, Option<i32>)> {
    let read = ctx.read();
    let (process, _) = visible(ctx, &read, id).await?;
    version::list(&read, ctx.account_id(), &process, before, limit).await
}

/// A version with its content.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn version(
    ctx: &Ctx<of::ProcessSee>,
    id: ProcessId,
    number: i32,
) -> Result<(Version, ProcessContent)> {
    let read = ctx.read();
    let (process, _) = visible(ctx, &read, id).await?;
    version::get(&read, ctx.account_id(), &process, number).await
}

/// Brings a version's content back, as a new version.
///
/// # Errors
/// `not_found`, `forbidden`, `process_frozen`.
pub async fn restore(ctx: &Ctx<of::ProcessEdit>, id: ProcessId, number: i32) -> Result<ProcessWithPeople> {
    ctx.write(|tx| async move {
        let (before, permit) = editable(ctx, &*tx, id, None).await?;
        refuse_frozen(&before)?;
        let (_, content): (_, ProcessContent) = version::get(&*tx, ctx.account_id(), &before, number).await?;
        let after = Process {
            title: content.title.clone(),
            purpose: content.purpose.clone(),
            version: before.version + 1,
            ..before.clone()
        };
        let process = tx.update(&permit, &before, after, "process.restored").await?;
        save_version(&tx, &permit, &process, &content, ctx.actor().user_id, Some(number)).await?;
        let people = process::people(&*tx, ctx.account_id(), id).await?;
        with_all(&*tx, process, people).await
    })
    .await
}

/// What an import made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Imported {
    /// The processes, one for each in the file.
    pub process_ids: Vec<ProcessId>,
    /// What the flow cannot hold.
    pub not_carried: Vec<NotCarried>,
}

/// Something in a BPMN file that the flow cannot hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NotCarried {
    /// The id of the element it stands in or is.
    pub element: String,
    /// The BPMN element's name.
    pub kind: String,
    /// Why, in the caller's language.
    pub reason: String,
}

/// The most entries that an answer lists of what was not carried.
const MOST_NOT_CARRIED: usize = 1000;

/// Makes a process of each in a BPMN file.
///
/// # Errors
/// `forbidden`; `invalid` naming the elements that cannot be read.
pub async fn import(
    ctx: &Ctx<of::ProcessCreate>,
    xml: Vec<u8>,
    group_id: Option<ProcessGroupId>,
) -> Result<Imported> {
    let bpmn::Import { processes, not_carried } = read_bpmn(xml).await?;
    let not_carried = self::not_carried(not_carried, ctx.language());
    ctx.write(|tx| async move {
        let mut process_ids = Vec::with_capacity(processes.len());
        for bpmn::ImportedProcess { bpmn_id, name, documentation, executable: _, flow } in processes {
            let input = ProcessInput {
                group_id,
                code: None,
                title: name
                    .filter(|name| !name.trim().is_empty())
                    .unwrap_or(bpmn_id)
                    .chars()
                    .take(500)
                    .collect(),
                purpose: documentation.unwrap_or_default(),
                visibility: ProcessVisibility::Public,
                owner_id: None,
                editor_ids: BTreeSet::new(),
                member_ids: None,
                label_ids: None,
                component_ids: None,
            };
            process_ids.push(create_with_flow(ctx, &tx, input, flow).await?.process.id);
        }
        Ok(Imported { process_ids, not_carried })
    })
    .await
}

/// What a BPMN file lost, in the caller's language, as far as an answer lists it.
pub(crate) fn not_carried(lost: Vec<bpmn::NotCarried>, language: Language) -> Vec<NotCarried> {
    lost.into_iter()
        .take(MOST_NOT_CARRIED)
        .map(|bpmn::NotCarried { element, kind, reason }| NotCarried {
            element,
            kind,
            reason: reason.in_language(language).to_owned(),
        })
        .collect()
}

/// Reads BPMN aside, since a large file takes its time.
pub(crate) async fn read_bpmn(xml: Vec<u8>) -> Result<bpmn::Import> {
    let read = tokio::task::spawn_blocking(move || bpmn::import(&xml)).await;
    Ok(read.map_err(|error| reading_failed(&error))??)
}

/// A file could not be read since reading it panicked.
pub(crate) fn reading_failed(error: &tokio::task::JoinError) -> Fault {
    tracing::error!(%error, "reading a file panicked");
    Fault::new(
        styr_domain::FaultKind::Internal,
        "internal",
        Text::fixed(
            "Filen kunne ikke læses på grund af en fejl i Styr.",
            "Filen kunde inte läsas på grund av ett fel i Styr.",
            "The file could not be read, for a fault in Styr.",
        ),
    )
}

/// A process as BPMN 2.0 XML.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn export(ctx: &Ctx<of::ProcessSee>, id: ProcessId) -> Result<String> {
    let (flow, process) = flow(ctx, id).await?;
    Ok(bpmn_of(&process, &process.purpose, &flow))
}

/// A process's flow as BPMN 2.0 XML.
fn bpmn_of(process: &Process, purpose: &str, flow: &Flow) -> String {
    bpmn::export(&bpmn::ExportedProcess {
        id: &process.id.to_string(),
        name: Some(&process.title),
        documentation: (!purpose.is_empty()).then_some(purpose),
        executable: None,
        flow: &draw::layout(flow),
    })
}

/// A process as an SVG picture.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn diagram(ctx: &Ctx<of::ProcessSee>, id: ProcessId) -> Result<String> {
    let (flow, process) = flow(ctx, id).await?;
    let options = draw::DrawOptions {
        title: Some(process.title),
        language: ctx.language(),
        ..draw::DrawOptions::default()
    };
    Ok(draw::svg(&flow, &options))
}
