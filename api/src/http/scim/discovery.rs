//! What SCIM says of itself (RFC 7644, section 4).

use poem::Request;
use poem::http::StatusCode;
use serde_json::{Value, json};
use styr_domain::scim::ResourceType;
use styr_domain::scim::schema::SCHEMAS;
use styr_domain::{Fault, FaultKind, Text};

use super::resource::MOST;
use super::{Answer, BASE, list_response, no_such, respond_with};
use crate::http::problem::Problem;

/// What can be done here.
pub(super) fn config() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MOST },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "API token",
            "description": "A token of Styr's as the bearer token. It acts as a user who may provision.",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{BASE}/ServiceProviderConfig"),
        },
    })
}

pub(super) fn resource_types() -> Vec<Value> {
    let described = ResourceType::ALL.map(|kind| {
        let extensions: Vec<Value> = kind
            .extension()
            .map(|schema| json!({ "schema": schema.id, "required": false }))
            .into_iter()
            .collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": kind.name(),
            "name": kind.name(),
            "description": kind.schema().description,
            "endpoint": kind.endpoint(),
            "schema": kind.schema().id,
            "schemaExtensions": extensions,
            "meta": {
                "resourceType": "ResourceType",
                "location": format!("{BASE}/ResourceTypes/{}", kind.name()),
            },
        })
    });
    described.into()
}

pub(super) fn schemas() -> Vec<Value> {
    let described = SCHEMAS.map(|schema| {
        let mut definition = schema.definition();
        definition["meta"] =
            json!({ "resourceType": "Schema", "location": format!("{BASE}/Schemas/{}", schema.id) });
        definition
    });
    described.into()
}

/// All of them at once: these are neither filtered nor paged (RFC 7644, section 4).
pub(super) fn list(request: &Request, all: Vec<Value>) -> Answer {
    let query = request.uri().query().unwrap_or_default();
    if query.split('&').any(|parameter| parameter.split('=').next() == Some("filter")) {
        let text = Text::fixed(
            "Der kan ikke filtreres her. Lad filter ude.",
            "Det går inte att filtrera här. Utelämna filter.",
            "There is no filtering here. Leave filter out.",
        );
        return Err(Problem(Fault::new(FaultKind::Forbidden, "filter_not_allowed", text)));
    }
    let total = all.len() as u64;
    Ok(respond_with(StatusCode::OK, &list_response(&all, total, 1)))
}

pub(super) fn one(request: &Request, all: Vec<Value>) -> Answer {
    let id: String = request.path_params().map_err(|_| no_such())?;
    let found = all.into_iter().find(|one| one["id"].as_str().is_some_and(|is| is.eq_ignore_ascii_case(&id)));
    Ok(respond_with(StatusCode::OK, &found.ok_or_else(no_such)?))
}
