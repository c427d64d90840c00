//! Whether Styr runs, and whether it can answer.

use poem::http::StatusCode;
use poem::web::Data;
use poem::{Response, handler};

use super::answer::JSON;
use crate::app::App;

/// Styr runs.
#[handler]
pub(crate) fn live() -> Response {
    Response::builder().content_type(JSON).body(r#"{"status":"ok"}"#)
}

/// Styr can answer: its database does.
#[handler]
pub(crate) async fn ready(Data(app): Data<&App>) -> Response {
    match app.store().refresh_epoch().await {
        Ok(_) => Response::builder().content_type(JSON).body(r#"{"status":"ok"}"#),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            let response = Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).content_type(JSON);
            response.body(r#"{"status":"unavailable"}"#)
        }
    }
}
