//! Problem answers: one type for every status (RFC 9457).

use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};
use serde::Serialize;
use styr_domain::{Fault, FaultKind, Language, Violation, text};
use styr_persistence::Error;

/// A use case's fault on its way to the caller. The platform writes it in the caller's language.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct Problem(pub(crate) Fault);

impl Problem {
    /// The caller has sent too many requests, and may send the next in so many seconds.
    pub(crate) fn too_many_requests(seconds: u64) -> Self {
        let text = text!(
            "For mange anmodninger med dette token. Prøv igen om {seconds} sekunder.",
            "För många begäranden med denna token. Försök igen om {seconds} sekunder.",
            "Too many requests with this token. Try again in {seconds} seconds."
        );
        Self(Fault::new(FaultKind::TooManyRequests, "too_many_requests", text))
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if !matches!(error, Error::Fault(_)) {
            tracing::error!(error = %error, "the database failed");
        }
        Self(error.into_fault())
    }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> Self {
        let status = status(problem.0.kind);
        Self::new(problem, status)
    }
}

impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        // The document names each status in place of this one; see `document`.
        MetaResponses {
            responses: vec![MetaResponse {
                description: "",
                status: None,
                status_range: Some("4XX".to_owned()),
                content: vec![MetaMediaType { content_type: MEDIA_TYPE, schema: ProblemBody::schema_ref() }],
                headers: Vec::new(),
            }],
        }
    }

    fn register(registry: &mut Registry) {
        ProblemBody::register(registry);
    }
}

/// The media type of problems.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// A problem: what went wrong, where, why, and what to do about it (RFC 9457).
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Problem", skip_serializing_if_is_none)]
pub(crate) struct ProblemBody {
    /// A URI that names the sort of problem: `urn:styr:problem:` and the code.
    #[serde(rename = "type")]
    #[oai(rename = "type")]
    pub(crate) uri: String,
    /// The status in words, the same for every problem of this status.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// A stable code in `snake_case` to branch on.
    pub(crate) code: String,
    /// What happened and what to do about it, in the caller's language.
    pub(crate) detail: String,
    /// The id of the request, to be found in the logs by.
    pub(crate) request_id: String,
    /// Every single thing that is wrong with the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) errors: Option<Vec<ProblemError>>,
    /// The rights of which any one would have sufficed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) missing_rights: Option<Vec<String>>,
}

/// One thing that is wrong with the content of a request.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ProblemError {
    /// Where, as a JSON pointer (RFC 6901) into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
    /// The query parameter or header it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameter: Option<String>,
    /// The id of the flow's element it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) element: Option<String>,
    /// A stable code in `snake_case`.
    pub(crate) code: String,
    /// Why, in the caller's language.
    pub(crate) detail: String,
}

impl ProblemError {
    /// The violation in a language.
    pub(crate) fn new(violation: &Violation, language: Language) -> Self {
        Self {
            pointer: violation.element.is_none().then(|| violation.pointer.clone()),
            parameter: None,
            element: violation.element.clone(),
            code: violation.code.to_owned(),
            detail: violation.text.in_language(language).to_owned(),
        }
    }
}

pub(crate) const fn status(kind: FaultKind) -> StatusCode {
    match kind {
        FaultKind::Malformed => StatusCode::BAD_REQUEST,
        FaultKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FaultKind::Forbidden => StatusCode::FORBIDDEN,
        FaultKind::NotFound => StatusCode::NOT_FOUND,
        FaultKind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        FaultKind::Conflict => StatusCode::CONFLICT,
        FaultKind::Gone => StatusCode::GONE,
        FaultKind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        FaultKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        FaultKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        FaultKind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        FaultKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        FaultKind::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The answer for a fault.
pub(crate) fn respond(fault: &Fault, status: StatusCode, language: Language, request_id: &str) -> Response {
    let errors: Vec<ProblemError> =
        fault.violations.iter().map(|violation| ProblemError::new(violation, language)).collect();
    let body = ProblemBody {
        uri: format!("urn:styr:problem:{}", fault.code),
        title: status.canonical_reason().unwrap_or("Problem").to_owned(),
        status: status.as_u16(),
        code: fault.code.to_owned(),
        detail: fault.text.in_language(language).to_owned(),
        request_id: request_id.to_owned(),
        errors: (!errors.is_empty()).then_some(errors),
        missing_rights: (!fault.missing_rights.is_empty())
            .then(|| fault.missing_rights.iter().map(|right| (*right).to_owned()).collect()),
    };
    let mut response = serde_json::to_vec(&body).unwrap_or_default().into_response();
    response.set_status(status);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    note(response.headers_mut(), status, language);
    response
}

/// What the headers of any answer for a fault say.
pub(crate) fn note(headers: &mut HeaderMap, status: StatusCode, language: Language) {
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(super::language::tag(language)));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"styr\""));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
}
