//! What a use case answers when it cannot do as asked.

use crate::text::Text;

/// The sort of a fault; each sort is one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The request cannot be understood (400).
    Malformed,
    /// No caller is known (401).
    Unauthenticated,
    /// The caller may see this but not do it (403).
    Forbidden,
    /// There is no such thing, or the caller may not know of it (404).
    NotFound,
    /// The content did not come in time (408).
    TooSlow,
    /// The request does not fit the state of things (409).
    Conflict,
    /// What was asked for has been erased (410).
    Gone,
    /// `If-Match` names another version than the current one (412).
    PreconditionFailed,
    /// The content is larger than Styr takes (413).
    TooLarge,
    /// The content is of a kind that Styr does not take here (415).
    UnsupportedMediaType,
    /// The request is understood, but its content breaks rules (422).
    Invalid,
    /// `If-Match` is missing (428).
    PreconditionRequired,
    /// The caller has sent too many requests (429).
    TooManyRequests,
    /// The fault is Styr's own (500). Its cause is logged, never answered.
    Internal,
    /// Something Styr needs is out of reach, or full; try again (503).
    Unavailable,
}

/// A fault: what, where, why, and what now. The API turns it into a problem answer (RFC 9457).
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {}", text.en)]
pub struct Fault {
    /// The sort of fault.
    pub kind: FaultKind,
    /// A stable code in `snake_case` that callers may branch on.
    pub code: &'static str,
    /// What happened and what to do about it, for people.
    pub text: Text,
    /// Every single thing that is wrong, when it is content.
    pub violations: Vec<Violation>,
    /// The codes of the rights that were missing, any of which would have sufficed.
    pub missing_rights: Vec<&'static str>,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// A JSON pointer (RFC 6901) into the request body; empty for the whole.
    pub pointer: String,
    /// The id of a flow's element, where the fault lies in one.
    pub element: Option<String>,
    /// A stable code in `snake_case`.
    pub code: &'static str,
    /// Why, for people.
    pub text: Text,
}

impl Violation {
    /// A violation at a JSON pointer.
    pub fn at(pointer: impl Into<String>, code: &'static str, text: Text) -> Self {
        Self { pointer: pointer.into(), element: None, code, text }
    }

    /// A violation at an element of a flow.
    pub fn of_element(element: impl Into<String>, code: &'static str, text: Text) -> Self {
        Self { pointer: String::new(), element: Some(element.into()), code, text }
    }

    /// The same violation, seen from a document that holds this one at `prefix`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

impl Fault {
    /// A fault without violations.
    #[must_use]
    pub const fn new(kind: FaultKind, code: &'static str, text: Text) -> Self {
        Self { kind, code, text, violations: Vec::new(), missing_rights: Vec::new() }
    }

    /// Nothing when there is no violation, else [`Fault::invalid`].
    ///
    /// # Errors
    /// `invalid`.
    pub fn unless_valid(violations: Vec<Violation>) -> Result<(), Self> {
        if violations.is_empty() { Ok(()) } else { Err(Self::invalid(violations)) }
    }

    /// Content that breaks rules.
    #[must_use]
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let text = Text::fixed(
            "Indholdet overholder ikke reglerne. Ret hver af de nævnte fejl, og send igen.",
            "Innehållet följer inte reglerna. Rätta vart och ett av de nämnda felen och skicka igen.",
            "The content breaks rules. Mend each of the errors named and send it again.",
        );
        Self { violations, ..Self::new(FaultKind::Invalid, "invalid", text) }
    }

    /// There is no such thing, as far as the caller may know.
    #[must_use]
    pub const fn not_found() -> Self {
        Self::new(
            FaultKind::NotFound,
            "not_found",
            Text::fixed(
                "Findes ikke, eller du må ikke se det.",
                "Finns inte, eller så får du inte se det.",
                "There is no such thing, or you may not see it.",
            ),
        )
    }

    /// The request does not fit the state of things.
    #[must_use]
    pub const fn conflict(code: &'static str, text: Text) -> Self {
        Self::new(FaultKind::Conflict, code, text)
    }
}
