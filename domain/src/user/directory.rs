//! What a directory says of a user.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a directory says of a user beyond what Styr has a field for, so that it gets back what it sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DirectoryEntry {
    /// The name to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The whole name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted_name: Option<String>,
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// The family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// The organisation's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The department's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Whether it calls the e-mail address the main one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_email: Option<bool>,
    /// Whether it calls the phone number the main one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_phone: Option<bool>,
    /// Whether it calls a role the main one, by the role's API name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub primary_roles: BTreeMap<String, bool>,
}

impl DirectoryEntry {
    /// The name that Styr shows: the one to show, or else the whole one, or else its parts, or else the name that the
    /// directory knows the user by.
    #[must_use]
    pub fn shown_name(&self, user_name: &str) -> String {
        let whole = self.display_name.as_ref().or(self.formatted_name.as_ref());
        let parts = || {
            let parts = [&self.given_name, &self.family_name];
            let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        whole.cloned().or_else(parts).unwrap_or_else(|| user_name.to_owned())
    }
}
