//! Form templates and what is filled in.

mod openapi;
mod submission;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object, OpenApi};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use styr_domain::form::{Form, FormContent, FormDefinition, Mode};
use styr_domain::id::{FormId, OrganisationId};
use styr_persistence::form::FormUsage;

use super::Tag;
use super::answer::{Answer, Created, Done, Found, Thing};
use super::body::Body;
use super::page::{self, page};
use super::problem::ProblemError;
use super::version::{ChangesView, PublishInput, VersionPage, VersionView};
use crate::app::form::{self, FormInput, FormWithDefinition, MayCreate, MayDelete, MayEdit, MaySee};
use crate::app::{Ctx, IfMatch};
use submission::{SubmissionBody, SubmissionView};

pub(crate) use submission::SubmissionApi;

/// Values by field key, on the wire.
pub(crate) type Values = BTreeMap<String, Any<Value>>;

/// Values as the wire has them.
pub(crate) fn to_wire(values: Map<String, Value>) -> Values {
    values.into_iter().map(|(key, value)| (key, Any(value))).collect()
}

/// Values as the wire brought them.
pub(crate) fn from_wire(values: Values) -> Map<String, Value> {
    values.into_iter().map(|(key, Any(value))| (key, value)).collect()
}

/// A form template.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct FormView {
    /// Its id.
    id: FormId,
    /// The organisation it is local to; absent when every organisation may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation_id: Option<OrganisationId>,
    /// Its title.
    title: String,
    /// What it is for.
    description: String,
    /// What it asks for: in its newest version for those who work on it, in the published one for all others. Absent in
    /// lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<FormDefinition>,
    /// The number of its newest version.
    version: i32,
    /// The number of the version that is filled in, if one is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_version: Option<i32>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<Form> for FormView {
    fn from(form: Form) -> Self {
        let Form {
            id,
            account_id: _,
            organisation_id,
            title,
            description,
            version,
            published_version,
            revision: _,
            created_at,
            updated_at,
        } = form;
        Self {
            id,
            organisation_id,
            title,
            description,
            definition: None,
            version,
            published_version,
            created_at,
            updated_at,
        }
    }
}

impl From<FormWithDefinition> for Thing<FormView> {
    fn from(FormWithDefinition { form, definition }: FormWithDefinition) -> Self {
        let revision = form.revision;
        Self { view: FormView { definition: Some(definition), ..form.into() }, revision }
    }
}

page! {
    /// One page of forms.
    FormPage of FormView
}

/// What a form is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormBody {
    /// The organisation it is local to. Shared when absent, which takes a right of its own.
    organisation_id: Option<OrganisationId>,
    /// The title.
    #[oai(validator(min_length = 1, max_length = 500))]
    title: String,
    /// What it is for.
    #[oai(validator(max_length = 20_000))]
    description: Option<String>,
    /// What it asks for. When absent, a new form asks for nothing, and a replaced one for what it did.
    definition: Option<FormDefinition>,
}

impl From<FormBody> for FormInput {
    fn from(body: FormBody) -> Self {
        let FormBody { organisation_id, title, description, definition } = body;
        Self { organisation_id, title, description: description.unwrap_or_default(), definition }
    }
}

/// A version of a form with its content.
#[derive(Debug, Object, Serialize)]
pub(crate) struct FormVersionView {
    /// The version.
    version: VersionView,
    /// The title it had.
    title: String,
    /// The description it had.
    description: String,
    /// What it asked for.
    definition: FormDefinition,
}

/// How much depends on a form. A form that anything depends on cannot be deleted.
#[derive(Debug, Object, Serialize)]
pub(crate) struct FormUsageView {
    /// How many workflow templates ask for it: in their newest or published version, or in one that a case still runs.
    workflows: u64,
    /// How many tasks ask or asked for it.
    tasks: u64,
    /// How many submissions of it there are.
    submissions: u64,
}

impl From<FormUsage> for FormUsageView {
    fn from(FormUsage { workflows, tasks, submissions }: FormUsage) -> Self {
        Self { workflows, tasks, submissions }
    }
}

/// Values to be looked at.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormValidateBody {
    /// The values by field key.
    values: Values,
    /// Whether what is required may still be missing. False when absent.
    draft: Option<bool>,
}

/// What a submission would get.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct FormValidationView {
    /// Whether it would be accepted.
    valid: bool,
    /// The values in their normal form, as they would be stored; absent when they would be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Values>,
    /// Everything that is wrong.
    errors: Vec<ProblemError>,
}

/// A version of OpenAPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum OpenApiFormat {
    /// OpenAPI 3.0, which Power Platform and Salesforce External Services read.
    #[oai(rename = "3.0")]
    V30,
    /// OpenAPI 3.1.
    #[oai(rename = "3.1")]
    V31,
}

/// The operations on form templates.
pub(crate) struct FormApi;

#[OpenApi(tag = "Tag::Form")]
impl FormApi {
    /// List forms
    ///
    /// The forms that the caller may see, oldest first: published ones of their own organisation, those above it and
    /// shared ones, and in every state those that they may change.
    #[oai(path = "/forms", method = "get", operation_id = "form_list")]
    async fn list(
        &self,
        ctx: Ctx<MaySee>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<FormPage>> {
        let page = form::list(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?;
        Ok(Found(page.into()))
    }

    /// Create a form
    ///
    /// It can be filled in once it is published. Every fault in its definition is reported with its place.
    #[oai(path = "/forms", method = "post", operation_id = "form_create")]
    async fn create(&self, ctx: Ctx<MayCreate>, body: Body<FormBody>) -> Answer<Created<FormView>> {
        let made = form::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/forms/{}", made.form.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a form
    ///
    /// A form that the caller may see, with what it asks for.
    #[oai(path = "/forms/:id", method = "get", operation_id = "form_get")]
    async fn get(&self, ctx: Ctx<MaySee>, id: Path<FormId>) -> Answer<Thing<FormView>> {
        Ok(form::get_one(&ctx, id.0).await?.into())
    }

    /// Replace a form
    ///
    /// The change is a new version, and comes into force when it is published. What has been filled in, and the cases that
    /// run, keep the version they have.
    #[oai(path = "/forms/:id", method = "put", operation_id = "form_replace")]
    async fn replace(
        &self,
        ctx: Ctx<MayEdit>,
        if_match: IfMatch,
        id: Path<FormId>,
        body: Body<FormBody>,
    ) -> Answer<Thing<FormView>> {
        Ok(form::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a form
    ///
    /// The form and its versions are gone; the events about it stay. Refused while anything depends on it.
    #[oai(path = "/forms/:id", method = "delete", operation_id = "form_delete")]
    async fn delete(&self, ctx: Ctx<MayDelete>, if_match: IfMatch, id: Path<FormId>) -> Answer<Done> {
        form::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Publish a form
    ///
    /// Puts its newest version in force.
    #[oai(path = "/forms/:id/publish", method = "post", operation_id = "form_publish")]
    async fn publish(
        &self,
        ctx: Ctx<MayEdit>,
        id: Path<FormId>,
        body: Body<PublishInput>,
    ) -> Answer<Thing<FormView>> {
        Ok(form::publish(&ctx, id.0, body.0.note).await?.into())
    }

    /// List a form's versions
    ///
    /// Newest first.
    #[oai(path = "/forms/:id/versions", method = "get", operation_id = "form_version_list")]
    async fn versions(
        &self,
        ctx: Ctx<MaySee>,
        id: Path<FormId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<VersionPage>> {
        let (before, limit) = VersionPage::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(VersionPage::new(form::versions(&ctx, id.0, before, limit).await?)))
    }

    /// Get a version of a form
    ///
    /// The version with what the form was then. Versions that were never published are there for those who may change the
    /// form.
    #[oai(path = "/forms/:id/versions/:number", method = "get", operation_id = "form_version_get")]
    async fn version(
        &self,
        ctx: Ctx<MaySee>,
        id: Path<FormId>,
        number: Path<i32>,
    ) -> Answer<Found<FormVersionView>> {
        let (_, version, content) = form::version(&ctx, id.0, Some(number.0)).await?;
        let FormContent { title, description, definition } = content;
        Ok(Found(FormVersionView { version: version.into(), title, description, definition }))
    }

    /// Compare versions of a form
    ///
    /// What changed from the version `since`, or the one before, to this one.
    #[oai(
        path = "/forms/:id/versions/:number/changes",
        method = "get",
        operation_id = "form_version_compare"
    )]
    async fn compare(
        &self,
        ctx: Ctx<MaySee>,
        id: Path<FormId>,
        number: Path<i32>,
        /// The version to compare with. The one before when absent.
        since: Query<Option<i32>>,
    ) -> Answer<Found<ChangesView>> {
        let (_, _, after) = form::version(&ctx, id.0, Some(number.0)).await?;
        let before = match since.0.unwrap_or(number.0 - 1) {
            0 => FormContent::default(),
            since => form::version(&ctx, id.0, Some(since)).await?.2,
        };
        Ok(Found(ChangesView::between(&before, &after)))
    }

    /// Restore a version of a form
    ///
    /// Brings its content back as a new version.
    #[oai(
        path = "/forms/:id/versions/:number/restore",
        method = "post",
        operation_id = "form_version_restore"
    )]
    async fn restore(
        &self,
        ctx: Ctx<MayEdit>,
        id: Path<FormId>,
        number: Path<i32>,
    ) -> Answer<Thing<FormView>> {
        Ok(form::restore(&ctx, id.0, number.0).await?.into())
    }

    /// Get a form's usage
    ///
    /// How many workflows, tasks and submissions depend on it.
    #[oai(path = "/forms/:id/usage", method = "get", operation_id = "form_usage")]
    async fn usage(&self, ctx: Ctx<MaySee>, id: Path<FormId>) -> Answer<Found<FormUsageView>> {
        Ok(Found(form::usage(&ctx, id.0).await?.into()))
    }

    /// Get a form's JSON Schema
    ///
    /// The schema (2020-12) of a complete submission's values, titles in the language asked for: of the published version,
    /// or the newest for those who may change a form that none is published of.
    #[oai(path = "/forms/:id/schema.json", method = "get", operation_id = "form_schema")]
    async fn schema(
        &self,
        ctx: Ctx<MaySee>,
        id: Path<FormId>,
        /// The number of another version.
        version: Query<Option<i32>>,
    ) -> Answer<Found<Any<Value>>> {
        let (_, _, content) = form::version(&ctx, id.0, version.0).await?;
        let mut schema = content.definition.schema(ctx.language());
        schema["title"] = content.title.into();
        Ok(Found(Any(schema)))
    }

    /// Get a form's OpenAPI document
    ///
    /// A document of filling in this form, with its fields as typed properties, for code generators and low-code tools.
    #[oai(path = "/forms/:id/openapi.json", method = "get", operation_id = "form_openapi")]
    async fn openapi(
        &self,
        ctx: Ctx<MaySee>,
        id: Path<FormId>,
        /// The version of OpenAPI. 3.1 when absent.
        format: Query<Option<OpenApiFormat>>,
        /// The number of another version of the form.
        version: Query<Option<i32>>,
    ) -> Answer<Found<Any<Value>>> {
        let (form, version, content) = form::version(&ctx, id.0, version.0).await?;
        let mut document = openapi::document(form.id, version.number, &content, ctx.language());
        if format.0 == Some(OpenApiFormat::V30) {
            openapi::down_convert(&mut document);
        }
        Ok(Found(Any(document)))
    }

    /// Validate values
    ///
    /// Answers what a submission of these values would get: their normal form, or everything that is wrong. Nothing is
    /// stored.
    #[oai(path = "/forms/:id/validate", method = "post", operation_id = "form_validate")]
    async fn validate(
        &self,
        ctx: Ctx<MaySee>,
        id: Path<FormId>,
        body: Body<FormValidateBody>,
    ) -> Answer<Found<FormValidationView>> {
        let FormValidateBody { values, draft } = body.0;
        let mode = if draft == Some(true) { Mode::Draft } else { Mode::Complete };
        let view = match form::validate(&ctx, id.0, &from_wire(values), mode).await? {
            Ok(values) => {
                FormValidationView { valid: true, values: Some(to_wire(values)), errors: Vec::new() }
            }
            Err(violations) => {
                let language = ctx.language();
                let errors =
                    violations.iter().map(|violation| ProblemError::new(violation, language)).collect();
                FormValidationView { valid: false, values: None, errors }
            }
        };
        Ok(Found(view))
    }

    /// Submit a form
    ///
    /// Fills in the published version, outside a case. Every fault in the values is reported with its place.
    #[oai(path = "/forms/:id/submissions", method = "post", operation_id = "submission_create")]
    async fn submit(
        &self,
        ctx: Ctx<styr_domain::access::of::SubmissionCreate>,
        id: Path<FormId>,
        body: Body<SubmissionBody>,
    ) -> Answer<Created<SubmissionView>> {
        let made = form::create_submission(&ctx, id.0, from_wire(body.0.values)).await?;
        let location = format!("/v1/submissions/{}", made.submission.id);
        Ok(Thing::from(made).created(location))
    }
}
