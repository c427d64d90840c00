//! Form templates and what is filled in.

use std::collections::BTreeMap;

use poem_openapi::OpenApi;
use poem_openapi::types::Any;
use serde_json::{Map, Value};

use super::Tag;

/// The values of a form, by field key.
pub(crate) type Values = BTreeMap<String, Any<Value>>;

/// Values as the wire has them.
pub(crate) fn to_wire(values: Map<String, Value>) -> Values {
    values.into_iter().map(|(key, value)| (key, Any(value))).collect()
}

/// Values as the wire brought them.
pub(crate) fn from_wire(values: Values) -> Map<String, Value> {
    values.into_iter().map(|(key, Any(value))| (key, value)).collect()
}

/// The operations of this area.
pub(crate) struct FormApi;

#[OpenApi(tag = "Tag::Form")]
impl FormApi {}
