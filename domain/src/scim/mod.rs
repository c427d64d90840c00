//! SCIM 2.0, by which a directory keeps users and groups (RFC 7643 and RFC 7644): what its resources look like, its
//! filters and paths, and what a PATCH does to a resource. Pure: resources are JSON objects here.
//!
//! Where Microsoft Entra ID departs from the RFCs, it is taken as it speaks ("Known issues and resolutions with SCIM 2.0
//! protocol compliance of the Microsoft Entra user provisioning service", Microsoft Learn).

pub mod condition;
pub mod filter;
pub mod group;
pub mod patch;
pub mod path;
pub mod projection;
pub mod schema;
pub mod user;

#[cfg(test)]
mod tests;

use crate::{Fault, FaultKind, Text};

pub use condition::{Condition, Field, Test};
pub use filter::Filter;
pub use patch::Patch;
pub use projection::Projection;
pub use schema::ResourceType;

/// A resource's JSON: attributes by their canonical names, an extension's in an object under its schema's URN.
pub type Attributes = serde_json::Map<String, serde_json::Value>;

/// A resource's version: its weak entity tag (RFC 7644, section 3.14).
#[must_use]
pub fn version(revision: i64) -> String {
    format!("W/\"{revision}\"")
}

/// What kind of fault the request has (`scimType`, RFC 7644, table 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    /// The filter cannot be read or answered.
    InvalidFilter,
    /// The body is no such message.
    InvalidSyntax,
    /// A path cannot be read, or leads nowhere.
    InvalidPath,
    /// A path leads to nothing that is there.
    NoTarget,
    /// A value does not fit its attribute.
    InvalidValue,
    /// The attribute cannot be changed.
    Mutability,
    /// Another resource has the value already.
    Uniqueness,
}

impl ScimType {
    const ALL: [Self; 7] = [
        Self::InvalidFilter,
        Self::InvalidSyntax,
        Self::InvalidPath,
        Self::NoTarget,
        Self::InvalidValue,
        Self::Mutability,
        Self::Uniqueness,
    ];

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::Mutability => "mutability",
            Self::Uniqueness => "uniqueness",
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::InvalidFilter => "scim_invalid_filter",
            Self::InvalidSyntax => "scim_invalid_syntax",
            Self::InvalidPath => "scim_invalid_path",
            Self::NoTarget => "scim_no_target",
            Self::InvalidValue => "scim_invalid_value",
            Self::Mutability => "scim_mutability",
            Self::Uniqueness => "scim_uniqueness",
        }
    }

    /// The fault of this kind: 409 for what is taken, 400 for all others.
    #[must_use]
    pub const fn fault(self, text: Text) -> Fault {
        let kind = match self {
            Self::Uniqueness => FaultKind::Conflict,
            _ => FaultKind::Malformed,
        };
        Fault::new(kind, self.code(), text)
    }

    /// What a fault is called in SCIM, if it has a name there.
    #[must_use]
    pub fn of(fault: &Fault) -> Option<Self> {
        if let Some(found) = Self::ALL.into_iter().find(|scim_type| scim_type.code() == fault.code) {
            return Some(found);
        }
        match (fault.kind, fault.code) {
            (FaultKind::Malformed, "json_malformed") => Some(Self::InvalidSyntax),
            (FaultKind::Invalid, _) | (FaultKind::Malformed, "parameter_invalid") => Some(Self::InvalidValue),
            _ => None,
        }
    }
}
