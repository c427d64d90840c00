//! Files and links on processes and activities, on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::id::{ActivityId, AttachmentId, FileId, ProcessId, UserId};
use styr_domain::process::Attachment;
use styr_persistence::attachment::On;

use super::super::Tag;
use super::super::answer::{Answer, Created, Done, Found, Thing};
use super::super::body::Body;
use super::super::page::{self, page};
use crate::app::Ctx;
use crate::app::process::attachment::{self, AttachmentInput};

/// A file or a link on a process or an activity.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct AttachmentView {
    /// Its id.
    id: AttachmentId,
    /// The process it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    process_id: Option<ProcessId>,
    /// The activity it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    activity_id: Option<ActivityId>,
    /// What it is called.
    title: String,
    /// Where a link leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_id: Option<FileId>,
    /// Who attached it.
    created_by: UserId,
    /// When it was attached.
    created_at: DateTime<Utc>,
}

impl From<Attachment> for AttachmentView {
    fn from(attachment: Attachment) -> Self {
        let Attachment {
            id,
            account_id: _,
            process_id,
            activity_id,
            title,
            url,
            file_id,
            created_by,
            created_at,
        } = attachment;
        Self { id, process_id, activity_id, title, url, file_id, created_by, created_at }
    }
}

page! {
    /// One page of attachments.
    AttachmentPage of AttachmentView
}

/// What is to be attached: a link or a file.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttachmentBody {
    /// What it is called.
    #[oai(validator(min_length = 1, max_length = 500))]
    title: String,
    /// Where a link leads, such as to SharePoint, OneDrive or Google Drive: `https://` and no other.
    #[oai(validator(min_length = 1, max_length = 2000))]
    url: Option<String>,
    /// A file that the caller may see.
    file_id: Option<FileId>,
}

impl From<AttachmentBody> for AttachmentInput {
    fn from(AttachmentBody { title, url, file_id }: AttachmentBody) -> Self {
        Self { title, url, file_id }
    }
}

/// An attachment never changes.
fn created(made: Attachment, on: &str) -> Created<AttachmentView> {
    let location = format!("{on}/attachments/{}", made.id);
    Thing { view: made.into(), revision: 1 }.created(location)
}

/// The operations on attachments.
pub(crate) struct AttachmentApi;

#[OpenApi(tag = "Tag::Process")]
impl AttachmentApi {
    /// List a process's attachments
    ///
    /// Oldest first.
    #[oai(path = "/processes/:id/attachments", method = "get", operation_id = "process_attachment_list")]
    async fn of_process(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ProcessId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<AttachmentPage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(attachment::list(&ctx, On::Process(id.0), page).await?.into()))
    }

    /// Attach to a process
    ///
    /// A link, or a file that was brought before. Whoever sees the process sees the file from then on.
    #[oai(path = "/processes/:id/attachments", method = "post", operation_id = "process_attachment_create")]
    async fn attach_to_process(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ProcessId>,
        body: Body<AttachmentBody>,
    ) -> Answer<Created<AttachmentView>> {
        let made = attachment::create(&ctx, On::Process(id.0), body.0.into()).await?;
        Ok(created(made, &format!("/v1/processes/{}", id.0)))
    }

    /// Take an attachment off a process
    ///
    /// A file that was attached to nothing else is deleted.
    #[oai(
        path = "/processes/:id/attachments/:attachment_id",
        method = "delete",
        operation_id = "process_attachment_delete"
    )]
    async fn take_off_process(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ProcessId>,
        attachment_id: Path<AttachmentId>,
    ) -> Answer<Done> {
        attachment::delete(&ctx, On::Process(id.0), attachment_id.0).await?;
        Ok(Done)
    }

    /// List an activity's attachments
    ///
    /// Oldest first.
    #[oai(path = "/activities/:id/attachments", method = "get", operation_id = "activity_attachment_list")]
    async fn of_activity(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ActivityId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<AttachmentPage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(attachment::list(&ctx, On::Activity(id.0), page).await?.into()))
    }

    /// Attach to an activity
    ///
    /// A link, or a file that was brought before. Whoever sees the activity sees the file from then on.
    #[oai(path = "/activities/:id/attachments", method = "post", operation_id = "activity_attachment_create")]
    async fn attach_to_activity(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ActivityId>,
        body: Body<AttachmentBody>,
    ) -> Answer<Created<AttachmentView>> {
        let made = attachment::create(&ctx, On::Activity(id.0), body.0.into()).await?;
        Ok(created(made, &format!("/v1/activities/{}", id.0)))
    }

    /// Take an attachment off an activity
    ///
    /// A file that was attached to nothing else is deleted.
    #[oai(
        path = "/activities/:id/attachments/:attachment_id",
        method = "delete",
        operation_id = "activity_attachment_delete"
    )]
    async fn take_off_activity(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ActivityId>,
        attachment_id: Path<AttachmentId>,
    ) -> Answer<Done> {
        attachment::delete(&ctx, On::Activity(id.0), attachment_id.0).await?;
        Ok(Done)
    }
}
