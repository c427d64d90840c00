//! Files and links on processes and activities.

use styr_domain::access::{Permit, of};
use styr_domain::id::{AttachmentId, FileId};
use styr_domain::process::Attachment;
use styr_domain::{Fault, Text, Violation};
use styr_persistence::attachment::{self, On};
use styr_persistence::{Page, PageRequest, Source, Tx, find};

use super::{activity, missing, refuse_frozen};
use crate::app::{Ctx, Error, Result, file};

/// An attachment in the making.
#[derive(Debug, Clone)]
pub struct AttachmentInput {
    /// What it is called.
    pub title: String,
    /// Where a link leads.
    pub url: Option<String>,
    /// The file.
    pub file_id: Option<FileId>,
}

/// One page of the attachments, oldest first.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn list(ctx: &Ctx<of::ProcessSee>, on: On, page: PageRequest) -> Result<Page<Attachment>> {
    let read = ctx.read();
    match on {
        On::Process(id) => {
            super::visible(ctx, &read, id).await?;
        }
        On::Activity(id) => {
            activity::visible(ctx, &read, id).await?;
        }
    }
    attachment::attachments(&read, ctx.account_id(), on, page).await
}

/// Whether the caller may change what is attached there.
async fn editable(ctx: &Ctx<of::ProcessEdit>, tx: &Tx, on: On) -> Result<Permit<of::ProcessEdit>> {
    match on {
        On::Process(id) => {
            let (process, permit) = super::editable(ctx, tx, id, None).await?;
            refuse_frozen(&process)?;
            Ok(permit)
        }
        On::Activity(id) => Ok(activity::editable(ctx, tx, id, None).await?.1),
    }
}

/// Attaches a file that the caller may see, or a link.
///
/// # Errors
/// `not_found`, `forbidden`, `process_frozen`; `invalid` unless it is one of both and the link leads to an address with
/// `https://`.
pub async fn create(ctx: &Ctx<of::ProcessEdit>, on: On, input: AttachmentInput) -> Result<Attachment> {
    let AttachmentInput { title, url, file_id } = input;
    if url.is_some() == file_id.is_some() {
        let text = Text::fixed(
            "Angiv enten url eller file_id.",
            "Ange antingen url eller file_id.",
            "Name either url or file_id.",
        );
        return Err(Fault::invalid(vec![Violation::at("", "link_or_file", text)]).into());
    }
    if url.as_deref().is_some_and(|url| !is_link(url)) {
        let text = Text::fixed(
            "Et link begynder med https:// og nævner en vært.",
            "En länk börjar med https:// och nämner en värd.",
            "A link begins with https:// and names a host.",
        );
        return Err(Fault::invalid(vec![Violation::at("/url", "link_invalid", text)]).into());
    }
    ctx.write(|tx| async move {
        let permit = editable(ctx, &tx, on).await?;
        if let Some(id) = file_id {
            let seen = file::seen(ctx, &*tx, id).await;
            seen.map_err(|error| match error {
                Error::Fault(_) => Fault::invalid(vec![missing("/file_id")]).into(),
                broken => broken,
            })?;
        }
        let (process_id, activity_id) = match on {
            On::Process(id) => (Some(id), None),
            On::Activity(id) => (None, Some(id)),
        };
        let attachment = Attachment {
            id: AttachmentId(tx.id()),
            account_id: ctx.account_id(),
            process_id,
            activity_id,
            title,
            url,
            file_id,
            created_by: ctx.actor().user_id,
            created_at: tx.now(),
        };
        tx.insert(&permit, &attachment, "attachment.created").await?;
        Ok(attachment)
    })
    .await
}

/// Whether a text is an address that a link may lead to.
pub(crate) fn is_link(url: &str) -> bool {
    let address: Option<poem::http::Uri> = url.parse().ok();
    address.is_some_and(|address| {
        address.scheme_str() == Some("https") && address.host().is_some_and(|host| !host.is_empty())
    })
}

/// Takes an attachment off; a file that was attached to nothing else is deleted.
///
/// # Errors
/// `not_found`, `forbidden`, `process_frozen`.
pub async fn delete(ctx: &Ctx<of::ProcessEdit>, on: On, id: AttachmentId) -> Result<()> {
    ctx.write(|tx| async move {
        let permit = editable(ctx, &tx, on).await?;
        let attachment = known(ctx, &*tx, on, id).await?;
        tx.delete(&permit, &attachment, "attachment.deleted").await?;
        attachment::sweep(&tx, &permit, &attachment.file_id.into_iter().collect()).await
    })
    .await
}

async fn known<R>(ctx: &Ctx<R>, source: &impl Source, on: On, id: AttachmentId) -> Result<Attachment> {
    let attachment: Option<Attachment> = find(source, ctx.account_id(), id).await?;
    let on = match on {
        On::Process(id) => id.0,
        On::Activity(id) => id.0,
    };
    Ok(attachment.filter(|attachment| attachment.on() == on).ok_or_else(Fault::not_found)?)
}
