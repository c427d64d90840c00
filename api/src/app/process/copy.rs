//! Copying processes to another account, with what they use.
//!
//! The caller comes with a token of each account: of the one that the processes leave, with the right to copy from it, and
//! of the one that they come to, with the right to create there. What the second may not make there is left out and told.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use styr_domain::access::{Requirement, Resource, TemplateKind, authorize, create_process, of, see_template};
use styr_domain::event::EntityKind;
use styr_domain::flow::Flow;
use styr_domain::form::{Form, FormContent, FormDefinition};
use styr_domain::id::{ActivityId, ComponentId, FormId, LabelId, ProcessGroupId, ProcessId, ProcessRoleId};
use styr_domain::process::{
    Activity, ActivityContent, Component, Label, Process, ProcessContent, ProcessGroup, ProcessRole,
};
use styr_domain::{Fault, Language, Text, Violation, text};
use styr_persistence::flow::Links;
use styr_persistence::library::{self, Tags};
use styr_persistence::version::{self, NewVersion};
use styr_persistence::{Source, Tx, find, find_many, process};

use super::flow::{Gone, Titles, resolve_all, settle};
use super::{ProcessInput, create_with_flow, facts, missing};
use crate::app::form;
use crate::app::{Ctx, Result};

/// What is copied, and where to.
#[derive(Debug, Clone)]
pub struct CopyInput {
    /// The processes.
    pub process_ids: Vec<ProcessId>,
    /// The group of the other account that they come to lie in.
    pub group_id: Option<ProcessGroupId>,
}

/// What was copied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Copied {
    /// Each process, and what it is in the other account.
    pub processes: Vec<(ProcessId, ProcessId)>,
    /// What was left out.
    pub left_out: Vec<LeftOut>,
}

/// Something that a copy lacks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeftOut {
    /// The process that had it.
    pub process_id: ProcessId,
    /// The element that had it; none when it was the process.
    pub element: Option<String>,
    /// What and why, in the caller's language.
    pub reason: String,
}

/// A process on its way, with all that it uses.
struct Departing {
    process: Process,
    content: ProcessContent,
    tags: Tags,
}

/// What all of the processes use.
#[derive(Default)]
struct Baggage {
    activities: BTreeMap<ActivityId, ActivityContent>,
    forms: BTreeMap<FormId, (Form, FormDefinition)>,
    labels: BTreeMap<LabelId, Label>,
    components: BTreeMap<ComponentId, Component>,
}

/// Copies processes as the caller sees them: drafts where they may edit, and what is in force elsewhere. The copies are
/// drafts of the other account's user.
///
/// # Errors
/// `forbidden` in either account; `invalid` for processes that the caller may not see, a group that is not there, or when
/// both tokens are of one account.
pub async fn copy(
    ctx: &Ctx<of::AccountCopyFrom>,
    target: &Ctx<of::ProcessCreate>,
    input: CopyInput,
) -> Result<Copied> {
    if let Some(answered) = ctx.answered().await? {
        return Ok(answered);
    }
    if ctx.account_id() == target.account_id() {
        let text = Text::fixed(
            "Tokenet er til samme konto. Brug et til den konto, der kopieres til.",
            "Token hör till samma konto. Använd ett för det konto som kopieras till.",
            "The token is of the same account. Use one of the account that is copied to.",
        );
        return Err(Fault::invalid(vec![Violation::at("/target_token", "same_account", text)]).into());
    }
    // Asked again when the copies are made: here, so that nothing leaves for where it may not arrive.
    check_place(target, &target.read(), input.group_id).await?;
    let (mut packed, to) = (None, target.account_id());
    let (wanted, luggage) = (&input, &mut packed);
    // What leaves an account is noted there before anybody has it.
    ctx.write_part(|tx, ctx| async move {
        let _may = ctx.permit(&Resource::shared(ctx.account_id()))?;
        *luggage = Some(pack(&ctx, &*tx, wanted).await?);
        for id in &wanted.process_ids {
            tx.note(EntityKind::Process, id.0, "process.copied", None, json!({ "to_account_id": to }), None);
        }
        Ok(())
    })
    .await?;
    let (departing, baggage) = packed.ok_or_else(Fault::not_found)?;
    let copied = target
        .write(|tx| async move {
            check_place(target, &*tx, input.group_id).await?;
            let arrival = Arrival { target, tx: &tx, language: ctx.language(), left_out: Vec::new() };
            arrival.unpack(departing, baggage, input.group_id).await
        })
        .await?;
    ctx.write(|_| async move { Ok(copied) }).await
}

/// Whether the other account's user may put processes there.
async fn check_place(
    target: &Ctx<of::ProcessCreate>,
    source: &impl Source,
    group_id: Option<ProcessGroupId>,
) -> Result<()> {
    let _there = create_process(target.actor(), group_id)?;
    match group_id {
        Some(id) if find::<ProcessGroup>(source, target.account_id(), id).await?.is_none() => {
            Err(Fault::invalid(vec![missing("/group_id")]).into())
        }
        _ => Ok(()),
    }
}

/// Reads what leaves.
async fn pack(
    ctx: &Ctx<of::AccountCopyFrom>,
    source: &impl Source,
    input: &CopyInput,
) -> Result<(Vec<Departing>, Baggage)> {
    let account_id = ctx.account_id();
    let ids: BTreeSet<ProcessId> = input.process_ids.iter().copied().collect();
    let found: Vec<Process> = find_many(source, account_id, ids.iter().map(|id| id.0)).await?;
    let listed: Vec<ProcessId> = ids.iter().copied().collect();
    let mut people = process::people_of_many(source, account_id, &listed).await?;
    let mut tags = library::tags_of_many(source, account_id, ids.iter().copied()).await?;
    let (mut seen, mut numbers) = (Vec::new(), Vec::new());
    for process in found {
        let people = people.remove(&process.id).unwrap_or_default();
        let facts = facts(&process, &people, ctx.actor().user_id);
        if styr_domain::access::see_process(ctx.actor(), &facts).is_err() {
            continue;
        }
        let newest = styr_domain::access::sees_drafts(ctx.actor(), &facts);
        let number =
            if newest { process.version } else { process.published_version.unwrap_or(process.version) };
        numbers.push((process.id.0, number));
        seen.push(process);
    }
    let violations: Vec<Violation> = input
        .process_ids
        .iter()
        .enumerate()
        .filter(|(_, id)| !seen.iter().any(|process| process.id == **id))
        .map(|(place, _)| missing(&format!("/process_ids/{place}")))
        .collect();
    Fault::unless_valid(violations)?;
    let mut contents = version::of_many::<ProcessContent>(source, account_id, &numbers).await?;
    let (mut departing, mut links, mut forms) = (Vec::new(), Links::default(), BTreeSet::new());
    for process in seen {
        let Some((_, content)) = contents.remove(&process.id.0) else { continue };
        let tags = tags.remove(&process.id).unwrap_or_default();
        departing.push(Departing { process, content, tags });
    }
    let flows = departing.iter_mut().map(|departing: &mut Departing| &mut departing.content.flow).collect();
    resolve_all(source, account_id, flows, Titles::InForce).await?;
    for Departing { content, .. } in &departing {
        links = links.and(Links::of(&content.flow));
        forms.extend(content.flow.nodes.iter().filter_map(|node| node.step.as_ref()?.form_id));
    }
    let labels = departing.iter().flat_map(|departing| departing.tags.labels.iter().map(|id| id.0));
    let labels: Vec<Label> = find_many(source, account_id, labels.collect::<BTreeSet<_>>()).await?;
    let components = departing.iter().flat_map(|departing| departing.tags.components.iter().map(|id| id.0));
    let components: Vec<Component> =
        find_many(source, account_id, components.collect::<BTreeSet<_>>()).await?;
    let mut baggage = Baggage {
        labels: labels.into_iter().map(|label| (label.id, label)).collect(),
        components: components.into_iter().map(|component| (component.id, component)).collect(),
        ..Baggage::default()
    };
    let activities: Vec<Activity> =
        find_many(source, account_id, links.activities.iter().map(|id| id.0)).await?;
    let numbers: Vec<_> = activities
        .iter()
        .map(|activity| (activity.id.0, activity.published_version.unwrap_or(activity.version)))
        .collect();
    for (id, (_, content)) in version::of_many(source, account_id, &numbers).await? {
        baggage.activities.insert(ActivityId(id), content);
    }
    let forms: Vec<Form> = find_many(source, account_id, forms.into_iter().map(|id| id.0)).await?;
    let seen = |form: &Form| see_template(ctx.actor(), TemplateKind::Form, &form::facts(form)).is_ok();
    let forms: Vec<Form> = forms.into_iter().filter(seen).collect();
    let numbers: Vec<_> =
        forms.iter().map(|form| (form.id.0, form.published_version.unwrap_or(form.version))).collect();
    let mut definitions = version::of_many::<FormContent>(source, account_id, &numbers).await?;
    for form in forms {
        if let Some((_, content)) = definitions.remove(&form.id.0) {
            baggage.forms.insert(form.id, (form, content.definition));
        }
    }
    Ok((departing, baggage))
}

/// Making the copies in the other account.
struct Arrival<'a> {
    target: &'a Ctx<of::ProcessCreate>,
    tx: &'a Tx,
    language: Language,
    left_out: Vec<LeftOut>,
}

impl Arrival<'_> {
    async fn unpack(
        mut self,
        mut departing: Vec<Departing>,
        baggage: Baggage,
        group_id: Option<ProcessGroupId>,
    ) -> Result<Copied> {
        let Baggage { activities, forms, labels, components } = baggage;
        let activities = self.activities(activities, group_id).await?;
        let forms = self.forms(forms).await?;
        let labels_there = self.labels(&labels).await?;
        let components_there = self.components(&components).await?;
        let roles = self.roles(&departing).await?;
        for Departing { process, content, .. } in &mut departing {
            self.bind(process, &mut content.flow, &activities, &forms, &roles);
        }
        let flows = departing.iter_mut().map(|departing| &mut departing.content.flow).collect();
        settle(self.target, self.tx, flows, Gone::Refused(&Links::default())).await?;
        let mut copied = Vec::new();
        for Departing { process, content, tags } in departing {
            let ProcessContent { title, purpose, flow } = content;
            for id in tags.labels.iter().filter(|id| !labels_there.contains_key(*id)) {
                let name = labels.get(id).map_or("", |label| label.name.as_str());
                self.leave(&process, None, &no_tag(name));
            }
            for id in tags.components.iter().filter(|id| !components_there.contains_key(*id)) {
                let name = components.get(id).map_or("", |component| component.name.as_str());
                self.leave(&process, None, &no_tag(name));
            }
            let input = ProcessInput {
                group_id,
                code: process.code.clone(),
                title,
                purpose,
                visibility: process.visibility,
                owner_id: None,
                editor_ids: BTreeSet::new(),
                member_ids: None,
                label_ids: Some(tags.labels.iter().filter_map(|id| labels_there.get(id)).copied().collect()),
                component_ids: Some(
                    tags.components.iter().filter_map(|id| components_there.get(id)).copied().collect(),
                ),
            };
            let made = create_with_flow(self.target, self.tx, input, flow).await?;
            copied.push((process.id, made.process.id));
        }
        Ok(Copied { processes: copied, left_out: self.left_out })
    }

    fn leave(&mut self, process: &Process, element: Option<&str>, reason: &Text) {
        self.left_out.push(LeftOut {
            process_id: process.id,
            element: element.map(str::to_owned),
            reason: reason.in_language(self.language).to_owned(),
        });
    }

    /// The permit for something of the account's own, if the other account's user holds the right.
    fn may<R: Requirement>(&self) -> Option<styr_domain::access::Permit<R>> {
        authorize(self.target.actor(), &Resource::shared(self.target.account_id())).ok()
    }

    async fn activities(
        &self,
        activities: BTreeMap<ActivityId, ActivityContent>,
        group_id: Option<ProcessGroupId>,
    ) -> Result<BTreeMap<ActivityId, ActivityId>> {
        let (tx, owner_id) = (self.tx, self.target.actor().user_id);
        let permit = create_process(self.target.actor(), group_id)?;
        let mut made = BTreeMap::new();
        for (id, content) in activities {
            let activity = Activity {
                id: ActivityId(tx.id()),
                account_id: tx.account_id(),
                title: content.title.clone(),
                owner_id,
                version: 1,
                published_version: None,
                revision: 1,
                created_at: tx.now(),
                updated_at: tx.now(),
            };
            tx.insert(&permit, &activity, "activity.created").await?;
            let new = NewVersion {
                number: 1,
                note: "",
                author_id: owner_id,
                restored_from: None,
                content: &content,
            };
            version::insert(tx, &permit, &activity, new).await?;
            made.insert(id, activity.id);
        }
        Ok(made)
    }

    async fn forms(
        &self,
        forms: BTreeMap<FormId, (Form, FormDefinition)>,
    ) -> Result<BTreeMap<FormId, FormId>> {
        let mut made = BTreeMap::new();
        for (id, (form, definition)) in forms {
            if let Some(copy) = form::copy_to(self.target, self.tx, form, definition).await? {
                made.insert(id, copy);
            }
        }
        Ok(made)
    }

    /// Lets a flow name what is there in the other account.
    fn bind(
        &mut self,
        process: &Process,
        flow: &mut Flow,
        activities: &BTreeMap<ActivityId, ActivityId>,
        forms: &BTreeMap<FormId, FormId>,
        roles: &BTreeMap<String, ProcessRoleId>,
    ) {
        for lane in &mut flow.lanes {
            if lane.process_role_id.is_some() {
                lane.process_role_id = lane.name.as_ref().and_then(|name| roles.get(name)).copied();
                if lane.process_role_id.is_none() {
                    self.leave(process, Some(&lane.id), &NO_ROLE);
                }
            }
        }
        for node in &mut flow.nodes {
            node.activity_id = node.activity_id.and_then(|id| activities.get(&id).copied());
            if node.process_id.take().is_some() {
                self.leave(process, Some(&node.id), &NO_LINK);
            }
            let Some(step) = &mut node.step else { continue };
            if let Some(form) = step.form_id {
                step.form_id = forms.get(&form).copied();
                if step.form_id.is_none() {
                    self.leave(process, Some(&node.id), &NO_FORM);
                }
            }
            let named =
                step.assignee.as_ref().is_some_and(|who| who.user_id.is_some() || who.group_id.is_some());
            if named {
                step.assignee = None;
                self.leave(process, Some(&node.id), &NO_ASSIGNEE);
            }
        }
    }

    /// The process roles of the lanes by their names, made if the other account's user may.
    async fn roles(&self, departing: &[Departing]) -> Result<BTreeMap<String, ProcessRoleId>> {
        let (tx, permit) = (self.tx, self.may::<of::ProcessRoleManage>());
        let lanes = departing.iter().flat_map(|departing| &departing.content.flow.lanes);
        let named = lanes.filter(|lane| lane.process_role_id.is_some()).filter_map(|lane| lane.name.as_ref());
        let mut there = BTreeMap::new();
        for name in named.collect::<BTreeSet<_>>() {
            let id = match (library::process_role_by_name(tx, tx.account_id(), name).await?, &permit) {
                (Some(role), _) => role.id,
                (None, None) => continue,
                (None, Some(permit)) => {
                    let role = ProcessRole {
                        id: ProcessRoleId(tx.id()),
                        account_id: tx.account_id(),
                        name: name.clone(),
                        description: String::new(),
                        merged_into_id: None,
                        revision: 1,
                        created_at: tx.now(),
                    };
                    tx.insert(permit, &role, "process_role.created").await?;
                    role.id
                }
            };
            there.insert(name.clone(), id);
        }
        Ok(there)
    }

    async fn labels(&self, labels: &BTreeMap<LabelId, Label>) -> Result<BTreeMap<LabelId, LabelId>> {
        let (tx, permit) = (self.tx, self.may::<of::LabelManage>());
        let mut there = BTreeMap::new();
        for (id, label) in labels {
            let copy = match (library::label_by_name(tx, tx.account_id(), &label.name).await?, &permit) {
                (Some(label), _) => label.id,
                (None, None) => continue,
                (None, Some(permit)) => {
                    let (id, account_id) = (LabelId(tx.id()), tx.account_id());
                    let label = Label { id, account_id, revision: 1, created_at: tx.now(), ..label.clone() };
                    tx.insert(permit, &label, "label.created").await?;
                    id
                }
            };
            there.insert(*id, copy);
        }
        Ok(there)
    }

    async fn components(
        &self,
        components: &BTreeMap<ComponentId, Component>,
    ) -> Result<BTreeMap<ComponentId, ComponentId>> {
        let (tx, permit) = (self.tx, self.may::<of::ComponentManage>());
        let mut there = BTreeMap::new();
        for (id, component) in components {
            let known = library::component_by_name(tx, tx.account_id(), &component.name).await?;
            let copy = match (known, &permit) {
                (Some(component), _) => component.id,
                (None, None) => continue,
                (None, Some(permit)) => {
                    let (id, account_id) = (ComponentId(tx.id()), tx.account_id());
                    let component =
                        Component { id, account_id, revision: 1, created_at: tx.now(), ..component.clone() };
                    tx.insert(permit, &component, "component.created").await?;
                    id
                }
            };
            there.insert(*id, copy);
        }
        Ok(there)
    }
}

const NO_ROLE: Text = Text::fixed(
    "Den anden konto har ingen rolle af dette navn, og tokenets bruger må ikke lave den. Banen beholder navnet.",
    "Det andra kontot har ingen roll med detta namn, och tokens användare får inte skapa den. Banan behåller namnet.",
    "The other account has no role of this name, and the token's user may not make it. The lane keeps the name.",
);
const NO_LINK: Text = Text::fixed(
    "Henvisningen til en anden proces er udeladt.",
    "Hänvisningen till en annan process har utelämnats.",
    "The link to another process was left out.",
);
const NO_FORM: Text = Text::fixed(
    "Blanketten er udeladt: du må ikke se den her, eller tokenets bruger må ikke lave blanketter der.",
    "Blanketten har utelämnats: du får inte se den här, eller så får tokens användare inte skapa blanketter där.",
    "The form was left out: you may not see it here, or the token's user may not make forms there.",
);
const NO_ASSIGNEE: Text = Text::fixed(
    "Modtageren af opgaven findes ikke i den anden konto. Vælg en der.",
    "Mottagaren av uppgiften finns inte i det andra kontot. Välj en där.",
    "The receiver of the task is not in the other account. Choose one there.",
);

fn no_tag(name: &str) -> Text {
    text!(
        "Den anden konto har ikke »{name}«, og tokenets bruger må ikke lave det.",
        "Det andra kontot har inte ”{name}”, och tokens användare får inte skapa det.",
        "The other account does not have “{name}”, and the token's user may not make it."
    )
}
