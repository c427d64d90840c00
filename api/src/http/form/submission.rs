//! What is filled in, on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::form::Submission;
use styr_domain::id::{CaseId, FormId, OrganisationId, SubmissionId, UserId};
use styr_persistence::form::SubmissionQuery;

use super::{Values, from_wire, to_wire};
use crate::app::form::{self, MaySeeSubmissions, ShownSubmission};
use crate::app::{Ctx, IfMatch};
use crate::http::Tag;
use crate::http::answer::{Answer, Done, Found, Thing};
use crate::http::body::Body;
use crate::http::page::{self, page};

/// One filled-in form.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct SubmissionView {
    /// Its id.
    id: SubmissionId,
    /// The organisation it was filled in for.
    organisation_id: OrganisationId,
    /// The form that was filled in.
    form_id: FormId,
    /// The version of the form that was filled in.
    form_version: i32,
    /// The case it is part of; absent when it is part of none.
    #[serde(skip_serializing_if = "Option::is_none")]
    case_id: Option<CaseId>,
    /// Who filled it in.
    author_id: UserId,
    /// The values by field key, but for those that are withheld. One that was sent sealed stays sealed.
    values: Values,
    /// The keys of the fields whose values are not shown: encrypted ones, sensitive ones and person numbers. They are shown
    /// to the author and to those with the right `personal_data.see_sensitive`, and never in lists.
    withheld: Vec<String>,
    /// When it was filled in.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// When its personal data were anonymized; absent while they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymized_at: Option<DateTime<Utc>>,
}

impl From<ShownSubmission> for SubmissionView {
    fn from(ShownSubmission { submission, withheld }: ShownSubmission) -> Self {
        let Submission {
            id,
            account_id: _,
            organisation_id,
            form_id,
            form_version,
            case_id,
            author_id,
            values,
            revision: _,
            created_at,
            updated_at,
            anonymized_at,
        } = submission;
        Self {
            id,
            organisation_id,
            form_id,
            form_version,
            case_id,
            author_id,
            values: to_wire(values),
            withheld,
            created_at,
            updated_at,
            anonymized_at,
        }
    }
}

impl From<ShownSubmission> for Thing<SubmissionView> {
    fn from(shown: ShownSubmission) -> Self {
        let revision = shown.submission.revision;
        Self { view: shown.into(), revision }
    }
}

page! {
    /// One page of submissions.
    SubmissionPage of SubmissionView
}

/// What a form is filled in with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmissionBody {
    /// The values by field key, as the form's schema has them.
    pub(crate) values: Values,
}

/// The operations on what is filled in.
pub(crate) struct SubmissionApi;

#[OpenApi(tag = "Tag::Form")]
impl SubmissionApi {
    /// List submissions
    ///
    /// The submissions that the caller may see, newest first: their own, those of cases that they see, and those in the
    /// organisations where they may see the submissions of others. What is encrypted or sensitive is withheld; get a
    /// submission to see it.
    #[oai(path = "/submissions", method = "get", operation_id = "submission_list")]
    async fn list(
        &self,
        ctx: Ctx<MaySeeSubmissions>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those of this form.
        form_id: Query<Option<FormId>>,
        /// Only those of this case.
        case_id: Query<Option<CaseId>>,
    ) -> Answer<Found<SubmissionPage>> {
        let query = SubmissionQuery { form_id: form_id.0, case_id: case_id.0 };
        let page = form::list_submissions(&ctx, &query, page::request(limit.0, cursor.0.as_deref())?).await?;
        Ok(Found(page.into()))
    }

    /// Get a submission
    ///
    /// A submission that the caller may see. Encrypted values are opened for those who may see them.
    #[oai(path = "/submissions/:id", method = "get", operation_id = "submission_get")]
    async fn get(
        &self,
        ctx: Ctx<MaySeeSubmissions>,
        id: Path<SubmissionId>,
    ) -> Answer<Thing<SubmissionView>> {
        Ok(form::get_submission(&ctx, id.0).await?.into())
    }

    /// Replace a submission
    ///
    /// Its values are replaced, by the rules of the version that was filled in. Values that are withheld from the caller stay
    /// unless the body names them.
    #[oai(path = "/submissions/:id", method = "put", operation_id = "submission_replace")]
    async fn replace(
        &self,
        ctx: Ctx<(of::SubmissionCreate, of::SubmissionChange)>,
        if_match: IfMatch,
        id: Path<SubmissionId>,
        body: Body<SubmissionBody>,
    ) -> Answer<Thing<SubmissionView>> {
        let values = from_wire(body.0.values);
        Ok(form::replace_submission(&ctx, id.0, &if_match, values).await?.into())
    }

    /// Delete a submission
    ///
    /// The submission is gone; the events about it stay.
    #[oai(path = "/submissions/:id", method = "delete", operation_id = "submission_delete")]
    async fn delete(
        &self,
        ctx: Ctx<(of::SubmissionCreate, of::SubmissionDelete)>,
        if_match: IfMatch,
        id: Path<SubmissionId>,
    ) -> Answer<Done> {
        form::delete_submission(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }
}
