//! A form's own OpenAPI document, with its fields as typed properties.

use serde_json::{Map, Value, json};
use styr_domain::Language;
use styr_domain::form::{CompiledForm, FormContent};
use styr_domain::id::FormId;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, HttpMethod, InfoBuilder, ObjectBuilder, OpenApiBuilder, PathItem, PathsBuilder, Ref,
    Required, ResponseBuilder, Server,
};

use crate::http::auth::SCHEME;

const JSON: &str = "application/json";

/// The OpenAPI 3.1 document of filling in a version of a form, titles in one language.
pub(super) fn document(id: FormId, number: i32, content: &FormContent, language: Language) -> Value {
    let FormContent { title, description, definition } = content;
    let schema = definition.schema(language);
    let example = CompiledForm::new(definition).ok().and_then(|form| form.example()).map(Value::Object);
    let info = InfoBuilder::new()
        .title(title)
        .version(number.to_string())
        .description((!description.is_empty()).then_some(description));
    let submit = OperationBuilder::new()
        .operation_id(Some("submission_create"))
        .summary(Some(format!("Submit {title}")))
        .description(Some("Fills in the published version. The same `Idempotency-Key` submits once."))
        .parameter(
            ParameterBuilder::new()
                .name("Idempotency-Key")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some("A key of the caller's own making, kept for 24 hours."))
                .schema(Some(text().min_length(Some(1)).max_length(Some(255)))),
        )
        .request_body(Some(body("SubmissionBody", example.clone().map(|values| json!({ "values": values })))))
        .response("201", answer("The new submission.", "Submission", JSON));
    let validate = OperationBuilder::new()
        .operation_id(Some("form_validate"))
        .summary(Some(format!("Validate {title}")))
        .description(Some("Answers what a submission of these values would get. Nothing is stored."))
        .request_body(Some(body(
            "ValidateBody",
            example.map(|values| json!({ "values": values, "draft": true })),
        )))
        .response("200", answer("What a submission would get.", "Validation", JSON));
    let path = |operation: OperationBuilder| {
        let problem =
            answer("What went wrong, and what to do about it.", "Problem", "application/problem+json");
        PathItem::new(HttpMethod::Post, operation.tag("form").response("default", problem))
    };
    let paths = PathsBuilder::new()
        .path(format!("/v1/forms/{id}/submissions"), path(submit))
        .path(format!("/v1/forms/{id}/validate"), path(validate));
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("styr_…")
        .description(Some("An API token: `styr_…`."))
        .build();
    let document = OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components(&schema).security_scheme(SCHEME, SecurityScheme::Http(token)).build()))
        .security(Some([SecurityRequirement::new(SCHEME, Vec::<String>::new())]))
        .build();
    serde_json::to_value(document).unwrap_or_default()
}

fn components(schema: &Value) -> ComponentsBuilder {
    let values = |required: bool| {
        let mut values = object();
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            values = values.property(key, as_it_is(property));
        }
        let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        names.filter(|_| required).fold(values, ObjectBuilder::required)
    };
    let uuid = || text().format(Some(SchemaFormat::Custom("uuid".to_owned())));
    let time = || text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    let whole = || ObjectBuilder::new().schema_type(Type::Integer);
    let flag = || ObjectBuilder::new().schema_type(Type::Boolean);
    let list_of = |name: &str| ArrayBuilder::new().items(Ref::from_schema_name(name));
    let error = ObjectBuilder::new()
        .property("pointer", text().description(Some("Where, as a JSON pointer into the body.")))
        .property("code", text().description(Some("A stable code to branch on.")))
        .property("detail", text().description(Some("Why, in the caller's language.")))
        .required("code")
        .required("detail");
    let submission = ObjectBuilder::new()
        .property("id", uuid())
        .property("organisation_id", uuid())
        .property("form_id", uuid())
        .property("form_version", whole())
        .property("author_id", uuid())
        .property("values", Ref::from_schema_name("PartialValues"))
        .property("withheld", ArrayBuilder::new().items(text()))
        .property("created_at", time())
        .property("updated_at", time());
    let always = [
        "id",
        "organisation_id",
        "form_id",
        "form_version",
        "author_id",
        "values",
        "withheld",
        "created_at",
        "updated_at",
    ];
    let problem = ObjectBuilder::new()
        .property("type", text())
        .property("title", text())
        .property("status", whole())
        .property("code", text())
        .property("detail", text())
        .property("request_id", text())
        .property("errors", list_of("Error"));
    let problem = ["type", "title", "status", "code", "detail", "request_id"]
        .into_iter()
        .fold(problem, ObjectBuilder::required);
    ComponentsBuilder::new()
        .schema("Values", values(true).description(Some("A complete submission's values.")))
        .schema("PartialValues", values(false).description(Some("Values of which some may be missing.")))
        .schema(
            "SubmissionBody",
            object().property("values", Ref::from_schema_name("Values")).required("values"),
        )
        .schema("Submission", always.into_iter().fold(submission, ObjectBuilder::required))
        .schema(
            "ValidateBody",
            object()
                .property("values", Ref::from_schema_name("PartialValues"))
                .property("draft", flag().description(Some("Whether what is required may still be missing.")))
                .required("values"),
        )
        .schema(
            "Validation",
            ObjectBuilder::new()
                .property("valid", flag())
                .property("values", Ref::from_schema_name("PartialValues"))
                .property("errors", list_of("Error"))
                .required("valid")
                .required("errors"),
        )
        .schema("Error", error)
        .schema("Problem", problem)
}

/// An object that has the properties named and no others.
fn object() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::<utoipa::openapi::Schema>::FreeForm(false)))
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// A schema that is one already.
fn as_it_is(schema: &Value) -> ObjectBuilder {
    let members = schema.as_object().cloned().unwrap_or_default();
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).extensions(Some(members.into_iter().collect()))
}

fn body(schema: &str, example: Option<Value>) -> utoipa::openapi::request_body::RequestBody {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).example(example).build();
    RequestBodyBuilder::new().content(JSON, content).required(Some(Required::True)).build()
}

fn answer(description: &str, schema: &str, media_type: &str) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    ResponseBuilder::new().description(description).content(media_type, content).build()
}

/// Turns a document of [`document`] from OpenAPI 3.1 into 3.0, where schemas are not yet those of JSON Schema.
pub(super) fn down_convert(document: &mut Value) {
    document["openapi"] = "3.0.3".into();
    for schema in document["components"]["schemas"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        down_convert_schema(schema);
    }
}

fn down_convert_schema(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    for (name, part) in members.iter_mut() {
        match (name.as_str(), part) {
            ("properties", Value::Object(parts)) => parts.values_mut().for_each(down_convert_schema),
            ("items" | "additionalProperties" | "not", part) => down_convert_schema(part),
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                parts.iter_mut().for_each(down_convert_schema)
            }
            _ => {}
        }
    }
    if let Some(types) = members.get("type").and_then(Value::as_array).cloned() {
        if types.contains(&json!("null")) {
            members.insert("nullable".to_owned(), true.into());
        }
        if let Some(first) = types.into_iter().find(|kind| kind != "null") {
            members.insert("type".to_owned(), first);
        }
    }
    if let Some(value) = members.remove("const") {
        members.insert("enum".to_owned(), json!([value]));
    }
    // A choice: each option is by now an enum of one value, with its title.
    let options = members.get("oneOf").and_then(Value::as_array).and_then(|options| {
        let option = |option: &Value| {
            let [value] = option["enum"].as_array()?.as_slice() else { return None };
            Some((value.clone(), option["title"].clone()))
        };
        options.iter().map(option).collect::<Option<Vec<_>>>()
    });
    if let Some(options) = options {
        let (values, titles): (Vec<_>, Vec<_>) = options.into_iter().unzip();
        members.remove("oneOf");
        members.insert("enum".to_owned(), values.into());
        members.insert("x-enumNames".to_owned(), titles.into());
    }
    for (exclusive, inclusive) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(bound) = members.get(exclusive).filter(|bound| bound.is_number()).cloned() {
            members.insert(inclusive.to_owned(), bound);
            members.insert(exclusive.to_owned(), true.into());
        }
    }
    if let Some(first) = members.remove("examples").as_ref().and_then(|examples| examples.get(0)).cloned() {
        members.insert("example".to_owned(), first);
    }
    if members.get("type") == Some(&json!("integer")) {
        members.entry("format").or_insert_with(|| "int64".into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> FormContent {
        serde_json::from_value(json!({
            "title": "Byggetilladelse",
            "description": "",
            "definition": { "fields": [
                { "key": "name", "type": "short_text", "label": { "da": "Navn" }, "required": true },
                { "key": "const", "type": "integer", "label": { "da": "Antal" } },
                { "key": "kind", "type": "choice", "label": { "da": "Slags" }, "choices": [
                    { "value": "house", "label": { "da": "Hus" } }, { "value": "shed", "label": { "da": "Skur" } },
                ] },
                { "key": "rooms", "type": "choice", "multiple": true, "label": { "da": "Rum" }, "choices": [
                    { "value": "k", "label": { "da": "Køkken" } },
                ] },
            ] },
        }))
        .unwrap()
    }

    #[test]
    fn the_document_shows_the_fields_as_the_schema_has_them() {
        let content = content();
        let document = document(FormId(uuid::Uuid::nil()), 3, &content, Language::Da);
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["info"], json!({ "title": "Byggetilladelse", "version": "3" }));
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Values"]["properties"], content.definition.schema(Language::Da)["properties"]);
        assert_eq!(schemas["Values"]["required"], json!(["name"]));
        assert_eq!(schemas["Values"]["additionalProperties"], json!(false));
        assert_eq!(schemas["PartialValues"].get("required"), None);
        let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
        let prefix = "/v1/forms/00000000-0000-0000-0000-000000000000";
        assert_eq!(paths, [&format!("{prefix}/submissions"), &format!("{prefix}/validate")]);
        assert_eq!(document["security"], json!([{ "token": [] }]));
    }

    #[test]
    fn openapi_3_0_gets_its_own_words() {
        let mut document = document(FormId(uuid::Uuid::nil()), 3, &content(), Language::Da);
        down_convert(&mut document);
        assert_eq!(document["openapi"], "3.0.3");
        let properties = &document["components"]["schemas"]["Values"]["properties"];
        assert_eq!(properties["kind"]["enum"], json!(["house", "shed"]));
        assert_eq!(properties["kind"]["x-enumNames"], json!(["Hus", "Skur"]));
        assert_eq!(properties["kind"].get("oneOf"), None);
        assert_eq!(properties["rooms"]["items"]["enum"], json!(["k"]));
        // A field may be called like a keyword.
        assert_eq!(
            (&properties["const"]["type"], &properties["const"]["format"]),
            (&json!("integer"), &json!("int64"))
        );

        let mut schema =
            json!({ "type": ["string", "null"], "const": "a", "examples": ["a"], "exclusiveMinimum": 3 });
        down_convert_schema(&mut schema);
        let expected = json!({
            "type": "string", "nullable": true, "enum": ["a"], "example": "a", "minimum": 3, "exclusiveMinimum": true
        });
        assert_eq!(schema, expected);
    }
}
