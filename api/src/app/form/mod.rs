//! Form templates, and what is filled in.

mod submission;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use styr_domain::access::{
    Permit, Requirement, Resource, TemplateFacts, TemplateFilter, TemplateKind, authorize, of, see_template,
};
use styr_domain::account::Organisation;
use styr_domain::form::{CompiledForm, Form, FormContent, FormDefinition, Mode};
use styr_domain::id::{AccountId, FormId, OrganisationId};
use styr_domain::{Fault, Text, Violation};
use styr_persistence::form::FormUsage;
use styr_persistence::version::{NewVersion, Publication, Version};
use styr_persistence::{MaySave, Page, PageRequest, Source, Tx, find, form, get, version};

use super::context::{Ctx, IfMatch};
use super::process::missing;
use super::{App, Result};

pub use submission::{
    MaySeeSubmissions, NewSubmission, ShownSubmission, create as create_submission,
    delete as delete_submission, get_one as get_submission, list as list_submissions,
    replace as replace_submission, reveal, show, store_submission,
};
pub(crate) use submission::{check, facts as submission_facts, load as load_submission, open_all, seal};

/// The rights any of which lets one see forms.
pub type MaySee =
    (of::FormSee, of::FormEdit, of::FormDelete, of::FormCreateShared, of::FormEditShared, of::FormManage);
/// The rights any of which lets one make forms: local ones, or shared ones.
pub type MayCreate = (of::FormEdit, of::FormCreateShared, of::FormManage);
/// The rights any of which lets one change forms: local ones, or shared ones.
pub type MayEdit = (of::FormEdit, of::FormEditShared, of::FormManage);
/// The rights any of which lets one delete forms: local ones, or shared ones.
pub type MayDelete = (of::FormDelete, of::FormEditShared, of::FormManage);

/// How many compiled forms are remembered; a replica that uses more than this starts over.
const MOST_FORMS: usize = 256;

/// Forms that were used lately, compiled. A version never changes, so what is remembered stays true on every replica.
#[derive(Default)]
pub(crate) struct FormCache {
    compiled: RwLock<HashMap<(AccountId, FormId, i32), Arc<CompiledForm>>>,
}

/// A version of a form, ready for use.
///
/// # Errors
/// `not_found`; `form_outdated` when it does not follow the rules of this Styr; or the database fails.
pub async fn compiled(
    app: &App,
    source: &impl Source,
    account_id: AccountId,
    form_id: FormId,
    number: i32,
) -> Result<Arc<CompiledForm>> {
    let key = (account_id, form_id, number);
    let known = app.forms().compiled.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let form: Form = get(source, account_id, form_id).await?;
    let (_, content): (_, FormContent) = version::get(source, account_id, &form, number).await?;
    let compiled = Arc::new(CompiledForm::new(&content.definition).map_err(|_| outdated())?);
    let (app, remembered) = (app.clone(), Arc::clone(&compiled));
    source.once_committed(move || {
        let mut forms = app.forms().compiled.write().unwrap_or_else(PoisonError::into_inner);
        if forms.len() >= MOST_FORMS {
            forms.clear();
        }
        forms.insert(key, remembered);
    });
    Ok(compiled)
}

const fn outdated() -> Fault {
    Fault::conflict(
        "form_outdated",
        Text::fixed(
            "Denne version af blanketten følger ikke reglerne. Gem og offentliggør den igen.",
            "Den här versionen av blanketten följer inte reglerna. Spara och publicera den igen.",
            "This version of the form does not follow the rules. Save and publish it again.",
        ),
    )
}

/// What a form is made or replaced with.
#[derive(Debug, Clone)]
pub struct FormInput {
    /// The organisation it is local to; none for a shared one.
    pub organisation_id: Option<OrganisationId>,
    /// The title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// What it asks for; none for what it asks for now, of a new form nothing.
    pub definition: Option<FormDefinition>,
}

/// A form with what it asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FormWithDefinition {
    /// The form.
    pub form: Form,
    /// What it asks for.
    pub definition: FormDefinition,
}

pub(crate) fn facts(form: &Form) -> TemplateFacts {
    TemplateFacts {
        account_id: form.account_id,
        organisation_id: form.organisation_id,
        active: form.published_version.is_some(),
        open_to_external: false,
    }
}

/// Loads a form that the caller may see.
pub(super) async fn visible<R>(ctx: &Ctx<R>, source: &impl Source, id: FormId) -> Result<Form> {
    let form: Form = get(source, ctx.account_id(), id).await?;
    see_template(ctx.actor(), TemplateKind::Form, &facts(&form))?;
    Ok(form)
}

/// Loads a form to which the caller may do what `R` says, in the revision they know.
async fn permitted<R: Requirement>(
    ctx: &Ctx<R>,
    tx: &Tx,
    id: FormId,
    if_match: Option<&IfMatch>,
) -> Result<(Form, Permit<R>)> {
    let form = visible(ctx, tx, id).await?;
    let permit = ctx.permit(&place(form.account_id, form.organisation_id))?;
    if let Some(if_match) = if_match {
        if_match.check(form.revision)?;
    }
    Ok((form, permit))
}

const fn place(account_id: AccountId, organisation_id: Option<OrganisationId>) -> Resource {
    match organisation_id {
        Some(id) => Resource::local(account_id, id),
        None => Resource::shared(account_id),
    }
}

/// Whether the caller works on the form, and so sees it in every state.
fn designs<R>(ctx: &Ctx<R>, form: &Form) -> bool {
    TemplateFilter::of(ctx.actor(), TemplateKind::Form).designed.covers(form.organisation_id)
}

/// The number of the version that the caller sees unless they ask for another: the newest for those who work on the
/// form, the published one for all others.
fn current<R>(ctx: &Ctx<R>, form: &Form) -> i32 {
    if designs(ctx, form) { form.version } else { form.published_version.unwrap_or(form.version) }
}

/// Refuses a definition that cannot be used.
fn refuse_unfit(definition: &FormDefinition) -> Result<(), Fault> {
    let violations = definition.check();
    if violations.is_empty() {
        return Ok(());
    }
    Err(Fault::invalid(violations.into_iter().map(|violation| violation.under("/definition")).collect()))
}

/// Refuses an organisation that is not there.
async fn check_organisation(tx: &Tx, id: Option<OrganisationId>) -> Result<()> {
    if let Some(id) = id
        && find::<Organisation>(tx, tx.account_id(), id).await?.is_none()
    {
        return Err(Fault::invalid(vec![missing("/organisation_id")]).into());
    }
    Ok(())
}

/// One page of the forms that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<MaySee>, page: PageRequest) -> Result<Page<Form>> {
    form::forms(&ctx.read(), &TemplateFilter::of(ctx.actor(), TemplateKind::Form), page).await
}

/// A form as the caller sees it: with its newest definition if they work on it, with the published one if not.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<MaySee>, id: FormId) -> Result<FormWithDefinition> {
    let read = ctx.read();
    let form = visible(ctx, &read, id).await?;
    let (_, content): (_, FormContent) =
        version::get(&read, ctx.account_id(), &form, current(ctx, &form)).await?;
    let FormContent { title, description, definition } = content;
    Ok(FormWithDefinition { form: Form { title, description, ..form }, definition })
}

/// Makes a form. It can be filled in once it is published.
///
/// # Errors
/// `forbidden`; `invalid` when the organisation is not there or the definition cannot be used.
pub async fn create(ctx: &Ctx<MayCreate>, input: FormInput) -> Result<FormWithDefinition> {
    let FormInput { organisation_id, title, description, definition } = input;
    let definition = definition.unwrap_or_default();
    refuse_unfit(&definition)?;
    ctx.write(|tx| async move {
        let permit = ctx.permit(&place(ctx.account_id(), organisation_id))?;
        check_organisation(&tx, organisation_id).await?;
        let form = Form {
            id: FormId(tx.id()),
            account_id: ctx.account_id(),
            organisation_id,
            title,
            description,
            version: 1,
            published_version: None,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        tx.insert(&permit, &form, "form.created").await?;
        save_version(ctx, &tx, &permit, &form, &definition, None).await?;
        Ok(FormWithDefinition { form, definition })
    })
    .await
}

/// Makes a copy of another account's form, local to the user's organisation, if they may; answers its id.
pub(super) async fn copy_to<R>(
    ctx: &Ctx<R>,
    tx: &Tx,
    form: Form,
    definition: FormDefinition,
) -> Result<Option<FormId>> {
    let organisation_id = Some(ctx.actor().organisation_id);
    let Ok(permit) = authorize::<MayCreate>(ctx.actor(), &place(ctx.account_id(), organisation_id)) else {
        return Ok(None);
    };
    let form = Form {
        id: FormId(tx.id()),
        account_id: ctx.account_id(),
        organisation_id,
        version: 1,
        published_version: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        ..form
    };
    tx.insert(&permit, &form, "form.created").await?;
    save_version(ctx, tx, &permit, &form, &definition, None).await?;
    Ok(Some(form.id))
}

async fn save_version<R, M: MaySave<Form>>(
    ctx: &Ctx<R>,
    tx: &Tx,
    permit: &Permit<M>,
    form: &Form,
    definition: &FormDefinition,
    restored_from: Option<i32>,
) -> Result<()> {
    let content = FormContent {
        title: form.title.clone(),
        description: form.description.clone(),
        definition: definition.clone(),
    };
    let author_id = ctx.actor().user_id;
    let new = NewVersion { number: form.version, note: "", author_id, restored_from, content: &content };
    version::insert(tx, permit, form, new).await
}

/// Replaces a form, as a new version. What is filled in and the cases that run keep theirs.
///
/// # Errors
/// `not_found`, `forbidden` here or where it is moved to, `revision_changed`, `invalid`.
pub async fn replace(
    ctx: &Ctx<MayEdit>,
    id: FormId,
    if_match: &IfMatch,
    input: FormInput,
) -> Result<FormWithDefinition> {
    let FormInput { organisation_id, title, description, definition } = input;
    if let Some(definition) = &definition {
        refuse_unfit(definition)?;
    }
    ctx.write(|tx| async move {
        let (before, permit) = permitted(ctx, &tx, id, Some(if_match)).await?;
        if organisation_id != before.organisation_id {
            authorize::<MayCreate>(ctx.actor(), &place(before.account_id, organisation_id))?;
            check_organisation(&tx, organisation_id).await?;
        }
        let definition = match definition {
            Some(definition) => definition,
            None => newest(&*tx, &before).await?.definition,
        };
        let after =
            Form { organisation_id, title, description, version: before.version + 1, ..before.clone() };
        let form = tx.update(&permit, &before, after, "form.changed").await?;
        save_version(ctx, &tx, &permit, &form, &definition, None).await?;
        Ok(FormWithDefinition { form, definition })
    })
    .await
}

async fn newest(source: &impl Source, form: &Form) -> Result<FormContent> {
    Ok(version::get(source, form.account_id, form, form.version).await?.1)
}

/// Deletes a form with its versions. Its events stay.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`; `form_in_use` while workflows, tasks or submissions refer to it.
pub async fn delete(ctx: &Ctx<MayDelete>, id: FormId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let (form, permit) = permitted(ctx, &tx, id, Some(if_match)).await?;
        if form::usage(&*tx, ctx.account_id(), id).await?.any() {
            return Err(in_use().into());
        }
        version::delete_all(&tx, &permit, &form).await?;
        tx.delete(&permit, &form, "form.deleted").await
    })
    .await
}

const fn in_use() -> Fault {
    Fault::conflict(
        "form_in_use",
        Text::fixed(
            "Blanketten er i brug. Fjern den fra arbejdsgangene, og slet det, der er udfyldt, før den slettes.",
            "Blanketten används. Ta bort den från arbetsflödena och radera det som är ifyllt innan den tas bort.",
            "The form is in use. Take it out of the workflows and delete what was filled in before deleting it.",
        ),
    )
}

/// How much depends on a form.
///
/// # Errors
/// `not_found`.
pub async fn usage(ctx: &Ctx<MaySee>, id: FormId) -> Result<FormUsage> {
    let read = ctx.read();
    visible(ctx, &read, id).await?;
    form::usage(&read, ctx.account_id(), id).await
}

/// Puts the newest version in force.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn publish(ctx: &Ctx<MayEdit>, id: FormId, note: Option<String>) -> Result<FormWithDefinition> {
    ctx.write(|tx| async move {
        let (before, permit) = permitted(ctx, &tx, id, None).await?;
        let FormContent { definition, .. } = newest(&*tx, &before).await?;
        refuse_unfit(&definition)?;
        let after = Form { published_version: Some(before.version), ..before.clone() };
        let form = tx.update(&permit, &before, after, "form.changed").await?;
        version::publish(
            &tx,
            &permit,
            &form,
            form.version,
            Publication { note: note.as_deref(), new_edition: true },
            "form.published",
        )
        .await?;
        Ok(FormWithDefinition { form, definition })
    })
    .await
}

/// One page of a form's versions, newest first.
///
/// # Errors
/// `not_found`.
pub async fn versions(
    ctx: &Ctx<MaySee>,
    id: FormId,
    before: Option<i32>,
    limit: u64,
) -> Result<(Vec<Version>, Option<i32>)> {
    let read = ctx.read();
    let form = visible(ctx, &read, id).await?;
    version::list(&read, ctx.account_id(), &form, version::Shown::All, before, limit).await
}

/// A version with its content; with no number, the one in force, or the newest for those who work on a form that none is
/// of yet. Versions that were never published are there for those who work on the form.
///
/// # Errors
/// `not_found`.
pub async fn version(
    ctx: &Ctx<MaySee>,
    id: FormId,
    number: Option<i32>,
) -> Result<(Form, Version, FormContent)> {
    let read = ctx.read();
    let form = visible(ctx, &read, id).await?;
    let number = number.or(form.published_version).unwrap_or(form.version);
    let (version, content): (Version, FormContent) =
        version::get(&read, ctx.account_id(), &form, number).await?;
    if version.published_at.is_none() && !designs(ctx, &form) {
        return Err(Fault::not_found().into());
    }
    Ok((form, version, content))
}

/// Brings a version's content back, as a new version.
///
/// # Errors
/// `not_found`, `forbidden`; `invalid` when its definition follows the rules no longer.
pub async fn restore(ctx: &Ctx<MayEdit>, id: FormId, number: i32) -> Result<FormWithDefinition> {
    ctx.write(|tx| async move {
        let (before, permit) = permitted(ctx, &tx, id, None).await?;
        let (_, content): (_, FormContent) = version::get(&*tx, ctx.account_id(), &before, number).await?;
        let FormContent { title, description, definition } = content;
        refuse_unfit(&definition)?;
        let after = Form { title, description, version: before.version + 1, ..before.clone() };
        let form = tx.update(&permit, &before, after, "form.restored").await?;
        save_version(ctx, &tx, &permit, &form, &definition, Some(number)).await?;
        Ok(FormWithDefinition { form, definition })
    })
    .await
}

/// What a submission of these values would get. Nothing is stored.
///
/// # Errors
/// `not_found`, `form_outdated`.
pub async fn validate(
    ctx: &Ctx<MaySee>,
    id: FormId,
    values: &Map<String, Value>,
    mode: Mode,
) -> Result<Result<Map<String, Value>, Vec<Violation>>> {
    let read = ctx.read();
    let form = visible(ctx, &read, id).await?;
    let number = form.published_version.unwrap_or(form.version);
    let compiled = compiled(ctx.app(), &read, ctx.account_id(), id, number).await?;
    Ok(submission::check(&compiled, values, mode, ctx.app().store().ambient().now()))
}
