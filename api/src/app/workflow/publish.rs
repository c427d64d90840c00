//! Putting a workflow in force: whether it can run, and with which versions of its forms.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use styr_domain::access::{TemplateFacts, TemplateKind, see_template};
use styr_domain::flow::AssigneeKind;
use styr_domain::flow::run::Definition;
use styr_domain::form::{CompiledForm, Form};
use styr_domain::id::{FormId, GroupId, UserId, WorkflowId};
use styr_domain::user::{Group, User};
use styr_domain::workflow::{Workflow, WorkflowContent};
use styr_domain::{Fault, Text, Violation, text};
use styr_persistence::version::{NewVersion, Publication};
use styr_persistence::{Tx, find_many, version};

use super::{Edit, Result, WorkflowWithFlow, content, permitted};
use crate::app::context::Ctx;
use crate::app::form;

/// Puts the newest version in force: new cases run it, with the versions of the forms that are published now. A version
/// that is in force already is published again as a new one, with the forms as they are now.
///
/// # Errors
/// `not_found`, `forbidden`; `invalid` with the element of each fault.
pub async fn publish(ctx: &Ctx<Edit>, id: WorkflowId, note: Option<String>) -> Result<WorkflowWithFlow> {
    ctx.write(|tx| async move {
        let (before, permit) = permitted(ctx, &*tx, id, None).await?;
        let stored = content(&*tx, &before, before.version).await?;
        let form_versions = check(ctx, &tx, &stored).await?;
        let content = WorkflowContent { form_versions, ..stored };
        let again = before.published_version == Some(before.version);
        let version = if again { before.version + 1 } else { before.version };
        let after = Workflow { version, published_version: Some(version), ..before.clone() };
        let workflow = tx.update(&permit, &before, after, "workflow.changed").await?;
        if again {
            let author_id = ctx.actor().user_id;
            let new =
                NewVersion { number: version, note: "", author_id, restored_from: None, content: &content };
            version::insert(&tx, &permit, &workflow, new).await?;
        } else {
            version::set_content(&tx, &permit, &workflow, version, &content).await?;
        }
        version::publish(
            &tx,
            &permit,
            &workflow,
            version,
            Publication { note: note.as_deref(), new_edition: true },
            "workflow.published",
        )
        .await?;
        Ok(WorkflowWithFlow { workflow, flow: content.flow })
    })
    .await
}

/// Whether the flow can run here and now. Answers the version of each form that its steps name.
pub(crate) async fn check<R>(
    ctx: &Ctx<R>,
    tx: &Tx,
    content: &WorkflowContent,
) -> Result<BTreeMap<FormId, i32>> {
    let definition = Definition::compile(&content.flow).map_err(Fault::invalid)?;
    let mut violations = Vec::new();
    let forms = published_forms(ctx, tx, &definition, &mut violations).await?;
    check_receivers(tx, &definition, &mut violations).await?;
    check_conditions(&definition, &forms, &mut violations);
    if violations.is_empty() {
        Ok(forms.into_iter().map(|(id, (version, _))| (id, version)).collect())
    } else {
        Err(Fault::invalid(violations).into())
    }
}

type PublishedForms = BTreeMap<FormId, (i32, Arc<CompiledForm>)>;

async fn published_forms<R>(
    ctx: &Ctx<R>,
    tx: &Tx,
    definition: &Definition,
    violations: &mut Vec<Violation>,
) -> Result<PublishedForms> {
    let wanted: BTreeSet<FormId> = definition.steps().filter_map(|(_, step)| step.form_id).collect();
    let found = find_many::<Form>(tx, tx.account_id(), wanted.iter().map(|id| id.0)).await?;
    let mut forms = PublishedForms::new();
    let mut unpublished = BTreeSet::new();
    for form in found {
        let facts = TemplateFacts {
            account_id: form.account_id,
            organisation_id: form.organisation_id,
            active: form.published_version.is_some(),
            open_to_external: false,
        };
        if see_template(ctx.actor(), TemplateKind::Form, &facts).is_err() {
            continue;
        }
        match form.published_version {
            Some(version) => {
                let compiled = form::compiled(ctx.app(), tx, tx.account_id(), form.id, version).await?;
                forms.insert(form.id, (version, compiled));
            }
            None => {
                unpublished.insert(form.id);
            }
        }
    }
    for (element, step) in definition.steps() {
        let Some(id) = step.form_id.filter(|id| !forms.contains_key(id)) else { continue };
        violations.push(if unpublished.contains(&id) {
            Violation::of_element(element, "form_unpublished", UNPUBLISHED)
        } else {
            not_found(element)
        });
    }
    Ok(forms)
}

const UNPUBLISHED: Text = Text::fixed(
    "Trinnets formular er ikke offentliggjort. Offentliggør den først.",
    "Stegets formulär är inte publicerat. Publicera det först.",
    "The step's form is not published. Publish it first.",
);

fn not_found(element: &str) -> Violation {
    let text = Text::fixed(
        "Trinnet nævner en formular, bruger eller gruppe, som ikke findes, eller som du ikke må se. Vælg en anden.",
        "Steget nämner ett formulär, en användare eller en grupp som inte finns eller som du inte får se. Välj en annan.",
        "The step names a form, user or group that is not there, or that you may not see. Choose another.",
    );
    Violation::of_element(element, "not_found", text)
}

/// Who is to get the tasks must be there, and users active.
async fn check_receivers(tx: &Tx, definition: &Definition, violations: &mut Vec<Violation>) -> Result<()> {
    let (mut users, mut groups) =
        (BTreeMap::<UserId, Vec<&str>>::new(), BTreeMap::<GroupId, Vec<&str>>::new());
    for (element, step) in definition.steps() {
        let Some(assignee) = &step.assignee else { continue };
        match (assignee.kind, assignee.user_id, assignee.group_id) {
            (AssigneeKind::Starter, ..) => {}
            (AssigneeKind::User, Some(id), _) => users.entry(id).or_default().push(element),
            (AssigneeKind::Group, _, Some(id)) => groups.entry(id).or_default().push(element),
            (AssigneeKind::User, None, _) | (AssigneeKind::Group, _, None) => {
                let text = Text::fixed(
                    "Trinnet siger ikke, hvem der skal have opgaven. Nævn brugeren eller gruppen.",
                    "Steget säger inte vem som ska få uppgiften. Ange användaren eller gruppen.",
                    "The step does not say who is to get the task. Name the user or group.",
                );
                violations.push(Violation::of_element(element, "assignee_missing", text));
            }
        }
    }
    for user in find_many::<User>(tx, tx.account_id(), users.keys().map(|id| id.0)).await? {
        let elements = users.remove(&user.id).unwrap_or_default();
        if !user.active {
            let inactive = |element| Violation::of_element(element, "user_inactive", INACTIVE);
            violations.extend(elements.into_iter().map(inactive));
        }
    }
    for group in find_many::<Group>(tx, tx.account_id(), groups.keys().map(|id| id.0)).await? {
        groups.remove(&group.id);
    }
    violations.extend(users.into_values().chain(groups.into_values()).flatten().map(not_found));
    Ok(())
}

const INACTIVE: Text = Text::fixed(
    "Brugeren, som skal have trinnets opgave, er deaktiveret. Vælg en anden.",
    "Användaren som ska få stegets uppgift är inaktiverad. Välj en annan.",
    "The user who is to get the step's task has been deactivated. Choose another.",
);

/// Conditions read only fields of the forms on the way.
fn check_conditions(definition: &Definition, forms: &PublishedForms, violations: &mut Vec<Violation>) {
    for condition in definition.conditions() {
        let on_the_way: Vec<_> = condition.forms.iter().filter_map(|id| forms.get(id)).collect();
        for name in condition.variables {
            if on_the_way.iter().any(|(_, form)| form.has_variable(name)) {
                continue;
            }
            let text = text!(
                "Betingelsen læser »{name}«, som intet ukrypteret felt i formularerne på vejen hertil hedder. Ret navnet, eller udfyld formularen før.",
                "Villkoret läser ”{name}”, som inget okrypterat fält i formulären på vägen hit heter. Rätta namnet eller fyll i formuläret tidigare.",
                "The condition reads “{name}”, which no unencrypted field of the forms on the way here is called. Mend the name, or have the form filled in before."
            );
            violations.push(Violation::of_element(condition.flow, "unknown_field", text));
        }
    }
}
