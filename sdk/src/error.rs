//! What can go wrong.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Response, StatusCode};
use serde::Deserialize;

use crate::retry::retry_after;

/// How much of an answer that is no success is read.
const LONGEST_PROBLEM: usize = 1 << 20;

/// How much of an answer that is no problem is shown.
const LONGEST_EXCERPT: usize = 200;

/// How many of a problem's errors are shown; all are in [`Problem::errors`].
const MOST_SHOWN: usize = 20;

/// Why a call failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server refused, and says why.
    Problem(Box<Problem>),
    /// The request could not be made: a parameter is missing or does not convert, or a setting cannot be used. Nothing
    /// was sent.
    InvalidRequest(String),
    /// There was no whole answer: no connection, a broken one, or none in time.
    Transport(reqwest::Error),
    /// The answer is none that this version of the SDK knows: a proxy's page, a redirect, or a type that differs.
    Unexpected {
        /// The answer's HTTP status, if it came so far.
        status: Option<u16>,
        /// The request's id at the server, if the answer names it.
        request_id: Option<String>,
        /// What is odd about it.
        text: String,
    },
}

/// The server's account of what went wrong (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// A stable code in `snake_case` to branch on.
    pub code: String,
    /// The status in words.
    #[serde(default)]
    pub title: String,
    /// What happened and what to do about it, in the client's language.
    #[serde(default)]
    pub detail: String,
    /// Every single thing that is wrong with the content.
    #[serde(default)]
    pub errors: Vec<ProblemError>,
    /// The rights of which any one would have sufficed.
    #[serde(default)]
    pub missing_rights: Vec<String>,
    /// The request's id, to be found in the server's logs by.
    pub request_id: Option<String>,
    /// How long the server asks to wait before the next try.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

/// One thing that is wrong with the content of a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ProblemError {
    /// Where, as a JSON pointer (RFC 6901) into the body.
    pub pointer: Option<String>,
    /// The query parameter or header it is about.
    pub parameter: Option<String>,
    /// The id of the flow's element it is about.
    pub element: Option<String>,
    /// A stable code in `snake_case`.
    pub code: String,
    /// Why, in the client's language.
    #[serde(default)]
    pub detail: String,
}

impl Error {
    /// The HTTP status of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        let status = match self {
            Self::Problem(problem) => problem.status,
            Self::Unexpected { status, .. } => (*status)?,
            Self::InvalidRequest(_) | Self::Transport(_) => return None,
        };
        StatusCode::from_u16(status).ok()
    }

    /// The problem, if the server gave one.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// The problem's stable code, if the server gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.problem().map(|problem| problem.code.as_str())
    }

    /// The request's id, to be found in the server's logs by.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Problem(problem) => problem.request_id.as_deref(),
            Self::Unexpected { request_id, .. } => request_id.as_deref(),
            Self::InvalidRequest(_) | Self::Transport(_) => None,
        }
    }

    /// Whether the token is missing, unknown, expired or revoked (401).
    #[must_use]
    pub fn is_unauthenticated(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// Whether the caller lacks a right (403); [`Problem::missing_rights`] names it.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(StatusCode::FORBIDDEN)
    }

    /// Whether there is no such thing, or the caller may not know of it (404).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// Whether the request does not fit the state of things (409).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(StatusCode::CONFLICT)
    }

    /// Whether the thing was changed since its ETag was got (412).
    #[must_use]
    pub fn is_precondition_failed(&self) -> bool {
        self.status() == Some(StatusCode::PRECONDITION_FAILED)
    }

    /// Whether the content breaks rules (422); [`Problem::errors`] lists them.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.status() == Some(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// Whether there were too many requests (429); [`Problem::retry_after`] says how long to wait.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Reads an answer that is no success.
    async fn from_response(mut answer: Response) -> Self {
        let status = answer.status();
        let header =
            |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let request_id = header("x-request-id");
        let retry_after = retry_after(answer.headers());
        let location = status.is_redirection().then(|| header(LOCATION.as_str())).flatten();
        let is_json = header(CONTENT_TYPE.as_str()).is_some_and(|media_type| media_type.contains("json"));

        let mut body = Vec::new();
        while body.len() < LONGEST_PROBLEM {
            match answer.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Self::Transport(error),
            }
        }
        if is_json && let Ok(mut problem) = serde_json::from_slice::<Problem>(&body) {
            problem.status = status.as_u16();
            problem.request_id = problem.request_id.or(request_id);
            problem.retry_after = retry_after;
            return Self::Problem(Box::new(problem));
        }
        let text = match location {
            Some(location) => {
                format!("redirected to {location}; give the client the final address as its base URL")
            }
            None => excerpt(&String::from_utf8_lossy(&body)),
        };
        Self::Unexpected { status: Some(status.as_u16()), request_id, text }
    }
}

/// The beginning of a text, in one line.
fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = line.chars().take(LONGEST_EXCERPT).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    shown
}

/// The outcome of a call, its error in the SDK's terms. The generated code knows only successes, so that every other
/// answer comes here as an unexpected one.
pub(crate) async fn finish<T>(
    call: impl Future<Output = Result<T, progenitor_client::Error>>,
) -> Result<T, Error> {
    use progenitor_client::Error as Generated;

    Err(match call.await {
        Ok(value) => return Ok(value),
        Err(Generated::UnexpectedResponse(answer)) => Error::from_response(answer).await,
        Err(Generated::InvalidRequest(text) | Generated::Custom(text)) => Error::InvalidRequest(text),
        Err(Generated::CommunicationError(error)) if error.is_builder() => {
            Error::InvalidRequest(chain(&error))
        }
        Err(
            Generated::CommunicationError(error)
            | Generated::InvalidUpgrade(error)
            | Generated::ResponseBodyError(error),
        ) => Error::Transport(error),
        Err(Generated::InvalidResponsePayload(_, error)) => Error::Unexpected {
            status: None,
            request_id: None,
            text: format!("the answer cannot be read: {error}"),
        },
        Err(Generated::ErrorResponse(answer)) => Error::Unexpected {
            status: Some(answer.status().as_u16()),
            request_id: None,
            text: "the answer has no content".to_owned(),
        },
    })
}

/// An error and its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(problem) => problem.fmt(f),
            Self::InvalidRequest(text) => write!(f, "the request was not sent: {text}"),
            Self::Transport(error) => write!(f, "no answer from the server: {}", chain(error)),
            Self::Unexpected { status, request_id, text } => {
                f.write_str("unexpected answer")?;
                if let Some(status) = status {
                    write!(f, ", status {status}")?;
                }
                if !text.is_empty() {
                    write!(f, ": {text}")?;
                }
                fmt_request_id(f, request_id.as_deref())
            }
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.code)?;
        let text = if self.detail.is_empty() { &self.title } else { &self.detail };
        if !text.is_empty() {
            write!(f, ": {text}")?;
        }
        if !self.missing_rights.is_empty() {
            write!(f, " (missing right: {})", self.missing_rights.join(" or "))?;
        }
        fmt_request_id(f, self.request_id.as_deref())?;
        for error in self.errors.iter().take(MOST_SHOWN) {
            write!(f, "\n  {error}")?;
        }
        if let Some(more @ 1..) = self.errors.len().checked_sub(MOST_SHOWN) {
            write!(f, "\n  and {more} more")?;
        }
        Ok(())
    }
}

impl fmt::Display for ProblemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = [&self.parameter, &self.element, &self.pointer];
        let place = places.into_iter().flatten().find(|place| !place.is_empty());
        write!(f, "{}: {}", place.map_or("(whole)", String::as_str), self.code)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

fn fmt_request_id(f: &mut fmt::Formatter<'_>, request_id: Option<&str>) -> fmt::Result {
    request_id.map_or(Ok(()), |id| write!(f, " [request {id}]"))
}
