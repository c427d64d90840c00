//! The landscape: process groups, processes, their flows, versions and people, and the activities that they share.

pub mod activity;
pub mod attachment;
pub mod bulk;
pub mod comment;
pub mod copy;
pub mod drawing;
pub mod export;
pub mod flow;
pub mod folder;
pub mod group;
pub mod history;
pub mod library;
pub mod member;
pub mod picture;
pub mod role;
pub mod search;
pub mod share;
pub mod skeleton;
pub mod version;
pub mod work;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use styr_domain::access::{
    Permit, ProcessFacts, ProcessFilter, ProcessState, ProcessVisibility, create_process, edit_process, of,
    see_process, sees_drafts,
};
use styr_domain::event::EntityKind;
use styr_domain::flow::{Flow, bpmn};
use styr_domain::id::{AccountId, ComponentId, LabelId, ProcessGroupId, ProcessId, UserId};
use styr_domain::process::{
    Component, Label, MAX_PURPOSE, MAX_TITLE, Process, ProcessContent, ProcessGroup, ProcessRole,
};
use styr_domain::user::User;
use styr_domain::{Fault, Language, Text, Violation, text};
use styr_persistence::attachment::{self as attachments, On};
use styr_persistence::library::{Tags, set_tags as save_tags, tags_of_many};
use styr_persistence::process::{Part, People, ProcessQuery, Whole};
use styr_persistence::version::NewVersion;
use styr_persistence::{MaySave, Page, PageRequest, Source, Tx, find, process, version as versions};

pub(crate) use self::flow::refuse_unfit;
use super::aside::aside;
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
    let mut tags = tags_of_many(source, account_id, ids).await?;
    let each = processes.into_iter().map(|process| {
        let Tags { labels, components } = tags.remove(&process.id).unwrap_or_default();
        Tagged { process, label_ids: labels, component_ids: components }
    });
    Ok(each.collect())
}

impl From<Whole> for ProcessWithPeople {
    fn from(Whole { process, people, tags }: Whole) -> Self {
        let (People { editors, members }, Tags { labels, components }) = (people, tags);
        Self {
            process,
            editor_ids: editors,
            member_ids: members,
            label_ids: labels,
            component_ids: components,
        }
    }
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

/// A process that the caller may see.
struct Seen {
    process: Process,
    people: People,
    tags: Tags,
    facts: ProcessFacts,
    /// Whether they see what is drafted of it.
    drafts: bool,
}

/// Loads a process that the caller may see.
async fn visible<R>(ctx: &Ctx<R>, source: &impl Source, id: ProcessId) -> Result<Seen> {
    let Whole { process, people, tags } = process::whole(source, ctx.account_id(), id).await?;
    let facts = facts(&process, &people, ctx.actor().user_id);
    let _seen = see_process(ctx.actor(), &facts)?;
    let drafts = sees_drafts(ctx.actor(), &facts);
    Ok(Seen { process, people, tags, facts, drafts })
}

/// Loads a process that the caller may change, in the revision they know.
async fn editable<R>(
    ctx: &Ctx<R>,
    source: &impl Source,
    id: ProcessId,
    if_match: Option<&IfMatch>,
) -> Result<(Process, Permit<of::ProcessEdit>)> {
    let Whole { process, people, .. } = process::whole(source, ctx.account_id(), id).await?;
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
    let Seen { process, people, tags, .. } = visible(ctx, &ctx.read(), id).await?;
    Ok(Whole { process, people, tags }.into())
}

/// Makes a process with an empty flow.
///
/// # Errors
/// `forbidden`; `invalid` when the group or a person is not there.
pub async fn create(ctx: &Ctx<of::ProcessCreate>, input: ProcessInput) -> Result<ProcessWithPeople> {
    ctx.write(|tx| async move { create_with_flow(ctx, &tx, input, Flow::default()).await }).await
}

/// Makes a process with a flow that is [settled](flow::settle).
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
    save_version(tx, &permit, &process, &content, ctx.actor().user_id, Origin::default()).await?;
    let member_ids = member_ids.unwrap_or_default();
    process::set_people(tx, &permit, &process, Part::Editor, &editor_ids).await?;
    process::set_people(tx, &permit, &process, Part::Member, &member_ids).await?;
    let tags = Tags { labels: label_ids.unwrap_or_default(), components: component_ids.unwrap_or_default() };
    set_tags(tx, &permit, process.id, &Tags::default(), &tags).await?;
    let people = People { editors: editor_ids, members: member_ids };
    Ok(Whole { process, people, tags }.into())
}

/// Gives a process, which has these labels and components, others.
async fn set_tags<R: MaySave<Process>>(
    tx: &Tx,
    permit: &Permit<R>,
    id: ProcessId,
    before: &Tags,
    wanted: &Tags,
) -> Result<()> {
    if wanted == before {
        return Ok(());
    }
    save_tags(tx, permit, id, before, wanted).await?;
    let detail = json!({
        "label_ids": { "before": before.labels, "after": wanted.labels },
        "component_ids": { "before": before.components, "after": wanted.components },
    });
    tx.note(EntityKind::Process, id.0, "process.tags_changed", None, detail, None);
    Ok(())
}

/// Where a version's content comes from.
#[derive(Debug, Clone, Default)]
struct Origin {
    /// The version whose content it brings back, if it does.
    restored_from: Option<i32>,
    /// What there is to say about that.
    note: String,
}

/// Saves a process's new version, and notes what its flows use.
async fn save_version<R>(
    tx: &Tx,
    permit: &Permit<R>,
    process: &Process,
    content: &ProcessContent,
    author_id: UserId,
    Origin { restored_from, note }: Origin,
) -> Result<()>
where
    R: MaySave<Process>,
{
    let new = NewVersion { number: process.version, note: &note, author_id, restored_from, content };
    versions::insert(tx, permit, process, new).await?;
    flow::note_uses(tx, permit, process, &content.flow).await
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
        if input.group_id != before.group_id {
            let _fills = create_process(ctx.actor(), input.group_id)?;
        }
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
            versions::get(&*tx, ctx.account_id(), &before, before.version).await?;
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
        let handed_over = after.owner_id != before.owner_id;
        let kind = if handed_over { "process.owner_changed" } else { "process.changed" };
        let process = tx.update(&permit, &before, after, kind).await?;
        save_version(&tx, &permit, &process, &content, ctx.actor().user_id, Origin::default()).await?;
        process::set_people(&tx, &permit, &process, Part::Editor, &editor_ids).await?;
        if let Some(member_ids) = &member_ids {
            process::set_people(&tx, &permit, &process, Part::Member, member_ids).await?;
        }
        let mut present = tags_of_many(&*tx, ctx.account_id(), [id]).await?;
        let present = present.remove(&id).unwrap_or_default();
        let wanted = Tags {
            labels: label_ids.unwrap_or_else(|| present.labels.clone()),
            components: component_ids.unwrap_or_else(|| present.components.clone()),
        };
        set_tags(&tx, &permit, id, &present, &wanted).await?;
        Ok(process::whole(&*tx, ctx.account_id(), id).await?.into())
    })
    .await
}

/// Deletes a process with its versions, comments and attachments, and the files that were attached to nothing else. Its
/// events stay.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`.
pub async fn delete(ctx: &Ctx<of::ProcessEdit>, id: ProcessId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let (process, permit) = editable(ctx, &*tx, id, Some(if_match)).await?;
        remove(&tx, &permit, &process).await
    })
    .await
}

/// Deletes a process with its versions, and the files that nothing else has.
async fn remove(tx: &Tx, permit: &Permit<of::ProcessEdit>, process: &Process) -> Result<()> {
    versions::delete_all(tx, permit, process).await?;
    let files = attachments::let_go(tx, On::Process(process.id)).await?;
    tx.delete(permit, process, "process.deleted").await?;
    attachments::sweep(tx, permit, &files).await
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

/// What an import made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Imported {
    /// The processes, one for each in the file.
    pub process_ids: Vec<ProcessId>,
    /// What means nothing in Styr.
    pub not_carried: Vec<NotCarried>,
}

/// Something in a BPMN file that means nothing in Styr.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NotCarried {
    /// The id of the element it stands in or is.
    pub element: String,
    /// The BPMN element's name; `link` where it showed an activity, a process or a process role.
    pub kind: String,
    /// Whether an export says it again.
    pub kept: bool,
    /// Why, in the caller's language.
    pub reason: String,
}

/// Makes a process of each in a BPMN file.
///
/// # Errors
/// `forbidden`; `invalid` naming the elements that cannot be read.
pub async fn import(
    ctx: &Ctx<of::ProcessCreate>,
    xml: Vec<u8>,
    group_id: Option<ProcessGroupId>,
) -> Result<Imported> {
    let bpmn::Import { mut processes, not_carried } = read_bpmn(xml).await?;
    ctx.write(|tx| async move {
        let flows = processes.iter_mut().map(|process| &mut process.flow).collect();
        let unlinked = flow::settle(ctx, &tx, flows, flow::Gone::UnlinkedUnlessSeen).await?;
        let lost = flow::not_linked(unlinked.concat()).chain(not_carried);
        let not_carried = self::not_carried(lost, ctx.language());
        let mut process_ids = Vec::with_capacity(processes.len());
        for bpmn::ImportedProcess { bpmn_id, name, documentation, flow } in processes {
            let purpose = imported_purpose(&bpmn_id, documentation)?;
            let title = name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| bpmn_id.clone());
            if title.chars().count() > MAX_TITLE {
                return Err(Fault::invalid(vec![long_title(&bpmn_id)]).into());
            }
            let input = ProcessInput {
                group_id,
                code: None,
                title,
                purpose,
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

fn long_title(bpmn_id: &str) -> Violation {
    let text = text!(
        "Processens navn bliver dens titel, som har højst {MAX_TITLE} tegn. Forkort det.",
        "Processens namn blir dess titel, som har högst {MAX_TITLE} tecken. Korta ner det.",
        "The process's name becomes its title, of {MAX_TITLE} characters at most. Shorten it."
    );
    Violation::of_element(bpmn_id, "too_long", text)
}

/// What a process in a BPMN file is for.
///
/// # Errors
/// `invalid` for more than a process can say of that.
pub(crate) fn imported_purpose(bpmn_id: &str, documentation: Option<String>) -> Result<String, Fault> {
    let purpose = documentation.unwrap_or_default();
    if purpose.chars().count() <= MAX_PURPOSE {
        return Ok(purpose);
    }
    let text = text!(
        "Processens documentation bliver dens formål, som har højst {MAX_PURPOSE} tegn. Forkort den.",
        "Processens documentation blir dess syfte, som har högst {MAX_PURPOSE} tecken. Korta ner den.",
        "The process's documentation becomes its purpose, of {MAX_PURPOSE} characters at most. Shorten it."
    );
    Err(Fault::invalid(vec![Violation::of_element(bpmn_id, "too_long", text)]))
}

/// What a BPMN file lost, in the caller's language, as far as an answer lists it.
pub(crate) fn not_carried(
    lost: impl IntoIterator<Item = bpmn::NotCarried>,
    language: Language,
) -> Vec<NotCarried> {
    lost.into_iter()
        .take(bpmn::MAX_NOT_CARRIED)
        .map(|bpmn::NotCarried { element, kind, kept, reason }| NotCarried {
            element,
            kind,
            kept,
            reason: reason.in_language(language).to_owned(),
        })
        .collect()
}

/// Reads BPMN.
pub(crate) async fn read_bpmn(xml: Vec<u8>) -> Result<bpmn::Import> {
    Ok(aside(move || bpmn::import(&xml)).await??)
}
