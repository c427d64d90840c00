//! What every request passes through: its id, language and span, the problem answers for whatever goes wrong, and the
//! headers that every answer has.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use futures_util::FutureExt as _;
use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::OperationId;
use poem_openapi::error::{ContentTypeError, ParseParamError, ParsePathError};
use sha2::{Digest as _, Sha256};
use styr_domain::{Fault, FaultKind, Language, Text, Violation, text};
use tracing::Instrument as _;
use tracing::field::Empty;

use super::answer::FRAMED_POLICY;
use super::document::{Served, is_safe};
use super::{auth, body, language, problem, scim};
use crate::app::{App, Rate, RequestInfo};
use crate::http::Problem;
use crate::trace;

/// The middleware around all routes.
pub(crate) struct Platform {
    app: App,
    served: &'static Served,
}

impl Platform {
    pub(crate) const fn new(app: App, served: &'static Served) -> Self {
        Self { app, served }
    }
}

impl<E: Endpoint + 'static> Middleware<E> for Platform {
    type Output = PlatformEndpoint<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        PlatformEndpoint { endpoint: Arc::new(endpoint), app: self.app.clone(), served: self.served }
    }
}

pub(crate) struct PlatformEndpoint<E> {
    endpoint: Arc<E>,
    app: App,
    served: &'static Served,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

impl<E: Endpoint + 'static> Endpoint for PlatformEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let started = Instant::now();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let if_none_match = request.headers().get(header::IF_NONE_MATCH).cloned();
        let id = request_id(request.headers()).unwrap_or_else(|| self.app.store().ambient().id().to_string());
        let language = language::of(request.headers());
        let span = tracing::info_span!(
            "request",
            id,
            %method,
            trace = trace_id(request.headers()),
            otel.kind = Empty
        );
        let traced = trace::follow(&span, request.headers());

        let mut info = RequestInfo { id: id.clone(), language, idempotency: None, rate: OnceLock::new() };
        let prepared = self.prepare(&mut request).instrument(span.clone()).await;
        let ready = prepared.map(|idempotency| info.idempotency = idempotency);
        let info = Arc::new(info);
        request.set_data(Arc::clone(&info));

        let endpoint = Arc::clone(&self.endpoint);
        let call = AssertUnwindSafe(async move {
            ready?;
            endpoint.call(request).await.map(IntoResponse::into_response)
        });
        let outcome = if is_safe(&method) {
            call.catch_unwind().instrument(span.clone()).await
        } else {
            // What has begun to change something is finished even when the caller goes away.
            let task = tokio::spawn(call.catch_unwind().instrument(span.clone()));
            task.await.unwrap_or_else(|error| Err(Box::new(error)))
        };

        let operation = match &outcome {
            Ok(Ok(response)) => response.data::<OperationId>().copied(),
            Ok(Err(error)) => error.data::<OperationId>().copied(),
            Err(_) => None,
        };
        let mut response = match outcome {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => self.problem(error, &path, language, &id),
            Err(_) => {
                span.in_scope(|| tracing::error!("a request panicked"));
                respond(&path)(&internal(), StatusCode::INTERNAL_SERVER_ERROR, language, &id)
            }
        };
        if method == Method::GET {
            not_modified(&mut response, if_none_match.as_ref());
        }
        if let Some(rate) = info.rate.get() {
            note_rate(response.headers_mut(), rate);
        }
        finish(response.headers_mut(), &id);
        let operation = operation.map_or("none", |operation| operation.0);
        let elapsed = started.elapsed();
        crate::http::metrics::count(operation, response.status(), elapsed);
        if traced {
            trace::describe(&span, &method, operation, self.served.route(operation), response.status());
        }
        span.in_scope(|| {
            tracing::info!(
                operation,
                status = response.status().as_u16(),
                micros = elapsed.as_micros() as u64,
                "answered"
            );
        });
        Ok(response)
    }
}

impl<E> PlatformEndpoint<E> {
    /// Refuses an address that no operation could take, and reads the idempotency key and a hash of the whole request,
    /// for which its body is read ahead.
    async fn prepare(&self, request: &mut Request) -> Result<Option<(String, [u8; 32])>, Problem> {
        no_nul(request.uri())?;
        if request.method() != Method::POST {
            return Ok(None);
        }
        let Some(key) = request.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
        let key = key
            .to_str()
            .ok()
            .filter(|key| (1..=255).contains(&key.len()))
            .map(str::to_owned)
            .ok_or_else(|| Problem(key_malformed()))?;
        // Nothing is kept in memory for somebody unknown. The operation refuses them.
        if auth::session(&self.app, request).await.is_err() {
            return Ok(None);
        }
        let limits = self.app.limits();
        let limit = limits.import_bytes.max(limits.body_bytes);
        let mut taken = poem::RequestBody::new(request.take_body());
        let bytes = body::read(request.headers(), &mut taken, limit, limits.patience()).await?;
        let mut hash = Sha256::new();
        for part in [request.uri().path(), request.uri().query().unwrap_or_default()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.update(&bytes);
        request.set_body(Body::from_vec(bytes));
        Ok(Some((key, hash.finalize().into())))
    }

    /// The problem answer for whatever kept an operation from answering itself.
    fn problem(&self, error: poem::Error, path: &str, language: Language, id: &str) -> Response {
        let respond = respond(path);
        if let Some(problem) = error.downcast_ref::<Problem>() {
            return respond(&problem.0, problem::status(problem.0.kind), language, id);
        }
        if error.is::<MethodNotAllowedError>() {
            let methods = if scim::is_scim(path) { scim::methods(path) } else { self.served.methods(path) };
            let allow = if methods.is_empty() { "GET, HEAD".to_owned() } else { methods.join(", ") };
            let text = text!(
                "Denne adresse tager kun {allow}.",
                "Den här adressen tar bara {allow}.",
                "This address takes only {allow}."
            );
            let fault = Fault::new(FaultKind::NotFound, "method_not_allowed", text);
            let mut response = respond(&fault, StatusCode::METHOD_NOT_ALLOWED, language, id);
            if let Ok(allow) = HeaderValue::try_from(allow) {
                response.headers_mut().insert(header::ALLOW, allow);
            }
            return response;
        }
        let fault = if error.is::<NotFoundError>() {
            Fault::new(FaultKind::NotFound, "route_not_found", NO_ROUTE)
        } else if let Some(ParseParamError { name, reason }) = error.downcast_ref() {
            parameter(name, reason)
        } else if let Some(ParsePathError { name, reason }) = error.downcast_ref() {
            parameter(name, reason)
        } else if error.is::<ContentTypeError>() {
            Fault::new(FaultKind::UnsupportedMediaType, "media_type_unsupported", WRONG_MEDIA_TYPE)
        } else if error.status().is_client_error() {
            Fault::new(FaultKind::Malformed, "request_malformed", MALFORMED)
        } else {
            tracing::error!(%error, "a request failed");
            internal()
        };
        respond(&fault, problem::status(fault.kind), language, id)
    }
}

/// How faults are answered at a path.
fn respond(path: &str) -> fn(&Fault, StatusCode, Language, &str) -> Response {
    if scim::is_scim(path) { scim::respond } else { problem::respond }
}

/// Refuses a NUL character in an address: no parameter can have one, and PostgreSQL cannot look for it.
fn no_nul(address: &Uri) -> Result<(), Problem> {
    let mut parameters = address.query().unwrap_or_default().split('&');
    let name = match parameters.find(|parameter| parameter.contains("%00")) {
        Some(parameter) => parameter.split('=').next().unwrap_or_default(),
        None if address.path().contains("%00") => address.path(),
        None => return Ok(()),
    };
    Err(Problem(parameter(name, "%00")))
}

fn parameter(name: &str, reason: &str) -> Fault {
    let text = text!(
        "Parameteren {name} kan ikke bruges: {reason}",
        "Parametern {name} kan inte användas: {reason}",
        "The parameter {name} cannot be used: {reason}"
    );
    let fault = Fault::new(FaultKind::Malformed, "parameter_invalid", text.clone());
    Fault { violations: vec![Violation::at(format!("?{name}"), "parameter_invalid", text)], ..fault }
}

/// The caller's id for the request, if it is fit for logs and headers.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fit = (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
    fit.then(|| id.to_owned())
}

/// The trace that the request is part of (W3C Trace Context, `traceparent`).
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("traceparent")?.to_str().ok()?.split('-').nth(1)?;
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

/// Turns the answer into 304 when the caller has it already (RFC 9110, section 13.1.2).
fn not_modified(response: &mut Response, if_none_match: Option<&HeaderValue>) {
    let (Some(known), Some(etag)) = (if_none_match, response.headers().get(header::ETAG)) else { return };
    let (Ok(known), Ok(etag)) = (known.to_str(), etag.to_str()) else { return };
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let same = known == "*" || known.split(',').any(|tag| opaque(tag) == opaque(etag));
    if same && response.status() == StatusCode::OK {
        response.set_status(StatusCode::NOT_MODIFIED);
        response.take_body();
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
}

/// How the caller stands against the rate limit (draft-ietf-httpapi-ratelimit-headers-10).
fn note_rate(headers: &mut HeaderMap, rate: &Rate) {
    let Rate { quota, remaining, retry_after } = *rate;
    let window = Rate::WINDOW;
    let full_after = rate.full_after();
    let mut note = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    note(RATE_LIMIT_POLICY, format!("\"token\";q={quota};w={window}"));
    note(RATE_LIMIT, format!("\"token\";r={remaining};t={full_after}"));
    if let Some(seconds) = retry_after {
        note(header::RETRY_AFTER, seconds.to_string());
    }
}

/// The headers of every answer, after the OWASP REST security cheat sheet.
fn finish(headers: &mut HeaderMap, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // It knows no way of saying that any page may show an answer, which a policy can say.
    if headers.get(header::CONTENT_SECURITY_POLICY).is_none_or(|policy| policy != FRAMED_POLICY) {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
}

const fn internal() -> Fault {
    Fault::new(
        FaultKind::Internal,
        "internal",
        Text::fixed(
            "Noget gik galt hos Styr. Opgiv X-Request-Id til administratoren.",
            "Något gick fel hos Styr. Ange X-Request-Id till administratören.",
            "Something went wrong in Styr. Give the X-Request-Id to the administrator.",
        ),
    )
}

const fn key_malformed() -> Fault {
    Fault::new(
        FaultKind::Malformed,
        "idempotency_key_malformed",
        Text::fixed(
            "Idempotency-Key skal være 1 til 255 ASCII-tegn.",
            "Idempotency-Key måste vara 1 till 255 ASCII-tecken.",
            "Idempotency-Key must be 1 to 255 ASCII characters.",
        ),
    )
}

const NO_ROUTE: Text = Text::fixed(
    "Adressen findes ikke. Se /docs.",
    "Adressen finns inte. Se /docs.",
    "There is no such address. See /docs.",
);
const WRONG_MEDIA_TYPE: Text = Text::fixed(
    "Indholdet er af en type, som ikke tages her. Se /docs.",
    "Innehållet är av en typ som inte tas här. Se /docs.",
    "The body is of a kind that is not taken here. See /docs.",
);
const MALFORMED: Text = Text::fixed(
    "Anmodningen kan ikke forstås. Se /docs.",
    "Begäran kan inte förstås. Se /docs.",
    "The request cannot be understood. See /docs.",
);
