//! Request bodies: read within a limit, checked against the very schema the document shows, then parsed.

use poem::http::header;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::de::DeserializeOwned;
use serde_json::Value;
use styr_domain::{Fault, FaultKind, Text, text};

use super::answer::JSON;
use super::problem::Problem;
use super::schema;
use crate::app::App;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

/// An XML body, as it came.
pub(crate) struct XmlBody(pub(crate) Vec<u8>);

const XML: &str = "application/xml";

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
        expect_media_type(
            request,
            |kind| kind == JSON || (kind.starts_with("application/") && kind.ends_with("+json")),
            JSON,
        )?;
        let app = request.data::<App>().expect("the routes carry the app");
        let bytes = read(body, app.limits().body_bytes).await?;
        Ok(Self(parse(&bytes).map_err(Problem)?))
    }
}

fn parse<T: Type + DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let text = text!(
            "Indholdet er ikke gyldig JSON: se linje {line}, tegn {column}.",
            "Innehållet är inte giltig JSON: se rad {line}, tecken {column}.",
            "The body is not valid JSON: see line {line}, character {column}."
        );
        Fault::new(FaultKind::Malformed, "json_malformed", text)
    })?;
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

impl<'a> ApiExtractor<'a> for XmlBody {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: XML, schema: String::schema_ref() }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        expect_media_type(request, |kind| kind == XML || kind == "text/xml" || kind.ends_with("+xml"), XML)?;
        let app = request.data::<App>().expect("the routes carry the app");
        Ok(Self(read(body, app.limits().import_bytes).await?))
    }
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

/// The body, if it is not larger than `limit` bytes.
pub(crate) async fn read(body: &mut RequestBody, limit: u64) -> Result<Vec<u8>, Problem> {
    let body = body.take().map_err(|_| too_large(limit))?;
    match body.into_bytes_limit(usize::try_from(limit).unwrap_or(usize::MAX)).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(poem::error::ReadBodyError::PayloadTooLarge) => Err(too_large(limit)),
        Err(_) => Err(Problem(Fault::new(
            FaultKind::Malformed,
            "body_incomplete",
            Text::fixed(
                "Indholdet kom ikke helt frem. Send det igen.",
                "Innehållet kom inte fram helt. Skicka det igen.",
                "The body did not arrive whole. Send it again.",
            ),
        ))),
    }
}

pub(crate) fn too_large(limit: u64) -> Problem {
    let text = text!(
        "Indholdet er for stort: højst {limit} bytes.",
        "Innehållet är för stort: högst {limit} byte.",
        "The body is too large: at most {limit} bytes."
    );
    Problem(Fault::new(FaultKind::TooLarge, "body_too_large", text))
}
