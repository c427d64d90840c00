//! The answers of operations: JSON with its entity tag.

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::problem::Problem;

/// What every operation answers: its own answer or a problem.
pub(crate) type Answer<T> = Result<T, Problem>;

pub(crate) const JSON: &str = "application/json";

/// 200 with a body that has no revision of its own: lists and reports.
pub(crate) struct Found<T>(pub(crate) T);

/// 200 with a thing and its entity tag.
pub(crate) struct Thing<T> {
    pub(crate) view: T,
    pub(crate) revision: i64,
}

/// 201 with a new thing, its entity tag and where it is.
pub(crate) struct Created<T> {
    pub(crate) view: T,
    pub(crate) revision: i64,
    pub(crate) location: String,
}

impl<T> Thing<T> {
    /// The same, for a thing that is new.
    pub(crate) fn created(self, location: String) -> Created<T> {
        Created { view: self.view, revision: self.revision, location }
    }
}

/// 204: done, and there is nothing to say.
pub(crate) struct Done;

/// An answer to anybody: caches may keep it for a minute, and any page may show it.
pub(crate) struct Public<T> {
    answer: T,
    etag: String,
}

impl<T> Public<T> {
    /// An answer with this content, by which its entity tag is made.
    pub(crate) fn new(answer: T, content: &[u8]) -> Self {
        use std::fmt::Write as _;
        let mut etag = String::from("\"");
        for byte in &Sha256::digest(content)[..16] {
            let _ = write!(etag, "{byte:02x}"); // writing to a text does not fail
        }
        etag.push('"');
        Self { answer, etag }
    }
}

impl<T: IntoResponse> IntoResponse for Public<T> {
    fn into_response(self) -> Response {
        let mut response = self.answer.into_response();
        let headers = response.headers_mut();
        if let Ok(etag) = HeaderValue::try_from(self.etag) {
            headers.insert(header::ETAG, etag);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAMED_POLICY));
        response
    }
}

impl<T: ApiResponse> ApiResponse for Public<T> {
    fn meta() -> MetaResponses {
        let mut meta = T::meta();
        for response in &mut meta.responses {
            response.headers.push(text_header("ETag", "What the content is now, for If-None-Match."));
        }
        meta
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// A picture brings its own style, and nothing else.
pub(crate) const PICTURE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
/// The same for what any page may show in a frame.
pub(crate) const FRAMED_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *";

impl<T: Serialize + Type> IntoResponse for Found<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize + Type> IntoResponse for Thing<T> {
    fn into_response(self) -> Response {
        let mut response = json(StatusCode::OK, &self.view);
        response.headers_mut().insert(header::ETAG, etag(self.revision));
        response
    }
}

impl<T: Serialize + Type> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = json(StatusCode::CREATED, &self.view);
        response.headers_mut().insert(header::ETAG, etag(self.revision));
        if let Ok(location) = HeaderValue::try_from(self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => Response::builder().status(status).content_type(JSON).body(bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The entity tag of a revision.
fn etag(revision: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{revision}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

impl<T: Type> ApiResponse for Found<T> {
    fn meta() -> MetaResponses {
        meta(200, "What was asked for.", content::<T>(), vec![])
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type> ApiResponse for Thing<T> {
    fn meta() -> MetaResponses {
        meta(200, "The thing as it is now.", content::<T>(), vec![etag_header()])
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type> ApiResponse for Created<T> {
    fn meta() -> MetaResponses {
        let location = text_header("Location", "The address of the new thing.");
        meta(201, "The new thing.", content::<T>(), vec![etag_header(), location])
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl ApiResponse for Done {
    fn meta() -> MetaResponses {
        meta(204, "Done.", vec![], vec![])
    }

    fn register(_: &mut Registry) {}
}

fn content<T: Type>() -> Vec<MetaMediaType> {
    vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }]
}

/// The metadata of an answer with one status.
pub(crate) fn meta(
    status: u16,
    description: &'static str,
    content: Vec<MetaMediaType>,
    headers: Vec<MetaHeader>,
) -> MetaResponses {
    MetaResponses {
        responses: vec![MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content,
            headers,
        }],
    }
}

fn etag_header() -> MetaHeader {
    text_header("ETag", "The thing's revision, for If-Match.")
}

fn text_header(name: &str, description: &str) -> MetaHeader {
    let schema: MetaSchemaRef = String::schema_ref();
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: true,
        deprecated: false,
        schema,
    }
}

/// Declares an answer that is a text of another media type than JSON.
macro_rules! text_answer {
    ($(#[$doc:meta])* $name:ident $media_type:literal $description:literal) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) String);

        impl poem::IntoResponse for $name {
            fn into_response(self) -> poem::Response {
                poem::Response::builder()
                    .content_type($media_type)
                    .header(poem::http::header::CONTENT_SECURITY_POLICY, $crate::http::answer::PICTURE_POLICY)
                    .body(self.0)
            }
        }

        impl poem_openapi::ApiResponse for $name {
            fn meta() -> poem_openapi::registry::MetaResponses {
                let schema = <String as poem_openapi::types::Type>::schema_ref();
                let content = poem_openapi::registry::MetaMediaType { content_type: $media_type, schema };
                $crate::http::answer::meta(200, $description, vec![content], vec![])
            }

            fn register(_: &mut poem_openapi::registry::Registry) {}
        }
    };
}
pub(crate) use text_answer;
