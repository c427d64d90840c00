//! The document says everything a caller needs, about every operation.

use std::collections::BTreeSet;

use serde_json::Value;

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("operations");
        methods.iter().map(move |(method, operation)| (path.clone(), method.clone(), operation))
    });
    each.collect()
}

/// What anybody may call without a token: it shows what a link's secret leads to.
const PUBLIC: &[&str] = &["shared_get", "shared_diagram", "shared_bpmn", "shared_file"];

#[test]
fn every_operation_is_complete() {
    let document = styr_api::document();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let place = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{place} has no id"));
        assert!(ids.insert(id.to_owned()), "{id} stands twice");
        for field in ["summary", "description"] {
            assert!(operation[field].as_str().is_some_and(|text| !text.is_empty()), "{id} has no {field}");
        }
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{id}");
        let public = PUBLIC.contains(&id);
        assert_eq!(operation["x-required-right"].is_null(), public, "{id}: which right it needs");
        let security = if public { serde_json::json!([]) } else { serde_json::json!([{ "token": [] }]) };
        assert_eq!(operation["security"], security, "{id}: whether it can be called without a token");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{id} never succeeds");
        let statuses: &[&str] = if public {
            &["304", "400", "404", "500", "503"]
        } else {
            &["400", "401", "403", "404", "429", "500", "503"]
        };
        for status in statuses {
            assert!(responses.contains_key(*status), "{id} does not say {status}");
        }
        for (status, response) in responses {
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{id} {status}");
        }
        let json = operation.pointer("/requestBody/content/application~1json");
        assert!(json.is_none_or(|json| json.get("example").is_some()), "{id} has no example");
        if method == "post" {
            let parameters = operation["parameters"].as_array().expect("parameters");
            assert!(parameters.iter().any(|one| one["name"] == "Idempotency-Key"), "{id}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let described = parameter["in"] == "path" || parameter["description"].is_string();
            assert!(described, "{id}: {} has no description", parameter["name"]);
        }
        if path.contains('{') && matches!(method.as_str(), "put") {
            assert!(responses.contains_key("412"), "{id} can overwrite a change unseen");
        }
    }
}

#[test]
fn examples_and_defaults_fit_their_schemas() {
    let document = styr_api::document();
    let check = |schema: &Value, value: &Value, place: &str| {
        // With the components beside it, its references lead somewhere.
        let mut schema = serde_json::json!({ "allOf": [schema] });
        schema["components"] = document["components"].clone();
        let faults: Vec<String> = jsonschema::draft4::new(&schema)
            .unwrap_or_else(|error| panic!("{place}: {error}"))
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{place}: {faults:?}");
    };
    let mut examples = 0;
    for (_, _, operation) in operations(&document) {
        let id = operation["operationId"].as_str().expect("an id");
        let answers = operation["responses"].as_object().expect("responses").values();
        for part in answers.chain([&operation["requestBody"]]) {
            let Some(media) = part.pointer("/content/application~1json") else { continue };
            let Some(example) = media.get("example") else { continue };
            check(&media["schema"], example, id);
            examples += 1;
        }
    }
    assert!(examples > 100, "only {examples} examples");
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(default) = property.get("default") {
                check(property, default, &format!("{name}.{field}"));
            }
        }
    }
}

#[test]
fn lists_come_in_pages() {
    let document = styr_api::document();
    for (_, _, operation) in operations(&document) {
        let id = operation["operationId"].as_str().expect("an id");
        // The catalogue of rights and the ready landscapes are fixed, and short enough for one answer.
        if id.ends_with("_list") && !["right_list", "landscape_skeleton_list"].contains(&id) {
            let names: Vec<_> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| one["name"].as_str())
                .collect();
            assert!(names.contains(&"limit") && names.contains(&"cursor"), "{id} is not paged");
        }
    }
}
