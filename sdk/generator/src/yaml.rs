//! The document as YAML that reads from the general to the particular.

use serde_json::Value;
use serde_yaml_ng::{Mapping, Value as Yaml};

/// The keys that come first, in this order; all others follow by their names. So the files do not depend on how a
/// build of `serde_json` happens to order an object.
const FIRST: &[&str] = &[
    "openapi",
    "info",
    "servers",
    "tags",
    "paths",
    "components",
    "operationId",
    "name",
    "in",
    "summary",
    "title",
    "description",
    "version",
    "x-required-right",
    "get",
    "put",
    "post",
    "delete",
    "security",
    "parameters",
    "requestBody",
    "responses",
    "required",
    "$ref",
    "type",
    "format",
    "enum",
    "properties",
];

/// The document as text.
pub(crate) fn text(document: &Value) -> Result<String, serde_yaml_ng::Error> {
    serde_yaml_ng::to_string(&ordered(document))
}

/// The same value, its keys in order.
pub(crate) fn ordered(value: &Value) -> Yaml {
    match value {
        Value::Null => Yaml::Null,
        Value::Bool(bool) => Yaml::Bool(*bool),
        Value::Number(number) => number
            .as_u64()
            .map(Into::into)
            .or_else(|| number.as_i64().map(Into::into))
            .or_else(|| number.as_f64().map(Into::into))
            .map_or(Yaml::Null, Yaml::Number),
        Value::String(text) => Yaml::String(text.clone()),
        Value::Array(items) => Yaml::Sequence(items.iter().map(ordered).collect()),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| {
                (FIRST.iter().position(|first| first == key).unwrap_or(FIRST.len()), *key)
            });
            let pairs = members.into_iter().map(|(key, value)| (Yaml::String(key.clone()), ordered(value)));
            Yaml::Mapping(pairs.collect::<Mapping>())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn general_keys_come_first_and_others_by_name() {
        let document = json!({
            "zebra": 1.5,
            "paths": {"/b": {"post": 1, "get": 2}, "/a": {"get": -3}},
            "openapi": "3.0.0",
            "apple": "200",
        });
        let text = super::text(&document).unwrap();
        assert_eq!(
            text,
            "openapi: 3.0.0\npaths:\n  /a:\n    get: -3\n  /b:\n    get: 2\n    post: 1\napple: '200'\nzebra: 1.5\n"
        );
        assert_eq!(serde_yaml_ng::from_str::<serde_json::Value>(&text).unwrap(), document);
    }
}
