//! Links by which anybody reads a process, on the wire.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::id::{FileId, ProcessId, ShareId};
use styr_domain::process::{Attachment, Share, ShareElement};

use super::{BpmnXml, Svg};
use crate::app::process::share::{self, ShareInput, Shared, SharedActivity};
use crate::app::{App, Ctx, RequestInfo};
use crate::http::Tag;
use crate::http::answer::{Answer, Done, Found, Public};
use crate::http::body::Body;
use crate::http::file::Content;
use crate::http::markdown;
use crate::http::page::{self, page};

/// A link by which anybody reads parts of a process in force.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ShareView {
    /// Its id.
    id: ShareId,
    /// What it shows besides the title.
    shows: Vec<ShareElement>,
    /// From when on it shows nothing; absent when never.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Share> for ShareView {
    fn from(share: Share) -> Self {
        let Share { id, account_id: _, process_id: _, hash: _, shows, expires_at, created_by: _, created_at } =
            share;
        Self { id, shows: shows.into_iter().collect(), expires_at, created_at }
    }
}

page! {
    /// One page of links.
    SharePage of ShareView
}

/// A new link. Its address is shown this once.
#[derive(Debug, Object, Serialize)]
pub(crate) struct NewShareView {
    /// The link.
    share: ShareView,
    /// Where it leads, at this Styr; whoever has it reads what it shows.
    path: String,
}

/// What a link is made with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShareBody {
    /// What it shows besides the title. The diagram when absent.
    #[oai(validator(max_items = 10))]
    shows: Option<Vec<ShareElement>>,
    /// From when on it shows nothing. Never when absent.
    expires_at: Option<DateTime<Utc>>,
}

impl From<ShareBody> for ShareInput {
    fn from(ShareBody { shows, expires_at }: ShareBody) -> Self {
        let shows = shows.unwrap_or_else(|| vec![ShareElement::Diagram]);
        Self { shows: shows.into_iter().collect(), expires_at }
    }
}

/// A process in force, as far as a link shows it.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct SharedView {
    /// Its classification code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Its title.
    title: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    /// The number of the edition in force.
    edition: i32,
    /// Since when it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<DateTime<Utc>>,
    /// Where its diagram is.
    #[serde(skip_serializing_if = "Option::is_none")]
    diagram: Option<String>,
    /// Where its BPMN is.
    #[serde(skip_serializing_if = "Option::is_none")]
    bpmn: Option<String>,
    /// How its activities are done, in the order of the flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    activities: Option<Vec<SharedActivityView>>,
    /// What is attached to the process itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    attachments: Option<Vec<SharedAttachmentView>>,
}

/// An activity of a process, as a link shows it.
#[derive(Debug, Object, Serialize)]
pub(crate) struct SharedActivityView {
    /// The ids of the elements of the flow that show it.
    elements: Vec<String>,
    /// Its title.
    title: String,
    /// How it is done, as HTML that is safe to show.
    instruction_html: String,
    /// What is attached to it.
    attachments: Vec<SharedAttachmentView>,
}

/// A link or file, as a link shows it.
#[derive(Debug, Object, Serialize)]
pub(crate) struct SharedAttachmentView {
    /// What it is called.
    title: String,
    /// Where it is: the address that it leads to, or the file at this Styr.
    url: String,
}

impl SharedView {
    fn new(
        shared: Shared,
        (activities, attachments): (Vec<SharedActivity>, Vec<Attachment>),
        secret: &str,
    ) -> Self {
        let part = |element, name: &str| shared.shows(element).then(|| format!("/v1/shared/{secret}/{name}"));
        let attached = |Attachment { title, url, file_id, .. }: Attachment| {
            let file = || file_id.map(|id| format!("/v1/shared/{secret}/files/{id}"));
            SharedAttachmentView { title, url: url.or_else(file).unwrap_or_default() }
        };
        let activity = |SharedActivity { elements, content, attachments }| SharedActivityView {
            elements,
            instruction_html: markdown::shared_html(&content.instruction, secret),
            title: content.title,
            attachments: attachments.into_iter().map(attached).collect(),
        };
        Self {
            activities: shared
                .shows(ShareElement::Instructions)
                .then(|| activities.into_iter().map(activity).collect()),
            attachments: shared
                .shows(ShareElement::Attachments)
                .then(|| attachments.into_iter().map(attached).collect()),
            diagram: part(ShareElement::Diagram, "diagram.svg"),
            bpmn: part(ShareElement::Bpmn, "bpmn"),
            purpose: shared.shows(ShareElement::Purpose).then(|| shared.purpose.clone()),
            edition: shared.version.edition.unwrap_or(1),
            published_at: shared.version.published_at,
            code: shared.process.code,
            title: shared.title,
        }
    }
}

/// The operations on links, and what links show.
pub(crate) struct ShareApi;

#[OpenApi(tag = "Tag::Process")]
impl ShareApi {
    /// List the links to a process
    ///
    /// Oldest first, without their addresses.
    #[oai(path = "/processes/:id/shares", method = "get", operation_id = "process_share_list")]
    async fn list(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ProcessId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<SharePage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(share::list(&ctx, id.0, page).await?.into()))
    }

    /// Share a process by a link
    ///
    /// Makes a link by which anybody who has it reads, without a token, what it shows of the process while that is in
    /// force, and nothing else. The address is answered this once. It holds until it is revoked or expires; what a
    /// revoked link showed may be seen for a minute more where it was cached.
    #[oai(path = "/processes/:id/shares", method = "post", operation_id = "process_share")]
    async fn create(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ProcessId>,
        body: Body<ShareBody>,
    ) -> Answer<Found<NewShareView>> {
        let (share, secret) = share::create(&ctx, id.0, body.0.into()).await?;
        Ok(Found(NewShareView { share: share.into(), path: format!("/v1/shared/{}", *secret) }))
    }

    /// Revoke a link
    ///
    /// It shows nothing from now on.
    #[oai(path = "/processes/:id/shares/:share_id", method = "delete", operation_id = "process_share_delete")]
    async fn delete(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ProcessId>,
        share_id: Path<ShareId>,
    ) -> Answer<Done> {
        share::delete(&ctx, id.0, share_id.0).await?;
        Ok(Done)
    }

    /// Read what a link shows
    ///
    /// For anybody, without a token. Fit for caches: send its ETag back in `If-None-Match`.
    #[oai(path = "/shared/:secret", method = "get", operation_id = "shared_get")]
    async fn shared(
        &self,
        app: Data<&App>,
        /// The secret in the link's address.
        #[oai(validator(max_length = 100))]
        secret: Path<String>,
    ) -> Answer<Public<Found<SharedView>>> {
        let shared = share::read(app.0, &secret.0).await?;
        let parts = shared.parts(app.0).await?;
        let view = SharedView::new(shared, parts, &secret.0);
        let content = serde_json::to_vec(&view).unwrap_or_default();
        Ok(Public::new(Found(view), &content))
    }

    /// Draw what a link shows
    ///
    /// The diagram as an accessible SVG picture without scripts, for embedding in other pages.
    #[oai(path = "/shared/:secret/diagram.svg", method = "get", operation_id = "shared_diagram")]
    async fn diagram(
        &self,
        app: Data<&App>,
        info: Data<&Arc<RequestInfo>>,
        /// The secret in the link's address.
        #[oai(validator(max_length = 100))]
        secret: Path<String>,
    ) -> Answer<Public<Svg>> {
        let svg = share::read(app.0, &secret.0).await?.diagram(info.language).await?;
        let content = svg.clone().into_bytes();
        Ok(Public::new(Svg(svg), &content))
    }

    /// Export what a link shows as BPMN
    ///
    /// The flow as BPMN 2.0 XML with its drawing.
    #[oai(path = "/shared/:secret/bpmn", method = "get", operation_id = "shared_bpmn")]
    async fn bpmn(
        &self,
        app: Data<&App>,
        /// The secret in the link's address.
        #[oai(validator(max_length = 100))]
        secret: Path<String>,
    ) -> Answer<Public<BpmnXml>> {
        let xml = share::read(app.0, &secret.0).await?.bpmn().await?;
        let content = xml.clone().into_bytes();
        Ok(Public::new(BpmnXml(xml), &content))
    }

    /// Download a file that a link shows
    ///
    /// Its bytes, if it is attached to something whose attachments the link shows.
    #[oai(path = "/shared/:secret/files/:file_id", method = "get", operation_id = "shared_file")]
    async fn file(
        &self,
        app: Data<&App>,
        /// The secret in the link's address.
        #[oai(validator(max_length = 100))]
        secret: Path<String>,
        file_id: Path<FileId>,
    ) -> Answer<Public<Content>> {
        let file = share::read(app.0, &secret.0).await?.file(app.0, file_id.0).await?;
        let content = file.sha256.clone().into_bytes();
        Ok(Public::new(Content { app: app.0.clone(), file }, &content))
    }
}
