//! Request bodies: read within a limit, checked against the very schema the document shows, then parsed.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use hyper::body::Bytes;
use poem::http::{HeaderMap, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::{Binary, Type};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use styr_domain::{Fault, FaultKind, Text, text};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use super::answer::JSON;
use super::problem::Problem;
use super::{json, schema};
use crate::app::App;
use crate::app::file::Arrived;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<'a, T: Type + DeserializeOwned> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        expect_json(request, JSON)?;
        let app = request.data::<App>().expect("the routes carry the app");
        let bytes = read(request.headers(), body, app.limits().body_bytes, app.limits().patience()).await?;
        Ok(Self(parse(&bytes).map_err(Problem)?))
    }
}

fn parse<T: Type + DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let value = json::read(bytes)?;
    let violations = schema::check(&T::name(), &value);
    if !violations.is_empty() {
        return Err(Fault::invalid(violations));
    }
    serde_json::from_value(value).map_err(|error| {
        let reason = error.to_string();
        let text = text!(
            "Indholdet kan ikke læses: {reason}.",
            "Innehållet kan inte läsas: {reason}.",
            "The body cannot be read: {reason}."
        );
        Fault::new(FaultKind::Invalid, "body_unreadable", text)
    })
}

/// Declares a body that is taken as it came, up to the limit of imported files.
macro_rules! file_body {
    ($(#[$doc:meta])* $name:ident $media_type:literal as $schema:ty, $fits:expr) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) Vec<u8>);

        impl<'a> ApiExtractor<'a> for $name {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
            type ParamType = ();
            type ParamRawType = ();

            fn request_meta() -> Option<MetaRequest> {
                let content = vec![MetaMediaType { content_type: $media_type, schema: <$schema>::schema_ref() }];
                Some(MetaRequest { description: None, content, required: true })
            }

            async fn from_request(
                request: &'a Request,
                body: &mut RequestBody,
                _: ExtractParamOptions<()>,
            ) -> poem::Result<Self> {
                expect_media_type(request, $fits, $media_type)?;
                let app = request.data::<App>().expect("the routes carry the app");
                let limits = app.limits();
                Ok(Self(read(request.headers(), body, limits.import_bytes, limits.patience()).await?))
            }
        }
    };
}

file_body! {
    /// An XML body, as it came.
    XmlBody "application/xml" as String, |kind| kind == "application/xml" || kind == "text/xml" || kind.ends_with("+xml")
}

file_body! {
    /// A CSV body (RFC 7111), as it came.
    CsvBody "text/csv" as String, |kind| kind == "text/csv"
}

/// A file of any media type, kept beside the database until it is saved.
pub(crate) struct FileBody(pub(crate) Arrived);

impl<'a> ApiExtractor<'a> for FileBody {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let schema = Binary::<Vec<u8>>::schema_ref();
        let content = vec![MetaMediaType { content_type: "application/octet-stream", schema }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let app = request.data::<App>().expect("the routes carry the app");
        let limits = app.limits();
        Ok(Self(keep(request.headers(), body, limits.file_bytes, limits.patience()).await?))
    }
}

file_body! {
    /// A ZIP archive, as it came.
    ZipBody "application/zip" as Binary<Vec<u8>>, |kind| kind == "application/zip" || kind == "application/x-zip-compressed"
}

/// Refuses a body that says it is no JSON, wanting one of the type `wanted`.
///
/// # Errors
/// `media_type_unsupported`.
pub(crate) fn expect_json(request: &Request, wanted: &str) -> Result<(), Problem> {
    let fits = |kind: &str| kind == JSON || (kind.starts_with("application/") && kind.ends_with("+json"));
    expect_media_type(request, fits, wanted)
}

fn expect_media_type(request: &Request, fits: impl Fn(&str) -> bool, wanted: &str) -> Result<(), Problem> {
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if fits(&kind) {
        return Ok(());
    }
    let text = text!(
        "Send indholdet som {wanted}, og sig det i Content-Type.",
        "Skicka innehållet som {wanted} och ange det i Content-Type.",
        "Send the body as {wanted}, and say so in Content-Type."
    );
    Err(Problem(Fault::new(FaultKind::UnsupportedMediaType, "media_type_unsupported", text)))
}

/// The slowest that a body may come on the whole, once the patience with it is used up: bytes in a second.
const LEAST_RATE: u64 = 16 << 10;

/// How long the rest of a body that is too large is read and thrown away. Closing with input unread would reset the
/// connection, and the answer might be lost with it (RFC 9112, section 9.6).
const DISCARD: Duration = Duration::from_secs(2);

/// The body, if it is not larger than `limit` bytes and comes in time.
///
/// # Errors
/// `body_too_large`, `body_too_slow`, or `body_incomplete` when the caller went away.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: &mut RequestBody,
    limit: u64,
    patience: Duration,
) -> Result<Vec<u8>, Problem> {
    let mut pieces = Pieces::of(headers, body, limit, patience)?;
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The body, to be read once more: in memory as long as it is small, otherwise in a file of its own that is gone with the
/// request.
///
/// # Errors
/// As for [`read`], and `no_room` when there is none for temporary files.
pub(crate) async fn keep(
    headers: &HeaderMap,
    body: &mut RequestBody,
    limit: u64,
    patience: Duration,
) -> Result<Arrived, Problem> {
    let mut pieces = Pieces::of(headers, body, limit, patience)?;
    let (mut held, mut file, mut hash) = (Vec::new(), None, Sha256::new());
    while let Some(piece) = pieces.next().await? {
        hash.update(&piece);
        let mut rest = &piece[..];
        if file.is_none() {
            // Pieces come as large as they come, and what a file is, its beginning says.
            let taken = rest.len().min(Arrived::MOST_HELD - held.len());
            held.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
            if rest.is_empty() {
                continue;
            }
        }
        let file = match &mut file {
            Some(file) => file,
            none => {
                let mut new = File::from_std(tempfile::tempfile().map_err(|error| no_room(&error))?);
                new.write_all(&held).await.map_err(|error| no_room(&error))?;
                none.insert(new)
            }
        };
        file.write_all(rest).await.map_err(|error| no_room(&error))?;
    }
    if let Some(file) = &mut file {
        file.flush().await.map_err(|error| no_room(&error))?;
        file.rewind().await.map_err(|error| no_room(&error))?;
    }
    Ok(Arrived { held, file, size: pieces.size, sha256: hash.finalize().into() })
}

/// A body, piece by piece, if it is not too large and comes in time.
struct Pieces {
    stream: BoxStream<'static, std::io::Result<Bytes>>,
    size: u64,
    limit: u64,
    begun: Instant,
    patience: Duration,
}

impl Pieces {
    fn of(
        headers: &HeaderMap,
        body: &mut RequestBody,
        limit: u64,
        patience: Duration,
    ) -> Result<Self, Problem> {
        // Whoever asks before sending need not send.
        let length =
            headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if headers.contains_key(header::EXPECT) && length.is_some_and(|length| length > limit) {
            return Err(too_large(limit));
        }
        let stream = body.take().map_err(|_| incomplete())?.into_bytes_stream().boxed();
        Ok(Self { stream, size: 0, limit, begun: Instant::now(), patience })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let until = self.begun + self.patience + Duration::from_secs(self.size / LEAST_RATE);
        match tokio::time::timeout_at(until, self.stream.next()).await {
            Ok(Some(Ok(piece))) => {
                self.size += piece.len() as u64;
                if self.size <= self.limit {
                    return Ok(Some(piece));
                }
            }
            Ok(Some(Err(_))) => return Err(incomplete()),
            Ok(None) => return Ok(None),
            Err(_) => return Err(too_slow()),
        }
        let rest = async { while let Some(Ok(_)) = self.stream.next().await {} };
        // Whether all of it came makes no difference to the answer.
        let _ = tokio::time::timeout(DISCARD, rest).await;
        Err(too_large(self.limit))
    }
}

fn no_room(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "a file that comes in could not be kept");
    let text = Text::fixed(
        "Styr har ikke plads til filen nu. Prøv igen senere.",
        "Styr har inte plats för filen nu. Försök igen senare.",
        "Styr has no room for the file now. Try again later.",
    );
    Problem(Fault::new(FaultKind::Unavailable, "no_room", text))
}

fn incomplete() -> Problem {
    let text = Text::fixed(
        "Indholdet kom ikke helt frem. Send det igen.",
        "Innehållet kom inte fram helt. Skicka det igen.",
        "The body did not arrive whole. Send it again.",
    );
    Problem(Fault::new(FaultKind::Malformed, "body_incomplete", text))
}

fn too_slow() -> Problem {
    let text = Text::fixed(
        "Indholdet kom for langsomt. Send det igen, over en hurtigere forbindelse eller i mindre dele.",
        "Innehållet kom för långsamt. Skicka det igen, över en snabbare anslutning eller i mindre delar.",
        "The body came too slowly. Send it again, over a faster connection or in smaller parts.",
    );
    Problem(Fault::new(FaultKind::TooSlow, "body_too_slow", text))
}

fn too_large(limit: u64) -> Problem {
    let text = text!(
        "Indholdet er for stort: højst {limit} bytes.",
        "Innehållet är för stort: högst {limit} byte.",
        "The body is too large: at most {limit} bytes."
    );
    Problem(Fault::new(FaultKind::TooLarge, "body_too_large", text))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use poem::{Body, RequestBody};
    use tokio::io::AsyncReadExt as _;

    use super::{Arrived, HeaderMap, keep};

    #[tokio::test]
    async fn a_body_that_comes_in_one_piece_is_known_by_its_beginning() {
        for size in [10, Arrived::MOST_HELD, Arrived::MOST_HELD + 1, 1 << 20] {
            let content: Vec<u8> = (0..size).map(|number| (number % 251) as u8).collect();
            let mut body = RequestBody::new(Body::from_vec(content.clone()));
            let arrived = keep(&HeaderMap::new(), &mut body, 2 << 20, Duration::from_secs(60)).await;
            let Ok(arrived) = arrived else { panic!("{size} bytes were refused") };
            assert!(content.starts_with(&arrived.held) && arrived.held.len() == size.min(Arrived::MOST_HELD));
            let mut whole = Vec::new();
            arrived.into_reader().read_to_end(&mut whole).await.unwrap();
            assert!(whole == content, "{size} bytes came out otherwise");
        }
    }
}
