//! SCIM 2.0 (RFC 7644) at [`BASE`], beside the operations of the document: it describes itself.

mod discovery;
mod resource;

use poem::http::{Method, StatusCode, header};
use poem::{Endpoint, Request, Response, Route, RouteMethod};
use poem_openapi::OperationId;
use serde_json::{Value, json};
use styr_domain::scim::{ResourceType, ScimType};
use styr_domain::{Fault, FaultKind, Language};

use super::problem::{self, Problem};
use crate::app::Ctx;
use crate::app::scim::Provision;

/// SCIM's own address.
pub(crate) const BASE: &str = "/scim/v2";
const JSON: &str = "application/scim+json";

type Answer = Result<Response, Problem>;

/// The routes below [`BASE`].
pub(super) fn routes() -> Route {
    let mut routes = Route::new();
    for (path, methods) in table() {
        let route = methods
            .into_iter()
            .fold(RouteMethod::new(), |route, (method, operation)| route.method(method, operation));
        routes = routes.at(path, route);
    }
    routes
}

/// The methods that a path takes, for `Allow`.
pub(super) fn methods(path: &str) -> Vec<&'static str> {
    let path: Vec<&str> = path.strip_prefix(BASE).unwrap_or(path).split('/').collect();
    let fits = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == path.len()
            && pattern.iter().zip(&path).all(|(wanted, is)| wanted.starts_with(':') || wanted == is)
    };
    let name = |method: Method| match method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        _ => "DELETE",
    };
    // A path spelled out goes before one with a parameter: `/Users/.search` is no user.
    let mut fitting: Vec<_> = table().into_iter().filter(|(pattern, _)| fits(pattern)).collect();
    fitting.sort_by_key(|(pattern, _)| pattern.contains(':'));
    let methods = fitting.into_iter().next().map(|(_, methods)| methods).unwrap_or_default();
    methods.into_iter().map(|(method, _)| name(method)).collect()
}

/// What is done at a path by a method, under its name in metrics and traces.
struct Operation {
    id: &'static str,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    List(ResourceType),
    Search(Option<ResourceType>),
    Create(ResourceType),
    Get(ResourceType),
    Replace(ResourceType),
    Patch(ResourceType),
    Delete(ResourceType),
    Config,
    Types,
    Type,
    Schemas,
    Schema,
    Unsupported,
}

type Methods = Vec<(Method, Operation)>;

fn table() -> Vec<(&'static str, Methods)> {
    use ResourceType::{Group, User};
    let entry = |method, id, what| (method, Operation { id, what });
    let get = |id, what| vec![entry(Method::GET, id, what)];
    let post = |id, what| vec![entry(Method::POST, id, what)];
    let unsupported = || {
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        methods.map(|method| entry(method, "scim_unsupported", What::Unsupported)).into()
    };
    vec![
        (
            "/Users",
            vec![
                entry(Method::GET, "scim_user_list", What::List(User)),
                entry(Method::POST, "scim_user_create", What::Create(User)),
            ],
        ),
        ("/Users/.search", post("scim_user_search", What::Search(Some(User)))),
        (
            "/Users/:id",
            vec![
                entry(Method::GET, "scim_user_get", What::Get(User)),
                entry(Method::PUT, "scim_user_replace", What::Replace(User)),
                entry(Method::PATCH, "scim_user_patch", What::Patch(User)),
                entry(Method::DELETE, "scim_user_delete", What::Delete(User)),
            ],
        ),
        (
            "/Groups",
            vec![
                entry(Method::GET, "scim_group_list", What::List(Group)),
                entry(Method::POST, "scim_group_create", What::Create(Group)),
            ],
        ),
        ("/Groups/.search", post("scim_group_search", What::Search(Some(Group)))),
        (
            "/Groups/:id",
            vec![
                entry(Method::GET, "scim_group_get", What::Get(Group)),
                entry(Method::PUT, "scim_group_replace", What::Replace(Group)),
                entry(Method::PATCH, "scim_group_patch", What::Patch(Group)),
                entry(Method::DELETE, "scim_group_delete", What::Delete(Group)),
            ],
        ),
        ("/.search", post("scim_search", What::Search(None))),
        ("/ServiceProviderConfig", get("scim_config", What::Config)),
        ("/ResourceTypes", get("scim_resource_types", What::Types)),
        ("/ResourceTypes/:id", get("scim_resource_type", What::Type)),
        ("/Schemas", get("scim_schemas", What::Schemas)),
        ("/Schemas/:id", get("scim_schema", What::Schema)),
        // Both may be left out (RFC 7644, sections 3.7 and 3.11); 501 says so.
        ("/Bulk", unsupported()),
        ("/Me", unsupported()),
    ]
}

impl Endpoint for Operation {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        match perform(self.what, request).await {
            Ok(mut response) => {
                response.set_data(OperationId(self.id));
                Ok(response)
            }
            Err(problem) => {
                let mut error = poem::Error::from(problem);
                error.set_data(OperationId(self.id));
                Err(error)
            }
        }
    }
}

async fn perform(what: What, mut request: Request) -> Answer {
    let ctx: Ctx<Provision> = super::auth::context(&request).await?;
    match what {
        What::List(kind) => resource::list(&ctx, kind, &request).await,
        What::Search(kind) => resource::search(&ctx, kind, &mut request).await,
        What::Create(kind) => resource::create(&ctx, kind, &mut request).await,
        What::Get(kind) => resource::get_one(&ctx, kind, &request).await,
        What::Replace(kind) => resource::replace(&ctx, kind, &mut request).await,
        What::Patch(kind) => resource::patch(&ctx, kind, &mut request).await,
        What::Delete(kind) => resource::delete(&ctx, kind, &request).await,
        What::Config => Ok(respond_with(StatusCode::OK, &discovery::config())),
        What::Types => discovery::list(&request, discovery::resource_types()),
        What::Type => discovery::one(&request, discovery::resource_types()),
        What::Schemas => discovery::list(&request, discovery::schemas()),
        What::Schema => discovery::one(&request, discovery::schemas()),
        What::Unsupported => {
            let status = StatusCode::NOT_IMPLEMENTED;
            let detail = "Not supported. See /scim/v2/ServiceProviderConfig.";
            Ok(respond_with(status, &error(status, None, detail)))
        }
    }
}

fn respond_with(status: StatusCode, body: &Value) -> Response {
    Response::builder().status(status).content_type(JSON).body(body.to_string())
}

/// A list of resources (RFC 7644, section 3.4.2).
fn list_response(resources: &[Value], total: u64, start_index: u64) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

fn error(status: StatusCode, scim_type: Option<ScimType>, detail: &str) -> Value {
    let mut error = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.as_u16().to_string(),
        "detail": detail,
    });
    if let Some(scim_type) = scim_type {
        error["scimType"] = scim_type.as_str().into();
    }
    error
}

/// The answer for a fault (RFC 7644, section 3.12).
pub(super) fn respond(fault: &Fault, status: StatusCode, language: Language, _request_id: &str) -> Response {
    // SCIM has no 422: what breaks a rule is an invalid value.
    let status = if fault.kind == FaultKind::Invalid { StatusCode::BAD_REQUEST } else { status };
    let mut detail = fault.text.in_language(language).to_owned();
    for violation in &fault.violations {
        detail.push_str(&format!(" {}: {}", violation.pointer, violation.text.in_language(language)));
    }
    let mut response = respond_with(status, &error(status, ScimType::of(fault), &detail));
    problem::note(response.headers_mut(), status, language);
    response
}

/// Whether a request is SCIM's.
pub(super) fn is_scim(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn no_such() -> Problem {
    Problem(Fault::not_found())
}

fn with_headers(mut response: Response, etag: &str, location: Option<String>) -> Response {
    let headers = response.headers_mut();
    if let Ok(etag) = etag.parse() {
        headers.insert(header::ETAG, etag);
    }
    if let Some(location) = location.and_then(|location| location.parse().ok()) {
        headers.insert(header::LOCATION, location);
    }
    response
}
