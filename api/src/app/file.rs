//! Files: bringing them, looking at them, and who sees them.

use styr_domain::access::{ActivityFilter, FileFacts, create_activity, delete_file, of, see_file};
use styr_domain::event::hex;
use styr_domain::file::File;
use styr_domain::id::FileId;
use styr_domain::{Fault, FaultKind, Text, text};
use styr_persistence::file::{self, CHUNK_BYTES};
use styr_persistence::{Source, attachment, get as load};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::{Ctx, Result};
use crate::jobs::delete_unused;

/// What has come in whole and is kept beside the database until it is saved or read.
pub struct Arrived {
    /// All of it while it is small, otherwise how it begins.
    pub held: Vec<u8>,
    /// All of it when it is large, from its start.
    pub file: Option<tokio::fs::File>,
    /// How many bytes it has.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

impl Arrived {
    /// The most bytes that are held in memory.
    pub const MOST_HELD: usize = 256 << 10;

    /// Its content.
    #[must_use]
    pub fn into_reader(self) -> Box<dyn AsyncRead + Send + Unpin> {
        match self.file {
            Some(file) => Box::new(file),
            None => Box::new(std::io::Cursor::new(self.held)),
        }
    }
}

/// What files may be, and whether a browser may show them by itself. What is not here is refused: programs and scripts,
/// and what a browser would run, such as HTML.
const MEDIA_TYPES: &[(&str, bool)] = &[
    ("image/png", true),
    ("image/jpeg", true),
    ("image/gif", true),
    ("image/webp", true),
    ("image/avif", true),
    ("application/pdf", true),
    ("image/heif", false),
    ("image/bmp", false),
    ("image/tiff", false),
    ("text/plain", false),
    ("text/xml", false),
    ("application/rtf", false),
    ("application/zip", false),
    ("application/x-ole-storage", false),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", false),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", false),
    ("application/vnd.oasis.opendocument.text", false),
    ("application/vnd.oasis.opendocument.spreadsheet", false),
    ("application/vnd.oasis.opendocument.presentation", false),
    ("video/mp4", false),
    ("video/webm", false),
    ("video/quicktime", false),
    ("audio/mpeg", false),
    ("audio/m4a", false),
];

/// Whether a browser may show such a file by itself.
#[must_use]
pub fn is_shown(media_type: &str) -> bool {
    MEDIA_TYPES.contains(&(media_type, true))
}

/// How many of a file's first bytes are looked at to find out what it is.
const HEAD: usize = 8 << 10;

/// What a file is, by its first bytes; none for what is not taken.
fn media_type(content: &[u8]) -> Option<&'static str> {
    let head = &content[..content.len().min(HEAD)];
    let found = match infer::get(head) {
        Some(kind) => kind.mime_type(),
        None if is_text(head) => "text/plain",
        None => return None,
    };
    MEDIA_TYPES.iter().map(|(name, _)| *name).find(|name| *name == found)
}

/// Whether bytes begin a text in UTF-8.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be cut off.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.chars().any(|character| character.is_control() && !"\t\n\r\u{c}".contains(character))
}

/// Keeps a file that has come in, for its author to attach. Until then nobody else sees it.
///
/// # Errors
/// `forbidden`; `file_type_refused` for what is none of the kinds that are taken.
pub async fn upload(ctx: &Ctx<of::ProcessEdit>, name: String, arrived: Arrived) -> Result<File> {
    let media_type = media_type(&arrived.held).ok_or_else(type_refused)?;
    let (size, sha256) = (arrived.size, arrived.sha256);
    let mut content = arrived.into_reader();
    ctx.write(|tx| async move {
        let permit = create_activity(ctx.actor())?;
        let file = File {
            id: FileId(tx.id()),
            account_id: ctx.account_id(),
            name,
            media_type: media_type.to_owned(),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            sha256: hex::encode(&sha256),
            author_id: ctx.actor().user_id,
            created_at: tx.now(),
        };
        tx.insert(&permit, &file, "file.created").await?;
        delete_unused(&tx, &file).await?;
        let mut number = 0;
        loop {
            let mut chunk = Vec::with_capacity(CHUNK_BYTES);
            let mut part = (&mut content).take(CHUNK_BYTES as u64);
            part.read_to_end(&mut chunk).await.map_err(|error| unreadable(&error))?;
            if chunk.is_empty() {
                return Ok(file);
            }
            file::add_chunk(&tx, &permit, &file, number, chunk).await?;
            number += 1;
        }
    })
    .await
}

fn type_refused() -> Fault {
    let kinds = MEDIA_TYPES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let text = text!(
        "Filens indhold er ikke af en slags, der tages imod: {kinds}.",
        "Filens innehåll är inte av ett slag som tas emot: {kinds}.",
        "The file's content is none of the kinds that are taken: {kinds}."
    );
    Fault::new(FaultKind::UnsupportedMediaType, "file_type_refused", text)
}

fn unreadable(error: &std::io::Error) -> Fault {
    tracing::error!(%error, "a file that came in could not be read again");
    Fault::new(
        FaultKind::Internal,
        "internal",
        Text::fixed(
            "Filen kunne ikke gemmes på grund af en fejl i Styr.",
            "Filen kunde inte sparas på grund av ett fel i Styr.",
            "The file could not be kept, for a fault in Styr.",
        ),
    )
}

/// Loads a file that the caller may see, and what decides about it.
async fn known<R>(ctx: &Ctx<R>, source: &impl Source, id: FileId) -> Result<(File, FileFacts)> {
    let file: File = load(source, ctx.account_id(), id).await?;
    let attached_seen = attachment::is_seen(source, &ActivityFilter::of(ctx.actor()), id).await?;
    let facts = FileFacts { account_id: file.account_id, author_id: file.author_id, attached_seen };
    let _seen = see_file(ctx.actor(), &facts)?;
    Ok((file, facts))
}

/// A file that the caller may see.
///
/// # Errors
/// `not_found`, `forbidden`.
pub(crate) async fn seen<R>(ctx: &Ctx<R>, source: &impl Source, id: FileId) -> Result<File> {
    Ok(known(ctx, source, id).await?.0)
}

/// A file, without its content.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn get(ctx: &Ctx<of::ProcessSee>, id: FileId) -> Result<File> {
    seen(ctx, &ctx.read(), id).await
}

/// Deletes a file that is attached to nothing.
///
/// # Errors
/// `not_found`, `forbidden`, `file_in_use`.
pub async fn delete(ctx: &Ctx<of::ProcessEdit>, id: FileId) -> Result<()> {
    ctx.write(|tx| async move {
        let (file, facts) = known(ctx, &*tx, id).await?;
        let permit = delete_file(ctx.actor(), &facts)?;
        if attachment::is_attached(&*tx, ctx.account_id(), id).await? {
            return Err(in_use().into());
        }
        tx.delete(&permit, &file, "file.deleted").await
    })
    .await
}

const fn in_use() -> Fault {
    Fault::conflict(
        "file_in_use",
        Text::fixed(
            "Filen er vedhæftet noget. Fjern den der; den slettes med det sidste, den er vedhæftet.",
            "Filen är bifogad till något. Ta bort den där; den raderas med det sista som den är bifogad till.",
            "The file is attached to something. Take it off there; it is deleted with the last thing it is attached to.",
        ),
    )
}
