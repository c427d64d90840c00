//! SCIM as a directory speaks it, Microsoft Entra ID above all: outside the SDK, since it is no part of the document.

mod groups;
mod imports;
mod lists;
mod rights;
mod users;
mod wire;

use serde_json::{Value, json};
use styr_sdk::reqwest::header::CONTENT_TYPE;
use styr_sdk::reqwest::{Method, Response, StatusCode};

use crate::support::TestApp;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const MEDIA_TYPE: &str = "application/scim+json";

/// A directory with a token.
struct Directory<'a> {
    app: &'a TestApp,
    token: String,
}

impl<'a> Directory<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self::with(app, &app.owner_token)
    }

    fn with(app: &'a TestApp, token: &str) -> Self {
        Self { app, token: token.to_owned() }
    }

    async fn response(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Response {
        let mut request = self.app.raw(method, &format!("/scim/v2{path}")).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, MEDIA_TYPE).body(body.to_string());
        }
        request.send().await.expect("an answer")
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let response = self.response(method, path, &[], body).await;
        let status = response.status();
        let media_type = response.headers().get(CONTENT_TYPE).cloned();
        let text = response.text().await.expect("a body");
        if text.is_empty() {
            return (status, Value::Null);
        }
        assert_eq!(media_type.expect("a media type"), MEDIA_TYPE);
        (status, serde_json::from_str(&text).expect("JSON"))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn create(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.send(Method::POST, path, Some(body)).await;
        assert_eq!(status, 201, "{body}");
        body
    }

    async fn user(&self, name: &str) -> String {
        let body = json!({ "schemas": [USER], "userName": name, "active": true });
        self.create("/Users", body).await["id"].as_str().unwrap().to_owned()
    }

    async fn try_patch(&self, path: &str, operations: Value) -> (StatusCode, Value) {
        let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]);
        self.send(Method::PATCH, path, Some(json!({ "schemas": schemas, "Operations": operations }))).await
    }

    async fn patch(&self, path: &str, operations: Value) -> Value {
        let (status, body) = self.try_patch(path, operations).await;
        assert!(status.is_success(), "{status} {body}");
        body
    }

    /// The userNames, or displayNames, of what a filter finds.
    async fn found(&self, path: &str, filter: &str) -> Vec<String> {
        let filter = percent(filter);
        let list = self.get(&format!("{path}?filter={filter}")).await;
        assert_eq!(list["totalResults"], list["Resources"].as_array().unwrap().len());
        names(&list)
    }

    async fn refused(&self, path: &str, filter: &str) -> Value {
        let (status, body) =
            self.send(Method::GET, &format!("{path}?filter={}", percent(filter)), None).await;
        assert_eq!((status.as_u16(), &body["scimType"]), (400, &json!("invalidFilter")), "{filter}: {body}");
        body
    }
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn names(list: &Value) -> Vec<String> {
    let name = |one: &Value| one["userName"].as_str().or(one["displayName"].as_str()).unwrap().to_owned();
    list["Resources"].as_array().unwrap().iter().map(name).collect()
}
