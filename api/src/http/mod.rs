//! What the wire looks like: operations, their types, and what every request passes through.

pub mod document;

mod answer;
mod auth;
mod body;
mod client;
mod health;
mod json;
mod language;
mod metrics;
mod page;
mod platform;
mod problem;
mod schema;

mod access;
mod account;
mod case;
mod event;
mod file;
mod form;
mod markdown;
mod notification;
mod privacy;
mod process;
mod scim;
mod token;
mod user;
mod version;
mod workflow;
mod xlsx;

use poem::{EndpointExt as _, IntoEndpoint, Route};
use poem_openapi::{OpenApiService, Tags};

use crate::app::App;

pub use problem::Problem;

/// The areas, by which operations are sorted in the document.
#[derive(Tags)]
#[oai(rename_all = "lowercase")]
enum Tag {
    /// The account and its organisations.
    Account,
    /// People and rights groups.
    User,
    /// API tokens.
    Token,
    /// Rights, roles and who has them.
    Access,
    /// The landscape: process groups, processes and their flows.
    Process,
    /// Form templates and what is filled in.
    Form,
    /// Workflow templates.
    Workflow,
    /// Cases and tasks.
    Case,
    /// The audit trail, and what people are told.
    Event,
    /// Person search and anonymization.
    Privacy,
}

/// Everything that Styr answers to.
pub(crate) fn service() -> OpenApiService<impl poem_openapi::OpenApi, ()> {
    let areas = (
        account::AccountApi,
        // Within each other, since poem-openapi takes so many beside each other and no more.
        (user::UserApi, user::import::UserImportApi, user::substitute::SubstituteApi),
        token::TokenApi,
        (
            access::AccessApi,
            access::explain::ExplainApi,
            access::permission_group::PermissionGroupApi,
            access::report::ReportApi,
        ),
        (
            process::ProcessApi,
            process::group::ProcessGroupApi,
            process::bulk::BulkApi,
            process::copy::CopyApi,
            process::export::LandscapeExportApi,
            process::share::ShareApi,
            process::history::ProcessHistoryApi,
            process::activity::ActivityApi,
            process::comment::CommentApi,
            process::attachment::AttachmentApi,
            file::FileApi,
            process::landscape::LandscapeApi,
            process::library::LibraryApi,
            process::member::MemberApi,
            process::drawing::DrawingApi,
        ),
        form::FormApi,
        form::SubmissionApi,
        workflow::WorkflowApi,
        case::CaseApi,
        case::TaskApi,
        (event::EventApi, notification::NotificationApi),
        privacy::PrivacyApi,
    );
    OpenApiService::new(areas, "Styr", env!("CARGO_PKG_VERSION"))
        .url_prefix("/v1")
        .description(document::DESCRIPTION)
}

/// The routes of a running Styr.
pub fn routes(app: App) -> impl IntoEndpoint {
    let served = document::served();
    Route::new()
        .nest("/v1", service())
        .nest(scim::BASE, scim::routes())
        .at("/openapi.json", poem::get(document::json))
        .at("/openapi.yaml", poem::get(document::yaml))
        .at("/", poem::get(document::to_docs))
        .at("/docs", poem::get(document::swagger_ui))
        .at("/health/live", poem::get(health::live))
        .at("/health/ready", poem::get(health::ready))
        .at("/metrics", poem::get(metrics::metrics))
        .with(platform::Platform::new(app.clone(), served))
        .data(app)
        .with(poem::middleware::Compression::new())
}
