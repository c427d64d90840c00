//! Files on the wire: bytes in and bytes out, piece by piece.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use futures_util::stream;
use poem::http::{HeaderValue, header};
use poem::{Body as PoemBody, IntoResponse, Response};
use poem_openapi::param::{Path, Query};
use poem_openapi::registry::{MetaMediaType, MetaResponses, Registry};
use poem_openapi::types::{Binary, Type};
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;
use styr_domain::access::of;
use styr_domain::file::File;
use styr_domain::id::{FileId, UserId};
use styr_persistence::file::chunk;

use super::Tag;
use super::answer::{Answer, Created, Done, Found, Thing, meta};
use super::body::FileBody;
use crate::app::{App, Ctx, file};

/// A file, without its content.
#[derive(Debug, Object, Serialize)]
pub(crate) struct FileView {
    /// Its id.
    id: FileId,
    /// Its name.
    name: String,
    /// What it is, as its first bytes say (RFC 6838).
    media_type: String,
    /// How many bytes it has.
    size: i64,
    /// Its SHA-256 in lower-case hexadecimal.
    sha256: String,
    /// Who brought it.
    author_id: UserId,
    /// When it was brought.
    created_at: DateTime<Utc>,
}

impl From<File> for FileView {
    fn from(file: File) -> Self {
        let File { id, account_id: _, name, media_type, size, sha256, author_id, created_at } = file;
        Self { id, name, media_type, size, sha256, author_id, created_at }
    }
}

/// The content of a file.
pub(crate) struct Content {
    pub(crate) app: App,
    pub(crate) file: File,
}

impl IntoResponse for Content {
    fn into_response(self) -> Response {
        let Self { app, file } = self;
        let shown = file::is_shown(&file.media_type);
        let disposition = disposition(shown, &file.name);
        let (account_id, id) = (file.account_id, file.id);
        let pieces = stream::try_unfold((app, 0), move |(app, number)| async move {
            let piece = chunk(&app.store().read(), account_id, id, number).await;
            let piece = piece.map_err(|error| {
                tracing::error!(%error, "a file could not be read");
                std::io::Error::other("the file could not be read")
            })?;
            Ok::<_, std::io::Error>(piece.map(|piece| (piece, (app, number + 1))))
        });
        let mut response = Response::builder()
            .content_type(&file.media_type)
            .header(header::ETAG, format!("\"{}\"", file.sha256))
            .body(PoemBody::from_bytes_stream(pieces));
        if let Ok(disposition) = HeaderValue::try_from(disposition) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
        }
        response
    }
}

/// `Content-Disposition` with the name in both spellings of RFC 6266.
fn disposition(shown: bool, name: &str) -> String {
    let kind = if shown { "inline" } else { "attachment" };
    let fits = |character: &char| character.is_ascii_alphanumeric() || "-_. ".contains(*character);
    let plain: String =
        name.chars().map(|character| if fits(&character) { character } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}"); // writing to a text cannot fail
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

impl ApiResponse for Content {
    fn meta() -> MetaResponses {
        let schema = Binary::<Vec<u8>>::schema_ref();
        let content = MetaMediaType { content_type: "*/*", schema };
        meta(200, "The bytes, under the file's own media type.", vec![content], vec![])
    }

    fn register(_: &mut Registry) {}
}

/// The operations on files.
pub(crate) struct FileApi;

#[OpenApi(tag = "Tag::Process")]
impl FileApi {
    /// Upload a file
    ///
    /// The body is the file itself, of any media type: what it is, its first bytes say. Images, PDF, text, XML, office
    /// documents, archives, video and sound are taken; programs, scripts and HTML are refused. Only who brought it sees it
    /// until it is attached to a process or an activity.
    #[oai(path = "/files", method = "post", operation_id = "file_upload")]
    async fn upload(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        /// Its name, such as `plan.pdf`.
        #[oai(validator(min_length = 1, max_length = 255))]
        name: Query<String>,
        body: FileBody,
    ) -> Answer<Created<FileView>> {
        let made = file::upload(&ctx, name.0, body.0).await?;
        let location = format!("/v1/files/{}", made.id);
        Ok(Thing { view: made.into(), revision: 1 }.created(location))
    }

    /// Get a file
    ///
    /// What is known of it. Its author sees it, and whoever sees a process or activity that it is attached to.
    #[oai(path = "/files/:id", method = "get", operation_id = "file_get")]
    async fn get(&self, ctx: Ctx<of::ProcessSee>, id: Path<FileId>) -> Answer<Found<FileView>> {
        Ok(Found(file::get(&ctx, id.0).await?.into()))
    }

    /// Delete a file
    ///
    /// Its author may, as long as it is attached to nothing.
    #[oai(path = "/files/:id", method = "delete", operation_id = "file_delete")]
    async fn delete(&self, ctx: Ctx<of::ProcessEdit>, id: Path<FileId>) -> Answer<Done> {
        file::delete(&ctx, id.0).await?;
        Ok(Done)
    }

    /// Download a file
    ///
    /// Its bytes, to be shown if they are a picture or a PDF, otherwise to be saved. The ETag is their SHA-256.
    #[oai(path = "/files/:id/content", method = "get", operation_id = "file_content")]
    async fn content(&self, ctx: Ctx<of::ProcessSee>, id: Path<FileId>) -> Answer<Content> {
        let file = file::get(&ctx, id.0).await?;
        Ok(Content { app: ctx.app().clone(), file })
    }
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_is_said_so_that_no_header_ends_early() {
        assert_eq!(
            disposition(false, "Plan \"Å\"\r\n.docx"),
            "attachment; filename=\"Plan _____.docx\"; filename*=UTF-8''Plan%20%22%C3%85%22%0D%0A.docx"
        );
    }
}
