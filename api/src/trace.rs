//! Traces of requests, sent to a collector by the OpenTelemetry protocol (OTLP) over HTTP.
//!
//! A span says which operation was asked for, by which request, and how it ended: never a query, a header or anything of
//! the content. What is logged meanwhile stays in the log.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{Status, TraceContextExt as _, TracerProvider as _};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use poem::http::{HeaderMap, Method, StatusCode};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// How long the collector has to take a batch of spans.
const PATIENCE: Duration = Duration::from_secs(10);

/// What sends traces. It must be made and finished outside the asynchronous runtime.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send traces to the collector at this address, to which `/v1/traces` is added.
    ///
    /// # Errors
    /// The client cannot be made, as when the system has no certificates to know an `https` address by.
    pub fn new(endpoint: &str) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("traces cannot be sent to {endpoint}: {error}");
        // reqwest comes without a provider of cryptography. One that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::blocking::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none());
        if endpoint.starts_with("http:") {
            // Reading the system's certificates takes time, and fails where there are none.
            client = client.tls_certs_only([]);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client.build().map_err(|error| failed(&error))?)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| failed(&error))?;
        let resource = Resource::builder()
            .with_service_name("styr")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self(SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build()))
    }

    /// What takes the spans of requests up, and nothing else.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("styr"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| {
                metadata.is_span() && metadata.target().starts_with("styr_api")
            }))
    }

    /// Sends what is left.
    pub fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Makes the span part of the caller's trace (W3C Trace Context). Answers whether traces are sent at all.
pub(crate) fn follow(span: &Span, headers: &HeaderMap) -> bool {
    let traced = span.set_parent(TraceContextPropagator::new().extract(&Headers(headers))).is_ok();
    if traced {
        span.record("otel.kind", "server");
    }
    traced
}

/// Says what became of the request, in OpenTelemetry's terms for HTTP.
pub(crate) fn describe(
    span: &Span,
    method: &Method,
    operation: &str,
    route: Option<&str>,
    status: StatusCode,
) {
    let context = span.context();
    let span = context.span();
    span.set_attribute(KeyValue::new("http.request.method", method.to_string()));
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
    span.set_attribute(KeyValue::new("styr.operation", operation.to_owned()));
    // A path that is no operation's may be anything, and is not told.
    if let Some(route) = route {
        span.set_attribute(KeyValue::new("http.route", route.to_owned()));
        span.update_name(format!("{method} {route}"));
    }
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(poem::http::HeaderName::as_str).collect()
    }
}
