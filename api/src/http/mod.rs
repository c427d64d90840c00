//! What the wire looks like: operations, their types, and what every request passes through.

pub mod document;

mod answer;
mod auth;
mod body;
mod health;
mod language;
mod metrics;
mod page;
mod platform;
mod problem;
mod schema;

mod process;
mod version;

use poem::{EndpointExt as _, IntoEndpoint, Route};
use poem_openapi::{OpenApiService, Tags};

use crate::app::App;

pub use problem::Problem;

/// The areas, by which operations are sorted in the document.
#[derive(Tags)]
enum Tag {
    /// The landscape: process groups, processes and their flows.
    Processes,
}

/// Everything that Styr answers to.
pub(crate) fn service() -> OpenApiService<impl poem_openapi::OpenApi, ()> {
    OpenApiService::new(process::ProcessApi, "Styr", env!("CARGO_PKG_VERSION"))
        .url_prefix("/v1")
        .description(document::DESCRIPTION)
}

/// The routes of a running Styr.
pub fn routes(app: App) -> impl IntoEndpoint {
    let served = document::served();
    Route::new()
        .nest("/v1", service())
        .at("/openapi.json", poem::get(document::json))
        .at("/openapi.yaml", poem::get(document::yaml))
        .at("/docs", poem::get(document::swagger_ui))
        .at("/health/live", poem::get(health::live))
        .at("/health/ready", poem::get(health::ready))
        .at("/metrics", poem::get(metrics::metrics))
        .with(platform::Platform::new(app.clone(), served))
        .data(app)
        .with(poem::middleware::Compression::new())
}
