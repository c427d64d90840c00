//! The OpenAPI document: what poem-openapi makes of the operations, completed with what follows from their shape.
//!
//! Which statuses, headers and rights an operation has is computed here rather than written at each one, so that it
//! cannot be forgotten or be wrong.

use std::collections::HashMap;
use std::sync::LazyLock;

use poem::http::{HeaderValue, Method, header};
use poem::web::Redirect;
use poem::{IntoResponse, Response, handler};
use serde_json::{Map, Value, json};

use super::auth::{IF_MATCH, LONGEST_IF_MATCH, SCHEME};
use super::problem::MEDIA_TYPE;

pub(crate) const DESCRIPTION: &str = "Styr runs an organisation's processes, forms, workflows, roles and anonymization.\n\n\
Every request carries an API token: `Authorization: Bearer styr_…`. Lists come in pages: send `next_cursor` back as \
`cursor`. A thing's `ETag` goes into `If-Match` when it is replaced or deleted. A POST with an `Idempotency-Key` is \
carried out once, however often it is sent within 24 hours. Whatever goes wrong is answered as a problem (RFC 9457) \
with a stable `code`; texts are Danish, Swedish or English by `Accept-Language`.";

/// The document and what is made from it.
pub(crate) struct Served {
    document: Value,
    json: String,
    /// The methods of each path, its parameters as none.
    routes: Vec<(Vec<Option<String>>, Vec<String>)>,
    /// The path of each operation, by its id.
    paths: HashMap<String, String>,
}

static SERVED: LazyLock<Served> = LazyLock::new(|| {
    let spec = super::service().spec();
    let mut document: Value = serde_json::from_str(&spec).unwrap_or_default();
    complete(&mut document);
    let routes = document["paths"].as_object().into_iter().flatten().map(|(path, item)| {
        let segments =
            path.split('/').map(|segment| (!segment.starts_with('{')).then(|| segment.to_owned())).collect();
        let methods = item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
        (segments, methods.collect())
    });
    let paths = document["paths"].as_object().into_iter().flatten().flat_map(|(path, item)| {
        let ids = item.as_object().into_iter().flatten();
        ids.filter_map(|(_, operation)| Some((operation["operationId"].as_str()?.to_owned(), path.clone())))
    });
    Served { json: document.to_string(), routes: routes.collect(), paths: paths.collect(), document }
});

/// The OpenAPI 3.0 document of all operations.
#[must_use]
pub fn document() -> Value {
    SERVED.document.clone()
}

/// The document and what is made from it, made once.
pub(crate) fn served() -> &'static Served {
    &SERVED
}

impl Served {
    /// The path of an operation, its parameters in braces.
    pub(crate) fn route(&self, operation: &str) -> Option<&str> {
        self.paths.get(operation).map(String::as_str)
    }

    /// The methods that a path takes, for `Allow` (RFC 9110, section 10.2.1).
    pub(crate) fn methods(&self, path: &str) -> Vec<&str> {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |pattern: &[Option<String>]| {
            pattern.len() == segments.len()
                && pattern
                    .iter()
                    .zip(&segments)
                    .all(|(wanted, is)| wanted.as_ref().is_none_or(|text| text == is))
        };
        let fitting: Vec<_> = self.routes.iter().filter(|(pattern, _)| fits(pattern)).collect();
        // A path spelled out goes before one with parameters: `/processes/import` is no process.
        let named = |pattern: &[Option<String>]| pattern.iter().flatten().count();
        let most = fitting.iter().map(|(pattern, _)| named(pattern)).max();
        let mut methods: Vec<&str> = fitting
            .iter()
            .filter(|(pattern, _)| Some(named(pattern)) == most)
            .flat_map(|(_, methods)| methods.iter().map(String::as_str))
            .collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.sort_unstable();
        methods.dedup();
        methods
    }
}

#[handler]
pub(crate) fn json() -> Response {
    text("application/json", served().json.clone())
}

#[handler]
pub(crate) fn yaml() -> Response {
    static YAML: LazyLock<String> =
        LazyLock::new(|| serde_yaml_ng::to_string(&served().document).unwrap_or_default());
    text("application/yaml", YAML.clone())
}

#[handler]
pub(crate) fn to_docs() -> Redirect {
    Redirect::see_other("/docs")
}

/// Swagger UI needs its inline script, which the policy for all other answers forbids.
const SWAGGER_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[handler]
pub(crate) fn swagger_ui() -> Response {
    static HTML: LazyLock<String> = LazyLock::new(|| {
        let service = super::service();
        // A script ends where "</" stands, whatever it stands in.
        let document = served().json.replace("</", "<\\/");
        service.swagger_ui_html().replacen(&service.spec(), &document, 1)
    });
    let mut response = text("text/html; charset=utf-8", HTML.clone());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SWAGGER_POLICY));
    response
}

fn text(media_type: &str, body: String) -> Response {
    Response::builder()
        .content_type(media_type)
        .header(header::CACHE_CONTROL, "no-cache")
        .body(body)
        .into_response()
}

/// The headers that answers of all operations have: the statuses they are told of at, or how those begin, and what they
/// say. Those of the first three come with every other status too.
const HEADERS: [(&str, &[&str], &str); 4] = [
    ("X-Request-Id", &["2"], "The request's id: the caller's own, or one made for it."),
    (
        "RateLimit-Policy",
        &["2", "429"],
        "The token's rate limit, as in `\"token\";q=1000;w=2`: at most `q` requests at once, which are all there again \
         after `w` seconds (draft-ietf-httpapi-ratelimit-headers-10). Absent where there is no limit, or no token.",
    ),
    (
        "RateLimit",
        &["2", "429"],
        "How the token stands against its limit, as in `\"token\";r=998;t=1`: `r` requests are left, and all of them are \
         there again in `t` seconds.",
    ),
    ("Retry-After", &["429", "503"], "How many seconds to wait before the request is sent again."),
];

fn complete(document: &mut Value) {
    let components = document["components"].clone();
    if let Some(paths) = document["paths"].as_object_mut() {
        for item in paths.values_mut() {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                complete_operation(method, operation, &components);
            }
        }
    }
    for (name, _, description) in HEADERS {
        let header = json!({ "description": description, "schema": { "type": "string" } });
        document["components"]["headers"][name] = header;
    }
    let mut closed = Vec::new();
    for operation in operations(document) {
        collect_refs(&operation["requestBody"], &components, &mut closed);
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.values_mut().for_each(default_is_optional);
        for name in closed {
            if let Some(schema) = schemas.get_mut(&name).and_then(Value::as_object_mut)
                && schema.contains_key("properties")
            {
                schema.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
        }
    }
    document["info"]["license"] =
        json!({ "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" });
    document["servers"] = json!([{ "url": "/", "description": "This Styr." }]);
}

/// What has a default may be left out; poem-openapi requires it nevertheless. An empty text is no default: a name that
/// is left out is missing. Nor is null, which no field takes.
fn default_is_optional(schema: &mut Value) {
    drop_default(schema, &json!(""));
    let properties = schema["properties"].clone();
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_none_or(|name| properties[name].get("default").is_none()));
        if required.is_empty() {
            schema.as_object_mut().map(|members| members.remove("required"));
        }
    }
    drop_default(schema, &Value::Null);
}

fn drop_default(schema: &mut Value, default: &Value) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
    for property in properties.filter_map(|(_, property)| property.as_object_mut()) {
        if property.get("default") == Some(default) {
            property.remove("default");
        }
    }
}

fn operations(document: &Value) -> impl Iterator<Item = &Value> {
    document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(_, item)| item.as_object().into_iter().flatten())
        .map(|(_, operation)| operation)
}

fn complete_operation(method: &str, operation: &mut Value, components: &Value) {
    let markers: Vec<String> = operation["security"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|scheme| scheme.as_object()?.keys().next().cloned())
        .collect();
    let wants_if_match = markers.iter().any(|marker| marker == IF_MATCH);
    let rights = markers.iter().find_map(|marker| marker.strip_prefix(SCHEME)).map(str::split_whitespace);
    let secured = rights.is_some();
    operation["security"] = if secured { json!([{ SCHEME: [] }]) } else { json!([]) };
    if let Some(rights) = rights {
        let rights: Vec<&str> = rights.collect();
        operation["x-required-right"] = match rights.as_slice() {
            [] => json!("signed_in"),
            [one] => json!(one),
            several => json!(several),
        };
    }

    let post = method == "post";
    let writes = matches!(method, "post" | "put" | "delete");
    let parameters = operation
        .as_object_mut()
        .and_then(|operation| operation.entry("parameters").or_insert_with(|| json!([])).as_array_mut());
    if let Some(parameters) = parameters {
        if post {
            parameters.push(header_parameter(
                "Idempotency-Key",
                false,
                "A key of the caller's own making. The same key with the same request and token is carried out once.",
                255,
            ));
        }
        if wants_if_match {
            parameters.push(header_parameter(
                "If-Match",
                true,
                "The ETag that the thing had when the caller last got it, or `*`.",
                LONGEST_IF_MATCH,
            ));
        }
    }

    let asks_by_rules = operation["parameters"]
        .as_array()
        .is_some_and(|parameters| parameters.iter().any(|one| one["name"] == "at" || one["name"] == "q"));
    let names_a_thing = operation["parameters"]
        .as_array()
        .is_some_and(|parameters| parameters.iter().any(|one| one["in"] == "path"));
    let has_body = operation.get("requestBody").is_some();
    let has_etag = operation["responses"]["200"]["headers"]["ETag"].is_object();
    let statuses: &[(u16, bool, &str)] = &[
        (304, method == "get" && has_etag, "What `If-None-Match` names is still current."),
        (400, true, "The request cannot be understood."),
        (
            401,
            secured,
            "The token is missing, unknown, expired, rotated or revoked, or does not work from where the request comes from.",
        ),
        (403, secured, "The caller lacks a right, which the answer names."),
        (404, secured || names_a_thing, "There is no such thing, or the caller may not know of it."),
        (408, has_body, "The body did not come in time."),
        (409, writes, "The request does not fit the state of things."),
        (410, post, "The request was carried out, but its answer has been erased."),
        (412, wants_if_match, "The thing has been changed since the caller got it."),
        (413, has_body, "The body is too large."),
        (415, has_body, "The body is of a kind that is not taken here."),
        (422, writes || asks_by_rules, "The content breaks rules; each is listed with its place."),
        (428, wants_if_match, "`If-Match` is missing."),
        (429, secured, "Too many requests; `Retry-After` says when to try again."),
        (500, true, "Something went wrong in Styr. Nothing was changed."),
        (503, true, "Styr cannot answer now. Nothing was changed; try again after `Retry-After` seconds."),
    ];
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    responses.remove("4XX");
    for (status, applies, description) in statuses {
        if *applies {
            let mut response = json!({ "description": description });
            if *status != 304 {
                response["content"] =
                    json!({ MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" } } });
            }
            responses.insert(status.to_string(), response);
        }
    }
    let mut sorted: Vec<_> = std::mem::take(responses).into_iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (status, response) in &mut sorted {
        for (name, on, _) in HEADERS {
            if on.iter().any(|on| status.starts_with(on)) {
                response["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
            }
        }
    }
    responses.extend(sorted);

    if let Some(media) = operation.pointer_mut("/requestBody/content/application~1xml") {
        media["example"] = Value::from(BPMN);
    }
    for media in media_types(operation) {
        if media.get("example").is_none()
            && let Some(example) = example(&media["schema"], components, 0)
        {
            media.insert("example".to_owned(), example);
        }
    }
}

fn header_parameter(name: &str, required: bool, description: &str, longest: usize) -> Value {
    json!({
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": { "type": "string", "minLength": 1, "maxLength": longest },
    })
}

/// The JSON media types of an operation's body and of its successful answers.
fn media_types(operation: &mut Value) -> Vec<&mut Map<String, Value>> {
    let Some(operation) = operation.as_object_mut() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, part) in operation.iter_mut() {
        if name == "requestBody" {
            found.extend(json_of(part));
        } else if name == "responses" {
            let good =
                part.as_object_mut().into_iter().flatten().filter(|(status, _)| status.starts_with('2'));
            found.extend(good.filter_map(|(_, response)| json_of(response)));
        }
    }
    found
}

fn json_of(part: &mut Value) -> Option<&mut Map<String, Value>> {
    part.get_mut("content")?.get_mut("application/json")?.as_object_mut()
}

/// A body of BPMN to try things with.
const BPMN: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:example">
  <process id="approve" name="Approve a purchase">
    <startEvent id="start"/>
    <userTask id="decide" name="Decide"/>
    <endEvent id="end"/>
    <sequenceFlow id="first" sourceRef="start" targetRef="decide"/>
    <sequenceFlow id="then" sourceRef="decide" targetRef="end"/>
  </process>
</definitions>"#;

/// A value that fits the schema: what its properties give as examples, or something plain of their type.
fn example(schema: &Value, components: &Value, depth: usize) -> Option<Value> {
    if depth > 16 {
        return None;
    }
    if let Some(example) = schema.get("example").or_else(|| schema.get("default")) {
        return Some(example.clone());
    }
    if let Some(name) = reference(schema) {
        return example(&components["schemas"][name], components, depth + 1);
    }
    if let Some(parts) = schema.get("allOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
        return parts.first().and_then(|part| example(part, components, depth + 1));
    }
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        return options.first().cloned();
    }
    // What has no type takes anything.
    let kind = schema["type"].as_str().unwrap_or("object");
    Some(match (kind, schema["format"].as_str()) {
        ("string", Some("uuid")) => json!("0192f0c1-2f0e-7c3a-9d55-3f1a2b4c5d6e"),
        ("string", Some("date-time")) => json!("2026-01-31T08:00:00Z"),
        ("string", Some("date")) => json!("2026-01-31"),
        ("string", _) => json!("text"),
        ("boolean", _) => json!(false),
        ("integer" | "number", _) => schema.get("minimum").cloned().unwrap_or(json!(1)),
        ("array", _) => Value::Array(example(&schema["items"], components, depth + 1).into_iter().collect()),
        ("object", _) => {
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let properties = schema["properties"].as_object().into_iter().flatten();
            let members = properties.filter_map(|(name, property)| {
                let wanted = required.contains(&name.as_str()) || property.get("example").is_some();
                Some((name.clone(), wanted.then(|| example(property, components, depth + 1)).flatten()?))
            });
            Value::Object(members.collect())
        }
        _ => return None,
    })
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// The names of all schemas that a value of the document refers to, also through others.
fn collect_refs(value: &Value, components: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_refs(item, components, found)),
        Value::Object(members) => {
            if let Some(name) = reference(value)
                && !found.iter().any(|known| known == name)
            {
                found.push(name.to_owned());
                collect_refs(&components["schemas"][name], components, found);
            }
            members.values().for_each(|member| collect_refs(member, components, found));
        }
        _ => {}
    }
}

/// Whether a method changes nothing (RFC 9110, section 9.2.1).
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}
