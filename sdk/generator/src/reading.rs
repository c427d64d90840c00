//! The copy of the served document that the client is generated from: the same operations, in the words that
//! progenitor understands.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// What the client is generated from.
pub(crate) struct Reading {
    /// The copy of the document.
    pub(crate) document: Value,
    /// The media type that an operation's request body has, by operation, where the client takes it as mere bytes or
    /// as plain JSON.
    pub(crate) media_types: BTreeMap<String, String>,
}

/// Headers that the SDK's runtime sets or reads on its own. `If-None-Match` is among them because a client without a
/// cache has no use for a 304.
const RUNTIME_HEADERS: &[&str] = &["accept-language", "if-none-match", "x-request-id"];

/// Keywords that narrow a value. The server checks them; in the client each would become a type of its own, fail
/// where an older client meets a newer server, or (`default`) send what the caller never said.
const NARROWING: &[&str] = &[
    "default",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "title",
    "uniqueItems",
];

/// The copy for a document. Fails with a sentence about the operation that no client can be generated for.
pub(crate) fn of(served: &Value) -> Result<Reading, String> {
    let mut paths = served["paths"].clone();
    let mut schemas = served["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let unions: Vec<_> =
        schemas.iter().filter_map(|(name, schema)| Some((name.clone(), union(schema, &schemas)?))).collect();
    schemas.extend(unions);
    schemas.values_mut().for_each(|schema| {
        simplify(schema);
    });

    let mut media_types = BTreeMap::new();
    for item in paths.as_object_mut().into_iter().flat_map(Map::values_mut) {
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let id = operation["operationId"].as_str().ok_or("an operation has no operationId")?.to_owned();
            let media_type = simplify_operation(operation).map_err(|why| format!("operation {id} {why}"))?;
            media_types.extend(media_type.map(|media_type| (id, media_type)));
        }
    }

    let mut used = BTreeSet::new();
    collect_used(&paths, &schemas, &mut used);
    schemas.retain(|name, _| used.contains(name));
    let document = json!({
        "openapi": served["openapi"],
        "info": served["info"],
        "paths": paths,
        "components": { "schemas": schemas },
    });
    Ok(Reading { document, media_types })
}

/// Rewrites an operation, and gives its request's media type where the client cannot say it.
fn simplify_operation(operation: &mut Value) -> Result<Option<String>, String> {
    if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
        parameters.retain(|parameter| {
            let name = parameter["name"].as_str().unwrap_or_default().to_lowercase();
            parameter["in"] != "cookie"
                && !(parameter["in"] == "header" && RUNTIME_HEADERS.contains(&name.as_str()))
        });
        for parameter in parameters.iter_mut().filter_map(Value::as_object_mut) {
            parameter.remove("example");
            parameter.get_mut("schema").map(simplify);
        }
    }

    let mut media_type = None;
    if let Some(content) = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut) {
        let (given, schema) = preferred(content).ok_or("has a request body without a media type")?;
        let (known, schema) = match essence(&given) {
            essence if is_json(essence) => ("application/json", schema),
            "application/x-www-form-urlencoded" => ("application/x-www-form-urlencoded", schema),
            essence if essence.starts_with("multipart/") => {
                return Err(format!(
                    "takes {essence}, which cannot be generated; take the bytes as they are"
                ));
            }
            _ => ("application/octet-stream", json!({ "type": "string", "format": "binary" })),
        };
        media_type = (essence(&given) != known).then(|| given.clone());
        *content = Map::from_iter([(known.to_owned(), json!({ "schema": schema }))]);
    }

    // Problems look the same at every operation, so the runtime reads them: from what is documented, and from the
    // proxies on the way as well.
    let responses =
        operation.get_mut("responses").and_then(Value::as_object_mut).ok_or("has no responses")?;
    responses.retain(|status, _| status.starts_with('2'));
    for response in responses.values_mut().filter_map(Value::as_object_mut) {
        response.remove("headers");
        if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) {
            *content = preferred(content).into_iter().map(|(given, schema)| body(&given, schema)).collect();
        }
    }
    let mut successes = responses.values().map(|response| &response["content"]);
    let first = successes.next().ok_or("has no success among its responses")?;
    if !successes.all(|other| other == first) {
        return Err("has successes of different types; give them one".to_owned());
    }

    if let Some(right) = operation.get("x-required-right") {
        let rights: Vec<&str> = match right {
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        let description = operation["description"].as_str().unwrap_or_default();
        let needs = format!("{description}\n\nRequired right: `{}`.", rights.join("` or `"));
        operation["description"] = Value::String(needs.trim_start().to_owned());
    }
    Ok(media_type)
}

/// A response's body as the client takes it: typed if it is JSON, otherwise a stream of bytes.
fn body(given: &str, schema: Value) -> (String, Value) {
    if is_json(essence(given)) {
        ("application/json".to_owned(), json!({ "schema": schema }))
    } else {
        ("application/octet-stream".to_owned(), json!({}))
    }
}

/// The media type that the client speaks: JSON if it is offered, otherwise the first; and its schema, simplified.
fn preferred(content: &Map<String, Value>) -> Option<(String, Value)> {
    let (given, media) =
        content.iter().find(|(given, _)| is_json(essence(given))).or_else(|| content.iter().next())?;
    let mut schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
    simplify(&mut schema);
    Some((given.clone(), schema))
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence.ends_with("+json")
}

/// Rewrites a schema and all within it; gives whether it takes null.
fn simplify(schema: &mut Value) -> bool {
    let Some(object) = schema.as_object_mut() else { return false };
    object.retain(|keyword, _| !NARROWING.contains(&keyword.as_str()));
    if object.get("additionalProperties") == Some(&Value::Bool(false)) {
        // What a newer server adds must not stop an older client.
        object.remove("additionalProperties");
    }
    for within in ["additionalProperties", "items", "not"] {
        object.get_mut(within).map(simplify);
    }
    for parts in ["allOf", "anyOf", "oneOf"] {
        for part in object.get_mut(parts).and_then(Value::as_array_mut).into_iter().flatten() {
            simplify(part);
        }
    }
    let required: BTreeSet<String> = object
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    let mut nullable_properties = Vec::new();
    for (name, property) in object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        // A list that may be left out is then not an empty one: a token without scopes has all rights, one with no
        // scope none. The generator tells them apart only where null is allowed.
        let whole = matches!(property["type"].as_str(), Some("array" | "object"))
            && property.get("properties").is_none();
        let may_be_absent = whole && property.get("default").is_none() && !required.contains(name);
        if simplify(property) {
            nullable_properties.push(name.clone());
        }
        if may_be_absent {
            property["nullable"] = Value::Bool(true);
        }
    }
    if let Some(required) = object.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !nullable_properties.iter().any(|nullable| name == nullable));
    }

    let mut nullable = object.get("nullable") == Some(&Value::Bool(true));
    if let Some(parts) = object.get_mut("allOf").and_then(Value::as_array_mut) {
        // A reference cannot carry a description, so it is wrapped together with one; what says nothing of the shape
        // goes, and a single part stands for the whole.
        nullable |= parts.iter().any(|part| part["nullable"] == true);
        parts.retain(|part| {
            ["$ref", "type", "properties", "enum", "allOf", "anyOf", "oneOf"]
                .iter()
                .any(|shape| part.get(shape).is_some())
        });
        if let [only] = parts.as_slice() {
            *schema = only.clone();
        }
    }
    nullable
}

/// A union with a discriminator as alternatives that each hold all of their properties: the form in which the
/// generator sees the tag.
fn union(schema: &Value, schemas: &Map<String, Value>) -> Option<Value> {
    schema.get("discriminator")?;
    let branches = schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()?;
    let merged = branches.iter().map(|branch| {
        let mut whole = json!({ "type": "object", "properties": {}, "required": [] });
        merge(branch, schemas, &mut whole);
        whole
    });
    let mut union = json!({ "oneOf": merged.collect::<Vec<_>>() });
    if let Some(description) = schema.get("description") {
        union["description"] = description.clone();
    }
    Some(union)
}

/// Adds a schema's properties to `whole`. What is there already stays: the tag comes first.
fn merge(schema: &Value, schemas: &Map<String, Value>, whole: &mut Value) {
    if let Some(schema) = reference(schema).and_then(|name| schemas.get(name)) {
        return merge(schema, schemas, whole);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        merge(part, schemas, whole);
    }
    if let Some(description) = schema.get("description") {
        whole["description"] = description.clone();
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if whole["properties"].get(name).is_none() {
            whole["properties"][name] = property.clone();
        }
    }
    if let (Some(required), Some(more)) = (whole["required"].as_array_mut(), schema["required"].as_array()) {
        required.extend(more.iter().cloned());
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// The names of all schemas that a value refers to, also through others.
fn collect_used(value: &Value, schemas: &Map<String, Value>, used: &mut BTreeSet<String>) {
    if let Some(name) = reference(value)
        && used.insert(name.to_owned())
        && let Some(schema) = schemas.get(name)
    {
        collect_used(schema, schemas, used);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_used(item, schemas, used)),
        Value::Object(members) => members.values().for_each(|member| collect_used(member, schemas, used)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::of;

    fn things() -> Value {
        serde_json::from_str(include_str!("../tests/things.json")).unwrap()
    }

    #[test]
    fn only_what_the_client_uses_is_left() {
        let reading = of(&things()).unwrap();
        let schemas: Vec<&String> =
            reading.document["components"]["schemas"].as_object().unwrap().keys().collect();
        assert_eq!(schemas, ["Owner", "Shape", "State", "Thing", "ThingInput", "ThingPage"]);

        let list = &reading.document["paths"]["/v1/things"]["get"];
        assert_eq!(list["responses"].as_object().unwrap().keys().collect::<Vec<_>>(), ["200"]);
        let names: Vec<&Value> = list["parameters"].as_array().unwrap().iter().map(|p| &p["name"]).collect();
        assert_eq!(names, ["limit", "cursor", "label"]);
        assert_eq!(list["parameters"][0]["schema"], json!({ "type": "integer", "format": "uint64" }));
        assert_eq!(list["description"], "Required right: `thing.read` or `thing.write`.");
    }

    #[test]
    fn schemas_lose_what_narrows_them_but_not_properties_of_that_name() {
        let reading = of(&things()).unwrap();
        let schemas = &reading.document["components"]["schemas"];
        let thing = &schemas["Thing"]["properties"];
        assert_eq!(thing["title"], json!({ "type": "string", "description": "What it is called." }));
        let labels = json!({ "type": "array", "items": { "type": "string" }, "nullable": true });
        assert_eq!(thing["labels"], labels, "a list that is left out is not an empty one");
        assert!(schemas["ThingInput"].get("additionalProperties").is_none());
    }

    #[test]
    fn a_described_reference_is_a_reference_and_null_is_left_out() {
        let reading = of(&things()).unwrap();
        let thing = &reading.document["components"]["schemas"]["Thing"];
        for (property, schema) in [("state", "State"), ("owner", "Owner"), ("parent", "Thing")] {
            assert_eq!(
                thing["properties"][property],
                json!({ "$ref": format!("#/components/schemas/{schema}") })
            );
        }
        let required = thing["required"].as_array().unwrap();
        assert!(required.contains(&json!("owner")) && !required.contains(&json!("parent")));
    }

    #[test]
    fn a_union_holds_its_tag_and_all_properties() {
        let reading = of(&things()).unwrap();
        let circle = &reading.document["components"]["schemas"]["Shape"]["oneOf"][0];
        assert_eq!(circle["properties"]["kind"], json!({ "type": "string", "enum": ["circle"] }));
        assert_eq!(circle["properties"]["radius"], json!({ "type": "number", "format": "double" }));
        assert_eq!(circle["required"], json!(["kind", "radius"]));
    }

    #[test]
    fn media_types_that_the_client_does_not_know_are_kept_beside() {
        let reading = of(&things()).unwrap();
        let media_types: Vec<_> =
            reading.media_types.iter().map(|(id, kind)| (id.as_str(), kind.as_str())).collect();
        assert_eq!(
            media_types,
            [("scim_user_create", "application/scim+json"), ("thing_import", "application/xml")]
        );
    }

    #[test]
    fn what_no_client_can_be_generated_for_is_named() {
        let refused = |at: &str, value: Value| {
            let mut document = things();
            *document.pointer_mut(at).unwrap() = value;
            of(&document).err().unwrap()
        };
        let replace = "/paths/~1v1~1things~1{id}/put";
        let why = refused(&format!("{replace}/responses/201"), json!({ "description": "Created." }));
        assert_eq!(why, "operation thing_replace has successes of different types; give them one");
        let why = refused(&format!("{replace}/responses"), json!({ "default": { "description": "All." } }));
        assert_eq!(why, "operation thing_replace has no success among its responses");
        let why = refused(
            &format!("{replace}/requestBody/content"),
            json!({ "multipart/form-data": { "schema": { "type": "object" } } }),
        );
        assert!(why.starts_with("operation thing_replace takes multipart/form-data"), "{why}");
        let why = refused(&format!("{replace}/operationId"), json!(null));
        assert_eq!(why, "an operation has no operationId");
    }
}
