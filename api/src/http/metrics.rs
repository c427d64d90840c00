//! Counts and times of requests, in the format that Prometheus reads (OpenMetrics 1.0).

use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use poem::http::StatusCode;
use poem::{Response, handler};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// What requests are told apart by: never anything of their content.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    operation: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter<u64, AtomicU64>>,
    seconds: Family<Operation, Histogram>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let mut registry = Registry::with_prefix("styr");
    let requests = Family::<Labels, Counter<u64, AtomicU64>>::default();
    let seconds = Family::<Operation, Histogram>::new_with_constructor(|| {
        Histogram::new(exponential_buckets(0.0005, 2.0, 15))
    });
    registry.register("requests", "Requests answered", requests.clone());
    registry.register("request_seconds", "Time to answer a request", seconds.clone());
    Metrics { registry, requests, seconds }
});

/// Counts an answer.
pub(crate) fn count(operation: &'static str, status: StatusCode, elapsed: Duration) {
    METRICS.requests.get_or_create(&Labels { operation, status: status.as_u16() }).inc();
    METRICS.seconds.get_or_create(&Operation { operation }).observe(elapsed.as_secs_f64());
}

#[handler]
pub(crate) fn metrics() -> Response {
    let mut text = String::new();
    if let Err(error) = encode(&mut text, &METRICS.registry) {
        tracing::error!(%error, "the metrics could not be written");
    }
    Response::builder().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text)
}
