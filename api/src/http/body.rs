//! Request bodies: read within a limit, checked against the very schema the document shows, then parsed.

use std::time::Duration;

use futures_util::StreamExt as _;
use poem::http::{HeaderMap, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::de::DeserializeOwned;
use styr_domain::{Fault, FaultKind, Text, text};

use super::answer::JSON;
use super::problem::Problem;
use super::{json, schema};
use crate::app::App;

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
    ($(#[$doc:meta])* $name:ident $media_type:literal $fits:expr) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) Vec<u8>);

        impl<'a> ApiExtractor<'a> for $name {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
            type ParamType = ();
            type ParamRawType = ();

            fn request_meta() -> Option<MetaRequest> {
                let content = vec![MetaMediaType { content_type: $media_type, schema: String::schema_ref() }];
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
    XmlBody "application/xml" |kind| kind == "application/xml" || kind == "text/xml" || kind.ends_with("+xml")
}

file_body! {
    /// A CSV body (RFC 7111), as it came.
    CsvBody "text/csv" |kind| kind == "text/csv"
}

file_body! {
    /// A ZIP archive, as it came.
    ZipBody "application/zip" |kind| kind == "application/zip" || kind == "application/x-zip-compressed"
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
const LEAST_RATE: usize = 16 << 10;

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
    let limit_bytes = usize::try_from(limit).unwrap_or(usize::MAX);
    // Whoever asks before sending need not send.
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if headers.contains_key(header::EXPECT) && length.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let mut chunks = Box::pin(body.take().map_err(|_| incomplete())?.into_bytes_stream());
    let begun = tokio::time::Instant::now();
    let mut bytes = Vec::new();
    loop {
        let until = begun + patience + Duration::from_secs((bytes.len() / LEAST_RATE) as u64);
        match tokio::time::timeout_at(until, chunks.next()).await {
            Ok(Some(Ok(chunk))) if bytes.len() + chunk.len() > limit_bytes => break,
            Ok(Some(Ok(chunk))) => bytes.extend_from_slice(&chunk),
            Ok(Some(Err(_))) => return Err(incomplete()),
            Ok(None) => return Ok(bytes),
            Err(_) => return Err(too_slow()),
        }
    }
    let rest = async { while let Some(Ok(_)) = chunks.next().await {} };
    // Whether all of it came makes no difference to the answer.
    let _ = tokio::time::timeout(DISCARD, rest).await;
    Err(too_large(limit))
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
