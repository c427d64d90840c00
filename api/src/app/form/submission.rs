//! What is filled in: validated, sealed where the form says so, and shown to those who may see it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use styr_domain::access::{
    CaseFilter, Permit, Resource, Right, SubmissionFacts, change_submission, delete_submission, of,
    see_sensitive, see_submission,
};
use styr_domain::crypto::{self, FieldContext};
use styr_domain::event::EntityKind;
use styr_domain::form::{CompiledForm, Field, FormDefinition, Mode, Searchable, Submission, is_sealed};
use styr_domain::id::{AccountId, AccountKeyId, CaseId, FormId, OrganisationId, SubmissionId, UserId};
use styr_domain::privacy::DataClass;
use styr_domain::{Fault, Text, Violation};
use styr_persistence::form::SubmissionQuery;
use styr_persistence::privacy::Findable;
use styr_persistence::{AccountKeys, MaySave, Page, PageRequest, Source, Tx, case, form, get};
use uuid::Uuid;

use super::{compiled, visible};
use crate::app::context::{Ctx, IfMatch};
use crate::app::{App, Result};

/// The rights any of which lets one see submissions, as far as the rules on each go.
pub type MaySeeSubmissions = (of::SubmissionSee, of::SubmissionCreate, of::TaskWork, of::CaseSearchAll);

/// The most violations that one answer lists.
const MOST_VIOLATIONS: usize = 500;

/// A submission to be made.
#[derive(Debug, Clone)]
pub struct NewSubmission {
    /// The organisation it is filled in for.
    pub organisation_id: OrganisationId,
    /// The form.
    pub form_id: FormId,
    /// The form's version.
    pub form_version: i32,
    /// The case it is part of, if any.
    pub case_id: Option<CaseId>,
    /// Who fills it in.
    pub author_id: UserId,
    /// The values as they came.
    pub values: Map<String, Value>,
}

/// A submission as a caller may see it.
#[derive(Debug, Clone)]
pub struct ShownSubmission {
    /// The submission, its values those that are shown, opened.
    pub submission: Submission,
    /// The keys of the fields whose values are there but not shown.
    pub withheld: Vec<String>,
}

/// The normal form of the values, or what is wrong with them, with pointers from the body's root.
pub(crate) fn check(
    form: &CompiledForm,
    values: &Map<String, Value>,
    mode: Mode,
    now: DateTime<Utc>,
) -> Result<Map<String, Value>, Vec<Violation>> {
    form.validate(values, mode, now.date_naive()).map_err(|violations| {
        violations.into_iter().take(MOST_VIOLATIONS).map(|violation| violation.under("/values")).collect()
    })
}

/// Validates and stores a submission: encrypted fields sealed, found by its personal values. Whether the caller may is
/// decided by whoever gives the permit.
///
/// # Errors
/// `invalid` with pointers under `/values`; `not_found` or `form_outdated` of the form; or the database fails.
pub async fn store_submission<R: MaySave<Submission>>(
    app: &App,
    tx: &Tx,
    permit: &Permit<R>,
    new: NewSubmission,
) -> Result<Submission> {
    let NewSubmission { organisation_id, form_id, form_version, case_id, author_id, values } = new;
    let form = compiled(app, tx, tx.account_id(), form_id, form_version).await?;
    let plain = check(&form, &values, Mode::Complete, tx.now()).map_err(Fault::invalid)?;
    let id = SubmissionId(tx.id());
    let submission = Submission {
        id,
        account_id: tx.account_id(),
        organisation_id,
        form_id,
        form_version,
        case_id,
        author_id,
        values: seal(tx, form.definition(), form_id, id.0, &plain).await?,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        anonymized_at: None,
    };
    tx.insert(permit, &submission, "submission.created").await?;
    make_findable(tx, form.definition(), id, &plain);
    Ok(submission)
}

/// The values with those of encrypted fields sealed, which the caller did not seal themself. What is sealed is the
/// value's JSON text.
pub(crate) async fn seal(
    tx: &Tx,
    form: &FormDefinition,
    form_id: FormId,
    record: Uuid,
    plain: &Map<String, Value>,
) -> Result<Map<String, Value>> {
    let mut values = plain.clone();
    if !form.fields.iter().any(|field| field.encrypted && plain.contains_key(&field.key)) {
        return Ok(values);
    }
    let keys = tx.keys().await?;
    for field in form.fields.iter().filter(|field| field.encrypted) {
        if let Some(value) = values.get_mut(&field.key)
            && !value.as_str().is_some_and(is_sealed)
        {
            let context = context(tx.account_id(), form_id, field, record);
            *value = crypto::seal(keys.newest(), &context, value.to_string().as_bytes(), &tx.random()).into();
        }
    }
    Ok(values)
}

/// The value of an encrypted field; as it is stored where it was sealed with a key that Styr does not have, or for
/// another place.
fn open(keys: &AccountKeys, context: &FieldContext, stored: &Value) -> Value {
    let opened = stored.as_str().and_then(|sealed| {
        let opened = crypto::open(keys.by_id(sealed_by(stored)?)?, context, sealed).ok()?;
        serde_json::from_slice(&opened).ok()
    });
    opened.unwrap_or_else(|| stored.clone())
}

/// The id of the key that a stored value is sealed with.
fn sealed_by(stored: &Value) -> Option<AccountKeyId> {
    Uuid::parse_str(&crypto::key_id(stored.as_str()?)?).ok().map(AccountKeyId)
}

/// The keys that the encrypted fields of these values are sealed with.
fn keys_of(form: &FormDefinition, values: &Map<String, Value>) -> Vec<AccountKeyId> {
    let encrypted = form.fields.iter().filter(|field| field.encrypted);
    encrypted.filter_map(|field| sealed_by(values.get(&field.key)?)).collect()
}

/// The values with those of encrypted fields opened that Styr sealed for this submission or draft.
pub(crate) async fn open_all(
    tx: &Tx,
    form: &FormDefinition,
    form_id: FormId,
    record: Uuid,
    mut values: Map<String, Value>,
) -> Result<Map<String, Value>> {
    let keys = tx.keys_with(&keys_of(form, &values)).await?;
    for field in form.fields.iter().filter(|field| field.encrypted) {
        if let Some(value) = values.get_mut(&field.key) {
            *value = open(&keys, &context(tx.account_id(), form_id, field, record), value);
        }
    }
    Ok(values)
}

fn context(account: AccountId, form: FormId, field: &Field, record: Uuid) -> FieldContext {
    FieldContext { account, form, field: field.key.clone(), record }
}

/// Lets person search find a submission by its values before they were sealed.
fn make_findable(tx: &Tx, form: &FormDefinition, id: SubmissionId, plain: &Map<String, Value>) {
    let mut findable = Findable::default();
    for Searchable { key, class, kind, encrypted, text } in form.searchable(plain) {
        findable.add(key, class, kind, encrypted, text);
    }
    tx.find(EntityKind::Submission, id.0, findable);
}

/// A submission with its values opened; without keys, with those withheld that are encrypted, sensitive or person
/// numbers.
#[must_use]
pub fn reveal(
    form: &CompiledForm,
    keys: Option<&AccountKeys>,
    mut submission: Submission,
) -> ShownSubmission {
    let stored = std::mem::take(&mut submission.values);
    let mut withheld = Vec::new();
    for field in &form.definition().fields {
        let Some(value) = stored.get(&field.key) else { continue };
        let guarded =
            field.encrypted || matches!(field.class, DataClass::Sensitive | DataClass::PersonNumber);
        let shown = match keys {
            Some(keys) if field.encrypted => {
                let context = context(submission.account_id, submission.form_id, field, submission.id.0);
                open(keys, &context, value)
            }
            None if guarded => {
                withheld.push(field.key.clone());
                continue;
            }
            _ => value.clone(),
        };
        submission.values.insert(field.key.clone(), shown);
    }
    ShownSubmission { submission, withheld }
}

/// A submission that the caller sees, its encrypted and sensitive values too if they may see those.
///
/// # Errors
/// `form_outdated`, or the database fails.
pub async fn show<R>(ctx: &Ctx<R>, submission: Submission) -> Result<ShownSubmission> {
    let form =
        compiled(ctx.app(), &ctx.read(), ctx.account_id(), submission.form_id, submission.form_version)
            .await?;
    let keys = if see_sensitive(ctx.actor(), &facts(&submission, None)) {
        let wanted = keys_of(form.definition(), &submission.values);
        Some(ctx.app().store().account_keys_with(ctx.account_id(), &wanted).await?)
    } else {
        None
    };
    Ok(reveal(&form, keys.as_ref(), submission))
}

pub(crate) const fn facts(submission: &Submission, case_seen: Option<bool>) -> SubmissionFacts {
    SubmissionFacts {
        account_id: submission.account_id,
        organisation_id: submission.organisation_id,
        author_id: submission.author_id,
        case_seen,
    }
}

/// Loads a submission with what the rules need to know of it.
pub(crate) async fn load<R>(
    ctx: &Ctx<R>,
    source: &impl Source,
    id: SubmissionId,
) -> Result<(Submission, SubmissionFacts)> {
    let submission: Submission = get(source, ctx.account_id(), id).await?;
    let case_seen = match submission.case_id {
        Some(id) => Some(case::is_admitted(source, &CaseFilter::of(ctx.actor()), id).await?),
        None => None,
    };
    let facts = facts(&submission, case_seen);
    Ok((submission, facts))
}

/// One page of the submissions that the caller may see, newest first. What is encrypted or sensitive is withheld from
/// everybody.
///
/// # Errors
/// `form_outdated`, or the database fails.
pub async fn list(
    ctx: &Ctx<MaySeeSubmissions>,
    query: &SubmissionQuery,
    page: PageRequest,
) -> Result<Page<ShownSubmission>> {
    let read = ctx.read();
    let covered = ctx.actor().reach(Right::SubmissionSee).unwrap_or_default();
    let Page { items, next } =
        form::submissions(&read, &CaseFilter::of(ctx.actor()), &covered, query, page).await?;
    let mut shown = Vec::with_capacity(items.len());
    for submission in items {
        // Remembered from the first submission of the version on.
        let form =
            compiled(ctx.app(), &read, ctx.account_id(), submission.form_id, submission.form_version).await?;
        shown.push(reveal(&form, None, submission));
    }
    Ok(Page { items: shown, next })
}

/// A submission as the caller may see it.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<MaySeeSubmissions>, id: SubmissionId) -> Result<ShownSubmission> {
    let (submission, facts) = load(ctx, &ctx.read(), id).await?;
    see_submission(ctx.actor(), &facts)?;
    show(ctx, submission).await
}

/// Fills in the published version of a form, outside a case.
///
/// # Errors
/// `not_found`, `forbidden`, `form_not_published`, `invalid`.
pub async fn create(
    ctx: &Ctx<of::SubmissionCreate>,
    form_id: FormId,
    values: Map<String, Value>,
) -> Result<ShownSubmission> {
    let submission = ctx
        .write(|tx| async move {
            let form = visible(ctx, &*tx, form_id).await?;
            let organisation_id = ctx.actor().organisation_id;
            let permit = ctx.permit(&Resource::local(ctx.account_id(), organisation_id))?;
            let new = NewSubmission {
                organisation_id,
                form_id,
                form_version: form.published_version.ok_or_else(not_published)?,
                case_id: None,
                author_id: ctx.actor().user_id,
                values,
            };
            store_submission(ctx.app(), &tx, &permit, new).await
        })
        .await?;
    show(ctx, submission).await
}

const fn not_published() -> Fault {
    Fault::conflict(
        "form_not_published",
        Text::fixed(
            "Blanketten er ikke offentliggjort. Offentliggør den, før den udfyldes.",
            "Blanketten är inte publicerad. Publicera den innan den fylls i.",
            "The form is not published. Publish it before filling it in.",
        ),
    )
}

/// Replaces a submission's values. Those that the caller cannot see stay unless they are named. The version of the form
/// that was filled in stays.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `submission_anonymized`, `invalid`.
pub async fn replace(
    ctx: &Ctx<(of::SubmissionCreate, of::SubmissionChange)>,
    id: SubmissionId,
    if_match: &IfMatch,
    mut values: Map<String, Value>,
) -> Result<ShownSubmission> {
    let submission = ctx
        .write(|tx| async move {
            let (before, facts) = load(ctx, &*tx, id).await?;
            let permit = change_submission(ctx.actor(), &facts)?;
            if_match.check(before.revision)?;
            if before.anonymized_at.is_some() {
                return Err(anonymized().into());
            }
            let form =
                compiled(ctx.app(), &*tx, ctx.account_id(), before.form_id, before.form_version).await?;
            if !see_sensitive(ctx.actor(), &facts) {
                let withheld: BTreeSet<String> =
                    reveal(&form, None, before.clone()).withheld.into_iter().collect();
                let keys = tx.keys_with(&keys_of(form.definition(), &before.values)).await?;
                let opened = reveal(&form, Some(&keys), before.clone()).submission.values;
                let kept = opened.into_iter().filter(|(key, _)| withheld.contains(key));
                for (key, value) in kept {
                    values.entry(key).or_insert(value);
                }
            }
            let plain = check(&form, &values, Mode::Complete, tx.now()).map_err(Fault::invalid)?;
            let values = seal(&tx, form.definition(), before.form_id, id.0, &plain).await?;
            let after = Submission { values, ..before.clone() };
            let submission = tx.update(&permit, &before, after, "submission.changed").await?;
            make_findable(&tx, form.definition(), id, &plain);
            Ok(submission)
        })
        .await?;
    show(ctx, submission).await
}

const fn anonymized() -> Fault {
    Fault::conflict(
        "submission_anonymized",
        Text::fixed(
            "Blanketten er anonymiseret og kan ikke ændres.",
            "Blanketten är anonymiserad och kan inte ändras.",
            "The submission has been anonymized and cannot be changed.",
        ),
    )
}

/// Deletes a submission. The events about it stay.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`.
pub async fn delete(
    ctx: &Ctx<(of::SubmissionCreate, of::SubmissionDelete)>,
    id: SubmissionId,
    if_match: &IfMatch,
) -> Result<()> {
    ctx.write(|tx| async move {
        let (submission, facts) = load(ctx, &*tx, id).await?;
        let permit = delete_submission(ctx.actor(), &facts)?;
        if_match.check(submission.revision)?;
        tx.delete(&permit, &submission, "submission.deleted").await
    })
    .await
}
